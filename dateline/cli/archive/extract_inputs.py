"""What `dateline extract` reads: saved pages, manifests of them, and the pages of WARC files."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import orjson

from crawler.archive.records import ARC_MAGIC, GZIP_MAGIC, WARC_MAGIC, BadRecord, begins_with
from dateline.errors import UsageError
from dateline.types.article import Hints, Page
from dateline.unicode_text import utf8_lines

_SAVED_PAGE = re.compile(r"\.(?:x?html?(?:\.gz)?|w?arc(?:\.gz)?|wacz)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PageFile:
    """One page to read: a file, with its body where that was read already, or the reason why there is none."""

    id: str | None
    url: str
    file: Path
    body: bytes | None = None
    hints: Hints = Hints()
    problem: str | None = None

    def read(self) -> bytes:
        """The page's bytes; a UsageError says why there are none."""
        if self.problem is not None:
            raise UsageError(self.problem, subject=str(self.file))
        return self.body if self.body is not None else read_page(self.file)


def is_web_address(text: str) -> bool:
    """Whether the target is fetched, and not read from a file."""
    return re.match(r"https?://", text, re.IGNORECASE) is not None


def saved_pages(targets: Sequence[str]) -> Iterator[PageFile]:
    """The pages of the files named, and of those in the folders named, in the order of their paths."""
    for target in filter(lambda one: one == "-" or is_web_address(one), targets):
        raise UsageError(f"{target} cannot be combined with files: give it alone", subject=target)
    for target in targets:
        if not (path := Path(target)).is_dir():
            yield from _pages_in(path)
            continue
        found = sorted(file for file in path.rglob("*") if _SAVED_PAGE.search(file.name) and file.is_file())
        if not found:
            what = "saved pages (.html, .htm, .xhtml, .warc, .arc, or these with .gz, or .wacz)"
            raise UsageError(f"{target} contains no {what}", subject=target)
        for file in found:
            yield from _pages_in(file)


def _pages_in(file: Path) -> Iterator[PageFile]:
    """The page of a saved page, or each page of a WARC or ARC file with its address."""
    if not is_warc(file):
        yield PageFile(str(file), "", file)
        return
    from crawler.archive.wacz_import import warcs_in
    from crawler.archive.warc_import import read_warc

    with warcs_in(file) as inner:
        yield from _pages_of(file, chain.from_iterable(map(read_warc, inner)))


def _pages_of(file: Path, pages: Iterable[Page | BadRecord]) -> Iterator[PageFile]:
    for number, page in enumerate(pages, 1):
        name = f"{file}#{number}"
        if isinstance(page, BadRecord):
            yield PageFile(name, page.url or "", file, problem=page.reason)
        else:
            hints = Hints(content_type=page.header("content-type"), headers=page.headers, fetched_at=page.fetched_at)
            yield PageFile(name, page.final_url, file, page.body, hints)


def is_warc(file: Path) -> bool:
    """Whether the file begins as a WARC or ARC file does, compressed or not, or is named as a WACZ file."""
    if file.suffix.lower() == ".wacz":
        return file.is_file()
    try:
        with file.open("rb") as raw:
            return begins_with(raw, WARC_MAGIC, ARC_MAGIC)
    except OSError:
        return False


def read_manifest(manifest: Path) -> Iterator[PageFile]:
    """The manifest's lines; files are relative to its folder. A UsageError names the line that can't be read."""
    try:
        with manifest.open("rb") as file:
            lines = list(utf8_lines(file))
    except OSError as error:
        raise UsageError(f"Cannot read {manifest}: {error.strerror or error}", subject=str(manifest)) from error
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
    """The page's bytes, decompressed if they are gzip; a UsageError if they can't be read or aren't a single page."""
    try:
        body = gunzipped(file.read_bytes())
    except OSError as error:
        raise UsageError(f"Cannot read {file}: {error.strerror or error}", subject=str(file)) from error
    if body.startswith((WARC_MAGIC, ARC_MAGIC)):
        raise UsageError(f"{file} is a WARC file, not one page: name it as FILE", subject=str(file))
    return body


def gunzipped(body: bytes) -> bytes:
    """The bytes, decompressed if they are gzip."""
    if not body.startswith(GZIP_MAGIC):
        return body
    try:
        return gzip.decompress(body)
    except (OSError, EOFError) as error:
        raise UsageError(f"Cannot decompress the page (gzip): {error}") from error
