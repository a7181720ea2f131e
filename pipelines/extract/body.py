"""The paragraphs of a page's article: trafilatura's fast mode first, a second opinion only where there is doubt.

Works on the one tree of the page and takes from it what no reader sees; read metadata and anchors before.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import trafilatura
from lxml import etree
from lxml.html import HtmlElement
from trafilatura.settings import Extractor

from pipelines.extract.anchors import letters
from pipelines.extract.markup import Markup, elements_of_class

BlockKind = Literal["paragraph", "heading", "item", "quote", "code", "row"]

_INVISIBLE = (
    *(
        "script",
        "style",
        "svg",
        "noscript",
        "iframe",
        "template",
        "link",
        "canvas",
        "select",
        "input",
        "object",
        "embed",
    ),
    *("video", "audio", "map", "textarea", "button", "datalist", "dialog", "picture", "source", "track", "noindex"),
    *("head", "nav", "footer", "aside", "menu"),
)
"""What no reader of the text sees; trafilatura drops it all too, but first copies and searches it several times."""
_RUBY = ("ruby", "rb", "rp", "rt")
"""Readings beside a word: what stands in `rt` (and its brackets in `rp`) is text that trafilatura leaves out."""
_KINDS: dict[str, BlockKind] = {
    "p": "paragraph",
    "head": "heading",
    "item": "item",
    "quote": "quote",
    "code": "code",
    "row": "row",
}
_BLOCKS = frozenset({*_KINDS, "list", "table", "lb", "body", "div"})
# "xml" only keeps trafilatura from writing the text out: its body is read below in a way of our own
_FAST = Extractor(output_format="xml", fast=True, comments=False)
_FAST.focus = (
    "once"  # neither balanced, precision nor recall: leaves out the second try, which is made here where it is due
)
_RECALL = Extractor(output_format="xml", fast=True, comments=False, recall=True)
_THOROUGH = Extractor(output_format="xml", fast=False, comments=False)
_DOUBTFUL_TEXT, _DOUBTFUL_SHARE = 700, 0.25
"""A very short text that is a quarter of its page's was never bettered: 0 of 13 pages, against 10 of 13 with a smaller share."""
_SHORT_TEXT, _SHORT_SHARE = 3_000, 0.2  # trafilatura's own bounds for a second try in recall mode
_BETTER = 1.5
_AGREEMENT = 0.85
_FULLER, _FULLER_THAN = 1.4, 1_500
_SHORTEST_ARTICLE_BODY = 300
_LONGEST_BOX = 400
_EMBEDDED_POSTS = re.compile(r"twitter-tweet|instagram-media|tiktok-embed|bluesky-embed|fb-post")
_EMBED_LEVELS = 3


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph of the body in one line, and what it was in the page."""

    text: str
    kind: BlockKind = "paragraph"


@dataclass(frozen=True, slots=True)
class Body:
    """The blocks of the main text, and the rules by which they were chosen between candidates."""

    blocks: tuple[Block, ...]
    rules: tuple[str, ...] = ()


_BOXES = (
    *("infobox", "info-box", "factbox", "fact-box", "author-bio", "author__bio", "authorbio", "access-wall"),
    *("article-gating", "regwall", "post-card", "promo-item"),
    *("author-info", "author-box", "authorbox", "about-author"),
    *(
        "related",
        "newsletter",
        "most-read",
        "mostread",
        "most-popular",
        "trending",
        "latest-news",
        "recommend",
        "rollover-block",
    ),
    *("sr-only", "visually-hidden", "visuallyhidden", "screen-reader", "screenreader", "assistive-text"),
)
_CARDS = etree.XPath(".//a[@href][.//h2 or .//h3 or .//h4]")
_LARGEST_CARD, _SURE_BOX = 400, 400
_NO_BOXES = frozenset({"html", "body", "main", "article", "p"})
_LARGEST_BOX_SHARE = 0.25
"""Boxes beside the text, told by their class: facts at a glance, the author's life, what a subscription offers, other
stories, and what is only read out to the blind ("opens in a new window")."""


def read_body(root: HtmlElement, markup: Markup, article_body: str = "") -> Body:
    """The page's main text, `article_body` being JSON-LD's. Strips the tree of what no reader sees."""
    etree.strip_tags(root, etree.Comment, etree.ProcessingInstruction, *_RUBY)
    etree.strip_elements(root, *_INVISIBLE, with_tail=False)
    _keep_embedded_posts(root)
    _drop_boxes(root, markup)
    blocks, rules = _ask(root, markup.url, _FAST), []
    if (doubt := _doubt(root, size_of(blocks))) is not None:
        second = _ask(root, markup.url, doubt)
        if size_of(second) > _BETTER * size_of(blocks):
            blocks, rules = second, ["second-extractor"]
    if len(article_body) >= _SHORTEST_ARTICLE_BODY:
        blocks, agreed = _agree(blocks, blocks_of_article_body(article_body))
        rules += agreed
    return Body(tuple(blocks), tuple(rules))


def _doubt(root: HtmlElement, size: int) -> Extractor | None:
    """The extractor to ask next, if the text found is short beside all text of the page: the rest may hold more of it."""
    if size >= _SHORT_TEXT:
        return None
    share = size / max(1, _text_length(root))
    if size < _DOUBTFUL_TEXT:
        return _THOROUGH if share < _DOUBTFUL_SHARE else None
    return _RECALL if share < _SHORT_SHARE else None


def _text_length(root: HtmlElement) -> int:
    return len(" ".join(root.text_content().split()))


def _ask(root: HtmlElement, url: str, options: Extractor) -> list[Block]:
    document: Any = trafilatura.bare_extraction(root, url=url or None, options=options)
    return list(blocks_of(document.body)) if document is not None else []


def size_of(blocks: Sequence[Block]) -> int:
    """Characters of all blocks."""
    return sum(len(block.text) for block in blocks)


def _keep_embedded_posts(root: HtmlElement) -> None:
    """Make embedded posts plain quotes: trafilatura drops whatever has "embed" in its class."""
    for quote in root.iter("blockquote"):
        if _EMBEDDED_POSTS.search(quote.get("class") or ""):
            del quote.attrib["class"]
            for _, ancestor in zip(range(_EMBED_LEVELS), quote.iterancestors("div", "figure", "section"), strict=False):
                if "embed" in (ancestor.get("class") or ""):
                    del ancestor.attrib["class"]
                if ancestor.tag == "figure":
                    ancestor.tag = "div"


def _drop_boxes(root: HtmlElement, markup: Markup) -> None:
    """Take boxes and teaser cards out of the tree, unless they hold so much of the page that they must be its text."""
    boxes = [box for box in elements_of_class(root, markup, _BOXES) if box.tag not in _NO_BOXES]
    found: Any = _CARDS(root)
    boxes += [card for card in found if len(card.text_content()) <= _LARGEST_CARD]
    largest = _LARGEST_BOX_SHARE * len(root.text_content()) if boxes else 0
    for box in boxes:
        limit = max(largest, _SURE_BOX) if "newsletter" in (box.get("class") or "").lower() else largest
        if len(box.text_content()) <= limit and box.getparent() is not None:
            box.drop_tree()


def _agree(blocks: list[Block], declared: list[Block]) -> tuple[list[Block], list[str]]:
    """The page's blocks held against JSON-LD's articleBody, which publishers cut to what they mean by the article.

    Where the two largely agree, paragraphs that only the page has are left out (boxes, bios, promotions); where the page
    shows only a short part of the declared text, the declared one is taken.
    """
    theirs = letters(" ".join(block.text for block in declared))
    inside = [_is_inside(letters(block.text), theirs) for block in blocks]
    shared = sum(len(block.text) for block, is_in in zip(blocks, inside, strict=True) if is_in)
    is_fuller = size_of(declared) > _FULLER * size_of(blocks) and size_of(blocks) < _FULLER_THAN
    if is_fuller and shared >= _AGREEMENT * size_of(blocks):
        return declared, ["article-body"]
    if shared < _AGREEMENT * size_of(blocks) or shared < _AGREEMENT * size_of(declared):
        return blocks, []
    last = max(i for i, is_in in enumerate(inside) if is_in)
    kept = [block for i, block in enumerate(blocks) if inside[i] or _is_text(block, is_followed=i < last)]
    return kept, ["article-body-agrees"] if len(kept) < len(blocks) else []


def _is_text(block: Block, *, is_followed: bool) -> bool:
    """Whether a block that articleBody lacks is the article's all the same: what is no paragraph is often left out of it,
    and so are paragraphs with a drop cap or a link; bios, offers and disclaimers are short or come last."""
    return block.kind in {"heading", "item", "quote", "row"} or (is_followed and len(block.text) > _LONGEST_BOX)


def _is_inside(text: str, whole: str) -> bool:
    """Whether the text, or all but one third of it (drop caps, links without blanks), stands in the whole."""
    third = len(text) // 3
    return text in whole or sum(text[i : i + third] in whole for i in (0, third, 2 * third)) >= 2


def blocks_of(body: Any) -> Iterator[Block]:
    """trafilatura's body (its own XML vocabulary) as blocks, inline markup dissolved."""
    words: list[str] = []
    kind: BlockKind = "paragraph"
    for step, element in etree.iterwalk(body, events=("start", "end")):
        tag = element.tag
        if tag in _BLOCKS:
            if text := _flat(words):
                yield Block(text, kind)
            words.clear()
            kind = _KINDS.get(tag, _enclosing_kind(element)) if step == "start" else _enclosing_kind(element)
        elif tag == "cell" and step == "end":
            words.append(" ")
        words.append((element.text if step == "start" else element.tail) or "")
    if text := _flat(words):
        yield Block(text, kind)


def _enclosing_kind(element: Any) -> BlockKind:
    parent = element.getparent()
    return _KINDS.get(parent.tag, "paragraph") if parent is not None else "paragraph"


def _flat(words: list[str]) -> str:
    return " ".join("".join(words).split())


_PARAGRAPH_END = re.compile(r"(?:</p>|<br\s*/?>|\r?\n|</?(?:div|li|ul|ol|h\d|blockquote)[^>]*>)\s*", re.IGNORECASE)
_TAG = re.compile(r"<[a-zA-Z/!][^<>]*>")


def blocks_of_article_body(article_body: str) -> list[Block]:
    """JSON-LD's articleBody as blocks; most publishers put it in one line without breaks."""
    text = html.unescape(article_body)
    parts = (_TAG.sub("", part) for part in _PARAGRAPH_END.split(text))
    return [Block(clean) for part in parts if (clean := " ".join(part.split()))]
