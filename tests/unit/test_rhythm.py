"""What the cadence learns of a page, and when it would come again."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from scheduler.rhythm import DAY_S, HOUR_S, Rhythm, begin, learn, level, rate, wait_s

MONDAY = dt.datetime(2026, 5, 4, tzinfo=dt.UTC).timestamp()
DAY_LONG = 24 * HOUR_S


def watched(items: list[float], days: int, start: float = MONDAY) -> Rhythm:
    """The rhythm after a visit an hour over so many days."""
    rhythm = begin([t for t in items if t <= start][-20:], start)
    for hour in range(1, days * 24 + 1):
        now = start + hour * HOUR_S
        rhythm = learn(rhythm, [t for t in items if t <= now][-20:], now)
    return rhythm


def office_hours(days: int) -> list[float]:
    """Four items an hour from 8 to 18 on weekdays."""
    return [
        MONDAY + day * DAY_S + hour * HOUR_S + quarter * 900 + 60
        for day in range(days)
        if day % 7 < 5
        for hour in range(8, 18)
        for quarter in range(4)
    ]


def test_hours_and_weekdays_are_learned() -> None:
    now = MONDAY + 28 * DAY_S
    rhythm = watched(office_hours(28), 28)
    noon, night, sunday = (rate(rhythm, now + at * HOUR_S, now) for at in (12.5, 2.5, 6 * 24 + 12.5))
    assert noon > 70
    assert noon > 10 * night
    assert noon > 5 * sunday


def test_visits_go_where_items_are() -> None:
    now = MONDAY + 28 * DAY_S
    rhythm = watched(office_hours(28), 28)
    by_day = wait_s(rhythm, now + 12 * HOUR_S, 1.0, DAY_LONG)
    by_night = wait_s(rhythm, now + 1 * HOUR_S, 1.0, DAY_LONG)
    assert by_day * 5 < by_night


def test_a_dearer_request_waits_longer() -> None:
    now = MONDAY + 28 * DAY_S
    rhythm = watched(office_hours(28), 28)
    waits = [wait_s(rhythm, now, price, DAY_LONG) for price in (0.01, 0.1, 1.0, 10.0, 100.0)]
    assert waits == sorted(waits)


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
    rhythm = watched(rare, 20)
    now = MONDAY + 20.2 * DAY_S
    quiet = learn(rhythm, rare, now)
    burst = learn(rhythm, [now - n * 120.0 for n in range(15)], now)
    assert wait_s(burst, now, 1.0, DAY_LONG) < wait_s(quiet, now, 1.0, DAY_LONG) / 4


def test_a_page_is_seen_before_its_items_are_pushed_out() -> None:
    chance, now = random.Random(1), MONDAY
    items = sorted(now - chance.uniform(0, DAY_S) for _ in range(400))
    assert wait_s(begin(items, now), now, 1e9, DAY_LONG) < HOUR_S


def test_nothing_found_changes_no_count() -> None:
    rhythm = watched(office_hours(7), 7)
    after = learn(rhythm, [], rhythm.seen_at + 600)
    assert (after.hours, after.weekdays, after.total) == (rhythm.hours, rhythm.weekdays, rhythm.total)


@pytest.mark.parametrize("numbers", [[], [1.0] * 39, [1.0] * 41])
def test_numbers_of_another_kind_are_no_rhythm(numbers: list[float]) -> None:
    assert Rhythm.from_numbers(numbers) is None


def test_a_rhythm_is_kept_as_numbers() -> None:
    rhythm = watched(office_hours(7), 7)
    assert Rhythm.from_numbers(rhythm.numbers()) == rhythm
