"""The scheduler: APScheduler runs the periodic tasks below; of several schedulers only the one with the lease does the leader's.

Every second the leader asks the tables which hosts have something due, and queues one job per host. Two leaders at once (one
frozen and thawed, say) do no harm: jobs are unique per host, and what is due is decided where the visit is committed.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from functools import partial

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from crawler.politeness.resolve import SystemLookup
from dateline import log
from dateline.clock import utc_now
from dateline.config import Settings
from pipelines.entities.step import EntityReader
from pipelines.mentions.step import NameMatcher
from scheduler.alerts.alarm_webhook import AlarmPoster
from scheduler.alerts.http_post import HttpPoster, make_poster
from scheduler.alerts.matcher import AlertMatcher
from scheduler.alerts.webhook_sender import WebhookSender
from scheduler.cadence.budget_update import update_visit_budget
from scheduler.jobs import JobQueue, free_jobs, open_jobs
from scheduler.leader_tasks import (
    assign_stories,
    count_days,
    end_long_queries,
    mark_up,
    prune_messages,
    prune_records,
    queue_due_hosts,
    repair_future_dates,
)
from scheduler.lease import LEASE_S, Leadership
from scheduler.mail.sender import make_sender
from scheduler.monitoring.alarm_checks import check_alarms
from scheduler.monitoring.process_stats import ProcessStats
from scheduler.processes.registration import BEAT_S, SIGN_OFF_S, process_name, sign_off
from scheduler.set_back import keep_time
from scheduler.websub.subscriber import Subscriber
from sql.database import UNFINISHED_S, Pool, open_pool
from sql.frontier.frontier import Frontier
from sql.frontier.websub import Subscriptions
from sql.names.names import Names
from sql.service.alarms import Alarms
from sql.service.budget import Budgets
from sql.service.coverage import Coverage
from sql.service.leases import Upkeep
from sql.watches.mail import MailBox
from sql.watches.watches import Watches

ALARM_CHECK_S = 300.0
HOUR_S = 3600.0
MAIL_S = 5.0
NAMES_A_STEP = 500
ENTITIES_A_STEP = 50

logger = log.get(__name__)


@dataclass(frozen=True, slots=True)
class PeriodicTask:
    """Work that is done every so many seconds; by the leader only, unless every scheduler has to do it."""

    name: str
    every_s: float
    work: Callable[[], Awaitable[object]]
    is_for_all: bool = False


def guarded(task: PeriodicTask, leadership: Leadership) -> Callable[[], Awaitable[None]]:
    """The task as the clock calls it: nothing without the lease; an error is logged, and the next call tries again."""

    async def run() -> None:
        if not (task.is_for_all or leadership.is_leader):
            return
        try:
            await task.work()
        except Exception as error:
            logger.warning("a periodic task failed", task=task.name, error=f"{type(error).__name__}: {error}")

    return run


def own_tasks(leadership: Leadership, upkeep: Upkeep, stats: ProcessStats) -> list[PeriodicTask]:
    """What every scheduler does for itself."""

    async def beat() -> None:
        await upkeep.beat(leadership.name, "scheduler", socket.gethostname(), await stats.read())

    return [
        PeriodicTask("beat", BEAT_S, beat, is_for_all=True),
        PeriodicTask("hold_lease", LEASE_S / 4, leadership.hold, is_for_all=True),
    ]


def _queue_due(settings: Settings, app: JobQueue, pool: Pool, upkeep: Upkeep) -> Callable[[], Awaitable[None]]:
    return partial(queue_due_hosts, app, Frontier(pool), upkeep, slots_per_worker=settings.hosts_at_once)


def upkeep_tasks(settings: Settings, app: JobQueue, pool: Pool, upkeep: Upkeep) -> list[PeriodicTask]:
    """What the leader does with the tables."""
    coverage, alarms, budgets = Coverage(pool), Alarms(pool), Budgets(pool)
    return [
        PeriodicTask("queue_due_hosts", 1, _queue_due(settings, app, pool, upkeep)),
        PeriodicTask("free_jobs", BEAT_S, partial(free_jobs, upkeep)),
        PeriodicTask("assign_stories", 3, partial(assign_stories, pool)),
        PeriodicTask("end_long_queries", 2, partial(end_long_queries, pool, limit_s=settings.analyst_timeout_s)),
        PeriodicTask("repair_future_dates", 10, partial(repair_future_dates, upkeep)),
        PeriodicTask("count_days", 60, partial(count_days, pool)),
        PeriodicTask("mark_up", 60, partial(mark_up, coverage, settings.archive_dir if settings.archive else None)),
        PeriodicTask("roll_up_coverage", 120, lambda: coverage.roll_up(utc_now())),
        PeriodicTask("check_alarms", ALARM_CHECK_S, lambda: check_alarms(alarms, utc_now())),
        PeriodicTask(
            "update_visit_budget", 900, lambda: update_visit_budget(budgets, settings.max_visits_a_day, now=utc_now())
        ),
        PeriodicTask(
            "prune_records", HOUR_S, partial(prune_records, pool, upkeep, days=settings.records_retention_days)
        ),
    ]


def message_tasks(
    settings: Settings, pool: Pool, matcher: AlertMatcher, sender: WebhookSender, poster: HttpPoster
) -> list[PeriodicTask]:
    """What the leader sends: alerts to webhooks and by mail, and subscriptions to WebSub hubs."""
    tasks = [
        PeriodicTask("find_names", 1, partial(NameMatcher(Names(pool)).step, most=NAMES_A_STEP)),
        PeriodicTask("match_articles", 1, matcher.step),
        PeriodicTask("send_messages", 1, sender.step),
        PeriodicTask("prune_messages", HOUR_S, partial(prune_messages, Watches(pool), matcher)),
    ]
    if mailer := make_sender(settings, Watches(pool), MailBox(pool)):
        tasks.append(PeriodicTask("send_mail", MAIL_S, mailer.step))
    tasks.append(PeriodicTask("send_alarms", MAIL_S, AlarmPoster(settings, pool, poster).step))
    if settings.callback_url:
        subscriber = Subscriber(Subscriptions(pool), poster, settings.callback_url, clock=utc_now)
        tasks.append(PeriodicTask("ask_hubs", 5, subscriber.step))
    return tasks


def make_clock(tasks: Sequence[PeriodicTask], leadership: Leadership) -> AsyncIOScheduler:
    """APScheduler with every setting made on purpose: a late run is made up once (coalesce), and never overlaps another.

    misfire_grace_time None: however late, the work is still wanted (the default of 1 s would drop it on a slow machine).
    """
    clock = AsyncIOScheduler(
        timezone=dt.UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    for task in tasks:
        work = _until_cut_off(guarded(task, leadership))
        clock.add_job(work, "interval", seconds=task.every_s, id=task.name, name=task.name)
    return clock


def run_all(clock: AsyncIOScheduler) -> None:
    """Make all tasks due now: APScheduler goes by the wall clock, and its next runs are late where that was set back."""
    for job in clock.get_jobs():
        job.modify(next_run_time=utc_now())


def _until_cut_off(work: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """The work, ended quietly when the clock's end cancels it: APScheduler would log that as an error, with a traceback."""

    async def run() -> None:
        with suppress(asyncio.CancelledError):
            await work()

    return run


