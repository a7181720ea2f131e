"""Stems of names in Slavic languages for which PostgreSQL has no stemmer. Pure.

A word loses the longest ending of a case, be it a noun's or an adjective's. That is coarse for words, and fits names: a match
still needs the capital letter, and every word of a longer name. What a stem changes inside (Pavel: Pavla; Praha: v Praze) is
tried for the words of the list only.
"""

from __future__ import annotations

import re
import unicodedata

SHORTEST = 3
"""Letters that a stem keeps."""


def _plain(text: str) -> str:
    """Without marks on letters."""
    return "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))


def _endings(text: str) -> tuple[str, ...]:
    """The longest first."""
    return tuple(sorted({_plain(one) for one in text.split()}, key=lambda one: (-len(one), one)))


_LATIN = _endings(
    # Polish: nouns, then adjectives and surnames in -ski, -ska
    "a u owi em iem e ie y i o ą ę ią ię io iu ów om ami ach ego iego emu iemu ym im ej iej ymi imi"
    # Czech, Slovak
    " ovi é ou ů ům ech ách ého ému ým ý í ím ích ími ií ia iu iou om mi"
)
_CYRILLIC = _endings(
    "а у ові еві єві ом ем єм і ї е є о и ою ею єю я ю ю ій ів ам ами ах ям ями ях ого ому им ім ої ою ій ий іх их ими ь"
)
LATIN = ("pl", "cs", "sk")
ENDINGS = dict.fromkeys(LATIN, _LATIN) | dict.fromkeys(("uk", "be"), _CYRILLIC)
_FLEETING = re.compile(r"(?<=[^aeiouyаеиоуіюяё])[eoеоє](?=[cklnrцклнр]$)")
_CHANGES = (
    ("k", "c"),
    ("h", "z"),
    ("g", "dz"),
    ("ch", "s"),
    ("r", "rz"),
    ("t", "ci"),
    ("к", "ц"),
    ("г", "з"),
    ("х", "с"),
)
"""The end of a stem before -e, -i: Praha, v Praze; Polska, w Polsce."""


def case_stem(folded: str, language: str) -> str:
    """The word without the ending of a case."""
    word = _plain(folded)
    for ending in ENDINGS[language]:
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST:
            return word[: -len(ending)]
    return word


def other_stems(folded: str, language: str) -> list[str]:
    """Further stems of a name's word: in other cases a vowel goes, or the last consonant changes."""
    word = _plain(folded)
    if (word[:1] < "\u0370") is not (
        language in LATIN
    ):  # foreign letters are not inflected; each stem makes the index larger
        return []
    stem = case_stem(folded, language) if language in ENDINGS else word
    found = [_FLEETING.sub("", word)] if _FLEETING.search(word) and len(word) > SHORTEST else []
    if language in ENDINGS:
        if word[-1:] in "aа":
            found += [stem.removesuffix(old) + new for old, new in _CHANGES if stem.endswith(old)]
        if language == "uk" and word.endswith("ів"):
            found += [f"{word[:-2]}{new}" for new in ("ов", "ев", "єв")]
    return found
