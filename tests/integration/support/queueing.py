"""Workers of the real queue whose visits are recorded, not made."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import procrastinate
import psycopg

from scheduler.jobs import HEARTBEAT_S, STALLED_AFTER_S, VISITS
from scheduler.monitoring.disk import DiskWatch
from scheduler.worker import run_queue
from sql.database import Pool, open_pool, open_queue_pool
from sql.service.leases import FreedJob, Upkeep

DEADLINE_S = 30.0


@dataclass
class Diary:
    """A visitor that writes down who was where, and how many were at a host at once."""

    visit_s: float = 0.0
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    visits: list[str] = field(default_factory=list)
    present: Counter[str] = field(default_factory=Counter)
    most: Counter[str] = field(default_factory=Counter)
    fails: bool = False

    async def visit_host(self, host: str, crawl_id: int | None = None, source_id: int | None = None) -> None:
        self.present[host] += 1
        self.most[host] = max(self.most[host], self.present[host])
        try:
            await asyncio.sleep(self.visit_s)
            if self.fails:
                raise LookupError("as the test wants it")
        finally:
            self.present[host] -= 1
            self.visits.append(host)


@asynccontextmanager
async def worker(
    url: str, diary: Diary, name: str, *, queue: str = VISITS, disk: DiskWatch | None = None
) -> AsyncIterator[asyncio.Event]:
    """A worker of the queue; gives the event that stops it, and waits for its end."""
    stop = asyncio.Event()
    async with open_pool(url, application_name=name) as pool:
        watch = disk or DiskWatch(Path(), min_free_mb=0)
        running = asyncio.create_task(
            run_queue(diary, Upkeep(pool), url, stop, watch, name=name, role="worker", queues=[queue], at_once=8)
        )
        try:
            yield stop
        finally:
            stop.set()
            await asyncio.wait_for(running, DEADLINE_S)


async def until(condition: Callable[[], bool], what: str) -> None:
    """Return when it holds; a generous deadline ends the test."""
    async with asyncio.timeout(DEADLINE_S) as limit:
        while not condition():
            assert not limit.expired(), what
            await asyncio.sleep(0.02)


@asynccontextmanager
async def opened(app: procrastinate.App, url: str) -> AsyncIterator[procrastinate.App]:
    """An app on a pool of its own."""
    async with open_queue_pool(url) as pool, app.open_async(pool):
        yield app


def postmaster(url: str) -> int:
    """The pid of the server's first process."""
    import psutil

    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT pg_backend_pid()").fetchone()
        assert row is not None
        return psutil.Process(row[0]).ppid()


async def gone(pid: int) -> None:
    """Return when a process has ended."""
    import psutil

    with suppress(psutil.NoSuchProcess):
        await until(
            lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE, "lives on"
        )


def jobs(url: str) -> list[tuple[str, str]]:
    """Locks and states of all jobs."""
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT lock, status::text FROM procrastinate.procrastinate_jobs ORDER BY id")
        return [(lock, status) for lock, status in rows]


def ids(url: str) -> list[int]:
    """Their numbers."""
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("SELECT id FROM procrastinate.procrastinate_jobs ORDER BY id")]


async def free(pool: Pool, *, settle_s: float = 0.0) -> list[FreedJob]:
    """Free the jobs of the dead, as the leader does."""
    return await Upkeep(pool).free_jobs(stalled_s=STALLED_AFTER_S, heartbeat_s=HEARTBEAT_S, settle_s=settle_s)


def run_sql(url: str, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """Rows of a statement."""
    with psycopg.connect(url, autocommit=True) as connection:
        done = connection.execute(statement.encode(), values or None)
        return done.fetchall() if done.description else []