async def run_scheduler(settings: Settings, url: str, stop: asyncio.Event) -> None:
    """Run until `stop` is set. Several may run: the one with the lease leads."""
    name = process_name("scheduler")
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(
            open_pool(url, max_size=4, application_name=name, unfinished_s=UNFINISHED_S)
        )
        app = await stack.enter_async_context(open_jobs(url, name=name, unfinished_s=LEASE_S))
        upkeep, watches, lookup = Upkeep(pool), Watches(pool), SystemLookup()
        stack.callback(lookup.close)
        leadership, poster = Leadership(name, upkeep), make_poster(settings, lookup)
        matcher, sender = AlertMatcher(watches, settings.data_dir), WebhookSender(watches, poster)
        own = own_tasks(leadership, upkeep, ProcessStats(pool, beat_s=BEAT_S))
        tasks = own + upkeep_tasks(settings, app, pool, upkeep)
        tasks += message_tasks(settings, pool, matcher, sender, poster)
        reader = EntityReader.of(settings, pool)
        stack.callback(reader.close)
        tasks.append(PeriodicTask("recognise_names", 5, partial(reader.step, most=ENTITIES_A_STEP)))
        for task in tasks:
            if task.is_for_all or task.name == "mark_up":
                await guarded(task, leadership)()
        clock = make_clock(tasks, leadership)
        clock.start()
        keeper = asyncio.create_task(keep_time(partial(run_all, clock), leadership, upkeep))
        logger.info("scheduler started", process=name)
        try:
            await stop.wait()
        finally:
            keeper.cancel()
            clock.shutdown(wait=False)
            await sender.end(SIGN_OFF_S)
            await sign_off(leadership.drop())
            await sign_off(upkeep.end_beat(name))
            logger.info("scheduler stopped", process=name)
