"""What an article cites: outbound links of its body, and the outlet or agency that it credits."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dateline.article import Link
from dateline.text import storable_line
from pipelines.anchors import letters
from pipelines.body import Block
from pipelines.metadata import Metadata

_MOST_LINKS = 300
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


def quoted_links(anchors: Sequence[tuple[Link, str]], blocks: Sequence[Block]) -> tuple[Link, ...]:
    """Those links whose whole block stands in the body; each URL once."""
    bodies = {letters(block.text) for block in blocks}
    text = "\n".join(bodies)
    kept: dict[str, Link] = {}
    for link, around in anchors:
        key = letters(around)
        if key and (key in bodies or (len(key) > 40 and key in text)):
            kept.setdefault(link.url, link)
    return tuple(kept.values())[:_MOST_LINKS]


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
