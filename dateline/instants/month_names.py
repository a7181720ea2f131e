"""Names of months in 80 languages (Unicode CLDR) as `month_names.txt` has them: "may 5 de en fil id tr" a line.

`python -m dateline.instants.cldr` writes the file from Babel's copy of CLDR.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from importlib import resources

_PREFIXES = ("d'", "d’", "ב", "l-", "de ", "ខែ")
_OWN = {
    **dict.fromkeys(("sept", "setembro", "settembre", "septiembre", "setiembre"), 9),
    **dict.fromkeys(("janv", "jän", "jänner", "jaenner", "জানুয়ারি"), 1),
    **dict.fromkeys(("feber", "févr", "fevr", "feb", "ফেব্রুয়ারি"), 2),
    **dict.fromkeys(("mär", "mrz", "maerz"), 3),
    **dict.fromkeys(("avr", "abr"), 4),
    **dict.fromkeys(("juill", "juil"), 7),
    **dict.fromkeys(("ágú", "agust", "сер"), 8),
    "кві": 4,
    "тра": 5,
    "чер": 6,
    "жов": 10,
    "лис": 11,
    "гру": 12,
    "noi": 11,
}
"""Spellings that news sites use and CLDR lacks; the first in a language that has it wins over these."""


def month_of(word: str, language: str = "") -> int | None:
    """The month that a word names, in that language if the word is one of several languages' ("listopad"); else None."""
    for key in _keys(word):
        if found := _names().get(key):
            own = next((month for month, languages in found.items() if language[:2] in languages), None)
            return own or next(iter(found))
        if month := _OWN.get(key):
            return month
    return None


@cache
def names_of_two_words() -> re.Pattern[str]:
    """What finds the names of two words, which the table joins ("تشرين الثاني"), in scripts that it has unchanged."""
    names = [name.replace("_", " ") for name in _names() if "_" in name and not name.isascii()]
    return re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))), re.IGNORECASE)


@lru_cache(4096)
def is_month(word: str, language: str) -> bool:
    """Whether the word names a month in that language."""
    return any(language[:2] in languages for languages in _names().get(plain_word(word), {}).values())


def is_thai_month(word: str) -> bool:
    """Whether a month is named in Thai, where years are Buddhist and may have two digits."""
    return "\u0e00" <= word[:1] <= "\u0e7f"


def plain_word(word: str) -> str:
    """The word as the table has it: composed, case folded, without marks on Latin letters and without full stops."""
    text = unicodedata.normalize("NFC", word.casefold().replace("i\u0307", "i").replace(".", "")).strip("'’׳ ")
    bare = unicodedata.normalize("NFD", text)
    if all(char < "\u0250" or "\u0300" <= char <= "\u036f" for char in bare):
        text = "".join(char for char in bare if not "\u0300" <= char <= "\u036f")
    return text


def _keys(word: str) -> list[str]:
    lower = word.casefold()
    bare = [lower.removeprefix(prefix) for prefix in _PREFIXES if lower.startswith(prefix) and len(lower) > len(prefix)]
    return [
        plain_word(form) for form in (word, *bare, lower.removesuffix("ren"), lower.strip(".").removesuffix("k"))
    ]  # Basque, Finnish


@cache
def _names() -> dict[str, dict[int, frozenset[str]]]:
    """word → month → languages; where languages disagree, the month of more of them comes first."""
    names: dict[str, dict[int, frozenset[str]]] = {}
    text = resources.files(__package__).joinpath("month_names.txt").read_text("utf-8")
    for line in text.splitlines():
        word, month, *languages = line.split(" ")
        names.setdefault(word, {})[int(month)] = frozenset(languages)
    return names
