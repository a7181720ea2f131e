"""The due URLs of a host: each is fetched and runs through the item pipelines; what became of it is committed."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import replace
from functools import partial
from typing import Any

import psycopg

from crawler.exchange import OWN_ACCESS, FetchRequest, NoFetch, NotFetched, Slot
from dateline import log
from dateline.reading import reading
from dateline.types.article import Page
from dateline.types.source import FeedKind
from dateline.urls import site_of
from pipelines.dedupe import Reject
from pipelines.feed_text import NO_PAGE
from pipelines.store import GIVEN_UP, Stored
from scheduler.visits.context import VisitContext
from scheduler.visits.database_room import is_database_fault
from scheduler.visits.results import (
    ACCESS_WAIT,
    FORGIVEN_REASONS,
    LONG_BACKOFF_S,
    HostPoliteness,
    miss_line,
    page_request,
    politeness_of,
    unexpected,
)
from scheduler.visits.underway import Underway
from sql.frontier.rows import DueUrl, UrlResult

URLS_AT_ONCE = 50
"""Due URLs that are read from the frontier in one query."""
REPLACED_AGAIN = dt.timedelta(minutes=5)
FORGIVEN_WAIT = dt.timedelta(seconds=5)

logger = log.get(__name__)


def no_page_because(due: DueUrl, polite: HostPoliteness) -> str | None:
    """Why the page is not to be fetched; None where it is. What an operator asks for by its address always is."""
    if is_own_item(due):
        return NO_PAGE
    return None if polite.fetch_pages or due.via == "target" else "pages_off"


def is_own_item(due: DueUrl) -> bool:
    """Whether the URL is an item that its site's own feed gives in full. For another site the feed only names a page."""
    return due.candidate.is_item and site_of(due.url) in due.named_by


class PageFetcher:
    """Fetches pages and commits what became of them."""

    def __init__(self, context: VisitContext) -> None:
        self._context = context

    async def fetch_due(self, host: str, crawl_id: int | None, deadline: float) -> int:
        """Fetch a host's due URLs, as many at once as its politeness allows; returns how many were tried."""
        context, loop, underway = self._context, asyncio.get_running_loop(), Underway(self._context.unstored)
        tried, width, waiting, may_be_more = 0, 1, list[DueUrl](), True
        try:
            while True:
                may_go_on = loop.time() < deadline and not context.stopping.is_set() and not context.page_limit.is_spent
                if may_go_on and may_be_more and not waiting and underway.may_ask(width):
                    waiting = await self._due(host, crawl_id, busy=underway.ids)
                    may_be_more = bool(waiting)
                while may_go_on and waiting and underway.may_ask(width) and context.page_limit.take():
                    one = waiting.pop()
                    polite = politeness_of(one, context.settings)
                    width = polite.concurrency
                    underway.begin(one, partial(self._fetch_marked, one, polite))
                    tried += 1
                if not underway:
                    return tried
                for until in await underway.ended():
                    may_be_more = True
                    if until and (until - context.clock()).total_seconds() > LONG_BACKOFF_S:
                        await context.frontier.postpone(host, [one.id for one in waiting], until)
                        deadline = 0.0
        finally:
            await underway.cancel()

    async def _fetch_marked(self, due: DueUrl, polite: HostPoliteness, slot: Slot) -> dt.datetime | None:
        return await reading(due.url, self.fetch_url(due, polite, slot))

    async def _due(self, host: str, crawl_id: int | None, *, busy: set[int]) -> list[DueUrl]:
        """Due URLs that are not being fetched, the first one last."""
        limit = URLS_AT_ONCE + len(busy)
        due = await self._context.frontier.due_urls(host, crawl_id, self._context.clock(), limit=limit)
        return [one for one in reversed(due) if one.id not in busy]

    async def fetch_url(self, due: DueUrl, polite: HostPoliteness, slot: Slot | None = None) -> dt.datetime | None:
        """Fetch a URL; its result is committed when this returns. Returns until when the host is to be left alone.

        It leaves its slot at the host as soon as its page is there.
        """
        with log.bind(source=due.source, url=due.url):
            because = no_page_because(due, polite)
            outcome = await (
                self.store_words(due, because) if because else self.fetch_page(page_request(due, polite, slot))
            )
            if isinstance(outcome, NotFetched):
                try:
                    await self._record_miss(due, outcome)
                except psycopg.DataError as error:  # the database takes no such value: this URL's fault, not its host's
                    logger.exception("why a page was not fetched could not be recorded")
                    await self._record_miss(due, unexpected(due.url, error, now=self._context.clock()))
                logger.info("not fetched", reason=outcome.reason, status=outcome.status)
                own = self._context.clock() + ACCESS_WAIT if outcome.reason in OWN_ACCESS else None
                return outcome.retry_after or own
            if isinstance(outcome, Stored):
                self._context.room.restored()
                self._context.listener(due, outcome.result)
                logger.info("fetched", result=outcome.result.result, reason=outcome.result.reason)
                await self._follow_target(due, outcome)
        return None

    async def store_words(self, due: DueUrl, because: str) -> Stored | NotFetched:
        """Store an item as its site's own feed gives it; nothing is fetched."""
        context, now = self._context, self._context.clock()
        if context.items is None or context.feed_words is None:
            raise TypeError("what feeds say is stored only with a store")
        try:
            with context.items.coming():
                found = await context.feed_words.instead_of(due, because, now=now)
            if found is None:
                return NotFetched(due.url, because, is_temporary=False)
            return await context.items.store(due, Page(due.url, due.url, 200, (), b"", now), found, now=now)
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
        await self.end(due, line)

    async def end(self, due: DueUrl, line: UrlResult) -> UrlResult:
        """Commit the line of a URL that was not fetched, with what its site's own feed says if it is given up."""
        context = self._context
        committed = await self._replace_page(due, line) if line.state in GIVEN_UP else None
        if committed is None:
            await context.frontier.finish(line)
        context.listener(due, committed or line)
        return committed or line

    async def _replace_page(self, due: DueUrl, line: UrlResult) -> UrlResult | None:
        """Commit what the site's own feed says of a page that was not fetched, with the line; None if nothing was committed."""
        context = self._context
        if context.store is None or context.feed_words is None:
            return None
        try:
            found = await context.feed_words.instead_of(due, line.reason or "", now=line.now)
            return None if found is None else await context.store.miss(due, line, found)
        except Exception as error:
            if is_database_fault(error):
                raise
            logger.exception("what the feed says of a page could not be stored; it is tried again")
            again = {"state": "pending", "result": "retry", "next_attempt_at": line.now + REPLACED_AGAIN}
            await context.frontier.finish(replace(line, **again))  # type: ignore[arg-type]
            return line

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
