"""What the cadence learns of a page, and when it would come again."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.cadence.publishing_rate import (
    DAY_S,
    EVEN_WITHIN_S,
    HOUR_S,
    REST,
    REST_GROWTH,
    PublishingRate,
    VisitBudget,
    begin,
    gap_s,
    learn,
    level,
    rate,
    wait_s,
)

MONDAY = dt.datetime(2026, 5, 4, tzinfo=dt.UTC).timestamp()
DAY_LONG = 24 * HOUR_S
FEW = VisitBudget(within_s=300.0, busy=75.0)


def watched(items: list[float], days: int, start: float = MONDAY) -> PublishingRate:
    """The publishing rate after hourly visits over so many days."""
    publishing = begin([t for t in items if t <= start][-20:], start)
    for hour in range(1, days * 24 + 1):
        now = start + hour * HOUR_S
        publishing = learn(publishing, [t for t in items if t <= now][-20:], now)
    return publishing


def office_hours(days: int) -> list[float]:
    """Four items per hour from 8 to 18 on weekdays."""
    return [
        MONDAY + day * DAY_S + hour * HOUR_S + quarter * 900 + 60
        for day in range(days)
        if day % 7 < 5
        for hour in range(8, 18)
        for quarter in range(4)
    ]


def test_hours_and_weekdays_are_learned() -> None:
    now = MONDAY + 28 * DAY_S
    publishing = watched(office_hours(28), 28)
    noon, night, sunday = (rate(publishing, now + at * HOUR_S, now) for at in (12.5, 2.5, 6 * 24 + 12.5))
    assert noon > 70
    assert noon > 10 * night
    assert noon > 5 * sunday


def test_visits_go_where_items_are() -> None:
    now = MONDAY + 28 * DAY_S
    publishing = watched(office_hours(28), 28)
    by_day = wait_s(publishing, now + 12 * HOUR_S, FEW, DAY_LONG)
    by_night = wait_s(publishing, now + 1 * HOUR_S, FEW, DAY_LONG)
    assert by_day * 5 < by_night


def test_fewer_requests_wait_longer() -> None:
    now = MONDAY + 28 * DAY_S
    publishing = watched(office_hours(28), 28)
    waits = [
        wait_s(publishing, now, VisitBudget(within_s, 75.0), DAY_LONG)
        for within_s in (10.0, 60.0, 300.0, 2000.0, 9000.0)
    ]
    assert waits == sorted(waits)
    assert waits[0] < waits[-1]


def test_a_page_that_fell_silent_is_visited_less_and_is_found_again() -> None:
    items = office_hours(21)
    silent = watched(items, 28)
    back = [MONDAY + 28 * DAY_S + n * 600.0 for n in range(30)]
    now = back[-1]
    revived = learn(silent, back[-20:], now)
    assert level(silent, MONDAY + 28 * DAY_S) < 0.35 * level(watched(items, 21), MONDAY + 21 * DAY_S)
    assert level(revived, now) > 2 * level(learn(silent, [], now), now)


def test_a_burst_shortens_the_wait() -> None:
    rare = [MONDAY + n * 5 * DAY_S for n in range(4)]
    publishing = watched(rare, 20)
    now = MONDAY + 20.2 * DAY_S
    quiet = learn(publishing, rare, now)
    burst = learn(publishing, [now - n * 120.0 for n in range(15)], now)
    assert wait_s(burst, now, FEW, DAY_LONG) < wait_s(quiet, now, FEW, DAY_LONG) / 4


def test_a_page_is_seen_before_its_items_are_pushed_out() -> None:
    chance, now = random.Random(1), MONDAY
    items = sorted(now - chance.uniform(0, DAY_S) for _ in range(400))
    assert wait_s(begin(items, now), now, VisitBudget(DAY_S, 1e6), DAY_LONG) < HOUR_S


def test_nothing_found_changes_no_count() -> None:
    publishing = watched(office_hours(7), 7)
    after = learn(publishing, [], publishing.seen_at + 600)
    assert (after.hours, after.weekdays, after.total) == (publishing.hours, publishing.weekdays, publishing.total)


@pytest.mark.parametrize("numbers", [[], [1.0] * 39, [1.0] * 41])
def test_numbers_of_another_kind_are_not_a_publishing_rate(numbers: list[float]) -> None:
    assert PublishingRate.from_numbers(numbers) is None


def test_a_publishing_rate_is_kept_as_numbers() -> None:
    publishing = watched(office_hours(7), 7)
    assert PublishingRate.from_numbers(publishing.numbers()) == publishing


@given(st.floats(0, 1e5), st.floats(0, 1e5), st.floats(1, 86400), st.floats(0.1, 1e4))
def test_faster_pages_are_never_visited_less(one: float, other: float, within_s: float, busy: float) -> None:
    low, high = sorted((one, other))
    visit_budget = VisitBudget(within_s, busy)
    assert within_s <= gap_s(high, visit_budget) <= gap_s(low, visit_budget)


def test_gaps_at_and_below_the_busy_rate() -> None:
    assert gap_s(75.0, FEW) == 300.0
    at_half = gap_s(37.5, FEW)
    assert at_half == pytest.approx(REST * (300.0 / EVEN_WITHIN_S) ** REST_GROWTH * 300.0)
    assert gap_s(15.0, FEW) == pytest.approx(4**0.5 * at_half)


def test_a_smaller_budget_spreads_its_visits_more_evenly() -> None:
    """What publishes slowly waited up to a day: the 95th percentile of the delays was two to three times the peers'."""
    few, many = VisitBudget(2800.0, 75.0), VisitBudget(500.0, 75.0)
    assert gap_s(5.0, few) / few.within_s < 0.6 * gap_s(5.0, many) / many.within_s
    assert gap_s(140.0, few) == few.within_s < gap_s(100.0, few), "fewer pages count as busy"
    assert gap_s(1.0, few) / gap_s(10.0, few) < 3.5


