"""The roll-up of articles by day, kept up with what is stored; and the watch over analysts' queries."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import class_row, dict_row

from sql import query
from sql.database import Pool

OVERLAP = dt.timedelta(minutes=10)
"""Looked at once more: a transaction that began before the last refresh may have been committed after it."""
WHOLE_EVERY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Overdue:
    """An analyst's statement that was ended."""

    pid: int
    login: str
    age_s: float
    is_done: bool


async def refresh_counts(conn: psycopg.AsyncConnection[Any], *, now: dt.datetime, whole: bool = False) -> int | None:
    """Count the changed days again, and all days once per day; returns the number of days, None for all."""
    async with conn.transaction(), conn.cursor(row_factory=dict_row) as cur:
        await cur.execute(query("counts", "lock"))
        state = await (await cur.execute(query("counts", "state"))).fetchone()
        if whole or state is None or now - state["whole_at"] >= WHOLE_EVERY:
            await cur.execute(query("counts", "clear_all"))
            await cur.execute(query("counts", "count_all"))
            await cur.execute(query("counts", "keep_state"), {"now": now, "whole": True})
            return None
        await cur.execute(query("counts", "touched_days"), {"since": state["counted_to"] - OVERLAP})
        days = [row["day"] for row in await cur.fetchall()]
        await cur.execute(query("counts", "clear_days"), {"days": days})
        await cur.execute(query("counts", "count_days"), {"days": days})
        await cur.execute(query("counts", "keep_state"), {"now": now, "whole": False})
        return len(days)


async def end_overdue_queries(pool: Pool, *, limit_s: float) -> list[Overdue]:
    """End what analysts' logins have run for longer than `limit_s`; what was ended."""
    async with pool.connection() as conn, conn.cursor(row_factory=class_row(Overdue)) as cur:
        await cur.execute(query("counts", "overdue_analysts"), {"limit_s": limit_s})
        return await cur.fetchall()
