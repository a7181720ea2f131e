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
import time
from collections.abc import Awaitable, Callable

import procrastinate
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from crawler.politeness.resolve import SystemLookup
from dateline import log
from dateline.clock import utc_now
from dateline.config import Settings
from pipelines.copies.match import WINDOW
from pipelines.stories.assignment import place_waiting, prune_vectors
from scheduler.alerts.alerts import AlertMatcher, Alerts, WebhookSender, make_poster
from scheduler.cadence.budget_update import adapt_allowance
from scheduler.jobs import HEARTBEAT_S, STALLED_AFTER_S, defer_hosts
from scheduler.monitoring.alarm_checks import look
from scheduler.monitoring.process_stats import ProcessStats
from scheduler.websub.subscriber import Subscriber
from sql.articles.counts import end_overdue_queries, refresh_counts
from sql.database import UNFINISHED_S, Pool, open_pool, open_queue_pool
from sql.frontier.frontier import Frontier
from sql.frontier.websub import Subscriptions
from sql.service.alarms import Alarms
from sql.service.budget import Budgets
from sql.service.coverage import Coverage
from sql.service.leases import Role, Upkeep
from sql.service.metrics import fold_totals
from sql.watches.watches import Watches

LEASE = "scheduler"
LEASE_S = 6.0
"""A dead leader's lease runs out after this; another takes it at its next try, a quarter of it later at most."""
TICK_S = 1.0
STORIES_S = 3.0
HUBS_S = 5.0
STORY_BATCH, STORY_BATCHES = 16, 40
"""What a batch needs for a moment grows with its newcomers and all that is near them; a heap keeps its highest moment."""
BEAT_S = 1.0
COUNT_S = 60.0
CLOCK_S = 10.0
OVERDUE_S = 5.0
ADAPT_S = 900.0
ROLL_UP_S, LOOK_S = 120.0, 300.0
FAREWELL_S = 2.0
"""Seconds that a process that ends gives the database to hear of it; what is not heard runs out by itself."""

logger = log.get(__name__)


def process_name(role: Role) -> str:
    """A name for this process, unique over machines and time; its connections bear it (63 bytes at most)."""
    return process_prefix(role, os.getpid()) + secrets.token_hex(3)


def process_prefix(role: str, pid: int) -> str:
    """How the name of that process on this machine begins."""
    return f"dateline-{role}-{socket.gethostname()[:24]}-{pid}-"


def wakeful_clock() -> float:
    """Seconds that go on while the machine sleeps, too: a lease runs out by them."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class Ticker:
    """What the leader does, one method a clock."""

    def __init__(
        self,
        name: str,
        app: procrastinate.App,
        frontier: Frontier,
        upkeep: Upkeep,
        pool: Pool,
        *,
        clock: Callable[[], float] = wakeful_clock,
        analyst_timeout_s: float = 300.0,
        records_days: int = 90,
        coverage: Coverage | None = None,
        visits_a_day: int = 0,
    ) -> None:
        self._coverage = coverage
        self._visits_a_day = visits_a_day
        self.name = name
        self._app, self._frontier, self._upkeep, self._pool, self._clock = app, frontier, upkeep, pool, clock
        self._analyst_timeout_s, self._records_days = analyst_timeout_s, records_days
        self._process_stats = ProcessStats(pool, beat_s=BEAT_S)
        self._leads_until = float("-inf")

    @property
    def is_leader(self) -> bool:
        """Whether the lease that was last granted still runs, by this process's own clock.

        So one that was frozen, or can't reach the database, stops by itself, before another may begin.
        """
        return self._clock() < self._leads_until

    async def hold_lease(self) -> None:
        """Take or renew the lease."""
        led, asked_at = self.is_leader, self._clock()
        term = await self._upkeep.take_lease(LEASE, self.name, life_s=LEASE_S)
        self._leads_until = asked_at + LEASE_S if term is not None else float("-inf")
        if self.is_leader != led:
            logger.info("leads now" if self.is_leader else "no longer leads", term=term, process=self.name)

    async def drop_lease(self) -> None:
        """Lead no more, so that the next one need not wait until the lease runs out."""
        self._leads_until = float("-inf")
        await self._upkeep.drop_lease(LEASE, self.name)

    async def tick(self) -> None:
        """Queue a job for every host with something due."""
        if self.is_leader:
            hosts = await self._frontier.due_hosts(utc_now())
            if hosts and (added := await defer_hosts(self._app, hosts)):
                logger.debug("queued", hosts=added)

    async def free_jobs(self) -> None:
        """Take the jobs of dead workers from the queue; the next tick makes them anew."""
        if self.is_leader:
            await free_jobs(self._upkeep)

    async def right_clock(self) -> None:
        """Make due what was put off by a clock that was wrong for a while."""
        if self.is_leader:
            feeds, urls = await self._upkeep.right_clock()
            if feeds or urls:
                logger.warning("a clock was ahead: what it put off is due again", pages=feeds, urls=urls)

    async def place_stories(self) -> None:
        """Place what was stored since in its stories, a few hundred articles a firing: this loop has a lease to keep."""
        if self.is_leader:
            placed = await place_waiting(self._pool, now=utc_now, batch=STORY_BATCH, most=STORY_BATCHES)
            if placed:
                logger.debug("placed in stories", articles=placed)

    async def keep_up(self) -> None:
        """Drop old records of work."""
        if self.is_leader:
            await self._upkeep.prune(days=self._records_days)
            await self._upkeep.prune_sketches(days=WINDOW.days)
            await self._upkeep.bury()
            await fold_totals(self._pool)
            await prune_vectors(self._pool, today=utc_now().date())

    async def count_days(self) -> None:
        """Keep the daily counts up with what was stored."""
        if self.is_leader:
            async with self._pool.connection() as conn:
                await refresh_counts(conn, now=utc_now())

    async def end_overdue_queries(self) -> None:
        """End what analysts have run for too long: they can switch their own statement_timeout off."""
        if self.is_leader:
            for ended in await end_overdue_queries(self._pool, limit_s=self._analyst_timeout_s):
                logger.warning(
                    "ended an analyst's statement", login=ended.login, age_s=round(ended.age_s), pid=ended.pid
                )

    async def adapt_allowance(self) -> None:
        """Spread the budget of visits anew over what was learned of the watched pages."""
        if self.is_leader:
            await adapt_allowance(Budgets(self._pool), self._visits_a_day, now=utc_now())

    async def mark_up(self) -> None:
        """Note in the coverage ledger that the service runs."""
        if self.is_leader and self._coverage:
            await self._coverage.mark_up(utc_now())

    async def roll_up(self) -> None:
        """Write the coverage ledger's last hours."""
        if self.is_leader and self._coverage:
            await self._coverage.roll_up(utc_now())

    def leading(self, work: Callable[[], Awaitable[object]], *, name: str) -> Callable[[], Awaitable[None]]:
        """The work as it is done by the leader alone."""

        async def led() -> None:
            if self.is_leader:
                await work()

        led.__name__ = name
        return led

    async def look(self) -> None:
        """See whether every source is as usual; raise and end alarms."""
        if self.is_leader:
            await look(Alarms(self._pool), utc_now())

    async def beat(self) -> None:
        """Say that this process lives."""
        await self._upkeep.beat(self.name, "scheduler", socket.gethostname(), await self._process_stats.look())


