"""Coverage: for each source and hour, whether we were looking, and if not, why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from dateline.api.records import HourLine
from dateline.console.pages.operations.names import chosen_source
from dateline.console.rendering.strips import STATES, Cell
from dateline.console.request import Ask

PAGE = 40
HOURS, DAYS = 48, 28
"""Hours of all sources; days of one."""


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """A line of the map: a source, or a day of one."""

    source: str
    day: dt.date | None
    cells: list[Cell]
    width: int
    covered: int
    watched: int
    visits: int
    articles: int
    expected: float | None


@dataclass(frozen=True, slots=True)
class CoveragePage:
    """The data of the page. The map is drawn from `hours`."""

    title: str
    source: str
    since: dt.datetime
    until: dt.datetime
    states: tuple[str, ...]
    ticks: list[str]
    rows: list[CoverageRow]
    hours: list[HourLine]
    next: str | None
    previous: str | None

    @property
    def last_day(self) -> dt.datetime:
        """An instant of the last day that is shown."""
        return self.until - dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Name:
    name: str
    missed: int


async def read(ask: Ask) -> CoveragePage:
    """The map of all sources over two days, or of one source over four weeks, up to the day that `until` names."""
    source, page = await chosen_source(ask), ask.number("page", 1, low=1, high=10_000)
    until = _end(ask.instant("until"), ask.now, whole_days=bool(source))
    since = until - (dt.timedelta(days=DAYS) if source else dt.timedelta(hours=HOURS))
    span = {"since": since, "until": until}
    names = [source]
    if not source:
        found = await ask.reader.rows(
            _Name, "console", "coverage_names", span | {"skip": (page - 1) * PAGE, "limit": PAGE + 1}
        )
        names = [one.name for one in found]
    hours = await ask.reader.rows(HourLine, "console", "coverage", span | {"names": names[:PAGE]})
    return CoveragePage(
        title="Coverage of one source" if source else "Coverage",
        source=source,
        since=since,
        until=until,
        states=STATES,
        ticks=ticks(since, 24 if source else HOURS),
        rows=days_of(hours) if source else sources_of(hours, names[:PAGE], since),
        hours=hours,
        next=ask.onward("/coverage", page=page + 1) if len(names) > PAGE else None,
        previous=ask.onward("/coverage", until=since.isoformat(), page=None) if hours else None,
    )  # fmt: skip


def ticks(since: dt.datetime, hours: int) -> list[str]:
    """The labels of every sixth hour: the hour, or at midnight the day."""
    marks = [since + dt.timedelta(hours=number) for number in range(0, hours, 6)]
    return [f"{at:%a}" if hours > 24 and at.hour < 6 else f"{at:%H}" for at in marks]


def _end(asked: dt.datetime | None, now: dt.datetime, *, whole_days: bool) -> dt.datetime:
    """The end of the hour, or of the day, that is asked for: this one, if none is."""
    at = min(asked or now, now).astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0)
    if asked and at == asked:
        return at
    return at.replace(hour=0) + dt.timedelta(days=1) if whole_days else at + dt.timedelta(hours=1)


def sources_of(hours: Sequence[HourLine], names: Sequence[str], since: dt.datetime) -> list[CoverageRow]:
    """A line for each source."""
    return [_row(name, None, [one for one in hours if one.source == name], since, HOURS) for name in names]


def days_of(hours: Sequence[HourLine]) -> list[CoverageRow]:
    """A line for each day of a source, the newest first."""
    days = sorted({one.hour.astimezone(dt.UTC).date() for one in hours}, reverse=True)
    return [
        _row(
            hours[0].source,
            day,
            [one for one in hours if one.hour.astimezone(dt.UTC).date() == day],
            dt.datetime.combine(day, dt.time(), dt.UTC),
            24,
        )
        for day in days
    ]


def _row(source: str, day: dt.date | None, hours: Sequence[HourLine], since: dt.datetime, width: int) -> CoverageRow:
    cells = [Cell(int((one.hour - since).total_seconds() // 3600), one.state) for one in hours]
    watched = [one for one in hours if one.state not in ("paused", "backfilled")]
    expected = [one.expected_articles for one in watched if one.expected_articles is not None]
    return CoverageRow(
        source=source,
        day=day,
        cells=cells,
        width=width,
        covered=sum(one.is_covered for one in watched),
        watched=len(watched),
        visits=sum(one.visits for one in hours),
        articles=sum(one.new_articles for one in hours),
        expected=round(sum(expected), 1) if expected else None,
    )
