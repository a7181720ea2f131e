"""What an article cites: outbound links of its body, and the outlet or agency that it credits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from dateline.article import Link
from dateline.text import storable_line
from pipelines.body import Block
from pipelines.markup import Markup, flat_text
from pipelines.metadata import Metadata

_MOST_LINKS = 300
_LONGEST_ANCHOR = 300
_BLOCK_TAGS = frozenset({"p", "li", "blockquote", "td", "h2", "h3", "h4", "div", "figcaption"})
_AGENCIES = {
    "ap": "Associated Press",
    "the associated press": "Associated Press",
    "associated press": "Associated Press",
    "reuters": "Reuters",
    "thomson reuters": "Reuters",
    "afp": "AFP",
    "agence france-presse": "AFP",
    "dpa": "dpa",
    "apa": "APA",
    "efe": "EFE",
    "ansa": "ANSA",
    "upi": "UPI",
    "pa media": "PA Media",
    "press association": "PA Media",
    "ritzau": "Ritzau",
    "ntb": "NTB",
    "tt": "TT",
    "belga": "Belga",
    "anp": "ANP",
    "pap": "PAP",
    "čtk": "ČTK",
    "lusa": "Lusa",
    "xinhua": "Xinhua",
    "kyodo": "Kyodo",
    "yonhap": "Yonhap",
    "tass": "TASS",
    "bloomberg": "Bloomberg",
    "canadian press": "The Canadian Press",
    "the canadian press": "The Canadian Press",
    "aap": "AAP",
    "sid": "SID",
    "epd": "epd",
    "kna": "KNA",
    "keystone-sda": "Keystone-SDA",
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


def outbound_anchors(root: HtmlElement, markup: Markup) -> list[tuple[Link, str]]:
    """Links to other hosts, each with the text of the block that it stands in; read before the tree is stripped."""
    own = _site(markup.url)
    found: list[tuple[Link, str]] = []
    for anchor in root.iter("a"):
        href = anchor.get("href") or ""
        if not href.startswith(("http://", "https://", "//")) or (
            own and own in href.split("/")[2 if "//" in href else 0]
        ):
            continue
        url = markup.absolute(href)
        if url and _site(url) != own:
            text = storable_line(flat_text(anchor), _LONGEST_ANCHOR)
            if text:
                found.append((Link(url, text), _block_text(anchor)))
    return found[: 4 * _MOST_LINKS]


def quoted_links(anchors: Sequence[tuple[Link, str]], blocks: Sequence[Block]) -> tuple[Link, ...]:
    """Those links whose whole block stands in the body; each URL once."""
    bodies = {_letters(block.text) for block in blocks}
    text = "\n".join(bodies)
    kept: dict[str, Link] = {}
    for link, around in anchors:
        key = _letters(around)
        if key and (key in bodies or (len(key) > 40 and key in text)):
            kept.setdefault(link.url, link)
    return tuple(kept.values())[:_MOST_LINKS]


def _block_text(anchor: HtmlElement) -> str:
    for ancestor in anchor.iterancestors():
        if ancestor.tag in _BLOCK_TAGS:
            return flat_text(ancestor)[:4_000]
    return ""


def _letters(text: str) -> str:
    return re.sub(r"\W+", "", text)


def _site(url: str) -> str:
    host = urlsplit(url).hostname or ""
    return ".".join(host.split(".")[-2:])


def credited_to(blocks: Sequence[Block], metadata: Metadata) -> str | None:
    """The outlet or agency that the text says it comes from: a "read more from" line, a source line, an agency's byline."""
    edges = [*blocks[-4:], *blocks[:2]]
    for pattern in (_READ_MORE, _ORIGINALLY, _SOURCE):
        for block in edges:
            if len(block.text) < 300 and (match := pattern.search(block.text)):
                return storable_line(_name(match[1]))
    agencies = (name for author in metadata.authors if (name := _AGENCIES.get(author.lower().strip())))
    return next(agencies, None) or next((name for block in edges if (name := _agency(block.text))), None)


def _agency(text: str) -> str | None:
    match = _AGENCY_LINE.search(text[:200] if len(text) > 200 else text)
    words = next((group for group in match.groups() if group), "") if match else ""
    return _AGENCIES.get(words.lower().strip())


def _name(words: str) -> str:
    """The outlet's name in ordinary case: promo lines shout."""
    return words.strip(" \"'“”").title() if words.isupper() else words.strip(" \"'“”")
