"""A worker: Procrastinate's worker and Scrapy's downloader on one event loop."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, Protocol

import psycopg

from crawler.fetch.event_loop import run
from dateline import log
from dateline.config import Settings
from dateline.parser_pool.pool import ParserPool
from scheduler.jobs import CRAWLS, VISITS, JobQueue, ReconnectingJobManager, make_app, worker_options
from scheduler.monitoring.disk import DiskWatch, move_archive, tend_archive
from scheduler.monitoring.process_stats import ProcessStats
from scheduler.processes.liveness import showing_liveness
from scheduler.processes.loop_lag import sleep_watching
from scheduler.processes.registration import BEAT_S, process_name, sign_off
from scheduler.processes.signals import stop_on_signals
from scheduler.runtime import Runtime, open_runtime
from sql.database import UNFINISHED_S, open_queue_pool
from sql.service.leases import ProcessRole, Upkeep

FINISH_S = 13.0
"""Seconds that visits in flight get to end by themselves when a worker is to end; then they are cancelled."""
GRACE_S = FINISH_S + 1.5
"""Seconds until even a queue that does not end is left alone. With the runtime's own end it stays below 20 s."""
AGAIN_S = 1.0

logger = log.get(__name__)


class Visiting(Protocol):
    """What carries out the jobs."""

    @property
    def stopping(self) -> asyncio.Event:
        """Ends visits between two URLs."""
        ...

    async def visit_host(self, host: str, crawl_id: int | None = None, source_id: int | None = None) -> None:
        """Do what is due at a host."""
        ...


async def run_worker(
    settings: Settings,
    url: str,
    stop: asyncio.Event,
    *,
    queues: Sequence[str] = (VISITS,),
    parser_pool: ParserPool | None = None,
) -> None:
    """Work on these queues until `stop` is set; what is in flight then is finished."""
    name = process_name("worker")
    async with (
        open_runtime(settings, url, name=name, started=parser_pool) as runtime,
        _background(tend_archive(settings, Upkeep(runtime.pool))),
        _background(move_archive(runtime.archive, after=dt.timedelta(minutes=settings.archive_store_minutes))),
    ):
        logger.info("worker started", process=name, queues=",".join(queues))
        await work(runtime, url, stop, name=name, role="worker", queues=queues, settings=settings)
        logger.info("worker stopped", process=name)


async def work(
    runtime: Runtime,
    url: str,
    stop: asyncio.Event,
    *,
    name: str,
    role: ProcessRole,
    queues: Sequence[str],
    settings: Settings,
) -> None:
    """Run visits from queues until `stop` is set, then finish what is in flight within GRACE_S."""
    if settings.archive:
        with suppress(OSError):  # a folder that vanishes later is not made again
            settings.archive_dir.mkdir(parents=True, exist_ok=True)
    disk = DiskWatch(settings.archive_dir, min_free_mb=settings.min_free_mb if settings.archive else 0)
    async with _background(disk.watch()):
        await run_queue(
            runtime.visitor,
            Upkeep(runtime.pool),
            url,
            stop,
            disk,
            name=name,
            role=role,
            queues=queues,
            at_once=settings.hosts_at_once,
            process_stats=ProcessStats(
                runtime.pool,
                beat_s=BEAT_S,
                archive=settings.archive_dir if settings.archive else None,
                parser_pool=runtime.visitor.context.parser_pool,
            ),
        )


