"""The code of a language as people and programs name it: "en-GB", "eng", "English", "Deutsch"; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global

_CODE = re.compile(r"([a-z]{2,3})(?:[-_.].*)?")
_TWO_LETTERS = re.compile("[a-z]{2}")
_NO_LANGUAGE = frozenset({"nan", "und", "mul", "mis", "zxx"})
"""Codes for no language or several; and "nan", which pandas writes for an empty cell (Min Nan, in fact)."""
ALIASES = {
    "nb": "no",
    "nn": "no",
    "iw": "he",
    "in": "id",
    "ji": "yi",
    "gr": "el",
    "cz": "cs",
    "jp": "ja",
    "ua": "uk",
    "dk": "da",
    "cn": "zh",
}
"""Other codes, and countries where the language was meant."""


def language_code(text: str) -> str | None:
    """ "en-GB" → "en", "eng" → "en", "English" → "en" (ISO 639-1 where it has the language); None for anything else."""
    words = re.split("[,;(]", text, maxsplit=1)[0].strip().lower()
    match = _CODE.fullmatch(words)
    code = match[1] if match else _codes_of_names().get(words) or _codes_of_own_names().get(words)
    if code is None or code in _NO_LANGUAGE:
        return None
    if len(code) == 3:
        code = str(get_global("language_aliases").get(code) or code).partition("_")[0]
    return ALIASES.get(code, code)


@cache
def _codes_of_names() -> Mapping[str, str]:
    """What languages are called in English."""
    names = Locale("en").languages
    return {name.lower(): code for code, name in names.items() if len(code) <= 3 and not name.islower()}


@cache
def _codes_of_own_names() -> Mapping[str, str]:
    """What languages are called in themselves."""
    found = {}
    for code in filter(_TWO_LETTERS.fullmatch, _codes_of_names().values()):
        try:
            found[(Locale(code).languages.get(code) or "").lower()] = code
        except UnknownLocaleError:  # Babel knows its name only
            continue
    return found
