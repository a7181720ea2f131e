"""The pace of a host over all workers, and shared robots.txt records, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise

import psycopg
import pytest
import pytest_asyncio

from dateline.types.robots import RobotsRecord
from sql.database import Pool, open_pool
from sql.frontier.pace import MOST_VERSIONS, DatabasePace, DatabaseRobots
from tests.integration.support.lossy import lossy

HOST = "bay.test"


@pytest_asyncio.fixture
async def two(database: str) -> AsyncIterator[tuple[DatabasePace, DatabasePace]]:
    """The paces of two workers."""
    async with open_pool(database, max_size=4) as one, open_pool(database, max_size=4) as other:
        yield DatabasePace(one), DatabasePace(other)


def soon(seconds: float) -> dt.datetime:
    return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)


async def turn(pace: DatabasePace, *, delay_s: float, concurrency: int) -> float:
    """Wait for a turn as the fetcher does; the instant at which it came."""
    async with asyncio.timeout(30):
        while (wait_s := await pace.claim(HOST, delay_s=delay_s, concurrency=concurrency)) > 0:
            await asyncio.sleep(min(wait_s, 0.05))
    return time.monotonic()


@pytest.mark.parametrize("concurrency", [1, 3])
async def test_never_more_at_once_than_allowed_over_both(two: tuple[DatabasePace, ...], concurrency: int) -> None:
    present = most = 0

    async def request(pace: DatabasePace) -> None:
        nonlocal present, most
        await turn(pace, delay_s=0.001, concurrency=concurrency)
        present += 1
        most = max(most, present)
        await asyncio.sleep(0.02)
        present -= 1
        await pace.release(HOST, delay_s=0.001, backoff_until=None)

    await asyncio.gather(*(request(two[n % 2]) for n in range(16)))
    assert most == concurrency


async def test_a_claim_lasts_as_long_as_a_request_may_take(pool: Pool) -> None:
    """`timeout_s` may be an hour: a second worker must not ask the host while the first still waits for it."""
    assert await DatabasePace(pool, lost_after_s=7200).claim(HOST, delay_s=0.001, concurrency=1) == 0
    async with pool.connection() as conn:
        rows = await conn.execute("SELECT busy_until - clock_timestamp() FROM dateline.host_pace")
        assert (await rows.fetchone() or [dt.timedelta()])[0] > dt.timedelta(minutes=110)


async def test_the_delay_is_kept_over_both(two: tuple[DatabasePace, ...]) -> None:
    """From one request's start, and from its end, to the next one's start, by the server's clock."""
    delay_s, starts, ends = 0.1, list[float](), list[float]()

    async def request(pace: DatabasePace) -> None:
        starts.append(await turn(pace, delay_s=delay_s, concurrency=1))
        await asyncio.sleep(0.08)
        ends.append(time.monotonic())
        await pace.release(HOST, delay_s=delay_s, backoff_until=None)

    await asyncio.gather(*(request(two[n % 2]) for n in range(6)))
    # the answer to a claim takes its time: only a start that is measured late makes a gap look short
    assert all(later - earlier >= delay_s * 0.8 for earlier, later in pairwise(starts))
    assert all(start - end >= delay_s * 0.8 for end, start in zip(ends, starts[1:], strict=False))


async def test_the_returned_wait_is_the_rest_of_the_delay(two: tuple[DatabasePace, ...]) -> None:
    assert await two[0].claim(HOST, delay_s=60, concurrency=1) == 0
    await two[0].release(HOST, delay_s=60, backoff_until=None)
    assert 50 < await two[1].claim(HOST, delay_s=60, concurrency=1) <= 60
    assert await two[1].claim("cape.test", delay_s=60, concurrency=1) == 0, "other hosts go on"


@pytest.mark.parametrize("delay_s", [0.0, 0.01])
async def test_a_backoff_is_honoured_by_both(two: tuple[DatabasePace, ...], delay_s: float) -> None:
    one, other = two
    assert await one.claim(HOST, delay_s=delay_s, concurrency=2) == 0
    await one.release(HOST, delay_s=delay_s, backoff_until=soon(60))
    assert 50 < await one.claim(HOST, delay_s=delay_s, concurrency=2) <= 60
    assert 50 < await other.claim(HOST, delay_s=0.01, concurrency=2) <= 60


async def test_a_shorter_backoff_does_not_undo_a_longer_one(two: tuple[DatabasePace, ...]) -> None:
    one, other = two
    for pace in two:
        assert await pace.claim(HOST, delay_s=0.001, concurrency=2) == 0
        await asyncio.sleep(0.01)
    await one.release(HOST, delay_s=0.001, backoff_until=soon(60))
    await other.release(HOST, delay_s=0.001, backoff_until=soon(5))
    assert await other.claim(HOST, delay_s=0.001, concurrency=2) > 50


