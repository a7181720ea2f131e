"""The one spider: it waits, and fetches the requests that are injected into it.

A new Crawler for each visit costs 11-18 ms of CPU, a request injected into a running one 3-6. So each process has one, for
scheduled visits and one-off crawls alike.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any, Self

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.access.login import Logins, signs_out
from crawler.access.secrets import UnreadableSecret
from crawler.exchange import META_KEY, NoFetch, PageItem, PendingFetch
from crawler.fetch.content_encoding import ACCEPT_ENCODING
from crawler.fetch.outcome import is_worth_a_second_try, outcome_of
from crawler.fetch.settings import FetchSettings
from crawler.politeness.guard import GuardRules
from crawler.politeness.pace import PaceGate
from crawler.politeness.resolve import Lookup
from crawler.politeness.robots import RobotsStore
from dateline.clock import utc_now
from dateline.parser_pool.pool import ParserPool
from dateline.types.article import Page

_ACCEPT = {
    "page": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5",
    "feed": "application/rss+xml,application/atom+xml,application/feed+json,application/xml;q=0.9,text/xml;q=0.9,"
    "text/html;q=0.8,*/*;q=0.5",
    "resource": "*/*",
}


@dataclass(frozen=True, slots=True)
class CrawlContext:
    """What the spider's components need; they find it on the spider."""

    settings: FetchSettings
    guard: GuardRules
    gate: PaceGate
    robots: RobotsStore
    lookup: Lookup
    parser_pool: ParserPool
    logins: Logins

    @classmethod
    def of(cls, crawler: Crawler) -> Self:
        """The crawl context of a crawler's spider."""
        crawl_context = getattr(crawler.spider, "crawl_context", None)
        if not isinstance(crawl_context, cls):
            raise TypeError(f"the crawler's spider is {crawler.spider!r}; it must be a NewsSpider with a crawl context")
        return crawl_context


class NewsSpider(Spider):
    """Turns responses into pages, and pages into items."""

    name = "dateline"

    def __init__(self, crawl_context: CrawlContext, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.crawl_context = crawl_context

    async def start(self) -> AsyncIterator[Any]:
        """Yield nothing and never end, so that Scrapy keeps the spider open; stopping the crawl cancels this."""
        await asyncio.Event().wait()
        yield None

    def parse(self, response: Response, **_: Any) -> Iterator[PageItem | Request]:
        """Yield a page as an item; give any other outcome directly to the caller who waits.

        A body whose end is missing is asked for once more.
        """
        pending: PendingFetch = response.meta[META_KEY]
        outcome = outcome_of(pending, response.status, max_bytes=self.crawl_context.settings.max_bytes)
        if is_worth_a_second_try(outcome) and pending.begin_again():
            yield request_for(pending, self)
        elif isinstance(outcome, Page) and pending.raw is not None:
            if pending.fetch_request.slot is not None:
                pending.fetch_request.slot.leave(len(outcome.body))
            yield PageItem(outcome, pending.raw, pending.fetch_request)
        else:
            pending.settle(outcome)

    def give_up(self, failure: Failure) -> None:
        """Give a failed request's outcome to the caller who waits: a value for a NoFetch, else the exception."""
        pending: PendingFetch = failure.request.meta[META_KEY]  # type: ignore[attr-defined]
        if isinstance(failure.value, NoFetch):
            pending.settle(failure.value.outcome(pending.fetch_request.url, final_url=pending.final_url))
        else:
            pending.fail(failure.value)


def request_for(pending: PendingFetch, spider: NewsSpider) -> Request:
    """The Scrapy request for a pending fetch; raises NoFetch for a URL that Scrapy does not accept."""
    order, url = pending.fetch_request, pending.fetch_request.url.partition("#")[0]
    try:
        pending.login = spider.crawl_context.logins.of(order.access, now=utc_now())
    except UnreadableSecret as error:
        raise NoFetch(error.reason, str(error)) from error
    pending.cookies.begin_with(pending.login.cookies)
    try:
        return Request(
            url,
            callback=spider.parse,
            errback=spider.give_up,
            headers=headers_for(pending, url, spider.crawl_context.settings),
            meta={META_KEY: pending},
            dont_filter=True,
        )
    except ValueError as error:
        raise NoFetch("bad_url", str(error), is_temporary=False) from error


def headers_for(pending: PendingFetch, url: str, settings: FetchSettings) -> dict[str, bytes]:
    """The headers of a request for this URL of the fetch, its first or one that it was redirected to."""
    order = pending.fetch_request
    headers = {
        "User-Agent": order.access.user_agent or settings.user_agent,
        "Accept": _ACCEPT[order.role],
        "Accept-Encoding": ACCEPT_ENCODING,
    }
    validators = {"If-None-Match": order.etag, "If-Modified-Since": order.last_modified}
    headers |= {name: value for name, value in validators.items() if value and _is_sendable(value)}
    headers |= {name.title(): value for name, value in pending.login.headers_for(url)}
    if (cookie := pending.cookies.header(url)) and not signs_out(url):
        headers["Cookie"] = cookie
    return {name: value.encode("latin-1") for name, value in headers.items()}


def _is_sendable(value: str) -> bool:
    """Whether a validator that a server sent can be sent back without breaking the request's head."""
    return value.isprintable() and all(ord(char) < 256 for char in value)
