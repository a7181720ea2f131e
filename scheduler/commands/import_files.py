"""Articles that others extracted, and pages that others fetched, down the same steps: identity, dedupe, store, ledger.

FILE.jsonl      {"url", "title", "text", "published_at", …} a line → dedupe → store
FILE.warc.gz    response records with HTML (also .arc, .arc.gz, .wacz)    → extract → dedupe → store
"""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import itertools
import sys
import threading
import time
import uuid
import zlib
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast

from crawler.archive.records import BadRecord
from crawler.archive.wacz_import import ARCHIVE_NAMES, warcs_in
from crawler.archive.warc_import import find_pages, read_page_at, read_warc
from dateline.clock import utc_now
from dateline.config import Settings
from dateline.errors import FetchError, UsageError
from dateline.lists import json_entries
from dateline.parser_pool.pool import ParserPool
from dateline.types.article import Candidate, Page
from dateline.unicode_text import utf8_lines
from dateline.urls import site_of, url_key
from pipelines.boilerplate.store import BoilerplateStore
from pipelines.reader import COMMAND_PAUSES_S, PageReader, PartSource
from pipelines.store import Store, Stored
from pipelines.stories.assignment import WHOLE_BATCH, assign_waiting
from scheduler.alerts.one_off import send_alerts_once
from scheduler.commands.import_lines import Incoming, UnreadableInput, address, read_line
from scheduler.processes.parser_pool import PRELOAD
from scheduler.processes.registration import process_name
from sql.database import open_pool
from sql.frontier.crawls import CrawlOptions, Crawls
from sql.frontier.frontier import Frontier
from sql.frontier.rows import DueUrl

T = TypeVar("T")

STDIN = "-"
AT_ONCE = 8
"""Pages in the store at once: beyond this PostgreSQL on two cores gets no faster."""
BATCH = 200
COMPARING = ("pipelines.copies.families",)
"""What the processes of the parser pool need for articles that are extracted already: a third of the start."""


@dataclass(slots=True)
class ImportSummary:
    """The result of an import."""

    results: Counter[str] = field(default_factory=Counter)
    stored: set[int] = field(default_factory=set)
    """The articles that are new."""
    copies: int = 0
    """How many of those are copies, which is known at the end: a copy may be read before its original."""
    rejected: Counter[str] = field(default_factory=Counter)
    unreadable: list[UnreadableInput] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    """The files that have nothing to import in them."""
    unread_dates: int = 0
    first_unread_date: str = ""
    inputs: int = 0
    seconds: float = 0.0

    def add(self, stored: Stored) -> None:
        """Count one result."""
        self.results[stored.result.result] += 1
        if stored.result.result in ("new", "copy") and stored.result.article_id is not None:
            self.stored.add(stored.result.article_id)
        if stored.result.result == "rejected":
            self.rejected[stored.result.reason or "?"] += 1

    def note_dates(self, inputs: Sequence[Incoming]) -> None:
        """Count the dates that can't be read."""
        unread = [one.unread_date for one in inputs if one.unread_date]
        self.unread_dates += len(unread)
        self.first_unread_date = self.first_unread_date or next(iter(unread), "")

    def add_forgotten(self, count: int) -> None:
        """Count inputs that were forgotten on request: not even the ledger has a line for them."""
        if count:
            self.results["rejected"] += count
            self.rejected["forgotten"] += count

    def to_json(self) -> dict[str, Any]:
        """The counts as they are printed."""
        return {
            "new": self.results["new"] + self.results["copy"],
            "copies": self.copies,
            "changed": self.results["revised"],
            "unchanged": self.results["unchanged"],
            "duplicate": self.results["alias"],
            "rejected": dict(self.rejected),
            "unreadable": len(self.unreadable),
            "unread_dates": self.unread_dates,
            "inputs": self.inputs,
            "seconds": round(self.seconds, 1),
        }