async def run_queue(
    visitor: Visiting,
    upkeep: Upkeep,
    url: str,
    stop: asyncio.Event,
    disk: DiskWatch,
    *,
    name: str,
    role: ProcessRole,
    queues: Sequence[str],
    at_once: int,
    process_stats: ProcessStats | None = None,
) -> None:
    """Take jobs from queues until `stop` is set, except while the disk is full; known to all by its heartbeat."""
    machine = socket.gethostname()
    app = make_app(partial(upkeep.know_worker, name, role, machine))
    app.task(name="dateline.visit_host")(visitor.visit_host)
    async with (
        open_queue_pool(url, min_size=2, max_size=4, application_name=name, unfinished_s=UNFINISHED_S) as queue_pool,
        app.open_async(queue_pool),
        _background(_beat(upkeep, name, role, machine, process_stats)),
        _background(_know_crawls(upkeep, app) if CRAWLS in queues else _nothing()),
    ):
        options = worker_options(queues, at_once=at_once, grace_s=FINISH_S)
        try:
            while not stop.is_set():
                await _first(stop.wait(), disk.roomy.wait())
                await _one_run(app, options, visitor, stop, disk)
        finally:
            await sign_off(upkeep.end_beat(name))


async def _one_run(
    app: JobQueue, options: dict[str, Any], visitor: Visiting, stop: asyncio.Event, disk: DiskWatch
) -> None:
    """One life of Procrastinate's worker: until it is to stop, the disk is full, or it ends by itself.

    It ends by itself when the database is gone for good or no longer knows it; the caller starts another.
    """
    if stop.is_set():
        return
    visitor.stopping.clear()
    running = asyncio.create_task(app.run_worker_async(**options))
    try:
        await _first(stop.wait(), disk.full.wait(), asyncio.wait({running}))
    finally:
        if not running.done():
            await _wind_up(running, visitor)
    if not running.cancelled() and not (stop.is_set() or disk.full.is_set()):
        error = running.exception()
        reason = f"{type(error).__name__}: {error}" if error else "it lost the database"
        logger.warning("the queue's worker ended; restarting", error=reason)
        await _first(stop.wait(), asyncio.sleep(AGAIN_S))


async def _wind_up(running: asyncio.Task[None], visitor: Visiting) -> None:
    """End a life of the worker: visits end after the URL that they are at, within GRACE_S."""
    visitor.stopping.set()
    running.cancel()
    done, _ = await asyncio.wait({running}, timeout=GRACE_S)
    if not done:
        logger.warning("cancelled visits that did not end in time", after_s=GRACE_S)
    elif not running.cancelled() and (error := running.exception()):
        logger.warning("the queue's worker failed while it ended", error=f"{type(error).__name__}: {error}")


async def _first(*waits: Coroutine[Any, Any, Any]) -> None:
    """Return when one of these has ended; the others are cancelled."""
    tasks = [asyncio.create_task(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def _background(endless: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Within the block, this runs in the background."""
    task = asyncio.create_task(endless)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _beat(upkeep: Upkeep, name: str, role: ProcessRole, machine: str, process_stats: ProcessStats | None) -> None:
    """Send a heartbeat every BEAT_S; a lost database is logged once and tried again."""
    is_heard = True
    while True:
        try:
            await upkeep.beat(name, role, machine, await process_stats.read() if process_stats else {})
            if process_stats:
                await process_stats.report()
            is_heard = True
        except Exception as error:
            if is_heard:
                logger.warning("heartbeat failed", error=f"{type(error).__name__}: {error}")
            is_heard = False
        await sleep_watching(BEAT_S)


async def _know_crawls(upkeep: Upkeep, app: JobQueue) -> None:
    """Read every BEAT_S which crawls may be helped; while the database is away, the last known ones stay."""
    while True:
        with suppress(psycopg.OperationalError):
            if isinstance(app.job_manager, ReconnectingJobManager):
                app.job_manager.open_crawls = await upkeep.open_crawls()
        await asyncio.sleep(BEAT_S)


async def _nothing() -> None:
    """Do nothing in the background."""


def run_until_signal(main: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    """Run a coroutine on Scrapy's reactor; SIGTERM and SIGINT set the event that it is given."""

    async def watched() -> None:
        stop = asyncio.Event()
        stop_on_signals(stop)
        with showing_liveness():
            await main(stop)

    run(watched)
