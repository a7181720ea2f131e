"""`dateline extract`: the extraction step of a crawl, without a database."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click
import orjson

from dateline.cli.archive.extract_inputs import (
    PageFile,
    gunzipped,
    is_warc,
    is_web_address,
    read_manifest,
    read_page,
    saved_pages,
)
from dateline.cli.context import Context, pass_context
from dateline.cli.progress import counter
from dateline.clock import utc_now
from dateline.config import Settings
from dateline.errors import DatelineError, FetchError, UsageError
from dateline.files import format_of, written_whole
from dateline.parser_pool.pool import ParserPool
from dateline.types.article import Extraction, Hints, Page

if TYPE_CHECKING:
    from crawler.fetch.settings import FetchSettings

_LARGEST_PAGE = 64 << 20
_CURED_BY_OPTIONS = frozenset({"http_401", "http_402", "http_403", "http_407"})
"""Why a page could not be fetched, where a login or proxy may help."""
PRELOAD = ("pipelines.extract.extract",)


@dataclass(frozen=True, slots=True)
class FailedPage:
    """A page that could not be extracted, and why."""

    reason: str
    message: str


Result = Extraction | FailedPage


@click.command()
@click.argument("targets", nargs=-1, metavar="[FILE|FOLDER|URL|-]...")
@click.option("--url", help="URL of the page in FILE or on standard input.")
@click.option(
    "--manifest",
    type=click.Path(path_type=Path, dir_okay=False),
    help='File of JSON lines {"id", "url", "file"}, one per page.',
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write.  [default: standard output]"
)
@pass_context
def extract(
    context: Context, targets: tuple[str, ...], url: str | None, manifest: Path | None, output: Path | None
) -> int:
    """Extract articles from pages, one JSON line per page.

    Give one FILE, one URL, or - for standard input; or several files or folders of saved pages (.html, .htm, .xhtml, also
    gzipped), whose paths become the ids; or a manifest. A WARC file gives one line per page, FILE#NUMBER.

    A URL is fetched without the login, proxy and certificates of any source; `dateline crawl URL` uses those of the URL's source.
    """
    if bool(targets) == (manifest is not None):
        raise UsageError("Give FILE, FOLDER, URL or -, or else --manifest FILE")
    is_one = len(targets) == 1 and not Path(targets[0]).is_dir() and not is_warc(Path(targets[0]))
    format_of(output, {"jsonl": (".jsonl", ".ndjson", *([".json"] if is_one else []))})
    if is_one:
        return _extract_one(context.settings, targets[0], url, output)
    if url is not None:
        raise UsageError(
            "--url is for one page only. For several pages, give their URLs in a manifest (--manifest FILE)"
        )
    pages = saved_pages(targets) if manifest is None else list(read_manifest(manifest))
    return asyncio.run(_extract_batch(context.settings, pages, output))


# --- one page -----------------------------------------------------------------------------------------------------------


def _extract_one(settings: Settings, target: str, url: str | None, output: Path | None) -> int:
    body, address, hints = _read_target(settings, target, url)
    result = asyncio.run(_in_parser_pool(settings, body, address, hints))
    with _writer(output) as out:
        out.write(_line(result, None, address))
    return 1 if isinstance(result, FailedPage) else 0


def _read_target(settings: Settings, target: str, url: str | None) -> tuple[bytes, str, Hints]:
    """The page's bytes, its address, and what its HTTP exchange says of it."""
    if is_web_address(target):
        from scheduler.runtime import fetch_settings

        page = _fetched(target, fetch_settings(settings))
        kind = page.header("content-type")
        hints = Hints(content_type=kind, headers=page.headers, fetched_at=page.fetched_at, warnings=page.warnings)
        return page.body, url or page.final_url, hints
    body = gunzipped(sys.stdin.buffer.read(_LARGEST_PAGE)) if target == "-" else read_page(Path(target))
    if body.startswith(b"WARC/"):
        raise UsageError("Standard input is a WARC file, not one page: save it, and name the file")
    return body, url or "", Hints()