def read_file(path: Path, *, now: dt.datetime) -> Iterator[Incoming | UnreadableInput]:
    """The inputs of a file: JSON lines (.gz too) or a WARC, by the file's name."""
    name = path.name.lower()
    if _is_warc(path):
        return _read_warc(path)
    if str(path) == STDIN or name.endswith((".jsonl", ".jsonl.gz", ".ndjson", ".json")):
        return _read_lines(path, now)
    raise UsageError(f"{path} is neither .jsonl nor .warc(.gz) nor .arc(.gz) nor .wacz", subject=str(path))


def _is_warc(path: Path) -> bool:
    return path.name.lower().endswith(ARCHIVE_NAMES)


def _read_warc(path: Path) -> Iterator[Incoming | UnreadableInput]:
    for record in read_warc(path):
        if isinstance(record, BadRecord):
            yield UnreadableInput(record.offset, record.reason, str(path), "record at byte")
        else:
            url = address(record.url) or record.url
            yield Incoming(replace(record, url=url, final_url=url), None, path)


def _read_lines(path: Path, now: dt.datetime) -> Iterator[Incoming | UnreadableInput]:
    place = 0
    with _opened(path) as lines:
        try:
            unit, entries = json_entries(utf8_lines(lines))
            for place, line in enumerate(entries, 1):
                if line.strip():
                    found = read_line(line, place, now=now)
                    yield replace(found, file=str(path), unit=unit) if isinstance(found, UnreadableInput) else found
        except (EOFError, OSError, zlib.error) as error:
            yield UnreadableInput(place + 1, f"the file can't be read further: {error}", str(path))


def _opened(path: Path) -> BinaryIO:
    if str(path) == STDIN:
        return sys.stdin.buffer
    return cast(BinaryIO, gzip.open(path, "rb")) if _is_gzipped(path) else path.open("rb")


def _is_gzipped(path: Path) -> bool:
    """Whether a file is compressed, whatever its name says; a pipe can be read only once, so its name counts."""
    if not path.is_file():
        return path.suffix == ".gz"
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


async def run_import(
    settings: Settings,
    url: str,
    files: Sequence[Path],
    *,
    advance: Callable[[int], None] = lambda count: None,
) -> ImportSummary:
    """Send every input of the files down the line; each is committed before the next batch begins."""
    summary = ImportSummary()
    async with (
        AsyncExitStack() as unpacked,
        open_pool(url, min_size=2, max_size=AT_ONCE + 2, application_name=process_name("crawl")) as pool,
        ParserPool(
            workers=settings.effective_extraction_workers,
            memory_mb=settings.parse_memory_mb,
            preload=PRELOAD if any(map(_is_warc, files)) else COMPARING,
        ) as parser_pool,
    ):
        parser_pool.begin()
        learns = settings.learn_boilerplate
        store = Store(pool, parser_pool=parser_pool, obey_reservations=settings.obey_reservations, learns=learns)
        boilerplate = BoilerplateStore(pool) if learns else None
        reader = PageReader(parser_pool, settings.parse_deadline_s, boilerplate, COMMAND_PAUSES_S)
        importer = _Importer(reader, store, Frontier(pool))
        crawls = Crawls(pool)
        crawl_id = await crawls.begin([str(path) for path in files], CrawlOptions(depth=0))
        start = time.monotonic()
        inner = [one for path in files for one in unpacked.enter_context(warcs_in(path))]
        for batch in _batches(_inputs(inner, summary)):
            summary.inputs += len(batch)
            summary.unreadable += [one for one in batch if isinstance(one, UnreadableInput)]
            readable = [one for one in batch if isinstance(one, Incoming)]
            summary.note_dates(readable)
            done = await importer.put(readable, crawl_id)
            for stored in done:
                summary.add(stored)
            summary.add_forgotten(len(readable) - len(done))
            advance(len(batch))
        summary.seconds = time.monotonic() - start
        summary.copies = await crawls.count_copies(summary.stored)
        await assign_waiting(pool, now=utc_now, batch=WHOLE_BATCH, waits=True)
        await crawls.end(crawl_id, summary.to_json(), now=utc_now(), is_cut=False)
        await send_alerts_once(settings, pool)
    return summary


