"""The board of stories and the vocabulary that weighs words, without a database."""

from __future__ import annotations

import dataclasses
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.copies.stories import placed, scores
from benchmarks.copies.stories_corpus import events, written
from pipelines.stories.clustering import (
    JOIN,
    STRANGERS,
    WINDOW_S,
    ClusterIndex,
    Report,
    acquaintance,
    decay,
    divide,
    gap,
    threshold,
)
from pipelines.stories.terms import FULL, STRIDE_FROM, Vocabulary, common_words, language_of, read_terms
from pipelines.stories.vectors import unit

HOUR = 3600.0


def report(number: int, terms: str, hours: float = 0.0, *, family: int | None = None, names: str = "") -> Report:
    vector = unit({ord(letter): 1.0 for letter in terms})
    known = frozenset(ord(letter) for letter in names)
    return Report(number, family or number, "en", hours * HOUR, vector, vector, known)


def test_report_joins_the_recent_story_whose_terms_it_shares() -> None:
    board = ClusterIndex()
    assert board.assign(report(1, "abcdefgh")) == board.assign(report(2, "abcdefxy", 2))
    assert board.assign(report(3, "pqrstuvw", 2)) != board.story_of(1)
    assert board.assign(report(4, "abcdefgh", 2 + WINDOW_S / HOUR + 1)) != board.story_of(1)


def test_copies_have_one_vote_and_follow_their_original() -> None:
    board = ClusterIndex()
    board.assign(report(1, "abcdefgh"))
    for number in range(10, 30):
        assert board.assign(report(number, "ijklmnop", family=1)) == board.story_of(1), "whatever an aggregator adds"
    story = board.stories[board.story_of(1) or 0]
    assert len(story.families()) == 1
    assert board.assign(report(2, "abcdefxy", 1)) == board.story_of(1)


def test_alike_words_about_other_names_are_another_event() -> None:
    board = ClusterIndex()
    board.assign(report(1, "abcdefghXYZ", names="XYZ"))
    assert board.assign(report(2, "abcdefghUVW", names="UVW")) != board.story_of(1)
    one, other = unit(dict.fromkeys(range(6), 1.0)), unit(dict.fromkeys(range(1, 7), 1.0))
    assert acquaintance(one, frozenset({1, 2, 3}), other, frozenset({1, 2, 3})) == 1.0
    assert acquaintance(one, frozenset({0}), other, frozenset({6})) == STRANGERS, "so much alike, one name tells"
    apart = unit(dict.fromkeys(range(3, 40), 1.0))
    assert acquaintance(one, frozenset({0}), apart, frozenset({6})) == 1.0, "too few names to tell"
    assert acquaintance(unit({1: 1.0, 2: 9.0}), frozenset(), unit({2: 9.0, 3: 1.0}), frozenset()) == 1.0, "short texts"
    assert acquaintance(one, frozenset(), unit(dict.fromkeys(range(5, 12), 1.0)), frozenset()) == STRANGERS


def test_report_that_connects_two_stories_merges_them_into_the_larger() -> None:
    board = ClusterIndex()
    for number in (1, 2, 3):
        board.assign(report(number, "abcdefgh", number))
    board.assign(report(4, "hijklmno"))
    larger, smaller = board.story_of(1), board.story_of(4)
    for number, terms in ((5, "defghijkl"), (6, "defghijkl"), (7, "efghijklm"), (8, "cdefghijkl")):
        board.assign(report(number, terms, 3))
    assert board.story_of(4) == larger
    assert board.merged[smaller or 0] == board.lasting(smaller or 0) == larger


def test_a_story_that_falls_into_two_is_divided_and_the_larger_part_comes_first() -> None:
    members = [(n, unit({ord(c): 1.0 for c in ("abcd" if n % 3 else "wxyz")})) for n in range(9)]
    assert [sorted(part) for part in divide(members)] == [[1, 2, 4, 5, 7, 8], [0, 3, 6]]
    assert len(divide([*members[:3], (99, unit({1: 1.0}))])) == 1, "one alone stays with the rest"


def test_a_revised_report_stays_while_its_story_is_about_as_near_as_another() -> None:
    board = ClusterIndex()
    for number, terms in ((1, "abcdefgh"), (2, "abcdefgh"), (3, "stuvwxyz"), (4, "stuvwxyz")):
        board.assign(report(number, terms))
    home = board.story_of(2)
    assert board.assign(report(2, "abcdstuv")) == home
    assert board.assign(report(2, "stuvwxya")) == board.story_of(3)


@given(st.floats(0, 10 * WINDOW_S), st.floats(0, 10 * WINDOW_S))
def test_the_longer_a_silence_the_less_a_similarity_counts(one: float, other: float) -> None:
    short, long = sorted((one, other))
    assert 0.0 <= decay(long) <= decay(short) <= 1.0


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 1e6))
def test_the_gap_is_to_the_nearest(times: list[float], at: float) -> None:
    assert gap(at, sorted(times)) == min(abs(at - one) for one in times)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_an_archive_that_knows_little_joins_less(one: int, other: int) -> None:
    few, many = sorted((one, other))
    assert JOIN <= threshold(many) <= threshold(few) <= 2 * JOIN


# Vocabulary ----------------------------------------------------------------------------------------------------------------


