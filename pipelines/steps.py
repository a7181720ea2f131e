"""Scrapy's item pipelines: thin shells around the reader, the archive and the store.

An item arrives as fetched (`PageItem`), leaves ReadStep as `ReadItem` and StoreStep as `Stored`. Each step takes what it
needs from `Parts`, which the worker attaches to the crawler.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

from dateline.reading import reading
from dateline.types.article import ArchiveRef, Extraction, Page
from pipelines.dedupe import Reject
from pipelines.reader import PageReader
from pipelines.store import Store, Stored
from sql.frontier.rows import DueUrl


class PageItem(Protocol):
    """What the spider yields: a page, the raw exchange, and the request, whose payload is the ledger's line."""

    page: Page
    raw: Any
    request: Any


class PageArchive(Protocol):
    """Where pages are kept as they were received."""

    def keep(self, page: Page, raw: Any) -> ArchiveRef: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """What the steps work with."""

    reader: PageReader
    store: Store
    archive: PageArchive | None
    obeyed: Sequence[str]
    clock: Callable[[], dt.datetime]


@dataclass(frozen=True, slots=True)
class ReadItem:
    """A page with what it says, or with the reason why it could not be read."""

    page: Page
    raw: Any
    due: DueUrl
    found: Extraction | Reject


class ItemPipeline:
    """An item pipeline that takes its parts from the crawler."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    @classmethod
    def from_crawler(cls, crawler: Any) -> Self:
        """Returns the pipeline; Scrapy calls this."""
        return cls(crawler.parts)


class ReadStep(ItemPipeline):
    """Reads the page in a process that can be killed: a page that hangs or crashes it costs only itself."""

    async def process_item(self, item: PageItem) -> ReadItem:
        """Returns the page with what it says, or with the reason why it can't be read."""
        due: DueUrl = item.request.payload
        found = await reading(due.url, self.parts.reader.read(due, item.page, now=self.parts.clock()))
        return ReadItem(item.page, item.raw, due, found)


class ArchiveStep(ItemPipeline):
    """Archives the page as it was received, before the database names it."""

    async def process_item(self, item: ReadItem) -> ReadItem:
        """Returns the page with its place in the archive."""
        archive = self.parts.archive
        if archive is None or self._is_reserved(item.found):
            return item
        kept = await asyncio.to_thread(archive.keep, item.page, item.raw)
        return dataclasses.replace(item, page=dataclasses.replace(item.page, archived=kept))

    def _is_reserved(self, found: Extraction | Reject) -> bool:
        return isinstance(found, Extraction) and "noarchive" in found.directives and "noarchive" in self.parts.obeyed


class StoreStep(ItemPipeline):
    """Decides on the page and stores it, in one transaction."""

    async def process_item(self, item: ReadItem) -> Stored:
        """Returns what was done with the page; it is committed by then."""
        stored = self.parts.store.store(item.due, item.page, item.found, now=self.parts.clock())
        return await reading(item.due.url, stored)
