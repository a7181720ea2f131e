"""Downloader middleware: redirects followed, a few, each through guard, robots.txt and pace of where it leads."""

from __future__ import annotations

from typing import Self
from urllib.parse import urljoin

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from w3lib.url import safe_url_string

from crawler.exchange import META_KEY, NoFetch, PendingFetch
from crawler.fetch.spider import CrawlContext

STATUSES = frozenset({301, 302, 303, 307, 308})
FOR_GOOD = frozenset({301, 308})
"""Moved permanently (RFC 9110, 15.4.2 and 15.4.9)."""


class RedirectMiddleware:
    """Follows what the server says, never what the page says (no meta refresh)."""

    def __init__(self, max_redirects: int) -> None:
        self._max_redirects = max_redirects

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's way of making a component."""
        return cls(CrawlContext.of(crawler).settings.max_redirects)

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """The request for where a redirect leads, or the response where it is none."""
        location = response.headers.get("Location")
        if response.status not in STATUSES or not location:
            return response
        pending: PendingFetch = request.meta[META_KEY]
        target = redirect_target(request.url, location)
        pending.redirects.append(request.url)
        pending.is_moved = pending.is_moved and response.status in FOR_GOOD
        if target in pending.redirects:
            raise NoFetch("redirect_loop", "it leads back to a URL that was passed", status=response.status)
        if len(pending.redirects) > self._max_redirects:
            raise NoFetch("redirect_loop", f"more than {self._max_redirects} redirects", status=response.status)
        try:
            return request.replace(url=target)
        except ValueError as error:
            raise NoFetch("bad_url", "it redirects to no URL", is_temporary=False) from error


def redirect_target(url: str, location: bytes) -> str:
    """The absolute URL that a Location means, without its fragment; raw bytes are read as browsers do (UTF-8)."""
    try:
        text = location.decode("utf-8")
    except UnicodeDecodeError:
        text = location.decode("latin-1")
    try:
        return safe_url_string(urljoin(url, text.strip())).partition("#")[0]
    except ValueError as error:
        raise NoFetch("bad_url", "it redirects to no URL", is_temporary=False) from error
