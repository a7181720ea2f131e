"""What the parts of a visit share: the fetcher, the stores, the settings, and the state of this process."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from crawler.fetch.fetcher import Fetcher
from dateline.clock import Clock
from dateline.config import Settings
from dateline.parser_pool.pool import ParserPool
from pipelines.feed_words import FeedWords
from pipelines.store import Store
from scheduler.visits.database_room import DatabaseRoom
from scheduler.visits.source_recovery import SourceRecovery
from scheduler.visits.underway import Unstored
from sql.frontier.backfills import Backfills
from sql.frontier.crawls import Crawls
from sql.frontier.frontier import Frontier
from sql.frontier.pace import DatabasePace
from sql.frontier.rechecks import Rechecks
from sql.frontier.rows import DueUrl, UrlResult


@dataclass(slots=True)
class PageLimit:
    """How many pages a crawl may still fetch; None for no limit."""

    left: int | None = None

    def take(self) -> bool:
        """Count one page; False when no page is left."""
        if self.left is None:
            return True
        self.left -= 1
        return self.left >= 0

    @property
    def is_spent(self) -> bool:
        """True when no further page may be fetched."""
        return self.left is not None and self.left <= 0


@dataclass(slots=True)
class VisitContext:
    """What visits work with. `stopping` ends visits between two URLs; `page_limit` is a crawl's."""

    fetcher: Fetcher
    parser_pool: ParserPool
    frontier: Frontier
    crawls: Crawls
    settings: Settings
    clock: Clock
    items: Store | None = None
    """Stores what feeds say of items whose pages are not fetched; None: their pages are fetched like others."""
    store: Store | None = None
    """Stores what feeds say of pages that could not be fetched; None: nothing replaces them."""
    feed_words: FeedWords | None = None
    """Knows what feeds say; belongs to both stores."""
    rechecks: Rechecks | None = None
    """Knows which stored articles are due for a re-check; None: none are."""
    source_recovery: SourceRecovery | None = None
    """Looks for the new pages of lost sources; None: lost sources stay lost."""
    pace: DatabasePace | None = None
    """Commits the release of a host together with its visit; None: separately."""
    chance: random.Random = field(default_factory=random.Random)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    page_limit: PageLimit = field(default_factory=PageLimit)
    listener: Callable[[DueUrl, UrlResult], None] = lambda due, result: None
    """Called with every result after its commit."""
    named: set[uuid.UUID] = field(default_factory=set)
    """The URLs that the pages of a one-off crawl named."""
    named_older: set[uuid.UUID] = field(default_factory=set)
    """Those of them that are older than the crawl's `since`."""
    room: DatabaseRoom = field(default_factory=DatabaseRoom)
    unstored: Unstored = field(default_factory=Unstored)
    """The pages of all visits that are answered and not yet stored."""
    backfills: Backfills | None = None
    """Knows the backfills of sources; None: there are none."""
    process: str = ""
    """The name of this process, which its connections carry."""
