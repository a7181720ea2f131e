"""Exports as jobs of `/api/v1`: started, asked for, fetched in parts, removed; cut off, bounded, and outdated by forgetting."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import datetime as dt
import errno
import hashlib
import io
import os
import resource
import signal
import subprocess
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import orjson
import psutil
import psycopg
import pytest
import pytest_asyncio

from dateline.api.operations import NewExport
from dateline.api.problems import ProblemError
from dateline.clock import utc_now
from dateline.config import Settings
from dateline.console.server import export_jobs
from dateline.console.server.export_folder import add
from dateline.console.server.serve import console_app
from sql.articles.forget import count_forgets, forget_url
from sql.search.reading import Reader, open_reading_pool
from tests.acceptance.support import preloaded
from tests.browser.test_http import Answer, Client

BEGIN = b'{"q": "ferry"}'


@pytest_asyncio.fixture
async def client(archive: str, tmp_path: Path) -> AsyncIterator[Client]:
    async with console_app(Settings(data_dir=tmp_path, console_requests_a_minute=0), archive) as app:
        yield Client(app, more={"content-type": "application/json"})


async def post(client: Client, body: bytes) -> Answer:
    return await client.ask("POST", "/api/v1/exports", "", body)


async def ended(client: Client, started: Answer) -> dict[str, Any]:
    assert started.status == 202, started.text
    assert started.headers["location"] == f"/api/v1/exports/{started.json()['id']}"
    return await until(client, started, lambda one: one["state"] in ("done", "failed"))


def forget(database: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    words = ["--data-dir", str(folder), "forget", "https://courier.example/nowhere"]
    return preloaded.run(words, env=os.environ | {"DATELINE_DATABASE_URL": database})


async def until(client: Client, started: Answer, is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while not is_so(found := (await client.get(f"/api/v1/exports/{started.json()['id']}")).json()):
            await asyncio.sleep(0.05)
    return found


async def test_an_export_is_started_fetched_in_parts_and_removed(client: Client, archive: str, tmp_path: Path) -> None:
    started = await post(client, BEGIN)
    done = await ended(client, started)
    assert (done["state"], done["problem"], done["format"]) == ("done", "", "csv")
    path = f"/api/v1/exports/{done['id']}"
    whole = await client.get(f"{path}/file")
    assert (len(whole.body), hashlib.sha256(whole.body).hexdigest()) == (done["bytes"], done["sha256"])
    assert len(list(csv.reader(io.StringIO(whole.body.decode())))) == done["rows"] + 1
    assert whole.headers["etag"] == f'"{done["sha256"]}"'
    part = await Client(client.app, more={"range": "bytes=10-19", "if-range": whole.headers["etag"]}).get(
        f"{path}/file"
    )
    assert (part.status, part.body) == (206, whole.body[10:20])
    assert [one["id"] for one in (await client.get("/api/v1/exports")).json()] == [done["id"]]
    (tmp_path / "exports" / "abcdefghijkl").mkdir()
    (tmp_path / "exports" / "abcdefghijkl" / "asked.json").write_text("of a later version")
    told = forget(archive, tmp_path)
    assert ", 2 exports\n" in told.stdout.decode(), told
    assert {one.name for one in (tmp_path / "exports" / done["id"]).iterdir()} == {"asked.json", "lock", "problem.json"}
    outdated = await client.get(f"{path}/file")
    assert (outdated.status, "forgotten" in outdated.json()["detail"]) == (409, True)
    assert (await client.ask("DELETE", path, "", b"")).status == 200
    assert (await client.get(path)).status == 404
    assert list((tmp_path / "exports").iterdir()) == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{}", "either q"),
        (b'{"q": "ferry", "view": "articles"}', "either q"),
        (b'{"q": "title:("}', "q: "),
        (b'{"view": "../../etc/passwd"}', "view: choose from alarms, articles"),
        (b'{"view": "articles", "format": "xlsx"}', "choose from csv, jsonl, parquet"),
        (b'{"view": "articles", "txts": "none"}', "Choose from: q, view, format, texts"),
    ],
)
async def test_what_can_t_be_exported_is_refused_with_the_cure(client: Client, body: bytes, said: str) -> None:
    answer = await post(client, body)
    assert (answer.status, answer.headers["content-type"]) == (422, "application/problem+json")
    assert said in answer.json()["detail"]


async def test_a_folder_that_can_t_be_written_is_told_in_words(client: Client, tmp_path: Path) -> None:
    (tmp_path / "exports").write_text("in the way")
    refused = await post(client, BEGIN)
    assert (refused.status, refused.headers["retry-after"]) == (503, "60")
    assert "can't write into its data folder" in refused.json()["detail"]


def writers(folder: Path) -> list[int]:
    """The processes that write exports of this folder."""
    found = []
    for one in psutil.Process().children():
        with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            found += [one.pid] if str(folder) in " ".join(one.cmdline()) else []
    return found


async def test_one_that_was_cut_off_is_written_after_a_start(archive: str, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, console_requests_a_minute=0)
    with psycopg.connect(archive) as blocker:
        blocker.execute("LOCK TABLE dateline.article IN ACCESS EXCLUSIVE MODE")
        async with console_app(settings, archive) as app:
            first = Client(app, more={"content-type": "application/json"})
            started = await post(first, b'{"view": "articles", "format": "jsonl", "texts": "none"}')
            await until(first, started, lambda one: one["state"] == "running")
            [child] = writers(tmp_path)
            os.kill(child, signal.SIGKILL)
            assert (await first.get(f"/api/v1/exports/{started.json()['id']}/file")).status == 409
            async with asyncio.timeout(60):
                while writers(tmp_path) in ([], [child]):
                    await asyncio.sleep(0.05)
        assert writers(tmp_path) == []
    async with console_app(settings, archive) as app:
        again = Client(app)
        done = await ended(again, started)
        lines = (await again.get(f"/api/v1/exports/{done['id']}/file")).body.splitlines()
    assert (done["state"], done["rows"]) == ("done", len(lines))
    assert "text" not in orjson.loads(lines[0])


async def test_they_are_bounded_in_number_and_disk_and_age(
    client: Client, archive: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, asked in (
        ("abcdefghijkl", '{"owner": "api ", "asked": {"q": "a", "colour": "of a later version"}}'),
        ("ABCDEFGHIJKL", '{"owner": "api ", "created_at": "2026-05-04T12:00:00", "asked": {"q": "a"}}'),
    ):
        (tmp_path / "exports" / name).mkdir(parents=True)
        (tmp_path / "exports" / name / "asked.json").write_text(asked)
    monkeypatch.setattr(export_jobs, "MOST_KEPT", 1)
    first, second = [await ended(client, await post(client, BEGIN)) for _ in range(2)]
    assert (await client.get(f"/api/v1/exports/{first['id']}")).status == 404
    small = Settings(data_dir=tmp_path, console_requests_a_minute=0, console_exports_gb=second["bytes"] * 0.9e-9)
    async with console_app(small, archive) as app:
        started = await client.get(f"/api/v1/exports/{second['id']}")
        gone = await until(Client(app), started, lambda one: one["state"] == "failed")
        assert "console_exports_gb" in gone["problem"]
        assert (await Client(app).get(f"/api/v1/exports/{second['id']}/file")).status == 409
    old = Settings(data_dir=tmp_path, console_requests_a_minute=0, console_exports_days=1e-9)
    async with console_app(old, archive) as app, asyncio.timeout(30):
        while list((tmp_path / "exports").iterdir()):
            await asyncio.sleep(0.05)


async def test_a_file_older_than_the_end_of_a_forget_that_began_before_it_is_not_given_out(
    client: Client, archive: str
) -> None:
    with psycopg.connect(archive) as connection:
        connection.execute("SELECT")  # begins the transaction that the forget is in
        forget_url(connection, "https://courier.example/slowly", erase=lambda _: None)  # not committed yet
        done = await ended(client, await post(client, BEGIN))
    assert done["state"] == "done"
    assert (await client.get(f"/api/v1/exports/{done['id']}/file")).status == 409


async def test_one_that_is_killed_each_time_is_given_up(client: Client, archive: str, tmp_path: Path) -> None:
    with psycopg.connect(archive) as blocker:
        blocker.execute("LOCK TABLE dateline.article IN ACCESS EXCLUSIVE MODE")
        started, killed = await post(client, BEGIN), set[int]()
        async with asyncio.timeout(60):
            while (found := (await client.get(started.headers["location"])).json())["state"] != "failed":
                for child in set(writers(tmp_path)) - killed:
                    os.kill(child, signal.SIGKILL)
                    killed.add(child)
                await asyncio.sleep(0.02)
    assert (len(killed), found["problem"]) == (3, "It was cut off 3 times while it was written.")


async def test_a_full_disk_stops_what_is_written_begins_nothing_and_leaves_finished_files(
    client: Client, archive: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    free, looks = 0.0, 0

    def free_mb(_: Path) -> float:
        nonlocal looks
        looks += 1
        return free

    finished = await post(client, BEGIN)
    await ended(client, finished)
    monkeypatch.setattr(export_jobs, "free_mb", free_mb)
    monkeypatch.setattr(export_jobs, "LOOK_S", 0.01)
    with psycopg.connect(archive) as blocker:
        blocker.execute("LOCK TABLE dateline.article IN ACCESS EXCLUSIVE MODE")
        written = await post(client, BEGIN)
        async with asyncio.timeout(30):
            while looks < 5:
                await asyncio.sleep(0.01)
        assert (await until(client, written, lambda _: True))["state"] == "waiting"
        free = 1e9
        await until(client, written, lambda it: it["state"] == "running")
        free = 0.0
        gone = await until(client, written, lambda it: it["state"] == "failed")
    assert gone["problem"].startswith("The disk is nearly full")
    assert (await until(client, finished, lambda _: True))["state"] == "done"


async def test_an_error_of_the_folder_ends_no_work(
    archive: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0

    def counting_clock() -> dt.datetime:
        nonlocal looks
        looks += 1
        return utc_now()

    (tmp_path / "exports").mkdir()
    monkeypatch.setattr(export_jobs, "TEND_S", 0.01)
    async with open_reading_pool(archive, application_name="exports", max_size=1) as pool:
        jobs = export_jobs.ExportJobs(Settings(data_dir=tmp_path), archive, Reader(pool), counting_clock)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))  # each open() fails (EMFILE)
        try:
            work = asyncio.create_task(jobs.work())
            while looks < 3 and not work.done():
                await asyncio.sleep(0)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert not work.done()
        started = jobs.create(NewExport(q="ferry"), owner="api")
        async with asyncio.timeout(30):
            while jobs.all_of("api")[0].state != "done":
                await asyncio.sleep(0.02)
        assert [one.id for one in jobs.all_of("api")] == [started.id]
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def test_one_that_can_t_be_started_holds_no_lock_and_no_other_up(archive: str, tmp_path: Path) -> None:
    first, second = [add(tmp_path / "exports", "api", utc_now(), NewExport(q="ferry")) for _ in range(2)]
    (first.folder / "lock").symlink_to("/dev/full")  # each write fails (ENOSPC)
    async with console_app(Settings(data_dir=tmp_path), archive), asyncio.timeout(30):
        while not second.has_ended:
            await asyncio.sleep(0.02)
        assert (second.problem, first.is_held, first.has_ended) == ("", False, False)


async def test_one_that_can_t_be_begun_costs_no_other(
    archive: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(export_jobs, "MOST_KEPT", 1)
    old = add(tmp_path / "exports", "api", utc_now(), NewExport(q="ferry"))
    old.fail("It was stopped.")
    async with open_reading_pool(archive, application_name="exports", max_size=1) as pool:
        jobs = export_jobs.ExportJobs(Settings(data_dir=tmp_path), archive, Reader(pool), utc_now)
        with monkeypatch.context() as patched, pytest.raises(ProblemError, match="can't write"):
            patched.setattr(export_jobs, "add", full)
            jobs.create(NewExport(q="ferry"), owner="api")
        assert old.folder.exists()
        begun = jobs.create(NewExport(q="ferry"), owner="api")
        assert [one.id for one in jobs.all_of("api")] == [begun.id]


async def test_whoever_has_most_pays_for_what_is_too_much(archive: str, tmp_path: Path) -> None:
    with psycopg.connect(archive) as connection:
        forgets = count_forgets(connection)
    made = []
    for owner, size, days in (("api frugal", 1_000, 3), ("api greedy", 2_000, 2), ("api greedy", 2_000, 1)):
        made.append(job := add(tmp_path / "exports", owner, utc_now() - dt.timedelta(days=days), NewExport(q="ferry")))
        job.file.write_bytes(b"x" * size)
        job.file.with_name(f"{job.file.name}.manifest.json").write_text(f'{{"forgets": {forgets}}}')
    async with console_app(Settings(data_dir=tmp_path, console_exports_gb=4_500e-9), archive), asyncio.timeout(30):
        while not any(one.problem for one in made):
            await asyncio.sleep(0.05)
    assert [bool(one.problem) for one in made] == [False, True, False]


async def test_each_owner_has_a_number_of_exports_and_is_told_when_to_ask_again(
    archive: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_jobs, "MOST_KEPT", 2)
    async with open_reading_pool(archive, application_name="exports", max_size=1) as pool:
        jobs = export_jobs.ExportJobs(Settings(data_dir=tmp_path), archive, Reader(pool), utc_now)
        for _ in range(2):
            jobs.create(NewExport(q="ferry"), owner="api one")
        with pytest.raises(ProblemError, match="2 of your exports are not finished") as refused:
            jobs.create(NewExport(q="ferry"), owner="api one")
        assert (refused.value.status, refused.value.headers) == (429, {"Retry-After": "60"})
        assert jobs.create(NewExport(q="ferry"), owner="api two").state == "waiting"


class Counting(Reader):
    """Counts what is asked."""

    asked = 0

    async def value(self, area: str, name: str, params: Mapping[str, Any] | None = None) -> Any:
        self.asked += 1
        return await super().value(area, name, params)


async def test_finished_files_are_not_asked_about_at_each_look(
    archive: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_jobs, "LOOK_S", 0.01)
    exports = tmp_path / "exports"
    for _ in range(3):
        done = add(exports, "api", utc_now(), NewExport(q="ferry"))
        done.file.with_name(f"{done.file.name}.manifest.json").write_text('{"at": "2999-05-04T12:00:00Z"}')
    held = add(
        exports, "api", utc_now(), NewExport(q="ferry")
    ).lock()  # as by another console: there is more to look for
    async with open_reading_pool(archive, application_name="exports", max_size=1) as pool:
        reader = Counting(pool)
        work = asyncio.create_task(export_jobs.ExportJobs(Settings(data_dir=tmp_path), archive, reader, utc_now).work())
        await asyncio.sleep(0.3)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
    assert (held is None, reader.asked, len(list(exports.glob("*/problem.json")))) == (False, 1, 3)
    os.close(held or 0)


@pytest.mark.parametrize("turns", range(4))
async def test_a_console_that_ends_while_an_export_begins_waits_for_nothing(
    archive: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, turns: int
) -> None:
    async with open_reading_pool(archive, application_name="exports", max_size=1) as pool:
        jobs = export_jobs.ExportJobs(Settings(data_dir=tmp_path), archive, Reader(pool), utc_now)
        looked = asyncio.Event()

        async def tend() -> float:
            looked.set()
            return 60.0

        monkeypatch.setattr(jobs, "_tend", tend)
        work = asyncio.create_task(jobs.work())
        await looked.wait()
        await asyncio.sleep(0)
        jobs._wake.set()
        for _ in range(turns):  # of the event loop, between the two
            await asyncio.sleep(0)
        work.cancel()
        ended, _ = await asyncio.wait([work], timeout=10)
        assert ended == {work}
