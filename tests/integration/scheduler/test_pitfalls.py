"""What Procrastinate and APScheduler do when they are used carelessly, each as a test of what keeps it from us.

docs/explanation/scheduling.md has the whole table; those that are not here are in test_jobs.py and test_lease.py.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from urllib.parse import urlsplit

import psycopg
import pytest
from structlog.testing import capture_logs

from dateline.config import Settings
from dateline.parser_pool.pool import ParserPool
from dateline.types.source import Source, WatchedPage
from scheduler.jobs import HEARTBEAT_S, STALLED_AFTER_S, VISITS, defer_hosts, make_app, worker_options
from scheduler.leader import make_clock, upkeep_tasks
from scheduler.lease import LEASE, LEASE_S, Leadership
from scheduler.processes.loop_lag import HELD_S, sleep_watching
from sql import query
from sql.database import Pool, connect, open_queue_pool
from sql.frontier.crawls import CRAWL_SILENT_S
from sql.frontier.frontier import Frontier
from sql.frontier.sources import upsert_source
from sql.service.leases import Upkeep
from tests.integration.support.leading import Candidate
from tests.integration.support.queueing import Diary, opened, run_sql, until, worker

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)


@pytest.fixture
def crowd(database: str) -> str:
    """One host with 20,000 feeds, due for an hour, and another with a feed that has just fallen due."""
    with connect(database, autocommit=True) as connection:
        for name in ("crowd", "bay"):
            page = WatchedPage(f"https://{name}.test/feed", "feed")
            upsert_source(connection, Source(name, name, f"https://{name}.test/", watched=(page,)))
        connection.execute(
            "INSERT INTO dateline.feed (source_id, url, url_hash, host, kind)"
            " SELECT source_id, url || n, gen_random_uuid(), host, kind FROM dateline.feed, generate_series(2, 20000) AS n"
            " WHERE host = 'crowd.test'"
        )
        connection.execute(
            "INSERT INTO dateline.feed_state (feed_id) SELECT id FROM dateline.feed ON CONFLICT DO NOTHING"
        )
        connection.execute(
            "UPDATE dateline.feed_state s SET next_due_at = now() - CASE WHEN f.host = 'bay.test' THEN '1 s' ELSE '1 h' END"
            "::interval FROM dateline.feed f WHERE f.id = s.feed_id"
        )
    return database


async def test_20000_due_feeds_of_one_host_are_one_job_and_delay_no_other(crowd: str, pool: Pool) -> None:
    """20,000 waiting jobs of one host cost 140-190 ms a fetch; and the oldest due pages must not hide those of others."""
    async with opened(make_app(), crowd) as app:
        ticker = Candidate("one", app, pool)
        await Upkeep(pool).take_lease(LEASE, "one", life_s=LEASE_S)
        await ticker.hold()
        for _ in range(3):
            await ticker.tick()
    jobs = run_sql(crowd, "SELECT lock, queueing_lock, status::text FROM procrastinate.procrastinate_jobs ORDER BY 1")
    assert jobs == [("bay.test", "bay.test", "todo"), ("crowd.test", "crowd.test", "todo")]


def test_due_hosts_are_found_by_index(crowd: str) -> None:
    """The tick asks every second: of many pages that wait only those that are due are read."""
    with connect(crowd) as connection:
        connection.execute("UPDATE dateline.feed_state SET next_due_at = now() + interval '1 day' WHERE feed_id > 20")
        connection.execute("ANALYZE")
        plan = connection.execute(
            b"EXPLAIN " + query("frontier", "due_hosts").encode(),
            {"now": dt.datetime.now(dt.UTC), "limit": 1000, "each": 50, "crawl_silent_s": CRAWL_SILENT_S},
        ).fetchall()
    assert "feed_due" in "\n".join(str(row[0]) for row in plan)


async def test_a_job_is_found_by_index_whatever_the_table_was_when_it_was_last_looked_at(database: str) -> None:
    """Vacuum looks at a queue that is empty, and the planner then reads and sorts all of the next fullness to fetch one job."""
    read = (
        "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables"
        " WHERE relid = 'procrastinate.procrastinate_jobs'::regclass"
    )
    async with opened(make_app(), database) as app:
        await defer_hosts(app, [f"host{n}.test" for n in range(300)])
        run_sql(database, "DELETE FROM procrastinate.procrastinate_jobs")
        run_sql(database, "VACUUM (ANALYZE) procrastinate.procrastinate_jobs")
        await defer_hosts(app, [f"host{n}.test" for n in range(300)])
    async with open_queue_pool(database) as pool, pool.connection() as connection, connection.transaction():
        [worker] = (
            await (await connection.execute("SELECT worker_id FROM procrastinate_register_worker_v1()")).fetchone()
            or ()
        )
        await connection.execute("SELECT procrastinate_fetch_job_v2(%s::varchar[], %s)", [[VISITS], worker])
        [rows] = await (await connection.execute(read.encode())).fetchone() or ()
    assert rows < 20


async def test_jobs_are_never_delayed_and_all_of_one_priority(database: str, pool: Pool) -> None:
    """A delayed job would hold its host's queueing lock and do nothing; two priorities under one lock meet at a unique
    index. How long to wait is in next_due_at and in the host's own row."""
    async with opened(make_app(), database) as app:
        await defer_hosts(app, ["bay.test"])
        await defer_hosts(app, ["bay.test", "cape.test"], crawl_id=7)
    kinds = run_sql(database, "SELECT DISTINCT scheduled_at, priority FROM procrastinate.procrastinate_jobs")
    assert kinds == [(None, 0)]


