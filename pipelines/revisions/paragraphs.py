"""Two texts side by side: paragraphs paired by what they say, not by where they are; pure.

    equal paragraphs are paired ──► the rest by shared words, likest first ──► pairs out of order are moved ──► rows

A pair's words are compared only where two thirds of them agree; others are shown whole. The old sides of all rows, in their
order, are the old text's paragraphs, and the new sides the new text's. Time grows linearly with long texts: beyond MOST_PAIRS,
paragraphs are compared with those near them, and words by passages that occur once (patience diff).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby, pairwise
from typing import Literal

from pipelines.revisions.diff import Piece

RowOp = Literal["equal", "changed", "rewritten", "moved_away", "moved_here", "insert", "delete"]
PAIRED = 0.4
"""Paragraphs that share so much of their distinct words (Dice's coefficient) are one paragraph, changed."""
AGREE = 2 / 3
"""Share of equal words from which on a pair's words are compared."""
MOST_PAIRS = 60_000
SMALL = 10_000
"""Product of two passages' words up to which they are compared word by word."""
DEEPEST = 40
_WORD = re.compile(r"(?:[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0eff]|\w+|[^\w\s]+)\s*")
"""A word, a sign, or a letter of a script without blanks, with the blanks that follow."""


@dataclass(frozen=True, slots=True)
class ParagraphPair:
    """A paragraph of the old text, of the new one, or one of each.

    `old` and `new` are its sides; `inline` is both in one line. A moved paragraph has two rows: `moved_away` with its old side,
    `moved_here` with its new side and, inline, what changed on the way.
    """

    op: RowOp
    old: tuple[Piece, ...]
    new: tuple[Piece, ...]
    inline: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class _Paragraph:
    text: str
    words: tuple[str, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(word.strip() for word in self.words)


def compare_texts(old: str, new: str) -> list[ParagraphPair]:
    """The rows of two texts, in reading order."""
    before, after = _paragraphs(old), _paragraphs(new)
    pairs = _equal_pairs(before, after)
    pairs |= _alike_pairs(before, after, pairs)
    in_place = {a for a, _ in _in_order(sorted(pairs.items()))}
    return list(_rows(before, after, pairs, in_place))


def is_same(rows: Sequence[ParagraphPair]) -> bool:
    """Whether two texts that were compared have the same paragraphs in the same order."""
    return all(row.op == "equal" for row in rows)


def compare_words(old: str, new: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...], tuple[Piece, ...]]:
    """What changed in a line, word by word: the old side, the new side, and both in one line."""
    before, after = _paragraph(old), _paragraph(new)
    return _sides(before, after, _opcodes(before.keys, after.keys))


def _paragraphs(text: str) -> list[_Paragraph]:
    return [_paragraph(line) for line in text.splitlines() if line.strip()]


def _paragraph(line: str) -> _Paragraph:
    text = " ".join(line.split())
    return _Paragraph(text, tuple(_WORD.findall(text)))


def _equal_pairs(before: Sequence[_Paragraph], after: Sequence[_Paragraph]) -> dict[int, int]:
    """Equal paragraphs, the first with the first where a text repeats them; by their places."""
    places: dict[str, list[int]] = defaultdict(list)
    for place in range(len(after) - 1, -1, -1):
        places[after[place].text].append(place)
    return {place: places[one.text].pop() for place, one in enumerate(before) if places.get(one.text)}


def _alike_pairs(before: Sequence[_Paragraph], after: Sequence[_Paragraph], known: dict[int, int]) -> dict[int, int]:
    """Of the paragraphs that are left, those that share most words, the likest pair first."""
    taken = set(known.values())
    old = [place for place in range(len(before)) if place not in known]
    new = [place for place in range(len(after)) if place not in taken]
    numbers: dict[str, int] = {}
    bits = [{place: _bits(side[place], numbers) for place in places} for side, places in ((before, old), (after, new))]
    reach = len(new) if len(old) * len(new) <= MOST_PAIRS else max(1, MOST_PAIRS // (2 * len(old)))
    found = []
    for rank, a in enumerate(old):
        middle = rank * len(new) // max(1, len(old))
        for b in new[max(0, middle - reach) : middle + reach]:
            likeness = _dice(bits[0][a], bits[1][b])
            if likeness >= PAIRED:
                found.append((-likeness, abs(a - b), a, b))
    pairs: dict[int, int] = {}
    for _, _, a, b in sorted(found):
        if a not in pairs and b not in taken:
            pairs[a] = b
            taken.add(b)
    return pairs


def _bits(paragraph: _Paragraph, numbers: dict[str, int]) -> int:
    """The distinct words as a set of bits: such sets are compared in a fraction of a microsecond."""
    found = 0
    for key in set(paragraph.keys):
        if key.isalnum():
            found |= 1 << numbers.setdefault(key.casefold(), len(numbers))
    return found


def _dice(one: int, other: int) -> float:
    both = one.bit_count() + other.bit_count()
    return 2 * (one & other).bit_count() / both if both else 0.0


def _in_order(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The most pairs that have one order in both texts (longest increasing subsequence); they come by their old places."""
    tails: list[int] = []
    ends: list[int] = []
    back: list[int] = []
    for place, (_, b) in enumerate(pairs):
        length = bisect_left(tails, b)
        tails[length : length + 1] = [b]
        ends[length : length + 1] = [place]
        back.append(ends[length - 1] if length else -1)
    chosen, at = list[tuple[int, int]](), ends[-1] if ends else -1
    while at >= 0:
        chosen.append(pairs[at])
        at = back[at]
    return chosen[::-1]


def _rows(
    before: Sequence[_Paragraph], after: Sequence[_Paragraph], pairs: dict[int, int], in_place: set[int]
) -> Iterator[ParagraphPair]:
    origin = {b: a for a, b in pairs.items()}
    done = 0
    for b, paragraph in enumerate(after):
        a = origin.get(b)
        if a is None:
            yield _only("insert", paragraph)
        elif a in in_place:
            yield from (_gone(before[place], place in pairs) for place in range(done, a))
            done = a + 1
            yield _pair(before[a], paragraph)
        else:
            pair = _pair(before[a], paragraph)
            yield ParagraphPair("moved_here", (), pair.new, pair.inline)
    yield from (_gone(before[place], place in pairs) for place in range(done, len(before)))


def _gone(paragraph: _Paragraph, is_moved: bool) -> ParagraphPair:
    piece = (Piece("equal", paragraph.text),)
    return ParagraphPair("moved_away", piece, (), piece) if is_moved else _only("delete", paragraph)


def _only(op: Literal["insert", "delete"], paragraph: _Paragraph) -> ParagraphPair:
    piece = (Piece(op, paragraph.text),)
    return ParagraphPair(op, () if op == "insert" else piece, piece if op == "insert" else (), piece)


def _pair(old: _Paragraph, new: _Paragraph) -> ParagraphPair:
    if old.text == new.text:
        piece = (Piece("equal", new.text),)
        return ParagraphPair("equal", piece, piece, piece)
    codes = _opcodes(old.keys, new.keys)
    agreeing = sum(b - a for op, a, b, _, _ in codes if op == "equal")
    if 2 * agreeing < AGREE * (len(old.words) + len(new.words)):
        gone, come = Piece("delete", old.text), Piece("insert", new.text)
        return ParagraphPair("rewritten", (gone,), (come,), (gone, come))
    return ParagraphPair("changed", *_sides(old, new, codes))


Code = tuple[str, int, int, int, int]


def _sides(
    old: _Paragraph, new: _Paragraph, codes: Sequence[Code]
) -> tuple[tuple[Piece, ...], tuple[Piece, ...], tuple[Piece, ...]]:
    left, right, both = list[Piece](), list[Piece](), list[Piece]()
    for op, a, b, c, d in codes:
        gone, come = "".join(old.words[a:b]), "".join(new.words[c:d])
        if op == "equal":
            left.append(Piece("equal", gone))
            right.append(Piece("equal", come))
            both.append(Piece("equal", max(come, gone, key=len)))  # the one with a blank at its end, if any
            continue
        left.append(Piece("delete", gone))
        right.append(Piece("insert", come))
        both += [Piece("delete", gone), Piece("insert", come)]
    return _joined(left), _joined(right), _joined(both)


def _joined(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Neighbours of one kind as one piece; empty ones left out."""
    runs = groupby((piece for piece in pieces if piece.text), key=lambda piece: piece.op)
    return tuple(Piece(op, "".join(piece.text for piece in run)) for op, run in runs)


def _opcodes(old: Sequence[str], new: Sequence[str]) -> list[Code]:
    """What turns one run of words into the other, as difflib writes it."""
    return list(_between(old, new, 0, len(old), 0, len(new), 0))


def _between(old: Sequence[str], new: Sequence[str], a: int, b: int, c: int, d: int, depth: int) -> Iterator[Code]:
    """The passage old[a:b] beside new[c:d]. Long ones are cut at pairs of words that occur once on each side."""
    start = _common(old[a:b], new[c:d])
    if start:
        yield "equal", a, a + start, c, c + start
        a, c = a + start, c + start
    end = _common(old[a:b][::-1], new[c:d][::-1])
    b, d = b - end, d - end
    if (b - a) * (d - c) <= SMALL:
        for op, i, j, k, m in SequenceMatcher(None, old[a:b], new[c:d], autojunk=False).get_opcodes():
            yield op, a + i, a + j, c + k, c + m
    elif anchors := _anchors(old[a:b], new[c:d]) if depth < DEEPEST else []:
        cuts = [(a, c), *((a + i, c + k) for i, k in anchors), (b, d)]
        for (i, k), (j, m) in pairwise(cuts):
            yield from _between(old, new, i, j, k, m, depth + 1)
    else:
        yield "replace", a, b, c, d
    if end:
        yield "equal", b, b + end, d, d + end


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words two passages begin with alike."""
    return next(
        (place for place, (x, y) in enumerate(zip(one, other, strict=False)) if x != y), min(len(one), len(other))
    )


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """The places of pairs of words that occur once in each passage, in one order (Bram Cohen's patience diff)."""
    here, there = _once(old), _once(new)
    return _in_order([(place, there[pair]) for pair, place in here.items() if pair in there])


def _once(words: Sequence[str]) -> dict[tuple[str, str], int]:
    """The pairs of neighbours that occur once, with their places, in order."""
    counts = Counter(pairwise(words))
    return {pair: place for place, pair in enumerate(pairwise(words)) if counts[pair] == 1}
