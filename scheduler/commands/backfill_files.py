"""WARC, ARC and WACZ files at hand (CC-NEWS, another crawler's) as a way into a source's past: nothing is requested for them.

file ─► pages of the source's own sites ─► those that the ledger does not know ─► read ─► stored, or kept out by their date
"""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

from crawler.archive.records import BadRecord
from crawler.archive.wacz_import import ARCHIVE_NAMES, warcs_in
from crawler.archive.warc_import import read_warc
from crawler.history.lists import WAYS
from dateline.clock import utc_now
from dateline.errors import UsageError
from dateline.types.article import Candidate, Page
from dateline.urls import site_of, url_key
from dateline.urls.links import absolute_url
from pipelines.reader import COMMAND_PAUSES_S, PageReader
from pipelines.store import Stored
from scheduler.commands.import_files import WarcPages
from scheduler.visits.context import VisitContext
from sql.frontier.backfill_rows import Backfill, WaitingItem
from sql.frontier.backfills import Backfills
from sql.frontier.rows import hints_of

WAY = "files"
BATCH = 50
_CRAWLED = re.compile(r"-((?:19|20)\d{6})(?:\d{6})?-")
"""The day in the name of a CC-NEWS file: CC-NEWS-20210304120000-01234.warc.gz."""


def files_of(paths: Sequence[Path]) -> list[Path]:
    """The files, and those in the folders, by name from the last; a UsageError names a path that is none of them."""
    found: list[Path] = []
    for path in paths:
        inner = (
            [one for one in path.rglob("*") if one.name.lower().endswith(ARCHIVE_NAMES)] if path.is_dir() else [path]
        )
        if not inner or not all(one.name.lower().endswith(ARCHIVE_NAMES) for one in inner):
            what = "holds no" if path.is_dir() else "is no"
            raise UsageError(f"{path} {what} .warc(.gz), .arc(.gz) or .wacz file", subject=str(path))
        found += inner
    return sorted(dict.fromkeys(found), key=lambda one: one.name, reverse=True)


def may_hold(path: Path, since: dt.datetime) -> bool:
    """Whether a file may have pages that were published since then: it was crawled later, if its name says when."""
    named = _CRAWLED.search(path.name)
    return named is None or f"{since:%Y%m%d}" <= named[1]


async def read_files(context: VisitContext, run: Backfill, files: Sequence[Path], stop: asyncio.Event) -> None:
    """Store what the files have of the source and its dates; each page is committed before the next batch is read."""
    assert context.backfills is not None
    for path in files:
        if stop.is_set():
            return
        if not may_hold(path, run.since):
            await context.backfills.count_file(run, WAY, items=0, note=f"{path.name} was crawled before the dates")
            continue
        with warcs_in(path) as inner:
            for one in inner:
                await _read_file(context, context.backfills, run, one, stop)


async def _read_file(
    context: VisitContext, backfills: Backfills, run: Backfill, path: Path, stop: asyncio.Event
) -> None:
    reader, items = _FileReader(context, backfills, run, path), 0
    async for batch in reader.batches():
        items += await reader.store(batch)
        if stop.is_set():
            return
    note = f"{path.name}: {reader.damaged} damaged records" if reader.damaged else None
    await backfills.count_file(run, WAY, items=items, note=note)


class _FileReader:
    def __init__(self, context: VisitContext, backfills: Backfills, run: Backfill, path: Path) -> None:
        self._context, self._backfills, self._run, self._path = context, backfills, run, path
        boilerplate = context.feed_words.boilerplate if context.feed_words else None
        deadline_s = context.settings.parse_deadline_s
        self._reader = PageReader(context.parser_pool, deadline_s, boilerplate, COMMAND_PAUSES_S)
        self._pages = WarcPages(path)
        self.damaged = 0

    async def batches(self) -> AsyncIterator[dict[uuid.UUID, Page]]:
        """The file's pages of the source's sites, a few at a time, each address once."""
        records = iter(self._own_pages())
        while batch := await asyncio.to_thread(_some, records):
            yield batch

    def _own_pages(self) -> Iterator[Page]:
        for record in read_warc(self._path):
            if isinstance(record, BadRecord):
                self.damaged += 1
            elif site_of(record.final_url) in self._run.sites:
                yield record

    async def store(self, batch: dict[uuid.UUID, Page]) -> int:
        """Store those pages that the ledger does not know; how many were known or stored."""
        items = [_item(key, page) for key, page in batch.items()]
        lines = await self._backfills.lines(self._run, items, now=utc_now())
        for due in lines:
            page = batch[due.url_key]
            found = await self._reader.read(due, page, now=utc_now(), parts=self._part)
            assert self._context.store is not None
            stored = await self._context.store.store(due, page, found, now=utc_now())
            await self._count([due.url], _state(stored))
        asked = {due.url_key for due in lines}
        await self._count([page.final_url for key, page in batch.items() if key not in asked], "known")
        return len(batch)

    async def _part(self, url: str) -> Page:
        return await asyncio.to_thread(self._pages.page, url)

    async def _count(self, urls: Sequence[str], state: str) -> None:
        candidates = [Candidate(url, via="import") for url in urls]
        await self._backfills.add_items(self._run, WAY, WAYS.index(WAY), candidates, state=state)


def _some(records: Iterator[Page]) -> dict[uuid.UUID, Page]:
    found: dict[uuid.UUID, Page] = {}
    for page in records:
        if (url := absolute_url(page.final_url, page.final_url)) is not None:
            found.setdefault(url_key(url), page)
        if len(found) >= BATCH:
            break
    return found


def _item(key: uuid.UUID, page: Page) -> WaitingItem:
    candidate = Candidate(page.final_url, via="import")
    return WaitingItem(0, key, page.final_url, WAY, "import", hints_of(candidate), None, None, 0)


def _state(stored: Stored) -> str:
    if stored.result.reason in ("before_since", "after_until"):
        return "outside"
    return "stored" if stored.article_id is not None else "not_stored"
