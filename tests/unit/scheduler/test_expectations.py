"""What is usual for a source, and when something is not: the pure rules."""

from __future__ import annotations

import itertools
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.monitoring.expectations import (
    FAULTS,
    HOURS_A_WEEK,
    WINDOW_MOST,
    Hour,
    Share,
    Text,
    Usual,
    failing_chance,
    usual_failures,
    usual_hours,
    usual_texts,
    worse,
)

WEEKS = 10
START = 4 * 24 - 72  # a Monday 00:00, 1970-01-05, is hour 96; counted so that of_week is 0


def by_day(a_day: float, *, weeks: int = WEEKS, seed: int = 1, looked: float = 1.0) -> list[Hour]:
    """Weeks of a source that publishes from 8 to 20, by chance, half as much at weekends."""
    chance, made = random.Random(seed), []
    for number in range(96, 96 + weeks * HOURS_A_WEEK):
        hour, day = number % 24, (number // 24 + 3) % 7
        rate = a_day / 12 * (0.5 if day >= 5 else 1.0) if 8 <= hour < 20 else 0.0
        made.append(Hour(number, sum(chance.random() < rate / 20 for _ in range(20)), looked))
    return made


def test_an_hour_knows_its_place_in_the_week() -> None:
    assert [Hour(number, 0).of_week for number in (0, 95, 96, 97)] == [72, 167, 0, 1]


def test_expectation_follows_hour_and_weekday() -> None:
    hourly, gaps = usual_hours(by_day(24))
    assert gaps is not None
    tuesday, sunday = hourly[24:48], hourly[144:]
    assert 1.3 < tuesday[13] < 2.7 > 2 * sunday[13] > 0
    assert max(tuesday[:6]) < 0.15
    assert sum(hourly) == pytest.approx(24 * 6, rel=0.15)


def test_a_short_past_teaches_nothing() -> None:
    assert usual_hours(by_day(24, weeks=1)) == ((), None)
    assert usual_hours(by_day(0.01)) == ((), None)


def test_hours_without_a_visit_are_not_hours_without_news() -> None:
    """Half of the hours unseen: expected is what came in the other half, not half of it."""
    seen = [Hour(one.number, one.articles if one.number % 2 else 0, one.number % 2) for one in by_day(24)]
    assert sum(usual_hours(seen)[0]) == pytest.approx(24 * 6, rel=0.2)


def test_silence_counts_by_what_is_expected() -> None:
    usual = Usual(*usual_hours(by_day(24)))
    monday_noon, midnight = 96 + 20 * HOURS_A_WEEK + 12.0, 96 + 20 * HOURS_A_WEEK
    assert usual.expected(midnight, midnight + 6) < 1
    assert usual.expected(monday_noon, monday_noon + 6) > 9
    unseen = {int(monday_noon) + n: 0.0 for n in range(3)}
    assert usual.expected(monday_noon, monday_noon + 6, unseen) == pytest.approx(
        usual.expected(monday_noon + 3, monday_noon + 6)
    )
    week = usual.expected(monday_noon, monday_noon + HOURS_A_WEEK)
    assert usual.expected(monday_noon, monday_noon + 3 * HOURS_A_WEEK) == pytest.approx(3 * week)


def test_a_source_that_comes_in_bursts_is_given_more_time() -> None:
    steady, bursts = by_day(6), by_day(6)
    bursts = [Hour(one.number, 36 if one.number % HOURS_A_WEEK == 10 else 0) for one in bursts]
    assert usual_hours(bursts)[1].limit > 3 * usual_hours(steady)[1].limit  # type: ignore[union-attr]


@given(st.lists(st.booleans(), min_size=40, max_size=200), st.integers(1, 20))
def test_more_faults_are_never_more_likely(past: list[bool], of: int) -> None:
    share = usual_texts([Text(0 if fault else 300, has_date=True) for fault in past], 10)["empty"]
    chances = [share.chance(faults, of) for faults in range(of + 1)]
    assert chances[0] == pytest.approx(1.0)
    assert all(a >= b - 1e-9 for a, b in itertools.pairwise(chances))


def test_the_tail_is_the_binomial_for_a_share_that_is_known() -> None:
    exact = sum(math.comb(20, k) * 0.1**k * 0.9 ** (20 - k) for k in range(5, 21))
    assert Share(1e6, 9e6, 4, 20).chance(5, 20) == pytest.approx(exact, rel=0.01)


def pages(number: int, *, seed: int, **broken: object) -> list[Text]:
    """Pages of 200 to 800 words; one in thirty without text, one in ten without date."""
    chance = random.Random(seed)
    made = [
        Text(0 if chance.random() < 1 / 30 else chance.randint(200, 800), chance.random() > 0.1) for _ in range(number)
    ]
    return [Text(int(broken.get("words", one.words)), bool(broken.get("has_date", one.has_date))) for one in made]  # type: ignore[call-overload]


BREAKS = {"empty_texts": {"words": 0}, "missing_dates": {"has_date": False}, "short_texts": {"words": 60}}


@pytest.mark.parametrize("kind", FAULTS)
def test_a_break_is_reported_before_the_window_is_full_and_over_after_eight_good_pages(kind: str) -> None:
    usual = Usual(**usual_texts(pages(400, seed=1), 200))
    before, broken = pages(WINDOW_MOST, seed=2), pages(20, seed=3, **BREAKS[kind])
    assert worse(usual, before) == []
    told = next(n for n in range(1, 21) if worse(usual, (before + broken[:n])[-WINDOW_MOST:]))
    assert 4 <= told <= 18
    [alarm] = worse(usual, before + broken)
    assert (alarm.kind, alarm.faults > 10) == (kind, True)
    standing = frozenset([kind])
    assert worse(usual, before + broken + pages(2, seed=5), standing), "two good pages are no recovery"
    good = [Text(400, has_date=True)] * 8
    assert worse(usual, before + broken + good, standing) == []


def test_a_source_that_never_had_dates_does_not_miss_them() -> None:
    usual = Usual(**usual_texts(pages(400, seed=1, has_date=False), 200))
    assert worse(usual, pages(WINDOW_MOST, seed=2, has_date=False)) == []


def test_learned_expectation_survives_storage() -> None:
    usual = Usual(*usual_hours(by_day(24)), **usual_texts(pages(400, seed=1), 200))
    assert Usual.from_learned(usual.hourly, usual.learned()) == usual
    assert Usual.from_learned((), Usual().learned()) == Usual()


def test_failures_are_weighed_by_what_is_usual() -> None:
    steady, shaky = usual_failures(1000, 2), usual_failures(1000, 500)
    assert failing_chance(3, steady) < 1e-6
    assert failing_chance(6, shaky) > 0.01
