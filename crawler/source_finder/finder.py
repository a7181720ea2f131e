"""Finds and tries the pages of a site that list its articles, for `dateline sources add` and `sources check`.

    home page ─► feeds that it links to ──┐
    robots.txt ─► sitemaps that it names ─┼─► each tried ─► ranked ─► those worth watching
    usual paths, where these gave none ───┘

All requests go through the Fetcher, with pace and robots.txt, and all pages are parsed in the parser pool.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from urllib.parse import urljoin

from crawler.discovery.discover import discover
from crawler.discovery.sitemaps import robots_sitemaps
from crawler.exchange import FetchRequest, NotFetched
from crawler.fetch.fetcher import Fetcher
from crawler.fetch.settings import FetchSettings
from crawler.politeness.in_memory import MemoryPace, MemoryRobots
from crawler.source_finder.home_page import FrontPage, read_front_page
from crawler.source_finder.probe import FoundLink, ProbeResult, rank_found, usual_paths
from crawler.source_finder.wordpress import newest_posts
from dateline.clock import utc_now
from dateline.errors import FetchError, ParseError
from dateline.parser_pool.pool import ParserPool
from dateline.types.article import Page
from dateline.types.source import Discovery, FeedKind, Politeness, WatchedPage, access_of

_MOST_DECLARED = 30
_MOST_LISTS = 2
"""The most feeds, and the most sitemaps, that are tried: a site that names more has one per section."""
_MOST_ON_HOST = 0.8
_PRELOAD = ("crawler.source_finder.home_page",)


@dataclass(frozen=True, slots=True)
class TriedPage:
    """The result of trying a page: `outcome` is "ok", "empty", "html" (instead of a feed or sitemap), or why it failed."""

    url: str
    kind: FeedKind
    outcome: str
    status: int | None = None
    entries: int = 0
    sitemaps: int = 0
    newest_at: dt.datetime | None = None
    warnings: tuple[str, ...] = ()
    discovery: Discovery | None = field(default=None, repr=False)
    detail: str = ""

    @property
    def is_ok(self) -> bool:
        """Whether it names articles, or sitemaps that may."""
        return self.outcome == "ok"


@dataclass(frozen=True, slots=True)
class FoundSource:
    """A site: its home page, the outlet's name and language, all pages tried, and those worth watching."""

    home: str
    title: str | None
    language: str | None
    tried: tuple[TriedPage, ...]
    chosen: tuple[WatchedPage, ...]