@pytest.mark.parametrize("hour", [16, 17, 18])
def test_the_last_items_of_a_busy_day_do_not_wait_through_the_night(hour: int) -> None:
    """The next visit was at six or eight in the morning: what came after the afternoon's visit waited for it."""
    now = MONDAY + 21 * DAY_S + hour * HOUR_S
    assert wait_s(watched(office_hours(21), 21), now, VisitBudget(3600.0, 75.0), DAY_LONG) < 2.5 * HOUR_S


@given(st.floats(1.0, 300.0), st.floats(60.0, 3600.0))
def test_at_a_steady_rate_a_visit_is_a_gap_away(a_day: float, within_s: float) -> None:
    items = [MONDAY - n * DAY_S / a_day for n in range(1 + int(28 * a_day))][::-1]
    known = begin(items, MONDAY)
    even = {"hours": (known.total / 24,) * 24, "weekdays": (known.total / 7,) * 7}
    steady = replace(known, **even, burst=0.0, fill_s=DAY_LONG)
    budget = VisitBudget(within_s, 75.0)
    found = level(steady, MONDAY)
    full = 12 * DAY_S / found
    expected = min(gap_s(found, budget), full, 120 * within_s, DAY_LONG)
    assert wait_s(steady, MONDAY, budget, DAY_LONG) == pytest.approx(expected, rel=1e-6)


def test_a_page_that_wakes_up_is_learned_again() -> None:
    asleep = watched([MONDAY + n * 5 * DAY_S for n in range(4)], 20)
    now = MONDAY + 21 * DAY_S
    awake = [now - n * 1800.0 for n in range(20)]
    assert level(learn(asleep, awake, now), now) > 24
    burst = [now - n * 60.0 for n in range(20)]
    assert level(learn(asleep, burst, now), now) < 12


def test_a_busy_page_is_not_learned_again() -> None:
    publishing = watched(office_hours(14), 14)
    now = MONDAY + 14 * DAY_S + 18 * HOUR_S
    shown = [t for t in office_hours(15) if t <= now][-20:]
    assert learn(publishing, shown, now).since == publishing.since
