"""Downloader middleware: notes what a site's tdmrep.json states about a page; asked for once a day and origin, if configured."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import OrderedDict
from dataclasses import replace
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler

from crawler.exchange import META_KEY, OWN_ACCESS, FetchRequest, NoFetch, PendingFetch
from crawler.fetch.outcome import body_of
from crawler.fetch.spider import CrawlContext, NewsSpider, request_for
from crawler.politeness.robots import LIFETIME, UNREACHABLE, has_rules, origin_of, path_of
from crawler.politeness.robots_parser import MAX_BYTES
from crawler.politeness.tdmrep import TDMREP_PATH, TdmRule, read_tdmrep, tdm_rights
from dateline.clock import utc_now
from dateline.errors import ParserPoolError
from dateline.types.rights import kept
from dateline.types.robots import RobotsRecord

_REMEMBERED = 2_000
"""Origins whose rules stay in memory."""
_PARSE_S = 5.0
_PASSING = OWN_ACCESS | {"host_backoff", "stopped", "local_limit"}
"""Reasons that say nothing about the file: it is asked for again with the next page."""

Rules = tuple[TdmRule, ...]


class TdmRepMiddleware:
    """Adds the file's statements to those of robots.txt. A file that can't be read keeps no page out."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._crawl_context = CrawlContext.of(crawler)
        self._known: OrderedDict[str, tuple[dt.datetime, Rules]] = OrderedDict()
        self._pending: dict[str, asyncio.Task[Rules]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """The middleware for this crawler (Scrapy calls this)."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Pass the request on; its pending fetch knows what the file states."""
        pending: PendingFetch = request.meta[META_KEY]
        order = pending.order_at(request.url)
        if not self._crawl_context.settings.reads_tdmrep or pending.is_robots or order.role != "page":
            return
        rules = await self._rules(origin_of(request.url), order)
        pending.site_rights = kept((*pending.site_rights, *tdm_rights(rules, path_of(request.url))))

    async def _rules(self, origin: str, order: FetchRequest) -> Rules:
        expires_at, rules = self._known.get(origin, (None, ()))
        if expires_at is not None and expires_at > utc_now():
            return rules
        task = self._pending.get(origin)
        if task is None:
            task = self._pending[origin] = asyncio.create_task(self._learn(origin, order))
            task.add_done_callback(lambda _: self._pending.pop(origin, None))
        return await asyncio.shield(task)

    async def _learn(self, origin: str, order: FetchRequest) -> Rules:
        record = await self._crawl_context.robots.load(origin, TDMREP_PATH)
        if record is None or record.expires_at <= utc_now():
            try:
                status, body = await self._fetch(origin, order)
            except NoFetch as error:
                if error.reason in _PASSING:
                    return ()
                status, body = UNREACHABLE, b""
            now = utc_now()
            record = RobotsRecord(origin, status, body[:MAX_BYTES], now, now + LIFETIME, TDMREP_PATH)
            await self._crawl_context.robots.save(record)
        rules = await self._parsed(record)
        self._known.pop(origin, None)
        self._known[origin] = (record.expires_at, rules)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return rules

    async def _fetch(self, origin: str, order: FetchRequest) -> tuple[int, bytes]:
        wanted = replace(order, url=origin + TDMREP_PATH, role="feed", etag=None, last_modified=None, payload=None)
        wanted = replace(wanted, access=order.access.without_login)
        pending = PendingFetch(wanted, asyncio.get_running_loop().create_future())
        spider = self._crawler.spider
        if not isinstance(spider, NewsSpider):
            raise TypeError(f"the crawler's spider is {spider!r}; it must be a NewsSpider")
        response = await self._crawler.engine.download_async(request_for(pending, spider))
        if pending.raw is None or not has_rules(response.status):
            return response.status, b""
        return response.status, body_of(pending.raw, max_bytes=self._crawl_context.settings.max_bytes).content

    async def _parsed(self, record: RobotsRecord) -> Rules:
        if not record.body:
            return ()
        where = record.origin + TDMREP_PATH
        try:
            return await self._crawl_context.parser_pool.run(
                read_tdmrep, record.body, deadline_s=_PARSE_S, subject=where
            )
        except ParserPoolError:
            return ()
