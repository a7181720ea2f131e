"""The archive on a real disk: read back by ourselves, warcio and fastwarc, after erasures, kills and a full disk."""

from __future__ import annotations

import datetime as dt
import errno
import gzip
import io
import os
import random
import re
import resource
import signal
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import brotli
import pytest
import zstandard
from fastwarc.warc import ArchiveIterator as FastwarcIterator
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator as WarcioIterator

from crawler.archive.archive import Archive, ArchiveFile, plan_retention
from crawler.archive.warc_import import read_warc
from crawler.archive.warc_records import WarcExchange, blank_span
from crawler.fetch.body import STORED_THOUGH
from dateline.errors import ArchiveError
from dateline.types.article import ArchiveRef, Page

NOON = dt.datetime(2026, 3, 14, 12, 0, 0, 250_000, tzinfo=dt.UTC)
HTML = "<html><body><p>Der Fährmann von Obersee übergibt sein Boot.</p></body></html>".encode()


def exchange(
    number: int = 1, *, body: bytes = HTML, at: dt.datetime = NOON, coding: str = "", **more: object
) -> WarcExchange:
    """A response of the fictional Obersee Bote."""
    url = f"https://obersee-bote.test/lokales/{number}"
    headers = [(b"Content-Type", b"text/html; charset=utf-8"), (b"Set-Cookie", b"a=1"), (b"Set-Cookie", b"b=2")]
    headers += [(b"Content-Encoding", coding.encode())] if coding else []
    return WarcExchange(**{"url": url, "final_url": url, "status": 200, "reason": "OK", "headers": headers, "body": body,
                       "fetched_at": at, "request_headers": [("User-Agent", "Dateline/test")]} | more)  # type: ignore[arg-type]  # fmt: skip


def seen_by_warcio(path: Path) -> list[tuple[str, str | None, bytes]]:
    """Type, URL and block of each record, and every digest checked."""
    with path.open("rb") as file:
        for record in WarcioIterator(file, check_digests="raise"):
            record.raw_stream.read()
    with path.open("rb") as file:
        records = WarcioIterator(file, no_record_parse=True)
        return [(r.rec_type, r.rec_headers.get_header("WARC-Target-URI"), r.raw_stream.read()) for r in records]


def seen_by_fastwarc(path: Path) -> list[tuple[str, str | None, bytes]]:
    with path.open("rb") as file:
        records = FastwarcIterator(file, parse_http=False)
        return [(r.headers["WARC-Type"], r.headers.get("WARC-Target-URI"), r.reader.read()) for r in records]


def path_of(archive: Archive, ref: ArchiveRef, tmp_path: Path) -> Path:
    archive.sync()
    return tmp_path / "archive" / ref.file


def test_a_page_is_read_back_as_it_was_received(archive: Archive) -> None:
    redirected = exchange(redirects=("https://obersee-bote.test/kurz",), url="http://obersee-bote.test/k?a b")
    ref = archive.write(redirected)
    page = archive.read(ref)
    assert page == Page(
        url="http://obersee-bote.test/k?a%20b",
        final_url="https://obersee-bote.test/lokales/1",
        status=200,
        headers=(("content-type", "text/html; charset=utf-8"), ("set-cookie", "a=1"), ("set-cookie", "b=2")),
        body=HTML,
        fetched_at=NOON,
        redirects=("https://obersee-bote.test/kurz",),
        archived=ref,
    )


@pytest.mark.parametrize(
    ("coding", "code"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", lambda body: gzip.compress(body[:20]) + gzip.compress(body[20:])),
        ("deflate", zlib.compress),
        ("deflate", lambda body: zlib.compress(body)[2:-4]),
        ("br", brotli.compress),
        ("zstd", zstandard.compress),
        ("gzip, br", lambda body: brotli.compress(gzip.compress(body))),
        ("identity", bytes),
        ("gzip", bytes),
    ],
)
def test_content_codings_are_undone_when_read_and_kept_in_the_file(archive: Archive, coding, code) -> None:  # type: ignore[no-untyped-def]
    assert archive.read(archive.write(exchange(body=code(HTML), coding=coding))).body == HTML


def test_reading_a_corrupt_body_or_a_bomb_raises(tmp_path: Path) -> None:
    with Archive(tmp_path, max_body_bytes=1_000_000) as archive:
        for body, told in ((gzip.compress(bytes(50_000_000)), "1000000 bytes"), (b"\x1f\x8b\x08 no", "gzip")):
            with pytest.raises(ArchiveError, match=told):
                archive.read(archive.write(exchange(body=body, coding="gzip")))


