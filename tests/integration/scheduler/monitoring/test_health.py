"""The endpoints: ready only when all parts live, figures that Prometheus reads, and never the service's end."""

from __future__ import annotations

import asyncio
import socket
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import orjson
import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

from dateline.config import Settings
from scheduler.lease import LEASE
from scheduler.monitoring.health_server import serve_health
from sql.database import Pool
from sql.service.leases import Upkeep
from tests.integration.conftest import Desk, published

Ask = Callable[[str], Awaitable[tuple[int, str]]]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def read(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest_asyncio.fixture
async def ask(database: str) -> AsyncIterator[Ask]:
    """Asks endpoints that are served from this loop."""
    async with serving(database) as get:
        yield get


@asynccontextmanager
async def serving(url: str) -> AsyncIterator[Ask]:
    """The endpoints over that database, and who asks them."""
    port, stop = free_port(), asyncio.Event()
    running = asyncio.create_task(serve_health(Settings(health_port=port), url, stop))

    async def get(path: str) -> tuple[int, str]:
        while True:
            try:
                return await asyncio.to_thread(read, f"http://127.0.0.1:{port}{path}")
            except urllib.error.URLError:
                await asyncio.sleep(0.02)

    yield get
    stop.set()
    await asyncio.wait_for(running, 20)


async def test_ready_as_soon_as_every_part_lives(ask: Ask, pool: Pool) -> None:
    assert await ask("/healthz") == (200, "ok\n")
    assert await ask("/readyz") == (503, '{"ready":false,"missing":["scheduler","worker"]}')
    await Upkeep(pool).beat("one", "scheduler", "here")
    assert await ask("/readyz") == (503, '{"ready":false,"missing":["worker","leader"]}')
    await Upkeep(pool).beat("two", "worker", "here")
    assert await ask("/readyz") == (503, '{"ready":false,"missing":["leader"]}')
    await Upkeep(pool).take_lease(LEASE, "one", life_s=60)
    assert await ask("/readyz") == (200, '{"ready":true,"missing":[]}')
    await Upkeep(pool).end_beat("one")
    assert (await ask("/readyz"))[0] == 503


async def test_not_ready_while_migrations_are_to_be_applied(ask: Ask, pool: Pool) -> None:
    async with pool.connection() as conn:
        await conn.execute("DELETE FROM dateline.migration WHERE name = 'views'")
    status, text = await ask("/readyz")
    assert (status, orjson.loads(text)["missing"]) == (503, ["migrations"])
    assert "dateline db migrate" in text


async def test_a_database_that_is_away_is_reported_and_costs_no_scrape(capsys: pytest.CaptureFixture[str]) -> None:
    away = "postgresql://nobody@127.0.0.1:1/none"
    async with serving(away) as ask:
        status, text = await ask("/readyz")
        assert (status, orjson.loads(text)["missing"]) == (503, ["database"])
        status, text = await ask("/metrics")
        assert (status, samples_of(text)["dateline_database_up",]) == (200, 0)
        assert (await ask("/healthz"))[0] == 200, "the process lives"


def samples_of(text: str) -> dict[tuple[object, ...], float]:
    """Every sample by its name and labels, read by Prometheus' own strict parser; one that occurs twice is an error."""
    found: dict[tuple[object, ...], float] = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation, f"{family.name} has no help"
        assert family.type != "unknown", f"{family.name} has no type"
        for sample in family.samples:
            key = (sample.name, *sorted(sample.labels.items()))
            assert key not in found
            found[key] = sample.value
    return found


async def test_figures_that_prometheus_reads(ask: Ask, desk: Desk) -> None:
    await desk.put("https://bay.test/pier", published=published(8))
    await desk.put("https://cape.test/pier", published=published(9))
    await desk.due("https://bay.test/waits")
    status, text = await ask("/metrics")
    assert status == 200
    samples = samples_of(text)
    assert samples["dateline_database_up",] == 1
    assert samples["dateline_archived_articles",] == 2
    assert samples["dateline_archived_copies",] == 1
    assert samples["dateline_articles_total", ("result", "new")] == 1
    assert samples["dateline_articles_total", ("result", "copy")] == 1
    assert samples["dateline_fetches_total", ("outcome", "new")] == 1
    assert samples["dateline_fetches_total", ("outcome", "failed")] == 0, "known before the first"
    assert samples["dateline_frontier_urls", ("state", "pending")] == 1
    assert samples["dateline_frontier_urls", ("state", "stored")] == 2
    assert samples["dateline_publish_to_store_seconds_count",] == 0, "a one-off crawl tells nothing of it"
    kinds = {family.name: family.type for family in text_string_to_metric_families(text)}
    assert kinds["dateline_fetches"] == kinds["dateline_articles"] == "counter"
    assert kinds["dateline_publish_to_store_seconds"] == "histogram"


async def test_a_taken_port_costs_the_endpoints_alone(
    database: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = Settings(health_port=taken.getsockname()[1])
        await asyncio.wait_for(serve_health(settings, database, asyncio.Event()), 20)
    assert "DATELINE_HEALTH_PORT" in capsys.readouterr().out + caplog.text


async def test_a_client_that_says_nothing_does_not_keep_the_service_from_ending(database: str) -> None:
    port, stop = free_port(), asyncio.Event()
    serving = asyncio.create_task(serve_health(Settings(health_port=port), database, stop))
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            break
        except OSError:
            await asyncio.sleep(0.02)
    writer.write(b"GET /healthz HTTP/1.1\r\n")
    await writer.drain()
    stop.set()
    await asyncio.wait_for(serving, 20)
    writer.close()
