"""The crawler as the rest of Dateline sees it: requests in, outcomes out, Scrapy inside.

    async with Fetcher(settings, pace=…, robots=…, item_pipelines=[…]) as fetcher:
        outcome = await fetcher.fetch(FetchRequest(url, role="feed"))   # the response itself
        stored = await fetcher.fetch_item(FetchRequest(url))            # what the last item pipeline returned

Needs the loop of `crawler.fetch.event_loop.run`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.access.login import Logins
from crawler.access.secrets import Secrets
from crawler.exchange import (
    META_KEY,
    FetchRequest,
    NoFetch,
    NotFetched,
    NotModified,
    Outcome,
    PageItem,
    PendingFetch,
    RawExchange,
)
from crawler.fetch.outcome import is_worth_a_second_try, outcome_of
from crawler.fetch.settings import FetchSettings, scrapy_settings
from crawler.fetch.spider import CrawlContext, NewsSpider, request_for
from crawler.politeness.pace import HostPace, PaceGate
from crawler.politeness.resolve import Lookup, SystemLookup
from crawler.politeness.robots import RobotsStore
from dateline.clock import utc_now
from dateline.parser_pool.pool import ParserPool
from dateline.types.article import Page

logger = logging.getLogger(__name__)

__all__ = ["FetchRequest", "Fetcher", "NotFetched", "NotModified", "Outcome", "PageItem", "RawExchange"]

_STOP_TIMEOUT_S = 2.0
_PARSER_POOL_MB = 512


class Fetcher:
    """One endless Scrapy crawl into which requests are injected. Every request gets exactly one outcome.

    `extras` become attributes of the crawler, where item pipelines find them in `from_crawler`. robots.txt is parsed in
    `parser_pool`, or in a pool of the fetcher's own if none is given.
    """

    def __init__(
        self,
        settings: FetchSettings,
        *,
        pace: HostPace,
        robots: RobotsStore,
        item_pipelines: Sequence[type | str] = (),
        extras: Mapping[str, object] | None = None,
        lookup: Lookup | None = None,
        parser_pool: ParserPool | None = None,
    ) -> None:
        self._settings = settings
        self._gate = PaceGate(pace, now=utc_now)
        self._system_lookup = SystemLookup()
        self._own_parser_pool = ParserPool(workers=1, memory_mb=_PARSER_POOL_MB)
        self._crawl_context = CrawlContext(
            settings,
            settings.guard_rules(),
            self._gate,
            robots,
            lookup or self._system_lookup,
            parser_pool or self._own_parser_pool,
            Logins(Secrets(settings.secrets_dir)),
        )
        self._crawler = Crawler(NewsSpider, scrapy_settings(settings, item_pipelines))
        for name, value in (extras or {}).items():
            if hasattr(type(self._crawler), name) or name in vars(self._crawler):
                raise ValueError(f"extras must not replace the crawler's own attribute {name!r}; choose another name")
            setattr(self._crawler, name, value)
        self._crawl: asyncio.Task[None] | None = None
        self._open: dict[PendingFetch, asyncio.Future[Any]] = {}
        self._is_closing = False

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        await self.close(timeout_s=0 if error else self._settings.timeout_s)

    async def start(self) -> None:
        """Open the spider; returns once it accepts requests."""
        logging.getLogger("scrapy").setLevel(logging.ERROR)
        opened = asyncio.Event()
        self._connect(opened)
        self._crawl = asyncio.create_task(self._crawler.crawl_async(crawl_context=self._crawl_context))
        self._crawl.add_done_callback(self._on_ended)
        waiter = asyncio.create_task(opened.wait())
        await asyncio.wait({self._crawl, waiter}, return_when=asyncio.FIRST_COMPLETED)
        waiter.cancel()
        if self._crawl.done():
            await self._crawl
            raise RuntimeError("the crawl ended before it accepted requests")

    async def fetch(self, request: FetchRequest) -> Outcome:
        """The outcome of a request, without item pipelines: for feeds and other watched pages."""
        return await self._fetch(self._pending(request))

    async def fetch_exchange(self, request: FetchRequest) -> PageItem | NotFetched:
        """A page with its raw exchange, for the archive, without item pipelines: for the further pages of an article."""
        pending = self._pending(request)
        outcome = await self._fetch(pending)
        if isinstance(outcome, Page) and pending.raw is not None:
            return PageItem(outcome, pending.raw, request)
        if isinstance(outcome, NotFetched):
            return outcome
        return NoFetch("bad_response", "304 without a conditional request").outcome(request.url)

    async def _fetch(self, pending: PendingFetch) -> Outcome:
        if pending.fetch_request.slot is not None:
            pending.fetch_request.slot.enter()
        download = asyncio.create_task(self._download(pending))
        try:
            outcome: Outcome = await self._outcome(pending)
        finally:
            download.cancel()
        return outcome

    async def fetch_item(self, request: FetchRequest) -> Any:
        """What the last item pipeline returned for the page, or NotFetched or NotModified.

        A DropItem counts as the value that it carries; any other exception of a pipeline is raised.
        """
        pending = self._pending(request)
        try:
            self._check_open()
            self._crawler.engine.crawl(request_for(pending, self._spider))
        except NoFetch as error:
            return error.outcome(request.url)
        return await self._outcome(pending)

    async def close(self, timeout_s: float) -> None:
        """Wait up to `timeout_s` for the pending fetches, then end; the outcome of the others is `stopped`."""
        self._is_closing = True
        self._gate.close()
        if self._open and timeout_s > 0:
            await asyncio.wait(self._open.values(), timeout=timeout_s)
        self._give_up()
        if self._crawl is not None and not self._crawl.done():
            await self._stop(self._crawl)
        self._system_lookup.close()
        self._own_parser_pool.close()

    async def _stop(self, crawl: asyncio.Task[None]) -> None:
        """Stop Scrapy's engine, but not longer than _STOP_TIMEOUT_S: it would wait forever for an item pipeline that hangs."""
        stopping = asyncio.create_task(self._crawler.stop_async())
        await asyncio.wait({crawl}, timeout=_STOP_TIMEOUT_S)
        if not crawl.done():
            for task in (stopping, crawl):
                task.cancel()
            await self._crawler.signals.send_catch_log_async(signals.engine_stopped)
        await asyncio.gather(stopping, crawl, return_exceptions=True)

    @property
    def _spider(self) -> NewsSpider:
        spider = self._crawler.spider
        if not isinstance(spider, NewsSpider):
            raise TypeError("the fetcher has not been started")
        return spider

    def _check_open(self) -> None:
        if self._is_closing or self._crawl is None or self._crawl.done():
            raise NoFetch("stopped", "this process is ending")

    def _on_ended(self, crawl: asyncio.Task[None]) -> None:
        self._give_up()
        if not self._is_closing and not crawl.cancelled():
            logger.error("the crawl ended unexpectedly", exc_info=crawl.exception())

    def _give_up(self) -> None:
        for pending in self._open:
            pending.settle(NoFetch("stopped", "this process is ending").outcome(pending.fetch_request.url))

    def _pending(self, request: FetchRequest) -> PendingFetch:
        return PendingFetch(request, asyncio.get_running_loop().create_future())

    async def _outcome(self, pending: PendingFetch) -> Any:
        """Wait for the outcome of the pending fetch; until then `close` waits for it too."""
        self._open[pending] = pending.future
        try:
            return await pending.future
        finally:
            del self._open[pending]

    async def _download(self, pending: PendingFetch) -> None:
        """Fetch through all downloader middlewares, without Scrapy's scheduler and item pipelines."""
        try:
            self._check_open()
            outcome = await self._try(pending)
            if is_worth_a_second_try(outcome) and pending.begin_again():
                outcome = await self._try(pending)
            pending.settle(outcome)
        except NoFetch as error:
            pending.settle(error.outcome(pending.fetch_request.url, final_url=pending.final_url))
        except Exception as error:  # the caller gets every error
            pending.fail(error)

    async def _try(self, pending: PendingFetch) -> Outcome:
        response = await self._crawler.engine.download_async(request_for(pending, self._spider))
        return outcome_of(pending, response.status, max_bytes=self._settings.max_bytes)

    def _connect(self, opened: asyncio.Event) -> None:
        """Listen to these signals: Scrapy has no single one for "this request is finished"."""
        connect = self._crawler.signals.connect
        connect(opened.set, signals.engine_started, weak=False)
        connect(self._on_scraped, signals.item_scraped)
        connect(self._on_dropped, signals.item_dropped)
        connect(self._on_failed, signals.item_error)
        connect(self._on_failed, signals.spider_error)
        connect(self._on_refused, signals.request_dropped)

    def _on_scraped(self, item: Any, response: Response) -> None:
        _pending(response).settle(item)

    def _on_dropped(self, response: Response, exception: DropItem) -> None:
        _pending(response).settle(exception.args[0] if exception.args else None)

    def _on_failed(self, response: Response, failure: Failure) -> None:
        _pending(response).fail(failure.value)

    def _on_refused(self, request: Request) -> None:
        pending: PendingFetch = request.meta[META_KEY]
        pending.settle(NoFetch("stopped", "the request was dropped").outcome(pending.fetch_request.url))


def _pending(response: Response) -> PendingFetch:
    pending = response.meta[META_KEY]
    if not isinstance(pending, PendingFetch):
        raise TypeError("the response carries no pending fetch")
    return pending
