"""One job per host, on the real queue: never two at once, never lost with its worker, never in another's way."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import procrastinate
import psycopg
import pytest
from procrastinate import exceptions
from procrastinate.jobs import Status
from procrastinate.manager import JobManager

from scheduler.jobs import CRAWLS, HEARTBEAT_S, STALLED_AFTER_S, VISITS, defer_hosts, make_app, queue_of_crawl
from scheduler.processes.registration import process_prefix
from sql.database import Pool, open_pool
from sql.frontier.crawls import CrawlOptions, Crawls
from sql.frontier.pace import DatabasePace
from sql.service.leases import SETTLE_S, FreedJob, Upkeep
from tests.integration.support.queueing import (
    DEADLINE_S,
    Diary,
    free,
    ids,
    jobs,
    opened,
    run_sql,
    until,
    worker,
)

HOST = "bay.test"


async def take(app: procrastinate.App, queue: str = VISITS) -> int:
    """Take a job as a worker does; the worker's number."""
    number = await app.job_manager.register_worker()
    assert await app.job_manager.fetch_job([queue], number) is not None
    return number


async def test_a_host_waits_once(database: str) -> None:
    async with opened(make_app(), database) as app:
        assert await defer_hosts(app, [HOST, HOST]) == 1
        assert await defer_hosts(app, [HOST, "cape.test"]) == 1
        assert jobs(database) == [(HOST, "todo"), ("cape.test", "todo")]


async def test_two_workers_are_never_at_one_host_at_once(database: str) -> None:
    """While a host is visited it may be queued again, by the service and by a crawl: that job waits for the first."""
    diary, hosts = Diary(visit_s=0.03), [HOST, "cape.test", "dune.test"]
    async with (
        worker(database, diary, "one"),
        worker(database, diary, "two"),
        worker(database, diary, "crawl", queue=queue_of_crawl(7)),
        opened(make_app(), database) as app,
    ):
        queued = 0
        for _ in range(25):
            queued += await defer_hosts(app, hosts)
            queued += await defer_hosts(app, hosts, crawl_id=7)
            await asyncio.sleep(0.02)
        await until(lambda: len(diary.visits) == queued, "not all jobs were done")
    assert queued > len(hosts) * 2
    assert diary.most == dict.fromkeys(hosts, 1)
    assert jobs(database) == [], "what succeeded is deleted"


async def test_a_visit_that_failed_leaves_its_host_free(database: str) -> None:
    diary = Diary(fails=True)
    async with worker(database, diary, "one"), opened(make_app(), database) as app:
        await defer_hosts(app, [HOST])
        await until(lambda: jobs(database) == [(HOST, "failed")], "it did not fail")
        diary.fails = False
        assert await defer_hosts(app, [HOST]) == 1
        await until(lambda: len(diary.visits) == 2, "the host stayed locked")


async def test_crawls_are_helped_first_but_those_with_a_limit(database: str, pool: Pool) -> None:
    """The limit is counted in the crawl's own process."""
    crawls, diary = Crawls(pool), Diary(visit_s=0.05)
    shared, limited = (
        await crawls.begin(["shared"], CrawlOptions()),
        await crawls.begin(["ten"], CrawlOptions(limit=10)),
    )
    async with opened(make_app(), database) as app:
        await defer_hosts(app, ["visited.test"])
        await defer_hosts(app, ["limited.test"], crawl_id=limited)
        await defer_hosts(app, [HOST], crawl_id=shared)
        async with worker(database, diary, "one", queue=CRAWLS):
            await until(lambda: diary.visits == [HOST], "the crawl was not helped")
            await asyncio.sleep(0.2)
    assert diary.visits == [HOST]
    assert sorted(jobs(database)) == [("limited.test", "todo"), ("visited.test", "todo")]


