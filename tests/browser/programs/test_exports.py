"""Exports as jobs of `/api/v1`: started, asked for, fetched in parts, removed; cut off, bounded, and outdated by forgetting."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import hashlib
import io
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import orjson
import psutil
import psycopg
import pytest
import pytest_asyncio

from dateline.config import Settings
from dateline.console.server import export_jobs
from dateline.console.server.serve import console_app
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
    with psycopg.connect(archive, autocommit=True) as connection:
        connection.execute("INSERT INTO dateline.forgotten (url_key) VALUES (gen_random_uuid())")
        outdated = await client.get(f"{path}/file")
        connection.execute("DELETE FROM dateline.forgotten")
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
        while (await Client(app).get("/api/v1/exports")).json():
            await asyncio.sleep(0.05)
