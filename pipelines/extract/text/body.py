"""The paragraphs of a page's article: trafilatura's fast mode first, then choices between it and other readings.

Each choice takes the reading so far and gives the blocks that it prefers. Works on the one tree of the page and changes it;
read metadata before.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from pipelines.extract.anchors import letters
from pipelines.extract.metadata import Metadata
from pipelines.extract.scope import find_scope
from pipelines.extract.text.blocks import Block, BlockKind, is_inside, size_of
from pipelines.extract.text.completion import complete, leaves_of, part
from pipelines.extract.text.fast import FULL, fast_body, stock_body
from pipelines.extract.text.payloads import payloads
from pipelines.extract.text.state import article_in_state
from pipelines.extract.text.tree import prepare

_KINDS: dict[str, BlockKind] = {
    "p": "paragraph",
    "head": "heading",
    "item": "item",
    "quote": "quote",
    "code": "code",
    "row": "row",
}
_BLOCKS = frozenset({*_KINDS, "list", "table", "lb", "body", "div"})
_SHORT_TEXT, _SHORT_SHARE, _SHORT_COVER = 3_000, 0.2, 0.5
"""A text that is shorter than this, and than these shares of the page's text and running text, is doubted. A wider rule
asked for 53 second opinions on half of the pages and accepted 28, all but one of them on pages that this one doubts."""
_BETTER, _AGREES = 1.3, 0.3
_AGREEMENT = 0.85
_FULLER, _FULLER_THAN = 1.4, 1_500
_SHORTEST_DECLARED, _LONGEST_BOX = 300, 400
_SHORTEST_OWN = 60
_CLAIM_WORD = re.compile(r"\w{4,}")
_PARAGRAPH_END = re.compile(r"(?:</p>|<br\s*/?>|\r?\n|</?(?:div|li|ul|ol|h\d|blockquote)[^>]*>)\s*", re.IGNORECASE)
_TAG = re.compile(r"<[a-zA-Z/!][^<>]*>")


@dataclass(frozen=True, slots=True)
class Body:
    """The blocks of the main text, and the rules by which they were chosen between candidates."""

    blocks: tuple[Block, ...]
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Reading:
    """The blocks so far, and what they can be held against."""

    root: HtmlElement
    metadata: Metadata
    long_texts: list[str]
    scripts: list[str]
    blocks: list[Block]


def read_body(root: HtmlElement, metadata: Metadata) -> Body:
    """The page's main text. Strips the tree of what no reader sees."""
    scripts = payloads(metadata.markup.elements)
    long_texts, rules = prepare(root, metadata.markup, (metadata.title or "", *metadata.all_titles))
    reading = _Reading(root, metadata, long_texts, scripts, _read(fast_body(root)))
    for name, choose in CHOICES.items():
        blocks = choose(reading)
        if blocks != reading.blocks:
            reading = replace(reading, blocks=blocks)
            rules.append(name)
    return Body(tuple(reading.blocks), tuple(rules))


def _read(body: Any) -> list[Block]:
    return [] if body is None else list(blocks_of(body))


# --- choices --------------------------------------------------------------------------------------------------------------


def _in_place(reading: _Reading) -> list[Block]:
    """A short text without what is in teasers, comments, dialogs, or beside the article: trafilatura fills it up with those."""
    return _own(reading, reading.blocks)


def _own(reading: _Reading, blocks: list[Block]) -> list[Block]:
    if size_of(blocks) >= _FULLER_THAN:
        return blocks
    scope = find_scope(reading.root, reading.metadata.markup, reading.metadata.all_titles)
    have = letters(" ".join(block.text for block in blocks))
    leaves = (leaf for leaf in leaves_of(reading.root, have) if leaf.is_taken)
    places = [(leaf.mark, scope.place_of(_outside_quote(leaf.element))) for leaf in leaves]
    own = " ".join(mark for mark, place in places if place == "own")
    apart = {mark for mark, place in places if place != "own" and mark not in own}
    kept = [block for block in blocks if letters(block.text) not in apart]
    return kept if size_of(kept) >= _SHORTEST_OWN else blocks


def _outside_quote(element: HtmlElement) -> HtmlElement:
    """The element that holds the quote that an element is in: for dates and names, a quote speaks of something else."""
    quotes = [each for each in (element, *element.iterancestors()) if each.tag == "blockquote"]
    parent = quotes[-1].getparent() if quotes else None
    return element if parent is None else parent


def _second_opinion(reading: _Reading) -> list[Block]:
    """trafilatura's full mode where the text is short beside the page, if it finds clearly more about the page's subject."""
    first, size = reading.blocks, size_of(reading.blocks)
    running = sum(map(len, reading.long_texts))
    if size >= _SHORT_TEXT or (running and size >= _SHORT_COVER * running):
        return first
    if size and size >= _SHORT_SHARE * _text_length(reading.root):
        return first
    second = _own(reading, _read(stock_body(reading.root, FULL)))
    claims = " ".join((*reading.metadata.all_titles, *reading.metadata.descriptions))
    theirs, ours = dict.fromkeys(second), dict.fromkeys(first)
    agrees = _agreement(theirs, claims) >= min(_AGREES, _agreement(ours, claims))
    if not agrees or size_of(theirs) <= _BETTER * size_of(ours):
        return first
    return part(reading.root, second[0]) if len(second) == 1 else second


