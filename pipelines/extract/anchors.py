"""The anchors of a page, read once: outbound ones to cite, and the lines that are nothing but a link within the site."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

from lxml.html import HtmlElement

from dateline.text import only_letters
from pipelines.extract.markup import Markup

_MOST_OUTBOUND = 1_000
_SHORTEST_LINE, _SHORTEST_WIDE, _SHORTEST_CONTROL, _LONGEST_LINE = 12, 6, 4, 250
_LONGEST_REMEMBERED = 2_000
_DOCUMENT = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|od[tsp]|csv|zip|epub)(?:[?#]|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Anchors:
    """`outbound`: anchors that lead to other sites; `own_lines`, `other_lines`: the letters of anchors within and without."""

    outbound: tuple[HtmlElement, ...] = ()
    own_lines: frozenset[str] = frozenset()
    other_lines: frozenset[str] = frozenset()


def read_anchors(root: HtmlElement, markup: Markup) -> Anchors:
    """The page's anchors; never changes the tree."""
    own = site_of(markup.url)
    outbound: list[HtmlElement] = []
    own_lines: set[str] = set()
    other_lines: set[str] = set()
    for anchor in root.iter("a"):
        href = anchor.get("href")
        if not href or (href[0] == "#" and len(href) > 1):
            continue
        is_outbound = href.startswith(("http://", "https://", "//")) and not (own and own in href.split("/", 3)[2])
        if is_outbound:
            outbound.append(anchor)
        text = anchor.text_content() if len(anchor) else anchor.text
        shortest = _SHORTEST_CONTROL if text and (href == "#" or href.startswith("javascript:")) else None
        if text and (shortest or shortest_line(text)) <= len(text) <= _LONGEST_LINE and not is_document(anchor):
            (other_lines if is_outbound else own_lines).add(text)
    return Anchors(tuple(outbound[:_MOST_OUTBOUND]), _all_letters(own_lines), _all_letters(other_lines))


def is_document(anchor: HtmlElement) -> bool:
    """Whether a link leads to a file to read or count with, not to a page."""
    return bool(_DOCUMENT.search(anchor.get("href") or ""))


def shortest_line(text: str) -> int:
    """The fewest characters of a headline, which are fewer in scripts without blanks."""
    return _SHORTEST_WIDE if "\u2e80" < text[len(text) // 2] < "\uffef" else _SHORTEST_LINE


def _all_letters(lines: set[str]) -> frozenset[str]:
    return frozenset(letters(line) for line in lines)


def letters(text: str) -> str:
    """Letters and digits alone: how lines are compared that went different ways through the markup."""
    return _letters_of_line(text) if len(text) <= _LONGEST_REMEMBERED else only_letters(text)


@lru_cache(maxsize=2_048)
def _letters_of_line(text: str) -> str:
    """Remembered, since most steps ask for the letters of the same paragraphs."""
    return only_letters(text)


def site_of(url: str) -> str:
    """The last two labels of the URL's host, its own site for the purpose of telling inward from outward links."""
    host = parts_of(url).hostname or ""
    return ".".join(host.split(".")[-2:])


def parts_of(reference: str) -> SplitResult:
    """The parts of an address that a page names; none of one that can't be read, such as "http://[link]"."""
    try:
        return urlsplit(reference)
    except ValueError:
        return urlsplit("")