@dataclass(frozen=True, slots=True)
class SourceFinder:
    """Finds the pages of a site that are worth watching. `on_tried` is called with each page once it has been tried.

    `home` is the source's home page: its site alone gets the login.
    """

    fetcher: Fetcher
    parser_pool: ParserPool
    politeness: Politeness
    deadline_s: float
    clock: Callable[[], dt.datetime]
    on_tried: Callable[[TriedPage], None] = lambda page: None
    home: str = ""

    async def find(self, address: str) -> FoundSource:
        """The source at an address; FetchError or ParseError if its home page can't be fetched or read.

        If the address is that of a feed or sitemap, this is the page to watch; an article's stands for the site's home page.
        """
        page = await self._page(address)
        front = await self._front(page)
        if front.is_article:  # its site is meant
            page = await self._page(urljoin(page.final_url, "/"))
            front = await self._front(page)
        if front.discovery.found_kind not in {"home", "section"}:
            itself = self._report(tried(page.final_url, "auto", page.status, front.discovery))
            home = _home_of(front.discovery, page.final_url)
            return FoundSource(home, front.title, front.language, (itself,), choose([itself]))
        feeds = await self._tried([WatchedPage(link.url, "feed") for link in front.feeds[:_MOST_DECLARED]])
        sitemaps = await self._tried(await self._named_by_robots(page.final_url))
        if not any(found.is_ok for found in feeds):
            feeds += await self._tried(await self._listed(feeds))
        if not any(found.is_ok for found in feeds):
            feeds += await self._first_that_works(page.final_url, is_sitemap=False, but=feeds)
        if not any(found.is_ok for found in sitemaps):
            sitemaps += await self._first_that_works(page.final_url, is_sitemap=True, but=sitemaps)
        posts = await self._tried([WatchedPage(newest_posts(front.api), "wordpress")] if front.api else [])
        itself = self._report(tried(page.final_url, "home", page.status, front.discovery))
        everything = (*feeds, *posts, *sitemaps, itself)
        return FoundSource(page.final_url, front.title, front.language, everything, choose(everything))

    async def try_page(self, watched: WatchedPage) -> TriedPage:
        """Fetch and read a page that is, or may be, watched."""
        outcome = await self.fetcher.fetch(self._request(watched.url))
        if not isinstance(outcome, Page):
            reason = outcome.reason if isinstance(outcome, NotFetched) else "http_304"
            why = outcome.detail if isinstance(outcome, NotFetched) else ""
            return self._report(TriedPage(watched.url, watched.kind, reason, outcome.status, detail=why))
        read = partial(discover, url=outcome.final_url, content_type=outcome.header("content-type"), now=self.clock())
        try:
            found = await self.parser_pool.run(
                partial(read, kind=watched.kind), outcome.body, deadline_s=self.deadline_s, subject=watched.url
            )
        except ParseError as error:
            return self._report(TriedPage(watched.url, watched.kind, error.reason, outcome.status))
        return self._report(tried(outcome.final_url, watched.kind, outcome.status, found))

    async def _tried(self, pages: Iterable[WatchedPage]) -> list[TriedPage]:
        return [await self.try_page(page) for page in dict.fromkeys(pages)]

    async def _listed(self, pages: Sequence[TriedPage]) -> list[WatchedPage]:
        """The feeds that the pages name which are HTML in a feed's place: an outlet's list of its feeds."""
        lists = [page.url for page in pages if page.outcome == "html"][:_MOST_LISTS]
        named = dict.fromkeys([link.url for url in lists for link in await self._named_on(url)])
        return [WatchedPage(url, "feed") for url in named if url not in {page.url for page in pages}][:_MOST_DECLARED]

    async def _named_on(self, url: str) -> tuple[FoundLink, ...]:
        try:
            return (await self._front(await self._page(url))).feeds
        except (FetchError, ParseError):
            return ()

    async def _first_that_works(self, home: str, *, is_sitemap: bool, but: Iterable[TriedPage]) -> list[TriedPage]:
        """The first usual path that answers with a feed (or sitemap); the other paths are not reported."""
        known = {page.url for page in but}
        quiet = replace(self, on_tried=lambda page: None)
        for url in usual_paths(home):
            if _is_sitemap(url) == is_sitemap and url not in known:
                page = await quiet.try_page(WatchedPage(url, "sitemap" if is_sitemap else "feed"))
                if page.is_ok:
                    return [self._report(page)]
        return []

    async def _named_by_robots(self, home: str) -> list[WatchedPage]:
        url = urljoin(home, "/robots.txt")
        outcome = await self.fetcher.fetch(replace(self._request(url), obey_robots=False))  # RFC 9309, 2.2.2
        if not isinstance(outcome, Page):
            return []
        try:
            named = await self.parser_pool.run(
                robots_sitemaps, outcome.body, url, deadline_s=self.deadline_s, subject=url
            )
        except ParseError:
            return []
        return [WatchedPage(address, "sitemap") for address in named[:_MOST_DECLARED]]

    async def _page(self, url: str) -> Page:
        outcome = await self.fetcher.fetch(self._request(url))
        if isinstance(outcome, Page):
            return outcome
        reason = outcome.reason if isinstance(outcome, NotFetched) else "http_304"
        detail = f" ({outcome.detail})" if isinstance(outcome, NotFetched) and outcome.detail else ""
        raise FetchError(f"can't fetch {url}: {reason}{detail}", reason=reason, subject=url, status=outcome.status)

    async def _front(self, page: Page) -> FrontPage:
        kind = page.header("content-type")
        read = partial(read_front_page, url=page.final_url, content_type=kind, headers=page.headers, now=self.clock())
        return await self.parser_pool.run(read, page.body, deadline_s=self.deadline_s, subject=page.url)

    def _request(self, url: str) -> FetchRequest:
        polite = self.politeness
        delay_s = 1.0 if polite.delay_s is None else polite.delay_s
        access = access_of(self.home, polite)
        return FetchRequest(url, role="feed", delay_s=delay_s, obey_robots=polite.obey_robots, access=access)

    def _report(self, page: TriedPage) -> TriedPage:
        self.on_tried(page)
        return page


