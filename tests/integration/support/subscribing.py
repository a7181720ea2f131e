"""A subscriber to hubs on loopback, with its callback served and its rows read."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg

from crawler.politeness.guard import GuardRules
from crawler.politeness.resolve import SystemLookup
from dateline.clock import utc_now
from dateline.config import Settings
from scheduler.alerts.http_post import HttpPoster
from scheduler.websub.server import serve_callback
from scheduler.websub.subscriber import Subscriber
from sql.database import Pool, connect
from sql.frontier.sources import upsert_source
from sql.frontier.websub import Hub as NamedHub
from sql.frontier.websub import Subscriptions, set_hub
from tests.integration.support.feed_site import source
from tests.integration.support.hub import Hub, answer_of
from tests.integration.support.queueing import until

TOPIC = "http://bay.test/feed.xml"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def called_back(url: str, base: str, **settings: Any) -> AsyncIterator[None]:
    """Callbacks are served at that base URL within the block."""
    stop, port = asyncio.Event(), int(base.rpartition(":")[2])
    serving = asyncio.create_task(serve_callback(Settings(callback_port=port, **settings), url, stop))
    try:
        await until(lambda: is_listening(port), "callbacks are not served")
        yield
    finally:
        stop.set()
        await serving


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def subscriber(pool: Pool, base: str, *, now: dt.datetime | None = None, allow: str = "127.0.0.0/8") -> Subscriber:
    """Who asks the hubs, at a time."""
    rules = GuardRules.parse((allow,), (), tuple(range(1024, 65536)) if allow.startswith("127") else ())
    poster = HttpPoster(rules, SystemLookup(), "Dateline/0", timeout_s=5)
    return Subscriber(Subscriptions(pool), poster, base, clock=lambda: now or utc_now())


def rows(url: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        done = connection.execute(statement.encode())
        return done.fetchall() if done.description else []


def states(url: str) -> list[str]:
    return [row[0] for row in rows(url, "SELECT state FROM dateline.subscription ORDER BY id")]


async def wanted(pool: Pool, url: str, hub_url: str, topic: str = TOPIC) -> None:
    """The source's feed has named that hub."""
    with connect(url, autocommit=True) as connection:
        upsert_source(connection, source())
        (feed,) = connection.execute("SELECT id FROM dateline.feed").fetchone() or (0,)
    async with pool.connection() as conn, conn.transaction():
        await set_hub(conn, feed, NamedHub(hub_url, topic), now=utc_now())


async def subscribed(pool: Pool, url: str, hub: Hub, base: str) -> str:
    """An active subscription; its callback."""
    await wanted(pool, url, hub.url)
    assert await subscriber(pool, base).step() == 1
    await until(lambda: states(url) == ["active"], "the hub did not verify")
    await until(lambda: bool(hub.subscribers), "the hub was not answered")
    ((_, callback),) = hub.subscribers
    return callback


def get(url: str) -> tuple[int, str]:
    """Status and text of an answer."""
    return answer_of(urllib.request.Request(url))
