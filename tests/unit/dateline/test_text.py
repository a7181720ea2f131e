"""Foreign text made storable: what is invisible goes, what a script needs stays."""

from __future__ import annotations

import pytest

from dateline.text import quantity, storable_line


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("Hafen\u00adver\u00adwaltung", "Hafenverwaltung"),
        ("Zero\u200bwidth", "Zerowidth"),
        ("\ufeffTitle", "Title"),
        ("word\u2060joiner", "wordjoiner"),
        ("a\u200db and c\u200cd", "ab and cd"),
        ("می\u200cشود", "می\u200cشود"),
        ("क्\u200dष", "क्\u200dष"),
        ("ക്\u200d", "ക്"),
        ("👨\u200d👩\u200d👧 at home", "👨\u200d👩\u200d👧 at home"),
        ("❤\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥"),
        ("a\u00a0b\u2009c", "a b c"),
        ("\u200fרציף\u200f", "רציף"),
    ],
)
def test_invisible_characters_go_but_for_joiners_of_scripts_and_emoji(raw: str, clean: str) -> None:
    assert storable_line(raw) == clean


@pytest.mark.parametrize(
    ("number", "noun", "said"),
    [(0, "article", "0 articles"), (1, "article", "1 article"), (2, "address", "2 addresses"), (3, "copy", "3 copies")],
)
def test_a_number_has_the_singular_or_plural_of_its_noun(number: int, noun: str, said: str) -> None:
    assert quantity(number, noun) == said
