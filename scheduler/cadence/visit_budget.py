"""How often all watched pages may be visited, so that their visits keep to a budget: pure functions over what was learned.

The pages' rates by hour of the week are put into one histogram. Two fifths of all items come at the busy rate or faster: those
hours get the frequent visits (scheduler.cadence.publishing_rate.gap_s), and `within_s` is what the budget then allows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scheduler.cadence.next_visit import DEFAULT_BUDGET, LONGEST_S, SHORTEST_S
from scheduler.cadence.publishing_rate import (
    DAY_S,
    FILL,
    HOUR_S,
    LONGEST_WITHIN,
    PublishingRate,
    VisitBudget,
    gap_s,
    rate,
)

BINS_A_FOLD = 30
LEAST, MOST = 1e-3, 1e5
"""Bounds of the histogram, items per day."""
BUSY_SHARE = 0.4
LEAST_BUSY = 24.0
MOST_OVERSPENT = 2.0
WEEK_HOURS = 168


@dataclass(frozen=True, slots=True)
class Rates:
    """Hours of the week of many pages by their rate: `hours[i]` of them at about `at[i]` items per day."""

    at: tuple[float, ...]
    hours: tuple[int, ...]
    pages: int


def week_of(publishing: PublishingRate, now: float) -> list[float]:
    """Items per day expected at each of the next 168 hours."""
    return [rate(publishing, now + hour * HOUR_S, now) for hour in range(WEEK_HOURS)]


def gathered(weeks: Iterable[Sequence[float]]) -> Rates:
    """The histogram of all pages' hours."""
    lowest = math.floor(BINS_A_FOLD * math.log(LEAST))
    counts, pages = dict[int, int](), 0
    for week in weeks:
        pages += 1
        for one in week:
            bin_ = math.floor(BINS_A_FOLD * math.log(min(MOST, one))) if one > LEAST else lowest
            counts[bin_] = counts.get(bin_, 0) + 1
    bins = sorted(counts, reverse=True)
    return Rates(tuple(math.exp((b + 0.5) / BINS_A_FOLD) for b in bins), tuple(counts[b] for b in bins), pages)


def busy_rate(rates: Rates, share: float = BUSY_SHARE) -> float | None:
    """Items per day at which, or faster, that share of all items comes; None where nothing is known."""
    items = [at * hours for at, hours in zip(rates.at, rates.hours, strict=True)]
    left = share * sum(items)
    for at, here in zip(rates.at, items, strict=True):
        if here >= left > 0:
            # within the bin the rates are about even: the share of it that is wanted tells the place
            return at * math.exp((0.5 - left / here) / BINS_A_FOLD)
        left -= here
    return None


def visits_a_day(rates: Rates, visit_budget: VisitBudget) -> float:
    """Visits per day that these pages would get, bursts left aside."""
    longest = max(SHORTEST_S, min(LONGEST_S, LONGEST_WITHIN * visit_budget.within_s))
    total = 0.0
    for at, hours in zip(rates.at, rates.hours, strict=True):
        gap = min(longest, gap_s(at, visit_budget), FILL * DAY_S / at)
        total += hours * HOUR_S / max(SHORTEST_S, gap)
    return total / 7


def within_budget(rates: Rates, wanted_a_day: float, busy: float) -> VisitBudget:
    """The visit budget under which these pages get so many visits per day, as near as bounds permit."""
    low, high = 1.0, DAY_S
    for _ in range(40):
        middle = math.sqrt(low * high)
        if visits_a_day(rates, VisitBudget(middle, busy)) > wanted_a_day:
            low = middle
        else:
            high = middle
    return VisitBudget(high, busy)


@dataclass(frozen=True, slots=True)
class BudgetPlan:
    """What is allowed, and how many visits per day that is expected to make."""

    visit_budget: VisitBudget
    forecast: float


def plan(
    pages_known: Sequence[PublishingRate], pages: int, now: float, *, budget: int = 0, overspent: float = 1.0
) -> BudgetPlan | None:
    """What all pages on the adaptive schedule are allowed; None while nothing is known of any.

    `pages_known` are a sample of so many `pages`. `budget` is visits per day in all, 0 without limit: then hours with less than
    an item count as quiet even where half of all news comes so slowly. Bursts are not forecast: if the last day made
    `overspent` times its planned visits, that much less is planned. Visits that were saved (while the service was down, say)
    are not made up for.
    """
    rates = gathered(week_of(one, now) for one in pages_known)
    busy = busy_rate(rates)
    if busy is None:
        return None
    scale = pages / rates.pages
    if not budget:
        visit_budget = VisitBudget(DEFAULT_BUDGET.within_s, max(LEAST_BUSY, busy))
    else:
        visit_budget = within_budget(rates, budget / scale / min(MOST_OVERSPENT, max(1.0, overspent)), busy)
        visit_budget = max(visit_budget, VisitBudget(DEFAULT_BUDGET.within_s, busy), key=lambda one: one.within_s)
    return BudgetPlan(visit_budget, visits_a_day(rates, visit_budget) * scale)
