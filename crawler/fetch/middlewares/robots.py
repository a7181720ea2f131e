"""Downloader middleware: obeys robots.txt, which is fetched once per day and origin, by one request however many wait."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import replace
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler

from crawler.exchange import META_KEY, OWN_ACCESS, FetchRequest, NoFetch, PendingFetch, RawExchange
from crawler.fetch.connection_failures import is_of_connection
from crawler.fetch.outcome import body_of
from crawler.fetch.spider import CrawlContext, NewsSpider, request_for
from crawler.politeness.own_limits import own_limit
from crawler.politeness.robots import (
    UNREACHABLE,
    RobotsRules,
    failure_of,
    has_rules,
    origin_of,
    product_token,
    record_of,
    record_of_failure,
    robots_url,
)
from crawler.politeness.robots_parser import RobotsFile, read_robots
from dateline.clock import utc_now
from dateline.errors import ParserPoolError
from dateline.types.robots import RobotsRecord
from dateline.types.source import Access

_REMEMBERED_BYTES = 48 * 1024 * 1024
"""Enough for the rules of about 20,000 origins; an origin beyond that costs a query and a parse at each visit."""
_PARSE_S = 5.0
"""Seconds to parse one robots.txt: 500 KB of rules take 0.1."""
_NOT_OF_ROBOTS = OWN_ACCESS | {"guard", "bad_url", "url_too_long", "dns", "host_backoff", "stopped", "local_limit"}
"""Reasons that stop the page as well: they are reported as they are, not as a failure of robots.txt."""


class RobotsMiddleware:
    """Lets requests pass that robots.txt allows, at the pace that it asks for. Other sites' are always obeyed."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._crawl_context = CrawlContext.of(crawler)
        self._known: OrderedDict[tuple[str, str], RobotsRules] = OrderedDict()
        self._known_bytes = 0
        self._pending: dict[tuple[str, Access], asyncio.Task[RobotsRules]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """The middleware for this crawler (Scrapy calls this)."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Pass the request on, or raise NoFetch: `robots`, or `robots_unreachable` with the time of the next try."""
        pending: PendingFetch = request.meta[META_KEY]
        if pending.is_robots or (not pending.fetch_request.obey_robots and pending.speaks_for(request.url)):
            return
        order = pending.order_at(request.url)
        rules = await self._rules(origin_of(request.url), order)
        decision = rules.decide(request.url)
        if not decision.is_reachable:
            if failure := failure_of(rules.record):
                raise NoFetch(*failure, retry_after=rules.record.expires_at)
            detail = f"robots.txt answered {rules.record.status}" if rules.record.status else "robots.txt: no answer"
            raise NoFetch("robots_unreachable", detail, retry_after=rules.record.expires_at)
        if not decision.is_allowed:
            token = self._token(order)
            raise NoFetch("robots", f"robots.txt does not allow it to {token}", is_temporary=False)
        pending.delay_s = max(order.delay_s, decision.crawl_delay_s)
        pending.site_rights = rules.rights(request.url)

    async def _rules(self, origin: str, order: FetchRequest) -> RobotsRules:
        known = self._known.get((origin, self._token(order)))
        if known is not None and _is_usable(known.record, order):
            return known
        asked = (origin, order.access)
        task = self._pending.get(asked)
        if task is None:
            task = self._pending[asked] = asyncio.create_task(self._learn(origin, order))
            task.add_done_callback(lambda _: self._pending.pop(asked, None))
        return await asyncio.shield(task)

    async def _learn(self, origin: str, order: FetchRequest) -> RobotsRules:
        """The origin's rules from the store, or from the site where the store has none or expired ones."""
        record = await self._crawl_context.robots.load(origin)
        if record is None or not _is_usable(record, order):
            record = await self._fetch(origin, order)
            await self._crawl_context.robots.save(record)
        kept = record if record.status == UNREACHABLE else replace(record, body=b"")
        token = self._token(order)
        rules = RobotsRules(kept, await self._file(record, token))
        self._remember((origin, token), rules)
        return rules

    def _token(self, order: FetchRequest) -> str:
        """The name by which robots.txt files know the request's User-Agent."""
        return product_token(order.access.user_agent or self._crawl_context.settings.user_agent)

    def _remember(self, whose: tuple[str, str], rules: RobotsRules) -> None:
        """Cache the rules of an origin for a product token; if the cache is full, its oldest rules are dropped."""
        if (old := self._known.pop(whose, None)) is not None:
            self._known_bytes -= old.weight
        self._known[whose] = rules
        self._known_bytes += rules.weight
        while self._known_bytes > _REMEMBERED_BYTES and len(self._known) > 1:
            self._known_bytes -= self._known.popitem(last=False)[1].weight

    async def _file(self, record: RobotsRecord, token: str) -> RobotsFile:
        """The record's rules, parsed in the parser pool; a file that breaks the parser counts as unreachable."""
        if not record.body or not has_rules(record.status):
            return RobotsFile()
        try:
            return await self._crawl_context.parser_pool.run(
                read_robots, record.body, token, deadline_s=_PARSE_S, subject=robots_url(record.origin)
            )
        except ParserPoolError as error:
            if error.is_temporary:
                raise own_limit(f"robots.txt can't be read: {error}") from error
            raise NoFetch("robots_unreachable", f"robots.txt: {error}", retry_after=record.expires_at) from error

    async def _fetch(self, origin: str, order: FetchRequest) -> RobotsRecord:
        wanted = FetchRequest(
            robots_url(origin),
            role="feed",
            delay_s=order.delay_s,
            concurrency=order.concurrency,
            obey_robots=False,
            access=order.access.without_login,
        )
        pending = PendingFetch(wanted, asyncio.get_running_loop().create_future(), is_robots=True)
        spider = self._crawler.spider
        if not isinstance(spider, NewsSpider):
            raise TypeError(f"the crawler's spider is {spider!r}; it must be a NewsSpider")
        try:
            status, body = await self._asked(pending, spider)
            if (first := pending.raw) and first.cut and status == 200 and pending.begin_again():
                status, body = await self._asked(pending, spider)
                _check_same(first, pending.raw)
        except NoFetch as error:
            if error.reason in _NOT_OF_ROBOTS:
                raise
            if is_of_connection(error.reason):
                return record_of_failure(origin, error.reason, error.detail, now=utc_now())
            if (status := _status_of(error)) == UNREACHABLE:
                detail = (
                    f"robots.txt: {error.reason} ({error.detail})" if error.detail else f"robots.txt: {error.reason}"
                )
                return record_of_failure(origin, "robots_unreachable", detail, now=utc_now())
            body = b""
        return record_of(origin, status, body, now=utc_now())

    async def _asked(self, pending: PendingFetch, spider: NewsSpider) -> tuple[int, bytes]:
        response = await self._crawler.engine.download_async(request_for(pending, spider))
        return response.status, self._body(pending)

    def _body(self, pending: PendingFetch) -> bytes:
        return body_of(pending.raw, max_bytes=self._crawl_context.settings.max_bytes).content if pending.raw else b""


def _is_usable(record: RobotsRecord, order: FetchRequest) -> bool:
    """Whether the record still holds: one of a failed handshake or connection does not for a request that goes another way."""
    failure = failure_of(record)
    reason = failure[0] if failure else ""
    is_other_way = (order.access.ca and reason.startswith("tls")) or (order.access.proxy and is_of_connection(reason))
    return record.expires_at > utc_now() and not is_other_way


def _check_same(first: RawExchange, second: RawExchange | None) -> None:
    """Raise NoFetch for a robots.txt that was cut off twice, unless the same came both times: then its server counts wrongly."""
    if second is not None and second.cut and second.body != first.body:
        raise NoFetch("connection_lost", second.cut)


def _status_of(error: NoFetch) -> int:
    """The status that a failed fetch counts as: too many redirects as 404 (RFC 9309, 2.3.1.2), all else as unreachable."""
    return 404 if error.reason in {"redirect_loop", "cookie_loop"} else UNREACHABLE
