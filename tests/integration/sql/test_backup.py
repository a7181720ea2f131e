"""Copies of archive files, and what a restore finds missing."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import psycopg
import pytest

from crawler.archive.archive import Archive
from crawler.archive.warc_records import WarcExchange
from dateline.cli.admin.backup import tokens_after
from dateline.errors import ArchiveError, DatabaseError, UsageError
from scheduler.commands.backup import back_up, copy_new, restore
from sql.database import connect
from sql.service.access import add_token, list_tokens
from tests.acceptance.support import preloaded
from tests.conftest import with_database
from tests.integration.conftest import NOW, Desk
from tests.integration.scheduler.monitoring.test_disk import archived, stored


def exchange(number: int) -> WarcExchange:
    url = f"https://bay.test/{number}"
    return WarcExchange(
        url=url, final_url=url, status=200, reason="OK", headers=[], body=os.urandom(2000), fetched_at=NOW
    )


@pytest.fixture
def empty_url(postgres_url: str) -> str:
    """A database with nothing in it."""
    name = f"restored_{os.getpid()}_{os.urandom(4).hex()}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
    return with_database(postgres_url, name)


async def test_a_restore_is_whole_or_says_what_is_missing(
    desk: Desk, database: str, empty_url: str, tmp_path: Path
) -> None:
    refs = [archived(tmp_path / "ours", number, 1) for number in range(3)]
    for number, ref in enumerate(refs):
        await stored(desk, number, ref)
    done = back_up(database, tmp_path / "ours", tmp_path / "kept", now=NOW)
    assert (done.dump.name, done.files) == ("dateline-20260504T120000Z.dump", 3)
    torn = tmp_path / "kept/archive" / refs[1].file
    torn.write_bytes(torn.read_bytes()[:-1])
    found = restore(empty_url, tmp_path / "theirs", tmp_path / "kept")
    assert found.missing == (refs[1].file,)
    assert Archive(tmp_path / "theirs").read(refs[2]).url == "https://bay.test/2"
    with connect(empty_url) as connection:
        assert connection.execute("SELECT count(*) FROM news.articles").fetchone() == (3,)
        assert connection.execute("SELECT sum(value) FROM dateline.total WHERE name = 'article'").fetchone() == (3.0,)
        assert connection.execute("SELECT count(*) FROM dateline.heartbeat").fetchone() == (0,)
        granted = "SELECT has_table_privilege('dateline_analyst', 'news.articles', 'SELECT')"
        assert connection.execute(granted).fetchone() == (True,), "views and roles are made anew"
    with pytest.raises(UsageError, match="not empty"):
        restore(empty_url, tmp_path / "theirs", tmp_path / "kept")
    with pytest.raises(UsageError, match="holds no backup"):
        restore(empty_url, tmp_path / "theirs", tmp_path / "ours")


def test_a_restore_says_who_gets_in_and_revokes_tokens(database: str, empty_url: str, tmp_path: Path) -> None:
    with connect(database) as connection:
        add_token(connection, "reports", "read", b"x" * 32, owner=None, expires_at=None, now=NOW)
    back_up(database, tmp_path / "ours", tmp_path / "kept", now=NOW)
    words = ["--data-dir", str(tmp_path / "theirs"), "restore", "--revoke-tokens", str(tmp_path / "kept")]
    done = preloaded.run(words, env=os.environ | {"DATELINE_DATABASE_URL": empty_url})
    said = done.stderr.decode()
    assert (done.returncode, "1 token revoked: make new ones" in said) == (0, True), said
    with connect(empty_url) as connection:
        assert [one.state(NOW) for one in list_tokens(connection)] == ["revoked"]
    assert "removed users and old passwords" in said
    assert "removed users and old passwords" in tokens_after(empty_url, revoke=False), "no token works, but users may"


@pytest.mark.parametrize(
    ("change", "refusal", "says"),
    [
        (
            "INSERT INTO dateline.migration (name, sha256, applied_by) VALUES ('9001_later', 'x', 'y')",
            DatabaseError,
            "has migration 9001_later, which this version of Dateline does not have: install a newer version",
        ),
        ("DROP TABLE dateline.migration", UsageError, "is a dump of a database that is not Dateline's"),
    ],
)
def test_a_dump_that_does_not_fit_is_refused_before_it_is_loaded(
    database: str, empty_url: str, tmp_path: Path, change: str, refusal: type[Exception], says: str
) -> None:
    with connect(database, autocommit=True) as connection:
        connection.execute(change.encode())
    kept = back_up(database, tmp_path / "ours", tmp_path / "kept", now=NOW)
    with pytest.raises(refusal, match=f"{kept.dump.name} {says}"):
        restore(empty_url, tmp_path / "theirs", tmp_path / "kept")
    with connect(empty_url) as connection:
        assert connection.execute("SELECT to_regnamespace('dateline')::text").fetchone() == (None,)
    assert not (tmp_path / "theirs").exists()


def test_only_what_is_new_is_copied_and_an_erased_page_is_erased_there_too(tmp_path: Path) -> None:
    ours, copy = tmp_path / "ours", tmp_path / "copy"
    copy.mkdir()
    with Archive(ours) as archive:
        refs = [archive.write(exchange(number)) for number in range(3)]
        archive.sync()
        assert copy_new(ours, copy) > 0
        assert copy_new(ours, copy) == 0
        refs.append(archive.write(exchange(3)))
        assert copy_new(ours, copy) > 0
    assert [Archive(copy).read(ref).url for ref in refs] == [f"https://bay.test/{n}" for n in range(4)]
    Archive(ours).erase(refs[1])
    copy_new(ours, copy)
    with pytest.raises(ArchiveError):
        Archive(copy).read(refs[1])
    assert Archive(copy).read(refs[2]).url == "https://bay.test/2"


def test_a_copy_that_was_cut_off_leaves_nothing_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    ours, copy = tmp_path / "ours", tmp_path / "copy"
    copy.mkdir()
    with Archive(ours) as archive:
        archive.write(exchange(0))

    def torn(source: Path, target: Path) -> None:
        target.write_bytes(source.read_bytes()[:10])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "copyfile", torn)
        with pytest.raises(OSError, match="No space"):
            copy_new(ours, copy)
    assert list(copy.iterdir()) == []
    assert copy_new(ours, copy) > 0


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_backup_is_for_its_owner_only_whatever_was_there_before(database: str, tmp_path: Path) -> None:
    ours, kept = tmp_path / "ours", tmp_path / "deep" / "kept"
    with Archive(ours) as archive:
        archive.write(exchange(0))
    first = back_up(database, ours, kept, now=NOW)
    private = [first.dump, *(kept / "archive").iterdir()]
    assert [mode(path) for path in (kept, kept / "archive")] == [0o700, 0o700]
    assert {mode(path) for path in private} == {0o600}
    assert len(private) == 3
    for path in (*private, kept / "archive"):
        path.chmod(0o755)
    back_up(database, ours, kept, now=NOW + dt.timedelta(days=1))
    assert {mode(path) for path in private} == {0o600}, "an earlier version's files are closed, too"
    assert mode(kept / "archive") == 0o700


def test_a_folder_that_the_user_made_keeps_its_mode(database: str, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir(mode=0o755)
    done = back_up(database, tmp_path / "ours", kept, now=NOW)
    assert (mode(kept), mode(done.dump), mode(kept / "archive")) == (0o755, 0o600, 0o700)


def test_a_failed_backup_leaves_nothing_half_and_the_next_one_works(database: str, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    with pytest.raises(DatabaseError, match="pg_dump failed"):
        back_up(with_database(database, "not_there"), tmp_path / "ours", kept, now=NOW)
    assert list(kept.glob("*.dump*")) == []
    for name in ("dateline-20260101T000000Z.dump.partial", "archive/a.warc.gz.partial", "archive/copied.json.partial"):
        (kept / name).write_bytes(b"a killed backup wrote this")
    done = back_up(database, tmp_path / "ours", kept, now=NOW)
    assert [path.name for path in kept.iterdir() if path.is_file()] == [done.dump.name]
    assert [path.name for path in (kept / "archive").iterdir()] == ["copied.json"]


def test_a_backup_that_cannot_be_written_names_the_place_and_the_cure(database: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ArchiveError, match=r"file.*free space.*who may write there"):
        back_up(database, tmp_path / "ours", tmp_path / "file", now=NOW)
    (tmp_path / "kept/archive/copied.json.partial").mkdir(parents=True)
    with pytest.raises(ArchiveError, match=r"copied.json.partial can't be written"):
        back_up(database, tmp_path / "ours", tmp_path / "kept", now=NOW)


def test_a_backup_within_the_archive_is_refused(database: str, tmp_path: Path) -> None:
    (tmp_path / "ours").mkdir()
    with pytest.raises(UsageError, match="is in the archive: name a folder outside"):
        back_up(database, tmp_path / "ours", tmp_path / "ours/kept", now=NOW)


def test_a_file_that_is_no_dump_is_named(database: str, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(UsageError, match=r"notes.txt is not a dump"):
        restore(database, tmp_path / "ours", tmp_path / "notes.txt")


def test_one_backup_at_a_time_and_never_into_the_archive(database: str, tmp_path: Path) -> None:
    import fcntl

    kept = tmp_path / "kept"
    back_up(database, tmp_path / "ours", kept, now=NOW)
    descriptor = os.open(kept, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        with pytest.raises(UsageError, match=r"another backup into .* is running"):
            back_up(database, tmp_path / "ours", kept, now=NOW)
    finally:
        os.close(descriptor)
    with pytest.raises(UsageError, match="holds the archive itself"):
        back_up(database, kept / "archive", kept, now=NOW)
