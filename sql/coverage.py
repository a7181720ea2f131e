"""The coverage ledger's door: in which hours the service ran, and what was looked at in each."""

from __future__ import annotations

import datetime as dt

from sql import query
from sql.frontier import Pool


class Coverage:
    """Writes the ledger. Every method is one transaction and may be repeated."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def mark_up(self, now: dt.datetime) -> None:
        """Note that the service runs in this minute."""
        async with self._pool.connection() as conn:
            await conn.execute(query("coverage", "mark_up"), {"now": now})

    async def roll_up(self, now: dt.datetime) -> None:
        """Count the hours since the last one written, itself included."""
        async with self._pool.connection() as conn:
            await conn.execute(query("coverage", "roll_up"), {"now": now})
