"""What publishers state about the use of their pages: one statement each, with what it reserves. Pure.

Kinds, named as their protocols name them:

    robots               a word of X-Robots-Tag or meta robots: noarchive, noai, max-snippet:0 …
    tdm-reservation      1 or 0; tdm-policy: its licence (W3C TDM Reservation Protocol, 2024)
    content-signal       ai-train=no, search=yes … (contentsignals.org)
    content-usage        train-ai=n … (IETF draft-ietf-aipref-attach and -vocab)
    rsl                  address of an RSL licence (rslstandard.org)
    license, copyrightHolder, isAccessibleForFree        of the article's schema.org data
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dateline.config.rules import RESERVATIONS
from dateline.text import storable_line

LONGEST_VALUE = 500
"""Characters of a value that are kept."""
MOST_STATEMENTS = 60
"""Statements about one page that are kept."""
_MOST_PREFERENCES = 20
_PREFERENCE = re.compile(r"([a-z][a-z0-9_-]{0,39})\s*=\s*[\"?]?([a-z0-9][a-z0-9_-]{0,39})\"?", re.IGNORECASE)
_DENIED = frozenset({"no", "n", "0", "false", "disallow"})
_WORDS = frozenset({"noarchive", "noai", "noimageai", "noindex", "nosnippet", "nocache"})
_USES = {
    "ai-train": "no-ai-train",
    "train-ai": "no-ai-train",
    "train-genai": "no-ai-train",
    "genai": "no-ai-train",
    "ai-input": "no-ai-input",
    "ai-use": "no-ai-input",
    "search": "no-search",
    "bots": "no-bots",
    "all": "no-bots",
}
"""What it reserves that a use is denied, by the use's name in Content-Signal and in the drafts of Content-Usage."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement about a page; `origin` says where it was found: robots.txt, tdmrep.json, a header, a tag, JSON-LD."""

    kind: str
    value: str
    origin: str


def kept(statements: Iterable[Statement]) -> tuple[Statement, ...]:
    """The statements in a form that can be stored: bounded, cleaned, each once, none without a value."""
    found: dict[Statement, None] = {}
    for each in statements:
        if value := storable_line(each.value, LONGEST_VALUE):
            found[Statement(each.kind, value, each.origin)] = None
            if len(found) == MOST_STATEMENTS:
                break
    return tuple(found)


def preferences(kind: str, text: str, origin: str) -> Iterator[Statement]:
    """The statements of a list such as `search=yes, ai-train=no`; what is not of that form is left out."""
    for count, found in enumerate(_PREFERENCE.finditer(text[:2_000])):
        if count == _MOST_PREFERENCES:
            break
        yield Statement(kind, f"{found[1].lower()}={found[2].lower()}", origin)


def reserved(statements: Iterable[Statement]) -> tuple[str, ...]:
    """What the statements reserve, in the words of RESERVATIONS.

    A tag of the page overrules its header, and that the site's file (TDMRep, 5: the statement nearest to the content counts).
    """
    words: set[str] = set()
    tdm: dict[str, str] = {}
    for each in statements:
        if each.kind == "robots":
            words.update({each.value} & _WORDS)
        elif each.kind == "tdm-reservation":
            tdm[each.origin] = each.value
        elif each.kind in ("content-signal", "content-usage"):
            use, _, answer = each.value.partition("=")
            words.update([_USES[use]] if use in _USES and answer in _DENIED else ())
        elif each.kind == "rsl":
            words.add("rsl")
    nearest = next((tdm[origin] for origin in ("meta", "header", "tdmrep.json") if origin in tdm), "0")
    if nearest == "1":
        words.add("tdm-reservation")
    return tuple(word for word in RESERVATIONS if word in words)