@asynccontextmanager
async def open_source_finder(
    settings: FetchSettings, *, politeness: Politeness, deadline_s: float, memory_mb: int
) -> AsyncIterator[SourceFinder]:
    """A source finder with its own fetcher and parser pool; needs the loop of `crawler.fetch.event_loop.run`."""
    async with (
        ParserPool(workers=1, memory_mb=memory_mb, preload=_PRELOAD) as parser_pool,
        Fetcher(settings, pace=MemoryPace(), robots=MemoryRobots(), parser_pool=parser_pool) as fetcher,
    ):
        yield SourceFinder(fetcher, parser_pool, politeness, deadline_s, utc_now)


def tried(url: str, kind: FeedKind, status: int, found: Discovery) -> TriedPage:
    """The result of a page that was read, by what it turned out to be."""
    is_html_for_feed = found.found_kind in {"home", "section"} and kind not in {"home", "section", "auto"}
    is_empty = not found.candidates and not found.children
    dates = [at for candidate in found.candidates if (at := candidate.published_at or candidate.modified_at)]
    return TriedPage(
        url=url,
        kind=kind if is_html_for_feed or found.found_kind is None else found.found_kind,
        outcome="html"
        if is_html_for_feed
        else "unknown"
        if found.found_kind is None
        else "empty"
        if is_empty
        else "ok",
        status=status,
        entries=len(found.candidates),
        sitemaps=len(found.children),
        newest_at=max(dates, default=None),
        warnings=found.warnings,
        discovery=found,
    )


def choose(pages: Iterable[TriedPage]) -> tuple[WatchedPage, ...]:
    """The pages to watch: feeds and news sitemaps, or if there are none full sitemaps; and the page that was given itself.

    WordPress' REST interface is among them where no feed is, or where it has full texts and no feed does.

    A full sitemap lists the whole archive. A home or section page gives neither dates nor summaries, but it may name
    articles that no feed names.
    """
    good = [page for page in pages if page.is_ok]
    results = [ProbeResult(page.url, page.discovery) for page in good if page.discovery is not None]
    ranked = [
        WatchedPage(result.url, result.discovery.found_kind)
        for result in rank_found(results)
        if result.discovery.found_kind is not None
    ]
    homes = [WatchedPage(page.url, page.kind) for page in good if page.kind in {"home", "section"}]
    is_wanted = not any(page.kind == "feed" for page in ranked) or adds_text(good)
    current = [
        page for page in ranked if page.kind in {"feed", "news_sitemap"} or (page.kind == "wordpress" and is_wanted)
    ]
    return tuple(current or [page for page in ranked if page.kind == "sitemap"]) + tuple(homes)


def adds_text(pages: Iterable[TriedPage]) -> bool:
    """Whether WordPress' REST interface gives full texts and no feed does."""
    having = {page.kind for page in pages if page.discovery and any(one.content for one in page.discovery.candidates)}
    return "wordpress" in having and "feed" not in having


def _home_of(discovery: Discovery, url: str) -> str:
    """The home page of a feed: of the host that nearly all its articles are on, else of its own host."""
    roots = Counter(urljoin(candidate.url, "/") for candidate in discovery.candidates)
    root, times = next(iter(roots.most_common(1)), ("", 0))
    return root if times and times >= _MOST_ON_HOST * roots.total() else urljoin(url, "/")


def _is_sitemap(url: str) -> bool:
    return "sitemap" in url.lower() or "googlenews" in url.lower()
