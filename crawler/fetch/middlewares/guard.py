"""Downloader middleware: no URL is asked for that the guard refuses, first ones and redirects alike.

Addresses are judged where the connection is made (`crawler.fetch.download_handler`); what can be told from the URL is told here,
before anyone waits or looks up a name.
"""

from __future__ import annotations

from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler

from crawler.exchange import META_KEY, NoFetch
from crawler.fetch.spider import CrawlContext
from crawler.politeness.guard import GuardRules, check_url


class GuardMiddleware:
    """Refuses by a NoFetch."""

    def __init__(self, rules: GuardRules) -> None:
        self._rules = rules

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's way of making a component."""
        return cls(CrawlContext.of(crawler).guard)

    def process_request(self, request: Request) -> None:
        """Let the request on at its own pace, or raise."""
        refusal = check_url(request.url, self._rules)
        if refusal is not None:
            raise NoFetch(refusal.reason, refusal.detail, is_temporary=False)
        pending = request.meta[META_KEY]
        pending.delay_s = pending.fetch_request.delay_s
