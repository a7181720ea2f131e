"""One-off crawls in PostgreSQL: what was asked for, and the results."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Self

from psycopg.types.json import Jsonb

from dateline.text import bytes_hash, storable_line
from dateline.types.source import FeedKind
from dateline.urls import host_of, site_of, url_key
from sql import query
from sql.frontier.rows import UrlResult
from sql.statements import PoolQueries

CRAWL_SILENT_S = 120.0
"""A one-off crawl whose process has not beaten for this long counts as ended: the service takes over its URLs."""


@dataclass(frozen=True, slots=True)
class CrawlOptions:
    """The options of a crawl. `depth`: steps from a target (a feed's articles are one); `concurrency` at one host."""

    since: dt.datetime | None = None
    limit: int | None = None
    depth: int = 1
    delay_s: float | None = None
    concurrency: int | None = None
    as_article: bool = False
    """Store its pages as articles, whatever their score says."""

    def to_json(self) -> dict[str, Any]:
        """The options as they are stored."""
        since = self.since.isoformat() if self.since else None
        found = {"since": since, "limit": self.limit, "depth": self.depth, "delay_s": self.delay_s}
        found |= {"concurrency": self.concurrency, "as_article": self.as_article or None}
        return {k: v for k, v in found.items() if v is not None}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """The options that `to_json` wrote; without any, the service's (every feed's own links, no limit)."""
        since = stored.get("since")
        return cls(
            since=dt.datetime.fromisoformat(since) if since else None,
            limit=stored.get("limit"),
            depth=stored.get("depth", 1),
            delay_s=stored.get("delay_s"),
            concurrency=stored.get("concurrency"),
            as_article=stored.get("as_article", False),
        )


@dataclass(frozen=True, slots=True)
class CrawlVisit:
    """The last visit of a page of a crawl; `is_empty`: a target that was read and named nothing."""

    url: str
    outcome: str
    is_ok: bool
    is_empty: bool


@dataclass(frozen=True, slots=True)
class CrawlResult:
    """What became of one URL of a crawl; `id` is the attempt's."""

    id: int
    url_id: int
    is_target: bool
    state: str
    result: str
    reason: str | None
    fetched_at: dt.datetime
    article_id: int | None
    status: int | None
    final_url: str | None
    size: int

    @property
    def line(self) -> UrlResult:
        """The same as the process that fetched it saw it."""
        return UrlResult(
            self.url_id,
            self.state,
            self.result,
            self.reason,
            self.fetched_at,
            article_id=self.article_id,
            status=self.status,
            final_url=self.final_url,
            size=self.size,
        )


@dataclass(frozen=True, slots=True)
class SourceHome:
    """A source that a crawl's target may belong to."""

    id: int
    name: str
    site: str


class Crawls(PoolQueries, area="crawls"):
    """Reads and writes one-off crawls."""

    async def begin(self, targets: Sequence[str], options: CrawlOptions) -> int:
        """A new crawl's id."""
        return int(
            await self._value(
                "begin", {"targets": [storable_line(t, 8192) for t in targets], "options": Jsonb(options.to_json())}
            )
            or 0
        )

    async def watch(
        self, crawl_id: int, source_id: int | None, url: str, kind: FeedKind, *, depth: int = 0, now: dt.datetime
    ) -> None:
        """Let a crawl visit a feed, sitemap or section page."""
        row: dict[str, Any] = {
            "crawl_id": crawl_id,
            "source_id": source_id,
            "url": url,
            "url_hash": bytes_hash(url.encode()),
        }
        row |= {"host": host_of(url), "kind": kind, "depth": depth, "now": now}
        await self._run("watch", row)

    async def watch_source(self, crawl_id: int, name: str, *, now: dt.datetime) -> int:
        """Let a crawl visit every watched page of a source; returns how many there are."""
        return await self._run("watch_source", {"crawl_id": crawl_id, "name": name, "now": now})

    async def source_of(self, site: str) -> SourceHome | None:
        """The source of a site."""
        return await self._row(SourceHome, "source_of", {"site": site})

    async def beat(self, crawl_id: int) -> None:
        """Say that the crawl's process lives."""
        await self._run("beat", {"crawl_id": crawl_id})

    async def results(self, crawl_id: int, *, after: int = 0) -> list[CrawlResult]:
        """What became of a crawl's URLs from an attempt on, whichever worker fetched them."""
        return await self._rows(CrawlResult, "results", {"crawl_id": crawl_id, "after": after})

    async def visits(self, crawl_id: int) -> tuple[int, list[str], Counter[str]]:
        """The number of pages that were read, those that named nothing, and failed visits by their last outcome."""
        rows = await self._rows(CrawlVisit, "visits", {"crawl_id": crawl_id})
        good = [row for row in rows if row.is_ok]
        return (
            len(good),
            [row.url for row in good if row.is_empty],
            Counter(row.outcome for row in rows if not row.is_ok),
        )

    async def warnings(self, crawl_id: int) -> list[tuple[str, str]]:
        """What was left out of pages that name articles: the page, and the warning."""
        async with self._pool.connection() as conn:
            cur = await conn.execute(query("crawls", "warnings"), {"crawl_id": crawl_id})
            return [(url, warning) for url, warning in await cur.fetchall()]

    async def why_left(self, crawl_id: int) -> Counter[str]:
        """The reasons why a crawl's URLs and pages wait for another try."""
        async with self._pool.connection() as conn:
            cur = await conn.execute(query("crawls", "why_left"), {"crawl_id": crawl_id})
            return Counter(dict(await cur.fetchall()))

    async def count_copies(self, article_ids: Collection[int]) -> int:
        """How many of these articles are copies of others."""
        return int(await self._value("count_copies", {"article_ids": list(article_ids)}) or 0)

    async def count_known(self, crawl_id: int, url_keys: Collection[uuid.UUID]) -> int:
        """How many of the URLs that a crawl's pages named it did not fetch, because their outcome was known."""
        return int(await self._value("count_known", {"crawl_id": crawl_id, "url_keys": list(url_keys)}) or 0)

    async def count_forgotten(self, urls: Collection[str]) -> int:
        """How many of these addresses are not fetched, because they or their source were forgotten on request."""
        known = {"url_keys": [url_key(url) for url in urls], "sites": [site_of(url) for url in urls]}
        return int(await self._value("count_forgotten", known) or 0)

    async def end(self, crawl_id: int, summary: dict[str, Any], *, now: dt.datetime, is_cut: bool) -> int:
        """Write down that a crawl is over; with `is_cut` its unfetched URLs end as over_limit. Returns how many did."""
        async with self._pool.connection() as conn, conn.transaction():
            left = 0
            if is_cut:
                left = (await conn.execute(query("crawls", "cut"), {"crawl_id": crawl_id, "now": now})).rowcount
            await conn.execute(query("crawls", "end"), {"crawl_id": crawl_id, "summary": Jsonb(summary), "now": now})
        return left
