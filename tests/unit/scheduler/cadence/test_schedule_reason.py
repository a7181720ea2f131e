"""Why a watched page is visited when it is, in words."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re

import pytest

from dateline.cli.service.schedule import in_words, lines, shown
from scheduler.cadence.publishing_rate import begin, learn
from scheduler.cadence.schedule_reason import habits, half_of, why
from sql.service.schedule import PlannedPage

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)


def mornings() -> list[float]:
    """The publishing rate of six weeks of eight items between 7 and 11 on workdays."""
    start = NOW - dt.timedelta(days=42)
    known = begin([], start.timestamp())
    for day in range(1, 43):
        at = (start + dt.timedelta(days=day)).replace(hour=0)
        items = [at.timestamp() + (7 + n / 2) * 3600 for n in range(8)] if at.weekday() < 5 else []
        known = learn(known, items, at.timestamp() + 12 * 3600 - 1)
    return known.numbers()


PAGE = PlannedPage(
    1, "bay", "https://bay.test/feed", "feed", False, "adaptive", "UTC", False, NOW + dt.timedelta(minutes=30), 1500, 0.0,
    "changed", NOW - dt.timedelta(minutes=20), NOW, mornings(), None, None,
)  # fmt: skip


def test_a_publishing_rate_in_words() -> None:
    known = habits(PAGE.rhythm, NOW)
    assert known is not None
    assert re.fullmatch(r"\d+(\.\d)? items per day, half of them 0[78]-1[01] UTC, few at weekends", known.words())
    assert len(known.week) == 168
    assert known.week[9] > 10 * known.week[22]


@pytest.mark.parametrize(
    ("by_hour", "half"),
    [([1.0] * 24, None), ([0.0] * 24, None), ([8, 1, *[0.1] * 21, 8], (23, 1)), ([0] * 9 + [5] + [0] * 14, (9, 10))],
)
def test_the_hours_in_which_half_comes(by_hour: list[float], half: tuple[int, int] | None) -> None:
    assert half_of(by_hour) == half


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "learned: WORDS"),
        ({"is_paused": True}, "paused"),
        ({"next_due_at": None}, "not visited again"),
        ({"next_due_at": NOW - dt.timedelta(hours=1)}, "overdue; learned: WORDS"),
        ({"host_rests_until": NOW.replace(hour=15)}, "the host asked to be left alone until 15:00 UTC"),
        ({"failures": 2.0, "last_outcome": "http_503"}, "failed (http 503): waits longer after each failure"),
        ({"failures": 10.0, "last_outcome": "dns"}, "failing for a long time (dns); retried weekly"),
        ({"last_visit_at": None}, "not visited yet"),
        ({"schedule": "every 15m", "timezone": "Asia/Tokyo"}, "schedule every 15m"),
        ({"schedule": "30 6 * * *", "timezone": "Asia/Tokyo"}, "schedule 30 6 * * * (Asia/Tokyo)"),
        ({"rhythm": None}, "nothing learned yet"),
        ({"interval_s": 86400, "last_visit_at": NOW - dt.timedelta(hours=4)}, "learned: WORDS; no sooner than the page asks for"),
    ],
)  # fmt: skip
def test_the_reason_of_a_visits_time_is_given(changes: dict[str, object], told: str) -> None:
    page = dataclasses.replace(PAGE, **changes)  # type: ignore[arg-type]
    known = habits(page.rhythm, NOW)
    assert why(page, known, NOW) == told.replace("WORDS", known.words() if known else "")


def test_lines_are_cut_at_the_width_and_say_how_long() -> None:
    row = shown(PAGE, now=NOW)
    [heading, line] = lines([row], NOW, width=70)
    assert (len(heading) <= 70, len(line)) == (True, 70)
    assert line.startswith("in 30 min  12:30         bay     25 min  https://bay.test/feed  learn")
    assert [in_words(seconds) for seconds in (0, 300, -7200)] == ["now", "in 5 min", "2 h late"]
    assert row["items_a_day"] > 4
    assert row["busiest_hours"][0] in (7, 8)
