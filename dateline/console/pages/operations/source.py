"""One source: its visits, its volume compared with the usual one, the quality of its dates."""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from dateline.console.pages.operations.names import source_names, unknown_source
from dateline.console.pages.operations.source_form import NUMBERS, WRITE_ONLY, coming_visits
from dateline.console.pages.operations.visits import Visit
from dateline.console.rendering.charts import Chart, chart_of
from dateline.console.rendering.source_state import ALARMS, SourceFacts, health_of
from dateline.console.request import Ask, MissingPageError
from scheduler.cadence.calendar import kept_schedule
from sql.frontier.backfill_rows import BackfillStatus
from sql.frontier.sources import WatchedState


@dataclass(frozen=True, slots=True)
class Definition:
    """The source as the operator defined it."""

    id: int
    name: str
    title: str
    site: str
    home: str
    country: str | None
    languages: list[str]
    tags: list[str]
    schedule: str
    timezone: str
    is_paused: bool
    created_at: dt.datetime
    politeness: dict[str, Any]
    extraction: dict[str, Any]

    @property
    def limits(self) -> dict[str, Any]:
        """How politely and by which way it is fetched, by the labels of the form."""
        return {NUMBERS.get(name, name.replace("_", " ")): value for name, value in self.politeness.items()}


@dataclass(frozen=True, slots=True)
class Day:
    """Articles of a day, and the usual number on that weekday."""

    day: dt.date
    articles: int
    usual: float | None


@dataclass(frozen=True, slots=True)
class DateQuality:
    """Articles of the last four weeks by where their dates came from."""

    origin: str
    precision: str
    articles: int
    quality: float | None
    words: int | None


@dataclass(frozen=True, slots=True)
class RecentArticle:
    """A stored article."""

    id: int
    title: str | None
    url: str
    published_at: dt.datetime | None
    first_seen_at: dt.datetime
    kind: str
    revision: int


@dataclass(frozen=True, slots=True)
class UrlClass:
    """URLs that the source named, by state and reason."""

    state: str
    reason: str
    urls: int


@dataclass(frozen=True, slots=True)
class SourcePage:
    """The data of the page."""

    title: str
    source: Definition
    health: str
    why: str
    watched: list[WatchedState]
    days: list[Day]
    charts: list[Chart]
    dates: list[DateQuality]
    urls: list[UrlClass]
    visits: list[Visit]
    articles: list[RecentArticle]
    visits_to_come: list[dt.datetime]
    backfill: BackfillStatus | None
    """Its last backfill, if it had one."""


@dataclass(frozen=True, slots=True)
class _DayCount:
    day: dt.date
    articles: int


async def read(ask: Ask) -> SourcePage:
    """The source that `name` names."""
    name = ask.text("name", limit=300)
    source = await ask.reader.row(Definition, "console", "source", {"name": name})
    if source is None:
        raise MissingPageError(unknown_source(name, await source_names(ask)))
    hidden = dict.fromkeys(source.politeness.keys() & set(WRITE_ONLY), "set")
    source = replace(source, politeness=source.politeness | hidden)
    kept = kept_schedule(source.schedule, source.timezone)
    at = {"source_id": source.id, "now": ask.now}
    facts = await ask.reader.row(SourceFacts, "console", "source_facts", at | {"name": name, "kinds": [*ALARMS]})
    health, why = health_of(facts) if facts else ("new", "")
    counted = await ask.reader.rows(_DayCount, "console", "source_days", at)
    days = with_usual(known_days(counted, source.created_at.date()))
    whole = [one for one in days if one.day < ask.now.astimezone(dt.UTC).date()]
    midnights = [dt.datetime.combine(one.day, dt.time(), dt.UTC) for one in whole]
    columns = (("articles", [one.articles for one in whole]), ("usual", [one.usual for one in whole]))
    last_backfill = {"name": name, "id": None, "today": ask.now.astimezone(dt.UTC).date(), "limit": 1}
    wanted = {"source": name, "before": 2**62, "outcome": None, "only_failed": False, "limit": 15}
    return SourcePage(
        title=source.title,
        source=source,
        health=health,
        why=why,
        watched=await ask.reader.rows(WatchedState, "sources", "watched_pages", {"name": name}),
        days=days,
        charts=[
            chart_of(
                "volume",
                "Articles per whole day, and the usual number on that weekday",
                midnights,
                *columns,
                kind="lines",
            )
        ],
        dates=await ask.reader.rows(DateQuality, "console", "source_dates", at),
        urls=await ask.reader.rows(UrlClass, "console", "source_urls", at),
        visits=await ask.reader.rows(Visit, "console", "visits_of_source", wanted),
        articles=await ask.reader.rows(RecentArticle, "console", "source_articles", at),
        visits_to_come=[] if source.is_paused else coming_visits(kept.text, source.timezone, ask.now),
        backfill=await ask.reader.row(BackfillStatus, "backfills", "status", last_backfill),
    )


def known_days(days: Sequence[_DayCount], since: dt.date) -> list[_DayCount]:
    """The days since the source was added, or since its first article if that is earlier (imports)."""
    first = min([since, *(one.day for one in days if one.articles)])
    return [one for one in days if one.day >= first]


def with_usual(days: Sequence[_DayCount]) -> list[Day]:
    """Each day with the median of the same weekday in the four weeks before, as far as known."""
    counts = {one.day: one.articles for one in days}
    weeks = [dt.timedelta(weeks=number) for number in (1, 2, 3, 4)]
    return [
        Day(one.day, one.articles, _median([counts[one.day - week] for week in weeks if one.day - week in counts]))
        for one in days
    ]


def _median(values: Sequence[int]) -> float | None:
    return float(statistics.median(values)) if len(values) >= 2 else None
