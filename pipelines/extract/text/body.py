"""The paragraphs of a page's article: trafilatura's fast mode first, then choices between it and other readings.

Each choice takes the reading so far and gives the blocks that it prefers. Works on the one tree of the page and changes it;
read metadata before.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from pipelines.extract.anchors import letters
from pipelines.extract.markup import short_text
from pipelines.extract.metadata import Metadata
from pipelines.extract.scope import Place, Scope, find_scope
from pipelines.extract.text.blocks import Block, BlockKind, is_inside, size_of
from pipelines.extract.text.clean import is_sentence
from pipelines.extract.text.completion import Leaf, PageText, complete, part
from pipelines.extract.text.fast import FULL, fast_body, stock_body
from pipelines.extract.text.payloads import payloads
from pipelines.extract.text.prose import SHORTEST_STORY
from pipelines.extract.text.state import article_in_state
from pipelines.extract.text.teasers import labelled_rows, teasers_of
from pipelines.extract.text.tree import prepare
from pipelines.extract.titles import ON_MARKUP

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
_FULLER, _FULLER_THAN, _MUCH_FULLER = 1.4, 1_500, 2.5
_SHORTEST_DECLARED, _LONGEST_BOX = 200, 400
_SHORTEST_OWN, _SHORTEST_OTHER, _FRAMED, _FRAMED_LONG = 60, 24, 0.5, 0.9
_MOST_IN_PLACE, _LEAST_PARTED, _ALL_LINKS, _LONGEST_ROW = 0.5, 0.8, 0.8, 300
FROM_STATE = "state-data"
_CLAIM_WORD = re.compile(r"\w{4,}")
_PARAGRAPH_END = re.compile(r"(?:</p>|<br\s*/?>|\r?\n|</?(?:div|li|ul|ol|h\d|blockquote)[^>]*>)\s*", re.IGNORECASE)
_ESCAPED = re.compile(
    r"&(?:[lr][sd]quo|hellip|[mn]dash|nbsp|[a-z]{1,2}(?:acute|grave|uml|circ|cedil|tilde)|szlig|#\d{2,5});", re.I
)
_TAG = re.compile(r"<[a-zA-Z/!][^<>]*>")
_MARKDOWN = re.compile(
    r"(?m)^ {0,3}(?:#{1,6} +|> ?)|!\[[^\[\]]{0,300}\]\([^\s()]*(?:\([^\s()]*\)[^\s()]*)?\)"
    r"|\[([^\[\]]{1,300})\]\((?:https?:|/)[^\s()]*(?:\([^\s()]*\)[^\s()]*)?\)|\*\*(?=\S)([^*\n]{1,500})(?<=\S)\*\*"
)
"""Headings, quotes, pictures, links and bold words."""


@dataclass(frozen=True, slots=True)
class Body:
    """The blocks of the main text, the rules by which they were chosen between candidates, and what these left out."""

    blocks: tuple[Block, ...]
    rules: tuple[str, ...] = ()
    removed: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class _Reading:
    """The blocks so far, and what they can be held against."""

    root: HtmlElement
    page: PageText
    scope: Callable[[], Scope]
    in_teasers: Callable[[], set[int]]
    metadata: Metadata
    long_texts: list[str]
    scripts: list[str]
    blocks: list[Block]
    is_wild: bool = False
    """Whether no container was found and paragraphs from all over the page were collected."""


def read_body(root: HtmlElement, metadata: Metadata) -> Body:
    """The page's main text. Strips the tree of what no reader sees."""
    scripts = payloads(metadata.markup.elements)
    long_texts, rules = prepare(root, metadata.markup, (metadata.title or "", *metadata.all_titles))
    body, is_wild = fast_body(root)
    scope = cache(lambda: find_scope(root, metadata.markup, metadata.all_titles))
    page = PageText(root)
    in_teasers = cache(lambda: _in_teasers(page.leaves, scope()))
    reading = _Reading(root, page, scope, in_teasers, metadata, long_texts, scripts, _read(body), is_wild)
    left_out: list[Block] = []
    for name, choose in CHOICES.items():
        blocks = choose(reading)
        if blocks != reading.blocks:
            left_out += reading.blocks if {*blocks} <= {*reading.blocks} else ()
            reading = replace(reading, blocks=blocks)
            rules.append(name)
    removed = (block for block in dict.fromkeys(left_out) if block not in reading.blocks)
    return Body(tuple(_decoded(reading.blocks, metadata.title or "")), tuple(rules), tuple(removed))


def _decoded(blocks: Sequence[Block], title: str) -> Iterator[Block]:
    """The blocks with quotes, dashes and accents that were escaped once too often, unless the page is on markup."""
    is_plain = not ON_MARKUP.search(title) and all(block.kind != "code" for block in blocks)
    for block in blocks:
        is_escaped = is_plain and "&" in block.text and _ESCAPED.search(block.text)
        yield replace(block, text=" ".join(html.unescape(block.text).split())) if is_escaped else block


def _read(body: Any) -> list[Block]:
    return [] if body is None else list(blocks_of(body))


