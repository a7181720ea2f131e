"""The paragraphs of a page's article: trafilatura's fast mode first, a second opinion only where there is doubt.

Works on the one tree of the page and takes from it what no reader sees; read metadata before.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import trafilatura
from lxml import etree
from lxml.html import HtmlElement
from trafilatura.settings import Extractor

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
)
_KINDS: dict[str, BlockKind] = {
    "p": "paragraph",
    "head": "heading",
    "item": "item",
    "quote": "quote",
    "code": "code",
    "row": "row",
}
_BLOCKS = frozenset({*_KINDS, "list", "table", "lb", "body", "div"})
_FAST = Extractor(output_format="python", fast=True, comments=False)
_DEEPEST = 200


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph of the body in one line, and what it was in the page."""

    text: str
    kind: BlockKind = "paragraph"


def read_body(root: HtmlElement, url: str) -> list[Block]:
    """The blocks of the page's main text. Strips the tree of what no reader sees."""
    etree.strip_tags(root, etree.Comment, etree.ProcessingInstruction)
    etree.strip_elements(root, *_INVISIBLE, with_tail=False)
    document: Any = trafilatura.bare_extraction(root, url=url or None, options=_FAST)
    return list(blocks_of(document.body)) if document is not None else []


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
