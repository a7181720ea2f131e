"""The roll-up of articles by day, kept up with what is stored; and the watch over analysts' queries."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row

from sql import query
from sql.database import Pool, autocommit_connection
from sql.statements import Area

AREA = Area("counts")
OVERLAP = dt.timedelta(minutes=10)
"""Looked at once more: a transaction that began before the last refresh may have been committed after it."""
WHOLE_EVERY = dt.timedelta(days=1)
IDLE_S = 60.0
"""Seconds for which an analyst's session may hold a transaction or locks and do nothing."""
QUEUE_SHARE = 0.1
"""Share of the server's queue of notices from which on analysts' sessions are ended: one that listens may hold it up."""


@dataclass(frozen=True, slots=True)
class Overdue:
    """An analyst's statement or session that was ended, and why."""

    pid: int
    login: str
    age_s: float
    why: str
    is_done: bool


async def refresh_counts(conn: psycopg.AsyncConnection[Any], *, now: dt.datetime, whole: bool = False) -> int | None:
    """Count the changed days again, and all days once per day; returns the number of days, None for all."""
    async with conn.transaction(), conn.cursor(row_factory=dict_row) as cur:
        await AREA.run(conn, "lock")
        state = await (await cur.execute(query("counts", "state"))).fetchone()
        if whole or state is None or now - state["whole_at"] >= WHOLE_EVERY:
            await AREA.run(conn, "clear_all")
            await AREA.run(conn, "count_all")
            await AREA.run(conn, "keep_state", {"now": now, "whole": True})
            return None
        days = {"days": await AREA.values(conn, "touched_days", {"since": state["counted_to"] - OVERLAP})}
        await AREA.run(conn, "clear_days", days)
        await AREA.run(conn, "count_days", days)
        await AREA.run(conn, "keep_state", {"now": now, "whole": False})
        return len(days["days"])


async def end_overdue_queries(
    pool: Pool, *, limit_s: float, idle_s: float = IDLE_S, queue_share: float = QUEUE_SHARE
) -> list[Overdue]:
    """End what analysts' logins do at the cost of others; returns what was ended.

    That is a statement that runs for longer than `limit_s`, a transaction or lock that is left open for `idle_s`, and a session
    that keeps another login waiting or fills the queue of notices.
    """
    where = {"limit_s": limit_s, "idle_s": min(idle_s, limit_s), "queue_share": queue_share}
    async with autocommit_connection(pool) as conn:
        return await AREA.rows(conn, Overdue, "overdue_analysts", where)
