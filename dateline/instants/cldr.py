"""Writes `month_names.txt` from Babel's copy of Unicode CLDR: `python -m dateline.instants.cldr`."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from babel import Locale, localedata

from dateline.instants.month_names import plain_word

LANGUAGES = (
    "en en_GB en_AU de de_AT fr fr_CA es pt it nl da sv nb nn fi is et lv lt pl cs sk sl hr sr sr_Latn bs mk bg ru uk be ro hu el"
    " tr az kk sq ca gl eu ga cy mt id ms fil sw vi th ar ar_SY ar_DZ ar_IQ ar_MA fa ps ur hi bn ta te ml kn mr gu pa ne si ka hy"
    " he uz uz_Cyrl ky mn af km lo my am so ha yo zu lb fo gd br fy rm tk ku"
)
_ARABIC = "\u0600"
FILE = Path(__file__).with_name("month_names.txt")


def table() -> str:
    """The lines of the file, sorted; of a word that means several months the month of most languages comes first."""
    found: defaultdict[str, defaultdict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for tag in LANGUAGES.split():
        localedata._cache.clear()  # Babel 2.18 shares parts of one locale's data with others that are read later
        locale = Locale.parse(tag)
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for month, name in locale.months[context][width].items():
                    word = plain_word(name)
                    is_readable = " " not in word or word >= _ARABIC  # Latin names lose their marks
                    if is_readable and len(word) > 1 and not any(char.isdigit() or char in "/-" for char in word):
                        found[word.replace(" ", "_")][month].add(locale.language)
    lines = [
        f"{word} {month} {' '.join(sorted(languages))}\n"
        for word, months in sorted(found.items())
        for month, languages in sorted(months.items(), key=lambda item: (-len(item[1]), item[0]))
    ]
    return "".join(lines)


if __name__ == "__main__":
    FILE.write_text(table(), "utf-8")
