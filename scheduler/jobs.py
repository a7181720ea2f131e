"""Procrastinate's side: one job a host, never queued twice, never two workers at one host.

What is due stands in our tables; a job only says "look at this host now". So a job that is lost, doubled or late loses and
doubles nothing: the next tick makes it anew, and a second one finds nothing due.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import procrastinate
from procrastinate import exceptions
from procrastinate.jobs import Status
from psycopg_pool import AsyncConnectionPool

from dateline import log

VISITS = "visits"
"""The service's queue; a one-off crawl has its own, `crawl-ID`."""
STALLED_AFTER_S = 30.0
HEARTBEAT_S = 5.0

logger = log.get(__name__)


def queue_of_crawl(crawl_id: int) -> str:
    """The queue of one crawl, so that its own process does its work and a running service does not."""
    return f"crawl-{crawl_id}"


def make_app(pool: AsyncConnectionPool[Any] | None = None) -> procrastinate.App:
    """Procrastinate's app; open it with a pool whose search_path is the schema procrastinate."""
    app = procrastinate.App(connector=procrastinate.PsycopgConnector())

    # without a periodic task Procrastinate does not supervise its listener (see the design's pitfalls)
    @app.periodic(cron="0 0 1 1 *")
    @app.task(name="dateline.nothing", queue="nothing", pass_context=False)
    async def nothing(timestamp: int) -> None:
        """Once a year, nothing."""

    return app


async def defer_hosts(app: procrastinate.App, hosts: Iterable[str], *, crawl_id: int | None = None) -> int:
    """Queue one job a host; a host that is queued already stays queued once. Returns how many were added."""
    added = 0
    queue = VISITS if crawl_id is None else queue_of_crawl(crawl_id)
    for host in hosts:
        waiting = host if crawl_id is None else f"{queue}:{host}"
        task = app.configure_task("dateline.visit_host", queue=queue, lock=host, queueing_lock=waiting)
        try:
            await task.defer_async(host=host, crawl_id=crawl_id)
        except exceptions.AlreadyEnqueued:
            continue
        added += 1
    return added


async def retry_stalled(app: procrastinate.App) -> int:
    """Give the jobs of workers without a heartbeat back to the queue (Procrastinate leaves that to its users)."""
    stalled = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_S)
    return await retry_jobs(app, [job.id for job in stalled if job.id is not None])


async def retry_jobs(app: procrastinate.App, job_ids: Iterable[int]) -> int:
    """Give these jobs back to the queue; returns how many."""
    freed = 0
    for job_id in job_ids:
        try:
            await app.job_manager.retry_job_by_id_async(job_id, retry_at=dt.datetime.now(dt.UTC))
        except exceptions.UniqueViolation:
            # the host was queued anew meanwhile: that job does the work, this one only holds the host's lock
            await app.job_manager.finish_job_by_id_async(job_id, Status.FAILED, delete_job=True)
        freed += 1
        logger.warning("freed a job of a dead worker", job=job_id)
    return freed
