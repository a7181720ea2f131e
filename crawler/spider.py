"""The one spider: it waits, and fetches what is injected into it.

A Crawler for each visit costs 11-18 ms of CPU where a request injected into one that runs costs 3-6, so there is one a
process, for scheduled visits and one-off crawls alike.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any, Self

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.encoding import ACCEPT_ENCODING
from crawler.exchange import META_KEY, Errand, NoFetch, PageItem
from crawler.guard import GuardRules
from crawler.outcome import outcome_of
from crawler.pace import PaceGate
from crawler.resolve import Lookup
from crawler.robots import RobotsStore
from crawler.settings import FetchSettings
from dateline.article import Page
from dateline.cage import Cage

_ACCEPT = {
    "page": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5",
    "feed": "application/rss+xml,application/atom+xml,application/feed+json,application/xml;q=0.9,text/xml;q=0.9,"
    "text/html;q=0.8,*/*;q=0.5",
}


@dataclass(frozen=True, slots=True)
class Workshop:
    """What the spider's components work with; they find it on the spider."""

    settings: FetchSettings
    guard: GuardRules
    gate: PaceGate
    robots: RobotsStore
    lookup: Lookup
    cage: Cage

    @classmethod
    def of(cls, crawler: Crawler) -> Self:
        """The workshop of a crawler's spider."""
        workshop = getattr(crawler.spider, "workshop", None)
        if not isinstance(workshop, cls):
            raise TypeError(f"{crawler.spider!r} is no NewsSpider with a workshop")
        return workshop


class NewsSpider(Spider):
    """Turns responses into pages, and pages into items."""

    name = "dateline"

    def __init__(self, workshop: Workshop, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.workshop = workshop

    async def start(self) -> AsyncIterator[Any]:
        """Yields nothing and never ends, so that Scrapy does not take the spider for finished; stopping cancels it."""
        await asyncio.Event().wait()
        yield None

    def parse(self, response: Response, **_: Any) -> Iterator[PageItem]:
        """The page as an item; any other outcome goes straight to whoever waits."""
        errand: Errand = response.meta[META_KEY]
        outcome = outcome_of(errand, response.status, max_bytes=self.workshop.settings.max_bytes)
        if isinstance(outcome, Page) and errand.raw is not None:
            yield PageItem(outcome, errand.raw, errand.order)
        else:
            errand.settle(outcome)

    def give_up(self, failure: Failure) -> None:
        """A failed request's outcome goes to whoever waits, as a value where it was foreseen."""
        errand: Errand = failure.request.meta[META_KEY]  # type: ignore[attr-defined]
        if isinstance(failure.value, NoFetch):
            errand.settle(failure.value.outcome(errand.order.url, final_url=errand.final_url))
        else:
            errand.fail(failure.value)


def request_for(errand: Errand, spider: NewsSpider) -> Request:
    """The Scrapy request for an errand; a NoFetch where its URL can't be written as one."""
    order = errand.order
    headers = {
        "User-Agent": spider.workshop.settings.user_agent,
        "Accept": _ACCEPT[order.role],
        "Accept-Encoding": ACCEPT_ENCODING,
    }
    validators = {"If-None-Match": order.etag, "If-Modified-Since": order.last_modified}
    headers |= {name: value for name, value in validators.items() if value and _is_sendable(value)}
    try:
        return Request(
            order.url.partition("#")[0],
            callback=spider.parse,
            errback=spider.give_up,
            headers=headers,
            meta={META_KEY: errand},
            dont_filter=True,
        )
    except ValueError as error:
        raise NoFetch("bad_url", str(error), is_temporary=False) from error


def _is_sendable(value: str) -> bool:
    """Whether a validator that was once received can be sent back without breaking the request's head."""
    return value.isprintable() and all(ord(char) < 256 for char in value)


def utc_now() -> dt.datetime:
    """The clock that fetches are stamped by."""
    return dt.datetime.now(dt.UTC)
