"""A text as words. Pure, linear: a page has a thousand words and few names, so only what is asked of a word is worked out."""

from __future__ import annotations

import re
from itertools import accumulate

from dateline.search.unspaced import LETTERS, is_unspaced

_MARKS = r"\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u0dff"
_DOTTED = r"\.(?<!\w..)(?:[ \u00a0]?[^\W\d_]\.)+"
_DOTS = str.maketrans("", "", ". \u00a0")
_SPACED = re.compile(rf"([^\W\d_](?:{_DOTTED}|[^\W\d_]*+(?:[{_MARKS}]++[^\W\d_]*+)*+)|\d++)")
_MIXED = re.compile(
    rf"([{LETTERS}][\u3099\u309a\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u102b-\u103e\u17b4-\u17d3]*+"
    rf"|[^\W\d_](?:{_DOTTED}|(?:(?![{LETTERS}])[^\W\d_]|[{_MARKS}])*+)|\d++)"
)
"""U.S. and J. K. are one word each; in scripts without spaces each character is one; X-7, X7 and X 7 are the same two."""
_STARTS = frozenset('.!?…:\n"“”„«»‹›()[]{}—–|•*¡¿。！？「」『』《》')


class TextWords:
    """The words of a text, with their places. `texts` are as they are written, U.S. without full stops."""

    __slots__ = ("_bounds", "_parts", "gaps", "text", "texts")

    def __init__(self, text: str) -> None:
        parts = (_MIXED if is_unspaced(text) else _SPACED).split(text)
        self.text, self._parts, self._bounds = text, parts, list[int]()
        self.texts, self.gaps = parts[1::2], parts[::2]
        if "." in text:
            self.texts = [one.translate(_DOTS) if "." in one else one for one in self.texts]

    def __len__(self) -> int:
        return len(self.texts)

    def _bound(self, part: int) -> int:
        if not self._bounds:  # most pages have few names
            self._bounds = list(accumulate(map(len, self._parts)))
        return self._bounds[part]

    def start(self, place: int) -> int:
        """Where a word begins in the text."""
        return self._bound(2 * place)

    def end(self, place: int) -> int:
        """Where it ends."""
        return self._bound(2 * place + 1)

    def gap(self, place: int) -> str:
        """What is before a word and behind the one before it; for the number after the last, the rest."""
        return self.gaps[place]

    def is_first(self, place: int) -> bool:
        """Whether a sentence, a line or a quotation may begin with it, so that a capital letter says nothing."""
        if place == 0:
            return True
        gap = self.gaps[place]
        if gap == " ":
            return False
        if gap[:1] == ";":  # the question mark of Greek
            last = self.texts[place - 1][-1]
            return "\u0370" <= last <= "\u03ff" or "\u1f00" <= last <= "\u1fff"
        return not _STARTS.isdisjoint(gap)
