"""`dateline extract`: the extraction step of a crawl, without a database."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import click
import orjson

from dateline.cli.context import Context, pass_context
from dateline.clock import utc_now
from dateline.config import Settings
from dateline.errors import DatelineError, UsageError
from dateline.parser_pool.pool import ParserPool
from dateline.types.article import Extraction, Hints
from dateline.unicode_text import utf8_lines

_GZIP_MAGIC = b"\x1f\x8b"
_LARGEST_PAGE = 64 << 20
_SAVED_PAGE = re.compile(r"\.x?html?(?:\.gz)?$", re.IGNORECASE)
PRELOAD = ("pipelines.extract.extract",)


@dataclass(frozen=True, slots=True)
class PageFile:
    """One line of a manifest: which file is which page."""

    id: str | None
    url: str
    file: Path


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
    """Extract articles from pages and print one JSON line per page.

    Give one FILE, one URL, or - for standard input; or several files or folders of saved pages (.html, .htm, .xhtml, also
    gzipped), whose paths become the ids; or a manifest.
    """
    if bool(targets) == (manifest is not None):
        raise UsageError("Give FILE, FOLDER, URL or -, or else --manifest FILE")
    if manifest is not None:
        return asyncio.run(_extract_batch(context.settings, list(read_manifest(manifest)), output))
    if len(targets) == 1 and not Path(targets[0]).is_dir():
        return _extract_one(context.settings, targets[0], url, output)
    if url is not None:
        raise UsageError(
            "--url is for one page only. For several pages, give their URLs in a manifest (--manifest FILE)"
        )
    return asyncio.run(_extract_batch(context.settings, list(saved_pages(targets)), output))


# --- one page -----------------------------------------------------------------------------------------------------------


def _extract_one(settings: Settings, target: str, url: str | None, output: Path | None) -> int:
    body, address, hints = _read_target(settings, target, url)
    result = asyncio.run(_in_parser_pool(settings, body, address, hints))
    with _writer(output) as out:
        out.write(_line(result, None, address))
    return 1 if isinstance(result, FailedPage) else 0


def _read_target(settings: Settings, target: str, url: str | None) -> tuple[bytes, str, Hints]:
    """The page's bytes, its address, and what its HTTP exchange says of it."""
    if re.match(r"https?://", target, re.IGNORECASE):
        from crawler.fetch.fetch_one import fetch_one
        from scheduler.runtime import fetch_settings

        page = fetch_one(target, fetch_settings(settings))
        hints = Hints(content_type=page.header("content-type"), headers=page.headers, fetched_at=page.fetched_at)
        return page.body, url or page.final_url, hints
    body = sys.stdin.buffer.read(_LARGEST_PAGE) if target == "-" else read_page(Path(target))
    return _gunzipped(body), url or "", Hints()


async def _in_parser_pool(settings: Settings, body: bytes, url: str, hints: Hints) -> Result:
    async with _parser_pool(settings, workers=1) as parser_pool:
        return await _run(parser_pool, settings, body, url, hints, subject=url or "page")


# --- several pages ---------------------------------------------------------------------------------------------------------


async def _extract_batch(settings: Settings, inputs: Sequence[PageFile], output: Path | None) -> int:
    """Every page, in order, boilerplate learned over all of them; 0 when each has its line."""
    results: list[Result] = [FailedPage("unread", "not read")] * len(inputs)
    workers = settings.effective_extraction_workers
    waiting = iter(enumerate(inputs))
    with _progress(len(inputs)) as advance:
        async with _parser_pool(settings, workers=workers) as parser_pool:

            async def work() -> None:
                for place, item in waiting:
                    results[place] = await _extract_page_file(parser_pool, settings, item)
                    advance()

            await asyncio.gather(*(work() for _ in range(workers)))
    with _writer(output) as out:
        for item, result in zip(inputs, without_boilerplate(results), strict=True):
            out.write(_line(result, item.id, item.url))
    return 0