async def test_a_claim_that_is_never_released_lapses(two: tuple[DatabasePace, ...], pool: Pool) -> None:
    """Its worker was killed: after a minute the host is free again, wholly."""
    one, other = two
    for _ in range(2):
        await turn(one, delay_s=0.001, concurrency=2)
    await asyncio.sleep(0.01)
    assert await other.claim(HOST, delay_s=0.001, concurrency=2) > 0
    async with pool.connection() as conn:
        rows = await conn.execute("SELECT busy_until - clock_timestamp() FROM dateline.host_pace")
        lapse = (await rows.fetchone() or [None])[0]
        assert dt.timedelta(seconds=45) < lapse <= dt.timedelta(seconds=60)
        await conn.execute("UPDATE dateline.host_pace SET busy_until = clock_timestamp() - interval '1 second'")
    for _ in range(2):
        await turn(other, delay_s=0.001, concurrency=2)
    assert await other.claim(HOST, delay_s=0.001, concurrency=2) > 0


async def test_a_late_release_of_a_lapsed_claim_is_not_counted_twice(two: tuple[DatabasePace, ...], pool: Pool) -> None:
    one, other = two
    await turn(one, delay_s=0.001, concurrency=1)
    await one.release(HOST, delay_s=0.001, backoff_until=None)
    await one.release(HOST, delay_s=0.001, backoff_until=None)
    await turn(other, delay_s=0.001, concurrency=1)
    await asyncio.sleep(0.01)
    assert await one.claim(HOST, delay_s=0.001, concurrency=1) > 0


async def test_no_more_pages_a_day_than_allowed_over_both(two: tuple[DatabasePace, ...], pool: Pool) -> None:
    """Without the limit in the claim, all five were granted. Feeds (no limit) go on, and so does the next day."""
    waits = []
    for n in range(5):
        waits.append(await two[n % 2].claim(HOST, delay_s=0.001, concurrency=9, a_day=3))
        await asyncio.sleep(0.005)
    assert [wait_s > 0 for wait_s in waits] == [False, False, False, True, True]
    midnight = dt.datetime.now(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0) + dt.timedelta(days=1)
    assert abs((soon(waits[4]) - midnight).total_seconds()) < 5
    assert await two[0].claimed_today(HOST) == 3
    await asyncio.sleep(0.005)
    assert await two[0].claim(HOST, delay_s=0.001, concurrency=9) == 0
    assert await two[0].claimed_today(HOST) == 3
    async with pool.connection() as conn:
        await conn.execute("UPDATE dateline.host_pace SET today = today - 1")
    await asyncio.sleep(0.005)
    assert await two[1].claimed_today(HOST) == 0
    assert await two[1].claim(HOST, delay_s=0.001, concurrency=9, a_day=3) == 0
    assert await two[1].claimed_today(HOST) == 1


async def test_without_a_delay_each_worker_counts_for_itself(two: tuple[DatabasePace, ...], pool: Pool) -> None:
    """One's own servers: no statement a request, and as many at once as allowed, in each worker."""
    for pace in two:
        assert [await pace.claim(HOST, delay_s=0, concurrency=2) for _ in range(3)] == [0.0, 0.0, 1.0]
        await pace.release(HOST, delay_s=0, backoff_until=None)
        assert await pace.claim(HOST, delay_s=0, concurrency=2) == 0
    async with pool.connection() as conn:
        assert (await conn.execute("SELECT FROM dateline.host_pace")).rowcount == 0


async def test_hosts_counted_here_are_forgotten_when_idle(two: tuple[DatabasePace, ...]) -> None:
    """A worker runs for a year: what it keeps in memory of a host ends with the visit."""
    pace = two[0]
    await pace.claim(HOST, delay_s=0, concurrency=1)
    await pace.release(HOST, delay_s=0, backoff_until=None)
    assert pace.hosts_in_memory == 0


async def test_robots_are_shared_until_they_expire(pool: Pool) -> None:
    robots = DatabaseRobots(pool)
    assert await robots.load("https://bay.test") is None
    record = RobotsRecord("https://bay.test", 200, b"User-agent: *\nDisallow: /\x00\xff", soon(-60), soon(60))
    await robots.save(record)
    assert await robots.load("https://bay.test") == record
    assert await robots.load("http://bay.test") is None
    newer = RobotsRecord("https://bay.test", 0, b"", soon(0), soon(-0.001))
    await robots.save(newer)
    assert await robots.load("https://bay.test") is None


async def test_a_sites_files_are_kept_by_version(pool: Pool) -> None:
    """The same again moves `last_seen_at`; a change, also back to what was before, is a new row; an outage is none."""
    robots = DatabaseRobots(pool)
    here = "https://bay.test"
    answers = [(200, b"a\x00\xff"), (200, b"a\x00\xff"), (200, b"b"), (503, b""), (0, b"dns"), (404, b""), (200, b"b")]
    for hour, (status, body) in enumerate(answers):
        await robots.save(RobotsRecord(here, status, body, soon(3600 * hour), soon(3600 * hour)))
    await robots.save(RobotsRecord(here, 200, b"[]", soon(0), soon(60), "/.well-known/tdmrep.json"))
    assert await robots.load(here) is not None
    async with pool.connection() as conn:
        found = await conn.execute(
            "SELECT status, body, extract(epoch FROM last_seen_at - first_seen_at)::int FROM news.site_files"
            " WHERE path = '/robots.txt' ORDER BY first_seen_at"
        )
        rows = await found.fetchall()
    assert rows == [(200, "a\ufffd", 3600), (200, "b", 0), (404, "", 0), (200, "b", 0)]


