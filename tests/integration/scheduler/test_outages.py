"""A database that is away, or loses an answer: no worker ends, no job stays behind, no host stays locked."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import psycopg
from procrastinate.jobs import Status
from structlog.testing import capture_logs

from scheduler.jobs import HEARTBEAT_S, VISITS, defer_hosts, make_app
from sql.database import open_pool
from sql.schema.migrate import migrate
from sql.server.embedded import EmbeddedServer
from tests.integration.support.lossy import lossy
from tests.integration.support.queueing import (
    Diary,
    free,
    gone,
    jobs,
    opened,
    postmaster,
    run_sql,
    until,
    worker,
)

HOST = "bay.test"


async def test_a_worker_goes_on_after_the_server_was_killed(short_dir: Path, root_dir: Path) -> None:
    """What was running ends where it was, what was waiting is done, and no host stays locked."""
    server, diary = EmbeddedServer(short_dir / "restart", root_dir=root_dir), Diary(visit_s=1.5)
    url = await asyncio.to_thread(server.start)
    try:
        await asyncio.to_thread(migrate, url)
        async with worker(url, diary, "survivor"), opened(make_app(), url) as app:
            await defer_hosts(app, [HOST])
            await until(lambda: diary.present[HOST] == 1, "not begun")
            victim = postmaster(url)
            os.kill(victim, signal.SIGKILL)
            await gone(victim)
            assert await asyncio.to_thread(server.start) == url
            back = time.monotonic()
            await until(lambda: HOST in diary.visits, "the running visit did not end")
            diary.visit_s = 0.0
            await defer_hosts(app, ["cape.test"])
            await until(lambda: "cape.test" in diary.visits, "the worker did not come back")
            assert time.monotonic() - back < 20
            async with open_pool(url, application_name="asker") as pool:
                async with asyncio.timeout(20):
                    while jobs(url):
                        await free(pool)
                        await asyncio.sleep(0.1)
    finally:
        await asyncio.to_thread(server.stop)


async def test_the_end_of_a_job_is_recorded_although_its_connection_was_lost(database: str) -> None:
    async with opened(make_app(), database) as app:
        await defer_hosts(app, [HOST])
        job = await app.job_manager.fetch_job([VISITS], await app.job_manager.register_worker())
        assert job is not None
        run_sql(database, "CREATE SEQUENCE public.tries")
        run_sql(
            database,
            "CREATE FUNCTION procrastinate.lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " PERFORM nextval('public.tries'), pg_terminate_backend(pg_backend_pid()); RETURN OLD; END $$",
        )
        run_sql(
            database,
            "CREATE TRIGGER lose BEFORE DELETE ON procrastinate.procrastinate_jobs FOR EACH ROW"
            " EXECUTE FUNCTION procrastinate.lose()",
        )
        ending = asyncio.create_task(app.job_manager.finish_job(job, Status.SUCCEEDED, delete_job=True))
        with psycopg.connect(database, autocommit=True) as watcher:
            tried = "SELECT FROM public.tries WHERE is_called"
            await until(lambda: watcher.execute(tried.encode()).rowcount == 1, "it was not tried")
        run_sql(database, "DROP TRIGGER lose ON procrastinate.procrastinate_jobs")
        await asyncio.wait_for(ending, 30)
        assert jobs(database) == []


async def test_a_job_whose_number_was_lost_on_the_way_is_free_at_the_next_fetch(database: str) -> None:
    """The server gave it, the worker never heard: its host would stay locked for as long as the worker lives."""
    async with lossy(database) as door, opened(make_app(), door.url) as app:
        number = await app.job_manager.register_worker()
        await defer_hosts(app, [HOST, "cape.test"])
        held = await app.job_manager.fetch_job([VISITS], number)
        assert held is not None
        door.loses_next.set()
        assert await app.job_manager.fetch_job([VISITS], number) is None
        assert jobs(database) == [(HOST, "doing"), ("cape.test", "doing")]
        assert await app.job_manager.fetch_job([VISITS], number) is None
        assert jobs(database) == [(HOST, "doing")], "what it is really at stays its own"
        await app.job_manager.finish_job(held, Status.SUCCEEDED, delete_job=True)


async def test_a_database_that_is_away_ends_no_worker(short_dir: Path, root_dir: Path) -> None:
    """Longer than a heartbeat: its visit goes on, and what falls due afterwards is done by the same life."""
    server, diary = EmbeddedServer(short_dir / "away", root_dir=root_dir), Diary(visit_s=0.0)
    url = await asyncio.to_thread(server.start)
    try:
        await asyncio.to_thread(migrate, url)
        with capture_logs() as said:
            async with worker(url, diary, "patient"), opened(make_app(), url) as app:
                await defer_hosts(app, [HOST])
                await until(lambda: HOST in diary.visits, "not begun")
                victim = postmaster(url)
                os.kill(victim, signal.SIGKILL)
                await gone(victim)
                await asyncio.sleep(HEARTBEAT_S + 1)
                assert await asyncio.to_thread(server.start) == url
                await defer_hosts(app, ["cape.test"])
                await until(lambda: "cape.test" in diary.visits, "the worker did not come back")
        assert not [line for line in said if "restarting" in line["event"]]
    finally:
        await asyncio.to_thread(server.stop)
