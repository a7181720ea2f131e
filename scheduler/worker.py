"""A worker: Procrastinate's worker and Scrapy's downloader on one event loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import procrastinate
from procrastinate import JobContext

from crawler.reactor import run
from dateline import log
from dateline.config import Settings
from scheduler.jobs import HEARTBEAT_S, STALLED_AFTER_S, VISITS, make_app
from scheduler.line import Line, open_line
from scheduler.service import BEAT_S, process_name
from scheduler.signals import stop_on_signals
from sql.database import open_pool
from sql.service import Role, Upkeep

GRACE_S = 18.0
"""Seconds from the wish to stop until what is still in flight is cut off."""

logger = log.get(__name__)


async def run_worker(settings: Settings, url: str, stop: asyncio.Event, *, queue: str = VISITS) -> None:
    """Work on the service's queue until `stop` is set; what is in flight then is finished."""
    name = process_name("worker")
    async with open_line(settings, url, name=name) as line:
        logger.info("worker runs", process=name)
        await work(line, url, stop, name=name, role="worker", queue=queue, hosts_at_once=settings.hosts_at_once)
        logger.info("worker ends", process=name)


async def work(
    line: Line, url: str, stop: asyncio.Event, *, name: str, role: Role, queue: str, hosts_at_once: int
) -> None:
    """Run visits from a queue until `stop` is set, then finish what is in flight within GRACE_S."""
    upkeep = Upkeep(line.pool)
    async with (
        open_pool(url, min_size=2, max_size=4, search_path="procrastinate", application_name=name) as queue_pool,
        asyncio.TaskGroup() as tasks,
    ):
        app = make_app()
        _register(app, line, upkeep, name)
        async with app.open_async(queue_pool):
            beating = tasks.create_task(_beat(upkeep, name, role))
            try:
                await _run_queue(app, line, stop, queue=queue, hosts_at_once=hosts_at_once)
            finally:
                beating.cancel()
                await upkeep.end_beat(name)


def _register(app: procrastinate.App, line: Line, upkeep: Upkeep, name: str) -> None:
    known: set[int] = set()

    @app.task(name="dateline.visit_host", pass_context=True)
    async def visit_host(context: JobContext, host: str, crawl_id: int | None = None) -> None:
        """Do what is due at a host."""
        worker_id = context.job.worker_id
        if worker_id is not None and worker_id not in known:
            await upkeep.know_worker(name, worker_id)
            known.add(worker_id)
        await line.visitor.visit_host(host, crawl_id)


async def _run_queue(
    app: procrastinate.App, line: Line, stop: asyncio.Event, *, queue: str, hosts_at_once: int
) -> None:
    """Procrastinate's worker in a loop: it ends when the database goes or two jobs of one lock collide, and is begun anew."""
    stopped = asyncio.create_task(stop.wait())
    try:
        while not stop.is_set():
            running = asyncio.create_task(_one_run(app, queue, hosts_at_once))
            await asyncio.wait({running, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if stop.is_set():
                line.visitor.stopping.set()
                running.cancel()
                await _ended(running, GRACE_S)
                return
            error = running.exception()
            logger.warning("the queue's worker ended and is begun anew", error=f"{type(error).__name__}: {error}")
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 1.0)
    finally:
        stopped.cancel()


async def _one_run(app: procrastinate.App, queue: str, hosts_at_once: int) -> None:
    await app.run_worker_async(
        queues=[queue],
        concurrency=hosts_at_once,
        install_signal_handlers=False,
        # a released lock sends no notice: waiting jobs of that host are found by polling
        fetch_job_polling_interval=1.0,
        delete_jobs="successful",
        update_heartbeat_interval=HEARTBEAT_S,
        stalled_worker_timeout=STALLED_AFTER_S,
        shutdown_graceful_timeout=GRACE_S - 3,
    )


async def _ended(task: asyncio.Task[None], within_s: float) -> None:
    done, _ = await asyncio.wait({task}, timeout=within_s)
    if not done:
        logger.warning("work in flight was cut off", after_s=within_s)
    elif not task.cancelled() and task.exception():
        logger.warning("the queue's worker ended badly", error=str(task.exception()))


async def _beat(upkeep: Upkeep, name: str, role: Role) -> None:
    """Say every BEAT_S that this process lives; a lost database is told once and tried again."""
    while True:
        try:
            await upkeep.beat(name, role, socket.gethostname())
        except Exception as error:
            logger.warning("heartbeat failed", error=f"{type(error).__name__}: {error}")
        await asyncio.sleep(BEAT_S)


def run_until_signal(main: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    """Run a coroutine on Scrapy's reactor; SIGTERM and SIGINT set the event that it is given."""

    async def watched() -> None:
        stop = asyncio.Event()
        stop_on_signals(stop)
        await main(stop)

    run(watched)
