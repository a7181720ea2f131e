"""The code of a language as people and programs name it: "en-GB", "eng", "English", "Deutsch"; pure."""

from __future__ import annotations

import pickle
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from babel import Locale, localedata
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
    """What languages are called in themselves.

    Read from Babel's files: it would keep all that it knows of each locale, which is 100 MB.
    """
    found = dict[str, str]()
    for code in filter(_TWO_LETTERS.fullmatch, _codes_of_names().values()):
        if not localedata.exists(code):  # Babel knows its name only
            continue
        known = pickle.loads(Path(localedata.resolve_locale_filename(code)).read_bytes())  # noqa: S301 - the package's
        names = known.get("languages", {})
        forms = (code, *(alias for alias, of in ALIASES.items() if of == code))
        found |= {names[form].lower(): code for form in forms if form in names}
    return found