# --- choices --------------------------------------------------------------------------------------------------------------


def _in_place(reading: _Reading) -> list[Block]:
    """A short text without what is elsewhere than the story: trafilatura fills it up from all over the page."""
    return _own(reading, reading.blocks)


def _own(reading: _Reading, blocks: list[Block]) -> list[Block]:
    """The blocks in the story's place; if there are none, what follows the headline; if nothing does, all of them."""
    if size_of(blocks) >= _FULLER_THAN and not reading.is_wild:
        return blocks
    kept = _kept_in_place(reading, _framed(reading, blocks) if reading.is_wild else blocks)
    if size_of(blocks) >= _FULLER_THAN and size_of(kept) < _MOST_IN_PLACE * size_of(blocks):
        return blocks
    if size_of(kept) >= SHORTEST_STORY:
        return kept
    below = _below_headline(reading)
    if size_of(below) > size_of(kept):
        return below
    return kept if size_of(kept) >= _SHORTEST_OWN else below or blocks


def _kept_in_place(reading: _Reading, blocks: list[Block]) -> list[Block]:
    """The blocks in the smallest element that holds the headline and most of what is in the article's own place."""
    scope = reading.scope()
    have = letters(" ".join(block.text for block in blocks))
    leaves = [leaf for leaf in reading.page.held_against(have) if leaf.is_known and leaf.mark]
    is_short = size_of(blocks) < _SHORT_TEXT
    places = ("own",) if is_short else ("own", "behind", "beside")
    own = [leaf for leaf in leaves if _place(scope, leaf) in places and id(leaf) not in reading.in_teasers()]
    sizes = Counter[HtmlElement]()
    for leaf in own:
        for each in (leaf.element, *leaf.element.iterancestors()):
            sizes[each] += leaf.unlinked if leaf.element is not scope.headline else 0
    above = () if scope.headline is None else (scope.headline, *scope.headline.iterancestors())
    least = _FRAMED if is_short else _FRAMED_LONG
    frame = next((each for each in above if sizes[each] > least * sizes[reading.root]), reading.root)
    inside = [leaf for leaf in own if frame in (leaf.element, *leaf.element.iterancestors())]
    are_inside = set(map(id, inside))
    theirs = "".join(leaf.mark for leaf in leaves if id(leaf) not in are_inside)
    ours = "".join(leaf.mark for leaf in inside)
    return [block for block in blocks if (mark := letters(block.text)) in ours or mark not in theirs]


def _framed(reading: _Reading, blocks: list[Block]) -> list[Block]:
    """The blocks without the short lines outside the smallest element that holds all running text among them."""
    leaves = [
        leaf for leaf in reading.page.held_against(letters(" ".join(block.text for block in blocks))) if leaf.is_known
    ]
    prose = [leaf.element for leaf in leaves if leaf.is_prose()]
    holders = Counter(each for element in prose for each in (element, *element.iterancestors()))
    frame = next((each for each in prose[0].iterancestors() if holders[each] == len(prose)), None) if prose else None
    outside = {leaf.mark for leaf in leaves if frame not in leaf.element.iterancestors() and not is_sentence(leaf.text)}
    return [block for block in blocks if frame is None or block.kind == "heading" or letters(block.text) not in outside]


def _in_teasers(leaves: Sequence[Leaf], scope: Scope) -> set[int]:
    """The identities of the leaves in rows of teasers that have a label."""
    return {id(leaves[i]) for i in labelled_rows(leaves, scope.leads_to_other_story)}


def _below_headline(reading: _Reading) -> list[Block]:
    """The running text that follows the headline, up to the first that is not the article's."""
    scope, found, is_below = reading.scope(), list[Block](), False
    for leaf in reading.page.leaves:
        if is_below and leaf.is_prose(_SHORTEST_OTHER) and next(leaf.element.iterancestors("figure"), None) is None:
            if _place(scope, leaf) != "own" or id(leaf) in reading.in_teasers():
                break
            is_own = leaf.is_prose(_SHORTEST_OWN) or (found and is_sentence(leaf.text))
            found += [Block(leaf.text, leaf.kind)] if is_own else []
        is_below = is_below or scope.headline in (leaf.element, *leaf.element.iterancestors())
    return found


def _place(scope: Scope, leaf: Leaf) -> Place:
    return scope.place_of(_outside_quote(leaf.element))


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
    second = _read(stock_body(reading.root, FULL))
    second = _own(reading, part(reading.page, second[0]) if len(second) == 1 else second)
    claims = " ".join((*reading.metadata.all_titles, *reading.metadata.descriptions))
    theirs, ours = dict.fromkeys(second), dict.fromkeys(first)
    agrees = _agreement(theirs, claims) >= min(_AGREES, _agreement(ours, claims))
    if not agrees or size_of(theirs) <= _BETTER * size_of(ours):
        return first
    return second


def _text_length(root: HtmlElement) -> int:
    return len(" ".join(root.text_content().split()))