@pytest.mark.parametrize("seen_by", [seen_by_warcio, seen_by_fastwarc])
def test_other_readers_find_every_record(archive: Archive, tmp_path: Path, seen_by) -> None:  # type: ignore[no-untyped-def]
    archive.write(exchange(1, ip_address="192.0.2.7"))
    ref = archive.write(exchange(2, url="https://obersee-bote.test/alt", body=gzip.compress(HTML), coding="gzip"))
    records = seen_by(path_of(archive, ref, tmp_path))
    assert [kind for kind, _, _ in records] == ["warcinfo", "response", "request", "response", "request", "metadata"]
    assert records[1][2].endswith(b"Set-Cookie: b=2\r\n\r\n" + HTML)
    assert records[2][2].startswith(b"GET /lokales/1 HTTP/1.1\r\nHost: obersee-bote.test\r\nUser-Agent: Dateline/test")
    assert records[5][2] == b"asked: https://obersee-bote.test/alt\r\n"


def test_a_cut_body_and_an_undone_transfer_coding_are_recorded(archive: Archive, tmp_path: Path) -> None:
    ref = archive.write(exchange(headers=[("Transfer-Encoding", "chunked"), ("X", "a\r\nb")], cut="1 of 2 bytes came"))
    with path_of(archive, ref, tmp_path).open("rb") as file:
        response = next(r for r in WarcioIterator(file) if r.rec_type == "response")
        assert response.rec_headers.get_header("WARC-Truncated") == "disconnect"
        assert response.http_headers.get_header("Transfer-Encoding") is None
        assert response.content_stream().read() == HTML
    assert archive.read(ref).warnings == (f"{STORED_THOUGH}: 1 of 2 bytes came",)
    assert archive.read(ref).headers == (("transfer-encoding", "chunked"), ("x", "a b"))


@pytest.mark.parametrize("seen_by", [seen_by_warcio, seen_by_fastwarc])
def test_an_erased_page_is_gone_and_all_others_keep_their_place(archive, tmp_path, seen_by) -> None:  # type: ignore[no-untyped-def]
    noise = random.Random(1).randbytes(300_000)
    refs = [archive.write(exchange(number, body=HTML if number != 2 else HTML + noise)) for number in range(4)]
    path = path_of(archive, refs[0], tmp_path)
    before = path.stat()
    archive.erase(refs[2])
    archive.erase(refs[3])
    assert path.stat().st_size == before.st_size
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert noise[100:200] not in path.read_bytes()
    assert [archive.read(ref).body for ref in refs[:2]] == [HTML, HTML]
    after = archive.write(exchange(9))
    assert archive.read(after).final_url.endswith("/9")
    kinds = [(kind, url and url[-2:]) for kind, url, _ in seen_by(path)]
    assert kinds == [("warcinfo", None), ("response", "/0"), ("request", "/0"), ("response", "/1"), ("request", "/1"),
                     ("metadata", None), ("metadata", None), ("response", "/9"), ("request", "/9")]  # fmt: skip
    with pytest.raises(ArchiveError, match="erased"):
        archive.read(refs[2])
    archive.erase(refs[2])  # again: this completes an interrupted erasure
    assert gzip.decompress(path.read_bytes()), "the file is made of whole gzip members"


@settings(deadline=None)
@given(st.one_of(st.integers(260, 2000), st.integers(65_000, 67_000), st.integers(130_000, 132_000)))
def test_a_blank_is_a_valid_record_of_exactly_its_length(length: int) -> None:
    span = blank_span(length, NOON)
    assert len(span) == length
    record = next(iter(WarcioIterator(io.BytesIO(span))))
    block = record.raw_stream.read()
    assert record.rec_type == "metadata"
    assert len(gzip.decompress(span)) == len(gzip.decompress(span).partition(b"\r\n\r\n")[0]) + len(block) + 8


def test_a_span_that_is_not_a_record_is_not_erased(archive: Archive, tmp_path: Path) -> None:
    ref = archive.write(exchange())
    content = path_of(archive, ref, tmp_path).read_bytes()
    for wrong in (
        ArchiveRef(ref.file, ref.offset + 1, ref.length - 1),
        ArchiveRef(ref.file, ref.offset, ref.length - 7),
        ArchiveRef(ref.file, ref.offset, ref.length + 1),
        ArchiveRef("no-such.warc.gz", 0, 500),
        ArchiveRef("../archive/" + ref.file, ref.offset, ref.length),
    ):
        with pytest.raises(ArchiveError):
            archive.erase(wrong)
        with pytest.raises(ArchiveError):
            archive.read(ArchiveRef(wrong.file, wrong.offset + 2, wrong.length))
    assert path_of(archive, ref, tmp_path).read_bytes() == content