async def free_jobs(upkeep: Upkeep) -> None:
    """Take jobs that nobody works on any more from the queue, and tell of each; what a silent process has locked is free."""
    for process, number in (await upkeep.end_silent(stalled_s=STALLED_AFTER_S, heartbeat_s=HEARTBEAT_S)).items():
        logger.warning("ended the connections of a silent process", process=process, connections=number)
    for job in await upkeep.free_jobs(stalled_s=STALLED_AFTER_S, heartbeat_s=HEARTBEAT_S):
        logger.warning("took a job from the queue that nobody works on", job=job.id, host=job.host, why=job.why)


async def farewell(work: Awaitable[None]) -> None:
    """Await the last words of a process that ends; a database that is away can't keep it from ending."""
    try:
        await asyncio.wait_for(work, FAREWELL_S)
    except Exception as error:
        logger.warning("ends without a word to the database", error=f"{type(error).__name__}: {error}")


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
        open_pool(url, max_size=4, application_name=name, unfinished_s=UNFINISHED_S) as pool,
        open_queue_pool(url, application_name=name, unfinished_s=LEASE_S) as queue_pool,
    ):
        app = procrastinate.App(connector=procrastinate.PsycopgConnector())
        async with app.open_async(queue_pool):
            ticker = Ticker(
                name,
                app,
                Frontier(pool),
                Upkeep(pool),
                pool,
                analyst_timeout_s=settings.analyst_timeout_s,
                records_days=settings.records_retention_days,
                coverage=Coverage(pool),
                visits_a_day=settings.max_visits_a_day,
            )
            watches, lookup = Watches(pool), SystemLookup()
            postman = WebhookSender(watches, make_poster(settings, lookup))
            teller = AlertMatcher(watches, settings.data_dir)
            clock = make_clock(ticker, Alerts(watches, teller, postman, lambda: ticker.is_leader))
            if settings.callback_url:
                hubs = Subscriber(
                    Subscriptions(pool), make_poster(settings, lookup), settings.callback_url, clock=utc_now
                )
                add_work(clock, ticker.leading(hubs.step, name="ask_hubs"), HUBS_S)
            await surviving(ticker.beat)()
            await surviving(ticker.hold_lease)()
            await surviving(ticker.mark_up)()
            clock.start()
            logger.info("scheduler runs", process=name)
            try:
                await stop.wait()
            finally:
                clock.shutdown(wait=False)
                await postman.end(FAREWELL_S)
                lookup.close()
                await farewell(ticker.drop_lease())
                await farewell(Upkeep(pool).end_beat(name))
                logger.info("scheduler ends", process=name)


def make_clock(ticker: Ticker, alerts: Alerts | None = None) -> AsyncIOScheduler:
    """APScheduler with every clock set on purpose: a late firing is made up once (coalesce), never twice at a time.

    misfire_grace_time None: however late, the work is still wanted (its default of 1 s would drop it on a slow machine).
    """
    clock = AsyncIOScheduler(
        timezone=dt.UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    works = [
        (ticker.hold_lease, LEASE_S / 4),
        (ticker.tick, TICK_S),
        (ticker.beat, BEAT_S),
        (ticker.free_jobs, BEAT_S),
        (ticker.right_clock, CLOCK_S),
        (ticker.place_stories, STORIES_S),
        (ticker.count_days, COUNT_S),
        (ticker.end_overdue_queries, OVERDUE_S),
        (ticker.keep_up, 3600.0),
        (ticker.mark_up, 60.0),
        (ticker.roll_up, ROLL_UP_S),
        (ticker.adapt_allowance, ADAPT_S),
        (ticker.look, LOOK_S),
    ]
    if alerts is not None:
        works += [(alerts.match_articles, TICK_S), (alerts.send_messages, TICK_S), (alerts.prune_messages, 3600.0)]
    for work, seconds in works:
        add_work(clock, work, seconds)
    return clock


def add_work(clock: AsyncIOScheduler, work: Callable[[], Awaitable[None]], seconds: float) -> None:
    """Let the clock do some work every so many seconds."""
    clock.add_job(surviving(work), "interval", seconds=seconds, id=work.__name__, name=work.__name__)
