"""A subscriber that is killed at any point, or runs twice, loses and doubles nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

from dateline.clock import utc_now
from scheduler.websub.protocol import VERIFY
from sql.database import Pool, open_pool
from tests.integration.support.hub import Hub
from tests.integration.support.queueing import until
from tests.integration.support.subscribing import (
    TOPIC,
    called_back,
    get,
    is_listening,
    rows,
    states,
    subscribed,
    subscriber,
    wanted,
)

ASK = """
import asyncio, os, signal, sys
from tests.integration.support.subscribing import subscriber
from scheduler.alerts.http_post import HttpPoster
from sql.database import open_pool

async def main() -> None:
    url, base, when = sys.argv[1:]
    if when == "before":
        async def killed(*words: object) -> None:
            os.kill(os.getpid(), signal.SIGKILL)
        HttpPoster.post = killed
    async with open_pool(url) as pool:
        await subscriber(pool, base).step()

asyncio.run(main())
"""


def asker(url: str, base: str, when: str) -> subprocess.Popen[bytes]:
    """A process that asks the hubs."""
    return subprocess.Popen([sys.executable, "-c", ASK, url, base, when], cwd=Path(__file__).parents[4])


async def test_killed_before_the_hub_was_asked_it_is_asked_again(
    pool: Pool, database: str, hub: Hub, base: str
) -> None:
    await wanted(pool, database, hub.url)
    assert await asyncio.to_thread(asker(database, base, "before").wait, 30) == -signal.SIGKILL
    assert (hub.asked, states(database)) == ([], ["asked"])
    async with called_back(database, base):
        assert await subscriber(pool, base, now=utc_now() + VERIFY).step() == 1
        await until(lambda: states(database) == ["active"], "not asked again")


async def test_killed_while_the_hub_was_asked_its_verification_counts(
    pool: Pool, database: str, hub: Hub, base: str
) -> None:
    hub.held = threading.Event()
    await wanted(pool, database, hub.url)
    async with called_back(database, base):
        with asker(database, base, "while") as process:
            await until(lambda: bool(hub.asked), "the hub was not asked")
            os.kill(process.pid, signal.SIGKILL)
        hub.held.set()
        await until(lambda: states(database) == ["active"], "the verification did not count")
        assert await asyncio.to_thread(hub.distribute, TOPIC) == [202]


async def test_killed_in_the_middle_of_a_push_nothing_is_lost(
    pool: Pool, database: str, hub: Hub, base: str, tmp_path: Path
) -> None:
    """The hub has no answer, so it pushes again; and a push that counted twice is one visit."""
    port = base.rpartition(":")[2]
    async with called_back(database, base):
        callback = await subscribed(pool, database, hub, base)
    environment = os.environ | {
        "DATELINE_DATABASE_URL": database,
        "DATELINE_CALLBACK_URL": base,
        "DATELINE_CALLBACK_PORT": port,
    }
    command = [sys.executable, "-m", "dateline", "--data-dir", str(tmp_path), "callback"]
    for _ in range(2):
        with subprocess.Popen(command, env=environment) as process:
            await until(lambda: is_listening(int(port)), "callbacks are not served")
            half = socket.create_connection(("127.0.0.1", int(port)))
            path = callback.removeprefix(base)
            half.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n<rss".encode())
            await asyncio.to_thread(get, f"{base}/")
            process.kill()
        half.close()
    assert rows(database, "SELECT pushes, refused FROM dateline.subscription") == [(0, 0)]
    async with called_back(database, base):
        assert [await asyncio.to_thread(hub.distribute, TOPIC) for _ in range(2)] == [[202]] * 2
    (feed,) = rows(database, "SELECT next_due_at <= now() FROM dateline.feed_state")
    assert feed == (True,)


async def test_two_askers_ask_once(pool: Pool, database: str, hub: Hub, base: str) -> None:
    hub.verifies = False
    await wanted(pool, database, hub.url)
    async with open_pool(database) as other:
        counts = await asyncio.gather(*(subscriber(one, base).step() for one in (pool, other)))
    assert sum(counts) == len(hub.asked) == 1
