"""Steps of a backfill against a site on loopback, with a clock that the test puts forward and no processes of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from crawler.fetch.event_loop import run
from crawler.fetch.fetcher import Fetcher
from crawler.fetch.settings import FetchSettings
from crawler.politeness.in_memory import MemoryPace, MemoryRobots
from dateline.config import Settings
from dateline.types.source import Politeness, Source, WatchedPage
from pipelines import ORDER
from pipelines.feed_words import FeedWords
from pipelines.reader import PageReader
from pipelines.steps import Parts
from pipelines.store import Store
from scheduler.commands.backfill import Wanted, begin
from scheduler.visits.backfill import Backfiller
from scheduler.visits.context import VisitContext
from scheduler.visits.host_visit import HostVisitor
from scheduler.visits.page_fetch import PageFetcher
from sql.database import Pool, connect, open_pool
from sql.frontier.backfill_rows import BackfillStatus
from sql.frontier.backfills import Backfills
from sql.frontier.crawls import Crawls
from sql.frontier.frontier import Frontier
from sql.frontier.sources import upsert_source
from tests.acceptance.support.old_site import HOME
from tests.acceptance.support.web import Answer, Web, sites
from tests.integration.support.feed_site import OpenParserPool

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
SINCE, UNTIL = dt.datetime(2022, 1, 1, tzinfo=dt.UTC), dt.datetime(2022, 12, 31, 23, 59, tzinfo=dt.UTC)


@dataclass
class Backfilling:
    """A backfill of the source "old", and what the database says."""

    web: Web
    pool: Pool
    url: str
    context: VisitContext
    now: dt.datetime = NOW
    number: int = 0
    settings: Settings = field(default_factory=Settings)

    @property
    def backfills(self) -> Backfills:
        return Backfills(self.pool)

    async def begin(self, **wanted: Any) -> None:
        """Start it, or go on with it."""
        asked = Wanted("old", **({"since": SINCE, "until": UNTIL} | wanted))
        self.number = await begin(self.settings, self.backfills, asked, now=self.now)

    async def step(self) -> int:
        """One step."""
        return await Backfiller(self.context, PageFetcher(self.context)).step(number=self.number)

    async def play(self, *, most: int = 1_000) -> BackfillStatus:
        """Steps until there is nothing to do now."""
        for _ in range(most):
            if not await self.step():
                return await self.status()
        raise AssertionError(f"no end after {most} steps: {self.web.log[-5:]}")

    async def status(self) -> BackfillStatus:
        return (await self.backfills.status(now=self.now, number=self.number))[0]

    async def note(self, way: str) -> str:
        """Why a way ended, and what was wrong with its lists."""
        found = next(one for one in (await self.status()).ways if one["way"] == way)
        return f"{found['ended'] or ''}; {found['note'] or ''}"

    @property
    def requests(self) -> int:
        """What the site was asked for, but for the reading of robots.txt before the first request."""
        return len(self.web.log) - 1

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with connect(self.url, autocommit=True) as connection:
            return connection.execute(statement.encode()).fetchall()

    @property
    def stored(self) -> set[str]:
        """The addresses of all articles."""
        return {url for (url,) in self.rows("SELECT url FROM dateline.article")}


Scene = Callable[[Backfilling], Coroutine[Any, Any, None]]


def backfilling(
    url: str,
    answers: Mapping[str, Answer],
    scene: Scene,
    *,
    watched: tuple[WatchedPage, ...] = (WatchedPage(f"{HOME}news", "section"),),
    politeness: Politeness = Politeness(delay_s=0.0),  # noqa: B008 - it is frozen
    wayback_url: str = "http://captures.test/cdx",
) -> None:
    """Play a scene against these answers, as the source "old" of the database at this URL."""
    with connect(url, autocommit=True) as connection:
        upsert_source(connection, Source("old", "Old", HOME, watched=watched, politeness=politeness))
        connection.execute("UPDATE dateline.feed_state SET next_due_at = %s", [NOW + dt.timedelta(days=900)])
    settings = Settings(delay_s=0.0, wayback_url=wayback_url)

    async def main(web: Web) -> None:
        there = FetchSettings("Dateline/0", ("127.0.0.0/8",), (f"*.test=127.0.0.1:{web.port}",), (web.port,))
        parser_pool: Any = OpenParserPool()
        async with open_pool(url, min_size=2, max_size=6) as pool:
            store = Store(pool, learns=False)
            words = FeedWords(pool, parser_pool, 10.0)
            parts = Parts(
                PageReader(parser_pool, 10.0, None), store, None, (), clock=lambda: going.now, feed_words=words
            )
            pace = MemoryPace()
            async with Fetcher(
                there, pace=pace, robots=MemoryRobots(), item_pipelines=ORDER, extras={"parts": parts}
            ) as fetcher:
                context = VisitContext(
                    fetcher=fetcher,
                    parser_pool=parser_pool,
                    frontier=Frontier(pool),
                    crawls=Crawls(pool),
                    settings=settings,
                    clock=lambda: going.now,
                    items=store,
                    store=store,
                    feed_words=words,
                    chance=Random(1),
                    backfills=Backfills(pool),
                    process="tests",
                )
                going = Backfilling(web, pool, url, context, settings=settings)
                await scene(going)

    with sites(answers) as web:
        run(lambda: main(web))


def visitor(going: Backfilling) -> HostVisitor:
    """The visitor of the service, with the same context."""
    return HostVisitor(going.context)
