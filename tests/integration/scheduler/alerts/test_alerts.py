"""Saved searches: each article once per watch, copies sent once, nothing lost and doubled only under the same identity."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import signal
import sys
from typing import Any

import pytest

from dateline.config import Settings
from dateline.errors import UsageError
from scheduler.alerts.one_off import send_alerts_once
from scheduler.alerts.webhook_message import signature
from sql.watches.watches import Watches
from tests.integration.conftest import NOW, WORDS, published
from tests.integration.scheduler.alerts.conftest import BAKERS, SECRET, Wire
from tests.integration.support.receiver import Received


async def count(wire: Wire, table: str) -> int:
    async with wire.desk.pool.connection() as conn:
        row = await (await conn.execute(f"SELECT count(*) FROM dateline.{table}".encode())).fetchone()
        assert row is not None
        return int(row[0])


async def test_an_article_that_matches_is_sent_signed(wire: Wire) -> None:
    await wire.watch("ferry")
    await wire.desk.put("https://bay.test/pier", authors=("Ada Writer",), published=published(8))
    await wire.desk.put("https://bay.test/oven", BAKERS)
    assert await wire.teller.step() == 1
    await wire.send()
    (got,) = wire.receiver.got
    told = json.loads(got.body)
    assert (told["type"], told["timestamp"]) == ("watch.matched", "2026-05-04T12:00:00Z")
    assert (told["data"]["watch"], told["data"]["query"]) == ("pier", "ferry")
    article = told["data"]["article"]
    assert (article["url"], article["title"]) == ("https://bay.test/pier", "Pier to be rebuilt")
    assert (article["published_at"], article["authors"]) == ("2026-05-04T08:00:00Z", ["Ada Writer"])
    assert got.path == "/hook?token=t0p"
    assert got.headers["user-agent"] == "Dateline/test"
    assert got.headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert got.headers["webhook-signature"] == signature(SECRET, got.id, int(NOW.timestamp()), got.body)
    assert await wire.states() == [("delivered", 1, 204)]
    assert await count(wire, "article_task WHERE task = 'watch'") == 0


async def test_each_article_is_sent_once_also_when_it_is_revised(wire: Wire) -> None:
    await wire.watch("ferry")
    await wire.desk.put("https://bay.test/pier")
    await wire.teller.step()
    await wire.desk.put("https://bay.test/pier", WORDS + "It passed.")
    assert await wire.teller.step() == 0


async def test_an_article_that_matches_only_after_it_was_revised_is_sent_then(wire: Wire) -> None:
    await wire.watch("zeppelin")
    await wire.desk.put("https://bay.test/pier")
    assert await wire.teller.step() == 0
    await wire.desk.put("https://bay.test/pier", WORDS + "A zeppelin moored at it.")
    assert await wire.teller.step() == 1


async def test_of_copies_the_original_is_sent_and_later_ones_are_not(wire: Wire) -> None:
    await wire.watch("ferry")
    await wire.desk.put("https://copy.test/x", published=published(10))
    await wire.desk.put("https://first.test/x", published=published(8))
    assert await wire.teller.step() == 1
    await wire.desk.put("https://late.test/x", published=published(11))
    assert await wire.teller.step() == 0
    await wire.send()
    assert wire.urls() == ["https://first.test/x"]


async def test_an_original_that_comes_after_its_copy_was_sent_is_not_sent_again(wire: Wire) -> None:
    await wire.watch("ferry")
    await wire.desk.put("https://copy.test/x", published=published(10))
    assert await wire.teller.step() == 1
    await wire.desk.put("https://first.test/x", published=published(8))
    assert await wire.teller.step() == 0


async def test_a_watch_sends_nothing_from_before_it_was_added(wire: Wire) -> None:
    await wire.desk.put("https://bay.test/pier")
    await wire.watch("ferry", since=NOW + dt.timedelta(seconds=1))
    assert await wire.teller.step() == 0
    matched = await wire.watches.would_match(await wire.watches.one("pier"), limit=5)
    assert [one.url for one in matched] == ["https://bay.test/pier"]


async def test_every_watch_of_many_is_notified_in_one_pass(wire: Wire) -> None:
    for number in range(60):
        await wire.watch("ferry" if number % 2 else "oven", f"w{number}")
    await wire.desk.put("https://bay.test/pier")
    await wire.desk.put("https://bay.test/oven", BAKERS)
    assert await wire.teller.step() == 60
    await wire.send()
    assert len({one.id for one in wire.receiver.got}) == 60


async def test_a_search_that_can_not_be_run_costs_no_other(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it is refused here or by the server."""
    import sql.watches.watches as door
    from sql.watches.matching import compose, matches_of

    async def breaking(conn: Any, watch_id: int, text: str, articles: list[int]) -> compose.Composed:
        if text == "refused":
            raise UsageError("no such field")
        if text == "fails":
            return compose.SQL("SELECT 1 / 0, 1").format()
        return await matches_of(conn, watch_id, text, articles)

    for text in ("refused", "fails", "ferry"):
        await wire.watch(text, text)
    monkeypatch.setattr(door, "matches_of", breaking)
    await wire.desk.put("https://bay.test/pier")
    assert await wire.teller.step() == 1
    said = {one.name: one.problem for one in await wire.watches.all()}
    assert said == {"refused": "no such field", "fails": "division by zero", "ferry": None}
    monkeypatch.undo()
    await wire.desk.put("https://bay.test/oven", BAKERS)
    await wire.teller.step()
    assert {one.problem for one in await wire.watches.all()} == {None}


