"""The due URLs of a host: each is fetched and runs through the item pipelines; what became of it is committed."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

from crawler.exchange import FetchRequest, NoFetch, NotFetched
from dateline import log
from dateline.reading import reading
from dateline.types.article import Page
from dateline.types.source import FeedKind
from dateline.urls import site_of
from pipelines.dedupe import Reject
from pipelines.items import read_item
from pipelines.store import Stored
from scheduler.visits.context import VisitContext
from scheduler.visits.database_room import is_database_fault
from scheduler.visits.results import (
    FORGIVEN_REASONS,
    LONG_BACKOFF_S,
    Politeness,
    miss_line,
    page_request,
    politeness,
    unexpected,
)
from sql.frontier.rows import DueUrl

URLS_AT_ONCE = 50
"""Due URLs that are read from the frontier in one query."""
FORGIVEN_WAIT = dt.timedelta(seconds=5)

logger = log.get(__name__)


def is_own_item(due: DueUrl) -> bool:
    """Whether the URL is an item that its site's own feed gives in full. For another site the feed only names a page."""
    return due.candidate.is_item and site_of(due.url) in due.named_by


class PageFetcher:
    """Fetches pages and commits what became of them."""

    def __init__(self, context: VisitContext) -> None:
        self._context = context

    async def fetch_due(self, host: str, crawl_id: int | None, deadline: float) -> int:
        """Fetch a host's due URLs, as many at once as its politeness allows; returns how many were tried."""
        context, loop = self._context, asyncio.get_running_loop()
        running: dict[asyncio.Task[dt.datetime | None], int] = {}
        tried, width, waiting = 0, 1, list[DueUrl]()
        try:
            while True:
                may_go_on = loop.time() < deadline and not context.stopping.is_set() and not context.page_limit.is_spent
                if may_go_on and not waiting:
                    waiting = await self._due(host, crawl_id, busy=set(running.values()))
                while may_go_on and waiting and len(running) < width and context.page_limit.take():
                    one = waiting.pop()
                    polite = politeness(one.politeness, one.options, context.settings)
                    width = polite.concurrency
                    running[asyncio.create_task(reading(one.url, self.fetch_url(one, polite)))] = one.id
                    tried += 1
                if not running:
                    return tried
                done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    del running[task]
                    until = task.result()
                    if until and (until - context.clock()).total_seconds() > LONG_BACKOFF_S:
                        await context.frontier.postpone(host, [one.id for one in waiting], until)
                        deadline = 0.0
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _due(self, host: str, crawl_id: int | None, *, busy: set[int]) -> list[DueUrl]:
        """Due URLs that are not being fetched, the first one last."""
        limit = URLS_AT_ONCE + len(busy)
        due = await self._context.frontier.due_urls(host, crawl_id, self._context.clock(), limit=limit)
        return [one for one in reversed(due) if one.id not in busy]

    async def fetch_url(self, due: DueUrl, polite: Politeness) -> dt.datetime | None:
        """Fetch a URL; its result is committed when this returns. Returns until when the host is to be left alone."""
        with log.bind(source=due.source, url=due.url):
            is_item = is_own_item(due) and self._context.items is not None
            outcome = await (self._store_item(due) if is_item else self.fetch_page(page_request(due, polite)))
            if isinstance(outcome, NotFetched):
                await self._record_miss(due, outcome)
                logger.info("not fetched", reason=outcome.reason, status=outcome.status)
                return outcome.retry_after
            if isinstance(outcome, Stored):
                self._context.room.restored()
                self._context.listener(due, outcome.result)
                logger.info("fetched", result=outcome.result.result, reason=outcome.result.reason)
                await self._follow_target(due, outcome)
        return None

    async def _store_item(self, due: DueUrl) -> Stored | NotFetched:
        """Store a feed's item as the feed gave it; nothing is fetched."""
        context, now = self._context, self._context.clock()
        if context.items is None:
            raise TypeError("items are stored only with a store")
        try:
            page = Page(due.url, due.url, 200, (), b"", now)
            return await context.items.store(due, page, read_item(due.candidate), now=now)
        except Exception as error:
            if is_database_fault(error):
                raise
            logger.exception("an item failed with an unexpected error")
            return unexpected(due.url, error, now=now)

    async def fetch_page(self, request: FetchRequest) -> Any:
        """What became of a page: the result of the last item pipeline, or why it was not fetched."""
        try:
            outcome = await self._context.fetcher.fetch_item(request)
            return outcome.outcome(request.url) if isinstance(outcome, NoFetch) else outcome
        except NoFetch as end:
            return end.outcome(request.url)
        except Exception as error:
            if is_database_fault(error):
                raise
            logger.exception("a page failed with an unexpected error")
            return unexpected(request.url, error, now=self._context.clock())

    async def _record_miss(self, due: DueUrl, miss: NotFetched) -> None:
        context, now = self._context, self._context.clock()
        if miss.reason in FORGIVEN_REASONS:
            await context.frontier.postpone(due.host, [due.id], miss.retry_after or now + FORGIVEN_WAIT)
            return
        line = miss_line(due, miss, now=now, max_attempts=context.settings.max_attempts, chance=context.chance)
        await context.frontier.finish(line)
        context.listener(due, line)

    async def _follow_target(self, due: DueUrl, stored: Stored) -> None:
        """Fetch the first page of an article of which this is another; visit a crawl's target that is a feed or section."""
        reason = stored.result.reason
        if isinstance(stored.decision, Reject) and stored.decision.leads_to:
            await self._context.frontier.add_first_page(due, stored.decision.leads_to, now=self._context.clock())
        if due.crawl_id is None or due.via != "target" or stored.result.result != "rejected":
            return
        kinds: dict[str | None, FeedKind] = {"feed": "auto", "section": "section"}
        if reason in kinds:
            url = stored.result.final_url or due.url
            await self._context.crawls.watch(due.crawl_id, due.source_id, url, kinds[reason], now=self._context.clock())
