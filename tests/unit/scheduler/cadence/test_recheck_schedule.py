"""When stored articles are asked for again: laws that hold for every age, outcome and source."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline.errors import ConfigError
from scheduler.cadence.recheck_schedule import (
    LEAST_SEEN,
    LONGEST,
    MOST_FAILURES,
    MOST_STRETCHED,
    SHORTEST,
    NextRecheck,
    RecheckResult,
    next_day,
    next_recheck,
    parse_ages,
    rechecks_left,
    stretch,
)
from sql.frontier.rows import UrlResult, as_recheck

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
AGES = parse_ages(("1h", "6h", "1d", "3d", "7d"))
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
BEFORE_FIRST = -1

outcomes = st.sampled_from(["changed", "unchanged", "removed", "failed"])
stretches = st.floats(1.0, MOST_STRETCHED)


def life(outcome: RecheckResult, *, began_at: dt.datetime = NOW, by: float = 1.0) -> list[float]:
    """The ages in hours at which an article is asked for that always answers so, each time when it falls due."""
    plan, found = next_recheck(AGES, BEFORE_FIRST, 0, "unchanged", began_at=began_at, now=NOW, stretch=by), []
    while plan is not None and len(found) < 30:
        found.append((plan.due_at - began_at) / HOUR)
        plan = next_recheck(AGES, plan.step, plan.failures, outcome, began_at=began_at, now=plan.due_at, stretch=by)
    return found


def test_the_waits_grow_with_the_age_and_come_to_an_end() -> None:
    assert life("unchanged") == [1, 6, 24, 72, 168]
    assert life("removed") == [1, 6, 24, 72, 168], "one that was taken down may come back"
    assert life("unchanged", by=4.0) == [4, 24, 96, 288, 672]


def test_edited_article_is_rechecked_up_to_a_month_of_age() -> None:
    assert life("changed") == [1, 6, 24, 72, 168, 336, 672, 720]


def test_an_article_that_is_old_when_it_is_found_is_asked_for_at_the_ages_that_are_left() -> None:
    assert life("unchanged", began_at=NOW - 2 * DAY) == [72, 168]
    assert life("unchanged", began_at=NOW - 400 * DAY) == []


def test_without_an_answer_it_is_tried_a_few_times_and_the_age_passed_over() -> None:
    first = next_recheck(AGES, BEFORE_FIRST, 0, "unchanged", began_at=NOW, now=NOW)
    assert first == NextRecheck(NOW + HOUR, 0)
    second = next_recheck(AGES, 0, 0, "failed", began_at=NOW, now=NOW + HOUR)
    assert second == NextRecheck(NOW + 2 * HOUR, 0, 1)
    assert len(life("failed")) <= MOST_FAILURES * len(AGES)


@given(st.integers(0, 8), st.integers(0, 5), outcomes, st.integers(0, 60 * 24 * 60), stretches)
def test_it_is_never_asked_for_at_once_nor_after_a_month(
    step: int, failures: int, outcome: RecheckResult, age_min: int, by: float
) -> None:
    now = NOW + dt.timedelta(minutes=age_min)
    plan = next_recheck(AGES, step, failures, outcome, began_at=NOW, now=now, stretch=by)
    if plan is not None:
        assert plan.due_at >= now + SHORTEST
        assert plan.step >= step
        assert plan.due_at - NOW <= max(LONGEST, AGES[-1] * by, now - NOW + DAY)


@given(outcomes, stretches)
def test_every_life_ends(outcome: RecheckResult, by: float) -> None:
    ages = life(outcome, by=by)
    assert len(ages) < 30
    assert ages == sorted(ages)


@given(st.integers(0, 5000), st.integers(0, 5000), st.integers(0, 5000))
def test_a_source_is_left_alone_the_more_the_less_it_changes(done: int, few: int, more: int) -> None:
    fewer, many = sorted((min(few, done), min(more, done)))
    assert 1.0 <= stretch(done, many) <= stretch(done, fewer) <= MOST_STRETCHED
    assert stretch(min(done, LEAST_SEEN - 1), 0) == 1.0


def test_a_source_whose_articles_never_change_is_asked_less() -> None:
    assert stretch(2000, 0) == MOST_STRETCHED
    assert stretch(2000, 60) == 1.0


@given(st.integers(0, 9000), st.integers(0, 90_000))
def test_no_budget_is_exceeded(done: int, everything: int) -> None:
    left = rechecks_left(done_today=done, all_today=everything, pages_a_day=5000, share=0.25, most_a_day=20_000)
    assert left == 0 or (done + left <= 1250 and everything + left <= 20_000)


def test_the_budgets_begin_again_at_midnight_utc() -> None:
    zone = dt.timezone(dt.timedelta(hours=5))
    assert next_day(dt.datetime(2026, 5, 5, 3, tzinfo=zone)) == dt.datetime(2026, 5, 5, tzinfo=dt.UTC)


def test_ages_are_read_and_ill_formed_ones_named() -> None:
    assert parse_ages(("1d", "30m", "1d")) == (dt.timedelta(minutes=30), DAY)
    with pytest.raises(ConfigError, match="soon"):
        parse_ages(("1h", "soon"))


@pytest.mark.parametrize(
    ("result", "reason", "state", "expected"),
    [
        ("rejected", "soft_404", "ended", "removed"),
        ("rejected", "redirected_away", "ended", "removed"),
        ("removed", "http_410", "ended", "removed"),
        ("rejected", "consent_wall", "stored", "rejected"),
        ("rejected", "http_403", "stored", "rejected"),
        ("failed", "timeout", "stored", "failed"),
        ("revised", "publisher", "stored", "revised"),
    ],
)
def test_unreadable_recheck_is_a_removal_only_if_the_page_is_gone(
    result: str, reason: str, state: str, expected: str
) -> None:
    before = "stored" if result == "revised" else "ended"
    line = as_recheck(UrlResult(1, before, result, reason, NOW))
    assert (line.state, line.result) == (state, expected)
