"""What of a text is compared with others: its tokens, its shingles, and the sketch that finds candidates.

    text → NFKC, casefold → words (character 3-grams where a script has no spaces) → 5-word shingles → xxh3 → the low ones

A sketch keeps every hash below a bound, so that two sketches of any lengths can be compared, and an excerpt's sketch is
part of the whole's. Sketches of a fixed size lose excerpts of long texts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

import xxhash

SHINGLE_WORDS = 5
DENSE_SHARE, SPARSE_SHARE = 8, 16
SPARSE_FROM = 400
"""One shingle of 8 is kept, one of 16 from 400 shingles on: the sparse sketch is part of the dense one. A median article
(670 words) keeps 42 hashes, one of 120 words 15."""

NO_SPACES = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Scripts written without spaces: Thai, Lao, Burmese, Khmer, kana, Han."""

UNSPACED = re.compile(f"[{NO_SPACES}]")
UNIT = re.compile(rf"[{NO_SPACES}]|(?:(?![{NO_SPACES}])\w)+")
WORD = re.compile(r"\w+")
"""What `RUN` finds in a text without such scripts, in a fifth of the time."""
RUN = re.compile(rf"[{NO_SPACES}]+|(?:(?![{NO_SPACES}])\w)+")
GRAM = 3
CHARACTERS_A_WORD = 2
"""Two characters of an unspaced script are counted as a word."""


def fold(text: str) -> str:
    """The text in the form that is compared: compatibility characters unified, case folded."""
    return unicodedata.normalize("NFKC", text).casefold()


def tokens(text: str) -> list[str]:
    """The words of a text, folded; overlapping character 3-grams of each run of a script without spaces.

    The script decides, never the language: a copy whose language was detected otherwise has the same tokens.
    """
    folded = fold(text)
    if not UNSPACED.search(folded):
        return WORD.findall(folded)
    return [token for run in RUN.findall(folded) for token in _grams(run)]


def length_of(units: Sequence[str]) -> int:
    """Returns the length in words of a text's units; two characters of a script without spaces count as one word."""
    unspaced = sum(UNSPACED.match(unit) is not None for unit in units)
    return len(units) - unspaced + unspaced // CHARACTERS_A_WORD


def shingles(words: Sequence[str], size: int) -> set[str]:
    """All runs of `size` words; a text shorter than that is one shingle."""
    if len(words) <= size:
        return {" ".join(words)} if words else set()
    return set(map(" ".join, zip(*(words[start:] for start in range(size)), strict=False)))


def sketch(text: str) -> tuple[int, ...]:
    """The hashes by which copies are found, ascending, as signed 64-bit numbers (PostgreSQL's bigint)."""
    found = shingles(tokens(text), SHINGLE_WORDS)
    bound = 2**64 // (SPARSE_SHARE if len(found) >= SPARSE_FROM else DENSE_SHARE)
    hashes = map(xxhash.xxh3_64_intdigest, map(str.encode, found))
    return tuple(sorted(_signed(value) for value in hashes if value < bound))


def _grams(run: str) -> Iterator[str]:
    if not UNSPACED.match(run):
        yield run
    else:
        yield from (run[start : start + GRAM] for start in range(max(1, len(run) - GRAM + 1)))


def _signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value
