"""Fetches one page at once, for `dateline extract URL`."""

from __future__ import annotations

from crawler.exchange import FetchRequest, NotFetched, NotModified, Outcome
from crawler.fetch.event_loop import run
from crawler.fetch.fetcher import Fetcher
from crawler.fetch.settings import FetchSettings
from crawler.politeness.in_memory import MemoryPace, MemoryRobots
from dateline.errors import FetchError
from dateline.types.article import Page


def fetch_one(url: str, settings: FetchSettings) -> Page:
    """The page at a URL, fetched by the same rules as in a crawl; a FetchError says why there is none."""

    async def fetched() -> Outcome:
        async with Fetcher(settings, pace=MemoryPace(), robots=MemoryRobots()) as fetcher:
            return await fetcher.fetch(FetchRequest(url, delay_s=0))

    match run(fetched):
        case Page() as page:
            return page
        case NotFetched() as failed:
            raise FetchError(
                f"can't fetch {url}: {failed.reason}{f' ({failed.detail})' if failed.detail else ''}",
                reason=failed.reason,
                subject=url,
                is_temporary=failed.is_temporary,
                status=failed.status,
            )
        case NotModified() as unexpected:
            raise FetchError(
                f"{url} answered 304 (not modified) to a request without validators",
                reason="http_304",
                subject=url,
                status=unexpected.status,
            )
