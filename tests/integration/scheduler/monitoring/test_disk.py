"""The archive's disk: fetching pauses before it is full and resumes by itself; old files go, and no row names them then."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from crawler.archive.archive import Archive
from crawler.archive.warc_records import WarcExchange
from dateline.config import Settings
from dateline.explain import steps_of
from dateline.types.article import ArchiveRef
from scheduler.jobs import defer_hosts, make_app
from scheduler.monitoring.disk import (
    DiskWatch,
    Retention,
    free_mb,
    has_room,
    retain,
    tend_archive,
    why_paused,
    write_trouble,
)
from sql.database import Pool, connect
from sql.frontier.explain import facts_of_url
from sql.service.leases import Upkeep
from tests.integration.conftest import NOW, Desk
from tests.integration.support.queueing import Diary, opened, until, worker


@pytest.mark.parametrize(
    ("free", "is_paused", "expected"),
    [
        (512, False, True),
        (511.9, False, False),
        (0, False, False),
        (512, True, False),
        (563, True, False),
        (564, True, True),
    ],
)
def test_room_is_judged_with_a_margin(free: float, is_paused: bool, expected: bool) -> None:
    assert has_room(free, min_free_mb=512, is_paused=is_paused) is expected


def test_no_limit_is_always_room() -> None:
    assert has_room(0, min_free_mb=0, is_paused=False)


def test_a_folder_that_is_not_there_yet_is_measured_where_it_will_be(tmp_path: Path) -> None:
    assert free_mb(tmp_path / "not" / "yet") == pytest.approx(free_mb(tmp_path), rel=0.2)


def test_a_folder_that_can_t_be_written_pauses_fetching_until_it_can(tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    folder.write_text("in the way")
    watch = DiskWatch(folder, min_free_mb=1)
    assert (watch.full.is_set(), watch.roomy.is_set()) == (True, False)
    folder.unlink()
    watch.look()
    assert (watch.full.is_set(), watch.roomy.is_set()) == (False, True)
    assert write_trouble(tmp_path / "gone" / "archive"), "what vanished is not made again"
    assert not (tmp_path / "gone").exists()


def test_it_is_said_why_fetching_pauses(tmp_path: Path) -> None:
    (tmp_path / "archive").write_text("in the way")
    assert why_paused(Settings(data_dir=tmp_path, min_free_mb=10**9)) == (
        f"{free_mb(tmp_path):.0f} MB are free on the disk of {tmp_path / 'archive'}, fewer than min_free_mb (1000000000)"
    )
    assert why_paused(Settings(data_dir=tmp_path)) == (f"nothing can be written in {tmp_path / 'archive'}: File exists")
    assert why_paused(Settings(data_dir=tmp_path, archive=False)) is None
    (tmp_path / "other").mkdir()
    assert why_paused(Settings(data_dir=tmp_path / "other")) is None


class Disk:
    """A disk of which the test says how full it is."""

    def __init__(self, free: float) -> None:
        self.free = free

    def __call__(self, folder: Path) -> float:
        return self.free


async def test_a_worker_takes_no_job_while_the_disk_is_full(database: str, tmp_path: Path) -> None:
    disk, diary = Disk(1000), Diary()
    watch = DiskWatch(tmp_path, min_free_mb=512, measure=disk)
    with capture_logs() as logs:
        async with worker(database, diary, "one", disk=watch), opened(make_app(), database) as app:
            await defer_hosts(app, ["bay.test"])
            await until(lambda: diary.visits == ["bay.test"], "no visit")
            disk.free = 100
            for _ in range(3):
                watch.look()
            await until(diary.stopping.is_set, "visits under way were not told")
            await defer_hosts(app, ["cape.test"])
            # another worker, whose disk has room, takes it: so this one has had its chance
            other = Diary()
            async with worker(database, other, "two"):
                await until(lambda: other.visits == ["cape.test"], "the other did not take it")
            assert diary.visits == ["bay.test"]
            await defer_hosts(app, ["dune.test"])
            disk.free = 1000
            for _ in range(3):
                watch.look()
            await until(lambda: diary.visits == ["bay.test", "dune.test"], "did not resume")
    told = [one["event"].split(":")[0] for one in logs]
    assert told.count("fetching pauses") == told.count("fetching resumes") == 1


async def test_a_worker_with_a_full_disk_can_be_stopped(database: str, tmp_path: Path) -> None:
    watch = DiskWatch(tmp_path, min_free_mb=512, measure=Disk(0))
    async with worker(database, Diary(), "full", disk=watch) as stop:
        stop.set()


# Retention ---------------------------------------------------------------------------------------------------------------


def exchange(number: int) -> WarcExchange:
    url = f"https://bay.test/{number}"
    return WarcExchange(
        url=url, final_url=url, status=200, reason="OK", headers=[], body=os.urandom(2000), fetched_at=NOW
    )


def archived(folder: Path, number: int, days_ago: int) -> ArchiveRef:
    """A page in an archive file of its own that was last written so long ago."""
    with Archive(folder) as archive:
        ref = archive.write(exchange(number))
    then = (NOW - dt.timedelta(days=days_ago)).timestamp()
    os.utime(folder / ref.file, (then, then))
    return ref


async def stored(desk: Desk, number: int, ref: ArchiveRef) -> None:
    """An article whose page is there."""
    result = await desk.put(f"https://bay.test/{number}", f"Words of their own, number {number}. " * 40)
    async with desk.pool.connection() as conn:
        for table, key in (("article", "id"), ("fetch", "article_id")):
            await conn.execute(
                f"UPDATE dateline.{table} SET archive_file = %s, archive_offset = %s, archive_length = %s"
                f" WHERE {key} = %s".encode(),
                [ref.file, ref.offset, ref.length, result.result.article_id],
            )


async def named(pool: Pool) -> set[str]:
    """The archive files that any row names."""
    async with pool.connection() as conn:
        rows = await conn.execute(
            "SELECT archive_file FROM dateline.article UNION SELECT archive_file FROM dateline.fetch"
            " UNION SELECT archive_file FROM dateline.revision"
        )
        return {row[0] for row in await rows.fetchall() if row[0]}


@pytest.mark.parametrize(
    ("retention", "kept"),
    [
        (Retention(days=30, max_bytes=None), [1, 2]),
        (Retention(days=5, max_bytes=None), [2]),
        (Retention(days=None, max_bytes=6000), [1, 2]),
        (Retention(days=None, max_bytes=1), []),
        (Retention(days=None, max_bytes=None), [0, 1, 2]),
    ],
)
async def test_old_files_go_and_rows_forget_them(
    desk: Desk, pool: Pool, tmp_path: Path, retention: Retention, kept: list[int]
) -> None:
    refs = [archived(tmp_path, number, days) for number, days in enumerate((40, 20, 1))]
    for number, ref in enumerate(refs):
        await stored(desk, number, ref)
    archive = Archive(tmp_path)
    doomed = await retain(archive, Upkeep(pool), retention, now=NOW)
    expected = {refs[number].file for number in kept}
    assert {file.name for file in archive.files()} == expected
    assert set(doomed) == {ref.file for ref in refs} - expected
    assert await named(pool) == expected
    async with pool.connection() as conn:
        assert (await conn.execute("SELECT FROM dateline.article")).rowcount == 3, "articles stay"
        rows = await conn.execute("SELECT archive_file IS NULL, archive_expired_at::timestamptz FROM dateline.article")
        assert sorted(await rows.fetchall()) == sorted([(False, None)] * len(kept) + [(True, NOW)] * (3 - len(kept)))


def explained(database: str, url: str) -> str:
    """What `dateline explain` says of a URL."""
    with connect(database, autocommit=True) as connection:
        return "\n".join(step.text for step in steps_of(facts_of_url(connection, url), now=NOW))


async def test_explain_names_a_page_that_expired_and_a_new_fetch_of_the_one_that_is_there(
    desk: Desk, pool: Pool, database: str, tmp_path: Path
) -> None:
    ref = archived(tmp_path, 0, 40)
    await stored(desk, 0, ref)
    await retain(Archive(tmp_path), Upkeep(pool), Retention(30, None), now=NOW)
    result = explained(database, "https://bay.test/0")
    assert "its page as fetched was deleted by retention, 2026-05-04 12:00:00Z" in result
    await desk.put("https://bay.test/0", "The council has changed its mind in public. " * 40)
    assert "deleted by retention" not in explained(database, "https://bay.test/0")


async def test_killed_between_rows_and_files_the_files_go_next_time(desk: Desk, pool: Pool, tmp_path: Path) -> None:
    ref = archived(tmp_path, 0, 40)
    await stored(desk, 0, ref)

    class Killed(Exception):
        """As by kill -9."""

    class Dying(Archive):
        def delete(self, names: object) -> None:
            raise Killed

    with pytest.raises(Killed):
        await retain(Dying(tmp_path), Upkeep(pool), Retention(30, None), now=NOW)
    assert await named(pool) == set()
    assert await retain(Archive(tmp_path), Upkeep(pool), Retention(30, None), now=NOW) == (ref.file,)


async def test_a_worker_tends_the_archive_as_it_starts(pool: Pool, tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    old = archived(tmp_path / "archive", 0, 4000)
    with Archive(tmp_path / "archive") as writing:
        live = writing.write(exchange(1))
        tending = asyncio.create_task(
            tend_archive(Settings(data_dir=tmp_path, archive_retention_days=30), Upkeep(pool))
        )
        await until(lambda: not (tmp_path / "archive" / old.file).exists(), "the old file stays")
        tending.cancel()
        assert (tmp_path / "archive" / live.file).exists()


async def test_nothing_is_tended_where_nothing_is_to_go(pool: Pool, tmp_path: Path) -> None:
    await asyncio.wait_for(tend_archive(Settings(data_dir=tmp_path), Upkeep(pool)), 5)
