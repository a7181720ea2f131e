"""Updates the visit budget: reads the publishing rates, plans (scheduler.cadence.visit_budget), stores the result."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import groupby

from dateline import log
from scheduler.cadence.publishing_rate import PublishingRate
from scheduler.cadence.visit_budget import BudgetPlan, plan
from sql.service.budget import Allowed, BudgetedRhythm, Budgets

SAMPLE = 1000
"""Pages in the sample: the busy rate of 1,000 pages is within a few hundredths of that of all."""

logger = log.get(__name__)


async def update_visit_budget(budgets: Budgets, visits_a_day: int, *, now: dt.datetime) -> None:
    """Keep a new visit_budget for all pages, and for each source with a budget of its own."""
    kept = await budgets.rhythms(SAMPLE)
    if not kept:
        return
    overspent = await budgets.overspent(now) or 1.0
    at, pages = now.timestamp(), kept[0].pages
    # a second of arithmetic: not in the loop that has a lease to keep
    common = await asyncio.to_thread(
        plan, known(one.state for one in kept), pages, at, budget=visits_a_day, overspent=overspent
    )
    if common is None:
        return
    allowed = [_allowed(None, common), *own_allowances(await budgets.budgeted(), common, at)]
    await budgets.allow(allowed, now)
    logger.info(
        "visit budget updated",
        within_s=round(common.visit_budget.within_s, 1),
        busy=round(common.visit_budget.busy, 1),
        forecast=round(common.forecast),
        budget=visits_a_day or None,
    )


def own_allowances(kept: Sequence[BudgetedRhythm], common: BudgetPlan, now: float) -> list[Allowed]:
    """The budget of each source with its own limit, where that allows less than the common budget."""
    found = []
    for source_id, group in groupby(kept, key=lambda one: one.source_id):
        pages = list(group)
        rates = known(one.state for one in pages)
        own = plan(rates, len(rates), now, budget=max(1, int(pages[0].visits_a_day))) if rates else None
        if own and own.visit_budget.within_s > common.visit_budget.within_s:
            found.append(_allowed(source_id, own))
    return found


def known(states: Iterable[list[float]]) -> list[PublishingRate]:
    """Publishing rates from their stored numbers."""
    return [rate_of_page for state in states if (rate_of_page := PublishingRate.from_numbers(state))]


def _allowed(source_id: int | None, made: BudgetPlan) -> Allowed:
    return Allowed(source_id, made.visit_budget.within_s, made.visit_budget.busy, made.forecast)
