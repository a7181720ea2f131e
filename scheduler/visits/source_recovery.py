"""Finds the new pages of a lost source (one of which every watched page fails) on its home page.

Only of a lost one: the operator chooses which of a live site's feeds are watched, and sites name new ones every month.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

from crawler.fetch.fetcher import Fetcher
from crawler.source_finder.finder import FoundSource, SourceFinder
from dateline import log
from dateline.config import Settings
from dateline.errors import FetchError, ParseError
from dateline.parser_pool.pool import ParserPool
from dateline.types.source import Politeness, WatchedPage
from dateline.urls import site_of
from sql.frontier.feeds import LostSource, LostSources
from sql.frontier.rows import DueFeed

LOST = 3.0
"""Weighted failures of every page from which a source counts as lost: within a day where they are hard."""
AGAIN = dt.timedelta(days=6)
"""Dead pages are tried weekly; so is this, with the first of them."""
WORTH_ADDING = frozenset({"feed", "wordpress", "news_sitemap", "sitemap"})
"""A home page alone is not taken for a source's feed by itself: a parked domain has one, too."""

logger = log.get(__name__)


@dataclass(frozen=True, slots=True)
class SourceRecovery:
    """Looks for the pages of lost sources, with the fetcher and at the pace of all visits."""

    fetcher: Fetcher
    parser_pool: ParserPool
    lost: LostSources
    settings: Settings
    clock: Callable[[], dt.datetime]

    async def recover(self, feed: DueFeed) -> int:
        """After a failed visit: if the source is lost, watch what its home page names now; how many pages that are."""
        if feed.source_id is None or feed.crawl_id is not None or feed.failures < LOST - 1:
            return 0
        source = await self.lost.claim(feed.source_id, failures=LOST, again_after=AGAIN, now=self.clock())
        if source is None:
            return 0
        outcome, pages = await self._looked(source)
        await self.lost.end(source.id, outcome, pages)
        logger.warning("searched for the pages of a lost source", source=source.name, outcome=outcome, pages=len(pages))
        return len(pages)

    async def _looked(self, source: LostSource) -> tuple[str, tuple[WatchedPage, ...]]:
        allowed = Politeness(**source.politeness)
        delay_s = self.settings.delay_s if allowed.delay_s is None else allowed.delay_s
        polite = replace(allowed, delay_s=delay_s)
        source_finder = SourceFinder(
            self.fetcher, self.parser_pool, polite, self.settings.parse_deadline_s, self.clock, home=source.home
        )
        try:
            return chosen(await source_finder.find(source.home), home=source.home)
        except (FetchError, ParseError) as error:
            return error.reason, ()


def chosen(found: FoundSource, *, home: str) -> tuple[str, tuple[WatchedPage, ...]]:
    """What to watch of what was found, and a word for it: of the source's own site only, else a sold domain would bring
    another publisher's news under its name."""
    pages = tuple(page for page in found.chosen if page.kind in WORTH_ADDING)
    own = tuple(page for page in pages if site_of(page.url) == site_of(home))
    return ("found" if own else "other_site" if pages else "nothing_new"), own
