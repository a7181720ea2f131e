"""The queue: what waits and why, fetched now or dropped."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio

from dateline.config import Settings
from dateline.console.pages.operations.queue import Waiting, why_waiting
from dateline.console.server.serve import console_app
from tests.browser.test_http import Client

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
DUE = Waiting(
    1, "https://bay.example/a", "bay.example", "bay", 0, None, "rss", NOW, NOW - dt.timedelta(minutes=1), False, False,
    None, False, False,
)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, "waits for a worker"),
        ({"is_worked_on": True}, "its host is being visited now"),
        ({"is_of_crawl": True}, "a one-off crawl fetches it"),
        ({"backoff_until": NOW, "is_worked_on": True}, "its host asked to be left alone"),
        ({"is_paused": True, "backoff_until": NOW}, "its source is paused"),
        ({"is_removed": True}, "its source is removed"),
        ({"next_attempt_at": NOW + dt.timedelta(hours=1)}, "fetched later, as its page asks"),
        (
            {"next_attempt_at": NOW + dt.timedelta(hours=1), "attempts": 2, "reason": "timeout"},
            "failed (the host did not answer in time); tried again later",
        ),
    ],
)
def test_why_a_url_waits(changes: dict[str, object], why: str) -> None:
    assert why_waiting(dataclasses.replace(DUE, **changes), NOW) == why  # type: ignore[arg-type]


@pytest_asyncio.fixture
async def client(database: str, tmp_path: Path) -> AsyncIterator[Client]:
    async with console_app(Settings(data_dir=tmp_path), database) as app:
        yield Client(app)


def state(database: str, url: str) -> tuple[object, ...] | None:
    with psycopg.connect(database) as connection:
        return connection.execute("SELECT state, reason, priority FROM dateline.url WHERE url = %s", [url]).fetchone()


async def test_a_url_is_fetched_now_and_dropped(client: Client, database: str) -> None:
    url = "https://bay.example/news/pier"
    asked = await client.post("/queue/fetch", {"url": url})
    assert asked.status == 303
    assert state(database, url) == ("pending", None, 10)
    page = (await client.get("/queue.json")).json()
    assert [(one["url"], one["why"]) for one in page["urls"]] == [(url, "waits for a worker")]
    assert (page["pending"], page["due"]) == (1, 1)
    dropped = await client.post("/queue/drop", {"id": str(page["urls"][0]["id"])})
    assert dropped.headers["location"] == "/queue"
    assert state(database, url) == ("ended", "dropped", 10)
    assert "No URL waits to be fetched." in (await client.get("/queue")).text
    assert "an operator dropped it" in (await client.get("/explain", url=url)).text
    await client.post("/queue/fetch", {"url": url})
    assert state(database, url) == ("pending", None, 10)


@pytest.mark.parametrize("url", ["http://127.0.0.1/admin", "file:///etc/hostname", "not a url"])
async def test_what_may_not_be_fetched_is_refused(client: Client, database: str, url: str) -> None:
    await client.post("/queue/fetch", {"url": url})
    assert "bad" in (await client.get("/explain")).text
    assert state(database, url) is None


async def test_what_was_forgotten_stays_forgotten(client: Client, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("INSERT INTO dateline.forgotten_site (host) VALUES ('gone.example')")
    await client.post("/queue/fetch", {"url": "https://gone.example/a"})
    assert "forgotten on request" in (await client.get("/explain")).text
    assert state(database, "https://gone.example/a") is None
