"""The schedule: the next visits and their reasons, when pages publish, and which hosts are backing off."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dateline.console.pages.operations.names import chosen_source
from dateline.console.rendering.charts import Chart, chart_of
from dateline.console.request import Ask
from scheduler.cadence.schedule_reason import OVERDUE_S, Habits, habits, why
from sql.service.schedule import PlannedPage

PAGE = 40
CHARTS = 8
"""Charts of publishing rates, at most, when one source is chosen."""


@dataclass(frozen=True, slots=True)
class Due:
    """A watched page that will be visited."""

    next_due_at: dt.datetime | None
    source: str
    url: str
    kind: str
    schedule: str
    interval_s: int | None
    last_visit_at: dt.datetime | None
    last_outcome: str | None
    failures: float
    feed_id: int
    items_a_day: float | None
    why: str


@dataclass(frozen=True, slots=True)
class HostInBackoff:
    """A host that asked for fewer requests and is left alone until an instant."""

    host: str
    backoff_until: dt.datetime
    next_allowed_at: dt.datetime
    pages_today: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """The data of the page."""

    title: str
    due: list[Due]
    resting: list[HostInBackoff]
    next: str | None
    overdue: int
    source: str
    charts: list[Chart]


async def read(ask: Ask) -> Schedule:
    """The next visits, of one source or all, after those that `after` and `id` name."""
    after, source = ask.instant("after") or dt.datetime(2000, 1, 1, tzinfo=dt.UTC), await chosen_source(ask)
    place = {
        "after_at": after,
        "after_id": ask.number("id", 0),
        "limit": PAGE,
        "now": ask.now,
        "source": source or None,
    }
    found = await ask.reader.rows(PlannedPage, "console", "due", place)
    known = [(page, habits(page.rhythm, ask.now)) for page in found]
    last = found[-1] if len(found) == PAGE else None
    return Schedule(
        title="Schedule",
        due=[due_of(page, habit, ask.now) for page, habit in known],
        resting=await ask.reader.rows(HostInBackoff, "console", "resting_hosts", {"now": ask.now}),
        next=ask.onward("/schedule", after=last.next_due_at.isoformat(), id=last.feed_id) if last and last.next_due_at else None,
        overdue=sum(one.next_due_at is not None and one.next_due_at < ask.now - dt.timedelta(seconds=OVERDUE_S) for one in found),
        source=source,
        charts=[publishing_rate_chart(page, habit, ask.now) for page, habit in known if habit][:CHARTS] if source else [],
    )  # fmt: skip


def due_of(page: PlannedPage, known: Habits | None, now: dt.datetime) -> Due:
    """A row of the table."""
    return Due(
        page.next_due_at, page.source, page.url, page.kind, page.schedule, page.interval_s, page.last_visit_at,
        page.last_outcome, page.failures, page.feed_id, round(known.items_a_day, 2) if known else None, why(page, known, now),
    )  # fmt: skip


def publishing_rate_chart(page: PlannedPage, known: Habits, now: dt.datetime) -> Chart:
    """How fast a page publishes in each hour of this week (from Monday 00:00 UTC on), in items per day: most have few an hour."""
    monday = dt.datetime.combine(now.astimezone(dt.UTC).date(), dt.time(), dt.UTC) - dt.timedelta(days=now.weekday())
    hours = [monday + dt.timedelta(hours=number) for number in range(len(known.week))]
    values = [round(24 * value, 2) for value in known.week]
    return chart_of(
        f"rate-{page.feed_id}", f"Items per day, by hour of this week: {page.url}", hours, ("items", values)
    )
