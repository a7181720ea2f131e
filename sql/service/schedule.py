"""When watched pages are visited next: the rows behind `dateline schedule` and the console's schedule page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.rows import class_row, scalar_row

from sql import query
from sql.database import connect


@dataclass(frozen=True, slots=True)
class PlannedPage:
    """A watched page and the reasons for its next visit; `rhythm` has the numbers of a `PublishingRate`."""

    feed_id: int
    source: str
    url: str
    kind: str
    is_child: bool
    schedule: str
    timezone: str
    is_paused: bool
    next_due_at: dt.datetime | None
    interval_s: int | None
    failures: float
    last_outcome: str | None
    last_visit_at: dt.datetime | None
    last_new_at: dt.datetime | None
    rhythm: list[float] | None
    host_rests_until: dt.datetime | None
    within_s: float | None = None
    busy: float | None = None
    websub: str | None = None
    """The state of its subscription at a hub, where it has one."""


def planned_pages(
    url: str, now: dt.datetime, *, sources: Sequence[str] | None = None, limit: int | None = None
) -> list[PlannedPage]:
    """The watched pages, soonest first, those of paused sources last."""
    wanted = {"now": now, "sources": list(sources) if sources else None, "limit": limit}
    with connect(url) as conn, conn.cursor(row_factory=class_row(PlannedPage)) as cur:
        return cur.execute(query("schedule", "planned"), wanted).fetchall()


def count_pages(url: str, *, sources: Sequence[str] | None = None) -> int:
    """How many watched pages there are."""
    with connect(url) as conn, conn.cursor(row_factory=scalar_row) as cur:
        found = cur.execute(query("schedule", "count"), {"sources": list(sources) if sources else None}).fetchone()
        return int(found or 0)