def _inputs(files: Sequence[Path], summary: ImportSummary) -> Iterator[Incoming | UnreadableInput]:
    """The inputs of all files; those without any are noted."""
    for path in files:
        one = None
        for one in read_file(path, now=utc_now()):
            yield one
        if one is None:
            summary.empty.append(str(path))


def _batches(inputs: Iterable[Incoming | UnreadableInput]) -> Iterator[list[Incoming | UnreadableInput]]:
    iterator = iter(inputs)
    while batch := list(itertools.islice(iterator, BATCH)):
        yield batch


class WarcPages:
    """Further pages of split articles, found by their URLs in the WARC file that has the first one. Thread-safe."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._offsets: dict[uuid.UUID, int] | None = None

    def page(self, url: str) -> Page:
        """The page; raises a FetchError if the file has none. Reads through the file once, when it is first asked."""
        with self._lock:
            if self._offsets is None:
                self._offsets = {url_key(each): at for each, at in find_pages(self._path).items()}
        offset = self._offsets.get(url_key(url))
        page = None if offset is None else read_page_at(self._path, offset)
        if not isinstance(page, Page):
            raise FetchError(f"{self._path} does not have it", reason="not in the file", is_temporary=False)
        return page


@dataclass(slots=True)
class _Importer:
    """Puts batches of inputs through the steps."""

    reader: PageReader
    store: Store
    frontier: Frontier
    pages_of: dict[Path, WarcPages] = field(default_factory=dict)

    async def put(self, batch: Sequence[Incoming], crawl_id: int) -> list[Stored]:
        """Store a batch, all but what was forgotten on request; inputs of one URL one after the other, in their order."""
        candidates = [Candidate(one.page.final_url, via="import") for one in batch]
        ids = await self.frontier.add_imports(candidates, crawl_id=crawl_id, now=utc_now())
        chains: dict[Any, list[Incoming]] = {}
        for one in batch:
            if (key := url_key(one.page.final_url)) in ids:
                chains.setdefault(key, []).append(one)
        gate = asyncio.Semaphore(AT_ONCE)
        done = await _all(self._chain(chain, ids[key], crawl_id, gate) for key, chain in chains.items())
        return [stored for chain in done for stored in chain]

    async def _chain(
        self, chain: Sequence[Incoming], url_id: int, crawl_id: int, gate: asyncio.Semaphore
    ) -> list[Stored]:
        async with gate:
            return [await self._one(one, url_id, crawl_id) for one in chain]

    async def _one(self, one: Incoming, url_id: int, crawl_id: int) -> Stored:
        due = _ledger_line(one.page.final_url, url_id, crawl_id)
        parts = self._part_source(one.warc) if one.warc is not None else None
        found = one.found or await self.reader.read(due, one.page, now=utc_now(), parts=parts)
        return await self.store.store(due, one.page, found, now=utc_now())

    def _part_source(self, warc: Path) -> PartSource:
        pages = self.pages_of.setdefault(warc, WarcPages(warc))
        return lambda url: asyncio.to_thread(pages.page, url)


async def _all(works: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Returns the results in order. The first error ends the rest and is raised by itself, not in a group."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work) for work in works]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]


def _ledger_line(url: str, url_id: int, crawl_id: int) -> DueUrl:
    return DueUrl(
        id=url_id,
        url_key=url_key(url),
        url=url,
        host=site_of(url),
        source_id=None,
        source=None,
        crawl_id=crawl_id,
        via="import",
        depth=0,
        hints={},
        attempts=0,
        politeness={},
        extraction={},
        source_title="",
        options={},
    )