def test_names_and_distinctive_numbers_are_recognised_by_their_form() -> None:
    reading = read_terms(
        "Pier saved", "Then Harwick voted, 17 to 4, for 2400 crowns. Members of the board cheered.", "en"
    )
    assert reading.names == read_terms(None, "x Harwick y 2400", "en").names
    assert len(reading.names) == 2


@pytest.mark.parametrize(
    ("code", "text"), [("zh", "港口委员会投票决定重建旧码头"), ("th", "คณะกรรมการท่าเรือลงมติ"), ("xx", "ab\ud800 c")]
)
def test_every_script_has_terms(code: str, text: str) -> None:
    assert read_terms(None, text, code).terms


def test_common_words_come_from_lists_until_counts_exist() -> None:
    vocabulary = Vocabulary("en")
    the, pier = (next(iter(read_terms(None, word, "en").terms)) for word in ("the", "pier"))
    assert vocabulary.rarity(the) < vocabulary.rarity(pier) / 4
    assert the in common_words("en")
    for _ in range(2000):
        vocabulary.count([pier])
    assert vocabulary.rarity(pier) < vocabulary.rarity(the)


def test_counts_fade_and_are_sampled_in_a_large_vocabulary() -> None:
    vocabulary = Vocabulary("en", documents=FULL - 1)
    vocabulary.count([1])
    assert vocabulary.documents == FULL / 2
    assert Vocabulary("en").counts_for(7) == 1
    known = Vocabulary("en", documents=STRIDE_FROM)
    assert sum(known.counts_for(number) for number in range(1600)) == 1600


def test_near_relatives_are_one_language() -> None:
    assert [language_of(code) for code in ("nb", "nn-NO", "en_GB", None)] == ["no", "no", "en", "xx"]


def test_pairs_of_look_alike_events_are_seldom_one_story() -> None:
    """Two sentences of a court, two votes of a council, a match and the next round: in English, German, French, Spanish …"""
    articles = events("look-alikes")
    for order in (articles, random.Random(1).sample(articles, len(articles))):
        found = scores(order, placed(order))
        assert (found["events"], found["stories_merged"] <= 6, found["events_split"] <= 4) == (44, True, True), found


def test_short_reports_of_one_kind_from_several_towns_are_seldom_one_story() -> None:
    """Rain, house fires, cup matches and strikes, in nearly the same words: a day in common tells nothing."""
    articles = events("short-look-alikes")
    for order in (articles, random.Random(1).sample(articles, len(articles))):
        found = scores(order, placed(order))
        assert (found["events"], found["stories_merged"] <= 4, found["events_split"]) == (31, True, 0), found


def test_an_outlet_that_writes_alike_of_two_events_does_not_join_them() -> None:
    def of(number: int, terms: str, site: str) -> Report:
        return dataclasses.replace(report(number, terms), site=site)

    board = ClusterIndex()
    told = board.assign(of(1, "abcdefgh", "post"))
    assert board.assign(of(2, "efghijkl", "echo")) == told
    assert board.assign(of(3, "abcdwxyz", "post")) != told, "no other outlet writes so of it"
    assert board.assign(of(4, "aefghijw", "post")) == told, "the other outlet does"


@pytest.mark.parametrize("batch", [1, 200])
@pytest.mark.parametrize("seed", range(4))
def test_two_towns_events_are_never_joined_and_seldom_split(batch: int, seed: int) -> None:
    """Sets that no threshold was chosen with (towns), and of one town where everything has a council and a mayor."""
    for name, most_split in (("many-towns", 1), ("one-town", 5)):
        told = events(name)
        order = random.Random(seed).sample(told, len(told)) if seed else told
        found = scores(order, placed(order, batch=batch))
        assert found["stories_merged"] == 0
        assert found["events_split"] <= most_split


def test_an_outlets_flood_has_one_vote_and_one_page_of_size() -> None:
    board = ClusterIndex()
    story = board.assign(dataclasses.replace(report(1, "abcdefgh"), site="paper.test"))
    board.assign(dataclasses.replace(report(2, "abcdefxy", 1), site="radio.test"))
    for number in range(10, 60):
        page = dataclasses.replace(report(number, "abcdijkl", 1 + number / 60), site="flood.test")
        assert board.assign(page) == story
        assert board.is_repeat(page) == (number > 10)
        assert board.is_heard(page) == (number < 30)
    assert set(board.stories[story].outlets()) == {"paper.test", "radio.test", "flood.test"}
    assert board.lead(story) in (1, 2)


def test_one_outlets_pages_do_not_tie_two_events_together() -> None:
    board = ClusterIndex()
    for number, terms in ((1, "abcdefgh"), (2, "abcdefgi"), (3, "qrstuvwx"), (4, "qrstuvwy")):
        board.assign(dataclasses.replace(report(number, terms), site=f"s{number}.test"))
    one, other = board.story_of(1), board.story_of(3)
    for number in range(10, 40):
        board.assign(dataclasses.replace(report(number, "abcdqrst", 1), site="bridge.test"))
    assert (board.story_of(1), board.story_of(3)) == (one, other)


def test_known_events_are_separated_in_any_order() -> None:
    """Far below what the benchmark measures; above what a board that lumps or splits everything can reach."""
    articles = written(7, events=40, background=120, days=4)
    shuffled = random.Random(7).sample(articles, len(articles))
    for order in (articles, sorted(shuffled, key=lambda one: one.copy_of is not None)):
        found = scores(articles, placed(order))
        assert found["b3_precision"] > 0.97
        assert found["b3_recall"] > 0.75