def _text_length(root: HtmlElement) -> int:
    return len(" ".join(root.text_content().split()))


def _agreement(blocks: Iterable[Block], claims: str) -> float:
    """The share of the claims' words that the blocks have."""
    words = set(_CLAIM_WORD.findall(claims.casefold()))
    text = " ".join(block.text for block in blocks).casefold()
    return len(words & set(_CLAIM_WORD.findall(text))) / max(1, len(words))


def _completed(reading: _Reading) -> list[Block]:
    return complete(reading.root, reading.blocks, reading.long_texts)


def _agreed(reading: _Reading) -> list[Block]:
    """The blocks without the paragraphs that JSON-LD's articleBody lacks, where the two largely agree: boxes, notes, promotions.

    Headings, lists and quotes are often left out of it, and so are long paragraphs with a drop cap or a link in mid-text.
    """
    blocks, declared = reading.blocks, blocks_of_article_body(reading.metadata.article_body)
    theirs = letters(" ".join(block.text for block in declared))
    inside = [is_inside(letters(block.text), theirs) for block in blocks]
    shared = sum(len(block.text) for block, is_in in zip(blocks, inside, strict=True) if is_in)
    if shared < _AGREEMENT * max(size_of(blocks), size_of(declared), 1):
        return blocks
    last = max(i for i, is_in in enumerate(inside) if is_in)
    return [
        block
        for i, block in enumerate(blocks)
        if inside[i] or block.kind not in ("paragraph", "code") or (i < last and len(block.text) > _LONGEST_BOX)
    ]


def _declared(reading: _Reading) -> list[Block]:
    return _fuller(reading, reading.metadata.article_body)


def _from_state(reading: _Reading) -> list[Block]:
    if size_of(reading.blocks) >= _FULLER_THAN:
        return reading.blocks
    return _fuller(reading, article_in_state(reading.scripts, reading.metadata.all_titles))


def _fuller(reading: _Reading, text: str) -> list[Block]:
    """The declared text, where the page shows only a short part of it."""
    blocks = reading.blocks
    if len(text) < _SHORTEST_DECLARED or size_of(blocks) >= _FULLER_THAN:
        return blocks
    declared = blocks_of_article_body(text)
    theirs = letters(" ".join(block.text for block in declared))
    shown = [block for block in blocks if block.text not in reading.metadata.all_titles]
    shared = sum(len(block.text) for block in shown if is_inside(letters(block.text), theirs))
    is_fuller = size_of(declared) > _FULLER * size_of(blocks) and shared >= _AGREEMENT * size_of(shown)
    return declared if is_fuller else blocks


def _parted(reading: _Reading) -> list[Block]:
    """A text that came in one piece, since no container was found, as the blocks that it has in the page."""
    return part(reading.root, reading.blocks[0]) if len(reading.blocks) == 1 else reading.blocks


CHOICES: dict[str, Callable[[_Reading], list[Block]]] = {
    "one-piece": _parted,
    "own-place": _in_place,
    "second-extractor": _second_opinion,
    "frame-completion": _completed,
    "article-body-agrees": _agreed,
    "article-body": _declared,
    "state-data": _from_state,
}


# --- blocks ---------------------------------------------------------------------------------------------------------------


def blocks_of(body: Any) -> Iterator[Block]:
    """trafilatura's body (its own XML vocabulary) as blocks, inline markup dissolved."""
    words: list[str] = []
    kind: BlockKind = "paragraph"
    for step, element in etree.iterwalk(body, events=("start", "end")):
        tag = element.tag
        if tag in _BLOCKS:
            if any(map(str.isalnum, text := _flat(words))):
                yield Block(text, kind)
            words.clear()
            kind = _KINDS.get(tag, _enclosing_kind(element)) if step == "start" else _enclosing_kind(element)
        elif tag == "cell" and step == "end":
            words.append(" ")
        words.append((element.text if step == "start" else element.tail) or "")
    if any(map(str.isalnum, text := _flat(words))):
        yield Block(text, kind)


def _enclosing_kind(element: Any) -> BlockKind:
    parent = element.getparent()
    return _KINDS.get(parent.tag, "paragraph") if parent is not None else "paragraph"


def _flat(words: list[str]) -> str:
    return " ".join("".join(words).split())


def blocks_of_article_body(article_body: str) -> list[Block]:
    """JSON-LD's articleBody as blocks; most publishers put it in one line without breaks."""
    text = html.unescape(article_body)
    parts = (_TAG.sub("", part) for part in _PARAGRAPH_END.split(text))
    return [Block(clean) for part in parts if (clean := " ".join(part.split()))]
