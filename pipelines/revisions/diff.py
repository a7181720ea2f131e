"""What changed between two revisions, as a list of pieces: equal, deleted, inserted.

Headlines are compared word by word. Texts are compared paragraph by paragraph, and paragraphs that were rewritten word by
word. Joining the pieces that are not deleted gives the new text back, those that are not inserted the old one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal

Op = Literal["equal", "insert", "delete"]

_WORD = re.compile(r"\s+|[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0eff]|\w+|[^\w\s]+")
ALIKE = 0.5
"""Paragraphs that share so much are one paragraph, rewritten."""
MOST_WORDS = 3_000
"""Words of a changed passage beyond which it is shown as deleted and inserted whole: comparing them takes seconds."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text and what became of it."""

    op: Op
    text: str


def diff_words(old: str, new: str) -> list[Piece]:
    """What changed in a line, word by word."""
    return _joined(_compared(_WORD.findall(old), _WORD.findall(new)))


def diff_texts(old: str, new: str) -> list[Piece]:
    """What changed in a text: whole paragraphs where they came or went, words where they were rewritten."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    return _joined(_by_paragraph(before, after))


def as_json(pieces: Sequence[Piece]) -> list[dict[str, str]]:
    """[{"op": "equal" | "insert" | "delete", "text"}], as a console takes it."""
    return [{"op": piece.op, "text": piece.text} for piece in pieces]


def _by_paragraph(before: Sequence[str], after: Sequence[str]) -> Iterator[Piece]:
    for op, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        old, new = "".join(before[a:b]), "".join(after[c:d])
        if op == "equal":
            yield Piece("equal", new)
        elif op == "replace":
            yield from _rewritten(old, new)
        else:
            yield from _pieces(old, new)


def _rewritten(old: str, new: str) -> Iterator[Piece]:
    words = _WORD.findall(old), _WORD.findall(new)
    if max(map(len, words)) > MOST_WORDS or SequenceMatcher(None, *words, autojunk=False).quick_ratio() < ALIKE:
        yield from _pieces(old, new)
    else:
        yield from _compared(*words)


def _compared(before: Sequence[str], after: Sequence[str]) -> Iterator[Piece]:
    for op, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if op == "equal":
            yield Piece("equal", "".join(after[c:d]))
        else:
            yield from _pieces("".join(before[a:b]), "".join(after[c:d]))


def _pieces(old: str, new: str) -> Iterator[Piece]:
    if old:
        yield Piece("delete", old)
    if new:
        yield Piece("insert", new)


def _joined(pieces: Iterator[Piece]) -> list[Piece]:
    """Neighbours of one kind as one piece."""
    return [Piece(op, "".join(piece.text for piece in run)) for op, run in groupby(pieces, key=lambda piece: piece.op)]
