"""Backup of a running service, and life after a restore elsewhere."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from crawler.archive import Archive
from crawler.warc_records import Exchange
from dateline.article import ArchiveRef
from dateline.errors import ArchiveError
from scheduler.backup import copy_new
from sql.database import connect
from sql.embedded import EmbeddedServer
from sql.sources import upsert_source
from tests.acceptance.logged_site import logged_sites
from tests.acceptance.site import dateline
from tests.acceptance.test_up import count, settings_for, until, up

REFS = """
    SELECT url, archive_file, archive_offset, archive_length FROM dateline.article
    UNION ALL SELECT final_url, archive_file, archive_offset, archive_length FROM dateline.fetch WHERE article_id IS NOT NULL
"""
NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)


def test_a_backup_while_a_crawl_runs_is_whole_and_goes_on_elsewhere(short_dir: Path, tmp_path: Path) -> None:
    first, second, kept = short_dir / "first", short_dir / "second", tmp_path / "kept"
    with logged_sites(pages=30) as sites:
        env = settings_for(sites)
        with up(first, sites, tmp_path) as service, EmbeddedServer(first).running() as url:
            with connect(url, autocommit=True) as connection:
                for name in ("bay", "cape", "dune"):
                    upsert_source(connection, sites.source(name))
                until(lambda: count(connection, "dateline.article") > 10, "nothing stored")
                done = dateline("backup", str(kept), data_dir=first, env=env)
                assert done.returncode == 0, done.stderr
                after = count(connection, "dateline.article")
                until(lambda: count(connection, "dateline.article") > after, "the crawl stood still")
                again = dateline("backup", str(kept), data_dir=first, env=env)
                assert again.returncode == 0, again.stderr
            assert service.process.poll() is None
        dumps = sorted(kept.glob("*.dump"))
        assert len(dumps) == 2
        before = dict(sites.asked)
        done = dateline("restore", str(dumps[0]), data_dir=second, env=env)
        assert done.returncode == 0, done.stderr
        assert dateline("restore", str(kept), data_dir=second, env=env).returncode == 2, "not over what is there"
        with EmbeddedServer(second).running() as url, connect(url, autocommit=True) as connection:
            stored = count(connection, "dateline.article")
            assert 10 < stored < 90
            archive = Archive(second / "archive")
            for page, *ref in connection.execute(REFS).fetchall():
                assert archive.read(ArchiveRef(*ref)).final_url == page  # type: ignore[arg-type]
            urls = {row[0] for row in connection.execute("SELECT url FROM dateline.article").fetchall()}
            with up(second, sites, tmp_path):
                until(lambda: count(connection, "dateline.article") == 90, "it does not go on")
            fetched_again = {url for url, times in sites.asked.items() if times > before.get(url, 0)}
            assert not {url.removeprefix("http://") for url in urls} & fetched_again, (
                "what the backup held was fetched again"
            )


def test_what_is_missing_is_told(short_dir: Path, tmp_path: Path) -> None:
    first, kept = short_dir / "whole", tmp_path / "kept"
    with logged_sites(pages=2) as sites:
        env = settings_for(sites)
        with (
            up(first, sites, tmp_path),
            EmbeddedServer(first).running() as url,
            connect(url, autocommit=True) as connection,
        ):
            upsert_source(connection, sites.source("bay"))
            until(lambda: count(connection, "dateline.article") == 2, "not stored")
        assert dateline("backup", str(kept), data_dir=first, env=env).returncode == 0
        file = next((kept / "archive").glob("*.warc.gz"))
        file.write_bytes(file.read_bytes()[:-100])
        done = dateline("restore", str(kept), data_dir=short_dir / "torn", env=env)
        assert (done.returncode, file.name in done.stderr) == (3, True)
        assert dateline("restore", str(tmp_path), data_dir=short_dir / "none", env=env).returncode == 2


# Copies of archive files ---------------------------------------------------------------------------------------------------


def exchange(number: int) -> Exchange:
    url = f"https://bay.test/{number}"
    return Exchange(url=url, final_url=url, status=200, reason="OK", headers=[], body=b"words", fetched_at=NOW)


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
        patched.setattr(shutil, "copy2", torn)
        with pytest.raises(OSError, match="No space"):
            copy_new(ours, copy)
    assert list(copy.iterdir()) == []
    assert copy_new(ours, copy) > 0
