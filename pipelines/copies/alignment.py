"""Two texts side by side: which stretches are equal, and what one text has where the other has something else.

Stretches are found by their 3-word shingles and may have moved; a slot is a short gap between two stretches that follow
one another in both texts. Longer differences (cut, added, wholly rewritten) are not slots.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal

from pipelines.copies import sketch

RUN_WORDS = 3
SLOT_WORDS = 16
"""A gap of more words on either side is another passage, not a slot."""
GAP_WORDS = 60
GAP_PAIRS = 0.10
"""Two stretches this close are one passage where rewritten sentences lie between: with half of the words changed about a
quarter of the word pairs stay; 99 of 100 unrelated pairs of texts share under .095."""
MAX_PLACES = 20
"""Places that are tried for a shingle that occurs very often."""

BREAK = re.compile(r"[.!?…。！？।؟\n]")
OPENING = re.compile(r"[.!?…。！？।؟\n]|[\"“„«‘]")

DIGIT = re.compile(r"\d")

Class = Literal["number", "name", "plain"]


class ComparedText:
    """A text prepared for comparison: folded words, each with its class and the number of its sentence.

    Words of scripts without spaces are single characters here. "name" is a capital inside a sentence: in German a noun,
    too, and it never occurs in scripts without case; rules that use it must allow for that.
    """

    def __init__(self, text: str) -> None:
        self._text = unicodedata.normalize("NFKC", text)
        self.words: list[str] = [word.casefold() for word in sketch.UNIT.findall(self._text)]

    @cached_property
    def classes(self) -> list[Class]:
        return [kind for kind, _ in self._marks]

    @cached_property
    def sentences(self) -> list[int]:
        """The number of each word's sentence."""
        return [sentence for _, sentence in self._marks]

    @cached_property
    def _marks(self) -> list[tuple[Class, int]]:
        marks: list[tuple[Class, int]] = []
        end = sentence = 0
        for found in sketch.UNIT.finditer(self._text):
            between = self._text[end : found.start()]
            sentence += bool(end and BREAK.search(between))
            marks.append((_class(found.group(), opens=not end or OPENING.search(between) is not None), sentence))
            end = found.end()
        return marks

    @cached_property
    def length(self) -> int:
        """Its words; two characters of a script without spaces count as one."""
        return sketch.length_of(self.words)

    @cached_property
    def shingles(self) -> frozenset[tuple[str, ...]]:
        """The 3-word shingles, by which containment is measured."""
        return frozenset(zip(self.words, self.words[1:], self.words[2:], strict=False))

    @cached_property
    def pairs(self) -> frozenset[tuple[str, str]]:
        return frozenset(pairwise(self.words))

    @cached_property
    def places(self) -> dict[tuple[str, ...], list[int]]:
        found: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for place, shingle in enumerate(zip(self.words, self.words[1:], self.words[2:], strict=False)):
            found[shingle].append(place)
        return found


@dataclass(frozen=True, slots=True)
class Stretch:
    """`length` words equal from `a` in one text and from `b` in the other."""

    a: int
    b: int
    length: int


@dataclass(frozen=True, slots=True)
class Slot:
    """Where the texts differ within a passage: words `a` of one against words `b` of the other; one may be empty."""

    a: range
    b: range

    @property
    def is_exchange(self) -> bool:
        return bool(self.a) and bool(self.b)


@dataclass(frozen=True, slots=True)
class Alignment:
    """What `align` found; `matched` are the places in `a` of unchanged words."""

    a: ComparedText
    b: ComparedText
    stretches: tuple[Stretch, ...]
    matched: tuple[int, ...]
    slots: tuple[Slot, ...]

    @property
    def changed_share(self) -> float:
        """The share of words changed within the passages that the texts share."""
        changed = sum(max(len(slot.a), len(slot.b)) for slot in self.slots)
        return changed / max(1, changed + len(self.matched))


def align(a: ComparedText, b: ComparedText) -> Alignment:
    """The equal stretches, in the order of `a`, and the slots between them.

    Text before the first stretch and after the last is a slot only within their sentences: beyond are bylines and what a
    site adds to its texts.
    """
    stretches = tuple(_stretches(a, b))
    matched = [place for each in stretches for place in range(each.a, each.a + each.length)]
    slots: list[Slot] = []
    for gap in (*_ends(a, b, stretches), *(_gap(before, after) for before, after in pairwise(stretches))):
        for gap_a, gap_b, is_equal in _within(a, b, gap):
            if is_equal:
                matched.extend(gap_a)
            else:
                slots.append(Slot(gap_a, gap_b))
    return Alignment(a, b, stretches, tuple(sorted(matched)), tuple(slots))


