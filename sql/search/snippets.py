"""Snippets and titles with the words that were found marked: U+E000 before, U+E001 after.

PostgreSQL marks folded text, as the index has it ("fahre us"); the marks are carried over to the text as it was written
("Fähre, U.S."), by its letters and digits. Scripts without spaces are marked here, by their characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from dateline.search.unspaced import is_unspaced
from dateline.types.article_fields import ArticleRow

BEGIN, END = "\ue000", "\ue001"
GAP = " … "
TITLE_HEADLINE = f'StartSel="{BEGIN}", StopSel="{END}", HighlightAll=true'
HEADLINE = f'StartSel="{BEGIN}", StopSel="{END}", MaxFragments=2, MaxWords=26, MinWords=12, FragmentDelimiter="\ue002"'
LENGTH = 240
SNIPPET_FROM = 20_000
"""Characters of a text in which its snippet is looked for; the query `headlines` folds as many."""
_MARKS = re.compile("[\ue000-\ue002]")
# what dateline.fold replaces beyond Unicode's own decomposition; signs that it makes letters of, or drops
_ALIKE = str.maketrans(
    dict(zip("øłđðħŧŋƒıəɛɔɓɗƙςیکٱ", "olddhtnfieeobdkσيكا", strict=True))
    | dict(zip("ൺൻർൽൾൿৎ", "ണനരലളകত", strict=True))
    | {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}
    | dict.fromkeys("ᐩⵌʼʻʹـ™℠№\u115f\u1160ङञणनम", "")
)


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
        as_written = Written(title)
        title = as_written.marked(made.title, is_all=True) or title
        if BEGIN not in title and (joined := as_written.joined(sought)):
            title = _mark(title, joined)
    written = Written(text[:SNIPPET_FROM])
    parts = [written.marked(part) for part in (made.snippet or "").split("\ue002")]
    snippet = GAP.join(" ".join(part.split()) for part in parts if part)
    if BEGIN in snippet:
        return title, snippet
    joined = written.joined(sought)
    return title, _around(text, joined) if joined else _beginning(text)


class Written:
    """A text as it was written, in which a piece of its folded form can be found again."""

    def __init__(self, text: str) -> None:
        self._text = text
        letters = [_PLAIN[character] for character in text]
        self._squeezed = "".join(letters)
        self._places = [place for place, made in enumerate(letters) for _ in made]

    def marked(self, piece: str, *, is_all: bool = False) -> str | None:
        """The text's own writing of a marked piece of its folded form; None where it can't be found.

        Where the piece is all of the text, the signs before its first letter and after its last belong to it.
        """
        parts = [(part, "".join(_PLAIN[c] for c in part)) for part in re.split(f"([{BEGIN}{END}])", piece)]
        sought = "".join(letters for _, letters in parts)
        at = self._squeezed.find(sought)
        if at < 0 or not sought:
            return None
        made, copied, last = [], 0 if is_all else self._places[at], at + len(sought) - 1
        for part, letters in parts:
            at += len(letters)
            if part in {BEGIN, END}:
                # after the last letter of a word, or before the first
                end = self._places[at - 1] + 1 if part == END else self._places[min(at, last)]
                made += [self._text[copied:end], part]
                copied = end
        return "".join(made) + self._text[copied : None if is_all else self._places[last] + 1]

    def joined(self, sought: Sequence[str]) -> list[str]:
        """How the text writes words that are sought, where it writes them in parts: "Wi-Fi" for "wifi"."""
        found = []
        for letters in filter(None, ("".join(_PLAIN[c] for c in word) for word in sought)):
            at = self._squeezed.find(letters)
            while at >= 0:
                start, end = self._places[at], self._places[at + len(letters) - 1] + 1
                if not (self._text[start - 1 : start].isalnum() or self._text[end : end + 1].isalnum()):
                    found.append(self._text[start:end])
                    break
                at = self._squeezed.find(letters, at + 1)
        return found


class _Plain(dict[str, str]):
    """What is left of a character for comparison with folded text: its letters and digits without marks."""

    def __missing__(self, character: str) -> str:
        normal = unicodedata.normalize("NFKD", character.translate(_ALIKE)).lower().translate(_ALIKE)
        kept = (str(unicodedata.decimal(c, c)) for c in normal if c.isalnum())
        return self.setdefault(character, "".join(kept))


_PLAIN = _Plain()


def _beginning(text: str) -> str:
    start = " ".join(text[: LENGTH + 1].split())
    return start if len(text) <= LENGTH else f"{start[:LENGTH]} …"


def _mark(text: str, sought: Sequence[str]) -> str:
    pattern = "|".join(re.escape(word) for word in sorted(sought, key=len, reverse=True))
    return re.sub(pattern, lambda m: f"{BEGIN}{m.group()}{END}", text, flags=re.IGNORECASE)


def _around(text: str, sought: Sequence[str]) -> str:
    first = min((place for word in sought if (place := text.find(word)) >= 0), default=0)
    start = max(0, first - LENGTH // 3)
    start = text.find(" ", start, first) + 1 or start if start else 0
    end = start + LENGTH
    if end < len(text):
        end = max(text.rfind(" ", start + LENGTH // 2, end), 0) or end
    piece = " ".join(text[start:end].split())
    return f"{'… ' * (start > 0)}{_mark(piece, sought)}{' …' * (end < len(text))}"