async def test_only_the_last_versions_of_a_file_are_kept(pool: Pool) -> None:
    robots = DatabaseRobots(pool)
    for hour in range(MOST_VERSIONS + 5):
        await robots.save(RobotsRecord("https://bay.test", 200, b"%d" % hour, soon(3600 * hour), soon(0)))
    async with pool.connection() as conn:
        found = await conn.execute("SELECT body FROM news.site_files ORDER BY first_seen_at")
        assert [body for (body,) in await found.fetchall()] == [str(n) for n in range(5, MOST_VERSIONS + 5)]


async def test_a_release_that_did_not_reach_the_database_is_repeated(
    two: tuple[DatabasePace, ...], database: str, pool: Pool
) -> None:
    """Without it the host stays taken until the request counts as lost, a minute later."""
    one, _ = two
    await turn(one, delay_s=0.001, concurrency=1)
    waiting = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with psycopg.connect(database, autocommit=True) as blocker, blocker.transaction():
        blocker.execute("SELECT FROM dateline.host_pace FOR UPDATE")
        releasing = asyncio.create_task(one.release(HOST, delay_s=0.001, backoff_until=None))
        async with asyncio.timeout(30):
            while not (pids := blocker.execute(waiting).fetchall()):
                await asyncio.sleep(0.01)
        blocker.execute("SELECT pg_terminate_backend(%s)", pids[0])
        with pytest.raises(psycopg.OperationalError):
            await releasing
    await turn(one, delay_s=0.001, concurrency=1)
    async with pool.connection() as conn:
        assert await (await conn.execute("SELECT busy FROM dateline.host_pace")).fetchall() == [(1,)]


@asynccontextmanager
async def lost_claim(database: str, *, concurrency: int) -> AsyncIterator[DatabasePace]:
    """The pace of a worker whose claim took place and whose answer was lost."""
    async with lossy(database) as door, open_pool(door.url, max_size=1) as behind:
        pace = DatabasePace(behind)
        await behind.wait()
        door.loses_next.set()
        with pytest.raises(psycopg.OperationalError):
            await pace.claim(HOST, delay_s=0.001, concurrency=concurrency)
        yield pace


@pytest.mark.parametrize("asks_again", [True, False])
async def test_a_claim_whose_answer_was_lost_is_taken_back(
    two: tuple[DatabasePace, ...], database: str, pool: Pool, *, asks_again: bool
) -> None:
    """The claim counts, but no request holds it: unless it is taken back, no worker gets the host for a minute."""
    async with lost_claim(database, concurrency=1) as pace:
        async with pool.connection() as conn:
            assert await (await conn.execute("SELECT busy FROM dateline.host_pace")).fetchall() == [(1,)], (
                "the claim counts"
            )
        await turn(pace if asks_again else two[1], delay_s=0.001, concurrency=1)
        await pace.settle()
    async with pool.connection() as conn:
        assert await (await conn.execute("SELECT busy FROM dateline.host_pace")).fetchall() == [(1,)]


async def test_a_lost_claim_that_another_follows_takes_nothing_from_it(
    two: tuple[DatabasePace, ...], database: str, pool: Pool
) -> None:
    async with lost_claim(database, concurrency=2) as pace:
        await turn(two[1], delay_s=0.001, concurrency=2)
        await pace.settle()
    async with pool.connection() as conn:
        assert await (await conn.execute("SELECT busy FROM dateline.host_pace")).fetchall() == [(2,)]


async def test_a_release_soon_is_sent_by_itself(two: tuple[DatabasePace, ...], pool: Pool) -> None:
    """No transaction took the release: another worker gets its turn all the same."""
    one, other = two
    await turn(one, delay_s=0.001, concurrency=1)
    one.release_soon(HOST, delay_s=0.001)
    assert await other.claim(HOST, delay_s=0.001, concurrency=1) > 0, "not sent yet"
    await turn(other, delay_s=0.001, concurrency=1)
    assert one.take_release(HOST) is None


async def test_ones_own_next_claim_does_not_wait_for_it(two: tuple[DatabasePace, ...]) -> None:
    await turn(two[0], delay_s=0.001, concurrency=1)
    two[0].release_soon(HOST, delay_s=0.0011)
    await asyncio.sleep(0.002)
    assert await two[0].claim(HOST, delay_s=0.001, concurrency=1) == 0


async def test_a_release_that_a_transaction_took_is_not_sent_again(two: tuple[DatabasePace, ...]) -> None:
    one, other = two
    await turn(one, delay_s=0.001, concurrency=1)
    one.release_soon(HOST, delay_s=0.001)
    release = one.take_release(HOST)
    assert release is not None
    await one.settle()
    assert await other.claim(HOST, delay_s=0.001, concurrency=1) > 0
    one.owe(HOST, release)
    await one.settle()
    await turn(other, delay_s=0.001, concurrency=1)
