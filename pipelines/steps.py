"""Scrapy's item pipelines: thin shells round extraction, the archive and the store.

An item comes in as fetched (`PageItem`), leaves ExtractStep as `Extracted` and StoreStep as `Stored`. Each step takes what
it needs from `Parts`, which the worker hangs on the crawler.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, Self

from dateline.errors import ParseError, ParserPoolError
from dateline.parser_pool.pool import ParserPool
from dateline.text import storable_line
from dateline.types.article import STORED_KINDS, ArchiveRef, Extraction, Hints, Page
from pipelines.boilerplate.store import BoilerplateStore
from pipelines.dedupe import Reject
from pipelines.reader import read_page
from pipelines.store import Store, Stored
from sql.frontier.rows import DueUrl


class PageItem(Protocol):
    """What the spider yields: a page, the exchange as it came, and the request with the ledger's line as its payload."""

    page: Page
    raw: Any
    request: Any


class PageArchive(Protocol):
    """Where pages are kept as they came."""

    def keep(self, page: Page, raw: Any) -> ArchiveRef: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """What the steps need of the world."""

    parser_pool: ParserPool
    store: Store
    archive: PageArchive | None
    deadline_s: float
    obeyed: Sequence[str]
    clock: Callable[[], dt.datetime]
    boilerplate: BoilerplateStore | None = None
    """What hosts are known to repeat; None where it is not to be left out."""


@dataclass(frozen=True, slots=True)
class Extracted:
    """A page with what it says, or why that could not be read."""

    page: Page
    raw: Any
    due: DueUrl
    found: Extraction | None
    refusal: Reject | None


class Step:
    """A step that is made from the crawler that carries its parts."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    @classmethod
    def from_crawler(cls, crawler: Any) -> Self:
        """Scrapy's way of making a component."""
        return cls(crawler.parts)


class ExtractStep(Step):
    """Text and metadata, in a process that can be killed: a page that hangs or crashes it costs only itself."""

    async def process_item(self, item: PageItem) -> Extracted:
        """The page with what it says, or with the reason why it can't be read."""
        due: DueUrl = item.request.payload
        refusal = refuse_unreadable(item.page)
        if refusal:
            return Extracted(item.page, item.raw, due, None, refusal)
        read = partial(read_page, url=item.page.final_url, hints=hints_for(due, item.page), now=item.page.fetched_at)
        try:
            found = await self.parts.parser_pool.run(
                read, item.page.body, deadline_s=self.parts.deadline_s, subject=item.page.final_url
            )
        except ParserPoolError as error:
            if error.is_temporary:  # no fault of the page's: no process could be started
                raise
            return Extracted(item.page, item.raw, due, None, Reject(error.reason, str(error)))
        except ParseError as error:
            return Extracted(item.page, item.raw, due, None, Reject("unreadable", str(error)))
        return Extracted(item.page, item.raw, due, found, None)


class BoilerplateStep(Step):
    """The text without the paragraphs that its host is known to repeat; they are kept beside it."""

    async def process_item(self, item: Extracted) -> Extracted:
        """The page as it is to be stored."""
        if item.found is None or self.parts.boilerplate is None or item.found.kind not in STORED_KINDS:
            return item
        return dataclasses.replace(item, found=await self.parts.boilerplate.strip(item.found, now=self.parts.clock()))


class ArchiveStep(Step):
    """The page as it came, kept before anything is said of it in the database."""

    async def process_item(self, item: Extracted) -> Extracted:
        """The page with its place in the archive."""
        archive = self.parts.archive
        if archive is None or (
            item.found and "noarchive" in item.found.directives and "noarchive" in self.parts.obeyed
        ):
            return item
        kept = await asyncio.to_thread(archive.keep, item.page, item.raw)
        return dataclasses.replace(item, page=dataclasses.replace(item.page, archived=kept))


class StoreStep(Step):
    """Dedupe and store, one transaction."""

    async def process_item(self, item: Extracted) -> Stored:
        """What became of the page; it is committed when this returns."""
        now = self.parts.clock()
        if item.found is None:
            return await self.parts.store.refuse(item.due, item.page, item.refusal or Reject("unreadable"), now=now)
        return await self.parts.store.store(item.due, item.page, item.found, now=now)


def hints_for(due: DueUrl, page: Page) -> Hints:
    """What is known of a page before it is read."""
    overrides = due.extraction
    names = tuple(overrides.get("site_names", ())) or ((due.source_title,) if due.source_title else ())
    return Hints(
        candidate=due.candidate,
        language=overrides.get("language"),
        content_type=page.header("content-type"),
        headers=page.headers,
        fetched_at=page.fetched_at,
        site_names=names,
    )


def refuse_unreadable(page: Page) -> Reject | None:
    """Why a body is not to be read as an HTML page: another media type, or nothing at all."""
    kind = (page.header("content-type") or "").split(";")[0].strip().lower()
    start = page.body[:512].lstrip(b"\xef\xbb\xbf \t\r\n\x00").lower()
    if not page.body.strip():
        return Reject("empty_body", "the host sent nothing")
    if start.startswith((b"<rss", b"<feed", b"<urlset", b"<sitemapindex", b"<rdf:rdf")) or (
        start.startswith(b"<?xml") and b"<html" not in page.body[:2048].lower()
    ):
        return Reject("feed", f"a feed or sitemap ({storable_line(kind, 100)})")
    if kind in ("", "text/html", "application/xhtml+xml", "text/plain", "application/octet-stream"):
        return None if b"<" in page.body[:4096] else Reject("not_html", f"no HTML ({storable_line(kind, 100)})")
    if kind in ("application/feed+json", "application/json") and start.startswith(b"{"):
        return Reject("feed", f"a feed ({kind})")
    return None if start.startswith((b"<!doctype html", b"<html")) else Reject("not_html", storable_line(kind, 100))
