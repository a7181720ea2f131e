"""Downloader middleware: follows a few redirects; guard, robots.txt and pace apply to each target."""

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
PERMANENT = frozenset({301, 308})
"""Moved permanently (RFC 9110, 15.4.2 and 15.4.9)."""


class RedirectMiddleware:
    """Follows redirects of the server, never those of the page (meta refresh)."""

    def __init__(self, max_redirects: int) -> None:
        self._max_redirects = max_redirects

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """The middleware for this crawler (Scrapy calls this)."""
        return cls(CrawlContext.of(crawler).settings.max_redirects)

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """The request for a redirect's target, or the response if it is not a redirect."""
        location = response.headers.get("Location")
        if response.status not in STATUSES or not location:
            return response
        pending: PendingFetch = request.meta[META_KEY]
        target = redirect_target(request.url, location)
        pending.redirects.append(request.url)
        pending.is_moved = pending.is_moved and response.status in PERMANENT
        if target in pending.redirects:
            raise NoFetch("redirect_loop", "it leads back to an earlier URL of the same fetch", status=response.status)
        if len(pending.redirects) > self._max_redirects:
            raise NoFetch("redirect_loop", f"more than {self._max_redirects} redirects", status=response.status)
        try:
            return request.replace(url=target)
        except ValueError as error:
            raise NoFetch("bad_url", "it redirects to an invalid URL", is_temporary=False) from error


def redirect_target(url: str, location: bytes) -> str:
    """The absolute URL of a Location header, without its fragment; raw bytes are read as UTF-8, as browsers do."""
    try:
        text = location.decode("utf-8")
    except UnicodeDecodeError:
        text = location.decode("latin-1")
    try:
        return safe_url_string(urljoin(url, text.strip())).partition("#")[0]
    except ValueError as error:
        raise NoFetch("bad_url", "it redirects to an invalid URL", is_temporary=False) from error
