"""Tokens, shingles and sketches."""

from __future__ import annotations

import random
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xxhash import xxh3_64_intdigest

from pipelines.copies.sketch import DENSE_SHARE, RUN, SHINGLE_WORDS, UNIT, fold, length_of, shingles, sketch, tokens


def made_up(words: int, seed: int) -> str:
    source = random.Random(seed)
    return " ".join("".join(source.choices(string.ascii_lowercase, k=source.randint(2, 9))) for _ in range(words))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Mayor said: “No!”", ["the", "mayor", "said", "no"]),
        ("ＦＵＬＬ width ﬁsh", ["full", "width", "fish"]),
        ("Straße", ["strasse"]),
        ("港口罢工结束", ["港口罢", "口罢工", "罢工结", "工结束"]),
        ("港口", ["港口"]),
        ("ท่าเรือ", ["ท่า", "่าเ", "าเร", "เรื", "รือ"]),
        ("2026年 ferry 港口罢工", ["2026", "年", "ferry", "港口罢", "口罢工"]),
        ("서울 항구", ["서울", "항구"]),
        ("", []),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


@pytest.mark.parametrize(("text", "words"), [("one two three", 3), ("港口罢工结束", 3), ("ferry 港口", 2), ("—!", 0)])
def test_word_count(text: str, words: int) -> None:
    assert length_of(UNIT.findall(fold(text))) == words


def test_a_short_text_is_one_shingle() -> None:
    assert shingles(["a", "b"], SHINGLE_WORDS) == {"a b"}
    assert sketch("") == ()


def test_a_sketch_is_of_signed_numbers_in_order_and_the_same_everywhere() -> None:
    found = sketch(made_up(300, seed=1))
    assert list(found) == sorted(set(found))
    assert all(-(2**63) <= value < 2**63 for value in found)
    # the table holds these for good: a change here asks for a new sketch of every article
    assert sketch(" ".join(f"word{n}" for n in range(60)))[:2] == (320998820279391026, 533517768695799717)


@pytest.mark.parametrize(("words", "share"), [(350, 8), (3_000, 16)])
def test_one_shingle_of_eight_is_kept_and_of_sixteen_of_long_texts(words: int, share: int) -> None:
    sizes = [len(sketch(made_up(words, seed))) for seed in range(10)]
    assert sum(sizes) / 10 == pytest.approx(words / share, rel=0.15)


def test_an_excerpts_sketch_is_part_of_the_wholes() -> None:
    whole = made_up(2_000, seed=3)
    excerpt = " ".join(whole.split()[200:1_400])
    assert set(sketch(excerpt)) <= set(sketch(whole))
    short = " ".join(whole.split()[200:500])
    kept_of_long = {value for value in sketch(short) if value % 2**64 < 2**64 // 16}
    assert kept_of_long <= set(sketch(whole))
    assert kept_of_long


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_text_has_a_sketch_that_case_and_width_do_not_change(text: str) -> None:
    assert sketch(text) == sketch(fold(text))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(alphabet="ab_é\u0130ß9-’ \n港เ\ud800", max_size=9), max_size=30).map(" ".join))
def test_short_cuts_change_nothing(text: str) -> None:
    if not any(char in "港เ" for char in text):
        assert tokens(text) == RUN.findall(fold(text))
    whole = shingles(tokens(text), SHINGLE_WORDS)
    hashes = {xxh3_64_intdigest(one.encode("utf-8", "surrogatepass")) for one in whole}
    assert {value % 2**64 for value in sketch(text)} == {one for one in hashes if one < 2**64 // DENSE_SHARE}


def test_lone_surrogates_do_no_harm() -> None:
    assert isinstance(sketch("ferry \ud800 strike " * 40), tuple)
