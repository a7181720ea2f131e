"""The whole line put together in one process: pools, parsing processes, archive, fetcher, visitor."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from crawler.archive import Archive
from crawler.discover import READER
from crawler.exchange import Raw
from crawler.fetcher import Fetcher
from crawler.robots import RobotsRecord
from crawler.settings import FetchSettings
from crawler.warc_records import Exchange
from dateline import log
from dateline.article import ArchiveRef, Page
from dateline.cage import Cage
from dateline.config import Settings
from pipelines import ORDER
from pipelines.learning import HouseLines
from pipelines.reader import EXTRACTOR
from pipelines.steps import Parts
from pipelines.store import Store
from scheduler.parsing import make_cage
from scheduler.rechecks import parse_ages
from scheduler.scouting import Scouting
from scheduler.visit import Visitor
from sql.crawls import Crawls
from sql.database import UNFINISHED_S, Pool, open_pool
from sql.feeds import LostSources
from sql.frontier import Frontier
from sql.pace import DatabasePace, DatabaseRobots, StoredRobots
from sql.quarantine import release_for_new_readers
from sql.rechecks import Rechecks

logger = log.get(__name__)

CLOSE_S = 1.5
"""Seconds that requests in flight get when the line ends; those of visits have had theirs (`worker.FINISH_S`)."""


@dataclass(frozen=True, slots=True)
class Line:
    """A running line."""

    visitor: Visitor
    pool: Pool


def utc_now() -> dt.datetime:
    """The clock of production code; tests pass their own."""
    return dt.datetime.now(dt.UTC)


def fetch_settings(settings: Settings) -> FetchSettings:
    """What the fetcher needs of the settings."""
    return FetchSettings(
        user_agent=settings.effective_user_agent,
        allow_networks=settings.allow_networks,
        resolve=settings.resolve,
        allowed_ports=settings.allowed_ports,
        max_bytes=settings.max_bytes,
        timeout_s=settings.timeout_s,
    )


class Keeper:
    """The archive as the item pipelines use it."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def keep(self, page: Page, raw: Raw) -> ArchiveRef:
        """Where the page stands in the archive; on the disk when this returns, so that a row may name it."""
        protocol, _, rest = raw.status_line.decode("latin-1").partition(" ")
        exchange = Exchange(
            url=page.url,
            final_url=page.final_url,
            status=page.status,
            reason=rest.partition(" ")[2],
            headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in raw.headers],
            body=raw.body,
            fetched_at=page.fetched_at,
            request_headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in raw.request_headers],
            redirects=page.redirects,
            ip_address=raw.address or None,
            protocol=protocol or "HTTP/1.1",
        )
        ref = self._archive.write(exchange)
        self._archive.sync()
        return ref


class SharedRobots:
    """robots.txt records as the fetcher knows them, from and into the database."""

    def __init__(self, stored: DatabaseRobots) -> None:
        self._stored = stored

    async def load(self, origin: str) -> RobotsRecord | None:
        """The record of this origin, unless its life is over."""
        row = await self._stored.load(origin)
        if row is None:
            return None
        return RobotsRecord(row.origin, row.status, row.body, row.fetched_at, row.expires_at)

    async def save(self, record: RobotsRecord) -> None:
        """Keep a record for all workers."""
        await self._stored.save(
            StoredRobots(record.origin, record.status, record.body, record.fetched_at, record.expires_at)
        )


async def _release_for_us(pool: Pool) -> None:
    """Let go of what was held because it broke an earlier version of what reads it."""
    async with pool.connection() as conn:
        count = await release_for_new_readers(conn, page_reader=EXTRACTOR, feed_reader=READER, now=utc_now())
    if count:
        logger.info("released from quarantine: there is a newer reader", urls=count)


@asynccontextmanager
async def open_line(settings: Settings, url: str, *, name: str, begun: Cage | None = None) -> AsyncIterator[Line]:
    """The line, running on this process's event loop (Twisted's asyncio reactor) until the block ends.

    `begun` is a cage that was begun before, so that it is ready sooner; it ends with the block, too.
    """
    async with open_pool(url, min_size=2, max_size=12, application_name=name, unfinished_s=UNFINISHED_S) as pool:
        archive = Archive(settings.archive_dir) if settings.archive else None
        async with begun or make_cage(settings) as cage:
            learns = settings.learn_boilerplate
            ages = parse_ages(settings.recheck_ages)
            store = Store(
                pool, cage=cage, obey_reservations=settings.obey_reservations, learns=learns, recheck_ages=ages
            )
            parts = Parts(
                cage=cage,
                store=store,
                archive=Keeper(archive) if archive else None,
                deadline_s=settings.parse_deadline_s,
                obeyed=settings.obey_reservations,
                clock=utc_now,
                house_lines=HouseLines(pool) if learns else None,
            )
            pace = DatabasePace(pool)
            fetcher = Fetcher(
                fetch_settings(settings),
                pace=pace,
                robots=SharedRobots(DatabaseRobots(pool)),
                item_pipelines=ORDER,
                extras={"parts": parts},
                cage=cage,
            )
            await _release_for_us(pool)
            await cage.warm()
            await fetcher.start()
            try:
                yield Line(
                    Visitor(
                        fetcher=fetcher,
                        cage=cage,
                        frontier=Frontier(pool),
                        crawls=Crawls(pool),
                        rechecks=Rechecks(pool),
                        scouting=Scouting(fetcher, cage, LostSources(pool), settings, utc_now),
                        pace=pace,
                        settings=settings,
                        clock=utc_now,
                    ),
                    pool,
                )
            finally:
                await fetcher.close(CLOSE_S)
                await pace.settle()
                if archive:
                    archive.close()