async def _extract_page_file(parser_pool: ParserPool, settings: Settings, item: PageFile) -> Result:
    try:
        body = read_page(item.file)
    except UsageError as error:
        return FailedPage("unreadable", str(error))
    return await _run(parser_pool, settings, body, item.url, Hints(), subject=item.id or item.url or str(item.file))


def without_boilerplate(results: Sequence[Result]) -> list[Result]:
    """The results without what recurs on other pages of the same host, in the same order."""
    from pipelines.boilerplate.strip import strip_batch

    stripped = iter(strip_batch([result for result in results if isinstance(result, Extraction)]))
    return [next(stripped) if isinstance(result, Extraction) else result for result in results]


def saved_pages(targets: Sequence[str]) -> Iterator[PageFile]:
    """The files named, and the saved pages in the folders named, in the order of their paths."""
    for target in targets:
        if target == "-" or re.match(r"https?://", target, re.IGNORECASE):
            raise UsageError(f"{target} cannot be combined with files: give it alone", subject=target)
        if not (path := Path(target)).is_dir():
            yield PageFile(target, "", path)
            continue
        found = sorted(file for file in path.rglob("*") if _SAVED_PAGE.search(file.name) and file.is_file())
        if not found:
            raise UsageError(
                f"{target} contains no saved pages (.html, .htm, .xhtml, or these with .gz)", subject=target
            )
        yield from (PageFile(str(file), "", file) for file in found)


def read_manifest(manifest: Path) -> Iterator[PageFile]:
    """The manifest's lines; files are relative to its folder. A UsageError names the line that can't be read."""
    try:
        with manifest.open("rb") as file:
            lines = list(utf8_lines(file))
    except OSError as error:
        raise UsageError(f"Cannot read {manifest}: {error.strerror}", subject=str(manifest)) from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _page_file(manifest, number, line)


def _page_file(manifest: Path, number: int, line: bytes) -> PageFile:
    try:
        row = orjson.loads(line)
        file = manifest.parent / str(row["file"])
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        what = 'expected a JSON object with at least "file"'
        raise UsageError(f"{manifest}, line {number}: {what}", subject=str(manifest)) from error
    identity = row.get("id")
    return PageFile(None if identity is None else str(identity), str(row.get("url") or ""), file)


def read_page(file: Path) -> bytes:
    """The file's bytes, decompressed if they are gzip; a UsageError if it can't be read."""
    try:
        return _gunzipped(file.read_bytes())
    except OSError as error:
        raise UsageError(f"Cannot read {file}: {error.strerror or error}", subject=str(file)) from error


def _gunzipped(body: bytes) -> bytes:
    if not body.startswith(_GZIP_MAGIC):
        return body
    try:
        return gzip.decompress(body)
    except (OSError, EOFError) as error:
        raise UsageError(f"Cannot decompress the page (gzip): {error}") from error


# --- running and writing ------------------------------------------------------------------------------------------------


def _parser_pool(settings: Settings, *, workers: int) -> ParserPool:
    return ParserPool(workers=workers, memory_mb=settings.parse_memory_mb, preload=PRELOAD)


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
    """Standard output, or the file; written under a temporary name first, so that an interrupted run leaves no partial file."""
    if output is None:
        yield sys.stdout.buffer
        return
    partial = output.with_name(f".{output.name}.partial")
    try:
        with partial.open("wb") as out:
            yield out
        partial.replace(output)
    except OSError as error:
        raise UsageError(f"Cannot write {output}: {error.strerror}", subject=str(output)) from error
    finally:
        partial.unlink(missing_ok=True)


@contextlib.contextmanager
def _progress(total: int) -> Iterator[Any]:
    """A function to call after each page; draws a bar on a terminal, nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns: Iterable[Any] = (TextColumn("pages"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("pages", total=total)
        yield lambda: bar.advance(task)
