"""What names become in sentences where PostgreSQL's stemmers do not say it: stems of Slavic languages, and more. Pure.

A word loses the longest ending of a case, be it a noun's or an adjective's. That is coarse for words, and fits names: a match
still needs the capital letter, and every word of a longer name. What a stem changes inside (Pavel: Pavla; Praha: v Praze) is
tried for the words of the list only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

SHORTEST = 3
"""Letters that a stem keeps."""


def plain(text: str) -> str:
    """Without marks on letters."""
    return "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))


def _endings(text: str) -> tuple[str, ...]:
    """The longest first."""
    return tuple(sorted({plain(one) for one in text.split()}, key=lambda one: (-len(one), one)))


_LATIN = _endings(
    # Polish: nouns, then adjectives and surnames in -ski, -ska
    "a u owi em iem e ie y i o ą ę ią ię io iu ów om ami ach ego iego emu iemu ym im ej iej ymi imi ych ich"
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
    ("d", "dz"),
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
    word = plain(folded)
    for ending in ENDINGS[language]:
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST:
            return word[: -len(ending)]
    return word


def other_stems(folded: str, language: str) -> list[str]:
    """Further stems of a name's word: in other cases a vowel goes, or the last consonant changes."""
    word = plain(folded)
    if (word[:1] < "\u0370") is not (
        language in (*LATIN, "fi")
    ):  # foreign letters are not inflected; each stem makes the index larger
        return []
    if language == "fi":
        return _finnish_stems(word)
    stem = case_stem(folded, language) if language in ENDINGS else word
    found = [_FLEETING.sub("", word)] if _FLEETING.search(word) and len(word) > SHORTEST else []
    if language in ENDINGS:
        if stem.endswith("j"):
            found.append(stem[:-1])  # Koleje, Kolei
        if word[-1:] in "aа":
            found += [stem.removesuffix(old) + new for old, new in _CHANGES if stem.endswith(old)]
        if language == "uk" and word.endswith("ів"):
            found += [f"{word[:-2]}{new}" for new in ("ов", "ев", "єв")]
    return found


_GRADES = (
    ("nk", "ng"), ("mp", "mm"), ("nt", "nn"), ("lt", "ll"), ("rt", "rr"), ("kk", "k"), ("pp", "p"), ("tt", "t"), ("k", ""),
    ("p", "v"), ("t", "d"),
)  # fmt: skip
"""What the consonants before a Finnish word's last vowel become: Helsinki, Helsingissä; Turku, Turussa."""


def _finnish_stems(word: str) -> list[str]:
    """The stem of the other cases: Virtanen, Virtasen; and with weaker consonants."""
    if word.endswith("nen"):
        return [f"{word[:-3]}s"]
    start, last = word[:-1], word[-1:]
    changed = next((start.removesuffix(old) + new for old, new in _GRADES if start.endswith(old)), "")
    bare = (
        [start] if last == "i" and len(start) > SHORTEST else []
    )  # the stemmer makes less of Berliini than of Berliinissä
    if last not in "aeiouy" or start.endswith(("sk", "tk", "st", "sp")) or len(changed) < SHORTEST:
        return bare
    return [*bare, changed, changed + last]


_GERMAN_ADJECTIVE = re.compile(r"(?<=...)(?:e|en|er|es|em)$")


def german_ways(words: Sequence[str]) -> list[list[str]]:
    """A name of several words as German inflects it: der Deutschen Bahn, des Roten Kreuzes, des Bundesamtes für Strahlenschutz.

    The adjectives before its first noun take another ending together (but Frankfurter stays), and that noun a genitive's.
    """
    head = next((n for n, word in enumerate(words[:-1]) if not _GERMAN_ADJECTIVE.search(word)), len(words) - 1)
    rest = list(words[head + 1 :])
    bases = [_GERMAN_ADJECTIVE.sub("", word) for word in words[:head]]
    made = [[*words[:head], words[head] + s, *rest] for s in ("s", "es")]
    for ending in ("e", "en", "er", "es", "em") if head else ():
        every = [base + ending for base in bases]
        but_er = [word if word.endswith("er") else base + ending for word, base in zip(words, bases, strict=False)]
        for before in (every, but_er):
            made += [[*before, words[head] + s, *rest] for s in (("", "s", "es") if ending == "en" else ("",))]
    return made


_ARABIC = ("ب", "ل", "و", "ف", "ك", "وب", "ول")
_HEBREW = ("ב", "ל", "מ", "ש", "ו", "ה", "כ", "וב", "ול", "ומ", "וש", "שב", "של", "שמ", "כש")
"""In, to, from, that, and, as: what Arabic and Hebrew write in one word with a name."""
_FRENCH = {"le": ("au", "du"), "les": ("aux", "des")}


def french_ways(words: Sequence[str]) -> list[list[str]]:
    """A name whose article French joins to a preposition: Le Havre, au Havre, du Havre."""
    return [[one, *words[1:]] for one in _FRENCH.get(words[0], ())] if len(words) > 1 else []


def finnish_ways(words: Sequence[str]) -> list[list[str]]:
    """Cases of which the stemmer makes other words: Satamapankki, Satamapankin; Virtanen, Virtasta; Pohjoista Voimaa."""
    made = [[*words[:-1], f"{words[-1][:-2]}in"]] if words and words[-1].endswith("kki") else []
    if any(word.endswith("nen") for word in words):
        made.append([f"{word[:-3]}sta" if word.endswith("nen") else f"{word}a" for word in words])
    return made


def arabic_ways(words: Sequence[str]) -> list[list[str]]:
    """A name with the words that Arabic joins to it, and that its stemmer keeps."""
    return _joined(words, _ARABIC, "\u0600")


def hebrew_ways(words: Sequence[str]) -> list[list[str]]:
    """A name with the words that Hebrew joins to it; the article goes behind in, to, as: האיחוד האירופי, לאיחוד האירופי."""
    made = _joined(words, _HEBREW, "\u0590")
    if made and words[0][0] == "ה" and (len(words) > 1 or len(words[0]) > SHORTEST + 1):
        made += [[one + words[0][1:], *words[1:]] for one in _HEBREW if one[-1] in "בלכ"]
    return made


def _joined(words: Sequence[str], prefixes: Sequence[str], script: str) -> list[list[str]]:
    is_of_script = words and len(words[0]) >= SHORTEST and script <= words[0][0] < "\u0780"
    return [[one + words[0], *words[1:]] for one in prefixes] if is_of_script else []


_ADJECTIVE = re.compile(
    r"с(?:к(?:ии|ая|ое|ие|ого|ому|им|ои|ую|их|ими)|ьк(?:ии|е|і|ого|ому|им|оі|іи|ою|их|ими))$"
    r"|sk(?:i|a|ie|iego|iemu|im|iej|ich|imi|y|eho|emu|ych|ymi|ou)$"
)


def is_other_adjective(written: str, name: str) -> bool:
    """Whether the word is an adjective of the name: Курская область, but not Достоевский. What may be either is the name, as
    in Donalda Tuska."""
    return _is_adjective(written) and not _is_adjective(name) and plain(written.lower()) != f"{plain(name.lower())}a"


@lru_cache(1 << 16)
def _is_adjective(word: str) -> bool:
    return _ADJECTIVE.search(plain(word.lower())) is not None