def test_files_are_rotated_by_size_and_by_day_and_never_appended_to_by_another(tmp_path: Path) -> None:
    with Archive(tmp_path, max_file_bytes=2000) as first, Archive(tmp_path, max_file_bytes=10**9) as second:
        by_size = [first.write(exchange(n)).file for n in range(4)]
        later = second.write(exchange(5, at=NOON + dt.timedelta(days=1))).file
        earlier = second.write(exchange(6, at=NOON)).file  # a straggler opens no file of its own
        next_day = second.write(exchange(7, at=NOON + dt.timedelta(days=2))).file
    assert len(set(by_size)) == 2
    assert later == earlier != next_day
    assert len({*by_size, later, next_day}) == 4
    assert all(re.fullmatch(r"dateline-2026031[456]120000-\w+-\d+-\d{5}\.warc\.gz", f.name) for f in second.files())


WRITER = """
import datetime as dt, sys
from pathlib import Path
from crawler.archive.archive import Archive
from crawler.archive.warc_records import WarcExchange
archive = Archive(Path(sys.argv[1]))
for number in range(1_000_000):
    url = f"https://obersee-bote.test/{number}"
    ref = archive.write(WarcExchange(url, url, 200, "OK", [("Content-Type", "text/html")], b"<p>%d</p>" % number * 2000,
                                 dt.datetime.now(dt.UTC)))
    print(ref.file, ref.offset, ref.length, flush=True)
"""


@pytest.mark.parametrize("after", [1, 40, 150])
def test_a_killed_writer_has_lost_nothing_that_was_returned(tmp_path: Path, after: int) -> None:
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    told = [writer.stdout.readline() for _ in range(after)]
    writer.send_signal(signal.SIGKILL)
    rest = writer.communicate()[0]  # may end within a line
    told += rest[: rest.rfind("\n") + 1].splitlines()
    refs = [ArchiveRef(file, int(at), int(length)) for file, at, length in map(str.split, told)]
    with Archive(tmp_path) as archive:
        for number, ref in enumerate(refs):
            assert archive.read(ref).body == b"<p>%d</p>" % number * 2000
        (file,) = archive.files()
        assert not file.is_live
        assert archive.write(exchange()).file != file.name
    records = [kind for kind, _, _ in seen_by_fastwarc(tmp_path / file.name)]
    assert records.count("response") >= len(refs)


def test_a_torn_tail_harms_no_record_before_it(archive: Archive, tmp_path: Path) -> None:
    refs = [archive.write(exchange(number)) for number in range(3)]
    path = path_of(archive, refs[0], tmp_path)
    torn = tmp_path / "archive" / "dateline-torn.warc.gz"
    for cut in (1, 5, 12, 100, refs[2].length - 1):
        torn.write_bytes(path.read_bytes()[: refs[2].offset + cut])
        pages = [page for page in read_warc(torn) if isinstance(page, Page)]
        assert [page.url[-1] for page in pages[:2]] == ["0", "1"]


def test_a_full_disk_is_temporary_and_leaves_no_half_record(archive: Archive, tmp_path: Path) -> None:
    first = archive.write(exchange(1))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    noise = random.Random(3).randbytes(50_000)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (first.offset + first.length + 10_000, before[1]))
        with pytest.raises(ArchiveError) as caught:
            archive.write(exchange(2, body=noise))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert caught.value.is_temporary
    assert path_of(archive, first, tmp_path).stat().st_size == first.offset + first.length
    assert archive.read(archive.write(exchange(2, body=noise))).body == noise
    assert gzip.decompress(path_of(archive, first, tmp_path).read_bytes()), "the file is made of whole gzip members"


