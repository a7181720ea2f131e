"""Downloader middleware: refuses URLs that the guard does not allow, redirect targets included.

It checks the URL before the wait for the host's pace and the DNS look-up. Addresses are checked where connections are made
(`crawler.fetch.connect`). A source's proxy is kept from answering in the name of other sites: their http pages prove nothing.
"""

from __future__ import annotations

from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler

from crawler.exchange import META_KEY, NoFetch, PendingFetch
from crawler.fetch.spider import CrawlContext
from crawler.politeness.guard import GuardRules, check_url


class GuardMiddleware:
    """Raises NoFetch for a URL that the guard refuses."""

    def __init__(self, rules: GuardRules) -> None:
        self._rules = rules

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """The middleware for this crawler (Scrapy calls this)."""
        return cls(CrawlContext.of(crawler).guard)

    def process_request(self, request: Request) -> None:
        """Pass the request on with the delay of its FetchRequest, or raise NoFetch."""
        refusal = check_url(request.url, self._rules)
        if refusal is not None:
            raise NoFetch(refusal.reason, refusal.detail, is_temporary=False)
        pending: PendingFetch = request.meta[META_KEY]
        if pending.login.proxy is not None and request.url.startswith("http:") and not pending.speaks_for(request.url):
            why = f"it is not read through {pending.login.proxy.shown}, which could change it"
            raise NoFetch("proxy_other_site", why, is_temporary=False)
        pending.delay_s = pending.order_at(request.url).delay_s
