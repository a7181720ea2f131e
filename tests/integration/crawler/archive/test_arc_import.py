"""ARC files, as written by older crawlers: compressed or not, whole or damaged."""

from __future__ import annotations

import datetime as dt
import gzip
from pathlib import Path

import pytest

from crawler.archive.records import BadRecord
from crawler.archive.warc_import import find_pages, read_page_at, read_warc
from dateline.cli.archive.extract_inputs import saved_pages
from dateline.types.article import Page
from scheduler.commands.import_files import Incoming, read_file

HTML = b"<html><body><h1>The pier of %d</h1><p>It opens in May.</p></body></html>"
VERSION = b"1 0 Harbour\nURL IP-address Archive-date Content-type Archive-length\n"


def record(
    url: str, http: bytes, *, at: str = "20060314110000", kind: str = "text/html", length: int | None = None
) -> bytes:
    head = f"{url} 192.0.2.7 {at} {kind} {len(http) if length is None else length}\n"
    return head.encode() + http + b"\n"


def page(number: int, more: str = "", body: bytes | None = None) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n{more}\r\n"
    return head.encode() + (HTML % number if body is None else body)


RECORDS = [
    record("filedesc://harbour.arc", VERSION, at="20060314105900", kind="text/plain"),
    record("http://harbour.test/1", page(1)),
    record("dns:harbour.test", b"20060314110000\nharbour.test. 60 IN A 192.0.2.7\n", kind="text/dns"),
    record("http://harbour.test/2", page(2, "Content-Encoding: gzip\r\n", gzip.compress(HTML % 2))),
    record("http://harbour.test/pier.png", b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\nx", kind="image/png"),
    record("http://harbour.test/3", page(3, "Transfer-Encoding: chunked\r\n", b"5\r\n<html\r\n2\r\n>x\r\n0\r\n\r\n")),
    record("http://harbour.test/4", page(4), at="200603141100"),
]


@pytest.fixture(params=[b"".join, lambda parts: b"".join(map(gzip.compress, parts))], ids=["plain", "gzip"])
def arc(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / ("harbour.arc" if request.node.callspec.id.endswith("plain") else "harbour.arc.gz")
    path.write_bytes(request.param(RECORDS))
    return path


def test_an_arc_file_gives_its_pages(arc: Path) -> None:
    """Before, such a file was refused by `dateline import`, and read as one page by `dateline extract`."""
    found = list(read_warc(arc))
    assert all(isinstance(one, Page) for one in found)
    pages = [(one.url[-1], one.body) for one in found if isinstance(one, Page)]
    assert pages == [("1", HTML % 1), ("2", HTML % 2), ("3", b"<html>x"), ("4", HTML % 4)]
    first = found[0]
    assert isinstance(first, Page) and first.fetched_at == dt.datetime(2006, 3, 14, 11, tzinfo=dt.UTC)
    assert (first.status, first.header("content-type")) == (200, "text/html; charset=utf-8")


def test_a_page_is_found_again_by_its_place(arc: Path) -> None:
    for url, at in find_pages(arc).items():
        found = read_page_at(arc, at)
        assert isinstance(found, Page) and found.url == url
    assert len(find_pages(arc)) == 4


def test_import_and_extract_take_it(arc: Path) -> None:
    incoming = list(read_file(arc, now=dt.datetime(2026, 5, 4, tzinfo=dt.UTC)))
    assert [isinstance(one, Incoming) for one in incoming] == [True] * 4
    assert [one.url for one in saved_pages([str(arc)])] == [f"http://harbour.test/{number}" for number in (1, 2, 3, 4)]
    assert len(list(saved_pages([str(arc.parent)]))) == 4


@pytest.mark.parametrize(
    "tail",
    [
        record("http://harbour.test/9", page(9), length=100_000),
        record("http://harbour.test/9", page(9))[:-40],
        record("http://harbour.test/9", page(9), at="yesterday"),
        b"no record at all \xff\x00\n" * 3,
    ],
)
def test_what_is_damaged_is_reported_and_what_comes_before_is_kept(tmp_path: Path, tail: bytes) -> None:
    path = tmp_path / "cut.arc"
    path.write_bytes(b"".join(RECORDS[:2]) + tail)
    kept, bad = list(read_warc(path))
    assert isinstance(kept, Page) and isinstance(bad, BadRecord)


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.arc"
    bomb = page(1, "Content-Encoding: gzip\r\n", gzip.compress(bytes(30 << 20)))
    path.write_bytes(RECORDS[0] + record("http://harbour.test/1", bomb))
    assert [type(one) for one in read_warc(path)] == [BadRecord]
