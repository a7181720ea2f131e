"""The schedule: what is visited next, and which hosts rest."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dateline.console.ask import Ask

PAGE = 100


@dataclass(frozen=True, slots=True)
class Due:
    """A watched page that will be visited."""

    next_due_at: dt.datetime
    source: str
    url: str
    kind: str
    schedule: str
    interval_s: int | None
    last_visit_at: dt.datetime | None
    last_outcome: str | None
    failures: float
    feed_id: int


@dataclass(frozen=True, slots=True)
class RestingHost:
    """A host that is not asked before an instant, because it said so."""

    host: str
    backoff_until: dt.datetime
    next_allowed_at: dt.datetime
    pages_today: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """The page."""

    title: str
    due: list[Due]
    resting: list[RestingHost]
    next: str | None
    overdue: int


async def read(ask: Ask) -> Schedule:
    """The next visits, after those that `after` and `id` name."""
    after = ask.instant("after") or dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
    place = {"after_at": after, "after_id": ask.number("id", 0), "limit": PAGE}
    due = await ask.reader.rows(Due, "console", "due", place)
    last = due[-1] if len(due) == PAGE else None
    return Schedule(
        title="Schedule",
        due=due,
        resting=await ask.reader.rows(RestingHost, "console", "resting_hosts", {"now": ask.now}),
        next=ask.link("/schedule", after=last.next_due_at.isoformat(), id=last.feed_id) if last else None,
        overdue=sum(one.next_due_at < ask.now - dt.timedelta(minutes=1) for one in due),
    )
