"""The archive in object storage: a real S3 server, kills between upload and deletion, slow and failing storage."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from crawler.archive.object_store import ObjectStore
from crawler.archive.shared_archive import SharedArchive, open_archive
from dateline.errors import ArchiveError
from dateline.types.article import ArchiveRef
from scheduler.commands.backup import copy_new, copy_stored
from tests.acceptance.support.object_storage import SECRET, Storage, object_storage
from tests.integration.crawler.archive.test_archive import exchange

LATER = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
MOVE = """
import sys
from pathlib import Path
from crawler.archive.shared_archive import open_archive
from dateline.config import load
import os
open_archive(load(os.environ, data_dir=Path(sys.argv[1]))).move_finished()
"""


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    with object_storage(tmp_path / "objects") as running:
        yield running


def machine(storage: Storage, folder: Path) -> SharedArchive:
    archive = open_archive(storage.settings(folder))
    assert isinstance(archive, SharedArchive)
    return archive


def written(archive: SharedArchive, *bodies: bytes) -> list[ArchiveRef]:
    refs = [archive.write(exchange(body=body)) for body in bodies]
    archive.sync(refs[-1])
    return refs


def test_a_page_is_read_from_any_machine_before_and_after_its_file_moved(storage: Storage, tmp_path: Path) -> None:
    writer, other = machine(storage, tmp_path / "a"), machine(storage, tmp_path / "b")
    first, second = written(writer, b"<p>first</p>", b"<p>second</p>")
    assert writer.move_finished() == []  # it is being written
    assert writer.read(second).body == b"<p>second</p>"
    with pytest.raises(ArchiveError, match="neither in"):
        other.read(second)
    writer.finish(LATER)
    assert writer.move_finished() == [first.file]
    assert [path.name for path in storage.objects()] == [first.file]
    assert not list((tmp_path / "a" / "archive").glob("*.warc.gz"))
    for archive in (writer, other):
        assert [archive.read(ref).body for ref in (first, second)] == [b"<p>first</p>", b"<p>second</p>"]
    assert [file.name for file in other.files()] == [first.file]
    assert written(writer, b"<p>third</p>")[0].file != first.file


@pytest.mark.parametrize("moves_first", [False, True])
def test_an_erased_page_is_gone_in_every_place(storage: Storage, tmp_path: Path, moves_first: bool) -> None:
    writer, other = machine(storage, tmp_path / "a"), machine(storage, tmp_path / "b")
    kept, gone = written(writer, b"<p>kept</p>", b"<p>a canary</p>")
    writer.finish(LATER)
    if moves_first:
        writer.move_finished()
        other.erase(gone)
    else:
        writer.erase(gone)
        writer.move_finished()
    with pytest.raises(ArchiveError, match="erased"):
        other.read(gone)
    assert other.read(kept).body == b"<p>kept</p>"
    assert not list((tmp_path / "b" / "archive").glob(".erasing-*"))


def test_a_move_never_brings_back_what_another_machine_erased(storage: Storage, tmp_path: Path) -> None:
    """A kill between upload and deletion leaves the file in both places; then another machine erases the object's record."""
    writer, other = machine(storage, tmp_path / "a"), machine(storage, tmp_path / "b")
    (gone,) = written(writer, b"<p>a canary</p>")
    writer.finish(LATER)
    writer.store.put(tmp_path / "a" / "archive" / gone.file)
    other.erase(gone)
    assert writer.move_finished() == [gone.file]
    for archive in (writer, other):
        with pytest.raises(ArchiveError, match="erased"):
            archive.read(gone)


def test_a_killed_move_loses_nothing_and_is_completed(storage: Storage, tmp_path: Path) -> None:
    writer = machine(storage, tmp_path)
    refs = []
    for number in range(6):
        refs += written(writer, b"<p>%d</p>" % number + os.urandom(200_000))
        writer.finish(LATER)
    storage.faults.pause_s = 0.05
    for requests in (1, 3, 4, 8):
        mover = subprocess.Popen(
            [sys.executable, "-c", MOVE, str(tmp_path)],
            env=os.environ | storage.environment(),
            stderr=subprocess.DEVNULL,
        )
        before = len(storage.faults.seen)
        while len(storage.faults.seen) < before + requests and mover.poll() is None:
            time.sleep(0.01)
        mover.send_signal(signal.SIGKILL)
        mover.wait()
        assert all(writer.read(ref).body.startswith(b"<p>%d</p>" % n) for n, ref in enumerate(refs))
    storage.faults.pause_s = 0
    writer.move_finished()
    assert {path.name for path in storage.objects()} == {ref.file for ref in refs}
    assert not list((tmp_path / "archive").glob("*.warc.gz"))
    assert all(writer.read(ref).body.startswith(b"<p>%d</p>" % n) for n, ref in enumerate(refs))


