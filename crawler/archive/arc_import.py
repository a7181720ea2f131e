"""Pages of ARC files, the Internet Archive's format before WARC (Burner and Kahle, Arc File Format, 1996).

Each record is a line (URL, IP address, time, media type, length) and the HTTP response, compressed on its own or not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord

from crawler.archive.records import ARC_MAGIC, HTML_TYPES, BadRecord, begins_with
from crawler.exchange import NoFetch
from crawler.fetch.content_encoding import decode
from crawler.fetch.framing import unchunked
from dateline.types.article import Page


def is_arc(file: IO[bytes]) -> bool:
    """Whether a file, compressed or not, begins as an ARC file does; it is read from its start afterwards."""
    return begins_with(file, ARC_MAGIC)


def read_arc(path: Path, *, max_body_bytes: int) -> Iterator[tuple[int, Page | BadRecord]]:
    """The HTML responses of an ARC file with their offsets, in file order; a damaged file ends with a BadRecord."""
    with path.open("rb") as file:
        yield from _records(file, path.name, max_body_bytes)


def read_arc_at(path: Path, offset: int, *, max_body_bytes: int) -> Page | BadRecord | None:
    """The page of the record at that offset; None where it is not HTML."""
    with path.open("rb") as file:
        file.seek(offset)
        found = next(_records(file, path.name, max_body_bytes), None)
    return found[1] if found and found[0] == offset else None


def _records(file: IO[bytes], name: str, max_body_bytes: int) -> Iterator[tuple[int, Page | BadRecord]]:
    reached = 0
    try:
        for record in (records := ArchiveIterator(file, ensure_http_headers=False)):
            found = _page(record, max_body_bytes) if record.rec_type == "response" else None
            reached = records.get_record_offset()  # reads the record to its end
            if isinstance(found, Page):
                yield reached, found
            elif found:
                yield reached, BadRecord(name, reached, found, record.rec_headers.get_header("uri"))
        if records.err_count:
            yield reached, BadRecord(name, reached, "damaged: bytes behind this record begin no other")
    except (ArchiveLoadFailed, OSError, ValueError, EOFError) as error:
        yield reached, BadRecord(name, reached, f"damaged, and not read further: {error}")


def _page(record: ArcWarcRecord, max_body_bytes: int) -> Page | str | None:
    """The page, None where it is not HTML, or why it can't be read."""
    url = record.rec_headers.get_header("uri") or ""
    http = record.http_headers
    if http is None or not url.lower().startswith(("http://", "https://")):
        return None
    headers = tuple((key.lower(), value) for key, value in http.headers)
    kind = next((value for key, value in headers if key == "content-type"), "")
    if kind.partition(";")[0].strip().lower() not in HTML_TYPES:
        return None
    codings = [value for key, value in headers if key == "content-encoding"]
    try:
        return Page(
            url=url,
            final_url=url,
            status=int(http.get_statuscode()),
            headers=headers,
            body=decode(_body(record, max_body_bytes), codings, max_bytes=max_body_bytes),
            fetched_at=_instant(record.rec_headers.get_header("archive-date") or ""),
        )
    except (NoFetch, ValueError) as error:
        return str(error) or repr(error)


def _body(record: ArcWarcRecord, max_bytes: int) -> bytes:
    """The body, still in its content coding, or one byte more than the limit; ValueError if the record is cut off."""
    body, declared = record.raw_stream.read(max_bytes + 1), int(record.payload_length)
    if len(body) < min(declared, max_bytes):
        raise ValueError(f"cut off after {len(body)} of {declared} bytes")
    is_chunked = "chunked" in (record.http_headers.get_header("transfer-encoding") or "").lower()
    return unchunked(bytes(body)) if is_chunked and len(body) <= max_bytes else bytes(body)


def _instant(digits: str) -> dt.datetime:
    """The record's time: 14 digits, of which old files leave out the seconds. ValueError if it is none."""
    return dt.datetime.strptime(digits[:14].ljust(14, "0"), "%Y%m%d%H%M%S").replace(tzinfo=dt.UTC)
