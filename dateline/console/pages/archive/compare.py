"""Compare searches: the share of all articles that each one finds, over time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dateline.console.pages.archive.search_request import QueryTrouble, found, query_of, trouble_of
from dateline.console.rendering.charts import Chart, chart_of
from dateline.console.request import Ask
from dateline.errors import UsageError
from dateline.search.dates import DateRange
from dateline.search.query import And, DateFilter, Query
from sql.search.search import timeline

NAMES = ("a", "b", "c", "d")
DAYS = ("30", "7", "90", "365")
LONG_DAYS = 120
"""Periods longer than this are shown by week."""


@dataclass(frozen=True, slots=True)
class SearchTotal:
    """One search over the whole time: its articles, their share, and its peak day or week."""

    query: str
    articles: int
    share: float | None
    peak_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class PeriodCounts:
    """A day or week: the number of all articles, and of those that each search finds."""

    at: dt.datetime
    all: int
    counts: list[int]


@dataclass(frozen=True, slots=True)
class ComparePage:
    """The data of the page."""

    title: str
    asked: dict[str, str]
    days: int
    unit: str
    lines: list[SearchTotal]
    rows: list[PeriodCounts]
    charts: list[Chart]
    troubles: dict[str, QueryTrouble]

    @property
    def heads(self) -> list[tuple[str, str]]:
        """A column for each search."""
        return [(line.query, "n raw") for line in self.lines]


@dataclass(frozen=True, slots=True)
class _Total:
    at: dt.datetime
    count: int


async def read(ask: Ask) -> ComparePage:
    """The searches `a` to `d` over the last `days` days. Copies are not counted."""
    asked = {name: ask.text(name, limit=2000) for name in NAMES if ask.text(name, limit=2000)}
    days = int(ask.choice("days", DAYS))
    unit: Literal["day", "week"] = "week" if days > LONG_DAYS else "day"
    at = steps_of(ask.now, days, unit)
    troubles, counts = {}, {}
    for name, text in asked.items():
        try:
            buckets = await found(ask, timeline(within(text, at[0]), unit=unit, now=ask.now))
            counts[name] = {bucket.at: bucket.count for bucket in buckets}
        except UsageError as error:
            troubles[name] = trouble_of(error)
    totals: dict[dt.datetime, int] = {}
    if counts:
        span = {"unit": unit, "since": at[0], "until": ask.now + dt.timedelta(days=1)}
        totals = {one.at: one.count for one in await ask.reader.rows(_Total, "console", "totals", span)}
    rows = [PeriodCounts(one, totals.get(one, 0), [counts[name].get(one, 0) for name in counts]) for one in at]
    lines = [line_of(asked[name], place, rows) for place, name in enumerate(counts)]
    charts = [
        chart_of("share", f"Share of all articles by {unit}", at, *shares(lines, rows), kind="lines", unit="share")
    ]
    return ComparePage("Compare", asked, days, unit, lines, rows if lines else [], charts if lines else [], troubles)


def columns(page: ComparePage) -> list[str]:
    """The names of the columns of the page's CSV: a search each."""
    return ["at", "all", *(line.query for line in page.lines)]


def table(page: ComparePage) -> list[list[object]]:
    """The rows of the page's CSV."""
    return [[row.at, row.all, *row.counts] for row in page.rows]


def within(text: str, since: dt.datetime) -> Query:
    """The search, limited to articles since then, without copies."""
    asked = query_of(text, with_copies=False)
    span = DateFilter("date", DateRange(since=since), 0)
    return Query(asked.text, And((asked.root, span)))


def steps_of(now: dt.datetime, days: int, unit: str) -> list[dt.datetime]:
    """The days, or the weeks (starting on Monday), up to now."""
    today = now.astimezone(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if unit == "day":
        return [today - dt.timedelta(days=back) for back in range(days - 1, -1, -1)]
    monday = today - dt.timedelta(days=today.weekday())
    return [monday - dt.timedelta(weeks=back) for back in range(days // 7, -1, -1)]


def line_of(query: str, place: int, rows: Sequence[PeriodCounts]) -> SearchTotal:
    """The totals of one search over all rows."""
    articles, everything = sum(row.counts[place] for row in rows), sum(row.all for row in rows)
    peak = max(rows, key=lambda row: row.counts[place])
    return SearchTotal(query, articles, articles / everything if everything else None, peak.at)


def shares(lines: Sequence[SearchTotal], rows: Sequence[PeriodCounts]) -> list[tuple[str, list[float | None]]]:
    """A series per search: its share, with a gap where there are no articles at all."""
    return [
        (line.query, [row.counts[place] / row.all if row.all else None for row in rows])
        for place, line in enumerate(lines)
    ]