async def test_a_released_lock_is_found_by_polling(database: str) -> None:
    """The release of a lock sends no notification: the crawl's worker has to look."""
    first, second = Diary(visit_s=0.5), Diary()
    async with (
        worker(database, first, "one"),
        worker(database, second, "crawl", queue=queue_of_crawl(7)),
        opened(make_app(), database) as app,
    ):
        await defer_hosts(app, [HOST])
        await until(lambda: first.present[HOST] == 1, "not begun")
        await defer_hosts(app, [HOST], crawl_id=7)
        await until(lambda: first.visits == [HOST], "not ended")
        ended = time.monotonic()
        await until(lambda: second.visits == [HOST], "the second job was not found")
        assert time.monotonic() - ended < 10, "Procrastinate's own interval and more"


def test_a_periodic_task_is_there_so_that_the_listener_is_supervised() -> None:
    assert make_app().periodic_registry.periodic_tasks


async def test_worker_that_loses_a_race_for_a_lock_goes_on(database: str) -> None:
    """Another transaction takes the lock where `fetch_job` can't see it yet: a unique index decides."""

    async def lose(manager: JobManager) -> object:
        number = await manager.register_worker()
        with psycopg.connect(database) as other:
            other.execute(
                "INSERT INTO procrastinate.procrastinate_jobs (queue_name, task_name, lock, status)"
                " VALUES ('visits', 'dateline.visit_host', %s, 'doing')",
                [HOST],
            )
            losing = asyncio.create_task(manager.fetch_job([VISITS], number))
            with psycopg.connect(database, autocommit=True) as watcher:
                waits = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
                await until(lambda: watcher.execute(waits.encode()).rowcount == 1, "nobody waits for the lock")
            other.commit()
            try:
                return await losing
            finally:
                run_sql(database, "DELETE FROM procrastinate.procrastinate_jobs WHERE status = 'doing'")

    async with opened(make_app(), database) as app:
        await defer_hosts(app, [HOST])
        with pytest.raises(exceptions.UniqueViolation):
            await lose(JobManager(app.connector))
        assert await lose(app.job_manager) is None
        assert jobs(database) == [(HOST, "todo")]


# Jobs of the dead ------------------------------------------------------------------------------------------------------


async def test_a_worker_is_known_before_it_has_a_job(database: str, pool: Pool) -> None:
    async with worker(database, Diary(), "early"):

        def known() -> bool:
            with psycopg.connect(database) as connection:
                row = connection.execute(
                    "SELECT queue_workers FROM dateline.heartbeat WHERE process = 'early'"
                ).fetchone()
                return bool(row and row[0])

        await until(known, "the worker's number is not known")


async def hold_a_job(database: str, pool: Pool, app: procrastinate.App, name: str) -> None:
    """A process of that name has a job in hand and has been silent for a minute."""
    await defer_hosts(app, [HOST])
    await Upkeep(pool).know_worker(name, "worker", "here", await take(app))
    run_sql(database, "UPDATE dateline.heartbeat SET seen_at = now() - interval '1 minute'")


async def test_a_silent_process_with_a_connection_is_not_dead(database: str, pool: Pool) -> None:
    async with opened(make_app(), database) as app:
        await hold_a_job(database, pool, app, "silent")
        assert await DatabasePace(pool).claim(HOST, delay_s=0.001, concurrency=1) == 0
        with psycopg.connect(database, application_name="silent"):
            assert await free(pool) == []
        await until_freed(pool, "its process is gone")
        assert await DatabasePace(pool).claim(HOST, delay_s=0.001, concurrency=1) == 0, "its requests are gone with it"


async def until_freed(pool: Pool, why: str, *, settle_s: float = 0.0) -> FreedJob:
    for _ in range(600):
        freed = await free(pool, settle_s=settle_s)
        if freed:
            assert [(job.host, job.why) for job in freed] == [(HOST, why)]
            return freed[0]
        await asyncio.sleep(0.05)
    raise AssertionError("not freed")


async def test_after_an_outage_no_process_is_dead_until_there_was_time_to_come_back(database: str) -> None:
    """A scheduler that has just been let in again looks first; the workers' connections may be a second away."""
    async with opened(make_app(), database) as app, open_pool(database, application_name="asker") as fresh:
        await hold_a_job(database, fresh, app, "on its way")
        assert await free(fresh, settle_s=SETTLE_S) == []
        assert [job.why for job in await free(fresh)] == ["its process is gone"]


