"""An open pool on the test's own database, and the means to put pages through the store."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest_asyncio

from dateline.types.article import Candidate, Extraction, Instant, Page
from pipelines.store import Store, Stored
from sql.database import Pool, open_pool
from sql.frontier.crawls import CrawlOptions, Crawls
from sql.frontier.frontier import Frontier
from sql.frontier.rows import DueUrl

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
WORDS = (
    "The harbour council voted on Monday to rebuild the old ferry pier after months of debate over its cost. "
    "Engineers told the meeting that the wooden piles have rotted below the water line and that patching them again "
    "would only put off the day on which the pier must close. Fishing crews asked for a ramp at its landward end, and "
    "the mayor promised that work would begin before the autumn storms. "
)


@dataclass
class Desk:
    """Puts pages into the archive as the line does, without a network."""

    pool: Pool
    crawl_id: int
    store: Store = field(init=False)
    frontier: Frontier = field(init=False)

    def __post_init__(self) -> None:
        self.store = Store(self.pool, obey_reservations=("noai",))
        self.frontier = Frontier(self.pool)

    async def due(self, url: str) -> DueUrl:
        """The URL as a ledger line that is to be fetched."""
        await self.frontier.add_targets([Candidate(url, via="target")], crawl_id=self.crawl_id, source_id=None, now=NOW)
        from dateline.urls import host_of, url_key

        lines = await self.frontier.due_urls(host_of(url), self.crawl_id, NOW, limit=1000)
        return next(line for line in lines if line.url_key == url_key(url))

    async def put(
        self,
        url: str,
        text: str = WORDS,
        *,
        final_url: str | None = None,
        now: dt.datetime = NOW,
        due: DueUrl | None = None,
        **fields: object,
    ) -> Stored:
        """Store one page with that text; further fields are the extraction's."""
        due = due or await self.due(url)
        final = final_url or url
        passed: Any = fields.pop("redirects", (url,) if final_url else ())
        page = Page(url, final, 200, (), text.encode(errors="replace"), now, redirects=passed)
        found = Extraction(url=final, kind="article", title="Pier to be rebuilt", text=text, extractor="test/1")
        return await self.store.store(due, page, dataclasses.replace(found, **fields), now=now)  # type: ignore[arg-type]


def published(hour: int) -> Instant:
    """An instant of publication on the day of NOW."""
    return Instant(NOW.replace(hour=hour), "minute", "json-ld", f"2026-05-04T{hour:02}:00Z")


@pytest_asyncio.fixture
async def pool(database: str) -> AsyncIterator[Pool]:
    """An open pool on the test's own database."""
    async with open_pool(database, min_size=2, max_size=8) as opened:
        yield opened


@pytest_asyncio.fixture
async def desk(pool: Pool) -> Desk:
    """A desk with a crawl of its own."""
    return Desk(pool, await Crawls(pool).begin(["test"], CrawlOptions()))