class HeldFlush:
    """The real fdatasync, which waits for `released` before it begins, counts its calls, and may fail as a broken disk does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, failure: OSError | None = None) -> None:
        self.begun, self.released, self.calls, self._failure, self._real = Event(), Event(), 0, failure, os.fdatasync
        monkeypatch.setattr(os, "fdatasync", self)

    def __call__(self, descriptor: int) -> None:
        self.calls += 1
        self.begun.set()
        assert self.released.wait(20)
        if self._failure:
            raise self._failure
        self._real(descriptor)


def test_a_sync_returns_only_when_the_flush_that_covers_its_record_has_ended(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    refs = [archive.write(exchange(number)) for number in range(2)]
    flush = HeldFlush(monkeypatch)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(archive.sync, refs[0])
        assert flush.begun.wait(20)
        second = pool.submit(archive.sync, refs[1])
        with pytest.raises(TimeoutError):
            second.result(timeout=0.3)
        flush.released.set()
        first.result(timeout=20)
        second.result(timeout=20)
    assert flush.calls == 1


def test_records_written_during_a_flush_share_the_next_one(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    first = archive.write(exchange(1))
    flush = HeldFlush(monkeypatch)
    with ThreadPoolExecutor(5) as pool:
        waits = [pool.submit(archive.sync, first)]
        assert flush.begun.wait(20)
        later = [archive.write(exchange(number)) for number in range(2, 6)]
        waits += [pool.submit(archive.sync, ref) for ref in later]
        flush.released.set()
        for wait in waits:
            wait.result(timeout=20)
    assert flush.calls == 2
    archive.sync()
    assert flush.calls == 2


def test_no_record_of_a_failed_flush_is_reported_as_written(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    refs = [archive.write(exchange(number)) for number in range(3)]
    flush = HeldFlush(monkeypatch, OSError(errno.EIO, "broken"))
    with ThreadPoolExecutor(2) as pool:
        waits = [pool.submit(archive.sync, refs[0])]
        assert flush.begun.wait(20)
        waits.append(pool.submit(archive.sync, refs[1]))
        flush.released.set()
        assert all(isinstance(wait.exception(timeout=20), ArchiveError) for wait in waits)
    monkeypatch.undo()
    with pytest.raises(ArchiveError, match="flush"):
        archive.sync(refs[2])
    after = archive.write(exchange(9))
    archive.sync(after)
    assert after.file != refs[0].file


def test_a_folder_that_can_not_be_created_is_a_permanent_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ArchiveError) as caught:
        Archive(tmp_path / "file" / "archive").write(exchange())
    assert not caught.value.is_temporary


def test_files_of_living_writers_are_kept_whatever_their_age(tmp_path: Path) -> None:
    with Archive(tmp_path) as done:
        old = done.write(exchange()).file
    with Archive(tmp_path) as archive:
        live = archive.write(exchange()).file
        future = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
        assert {file.name: file.is_live for file in archive.files()} == {old: False, live: True}
        doomed = plan_retention(archive.files(), older_than=future, max_bytes=0)
        archive.delete(doomed)
        assert doomed == (old,)
        assert [file.name for file in archive.files()] == [live]
        with pytest.raises(ArchiveError, match="is not in"):
            archive.read(ArchiveRef(old, 0, 100))


def stored(name: str, days: int, size: int = 100, *, is_live: bool = False) -> ArchiveFile:
    return ArchiveFile(name, size, NOON - dt.timedelta(days=days), is_live)


@pytest.mark.parametrize(
    ("older_than_days", "max_bytes", "doomed"),
    [
        (None, None, ()),
        (5, None, ("c", "b")),
        (None, 300, ("c",)),
        (None, 299, ("c", "b")),
        (None, 0, ("c", "b", "a")),
        (5, 300, ("c", "b")),
        (0, 0, ("c", "b", "a")),
    ],
)
def test_retention_takes_the_old_and_then_the_oldest(
    older_than_days: int | None, max_bytes: int | None, doomed: tuple[str, ...]
) -> None:
    files = [stored("a", 1), stored("live", 30, is_live=True), stored("c", 20), stored("b", 10)]
    limit = None if older_than_days is None else NOON - dt.timedelta(days=older_than_days)
    assert plan_retention(files, older_than=limit, max_bytes=max_bytes) == doomed


def test_the_error_for_another_machines_page_names_that_machine(tmp_path: Path) -> None:
    with Archive(tmp_path / "theirs", writer="news-2.example") as theirs:
        ref = theirs.write(exchange())
    with pytest.raises(ArchiveError, match="it was written on news_2_example; read it there"):
        Archive(tmp_path / "ours", writer="news-1.example").read(ref)
    with pytest.raises(ArchiveError) as told:
        Archive(tmp_path / "ours", writer="news-2.example").read(ref)
    assert "written on" not in str(told.value), "a file that is gone here"
