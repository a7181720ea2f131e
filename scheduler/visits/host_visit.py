"""One visit of a host: its due watched pages first, then its due URLs, then re-checks, then a backfill's lists and articles.

Each is committed as it ends.
"""

from __future__ import annotations

import asyncio
import secrets

from dateline import log
from scheduler.visits.backfill import Backfiller
from scheduler.visits.context import VisitContext
from scheduler.visits.feed_visit import FeedVisitor
from scheduler.visits.page_fetch import PageFetcher
from scheduler.visits.recheck import Rechecker
from sql.database import has_no_room
from sql.frontier.rows import DueFeed

VISIT_S = 60.0
"""A job gives its slot back after this long, so that newly due feeds and other hosts do not wait."""


class HostVisitor:
    """Visits hosts: carries out the jobs of a worker."""

    def __init__(self, context: VisitContext) -> None:
        self.context = context
        self._feeds = FeedVisitor(context)
        self._pages = PageFetcher(context)

    @property
    def stopping(self) -> asyncio.Event:
        """Ends visits between two URLs."""
        return self.context.stopping

    async def visit_feed(self, feed: DueFeed) -> bool:
        """Visit one watched page and commit what it named; returns whether more may be due at its host."""
        return await self._feeds.visit_feed(feed)

    async def fetch_due(self, host: str, crawl_id: int | None, deadline: float) -> int:
        """Fetch the host's due URLs; returns how many were tried."""
        return await self._pages.fetch_due(host, crawl_id, deadline)

    async def recheck_due(self, host: str) -> int:
        """Fetch a few of the host's stored articles again; returns how many."""
        rechecks = self.context.rechecks
        return await Rechecker(self.context, self._pages, rechecks).recheck_due(host) if rechecks is not None else 0

    async def backfill_due(self, host: str) -> int:
        """Ask for a little of a host's past; returns how many lists and articles that were."""
        return await Backfiller(self.context, self._pages).step(host=host)

    async def visit_host(self, host: str, crawl_id: int | None = None, source_id: int | None = None) -> None:
        """Do what is due at a host until nothing is, time is up, or the host asks to be left alone.

        `source_id` is the source in whose share of the slots the visit is (`scheduler.shares`).

        While the database has no room, nothing is fetched and no page is charged with it: what is due stays due.
        """
        deadline = asyncio.get_running_loop().time() + VISIT_S
        while True:
            try:
                with log.bind(host=host, visit=secrets.token_hex(4), for_source=source_id):
                    await self._visit_host(host, crawl_id, deadline)
                return
            except Exception as error:
                if not has_no_room(error) or not await self.context.room.wait(error, self.stopping, deadline):
                    raise

    async def _visit_host(self, host: str, crawl_id: int | None, deadline: float) -> None:
        loop, context = asyncio.get_running_loop(), self.context
        while loop.time() < deadline and not self.stopping.is_set():
            feeds, has_more = await context.frontier.due_feeds(host, crawl_id, context.clock()), True
            for feed in feeds:
                if self.stopping.is_set():
                    return
                has_more = await self._feeds.visit_or_record(feed)
            if not has_more:
                return
            fetched = await self.fetch_due(host, crawl_id, deadline)
            if feeds or fetched:
                continue
            if crawl_id is not None or not (await self.recheck_due(host) or await self.backfill_due(host)):
                return
