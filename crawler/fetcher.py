"""The crawler as the rest of Dateline sees it: requests in, outcomes out, Scrapy inside.

    async with Fetcher(settings, pace=…, robots=…, item_pipelines=[…]) as fetcher:
        outcome = await fetcher.fetch(FetchRequest(url, role="feed"))   # the response itself
        stored = await fetcher.fetch_item(FetchRequest(url))            # what the last item pipeline returned

Needs the loop of `crawler.reactor.run`.
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

from crawler.exchange import META_KEY, Errand, FetchRequest, NoFetch, NotFetched, NotModified, Outcome, PageItem, Raw
from crawler.outcome import outcome_of
from crawler.pace import HostPace, PaceGate
from crawler.resolve import Lookup, SystemLookup
from crawler.robots import RobotsStore
from crawler.settings import FetchSettings, scrapy_settings
from crawler.spider import NewsSpider, Workshop, request_for, utc_now
from dateline.cage import Cage

logger = logging.getLogger(__name__)

__all__ = ["FetchRequest", "Fetcher", "NotFetched", "NotModified", "Outcome", "PageItem", "Raw"]

_STOP_TIMEOUT_S = 2.0
_CAGE_MB = 512


class Fetcher:
    """One perpetual crawl into which requests are injected. Every request comes to exactly one outcome.

    `extras` become attributes of the crawler, for item pipelines to find in their `from_crawler`. What is to be parsed
    on the way (robots.txt) is parsed in `cage`, or in one of the fetcher's own where it is given none.
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
        cage: Cage | None = None,
    ) -> None:
        self._settings = settings
        self._gate = PaceGate(pace, now=utc_now)
        self._system_lookup = SystemLookup()
        self._own_cage = Cage(workers=1, memory_mb=_CAGE_MB)
        self._workshop = Workshop(
            settings, settings.guard_rules(), self._gate, robots, lookup or self._system_lookup, cage or self._own_cage
        )
        self._crawler = Crawler(NewsSpider, scrapy_settings(settings, item_pipelines))
        for name, value in (extras or {}).items():
            if hasattr(type(self._crawler), name) or name in vars(self._crawler):
                raise ValueError(f"a crawler has an attribute {name!r} of its own")
            setattr(self._crawler, name, value)
        self._crawl: asyncio.Task[None] | None = None
        self._open: dict[Errand, asyncio.Future[Any]] = {}
        self._is_closing = False

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        await self.close(timeout_s=0 if error else self._settings.timeout_s)

    async def start(self) -> None:
        """Open the spider; returns when it takes requests."""
        logging.getLogger("scrapy").setLevel(logging.ERROR)
        opened = asyncio.Event()
        self._connect(opened)
        self._crawl = asyncio.create_task(self._crawler.crawl_async(workshop=self._workshop))
        self._crawl.add_done_callback(self._on_ended)
        waiter = asyncio.create_task(opened.wait())
        await asyncio.wait({self._crawl, waiter}, return_when=asyncio.FIRST_COMPLETED)
        waiter.cancel()
        if self._crawl.done():
            await self._crawl
            raise RuntimeError("the crawl ended as it began")

    async def fetch(self, request: FetchRequest) -> Outcome:
        """The request's outcome, without item pipelines: for feeds and other watched pages."""
        errand = self._errand(request)
        download = asyncio.create_task(self._download(errand))
        try:
            outcome: Outcome = await self._outcome(errand)
        finally:
            download.cancel()
        return outcome

    async def fetch_item(self, request: FetchRequest) -> Any:
        """What the last item pipeline returned for the page, or NotFetched or NotModified.

        A DropItem gives its value; any other exception of a pipeline is raised.
        """
        errand = self._errand(request)
        try:
            self._check_open()
            self._crawler.engine.crawl(request_for(errand, self._spider))
        except NoFetch as error:
            return error.outcome(request.url)
        return await self._outcome(errand)

    async def close(self, timeout_s: float) -> None:
        """Finish what is in flight within that time, then end; what is not finished has the outcome `stopped`."""
        self._is_closing = True
        self._gate.close()
        if self._open and timeout_s > 0:
            await asyncio.wait(self._open.values(), timeout=timeout_s)
        self._give_up()
        if self._crawl is not None and not self._crawl.done():
            await self._stop(self._crawl)
        self._system_lookup.close()
        self._own_cage.close()

    async def _stop(self, crawl: asyncio.Task[None]) -> None:
        """Stop Scrapy's engine. It waits for its requests, and an item pipeline that hangs would make it wait for good."""
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
            raise NoFetch("stopped", "this process ends")

    def _on_ended(self, crawl: asyncio.Task[None]) -> None:
        self._give_up()
        if not self._is_closing and not crawl.cancelled():
            logger.error("the crawl ended by itself", exc_info=crawl.exception())

    def _give_up(self) -> None:
        for errand in self._open:
            errand.settle(NoFetch("stopped", "this process ends").outcome(errand.order.url))

    def _errand(self, request: FetchRequest) -> Errand:
        return Errand(request, asyncio.get_running_loop().create_future())

    async def _outcome(self, errand: Errand) -> Any:
        """What the errand is settled with; until then it is among those that the end waits for."""
        self._open[errand] = errand.future
        try:
            return await errand.future
        finally:
            del self._open[errand]

    async def _download(self, errand: Errand) -> None:
        """Fetch past the scheduler and the item pipelines, through all downloader middlewares."""
        try:
            self._check_open()
            response = await self._crawler.engine.download_async(request_for(errand, self._spider))
            errand.settle(outcome_of(errand, response.status, max_bytes=self._settings.max_bytes))
        except NoFetch as error:
            errand.settle(error.outcome(errand.order.url, final_url=errand.final_url))
        except Exception as error:  # whatever it is, whoever asked is to see it
            errand.fail(error)

    def _connect(self, opened: asyncio.Event) -> None:
        """Scrapy has no event for "this request is done with": these together are one."""
        connect = self._crawler.signals.connect
        connect(opened.set, signals.engine_started, weak=False)
        connect(self._on_scraped, signals.item_scraped)
        connect(self._on_dropped, signals.item_dropped)
        connect(self._on_failed, signals.item_error)
        connect(self._on_failed, signals.spider_error)
        connect(self._on_refused, signals.request_dropped)

    def _on_scraped(self, item: Any, response: Response) -> None:
        _errand(response).settle(item)

    def _on_dropped(self, response: Response, exception: DropItem) -> None:
        _errand(response).settle(exception.args[0] if exception.args else None)

    def _on_failed(self, response: Response, failure: Failure) -> None:
        _errand(response).fail(failure.value)

    def _on_refused(self, request: Request) -> None:
        errand: Errand = request.meta[META_KEY]
        errand.settle(NoFetch("stopped", "the request was dropped").outcome(errand.order.url))


def _errand(response: Response) -> Errand:
    errand = response.meta[META_KEY]
    if not isinstance(errand, Errand):
        raise TypeError("a response without an errand")
    return errand