async def test_jobs_of_a_killed_process_are_free_within_seconds(database: str) -> None:
    """A process that is killed with -9 says no word, but the kernel closes its connections."""
    script = (
        "import sys, asyncio\n"
        "from tests.integration.support.queueing import Diary, worker\n"
        "async def main():\n"
        "    async with worker(sys.argv[1], Diary(visit_s=600), 'victim'):\n"
        "        await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, database], cwd=Path(__file__).parents[3]) as victim:
        try:
            async with opened(make_app(), database) as app, open_pool(database, application_name="asker") as pool:
                await defer_hosts(app, [HOST])
                await until(lambda: jobs(database) == [(HOST, "doing")], "the job was not taken")
                await asyncio.sleep(SETTLE_S)
                assert await free(pool, settle_s=SETTLE_S) == [], "it lives"
                victim.kill()
                killed = time.monotonic()
                await until_freed(pool, "its process is gone", settle_s=SETTLE_S)
                assert time.monotonic() - killed < 8
                assert await defer_hosts(app, [HOST]) == 1
        finally:
            victim.kill()


async def test_a_parent_that_saw_its_child_end_releases_what_it_held_at_once(database: str, pool: Pool) -> None:
    """Jobs, the hosts' claims and the lease; not before the server knows, and only its own."""
    upkeep, name = Upkeep(pool), process_prefix("worker", 7) + "abc"
    async with opened(make_app(), database) as app:
        await hold_a_job(database, pool, app, name)
        await upkeep.take_lease("scheduler", name, life_s=60)
        assert await upkeep.release_dead(process_prefix("worker", 70)) is None, "another's"
        with psycopg.connect(database, application_name=name):
            assert await upkeep.release_dead(process_prefix("worker", 7)) is None, "it is connected"
            assert jobs(database) == [(HOST, "doing")]
        async with asyncio.timeout(DEADLINE_S):
            while (released := await upkeep.release_dead(process_prefix("worker", 7))) is None:
                await asyncio.sleep(0.02)
        assert released == 1
        assert jobs(database) == []
        assert await upkeep.take_lease("scheduler", "other", life_s=60) is not None
        assert name not in [one.process for one in await upkeep.live_processes()]


async def test_a_host_that_was_queued_again_meanwhile_stays_queued_once(database: str, pool: Pool) -> None:
    async with opened(make_app(), database) as app:
        await hold_a_job(database, pool, app, "dead")
        assert await defer_hosts(app, [HOST]) == 1
        dead, anew = ids(database)
        assert (await until_freed(pool, "its process is gone")).id == dead
        assert ids(database) == [anew]
        assert jobs(database) == [(HOST, "todo")]


@pytest.mark.parametrize("state", ["silent for long", "unknown by now"])
async def test_jobs_of_a_worker_that_is_cut_off_are_freed(database: str, pool: Pool, state: str) -> None:
    """Its connections may stand for hours when a network fell silent without a word."""
    async with opened(make_app(), database) as app:
        await defer_hosts(app, [HOST])
        await take(app)
        assert await free(pool) == []
        if state == "silent for long":
            run_sql(database, "UPDATE procrastinate.procrastinate_workers SET last_heartbeat = now() - interval '31 s'")
            assert await free(pool, settle_s=SETTLE_S) == [], "after an outage all are silent for long"
            run_sql(database, "SELECT pg_sleep(0.1)")
        else:
            run_sql(database, "DELETE FROM procrastinate.procrastinate_workers")
        freed = await Upkeep(pool).free_jobs(stalled_s=STALLED_AFTER_S, heartbeat_s=0, settle_s=0)
        assert [job.why for job in freed] == ["its worker is silent"]


async def test_locks_of_a_silent_process_in_a_pipeline_are_released(database: str, pool: Pool) -> None:
    """Cut off without a reset: no timeout of the server's bounds the wait for the rest of a pipeline."""
    limits = {"stalled_s": 0.2, "heartbeat_s": HEARTBEAT_S, "settle_s": -HEARTBEAT_S}
    upkeep = Upkeep(pool)
    for name in ("silent", "awake"):
        await upkeep.beat(name, "worker", "here")
    run_sql(database, "UPDATE dateline.heartbeat SET seen_at = now() + interval '1 hour' WHERE process = 'awake'")
    with (
        psycopg.connect(database, application_name="awake") as awake,
        psycopg.connect(database, autocommit=True) as other,
    ):
        awake.execute("SELECT 1")
        with (
            pytest.raises(psycopg.OperationalError, match=r"lost|closed the connection"),
            psycopg.connect(database, application_name="silent") as silent,
            silent.pipeline(),
        ):
            silent.execute("SELECT pg_advisory_xact_lock(7)")
            silent.pgconn.send_flush_request()
            silent.pgconn.flush()
            await until(lambda: not lock_is_free(other), "the lock was not taken")
            ended = dict[str, int]()
            async with asyncio.timeout(30):
                while not ended:
                    ended = await upkeep.end_silent(**limits)
            assert ended == {"silent": 1}
            await until(lambda: lock_is_free(other), "the lock is still taken")
        assert awake.execute("SELECT 1").fetchone() == (1,), "it was heard of"


async def test_a_silent_process_that_hears_again_may_say_so(database: str, pool: Pool) -> None:
    """Its new connections are not ended for the silence of the old ones: it would never get to its next beat."""
    limits = {"stalled_s": STALLED_AFTER_S, "heartbeat_s": HEARTBEAT_S, "settle_s": -HEARTBEAT_S}
    upkeep = Upkeep(pool)
    await upkeep.beat("silent", "worker", "here")
    run_sql(database, "UPDATE dateline.heartbeat SET seen_at = now() - interval '31 seconds'")
    with psycopg.connect(database, application_name="silent") as back:
        assert await upkeep.end_silent(**limits) == {}
        assert back.execute("SELECT 1").fetchone() == (1,)


def lock_is_free(connection: psycopg.Connection) -> bool:
    row = connection.execute("SELECT pg_try_advisory_lock(7)").fetchone()
    is_free = row is not None and bool(row[0])
    if is_free:
        connection.execute("SELECT pg_advisory_unlock(7)")
    return is_free


async def test_a_worker_that_comes_back_can_not_end_anothers_job(database: str, pool: Pool) -> None:
    """The host's new job has a number of its own: the old worker ends nothing, and the host stays locked for others."""
    async with opened(make_app(), database) as app:
        await defer_hosts(app, [HOST])
        frozen = await app.job_manager.fetch_job([VISITS], await app.job_manager.register_worker())
        run_sql(database, "UPDATE procrastinate.procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")
        assert len(await Upkeep(pool).free_jobs(stalled_s=STALLED_AFTER_S, heartbeat_s=0, settle_s=0)) == 1
        await defer_hosts(app, [HOST])
        await take(app)
        assert frozen is not None
        await app.job_manager.finish_job(frozen, Status.SUCCEEDED, delete_job=True)
        assert jobs(database) == [(HOST, "doing")]


async def test_jobs_of_a_crawl_that_is_over_leave_the_host_to_others(database: str, pool: Pool) -> None:
    """A crawl that was killed has jobs waiting in a queue without workers, with the lock of their host."""
    crawls = Crawls(pool)
    over, silent, living = [await crawls.begin([name], CrawlOptions()) for name in ("over", "silent", "living")]
    async with opened(make_app(), database) as app:
        for crawl in (over, silent, living):
            await defer_hosts(app, [HOST], crawl_id=crawl)
        run_sql(database, f"UPDATE dateline.crawl SET finished_at = now() WHERE id = {over}")
        run_sql(database, f"UPDATE dateline.crawl SET seen_at = now() - interval '3 minutes' WHERE id = {silent}")
        assert [job.why for job in await free(pool)] == ["its crawl is over"] * 2
        assert await app.job_manager.fetch_job([queue_of_crawl(living)], await app.job_manager.register_worker())