def passages(alignment: Alignment) -> tuple[frozenset[int], frozenset[int]]:
    """The places, in either text, that lie within passages which the two share, what was rewritten in them included."""
    a, b = alignment.a, alignment.b
    in_a: set[int] = set()
    in_b: set[int] = set()
    for before, after in pairwise((*alignment.stretches, Stretch(-1, -1, 0))):
        in_a.update(range(before.a, before.a + before.length))
        in_b.update(range(before.b, before.b + before.length))
        gap_a, gap_b = _gap(before, after)
        if _is_rewritten(a.words[gap_a.start : gap_a.stop], b.words[gap_b.start : gap_b.stop]):
            in_a.update(gap_a)
            in_b.update(gap_b)
    return frozenset(in_a), frozenset(in_b)


def _is_rewritten(here: Sequence[str], there: Sequence[str]) -> bool:
    """Whether two gaps are one passage, rewritten: short, or of like length and with word pairs in common."""
    few, many = sorted((len(here), len(there)))
    if not many <= GAP_WORDS or (many > SLOT_WORDS and few * 3 < many):
        return False
    pairs = set(pairwise(there))
    return many <= SLOT_WORDS or sum(pair in pairs for pair in pairwise(here)) >= GAP_PAIRS * len(here)


def _class(word: str, *, opens: bool) -> Class:
    if DIGIT.search(word):
        return "number"
    return "name" if word[0].isupper() and not opens else "plain"


def _stretches(a: ComparedText, b: ComparedText) -> Iterator[Stretch]:
    start = end_a = end_b = 0
    while start <= len(a.words) - RUN_WORDS:
        places = b.places.get(tuple(a.words[start : start + RUN_WORDS]))
        if not places:
            start += 1
            continue
        stretch = max(
            (Stretch(start, place, _length(a.words, b.words, start, place)) for place in places[:MAX_PLACES]),
            key=lambda each: _preference(each, end_a, end_b),
        )
        yield stretch
        start = end_a = stretch.a + stretch.length
        end_b = stretch.b + stretch.length


def _length(a: Sequence[str], b: Sequence[str], start: int, place: int) -> int:
    length = RUN_WORDS
    while start + length < len(a) and place + length < len(b) and a[start + length] == b[place + length]:
        length += 1
    return length


def _preference(stretch: Stretch, end_a: int, end_b: int) -> tuple[bool, int, int]:
    """What goes on where the last stretch ended comes first; else the longest."""
    ahead_a, ahead_b = stretch.a - end_a, stretch.b - end_b
    follows = 0 <= ahead_b <= ahead_a + SLOT_WORDS
    return follows, 0 if follows else stretch.length, -abs(ahead_b - ahead_a)


def _gap(before: Stretch, after: Stretch) -> tuple[range, range]:
    return range(before.a + before.length, after.a), range(before.b + before.length, after.b)


def _ends(a: ComparedText, b: ComparedText, stretches: Sequence[Stretch]) -> Iterator[tuple[range, range]]:
    """What the first stretch's sentence has before it, and the last one's behind it, in both texts."""
    if stretches:
        first, last = stretches[0], stretches[-1]
        opening = _opening(a, first.a), _opening(b, first.b)
        ending = _ending(a, last.a + last.length), _ending(b, last.b + last.length)
        yield from (end for end in (opening, ending) if all(end))


def _opening(text: ComparedText, stop: int) -> range:
    start = stop
    while start > 0 and text.sentences[start - 1] == text.sentences[stop]:
        start -= 1
    return range(start, stop)


def _ending(text: ComparedText, start: int) -> range:
    stop = start
    while stop < len(text.words) and text.sentences[stop] == text.sentences[start - 1]:
        stop += 1
    return range(start, stop)


def _within(a: ComparedText, b: ComparedText, gap: tuple[range, range]) -> Iterator[tuple[range, range, bool]]:
    """The parts of a gap that may be a slot: single words may be equal within it."""
    gap_a, gap_b = gap
    moved = gap_a.stop < gap_a.start or gap_b.stop < gap_b.start
    if moved or len(gap_a) > SLOT_WORDS or len(gap_b) > SLOT_WORDS or not (gap_a or gap_b):
        return
    words_a, words_b = a.words[gap_a.start : gap_a.stop], b.words[gap_b.start : gap_b.stop]
    for tag, a1, a2, b1, b2 in difflib.SequenceMatcher(None, words_a, words_b, autojunk=False).get_opcodes():
        yield gap_a[a1:a2], gap_b[b1:b2], tag == "equal"
