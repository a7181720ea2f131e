"""Pairs of characters, which the full-text index stores for scripts without spaces between words.

    東京都 → 東京 京都 都        (each pair, then the last character alone)

A search for one character is a prefix search, so the last character is stored alone too. A longer search is a phrase of
pairs, so that it finds exactly its characters. Korean has spaces, but its particles are attached to the words.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

# Han with kana and their marks, Hangul, Thai, Lao, Myanmar, Khmer
_LETTER = (
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
    "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af"
    "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0eb2\u0eb3\u0ebd-\u0ec6\u1000-\u102a\u103f\u1050-\u1055\u1780-\u17b3"
)
_MARK = "\u3099\u309a\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd\u102b-\u103e\u1056-\u1059\u17b4-\u17d3"
_CHARACTER = re.compile(f"[{_LETTER}][{_MARK}]*")
_RUN = re.compile(f"[{_LETTER}][{_LETTER}{_MARK}]*")
_ANY = re.compile(f"[{_LETTER}]")


def is_unspaced(text: str) -> bool:
    """Whether the text has a character of a script without spaces."""
    return _ANY.search(text) is not None


def paired(text: str) -> str:
    """The text with every run of such characters as pairs, followed by the last character alone."""
    return _RUN.sub(lambda run: f" {' '.join(_pairs(run.group()))} ", unicodedata.normalize("NFKC", text))


def paired_query(text: str) -> str:
    """A search's text in the same form, without the last character alone, so that any character may follow.

    A single character is returned with `*`.
    """
    normal = unicodedata.normalize("NFKC", text).strip()
    runs = list(_RUN.finditer(normal))
    if not runs or runs[-1].end() < len(normal):
        return " ".join(paired(normal).split())
    pairs = _pairs(runs[-1].group())
    end = pairs[:-1] or [pairs[0] + "*"]
    return " ".join([*paired(normal[: runs[-1].start()]).split(), *end])


def search_texts(title: str | None, summary: str | None, text: str) -> list[str | None] | None:
    """The texts to index in place of title, summary and body; None where these can be indexed as they are."""
    given = (title, summary, text)
    if not any(part and is_unspaced(part) for part in given):
        return None
    return [None if part is None else paired(part) for part in given]


def _pairs(run: str) -> list[str]:
    characters = _CHARACTER.findall(run)
    return [first + second for first, second in pairwise(characters)] + characters[-1:]
