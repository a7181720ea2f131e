"""Backup of a running service, and life after a restore elsewhere."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from crawler.archive.archive import Archive
from dateline.errors import UsageError
from dateline.types.article import ArchiveRef
from scheduler.commands.backup import back_up, restore
from sql.database import connect
from sql.frontier.sources import upsert_source
from sql.server.embedded import EmbeddedServer
from sql.service.access import add_token
from tests.acceptance.service.test_up import cluster, count, folder, settings_for, until, up  # noqa: F401 - fixtures
from tests.acceptance.support.logged_site import logged_sites
from tests.acceptance.support.site import dateline

REFS = """
    SELECT url, archive_file, archive_offset, archive_length FROM dateline.article
    UNION ALL SELECT final_url, archive_file, archive_offset, archive_length FROM dateline.fetch WHERE article_id IS NOT NULL
"""
NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)


def test_a_backup_while_a_crawl_runs_is_whole_and_goes_on_elsewhere(
    folder: Path,  # noqa: F811
    short_dir: Path,
    tmp_path: Path,
) -> None:
    second, kept = short_dir / "second", tmp_path / "kept"
    # an article takes a while, so that the crawl still runs when the backups are made
    with logged_sites(pages=20, slow_s=0.7) as sites:
        env = settings_for(sites)
        with up(folder, sites, tmp_path) as service, EmbeddedServer(folder).running() as url:
            with connect(url, autocommit=True) as connection:
                for name in ("bay", "cape", "dune"):
                    upsert_source(connection, sites.source(name))
                until(lambda: count(connection, "dateline.article") > 10, "nothing stored")
                add_token(connection, "reports", "read", b"x" * 32, owner=None, expires_at=None, now=NOW)
                done = dateline("backup", str(kept), data_dir=folder, env=env)
                assert done.returncode == 0, done.stderr
                after = count(connection, "dateline.article")
                until(lambda: count(connection, "dateline.article") > after, "the crawl stood still")
                back_up(url, folder / "archive", kept, now=NOW)
                sites.slow_s = 0.0
            assert service.process.poll() is None
        dumps = sorted(kept.glob("*.dump"))
        assert len(dumps) == 2
        before = dict(sites.asked)
        done = dateline("restore", str(dumps[1]), data_dir=second, env=env)
        assert done.returncode == 0, done.stderr
        assert "revoked since then works again" in done.stderr and "reports" in done.stderr
        with EmbeddedServer(second).running() as url, connect(url, autocommit=True) as connection:
            with pytest.raises(UsageError, match="not empty"):
                restore(url, second / "archive", kept)
            stored = count(connection, "dateline.article")
            assert 10 < stored < 60
            archive = Archive(second / "archive")
            for page, *ref in connection.execute(REFS).fetchall():
                assert archive.read(ArchiveRef(*ref)).final_url == page  # type: ignore[arg-type]
            urls = {row[0] for row in connection.execute("SELECT url FROM dateline.article").fetchall()}
            with up(second, sites, tmp_path):
                until(lambda: count(connection, "dateline.article") == 60, "it does not go on")
            fetched_again = {url for url, times in sites.asked.items() if times > before.get(url, 0)}
            assert not {url.removeprefix("http://") for url in urls} & fetched_again, (
                "what the backup held was fetched again"
            )
