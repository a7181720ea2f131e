"""What to try when a search finds nothing: the same search with less asked. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dateline.errors import UsageError
from dateline.search.query import Words, leaves, parse

_FIELD = re.compile(r'(?<!\S)-?[a-z]+:(?:"[^"]*"|[^\s()"]+)')
_DATE = re.compile(r'(?<!\S)-?(?:date|seen):(?:"[^"]*"|[^\s()"]+)')
MOST_WORDS = 12


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Another search, and what is different about it."""

    label: str
    query: str
    with_copies: bool = False


def suggestions(text: str, *, with_copies: bool) -> list[Suggestion]:
    """Searches that ask for less than this one, the nearest first; none that can't be parsed, none twice."""
    words = [one for one in leaves(parse(text).root) if isinstance(one, Words)]
    plain = [one.text for one in words if one.kind == "word" and not one.in_title][:MOST_WORDS]
    tried: list[Suggestion] = []
    if _DATE.search(text):
        tried.append(Suggestion("without its dates", _squeezed(_DATE.sub(" ", text))))
    if _FIELD.search(text):
        tried.append(Suggestion("only its words", _squeezed(_FIELD.sub(" ", text))))
    if any(one.kind in ("phrase", "near") for one in words):
        tried.append(Suggestion("its words in any order", _squeezed(text.replace('"', " "))))
    if len(plain) > 1:
        tried.append(Suggestion("any of its words", " OR ".join(plain)))
    if len(plain) == 1 and len(plain[0]) > 3:
        tried.append(Suggestion("words that begin so", f"{plain[0]}*"))
    if not with_copies:
        tried.append(Suggestion("including copies", text, with_copies=True))
    kept = {(one.query, one.with_copies): one for one in reversed(tried) if _is_search(one.query)}
    kept.pop((text, False), None)
    return list(reversed(kept.values()))


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _is_search(text: str) -> bool:
    try:
        parse(text)
    except UsageError:
        return False
    return bool(text)
