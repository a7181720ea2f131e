"""Renders fetched pages: their scripts run in the browser, and what these ask for is fetched by the crawler's rules.

Every request of a page passes the guard, robots.txt, the pace of its host, and the size limits, as a page does. Scripts are
remembered for an hour, so that a site's next page costs it only the data.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import replace

from crawler.exchange import FetchRequest, NotFetched
from crawler.fetch.fetcher import Fetcher
from crawler.render.renderer import Renderer, ResourceAnswer
from dateline.errors import RenderError
from dateline.types.article import Page
from dateline.urls import site_of

TRIES = 2
REMEMBERED_S, REMEMBERED_BYTES = 3600.0, 32 << 20


class PageRenderer:
    """Gives a page with its rendered DOM. `fetcher` is set once it has been started."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self.fetcher: Fetcher | None = None
        self._scripts: OrderedDict[tuple[str, str], tuple[float, ResourceAnswer]] = OrderedDict()
        self._bytes = 0

    async def __call__(self, request: FetchRequest, page: Page) -> Page:
        """The page with its DOM as `rendered`; a RenderError if the browser failed twice."""

        async def answer(url: str, kind: str) -> ResourceAnswer:
            return await self._answer(request, page, url, kind)

        for tried in range(1, TRIES + 1):
            try:
                drawn = await self._renderer.render(page.final_url, page.body, page.headers, answer)
            except RenderError:
                if tried == TRIES:
                    raise
            else:
                return replace(page, rendered=drawn.dom, unsent=drawn.unsent)
        raise AssertionError("a page is tried at most twice")

    async def close(self) -> None:
        """End the browser."""
        await self._renderer.close()

    async def _answer(self, request: FetchRequest, page: Page, url: str, kind: str) -> ResourceAnswer:
        key = (site_of(page.final_url), url)
        expires, known = self._scripts.get(key, (0.0, ResourceAnswer()))
        if expires > time.monotonic():
            return known
        assert self.fetcher is not None
        outcome = await self.fetcher.fetch(request_for_part(request, page, url))
        if isinstance(outcome, NotFetched):
            return ResourceAnswer(outcome.status if outcome.status and outcome.status >= 400 else 0)
        if not isinstance(outcome, Page):
            return ResourceAnswer()
        found = ResourceAnswer(outcome.status, outcome.headers, outcome.body)
        if kind == "script" and outcome.status == 200:
            self._remember(key, found)
        return found

    def _remember(self, key: tuple[str, str], found: ResourceAnswer) -> None:
        _, old = self._scripts.pop(key, (0.0, ResourceAnswer()))
        self._scripts[key] = (time.monotonic() + REMEMBERED_S, found)
        self._bytes += len(found.body) - len(old.body)
        while self._bytes > REMEMBERED_BYTES:
            self._bytes -= len(self._scripts.popitem(last=False)[1][1].body)


def request_for_part(request: FetchRequest, page: Page, url: str) -> FetchRequest:
    """The request for what a page asks for; what its source says of its own site counts for no other."""
    if site_of(url) == site_of(page.final_url):
        return replace(request, url=url, role="resource", etag=None, last_modified=None, payload=None)
    polite = request.at(is_own=False)
    return FetchRequest(url, role="resource", delay_s=polite.delay_s, concurrency=polite.concurrency)
