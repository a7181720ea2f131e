"""Snippets and titles with the words that were found marked: U+E000 before, U+E001 after.

PostgreSQL marks folded text, as the index has it ("fahre"); the marks are carried over to the text as it was written
("Fähre"). Scripts without spaces are marked here, by their characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from dateline.search.ngrams import is_unspaced
from dateline.types.article_fields import ArticleRow

BEGIN, END = "\ue000", "\ue001"
GAP = " … "
TITLE_HEADLINE = f'StartSel="{BEGIN}", StopSel="{END}", HighlightAll=true'
HEADLINE = f'StartSel="{BEGIN}", StopSel="{END}", MaxFragments=2, MaxWords=26, MinWords=12, FragmentDelimiter="\ue002"'
LENGTH = 240
_MARKS = re.compile("[\ue000-\ue002]")
_ACCENTS = re.compile("([A-Za-z\u0370-\u03ff])[\u0300-\u036f]+")


@dataclass(frozen=True, slots=True)
class Marked:
    """What ts_headline gave for folded title and text."""

    title: str | None
    snippet: str | None


def marked(article: ArticleRow, made: Marked | None, sought: Sequence[str]) -> tuple[str | None, str]:
    """(title, snippet) of a hit, marked; the beginning of the text where nothing in it was found."""
    title = None if article.title is None else _MARKS.sub("", article.title)
    text = _MARKS.sub("", article.text)
    if made is None:
        return title, _beginning(text)
    unspaced = [word for word in sought if is_unspaced(word)]
    if unspaced and is_unspaced(text):
        return (title and _mark(title, unspaced)), _around(text, unspaced)
    if title is not None and made.title is not None:
        title = as_written(made.title, title)
    parts = [as_written(part, text) for part in (made.snippet or "").split("\ue002") if part.strip()]
    snippet = GAP.join(" ".join(part.split()) for part in parts)
    return title, snippet if BEGIN in snippet else _beginning(text)


def as_written(part: str, original: str) -> str:
    """A marked piece of folded text with the letters of the original; as it is where it can't be found there."""
    plain = part.replace(BEGIN, "").replace(END, "")
    folded = [fold(character) for character in original] if not original.isascii() else None
    if folded is None:
        return part
    start = "".join(folded).find(plain)
    if start < 0:
        return part
    places = {place: index for index, place in enumerate([0, *accumulate(map(len, folded))])}
    made, at, copied = [], start, places.get(start, 0)
    for piece in re.split(f"([{BEGIN}{END}])", part):
        if piece in {BEGIN, END}:
            made.append(piece)
            continue
        at += len(piece)
        end = places.get(at, copied)
        made.append(original[copied:end])
        copied = end
    return "".join(made)


def fold(text: str) -> str:
    """The text as dateline.fold gives it, for characters that are composed."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _ACCENTS.sub(r"\1", unicodedata.normalize("NFKD", text)))


def _beginning(text: str) -> str:
    start = " ".join(text[: LENGTH + 1].split())
    return start if len(text) <= LENGTH else f"{start[:LENGTH]} …"


def _mark(text: str, sought: Sequence[str]) -> str:
    pattern = "|".join(re.escape(word) for word in sorted(sought, key=len, reverse=True))
    return re.sub(pattern, lambda m: f"{BEGIN}{m.group()}{END}", text, flags=re.IGNORECASE)


def _around(text: str, sought: Sequence[str]) -> str:
    first = min((place for word in sought if (place := text.find(word)) >= 0), default=0)
    start = max(0, first - LENGTH // 3)
    piece = " ".join(text[start : start + LENGTH].split())
    return f"{'… ' * (start > 0)}{_mark(piece, sought)}{' …' * (start + LENGTH < len(text))}"
