"""Reads and writes alarms: the facts about sources, what is usual for them, and active alarms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from sql.frontier.sources import WALLS
from sql.statements import PoolQueries

TEXTLESS = ["no_text", "empty_body", "unreadable"]
"""Reasons of pages that ought to have been articles and gave no text."""
OPENED_PAGES = 48
NEWEST_PAGES, LEAST_UNDRAWN = 20, 10
"""A browser is proposed where so many of so many pages need one."""


@dataclass(frozen=True, slots=True)
class ToLearn:
    """A source whose habits are to be learned; texts from `worse_since` on are left aside."""

    id: int
    name: str
    worse_since: dt.datetime | None
    pages_a_week: float


@dataclass(frozen=True, slots=True)
class PastHour:
    """An hour of a source since 1970: articles, and the share of it in which we were looking."""

    number: int
    articles: int
    looked: float


@dataclass(frozen=True, slots=True)
class PageTextResult:
    """The result of a page of a source: without words it had no text."""

    source_id: int
    at: dt.datetime
    words: int
    has_date: bool


@dataclass(frozen=True, slots=True)
class OpenedPage:
    """A page of a source with a login: whole, or a wall or excerpt."""

    source_id: int
    cookies_file: str | None
    at: dt.datetime
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Undrawn:
    """How many of a source's newest pages need scripts, and since when."""

    source_id: int
    pages: int
    undrawn: int
    since: dt.datetime


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What a source is judged by. `news` are the URLs that it named in the last hour; `past_visits` are all and the failed ones
    of the four weeks before it failed; `standing` has the start (Unix seconds) of each active alarm."""

    id: int
    name: str
    created_at: dt.datetime
    pages: int
    failing: int
    last_ok_at: dt.datetime | None
    last_article_at: dt.datetime | None
    news: int
    failed_visits: int
    past_visits: list[int]
    long_failing: list[str] | None
    failing_since: dt.datetime | None
    last_outcome: str | None
    hourly: list[float]
    learned: dict[str, Any]
    standing: dict[str, float]


@dataclass(frozen=True, slots=True)
class LookedLess:
    """An hour in which we were looking at a source for a part of it only."""

    source_id: int
    number: int
    looked: float


@dataclass(frozen=True, slots=True)
class NotStored:
    """New URLs that a source named, and why they gave no articles."""

    source_id: int
    urls: int
    reason: str


@dataclass(frozen=True, slots=True)
class Change:
    """An alarm that started or ended."""

    source: str
    kind: str
    change: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm as news.alarms tells it."""

    source: str
    kind: str
    severity: str
    since: dt.datetime
    noticed_at: dt.datetime
    until: dt.datetime | None
    evidence: dict[str, Any]
    sentence: str


class Alarms(PoolQueries, area="alarms"):
    """Reads and writes. Every method is one transaction."""

    async def to_learn(self, now: dt.datetime, *, limit: int) -> list[ToLearn]:
        """The sources whose turn it is."""
        return await self._rows(ToLearn, "to_learn", {"now": now, "limit": limit, "textless": TEXTLESS})

    async def past_hours(self, source: str, now: dt.datetime, *, hours: int) -> list[PastHour]:
        """The last whole hours of a source, oldest first."""
        return await self._rows(PastHour, "past_hours", {"source": source, "now": now, "hours": hours})

    async def texts(
        self, source_ids: Sequence[int], *, limit: int, skip: int = 0, before: dt.datetime | None = None
    ) -> list[PageTextResult]:
        """The newest pages of each source, newest first."""
        params = {"source_ids": list(source_ids), "limit": limit, "skip": skip, "before": before, "textless": TEXTLESS}
        return await self._rows(PageTextResult, "texts", params)

    async def opened_pages(self) -> list[OpenedPage]:
        """The newest pages of each source that has a login, newest first."""
        return await self._rows(OpenedPage, "opened_pages", {"walls": WALLS, "limit": OPENED_PAGES})

    async def undrawn(self, source_ids: Sequence[int]) -> list[Undrawn]:
        """Of these sources, those whose newest pages need a browser that they do not have."""
        params = {"source_ids": list(source_ids), "limit": NEWEST_PAGES, "least": LEAST_UNDRAWN}
        return await self._rows(Undrawn, "undrawn", params)

    async def keep_usual(
        self, source_id: int, hourly: Sequence[float], learned: Mapping[str, Any], now: dt.datetime
    ) -> None:
        """Write what was learned."""
        params = {"source_id": source_id, "hourly": list(hourly), "learned": Jsonb(dict(learned)), "now": now}
        await self._run("keep_usual", params)

    async def facts(self, now: dt.datetime) -> list[SourceFacts]:
        """All sources that are to be watched."""
        return await self._rows(SourceFacts, "facts", {"now": now})

    async def looked_less(self, since: Mapping[int, dt.datetime], now: dt.datetime) -> list[LookedLess]:
        """Hours of these sources in which we were not looking all the time."""
        return await self._rows(LookedLess, "looked_less", _since(since) | {"now": now})

    async def not_stored_since(self, since: Mapping[int, dt.datetime], now: dt.datetime) -> list[NotStored]:
        """What these sources named since then."""
        return await self._rows(NotStored, "not_stored_since", _since(since) | {"now": now})

    async def settle(self, alarms: Sequence[Mapping[str, Any]], now: dt.datetime) -> list[Change]:
        """Make these the active alarms; returns those that started or ended."""
        return await self._rows(Change, "settle", {"alarms": Jsonb(list(alarms)), "now": now})

    async def standing(self, *, limit: int = 1000) -> list[Alarm]:
        """The active alarms, the worst first."""
        return await self._rows(Alarm, "standing", {"limit": limit})


def _since(since: Mapping[int, dt.datetime]) -> dict[str, Any]:
    return {"source_ids": list(since), "since": list(since.values())}