def _fetched(url: str, settings: FetchSettings) -> Page:
    """The page at a URL; an error that a source's options may cure says that they were not used."""
    from crawler.fetch.fetch_one import fetch_one

    try:
        return fetch_one(url, settings)
    except FetchError as error:
        if error.reason not in _CURED_BY_OPTIONS and not error.reason.startswith("tls_"):
            raise
        raise FetchError(
            f"{error}. No source's login, proxy or certificates were used; `dateline crawl {url}` uses those of the URL's source",
            reason=error.reason,
            subject=url,
            is_temporary=error.is_temporary,
            status=error.status,
        ) from error


async def _in_parser_pool(settings: Settings, body: bytes, url: str, hints: Hints) -> Result:
    async with _parser_pool(settings, workers=1) as parser_pool:
        return await _run(parser_pool, settings, body, url, hints, subject=url or "page")


# --- several pages ---------------------------------------------------------------------------------------------------------


async def _extract_batch(settings: Settings, inputs: Iterable[PageFile], output: Path | None) -> int:
    """Every page, in order, boilerplate learned over all of them; 0 when each has its line."""
    names: list[tuple[str | None, str]] = []
    results: list[Result] = []
    workers = settings.effective_extraction_workers
    waiting = iter(inputs)
    with counter("pages") as advance:
        async with _parser_pool(settings, workers=workers) as parser_pool:

            async def work() -> None:
                for item in waiting:
                    place = len(names)
                    names.append((item.id, item.url))
                    results.append(FailedPage("unread", "not read"))
                    results[place] = await _extract_page_file(parser_pool, settings, item)
                    advance()

            await asyncio.gather(*(work() for _ in range(workers)))
    with _writer(output) as out:
        for (identity, url), result in zip(names, without_boilerplate(results), strict=True):
            out.write(_line(result, identity, url))
    return 0


async def _extract_page_file(parser_pool: ParserPool, settings: Settings, item: PageFile) -> Result:
    try:
        body = item.read()
    except UsageError as error:
        return FailedPage("unreadable", str(error))
    return await _run(parser_pool, settings, body, item.url, item.hints, subject=item.id or item.url or str(item.file))


def without_boilerplate(results: Sequence[Result]) -> list[Result]:
    """The results without what recurs on other pages of the same host, in the same order."""
    from pipelines.boilerplate.strip import strip_batch

    stripped = iter(strip_batch([result for result in results if isinstance(result, Extraction)]))
    return [next(stripped) if isinstance(result, Extraction) else result for result in results]


# --- running and writing ------------------------------------------------------------------------------------------------


def _parser_pool(settings: Settings, *, workers: int) -> ParserPool:
    parser_pool = ParserPool(workers=workers, memory_mb=settings.parse_memory_mb, preload=PRELOAD)
    parser_pool.begin()
    return parser_pool


async def _run(
    parser_pool: ParserPool, settings: Settings, body: bytes, url: str, hints: Hints, *, subject: str
) -> Result:
    try:
        return await parser_pool.run(
            extract_now, body, url, hints, deadline_s=settings.parse_deadline_s, subject=subject
        )
    except DatelineError as error:
        return FailedPage(getattr(error, "reason", "error"), str(error))


def extract_now(body: bytes, url: str, hints: Hints) -> Extraction:
    """What the page says, read at this moment; runs in a worker."""
    from pipelines.extract.extract import extract_page

    return extract_page(body, url=url, hints=hints, now=utc_now())


def _line(result: Result, identity: str | None, url: str) -> bytes:
    from pipelines.extract.extract import to_record

    if isinstance(result, FailedPage):
        return orjson.dumps(
            {"id": identity, "url": url, "error": result.message, "reason": result.reason},
            option=orjson.OPT_APPEND_NEWLINE,
        )
    return orjson.dumps(to_record(result, identity), option=orjson.OPT_APPEND_NEWLINE)


@contextlib.contextmanager
def _writer(output: Path | None) -> Iterator[IO[bytes]]:
    """Standard output, or the file; an interrupted run leaves no partial file."""
    if output is None or str(output) == "-":
        yield sys.stdout.buffer
        return
    with written_whole(output) as out:
        yield out
