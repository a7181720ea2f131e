"""Reads publishing rates of watched pages and writes how visits are spent on them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sql import query
from sql.statements import PoolQueries


@dataclass(frozen=True, slots=True)
class KeptRhythm:
    """The numbers of one page's publishing rate; `pages` is how many adaptive pages there are."""

    state: list[float]
    pages: int


@dataclass(frozen=True, slots=True)
class BudgetedRhythm:
    """The numbers of a page's publishing rate whose source has its own budget."""

    source_id: int
    visits_a_day: float
    state: list[float]


@dataclass(frozen=True, slots=True)
class Allowed:
    """An allowance to store. `source_id` None is for all sources; `forecast` is in visits per day."""

    source_id: int | None
    within_s: float
    busy: float
    forecast: float


class Budgets(PoolQueries, area="budget"):
    """Reads publishing rates, writes allowances."""

    async def rhythms(self, most: int) -> list[KeptRhythm]:
        """The publishing rates of a random sample of at most `most` adaptive pages."""
        return await self._rows(KeptRhythm, "sampled_rates", {"most": most})

    async def budgeted(self) -> list[BudgetedRhythm]:
        """The publishing rates of sources that have their own budget, grouped by source."""
        return await self._rows(BudgetedRhythm, "budgeted_rates")

    async def overspent(self, now: dt.datetime) -> float | None:
        """How many times the forecast was spent in the last day; None where there was no forecast."""
        found = await self._value("overspent", {"now": now})
        return None if found is None else float(found)

    async def allow(self, allowances: Sequence[Allowed], now: dt.datetime) -> None:
        """Keep these allowances, and no source's that is not among them."""
        async with self._pool.connection() as conn:
            for one in allowances:
                fields = {"source_id": one.source_id, "within_s": one.within_s, "busy": one.busy}
                await conn.execute(query("budget", "allow"), fields | {"forecast": one.forecast, "now": now})
            await conn.execute(query("budget", "end_allowances"), {"now": now})
