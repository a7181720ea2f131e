"""The anchors of a page, read once: outbound ones to cite, and the lines that are nothing but a link within the site."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from dateline.article import Link
from dateline.text import storable_line
from pipelines.markup import Markup, flat_text

_MOST_OUTBOUND = 1_000
_LONGEST_ANCHOR = 300
_LONGEST_BLOCK = 4_000
_SHORTEST_LINE = 12
_BLOCK_TAGS = frozenset({"p", "li", "blockquote", "td", "h2", "h3", "h4", "div", "figcaption"})


@dataclass(frozen=True, slots=True)
class Anchors:
    """`outbound`: links to other sites, each with the text of the block around it; `own_lines`: letters of own-site anchors."""

    outbound: tuple[tuple[Link, str], ...] = ()
    own_lines: frozenset[str] = frozenset()


def read_anchors(root: HtmlElement, markup: Markup) -> Anchors:
    """The page's anchors; never changes the tree."""
    own = site_of(markup.url)
    outbound: list[tuple[Link, str]] = []
    own_lines: set[str] = set()
    for anchor in root.iter("a"):
        href = anchor.get("href")
        if not href:
            continue
        if not href.startswith(("http://", "https://", "//")) or (own and own in href.split("/", 3)[2]):
            text = anchor.text if not len(anchor) else anchor.text_content()
            if text and len(text) >= _SHORTEST_LINE:
                own_lines.add(letters(text))
        elif len(outbound) < _MOST_OUTBOUND and (link := _outbound_link(anchor, href, markup, own)):
            outbound.append((link, _block_text(anchor)))
    return Anchors(tuple(outbound), frozenset(own_lines))


def _outbound_link(anchor: HtmlElement, href: str, markup: Markup, own: str) -> Link | None:
    text = storable_line(flat_text(anchor), _LONGEST_ANCHOR)
    url = markup.absolute(href) if text else None
    return Link(url, text) if url and site_of(url) != own else None


def _block_text(anchor: HtmlElement) -> str:
    for ancestor in anchor.iterancestors():
        if ancestor.tag in _BLOCK_TAGS:
            return flat_text(ancestor)[:_LONGEST_BLOCK]
    return ""


def letters(text: str) -> str:
    """Letters and digits alone: how lines are compared that went different ways through the markup."""
    return re.sub(r"\W+", "", text)


def site_of(url: str) -> str:
    """The last two labels of the URL's host, its own site for the purpose of telling inward from outward links."""
    host = urlsplit(url).hostname or ""
    return ".".join(host.split(".")[-2:])
