"""A text as words. Pure, linear: a page has a thousand words and few names, so only what is asked of a word is worked out."""

from __future__ import annotations

import re

from dateline.search.unspaced import LETTERS, is_unspaced

_MARKS = r"\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u0dff"
_DOTTED = r"(?<!\w)[^\W\d_]\.(?:[ \u00a0]?[^\W\d_]\.)+"
_DOTS = str.maketrans("", "", ". \u00a0")
_SPACED = re.compile(rf"{_DOTTED}|[^\W\d_](?:[^\W\d_]|[{_MARKS}])*+|\d++")
_MIXED = re.compile(
    rf"{_DOTTED}|[{LETTERS}][\u3099\u309a\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u102b-\u103e\u17b4-\u17d3]*+"
    rf"|[^\W\d_](?:(?![{LETTERS}])[^\W\d_]|[{_MARKS}])*+|\d++"
)
"""U.S. and J. K. are one word each; in scripts without spaces each character is one; X-7, X7 and X 7 are the same two."""
_STARTS = frozenset('.!?…:\n"“”„«»‹›()[]{}—–|•*¡¿。！？「」『』《》')


class TextWords:
    """The words of a text, with their places. `texts` are as they are written, U.S. without full stops."""

    __slots__ = ("_ends", "_starts", "text", "texts")

    def __init__(self, text: str) -> None:
        spans = [match.span() for match in (_MIXED if is_unspaced(text) else _SPACED).finditer(text)]
        self.text = text
        self.texts = [text[start:end] for start, end in spans]
        if "." in text:
            self.texts = [one.translate(_DOTS) if "." in one else one for one in self.texts]
        self._starts, self._ends = [start for start, _ in spans], [end for _, end in spans]

    def __len__(self) -> int:
        return len(self.texts)

    def start(self, place: int) -> int:
        """Where a word begins in the text."""
        return self._starts[place]

    def end(self, place: int) -> int:
        """Where it ends."""
        return self._ends[place]

    def gap(self, place: int) -> str:
        """What is before a word and behind the one before it; for the number after the last, the rest."""
        begin = self._ends[place - 1] if place else 0
        return self.text[begin : self._starts[place] if place < len(self._starts) else None]

    def char_before(self, place: int) -> str:
        """The character before a word, which is cheaper than the gap."""
        start = self._starts[place]
        return self.text[start - 1] if start else ""

    def char_behind(self, place: int) -> str:
        """The character behind a word."""
        end = self._ends[place]
        return self.text[end : end + 1]

    def is_first(self, place: int) -> bool:
        """Whether a sentence, a line or a quotation may begin with it, so that a capital letter says nothing."""
        if place == 0:
            return True
        begin, end = self._ends[place - 1], self._starts[place]
        if end - begin == 1:  # most gaps are one space
            return self.text[begin] in _STARTS
        if self.text[begin] == ";":  # the question mark of Greek
            return "\u0370" <= self.text[begin - 1] <= "\u03ff" or "\u1f00" <= self.text[begin - 1] <= "\u1fff"
        return not _STARTS.isdisjoint(self.text[begin:end])