def test_failing_storage_keeps_the_local_file_and_says_so(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.archive.object_store.RETRIES", 0)
    writer = machine(storage, tmp_path)
    (ref,) = written(writer, b"<p>kept</p>")
    writer.finish(LATER)
    for failing in ({"PUT"}, {"HEAD"}):
        storage.faults.failing = failing
        with pytest.raises(ArchiveError) as failed:
            writer.move_finished()
        assert failed.value.is_temporary and "s3://news/desk failed for" in str(failed.value)
        assert SECRET not in str(failed.value) and writer.read(ref).body == b"<p>kept</p>"
    storage.faults.failing = set()
    writer.move_finished()
    storage.faults.failing = {"GET"}
    with pytest.raises(ArchiveError) as failed:
        writer.read(ref)
    assert failed.value.is_temporary
    storage.faults.failing = set()
    storage.faults.cut = True
    with pytest.raises(ArchiveError):
        writer.read(ref)
    storage.faults.cut = False
    assert writer.read(ref).body == b"<p>kept</p>"
    writer.store.delete([ref.file])
    assert writer.store.files() == []
    storage.faults.failing, storage.faults.status = {"GET", "HEAD"}, 200
    storage.faults.page = b"<!DOCTYPE html><title>Console</title>"
    with pytest.raises(ArchiveError, match="archive_store_endpoint"):  # else a backup would lack each page
        writer.store.files()
    storage.faults.failing, storage.faults.status = {"PUT"}, 404
    storage.faults.page = b"<Error><Code>NoSuchBucket</Code></Error>"
    with pytest.raises(ArchiveError, match="NoSuchBucket; create it"):
        writer.store.put(Path(__file__))


def test_another_file_of_the_same_name_is_not_taken_for_ours(storage: Storage, tmp_path: Path) -> None:
    writer = machine(storage, tmp_path)
    (ref,) = written(writer, b"<p>kept</p>")
    writer.finish(LATER)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / ref.file).write_bytes(b"not ours")
    writer.store.put(tmp_path / "other" / ref.file)
    with pytest.raises(ArchiveError, match="another file has its name"):
        writer.move_finished()
    assert writer.read(ref).body == b"<p>kept</p>"


def test_wrong_keys_and_a_dead_storage_are_named_without_the_secret(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.archive.object_store.RETRIES", 0)
    for endpoint, key in ((storage.endpoint, "wrong-secret"), ("http://127.0.0.1:1", SECRET)):
        store = ObjectStore("s3://news/desk", endpoint=endpoint, region="us-east-1", key_id="desk", secret_key=key)
        with pytest.raises(ArchiveError) as failed:
            store.files()
        assert key not in str(failed.value) and "\n" not in str(failed.value)


def test_retention_and_backup_reach_what_has_moved(storage: Storage, tmp_path: Path) -> None:
    writer = machine(storage, tmp_path / "a")
    (first,) = written(writer, b"<p>first</p>")
    writer.finish(LATER)
    writer.move_finished()
    (second,) = written(writer, b"<p>second</p>")
    folder, target = tmp_path / "a" / "archive", tmp_path / "copy"
    target.mkdir()

    def copied() -> int:
        return copy_new(folder, target) + copy_stored(writer.store, folder, target)

    assert copied() > 0 and copied() == 0
    assert {path.name for path in target.glob("*.warc.gz")} == {first.file, second.file}
    writer.erase(first)
    assert copied() > 0
    assert b"first" not in b"".join(path.read_bytes() for path in target.iterdir())
    writer.delete([first.file])
    assert storage.objects() == []


def test_a_server_that_takes_files_and_keeps_none_loses_none(tmp_path: Path) -> None:
    class Web(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.answer(200)

        def do_GET(self) -> None:
            self.answer(200 if "list-type" in self.path else 404, b"<html><body>Index</body></html>")

        def do_HEAD(self) -> None:
            self.answer(404)

        def answer(self, status: int, page: bytes = b"") -> None:
            self.send_response(status)
            self.send_header("ETag", '"x"')
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Web) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        store = ObjectStore(
            "s3://any", endpoint=f"http://127.0.0.1:{server.server_port}", region="x", key_id="k", secret_key="s"
        )
        archive = SharedArchive(tmp_path, store)
        with pytest.raises(ArchiveError, match="is not object storage"):
            store.files()
        [ref] = written(archive, b"<p>first</p>")
        archive.finish(LATER)
        with pytest.raises(ArchiveError, match="and does not have it"):
            archive.move_finished()
        assert archive.read(ref).body == b"<p>first</p>"
        server.shutdown()
