"""The regular adaptation of the budget: reads what was learned, plans (scheduler.cadence.visit_budget), keeps what is allowed."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import groupby

from dateline import log
from scheduler.cadence.publishing_rate import PublishingRate
from scheduler.cadence.visit_budget import Plan, plan
from sql.service.budget import Allowed, BudgetedRhythm, Budgets

SAMPLE = 1000
"""Pages that speak for all: the busy rate of 1,000 is within a few hundredths of everybody's."""

logger = log.get(__name__)


async def adapt_allowance(budgets: Budgets, visits_a_day: int, *, now: dt.datetime) -> None:
    """Keep a new allowance for all pages, and for each source with a budget of its own."""
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
        "visits are allowed",
        within_s=round(common.allowance.within_s, 1),
        busy=round(common.allowance.busy, 1),
        forecast=round(common.forecast),
        budget=visits_a_day or None,
    )


def own_allowances(kept: Sequence[BudgetedRhythm], common: Plan, now: float) -> list[Allowed]:
    """What each source with a budget of its own is allowed, where that is less than everybody's."""
    found = []
    for source_id, group in groupby(kept, key=lambda one: one.source_id):
        pages = list(group)
        rhythms = known(one.state for one in pages)
        own = plan(rhythms, len(rhythms), now, budget=max(1, int(pages[0].visits_a_day))) if rhythms else None
        if own and own.allowance.within_s > common.allowance.within_s:
            found.append(_allowed(source_id, own))
    return found


def known(states: Iterable[list[float]]) -> list[PublishingRate]:
    """The rhythms that these numbers are of."""
    return [rhythm for state in states if (rhythm := PublishingRate.from_numbers(state))]


def _allowed(source_id: int | None, made: Plan) -> Allowed:
    return Allowed(source_id, made.allowance.within_s, made.allowance.busy, made.forecast)
