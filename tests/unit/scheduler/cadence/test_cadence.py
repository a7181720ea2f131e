"""When a watched page is visited next."""

import datetime as dt
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dateline.errors import ConfigError
from scheduler.cadence.calendar import next_firing, parse_schedule
from scheduler.cadence.next_visit import (
    JITTER,
    LONGEST_S,
    SHORTEST_S,
    History,
    RetryPolicy,
    VisitResult,
    adaptive_interval,
    backoff_s,
    next_visit,
    retry_url_at,
)
from scheduler.cadence.publishing_rate import VisitBudget, begin

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("line", "zone", "after", "due"),
    [
        ("0 * * * *", "UTC", "2026-05-04T12:00", "2026-05-04T13:00"),
        ("30 6 * * *", "Europe/Berlin", "2026-01-10T00:00", "2026-01-10T05:30"),
        ("0 9 * * 0", "UTC", "2026-05-04T12:00", "2026-05-10T09:00"),  # Sunday, not APScheduler's Monday
        ("0 9 * * 7", "UTC", "2026-05-04T12:00", "2026-05-10T09:00"),
        ("0 9 * * 1-5", "UTC", "2026-05-08T10:00", "2026-05-11T09:00"),
        ("0 9 * * 1/2", "UTC", "2026-05-04T12:00", "2026-05-06T09:00"),
        ("0 9 * * mon,thu", "UTC", "2026-05-04T12:00", "2026-05-07T09:00"),
        # the clock is set forward: 02:30 does not exist on 29 March 2026 in Berlin, the firing is not lost
        ("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00", "2026-03-29T01:30"),
        # the clock is set back: 02:30 comes twice on 25 October 2026, it fires in the first
        ("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00", "2026-10-25T00:30"),
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T00:30", "2026-10-26T01:30"),
        # an hourly line goes on through both
        ("30 * * * *", "Europe/Berlin", "2026-10-25T00:30", "2026-10-25T01:30"),
        ("@daily", "UTC", "2026-05-04T12:00", "2026-05-05T00:00"),
    ],
)
def test_cron_falls_due(line: str, zone: str, after: str, due: str) -> None:
    assert next_firing(parse_schedule(line, zone), utc(after)) == utc(due)


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("sometimes", "UTC"),
        ("every 5s", "UTC"),
        ("61 * * * *", "UTC"),
        ("0 9 * * 5-1", "UTC"),
        ("0 * * * *", "Mars/Base"),
    ],
)
def test_a_wrong_schedule_names_itself(text: str, zone: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_schedule(text, zone)
    assert text in str(error.value) or zone in str(error.value)


def test_an_interval_keeps_to_its_grid_and_coalesces_what_was_missed() -> None:
    schedule = parse_schedule("every 15m")
    anchor = NOW - dt.timedelta(hours=3, minutes=4)
    assert next_firing(schedule, NOW, anchor=anchor) == NOW + dt.timedelta(minutes=11)


@settings(deadline=None)
@given(st.lists(st.integers(0, 40 * 86400), max_size=60), st.integers(0, 10**6), st.floats(1, 86400))
def test_adaptive_interval_stays_within_bounds(ages: list[int], asked: int, within_s: float) -> None:
    now = NOW.timestamp()
    publishing = begin([now - age for age in ages], now)
    chosen = adaptive_interval(
        publishing, now, VisitBudget(within_s, 75.0), chance=random.Random(asked), asked=dt.timedelta(seconds=asked)
    )
    assert SHORTEST_S <= chosen <= LONGEST_S * (1 + JITTER)
    assert chosen >= min(asked, LONGEST_S)


@given(st.floats(0, 30), st.floats(0, 30), st.floats(1, 4000))
def test_backoff_is_monotone(one: float, other: float, base: float) -> None:
    low, high = sorted((one, other))
    assert backoff_s(low, base) <= backoff_s(high, base)


def test_retry_after_is_never_undercut() -> None:
    asked = NOW + dt.timedelta(hours=30)
    for text in ("adaptive", "every 15m", "0 * * * *"):
        result = next_visit(
            parse_schedule(text),
            History(NOW),
            VisitResult(failure="temporary", retry_at=asked),
            now=NOW,
            chance=random.Random(1),
        )
        assert result.due_at is not None
        assert result.due_at >= asked


def test_a_crawls_page_is_visited_once_and_thrice_when_it_may_pass() -> None:
    chance, history, tries = random.Random(1), History(NOW), 0
    assert next_visit(None, history, VisitResult(), now=NOW, chance=chance).due_at is None
    assert next_visit(None, history, VisitResult(failure="hard"), now=NOW, chance=chance).due_at is None
    due: dt.datetime | None = NOW
    while due:
        tries += 1
        result = next_visit(None, history, VisitResult(failure="temporary"), now=NOW, chance=chance)
        due, history = result.due_at, History(NOW, failures=result.failures)
    assert tries == 4


def test_a_dead_page_is_still_tried_weekly() -> None:
    result = next_visit(
        parse_schedule("adaptive"),
        History(NOW, failures=50),
        VisitResult(failure="hard"),
        now=NOW,
        chance=random.Random(1),
    )
    assert result.due_at is not None
    assert dt.timedelta(days=7) <= result.due_at - NOW <= dt.timedelta(days=8)


def test_a_url_is_given_up_after_its_last_attempt() -> None:
    chance = random.Random(1)
    due = [
        retry_url_at(n, now=NOW, retry_at=None, retry_policy=RetryPolicy(max_attempts=3), chance=chance)
        for n in (1, 2, 3)
    ]
    assert due[2] is None
    assert due[0] is not None
    assert due[1] is not None
    assert NOW < due[0] < due[1]


def test_a_host_that_says_when_is_taken_at_its_word_once() -> None:
    chance, asked, retry_policy = random.Random(6), NOW + dt.timedelta(seconds=2), RetryPolicy(max_attempts=5)
    first, second = (retry_url_at(n, now=NOW, retry_at=asked, retry_policy=retry_policy, chance=chance) for n in (1, 2))
    assert first is not None
    assert second is not None
    assert asked < first <= asked + dt.timedelta(seconds=1)
    assert second > NOW + dt.timedelta(seconds=30)
    past = retry_url_at(1, now=NOW, retry_at=NOW - dt.timedelta(days=1), retry_policy=retry_policy, chance=chance)
    assert past is not None
    assert past > NOW


def visits_per_day(shown: Callable[[float], list[float]], new_items: list[float], days: int = 8) -> float:
    """Visits on the last day of a page that shows these dates, and whose new URLs come at these times."""
    at, known, publishing, visits = NOW.timestamp(), 0, None, list[float]()
    end, budget, chance = at + days * 86_400, VisitBudget(within_s=300.0, busy=75.0), random.Random(1)
    while at < end:
        visits.append(at)
        now = dt.datetime.fromtimestamp(at, dt.UTC)
        count = sum(one <= at for one in new_items)
        published = tuple(sorted(dt.datetime.fromtimestamp(one, dt.UTC) for one in shown(at)))
        result = VisitResult(new=count - known, published=published)
        plan = next_visit(
            parse_schedule("adaptive"),
            History(now, publishing=publishing, visit_budget=budget),
            result,
            now=now,
            chance=chance,
        )
        known, publishing = count, plan.publishing
        assert plan.due_at is not None
        at = plan.due_at.timestamp()
    return sum(one > end - 86_400 for one in visits)


DAILY = [NOW.timestamp() + day * 86_400.0 for day in range(-20, 9)]


@pytest.mark.parametrize(
    "shown",
    [
        lambda at: [at] * 20,  # every item is dated by the request
        lambda at: [at - 60 * n for n in range(20)],  # a minute apart
        lambda at: [at - 20 * 60 * n for n in range(20)],  # over hours, which looks like a page that woke up
        lambda at: [*[one for one in DAILY if one <= at][-19:], at],  # one pinned item
        lambda at: [*[one for one in DAILY if one <= at][-19:], at - at % 3600],  # a pinned item dated by the hour
    ],
)
def test_known_urls_with_new_dates_do_not_raise_the_rate(shown: Callable[[float], list[float]]) -> None:
    assert visits_per_day(lambda at: [one for one in DAILY if one <= at][-20:], DAILY) <= 5
    assert visits_per_day(shown, DAILY) <= 15, "was 281"
