"""Scrapy's item pipelines: thin shells around the reader, the archive and the store.

An item arrives as fetched (`PageItem`), leaves ReadStep as `ReadItem` and StoreStep as `Stored`. Each step takes what it
needs from `Parts`, which the worker attaches to the crawler.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from dateline.errors import FetchError, RenderError
from dateline.reading import reading
from dateline.types.article import STORED_KINDS, ArchiveRef, Extraction, Page, Part
from dateline.urls import site_of
from pipelines.dedupe import Reject
from pipelines.feed_words import FeedWords
from pipelines.reader import PageReader
from pipelines.store import Store, Stored
from sql.frontier.rows import DueUrl


class PageItem(Protocol):
    """What the spider yields: a page, the raw exchange, and the request, whose payload is the ledger's line."""

    @property
    def page(self) -> Page: ...
    @property
    def raw(self) -> Any: ...
    @property
    def request(self) -> Any: ...


class PageArchive(Protocol):
    """Where pages are kept as they were received."""

    def keep(self, page: Page, raw: Any) -> ArchiveRef: ...
    def sync(self, refs: Sequence[ArchiveRef]) -> None: ...


PartFetcher = Callable[[Any, str], Awaitable[PageItem]]
"""Fetches a further page of the article that a request is for; raises a FetchError that says why there is none."""


PageRenderer = Callable[[Any, Page], Awaitable[Page]]
"""Gives the page of a request with its DOM after its scripts have run; raises a RenderError that says why there is none."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the steps work with."""

    reader: PageReader
    store: Store
    archive: PageArchive | None
    obeyed: Sequence[str]
    clock: Callable[[], dt.datetime]
    fetch_part: PartFetcher | None = None
    """None: articles that are split are not joined."""
    render: PageRenderer | None = None
    """None: no page is rendered in a browser."""
    feed_words: FeedWords | None = None
    """Knows what feeds say of pages; None: nothing replaces a page that is refused."""


@dataclass(frozen=True, slots=True)
class ReadItem:
    """A page with what it says, or with the reason why it could not be read, or why it is to be read again later.

    `parts` are the further pages of its article, as fetched; `instead` is what replaces a page that is refused.
    """

    page: Page
    raw: Any
    due: DueUrl
    found: Extraction | Reject | FetchError
    parts: Mapping[str, PageItem] = field(default_factory=dict)
    instead: Extraction | None = None


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
        fetched: dict[str, PageItem] = {}
        try:
            with self.parts.store.coming():
                found = await reading(due.url, self._read(item, fetched))
            page = item.page
            if self._is_to_render(due, page, found):
                page, found = await self._rendered(item, found)
        except FetchError as error:
            return ReadItem(item.page, item.raw, due, error)
        return ReadItem(page, item.raw, due, found, fetched, await self._instead(due, page, found))

    def _is_to_render(self, due: DueUrl, page: Page, found: Extraction | Reject) -> bool:
        """Whether the browser may help: the page needs one, and its own source says so."""
        is_wanted = bool(due.extraction.get("render")) and site_of(page.final_url) in due.named_by
        return (
            is_wanted
            and self.parts.render is not None
            and isinstance(found, Extraction)
            and found.kind == "needs_javascript"
        )

    async def _rendered(self, item: PageItem, found: Extraction | Reject) -> tuple[Page, Extraction | Reject]:
        """The page with its DOM and what that says; where that is not an article, the page as it came, with the reason."""
        assert isinstance(found, Extraction) and self.parts.render is not None
        due: DueUrl = item.request.payload
        try:
            page = await self.parts.render(item.request, item.page)
        except RenderError as error:
            why = f"it was not rendered: {error}"
        else:
            shown = await self.parts.reader.read(due, page, now=self.parts.clock())
            if isinstance(shown, Extraction) and shown.kind in STORED_KINDS and shown.text.strip():
                return page, shown
            why = f"rendered in a browser, it is {shown.reason if isinstance(shown, Reject) else shown.kind}"
            if page.unsent:
                why += f"; its scripts ask for what the browser does not send: {', '.join(page.unsent)}"
        return item.page, dataclasses.replace(found, kind_evidence=(*found.kind_evidence, why))

    async def _instead(self, due: DueUrl, page: Page, found: Extraction | Reject) -> Extraction | None:
        refusal = found if isinstance(found, Reject) else self.parts.store.refusal(page, found)
        if refusal is None or due.is_recheck or self.parts.feed_words is None:
            return None
        return await self.parts.feed_words.instead_of(due, refusal.reason, now=self.parts.clock())

    async def _read(self, item: PageItem, fetched: dict[str, PageItem]) -> Extraction | Reject:
        fetch, words = self.parts.fetch_part, self.parts.feed_words
        due: DueUrl = item.request.payload

        async def part(url: str) -> Page:
            assert fetch is not None
            found = await fetch(item.request, url)
            fetched[found.page.final_url] = found
            return found.page

        parts = part if fetch is not None else None
        content = await words.content(due) if words is not None else None
        return await self.parts.reader.read(due, item.page, now=self.parts.clock(), parts=parts, feed_content=content)


class ArchiveStep(ItemPipeline):
    """Writes the page to the archive as it was received; the store has it flushed to disk before a row names it."""

    async def process_item(self, item: ReadItem) -> ReadItem:
        """Returns the page with its place in the archive."""
        archive = self.parts.archive
        if archive is None or isinstance(item.found, FetchError) or self._is_reserved(item.found):
            return item
        kept = await asyncio.to_thread(archive.keep, item.page, item.raw)
        found = item.found
        if isinstance(found, Extraction) and found.parts:
            read = [item.parts[part.url] for part in found.parts]
            refs = [await asyncio.to_thread(archive.keep, part.page, part.raw) for part in read]
            parts = tuple(Part(part.page.final_url, ref) for part, ref in zip(read, refs, strict=True))
            found = dataclasses.replace(found, parts=parts)
        return dataclasses.replace(item, page=dataclasses.replace(item.page, archived=kept), found=found)

    def _is_reserved(self, found: Extraction | Reject) -> bool:
        return isinstance(found, Extraction) and not set(found.directives).isdisjoint(self.parts.obeyed)


class StoreStep(ItemPipeline):
    """Decides on the page and stores it, in one transaction."""

    async def process_item(self, item: ReadItem) -> Stored | FetchError:
        """Returns what was done with the page, which is committed by then; or why it is to be fetched again."""
        if isinstance(item.found, FetchError):
            return item.found
        now = self.parts.clock()
        stored = self.parts.store.store(item.due, item.page, item.found, now=now, instead=item.instead)
        return await reading(item.due.url, stored)