async def test_a_host_that_is_to_be_left_alone_has_no_job_until_then(crowd: str, pool: Pool) -> None:
    run_sql(crowd, "INSERT INTO dateline.host_pace (host, backoff_until) VALUES ('crowd.test', now() + interval '1 h')")
    now = dt.datetime.now(dt.UTC)
    assert [one.host for one in await Frontier(pool).due_hosts(now)] == ["bay.test"]
    later = await Frontier(pool).due_hosts(now + dt.timedelta(hours=2))
    assert {one.host for one in later} == {"crowd.test", "bay.test"}


LISTENERS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"


async def test_a_worker_whose_listener_dies_listens_again(database: str, postgres_url: str) -> None:
    """Procrastinate's comes back by itself when its connection is lost, but dies when it can't at the first try: the worker
    ends with it, or, without a periodic task, jobs are found by polling alone from then on, without a sign."""
    diary, name = Diary(), urlsplit(database).path.lstrip("/")

    def listeners() -> list[int]:
        return [row[0] for row in run_sql(database, LISTENERS)]

    async with worker(database, diary, "deaf"), opened(make_app(), database) as app:
        await until(lambda: len(listeners()) > 0, "it does not listen")
        (before,) = listeners()
        with capture_logs() as said, psycopg.connect(postgres_url, autocommit=True) as other:
            other.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
            other.execute("SELECT pg_terminate_backend(%s)", [before])
            await until(lambda: any("listener lost" in line["event"] for line in said), "nobody noticed")
            other.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'.encode())
        await until(lambda: len(listeners()) == 1, "it never listened again")
        assert not [line for line in said if "restarting" in line["event"]]
        await defer_hosts(app, ["bay.test"])
        await until(lambda: diary.visits == ["bay.test"], "it does not work any more")


def test_a_worker_polls_each_second_and_leaves_no_jobs_behind() -> None:
    """A released lock sends no notice; and rows of done jobs would slow every fetch."""
    options = worker_options(VISITS, at_once=8, grace_s=13)
    assert options["fetch_job_polling_interval"] == 1.0
    assert options["delete_jobs"] == "successful"
    assert HEARTBEAT_S * 3 < STALLED_AFTER_S == options["stalled_worker_timeout"]


# The event loop ------------------------------------------------------------------------------------------------------------


async def test_parsing_does_not_hold_the_loop() -> None:
    """What blocks it for half a minute costs a worker its jobs: foreign bytes are parsed in other processes."""
    async with ParserPool(workers=1, memory_mb=256) as parser_pool:
        await parser_pool.warm()
        parsing = asyncio.create_task(parser_pool.run(time.sleep, 0.5, deadline_s=20, subject="a slow page"))
        turns = 0
        while not parsing.done():
            await asyncio.sleep(0.01)
            turns += 1
    assert turns > 5, "it stood still while the page was parsed"


async def test_blocked_event_loop_is_logged() -> None:
    with capture_logs() as said:
        watching = asyncio.create_task(sleep_watching(0.01))
        await asyncio.sleep(0)
        time.sleep(HELD_S + 0.1)
        assert await watching >= HELD_S
    assert "the event loop was blocked" in [line["event"] for line in said]
    assert HELD_S * 10 < STALLED_AFTER_S


# APScheduler -----------------------------------------------------------------------------------------------------------------


async def test_no_clock_drops_a_late_firing_or_makes_it_up_twice(pool: Pool) -> None:
    """Its defaults drop what is a second late, and run a firing beside the one before."""
    upkeep = Upkeep(pool)
    clock = make_clock(upkeep_tasks(Settings(), make_app(), pool, upkeep), Leadership("one", upkeep))
    clock.start(paused=True)
    try:
        kept = {(job.misfire_grace_time, job.coalesce, job.max_instances) for job in clock.get_jobs()}
        assert kept == {(None, True, 1)}
        assert str(clock.timezone) == "UTC"
    finally:
        clock.shutdown(wait=False)
