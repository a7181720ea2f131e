"""The budget's door: what was learned of watched pages, and what they are allowed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.rows import class_row, scalar_row

from sql import query
from sql.database import Pool


@dataclass(frozen=True, slots=True)
class KeptRhythm:
    """The numbers of one page's rhythm; `pages` is how many adaptive pages there are."""

    state: list[float]
    pages: int


@dataclass(frozen=True, slots=True)
class BudgetedRhythm:
    """The numbers of a page's rhythm whose source has a budget of its own."""

    source_id: int
    visits_a_day: float
    state: list[float]


@dataclass(frozen=True, slots=True)
class Allowed:
    """An allowance that is to be kept. `source_id` None is everybody's; `forecast` is in visits a day."""

    source_id: int | None
    within_s: float
    busy: float
    forecast: float


class Budgets:
    """Reads rhythms, writes allowances."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def rhythms(self, most: int) -> list[KeptRhythm]:
        """The rhythms of so many adaptive pages at most, chosen at random."""
        async with self._pool.connection() as conn, conn.cursor(row_factory=class_row(KeptRhythm)) as cur:
            return await (await cur.execute(query("budget", "rhythms"), {"most": most})).fetchall()

    async def budgeted(self) -> list[BudgetedRhythm]:
        """The rhythms of sources with a budget of their own, a source's together."""
        async with self._pool.connection() as conn, conn.cursor(row_factory=class_row(BudgetedRhythm)) as cur:
            return await (await cur.execute(query("budget", "rhythms_of_budgeted"))).fetchall()

    async def overspent(self, now: dt.datetime) -> float | None:
        """How many times the forecast was spent in the last day; None where there was no forecast."""
        async with self._pool.connection() as conn, conn.cursor(row_factory=scalar_row) as cur:
            found = await (await cur.execute(query("budget", "overspent"), {"now": now})).fetchone()
            return None if found is None else float(found)

    async def allow(self, allowances: Sequence[Allowed], now: dt.datetime) -> None:
        """Keep these allowances, and no source's that is not among them."""
        async with self._pool.connection() as conn:
            for one in allowances:
                fields = {"source_id": one.source_id, "within_s": one.within_s, "busy": one.busy}
                await conn.execute(query("budget", "allow"), fields | {"forecast": one.forecast, "now": now})
            await conn.execute(query("budget", "end_allowances"), {"now": now})
