"""WARC files at hand as a way into a source's past: its own pages, its dates, nothing requested, nothing twice."""

from __future__ import annotations

import asyncio
import datetime as dt
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.archive.archive import Archive
from crawler.archive.warc_records import WarcExchange
from dateline.errors import UsageError
from scheduler.commands.backfill import Wanted, read_first
from scheduler.commands.backfill_files import files_of, may_hold, read_files
from tests.acceptance.support.old_site import Old, OldSite, spread
from tests.integration.support.backfilling import NOW, SINCE, UNTIL, Backfilling, backfilling

ARTICLES = spread(12, dt.datetime(2021, 7, 1), dt.datetime(2023, 7, 1))
WANTED = {one.url for one in ARTICLES if SINCE <= one.at <= UNTIL}


def exchange(one: Old, url: str) -> WarcExchange:
    """A capture of an article's page."""
    return WarcExchange(
        url=url,
        final_url=url,
        status=200,
        reason="OK",
        headers=[("Content-Type", "text/html; charset=utf-8")],
        body=one.page().body,
        fetched_at=one.at,
        request_headers=[],
    )


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    """A file with the site's articles, one of them twice, and one of another site, in a layout like CC-NEWS."""
    archive = Archive(tmp_path / "archive")
    for one in (*ARTICLES, ARTICLES[0]):
        archive.write(exchange(one, one.url))
    archive.write(exchange(ARTICLES[5], "http://other.test/2022/05/01/what-another-harbour-saw.html"))
    archive.close()
    [written] = (tmp_path / "archive").rglob("*.warc.gz")
    folder = tmp_path / "cc-news" / "2023" / "07"
    folder.mkdir(parents=True)
    yield written.rename(folder / "CC-NEWS-20230702000000-00001.warc.gz")


@pytest.mark.parametrize("is_packed", [False, True], ids=["warc", "wacz"])
def test_a_file_brings_the_source_s_articles_between_the_dates_once(database: str, file: Path, is_packed: bool) -> None:
    if is_packed:
        with zipfile.ZipFile(file.with_name("of-the-quay.WACZ"), "w") as package:
            package.writestr("datapackage.json", "{}")
            package.write(file, "archive/../archive/data.warc.gz")
        file.unlink()

    async def scene(going: Backfilling) -> None:
        await going.begin()
        for times in range(2):
            run = await going.backfills.take("tests", now=NOW, number=going.number)
            assert run is not None
            files = files_of([file.parents[2]])
            await read_files(going.context, run, files, asyncio.Event())
            assert going.stored == WANTED
            counts = (await going.status()).counts
            assert (counts["stored"], counts["outside"], times) == (len(WANTED), 12 - len(WANTED), times)
        assert going.web.log == []
        assert going.rows("SELECT bool_and(is_backfilled), bool_and(source_id IS NOT NULL) FROM dateline.article") == [
            (True, True)
        ]
        found = await going.play()
        assert (found.state, found.counts["stored"]) == ("done", len(WANTED))
        assert not [url for url in going.web.log if url in WANTED], "the sitemaps name what is known"

    backfilling(database, OldSite(ARTICLES, frozenset({"sitemaps"})), scene)


def test_the_files_are_read_although_the_running_service_was_done_with_the_lists_before(
    database: str, file: Path
) -> None:
    async def scene(going: Backfilling) -> None:
        await going.begin()
        assert (await going.play()).state == "done"
        assert going.stored == set()
        async with asyncio.timeout(60):
            await read_first(going.context, going.number, Wanted("old", files=[file]), asyncio.Event())
        assert going.stored == WANTED
        assert (await going.status()).state == "running"

    backfilling(database, OldSite(ARTICLES, frozenset()), scene)


def test_files_that_were_crawled_before_the_dates_are_not_opened(tmp_path: Path) -> None:
    assert not may_hold(tmp_path / "CC-NEWS-20211231235959-00001.warc.gz", SINCE)
    assert may_hold(tmp_path / "CC-NEWS-20220101000000-00001.warc.gz", SINCE)
    assert may_hold(tmp_path / "another.warc", SINCE)


def test_paths_without_archive_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no"):
        files_of([tmp_path])
    (tmp_path / "list.csv").write_text("x")
    with pytest.raises(UsageError, match="is no"):
        files_of([tmp_path / "list.csv"])
