"""Foreign and broken WARC files: what is read of them, and what is reported."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from crawler.archive.archive import Archive
from crawler.archive.records import BadRecord
from crawler.archive.warc_import import read_warc
from dateline.errors import ArchiveError
from dateline.types.article import Page
from tests.integration.crawler.archive.test_archive import exchange, path_of


def test_any_warc_is_read_and_bad_records_are_reported(archive: Archive, tmp_path: Path) -> None:
    refs = [archive.write(exchange(number)) for number in range(5)]
    refs.append(archive.write(exchange(5, headers=[("Content-Type", "application/pdf")])))
    refs.append(archive.write(exchange(6, body=b"\0" * 10, coding="br")))
    content = bytearray(path_of(archive, refs[0], tmp_path).read_bytes())
    whole = gzip.decompress(bytes(content))
    content[refs[1].offset + 30 : refs[1].offset + 60] = bytes(30)
    foreign = tmp_path / "foreign.warc.gz"
    expected = {bytes(content): "0234", whole: "01234", gzip.compress(whole): "01234"}
    expected[whole.replace(b"WARC/1.1\r\nWARC-Type: response", b"HARC/1.1\r\nWARC-Type: response", 1)] = "1234"
    for written, numbers in expected.items():
        foreign.write_bytes(written)
        found = list(read_warc(foreign))
        assert "".join(page.url[-1] for page in found if isinstance(page, Page)) == numbers
        bad = [record for record in found if isinstance(record, BadRecord)]
        assert bad[-1].url == "https://obersee-bote.test/lokales/6"
        assert len(bad) == 1 + (len(numbers) == 4)


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("Transfer-Encoding: chunked", b"3\r\n<p>\r\n2\r\nhi\r\n0\r\n\r\n"),
        (
            "Transfer-Encoding: chunked",
            b"3\r\n<p>\r\n2\r\nhi\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n\r\nwords of another answer",
        ),
        ("Transfer-Encoding: chunked", b"3;x=1\r\n<p>\r\n2  \r\nhi"),
        ("Transfer-Encoding: chunked", b"<p>hi"),
        ("Transfer-Encoding: chunked\r\nContent-Encoding: gzip", b"<p>hi"),
        ("Transfer-Encoding: chunked\r\nContent-Encoding: gzip", gzip.compress(b"<p>hi")),
        ("Content-Encoding: gzip", b"<p>hi"),
    ],
    ids=[
        "chunks",
        "more after the last",
        "lenient chunks",
        "header alone",
        "two headers alone",
        "chunked header alone",
        "decoded",
    ],
)
def test_foreign_conventions_are_understood(tmp_path: Path, coding: str, body: bytes) -> None:
    (page,) = read_warc(foreign_warc(tmp_path, coding, body))
    assert isinstance(page, Page)
    assert (page.url, page.body, page.fetched_at.hour) == ("https://nordkurier.test/a", b"<p>hi", 11)


def test_a_chunked_body_is_empty_or_too_large_and_never_its_framing_or_a_part(tmp_path: Path) -> None:
    (empty,) = read_warc(foreign_warc(tmp_path, "Transfer-Encoding: chunked", b"0\r\n\r\n"))
    assert isinstance(empty, Page)
    assert empty.body == b""
    chunks = b"1\r\n.\r\n" * 40 + b"0\r\n\r\n"
    (large,) = read_warc(foreign_warc(tmp_path, "Transfer-Encoding: chunked", chunks), max_body_bytes=100)
    assert isinstance(large, BadRecord)


def foreign_warc(tmp_path: Path, coding: str, body: bytes) -> Path:
    """A file with one response as other programs write it."""
    block = f"HTTP/1.1 200 OK\r\nContent-Type: Text/HTML; charset=x\r\n{coding}\r\n\r\n".encode() + body
    head = (
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: <https://nordkurier.test/a>\r\n"
        "WARC-Date: 2026-03-14T11:00:00Z\r\nContent-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(block)}\r\n\r\n"
    )
    path = tmp_path / "wget.warc"
    path.write_bytes(head.encode() + block + b"\r\n\r\n")
    return path


def test_garbage_is_reported_and_a_missing_file_raises(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(b"no such thing " * 1000)
    assert [type(record) for record in read_warc(path)] == [BadRecord]
    with pytest.raises(ArchiveError, match="can't open"):
        list(read_warc(tmp_path / "missing.warc"))


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        (b"<https://nordkurier.test/a>", b""),
        (b"<https://nordkurier.test/a>", b"urn:x:1"),
        (b"2026-03-14T11:00:00Z", b"yesterday"),
        (b"WARC-Date: 2026-03-14T11:00:00Z\r\n", b""),
    ],
)
def test_a_record_without_address_or_time_is_reported(tmp_path: Path, written: bytes, instead: bytes) -> None:
    path = foreign_warc(tmp_path, "X: y", b"<p>hi")
    whole = path.read_bytes()
    path.write_bytes(whole.replace(written, instead) + whole)
    bad, page = read_warc(path)
    assert isinstance(bad, BadRecord)
    assert bad.reason.startswith("its WARC-")
    assert isinstance(page, Page)


def test_pages_of_resource_records_are_read(tmp_path: Path) -> None:
    """Their block is the page itself, without an HTTP head (WARC 1.1, 6.4)."""
    body = b"<html><body><p>The pier is open.</p></body></html>"

    def record(url: str, kind: str, length: int = len(body)) -> bytes:
        return (
            f"WARC/1.1\r\nWARC-Type: resource\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2026-05-04T12:00:00Z\r\n"
            f"WARC-Record-ID: <urn:uuid:12345678-1234-1234-1234-123456789012>\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {length}\r\n\r\n"
        ).encode() + body + b"\r\n\r\n"  # fmt: skip

    path = tmp_path / "resources.warc"
    path.write_bytes(
        record("https://bay.test/pier", "text/html; charset=utf-8")
        + record("https://bay.test/a.png", "image/png")
        + record("file:///etc/hosts", "text/html")
        + record("urn:x:screenshot", "text/html")
    )
    (page,) = read_warc(path)
    assert isinstance(page, Page)
    assert (page.url, page.status, page.body) == ("https://bay.test/pier", 200, body)
    assert page.headers == (("content-type", "text/html; charset=utf-8"),)
