"""Archived pages read again by the present extractor, with what is known by now of what their hosts repeat.

    articles of an older extractor → archive → extract (in the parser pool) → strip → revision "re-extraction" or in place

Each article is committed by itself and then carries the present extractor's name: a run that is killed goes on where it
was when it is started again.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from crawler.archive.archive import Archive
from crawler.archive.shared_archive import open_archive
from dateline import log
from dateline.clock import utc_now
from dateline.config import Settings
from dateline.errors import ArchiveError, FetchError
from dateline.types.article import Page
from pipelines.boilerplate.store import BoilerplateStore
from pipelines.boilerplate.strip import FEWEST_ARTICLES, FEWEST_STORIES, SMALLEST_SHARE
from pipelines.dedupe import Reject, reject_reason
from pipelines.reader import COMMAND_PAUSES_S, UNREADABLE, PageReader
from pipelines.revisions.reprocess import says_the_same, store_reprocessed
from pipelines.version import EXTRACTOR
from scheduler.alerts.one_off import send_alerts_once
from scheduler.commands.import_lines import EXTRACTOR as IMPORTED
from scheduler.processes.parser_pool import make_parser_pool
from sql.articles.reprocess import ArchivedArticle, Selection, articles_to_read
from sql.database import Pool, open_pool
from sql.statements import UNSTORABLE

T = TypeVar("T")

BATCH = 200

logger = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one article: changed, unchanged, overtaken, gone, refused or failed, and why."""

    article: ArchivedArticle
    outcome: str
    reason: str = ""


@dataclass(slots=True)
class ReprocessSummary:
    """The result of a run."""

    is_dry: bool
    outcomes: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    is_cut: bool = False

    def add(self, result: Result) -> None:
        """Count one article."""
        self.outcomes[result.outcome] += 1
        if result.outcome in ("refused", "failed"):
            {"refused": self.refused, "failed": self.failed}[result.outcome][result.reason] += 1

    def to_json(self) -> dict[str, Any]:
        """The counts as they are printed; `gone` are articles whose page is not in the archive any more."""
        return {
            "extractor": EXTRACTOR,
            "articles": self.outcomes.total(),
            "changed": self.outcomes["changed"],
            "unchanged": self.outcomes["unchanged"],
            "overtaken": self.outcomes["overtaken"],
            "gone": self.outcomes["gone"],
            "refused": dict(self.refused),
            "failed": dict(self.failed),
            "dry_run": self.is_dry,
            "interrupted": self.is_cut,
        }


async def run_reprocess(
    settings: Settings,
    url: str,
    wanted: Selection,
    *,
    dry_run: bool = False,
    stop: asyncio.Event | None = None,
    listener: Callable[[Result], None] = lambda result: None,
    clock: Callable[[], dt.datetime] = utc_now,
) -> ReprocessSummary:
    """Read the wanted articles' pages again. Once `stop` is set, what is under way is finished and nothing new is started."""
    summary, stop = ReprocessSummary(dry_run), stop or asyncio.Event()
    workers = settings.effective_extraction_workers
    async with (
        open_pool(url, min_size=1, max_size=2 * workers + 1, application_name="dateline reprocess") as pool,
        make_parser_pool(settings) as parser_pool,
    ):
        parser_pool.begin()
        boilerplate = BoilerplateStore(pool) if settings.learn_boilerplate else None
        reader = PageReader(parser_pool, settings.parse_deadline_s, boilerplate, COMMAND_PAUSES_S)
        archive, gate = open_archive(settings), asyncio.Semaphore(2 * workers)
        reprocessor = _Reprocessor(settings, pool, reader, archive, gate, dry_run, clock)
        async for batch in _batches(pool, wanted, settings, clock().date()):
            async for result in _completed([reprocessor.read(article, stop) for article in batch]):
                if result is not None:
                    summary.add(result)
                    listener(result)
            if stop.is_set():
                summary.is_cut = True
                break
        if not dry_run:
            await send_alerts_once(settings, pool)
    return summary


async def _completed(works: Sequence[Coroutine[Any, Any, T]]) -> AsyncIterator[T]:
    """Yields results as they come. An error ends the works that are still running."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        for done in asyncio.as_completed(tasks):
            yield await done
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _batches(
    pool: Pool, wanted: Selection, settings: Settings, today: dt.date
) -> AsyncIterator[list[ArchivedArticle]]:
    """The wanted articles by number, so that a run ends although those that can't be read stay wanted."""
    terms = {
        "extractor": EXTRACTOR,
        "imported": IMPORTED,
        "learned": settings.learn_boilerplate,
        "today": today,
        "fewest_articles": FEWEST_ARTICLES,
        "fewest_stories": FEWEST_STORIES,
        "smallest_share": SMALLEST_SHARE,
    }
    after, left = 0, wanted.limit
    while left is None or left > 0:
        async with pool.connection() as conn:
            limit = BATCH if left is None else min(BATCH, left)
            batch = await articles_to_read(conn, wanted, after=after, limit=limit, terms=terms)
        if not batch:
            return
        yield batch
        after, left = batch[-1].article_id, None if left is None else left - len(batch)


@dataclass(frozen=True, slots=True)
class _Reprocessor:
    """Reads one article's page again."""

    settings: Settings
    pool: Pool
    reader: PageReader
    archive: Archive
    gate: asyncio.Semaphore
    is_dry: bool
    clock: Callable[[], dt.datetime]

    async def read(self, article: ArchivedArticle, stop: asyncio.Event) -> Result | None:
        """What became of it; None when the run was to stop before its turn came."""
        async with self.gate:
            if stop.is_set():
                return None
            try:
                return await self._read(article)
            except ArchiveError as error:
                logger.warning("a page is not in the archive any more", url=article.url, error=str(error))
                return Result(article, "gone")
            except UNSTORABLE as error:
                logger.warning("what was found can't be stored", url=article.url, error=str(error))
                return Result(article, "failed", "store_error")

    async def _part(self, article: ArchivedArticle, url: str) -> Page:
        """A further page of the article, from the archive. An ArchiveError if it was there and is not any more."""
        try:
            ref = article.part_ref(url)
        except KeyError:
            raise FetchError("it is not in the archive", reason="not archived", is_temporary=False) from None
        if ref is None:
            raise ArchiveError(f"{url} is not in the archive any more", subject=url)
        return await asyncio.to_thread(self.archive.read, ref)

    async def _read(self, article: ArchivedArticle) -> Result:
        if article.ref is None:
            return Result(article, "gone")
        page = await asyncio.to_thread(self.archive.read, article.ref)

        async def part(url: str) -> Page:
            return await self._part(article, url)

        found = await self.reader.read(article.due, page, now=self.clock(), rejudge=True, parts=part)
        if isinstance(found, Reject):
            return Result(article, "failed" if found.reason in UNREADABLE else "refused", found.reason)
        refusal = reject_reason(found, obeyed=self.settings.obey_reservations)
        if refusal is not None:
            return Result(article, "refused", refusal.reason)
        if self.is_dry:
            is_same = says_the_same(found, title=article.title, text_hash=article.content_hash)
            return Result(article, "unchanged" if is_same else "changed")
        learns = self.settings.learn_boilerplate
        return Result(
            article,
            await store_reprocessed(
                self.pool, article.article_id, article.due, page, found, learns=learns, now=self.clock()
            ),
        )
