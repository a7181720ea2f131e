"""One of many schedulers leads; it stops by itself when it can't be sure that it still does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import procrastinate
import pytest
import pytest_asyncio

from dateline.types.source import Source, WatchedPage
from scheduler.lease import LEASE, LEASE_S
from sql.database import LOST, Pool, connect, may_pass, open_pool
from sql.frontier.sources import upsert_source
from sql.service.leases import Upkeep
from tests.integration.support.leading import Candidate

HOSTS = ("bay.test", "cape.test", "dune.test")


@dataclass
class Hours:
    """A clock that the test moves."""

    at: float = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest_asyncio.fixture
async def app(database: str) -> AsyncIterator[procrastinate.App]:
    """The queue as a scheduler opens it."""
    app = procrastinate.App(connector=procrastinate.PsycopgConnector())
    async with open_pool(database, search_path="procrastinate") as pool, app.open_async(pool):
        yield app


@pytest.fixture
def due(database: str) -> None:
    """Three hosts with a watched page that is due."""
    with connect(database, autocommit=True) as connection:
        for host in HOSTS:
            page = WatchedPage(f"https://{host}/feed", "feed")
            upsert_source(connection, Source(host.partition(".")[0], host, f"https://{host}/", watched=(page,)))


def ticker(name: str, app: procrastinate.App, pool: Pool, clock: Hours | None = None) -> Candidate:
    return Candidate(name, app, pool, clock=clock or Hours())


async def queued(pool: Pool) -> list[str]:
    async with pool.connection() as conn:
        rows = await conn.execute("SELECT lock FROM procrastinate.procrastinate_jobs ORDER BY lock")
        return [row[0] for row in await rows.fetchall()]


async def run_out(pool: Pool) -> None:
    """Time passes in the database: the lease's life is over."""
    async with pool.connection() as conn:
        await conn.execute("UPDATE dateline.lease SET expires_at = now() - interval '1 second'")


async def test_of_two_who_ask_at_once_exactly_one_leads(pool: Pool, app: procrastinate.App) -> None:
    for _ in range(10):
        both = [ticker("one", app, pool), ticker("two", app, pool)]
        await asyncio.gather(*(one.hold() for one in both))
        assert sorted(one.is_leader for one in both) == [False, True]
        await next(one for one in both if one.is_leader).drop()


async def test_the_leader_renews_and_its_term_stays(pool: Pool) -> None:
    upkeep = Upkeep(pool)
    terms = [await upkeep.take_lease(LEASE, "one", life_s=LEASE_S) for _ in range(3)]
    assert terms == [1, 1, 1]
    assert await upkeep.take_lease(LEASE, "two", life_s=LEASE_S) is None


async def test_another_takes_over_when_the_lease_ran_out(pool: Pool) -> None:
    upkeep = Upkeep(pool)
    await upkeep.take_lease(LEASE, "one", life_s=LEASE_S)
    await run_out(pool)
    assert await upkeep.take_lease(LEASE, "two", life_s=LEASE_S) == 2
    assert await upkeep.take_lease(LEASE, "one", life_s=LEASE_S) is None


async def test_another_takes_over_at_once_when_the_lease_was_dropped(pool: Pool) -> None:
    upkeep = Upkeep(pool)
    await upkeep.take_lease(LEASE, "one", life_s=LEASE_S)
    await upkeep.drop_lease(LEASE, "two")
    assert await upkeep.take_lease(LEASE, "two", life_s=LEASE_S) is None, "only its holder can drop a lease"
    await upkeep.drop_lease(LEASE, "one")
    assert await upkeep.take_lease(LEASE, "two", life_s=LEASE_S) == 2


@pytest.mark.usefixtures("due")
async def test_a_leader_that_was_frozen_does_nothing_when_it_thaws(pool: Pool, app: procrastinate.App) -> None:
    """Before its next renewal, too: its own clock tells it that the lease ran out meanwhile."""
    clock = Hours()
    frozen, other = ticker("frozen", app, pool, clock), ticker("other", app, pool)
    await frozen.hold()
    assert frozen.is_leader
    clock.at += LEASE_S + 1
    await run_out(pool)
    await other.hold()
    assert (frozen.is_leader, other.is_leader) == (False, True)
    await frozen.tick()
    assert await queued(pool) == []
    await frozen.hold()
    assert not frozen.is_leader


@pytest.mark.usefixtures("due")
async def test_a_leader_frozen_in_a_transaction_does_not_keep_its_successor_waiting_for_good(
    database: str, pool: Pool, app: procrastinate.App
) -> None:
    """What it had queued and not committed is locked for all others until the server ends its transaction."""
    async with open_pool(database, unfinished_s=0.5) as frozen:
        conn = await frozen.getconn()
        await conn.execute(
            "INSERT INTO procrastinate.procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock)"
            " SELECT 'visits', 'dateline.visit_host', 0, host, host FROM dateline.feed"
        )
        other = ticker("other", app, pool)
        await other.hold()
        async with asyncio.timeout(20):
            await other.tick()
        assert await queued(pool) == sorted(HOSTS)
        with pytest.raises(LOST) as caught:
            await conn.execute("SELECT 1")
        assert may_pass(caught.value)
        await frozen.putconn(conn)


@pytest.mark.usefixtures("due")
async def test_a_leader_without_the_database_leads_no_longer_than_its_lease(
    database: str, app: procrastinate.App
) -> None:
    clock = Hours()
    async with open_pool(database) as pool:
        cut_off = ticker("cut off", app, pool, clock)
        await cut_off.hold()
    clock.at += LEASE_S - 0.1
    assert cut_off.is_leader
    clock.at += 0.2
    assert not cut_off.is_leader


@pytest.mark.usefixtures("due")
async def test_scheduler_without_the_lease_queues_nothing(pool: Pool, app: procrastinate.App) -> None:
    leader, other = ticker("leader", app, pool), ticker("other", app, pool)
    await leader.hold()
    await other.hold()
    await other.tick()
    assert await queued(pool) == []
    await leader.tick()
    assert await queued(pool) == sorted(HOSTS)


@pytest.mark.usefixtures("due")
async def test_two_leaders_at_once_queue_each_host_once(pool: Pool, app: procrastinate.App) -> None:
    """It can't be, and would do no harm: a frozen leader's tick may be under way when another takes over."""
    both = []
    for name in ("one", "two"):
        await run_out(pool)
        both.append(ticker(name, app, pool))
        await both[-1].hold()
    assert all(one.is_leader for one in both)
    for _ in range(3):
        await asyncio.gather(*(one.tick() for one in both))
    assert await queued(pool) == sorted(HOSTS)


async def test_a_paused_source_is_not_queued(pool: Pool, app: procrastinate.App, due: None) -> None:
    async with pool.connection() as conn:
        await conn.execute("UPDATE dateline.source SET is_paused = true WHERE name = 'cape'")
    leader = ticker("leader", app, pool)
    await leader.hold()
    await leader.tick()
    assert await queued(pool) == ["bay.test", "dune.test"]
