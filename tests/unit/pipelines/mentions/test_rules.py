"""Names and words: capitals, places in a sentence, gaps, longest names; texts of any kind, in linear time."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from pipelines.mentions.index import Form, NameIndex, WordForm
from pipelines.mentions.rules import Common, mentions, places
from pipelines.mentions.step import common
from pipelines.mentions.text_words import TextWords

FORMS = {
    "May": ["p:may"], "Ada May": ["p:may"], "Apple": ["o:apple"], "Apple Inc.": ["o:apple"], "WHO": ["o:who"],
    "Selby": ["l:selby"], "New Selby": ["l:new"], "New Selby Times": ["o:times"], "R&K": ["o:rk"], "X-7": ["x7"],
    "O'Leary": ["p:leary"], "J. K. Stone": ["p:stone"], "iBoat": ["x:iboat"], "U.S.": ["l:us"], "東浜": ["l:higashi"],
    "PiS": ["o:pis"], "マスロフ": ["p:maslov"], "Georgia": ["l:ge", "l:ga"],
    "Grace Park": ["p:park"], "Park": ["p:park"], "Orange": ["o:orange"], "Young": ["p:young"], "Will Young": ["p:young"],
}  # fmt: skip
COMMON = Common(*2 * [{"may", "who", "us", "it", "young", "the"}])
PERSONS = {"p:park": "Grace Park Park", "p:may": "Ada May May", "p:young": "Will Young Young"}
PLACES = {"l:selby", "l:new", "l:higashi", "l:ge", "l:ga"}


class Lower(dict[str, WordForm]):
    """Words folded by lower case, which is what the database does with these."""

    def __missing__(self, word: str) -> WordForm:
        return WordForm(word.lower(), word.lower())


def found(text: str, title: str = "") -> Iterator[str]:
    forms = [Form.of(form, names, PLACES, PERSONS) for form, names in FORMS.items()]
    index = NameIndex(forms, Lower(), language="en", is_inflected=False)
    for one in places(index, TextWords(title), TextWords(text), Lower(), common=COMMON, language="en", persons=PERSONS):
        yield one.name_id


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("He asked New Selby Times of New Selby in Selby.", ["o:times", "l:new", "l:selby"]),
        ("She works for Apple now. An apple a day.", ["o:apple"]),
        ("Apple trees bloom. We ate apples.", []),
        ("Apple has a new chief.", ["o:apple"]),
        ("Apple trees bloom at Apple Inc. We ate apples.", ["o:apple", "o:apple"]),
        ("They met in May 2026, on 4 May and last May.", []),
        ("Ada May spoke. Then May left. May the wind be kind.", ["p:may", "p:may"]),
        ("Who knows the WHO? The who is who.", ["o:who"]),
        ("WHO SAYS THE BRIDGE IS SAFE", []),
        ("R&K, R & K and R K; R. K. is another", ["o:rk", "o:rk"]),
        ("The X-7, the X7, the X 7 and x-7s", ["x7", "x7", "x7"]),
        ("Sean O’Leary’s, O'Leary and O´Leary", ["p:leary", "p:leary"]),
        ("By J.K. Stone, J. K. Stone; a J. K. went. Stone fell", ["p:stone", "p:stone"]),
        ("New\nSelby, New\n\nSelby, New. Selby, New, Selby", ["l:new", "l:selby", "l:selby", "l:selby"]),
        ("press@Selby.example @Selby www.Selby.example Selby_x selby", []),
        ("an iBoat and an iboat", ["x:iboat", "x:iboat"]),
        ("The U.S. and the US; us", ["l:us", "l:us"]),
        ("昨日、東浜で。アマスロフとマスロフ氏、マスロフスキー", ["l:higashi", "p:maslov"]),
        ("He left Georgia at noon", ["l:ge", "l:ga"]),
        ("SELBY and selby and Selby-based", ["l:selby", "l:selby"]),
        ("In Hyde Park Corner and at Park Hotel", []),
        ("They saw the Park of Oslo; Park Grace and Park Monday", ["p:park", "p:park"]),
        ("Apple said so. An apple a day.", ["o:apple"]),
        ("An apple; Apple pays. Mr. Park and M. Young left. The park is young.", ["o:apple", "p:park", "p:young"]),
        ("Will Young won. Young leads.", ["p:young", "p:young"]),
        ("Will Young won. Young voters like young men.", ["p:young"]),
        ("New South Georgia asked Orange County and Orange.", ["o:orange"]),
        ("He met Samuel Park. Then President Park, Grace Park and Mr Park spoke to Park & Sons.", ["p:park"] * 3),
        ("Queen Selby sang. Captain James Park and James Park left Selby.", ["l:selby"]),
        ("PiS and PIS, not Pis; AC Selby", ["o:pis", "o:pis"]),
        ("Kate Park sings. Fans of Park say Kate Park may come.", ["p:park"]),
        ("Selby B. Stone and Georgia O'Keeffe left Georgia.", ["l:ge", "l:ga"]),
        ("", []),
    ],
)
def test_names_are_told_from_words(text: str, names: list[str]) -> None:
    assert list(found(text)) == names


def test_in_a_headline_of_capitals_a_common_word_is_no_name() -> None:
    assert list(found("The festival.", title="Harbour Festival May Move To Another Town")) == []


@pytest.mark.parametrize(
    ("language", "name"), [("en", "london"), ("fr", "paris"), ("de", "berlin"), ("sv", "stockholm")]
)
def test_a_name_among_the_common_words_of_a_language_is_no_common_word(language: str, name: str) -> None:
    words, no_names = common(language)
    assert name in words
    assert name not in no_names


def test_mentions_count_and_say_where() -> None:
    index = NameIndex([Form.of("Selby", ["l"])], Lower(), language="en", is_inflected=False)
    (one,) = mentions(places(index, TextWords("To Selby"), TextWords("In Selby and Selby."), Lower()))
    assert (one.mentions, one.in_title, one.first_at) == (3, True, 3)
    (one,) = mentions(places(index, TextWords("To Selby"), TextWords(""), Lower()))
    assert (one.mentions, one.in_title, one.first_at) == (1, True, None)


@pytest.mark.parametrize(
    "piece", ["A.", "New ", "New Selby ", "X-7-", "東", "a\u0301", "\u0e01\u0e34", "R&", "@Selby.", "''", "。", "WHO "]
)
def test_hostile_texts_take_linear_time(piece: str) -> None:
    begin = time.process_time()
    list(found(piece * 50_000))
    assert time.process_time() - begin < 5, "a step for each two words would take minutes"