def _agreement(blocks: Iterable[Block], claims: str) -> float:
    """The share of the claims' words that the blocks have."""
    words = set(_CLAIM_WORD.findall(claims.casefold()))
    text = " ".join(block.text for block in blocks).casefold()
    return len(words & set(_CLAIM_WORD.findall(text))) / max(1, len(words))


def _completed(reading: _Reading) -> list[Block]:
    is_short = size_of(reading.blocks) < _FULLER_THAN
    return complete(
        reading.page,
        reading.blocks,
        reading.long_texts,
        lambda leaf: (
            not (is_short and id(leaf) in reading.in_teasers()) and not reading.scope().is_in_teaser(leaf.element)
        ),
        fill_gaps=is_short or reading.is_wild,
    )


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
    entries = (f"{entry.title or ''}\n{entry.text}" for entry in reading.metadata.live_entries)
    return _fuller(reading, reading.metadata.article_body or "\n".join(entries))


def _from_state(reading: _Reading) -> list[Block]:
    """What scripts would show; not what lies behind the wall of a page that declares one and shows its free beginning."""
    is_closed = reading.metadata.is_accessible_for_free is False and any(is_sentence(b.text) for b in reading.blocks)
    if size_of(reading.blocks) >= _FULLER_THAN or is_closed:
        return reading.blocks
    return _fuller(reading, article_in_state(reading.scripts, reading.metadata.all_titles))


def _fuller(reading: _Reading, text: str) -> list[Block]:
    """The declared text, where the page shows only a short part of it."""
    blocks = reading.blocks
    if len(text) < _SHORTEST_DECLARED or size_of(blocks) >= _FULLER_THAN:
        return blocks
    declared = blocks_of_article_body(text)
    theirs = letters(" ".join(block.text for block in declared))
    own = _kept_in_place(reading, blocks)
    shown = [block for block in own if is_sentence(block.text) and block.text not in reading.metadata.all_titles]
    shared = sum(len(block.text) for block in shown if is_inside(letters(block.text), theirs))
    ratio = size_of(declared) / max(1, size_of(blocks))
    is_alike = shared >= (_AGREEMENT if ratio < _MUCH_FULLER else 0.5) * size_of(shown)
    is_alike = is_alike or size_of(declared) > 2 * _MUCH_FULLER * size_of(shown)
    return declared if is_alike and ratio > _FULLER else blocks


def _parted(reading: _Reading) -> list[Block]:
    """A text that came in one piece, or from all over the page, as the blocks that it has in the page, in their order."""
    blocks = reading.blocks
    if len(blocks) == 1:
        return part(reading.page, blocks[0])
    if not reading.is_wild:
        return blocks
    marks = [letters(block.text) for block in blocks]
    leaves, whole = reading.page.held_against("".join(marks)), set(marks)
    holders = {leaf.element for leaf in leaves if leaf.is_taken and leaf.links < _ALL_LINKS * len(leaf.text)}
    own = (leaf for leaf in leaves if leaf.mark in whole or (leaf.is_known and _is_cell_or_in(leaf, holders)))
    lines = [[*line] for _, line in groupby(own, key=_line_of)]
    parted = [Block(" ".join(leaf.text for leaf in line), line[0].kind) for line in lines]
    return parted if size_of(parted) >= _LEAST_PARTED * size_of(blocks) else blocks


def _is_cell_or_in(leaf: Leaf, holders: set[HtmlElement]) -> bool:
    return leaf.kind == "row" or leaf.element in holders


def _line_of(leaf: Leaf) -> object:
    """The row of few words that a cell is in; of anything else, itself."""
    row = next(leaf.element.iterancestors("tr"), None) if leaf.kind == "row" else None
    return leaf if row is None or short_text(row, _LONGEST_ROW) is None else row


def _without_teasers(reading: _Reading) -> list[Block]:
    """The blocks without rows of links to other articles and what is below each."""
    leaves = reading.page.held_against("".join(letters(block.text) for block in reading.blocks))
    scope = reading.scope()
    theirs = {leaves[i].mark for i in teasers_of(leaves, scope.leads_to_other_story)}
    return [block for block in reading.blocks if letters(block.text) not in theirs]


CHOICES: dict[str, Callable[[_Reading], list[Block]]] = {
    "one-piece": _parted,
    "own-place": _in_place,
    "second-extractor": _second_opinion,
    "frame-completion": _completed,
    "teasers": _without_teasers,
    "article-body-agrees": _agreed,
    "article-body": _declared,
    FROM_STATE: _from_state,
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
    """JSON-LD's articleBody, HTML or Markdown, as blocks; most publishers put it in one line without breaks."""
    text = html.unescape(article_body)
    if "&lt;/" in text:  # escaped twice
        text = html.unescape(text)
    if _TAG.search(text) is None:
        text = _MARKDOWN.sub(lambda found: found[1] or found[2] or "", text)
    parts = (_TAG.sub("", part) for part in _PARAGRAPH_END.split(text))
    return [Block(clean) for part in parts if (clean := " ".join(part.split()))]
