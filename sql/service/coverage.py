"""The coverage ledger in PostgreSQL: in which hours the service ran, and what it looked at in each."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sql.statements import PoolQueries


@dataclass(frozen=True, slots=True)
class LastDay:
    """The hours of all sources in the last day: how many were to be watched, and what became of them."""

    hours: int
    covered: int
    down: int
    overdue: int
    no_archive: int
    failed: int
    paused: int
    visits: int
    new_articles: int
    minutes_up: int


@dataclass(frozen=True, slots=True)
class LeastCovered:
    """A source that we were not looking at in some of its hours, and the commonest state of those."""

    source: str
    covered: int
    hours: int
    mostly: str


class Coverage(PoolQueries, area="coverage"):
    """Writes and reads the ledger. Every method is one transaction and may be repeated."""

    async def mark_up(self, now: dt.datetime, *, is_blocked: bool = False) -> None:
        """Note that the service runs in this minute; `is_blocked`: it can't write the archive, and visits nothing."""
        await self._run("mark_up", {"now": now, "is_blocked": is_blocked})

    async def roll_up(self, now: dt.datetime) -> None:
        """Count the hours since the last one written, itself included."""
        await self._run("roll_up", {"now": now})

    async def last_day(self, now: dt.datetime) -> LastDay:
        """The last 24 hours and this one, all sources together."""
        found = await self._row(LastDay, "last_day", {"now": now})
        if found is None:
            raise LookupError("coverage.last_day gave no row")
        return found

    async def least_covered(self, now: dt.datetime, *, limit: int) -> list[LeastCovered]:
        """The sources with the most hours of the last day in which we were not looking."""
        return await self._rows(LeastCovered, "worst_of_day", {"now": now, "limit": limit})
