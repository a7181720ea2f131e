"""Pages of any WARC or ARC file (CC-NEWS, another crawler's, our own), for `dateline import` and `dateline extract`."""

from __future__ import annotations

import contextlib
import datetime as dt
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from crawler.archive.arc_import import is_arc, read_arc, read_arc_at
from crawler.archive.records import HTML_TYPES, BadRecord
from crawler.exchange import NoFetch
from crawler.fetch.content_encoding import decode
from crawler.fetch.framing import unchunked
from dateline.errors import ArchiveError
from dateline.types.article import Page

_TYPES = WarcRecordType.response | WarcRecordType.resource
_GZIP = b"\x1f\x8b\x08"  # RFC 1952: the start of every gzip member; in a WARC file nearly every record is one
_PLAIN = b"\r\n\r\nWARC/1."
_CHUNK = 1 << 20
_NO_DATE = "its WARC-Date can't be read"


def read_warc(path: Path, *, max_body_bytes: int = 10 << 20) -> Iterator[Page | BadRecord]:
    """The HTML responses and resources of a WARC or ARC file, compressed or not, in file order.

    A record that can't be read is a BadRecord, and reading goes on with the next record that can be found. Other records,
    and what is not HTML, are skipped. ArchiveError if the file can't be opened.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise ArchiveError(f"can't open {path}: {error.strerror}", subject=str(path)) from error
    with file:
        if is_arc(file):
            yield from (found for _, found in read_arc(path, max_body_bytes=max_body_bytes))
            return
        start: int | None = 0
        is_reported = False
        while start is not None:
            reached = start
            try:
                for record in _responses(file, start):
                    reached, is_reported = start + record.stream_pos, False
                    yield from _pages(record, path.name, reached, max_body_bytes)
                return
            except (OSError, ValueError, EOFError) as error:  # what fastwarc raises at damaged bytes
                if not is_reported:
                    yield BadRecord(path.name, reached, f"damaged: {error}")
                is_reported = True
            start = _next_record(file, reached + 1)


def find_pages(path: Path) -> dict[str, int]:
    """The offset of the last response for each URL of a file. Of a damaged file as far as it can be read."""
    found: dict[str, int] = {}
    if _is_arc_file(path):
        # without bodies: a record whose body is refused has its address, too
        return {page.url: at for at, page in read_arc(path, max_body_bytes=0) if page.url}
    with path.open("rb") as file, contextlib.suppress(OSError, ValueError, EOFError):
        for record in _responses(file, 0):
            url = (record.headers.get("WARC-Target-URI") or "").strip("<>")
            found[url] = record.stream_pos
    return found


def read_page_at(path: Path, offset: int, *, max_body_bytes: int = 10 << 20) -> Page | BadRecord | None:
    """The page of the record at that offset; None where it is not HTML."""
    if _is_arc_file(path):
        return read_arc_at(path, offset, max_body_bytes=max_body_bytes)
    with path.open("rb") as file:
        return next(_pages(next(_responses(file, offset)), path.name, offset, max_body_bytes), None)


def _is_arc_file(path: Path) -> bool:
    with path.open("rb") as file:
        return is_arc(file)


def _responses(file: IO[bytes], start: int) -> Iterator[WarcRecord]:
    file.seek(start)
    yield from ArchiveIterator(file, record_types=_TYPES, parse_http=False)


def _pages(record: WarcRecord, name: str, offset: int, max_body_bytes: int) -> Iterator[Page | BadRecord]:
    """The page of a response or resource record, if it is HTML."""
    url = (record.headers.get("WARC-Target-URI") or "").strip("<>")  # WARC 1.0's grammar asked for brackets
    if record.record_type == WarcRecordType.resource:
        yield from _resource(record, url, name, offset, max_body_bytes)
        return
    if not record.is_http:
        return
    record.parse_http(auto_decode="none", strict_mode=False)
    if record.http_headers.status_code is None:
        yield BadRecord(name, offset, "its HTTP response can't be read", url)
    if (record.http_content_type or "").lower() not in HTML_TYPES:
        return
    try:
        yield _page(record, url, max_body_bytes)
    except (NoFetch, ValueError) as error:
        yield BadRecord(name, offset, str(error), url)


def _resource(record: WarcRecord, url: str, name: str, offset: int, max_body_bytes: int) -> Iterator[Page | BadRecord]:
    """The page of a resource record (WARC 1.1, 6.4), whose block is the page itself, without an HTTP head."""
    kind = record.headers.get("Content-Type") or ""
    if kind.partition(";")[0].strip().lower() not in HTML_TYPES or not url.lower().startswith(("http://", "https://")):
        return
    body = record.reader.read(max_body_bytes + 1)
    if len(body) > max_body_bytes or len(body) < record.content_length:
        yield BadRecord(name, offset, f"cut off, or larger than {max_body_bytes} bytes", url)
    elif record.record_date is None:
        yield BadRecord(name, offset, _NO_DATE, url)
    else:
        yield Page(url, url, 200, (("content-type", kind),), body, record.record_date.astimezone(dt.UTC))


def _page(record: WarcRecord, url: str, max_body_bytes: int) -> Page:
    """The page; ValueError if the record is cut off or lacks address or time, NoFetch if its body can't be decoded."""
    if not url.lower().startswith(("http://", "https://")):
        raise ValueError("its WARC-Target-URI is not an http or https address")
    if record.record_date is None:
        raise ValueError(_NO_DATE)
    headers = tuple((key.lower(), value) for key, value in record.http_headers.items())
    declared = record.content_length
    body = record.reader.read(max_body_bytes + 1)
    if len(body) < declared and len(body) <= max_body_bytes:
        raise ValueError(f"cut off after {len(body)} of {declared} bytes")
    if "chunked" in (record.http_headers.get("Transfer-Encoding") or "").lower() and len(body) <= max_body_bytes:
        body = unchunked(body)
    codings = [value for key, value in headers if key == "content-encoding"]
    return Page(
        url=url,
        final_url=url,
        status=record.http_headers.status_code or 0,
        headers=headers,
        body=decode(body, codings, max_bytes=max_body_bytes),
        fetched_at=record.record_date.astimezone(dt.UTC),
    )


def _next_record(file: IO[bytes], start: int) -> int | None:
    """The offset of the first record at or after `start`; None if there is none."""
    file.seek(0)
    mark, lead = (_GZIP, 0) if file.read(len(_GZIP)) == _GZIP else (_PLAIN, len(_PLAIN) - len(b"WARC/1."))
    for offset in _occurrences(file, mark, start):
        if mark == _PLAIN or _opens_record(file, offset):
            return offset + lead
    return None


def _occurrences(file: IO[bytes], mark: bytes, start: int) -> Iterator[int]:
    """The offsets of `mark` in the file, from `start` on."""
    while True:
        file.seek(start)
        chunk = file.read(_CHUNK)
        at = chunk.find(mark)
        while at >= 0:
            yield start + at
            at = chunk.find(mark, at + 1)
        if len(chunk) < _CHUNK:
            return
        start += _CHUNK - len(mark) + 1  # a mark may span two chunks


def _opens_record(file: IO[bytes], offset: int) -> bool:
    """Whether a gzip member with a WARC record starts at `offset` (its three bytes alone turn up by chance)."""
    file.seek(offset)
    try:
        return zlib.decompressobj(31).decompress(file.read(4096), 16).startswith(b"WARC/")
    except zlib.error:
        return False
