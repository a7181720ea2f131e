"""What an article cites: outbound links of its body, and the outlet or agency that it credits."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lxml.html import HtmlElement

from dateline.text import storable_line
from dateline.types.article import Link
from pipelines.extract.anchors import letters, site_of
from pipelines.extract.authors.words import AGENCY_NAMES
from pipelines.extract.markup import Markup, flat_text
from pipelines.extract.metadata import Metadata
from pipelines.extract.text.blocks import Block

_MOST_LINKS = 300
_LONGEST_ANCHOR = 300
_LONGEST_BLOCK = 4_000
_SURE = 40
_LONGEST_CREDIT_LINE = 300
_BLOCK_TAGS = frozenset({"p", "li", "blockquote", "td", "h2", "h3", "h4", "div", "figcaption"})
_AGENCIES = {
    **AGENCY_NAMES,
    **{name.lower(): name for name in ("Associated Press", "PA Media", "The Canadian Press", "Keystone-SDA")},
    "ap": "Associated Press",
    "the associated press": "Associated Press",
    "thomson reuters": "Reuters",
    "agence france-presse": "AFP",
    "press association": "PA Media",
    "canadian press": "The Canadian Press",
}
_READ_MORE = re.compile(
    r"\b(?:read|see)\s+(?:more|the (?:full|original) (?:story|article))\s+(?:from|at|on|in)\s+(.{2,60}?)\s*[.!»>]*$",
    re.IGNORECASE,
)
_SOURCE = re.compile(
    r"^(?:source|quelle|fuente|fonte|bron|kilde|källa|zdroj|źródło)\s*:\s*(.{2,60}?)\.?$", re.IGNORECASE
)
_ORIGINALLY = re.compile(
    r"\b(?:originally|first)\s+(?:appeared|published)\s+(?:on|in|at|by)\s+((?:the\s+)?[^.,;]{2,60}?)(?:[.,;]|\s+and\s|\s+under\s|$)",
    re.IGNORECASE,
)
_AGENCY_LINE = re.compile(
    r"^[(\[]?\s*([\w .-]{2,25}?)\s*[)\]]?\.?$|\(([\w .-]{2,25})\)\s*[-–—.]*\s*$|^[^()]{2,60}\(([\w .-]{2,25})\)\s*(?:[-–—]|\.-|:)"
)


def quoted_links(anchors: Sequence[HtmlElement], blocks: Sequence[Block], markup: Markup) -> tuple[Link, ...]:
    """The outbound links whose whole block is in the body; each URL once."""
    if not anchors:
        return ()
    bodies = {letters(block.text) for block in blocks}
    text = "\n".join(bodies)
    kept: dict[str, Link] = {}
    for anchor in anchors:
        words = flat_text(anchor)
        if not words or letters(words) not in text or not _is_quoted(anchor, bodies, text):
            continue
        url = markup.absolute(anchor.get("href"))
        if url and site_of(url) != site_of(markup.url):
            kept.setdefault(url, Link(url, storable_line(words, _LONGEST_ANCHOR)))
    return tuple(kept.values())[:_MOST_LINKS]


def _is_quoted(anchor: HtmlElement, bodies: set[str], text: str) -> bool:
    """Whether the block round the anchor is one of the body's, or is within one."""
    block = next((ancestor for ancestor in anchor.iterancestors() if ancestor.tag in _BLOCK_TAGS), None)
    around = letters(flat_text(block)[:_LONGEST_BLOCK]) if block is not None else ""
    return around in bodies or (len(around) >= _SURE and around in text)


def credited_to(blocks: Sequence[Block], anchors: Sequence[HtmlElement], metadata: Metadata) -> str | None:
    """The outlet or agency that the page says its text comes from.

    In this order: a "read more from" line of the text or a link elsewhere, a source line, an agency in the byline or dateline.
    """
    edges = [block.text for block in (*blocks[-4:], *blocks[:2]) if len(block.text) < _LONGEST_CREDIT_LINE]
    links = [
        text for anchor in anchors if 0 < len(text := flat_text(anchor)) < _LONGEST_ANCHOR and _READ_MORE.search(text)
    ]
    for pattern, lines in ((_READ_MORE, [*edges, *links]), (_ORIGINALLY, edges), (_SOURCE, edges)):
        if match := next((match for line in lines if (match := pattern.search(line))), None):
            return storable_line(_name(match[1]))
    agencies = (name for author in metadata.authors if (name := _AGENCIES.get(author.lower().strip())))
    datelines = (name for block in (*blocks[-4:], *blocks[:2]) if (name := _agency(block.text)))
    return next(agencies, None) or next(datelines, None)


def _agency(text: str) -> str | None:
    match = _AGENCY_LINE.search(text[:200] if len(text) > 200 else text)
    words = next((group for group in match.groups() if group), "") if match else ""
    return _AGENCIES.get(words.lower().strip())


def _name(words: str) -> str:
    """The outlet's name in ordinary case: promo lines shout."""
    words = re.sub(r"^the\s+", "", words.strip(" \"'“”"), flags=re.IGNORECASE)
    return words.title() if words.isupper() else words