MATCH_AND_DIE = """
import asyncio, os, signal, sys
from sql.database import open_pool
from sql.watches.watches import Watches
import datetime as dt
async def main():
    async with open_pool(sys.argv[1]) as pool:
        await Watches(pool).match(lambda rule, article: os.kill(os.getpid(), signal.SIGKILL), now=dt.datetime.now(dt.UTC))
asyncio.run(main())
"""
SEND = """
import asyncio, sys
from pathlib import Path
from dateline.config import Settings
from scheduler.alerts.one_off import send_alerts_once
from sql.database import open_pool
async def main():
    async with open_pool(sys.argv[1]) as pool:
        await send_alerts_once(Settings(data_dir=Path(sys.argv[2]), allow_networks=("127.0.0.0/8",)), pool)
asyncio.run(main())
"""


async def test_kill_9_at_any_point_loses_nothing_and_doubles_only_under_the_same_identity(
    wire: Wire, database: str
) -> None:
    await wire.watch("ferry OR oven")
    await wire.desk.put("https://bay.test/pier")
    await wire.desk.put("https://bay.test/oven", BAKERS)

    async def run(script: str) -> int:
        words = [sys.executable, "-c", script, database, str(wire.folder)]
        return await (await asyncio.create_subprocess_exec(*words)).wait()

    # in the midst of matching: its alerts are undone with the rest
    assert await run(MATCH_AND_DIE) == -signal.SIGKILL
    assert await wire.states() == []
    assert await count(wire, "article_task WHERE task = 'watch'") == 2

    # between match and delivery, and after the receiver got a message that is not yet recorded as sent
    victim = await asyncio.create_subprocess_exec(sys.executable, "-c", SEND, database, str(wire.folder))

    def kill(received: Received) -> None:
        os.kill(victim.pid, signal.SIGKILL)

    wire.receiver.answer = kill
    assert await victim.wait() == -signal.SIGKILL
    (doubled,) = wire.receiver.got
    assert sorted(await wire.states()) == [("pending", 0, None), ("pending", 1, None)]

    wire.receiver.answer = lambda received: (204, {})
    wire.clock.at = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1)
    assert await wire.teller.step() == 0
    await wire.send()
    assert {state for state, _, _ in await wire.states()} == {"delivered"}
    assert sorted(wire.urls()) == sorted(["https://bay.test/oven", "https://bay.test/pier", wire.urls()[0]])
    assert [(one.id, one.body) for one in wire.receiver.got[1:] if one.id == doubled.id] == [(doubled.id, doubled.body)]


async def test_two_matchers_at_once_send_one_text_once(wire: Wire) -> None:
    await wire.watch("ferry")
    for number in range(6):
        await wire.desk.put(f"https://site{number}.test/x")
    both = [Watches(wire.desk.pool).match(lambda rule, article: "{}", now=NOW, limit=1) for _ in range(6)]
    assert sum(done.told for done in await asyncio.gather(*both)) == 1


async def test_without_watches_nothing_piles_up(wire: Wire) -> None:
    await wire.desk.put("https://bay.test/pier")
    await send_alerts_once(Settings(data_dir=wire.folder), wire.desk.pool)
    assert await count(wire, "article_task WHERE task = 'watch'") == 0


async def test_a_forgotten_article_is_in_no_message(wire: Wire) -> None:
    await wire.watch("ferry", feed=True)
    await wire.desk.put("https://bay.test/pier")
    await wire.teller.step()
    async with wire.desk.pool.connection() as conn:
        await conn.execute("DELETE FROM dateline.article")
    await wire.teller.write_feeds()
    await wire.send()
    assert wire.receiver.got == []
    assert "bay.test" not in (wire.folder / "watches" / "pier.atom").read_text()
