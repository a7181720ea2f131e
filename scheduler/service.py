"""The scheduler: APScheduler fires the tick and the upkeep; one process of many holds the lease and does it.

The tick asks the tables what is due and queues a job a host. Two leaders at once (one frozen and thawed, say) are harmless:
jobs are unique by host, and what is due is decided where the visit is committed.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import secrets
import socket
from collections.abc import Awaitable, Callable

import procrastinate
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from dateline import log
from dateline.config import Settings
from scheduler.jobs import defer_hosts, retry_jobs, retry_stalled
from sql.database import open_pool
from sql.frontier import Frontier
from sql.service import Role, Upkeep

LEASE = "scheduler"
LEASE_S = 10.0
"""A dead leader's lease runs out after this; another takes it at its next try."""
TICK_S = 1.0
BEAT_S = 1.0
KEEP_RECORDS_DAYS = 90

logger = log.get(__name__)


def process_name(role: Role) -> str:
    """A name for this process, unique over machines and time; its connections bear it (63 bytes at most)."""
    return f"dateline-{role}-{socket.gethostname()[:24]}-{os.getpid()}-{secrets.token_hex(3)}"


class Ticker:
    """What the leader does, one method a clock."""

    def __init__(self, name: str, app: procrastinate.App, frontier: Frontier, upkeep: Upkeep) -> None:
        self.name = name
        self.is_leader = False
        self._app, self._frontier, self._upkeep = app, frontier, upkeep

    async def hold_lease(self) -> None:
        """Take or renew the lease."""
        try:
            term = await self._upkeep.take_lease(LEASE, self.name, life_s=LEASE_S)
        except Exception:
            # not knowing is not leading
            self.is_leader = False
            raise
        if (term is not None) != self.is_leader:
            logger.info("leads now" if term is not None else "no longer leads", term=term, process=self.name)
        self.is_leader = term is not None

    async def tick(self) -> None:
        """Queue a job for every host with something due."""
        if self.is_leader:
            hosts = await self._frontier.due_hosts(dt.datetime.now(dt.UTC))
            if hosts and (added := await defer_hosts(self._app, hosts)):
                logger.debug("queued", hosts=added)

    async def free_jobs(self) -> None:
        """Give the jobs of dead workers back."""
        if self.is_leader:
            await retry_jobs(self._app, await self._upkeep.jobs_of_the_dead())
            await retry_stalled(self._app)

    async def keep_up(self) -> None:
        """Drop old records of work."""
        if self.is_leader:
            await self._upkeep.prune(days=KEEP_RECORDS_DAYS)
            await self._upkeep.bury()

    async def beat(self) -> None:
        """Say that this process lives."""
        await self._upkeep.beat(self.name, "scheduler", socket.gethostname())


def surviving(work: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """The edge of the clock's loop: a failure is told, and the next firing tries again."""

    async def guarded() -> None:
        try:
            await work()
        except Exception as error:
            logger.warning("a clock's work failed", work=work.__name__, error=f"{type(error).__name__}: {error}")

    return guarded


async def run_scheduler(settings: Settings, url: str, stop: asyncio.Event) -> None:
    """Run until `stop` is set. Several may run: the one with the lease fires."""
    name = process_name("scheduler")
    async with (
        open_pool(url, max_size=4, application_name=name) as pool,
        open_pool(url, max_size=2, search_path="procrastinate", application_name=name) as queue_pool,
    ):
        app = procrastinate.App(connector=procrastinate.PsycopgConnector())
        async with app.open_async(queue_pool):
            ticker = Ticker(name, app, Frontier(pool), Upkeep(pool))
            clock = make_clock(ticker)
            await surviving(ticker.beat)()
            await surviving(ticker.hold_lease)()
            clock.start()
            logger.info("scheduler runs", process=name)
            try:
                await stop.wait()
            finally:
                clock.shutdown(wait=False)
                await Upkeep(pool).drop_lease(LEASE, name)
                await Upkeep(pool).end_beat(name)
                logger.info("scheduler ends", process=name)


def make_clock(ticker: Ticker) -> AsyncIOScheduler:
    """APScheduler with every clock set on purpose: a late firing is made up once (coalesce), never twice at a time.

    misfire_grace_time None: however late, the work is still wanted (its default of 1 s would drop it on a slow machine).
    """
    clock = AsyncIOScheduler(
        timezone=dt.UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    for work, seconds in (
        (ticker.hold_lease, LEASE_S / 4),
        (ticker.tick, TICK_S),
        (ticker.beat, BEAT_S),
        (ticker.free_jobs, BEAT_S),
        (ticker.keep_up, 3600.0),
    ):
        clock.add_job(surviving(work), "interval", seconds=seconds, id=work.__name__)
    return clock
