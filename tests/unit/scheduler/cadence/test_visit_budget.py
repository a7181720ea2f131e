"""A budget of visits is spread over what was learned."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.cadence.next_visit import DEFAULT_BUDGET
from scheduler.cadence.publishing_rate import DAY_S, HOUR_S, PublishingRate, VisitBudget, begin, learn
from scheduler.cadence.visit_budget import LEAST_BUSY, Rates, busy_rate, gathered, plan, visits_a_day, within_budget

NOW = 1_780_000_000.0


def steady(items_a_day: float, days: int = 14, seed: int = 1) -> PublishingRate:
    """The publishing rate of a page that publishes evenly, visited hourly."""
    chance, at, items = random.Random(seed), NOW - days * DAY_S, list[float]()
    while (at := at + chance.expovariate(items_a_day) * DAY_S) < NOW:
        items.append(at)
    publishing = begin([], NOW - days * DAY_S)
    for hour in range(1, days * 24 + 1):
        now = NOW - days * DAY_S + hour * HOUR_S
        publishing = learn(publishing, [t for t in items if t <= now][-20:], now)
    return publishing


def weeks(*rates: float) -> Rates:
    return gathered([[rate] * 168 for rate in rates])


def test_half_of_all_items_come_at_the_busy_rate_or_faster() -> None:
    rates = gathered([[100.0] * 10 + [1.0] * 158, [10.0] * 100 + [0.0] * 68, [5.0] * 168])
    assert busy_rate(rates, 0.3) == pytest.approx(100, rel=0.05)
    assert busy_rate(rates, 0.6) == pytest.approx(10, rel=0.05)
    assert busy_rate(gathered([])) is None


@settings(max_examples=60)
@given(st.lists(st.floats(0.01, 300), min_size=1, max_size=30), st.floats(1, 200), st.floats(2, 200))
def test_a_budget_is_kept_where_bounds_permit(found: list[float], wanted_each: float, busy: float) -> None:
    rates, wanted = weeks(*found), wanted_each * len(found)
    visit_budget = within_budget(rates, wanted, busy)
    least, most = visits_a_day(rates, VisitBudget(DAY_S, busy)), visits_a_day(rates, VisitBudget(1.0, busy))
    spent = visits_a_day(rates, visit_budget)
    assert spent <= max(wanted, least) * 1.0001
    # a page right at the busy rate jumps from many visits to few: such a step can't be met exactly
    if least < wanted < most and not any(0.9 < rate / busy < 1.1 for rate in found):
        assert spent >= wanted * 0.5


def test_a_smaller_budget_waits_longer_and_spares_the_busy_hours_last() -> None:
    rates = weeks(200.0, 20.0, 2.0)
    few, many = within_budget(rates, 30, 100.0), within_budget(rates, 300, 100.0)
    assert few.within_s > many.within_s
    assert visits_a_day(rates, few) == pytest.approx(30, rel=0.02)


def test_a_plan_without_a_budget_minds_the_pace_of_the_news_alone() -> None:
    made = plan([steady(2.0), steady(3.0, seed=2)], 2, NOW)
    assert made is not None
    assert made.visit_budget == VisitBudget(DEFAULT_BUDGET.within_s, LEAST_BUSY)
    assert plan([], 0, NOW) is None


def test_a_sample_speaks_for_all_and_overspending_is_made_up() -> None:
    sample = [steady(40.0, seed=seed) for seed in range(5)]
    whole = plan(sample, 500, NOW, budget=10_000)
    overspent = plan(sample, 500, NOW, budget=10_000, overspent=1.25)
    spared = plan(sample, 500, NOW, budget=10_000, overspent=0.5)
    assert whole
    assert overspent
    assert spared
    assert whole.forecast == pytest.approx(10_000, rel=0.03)
    assert overspent.forecast == pytest.approx(8_000, rel=0.03)
    assert spared.forecast == whole.forecast
