"""The job queue (Procrastinate): one job per host, never queued twice, never two workers at one host.

Our tables say what is due; a job only says "look at this host now". So a job that is lost, doubled or late does no harm: the
next tick queues the host again, and a second job finds nothing due.

That is also how jobs of dead workers are retried (`Upkeep.free_jobs`): they are deleted and queued again under another
number. Procrastinate's own `retry_job` keeps the number, and a worker that was only frozen would, once thawed, finish the
job that is another worker's by then, and with it open the host to a third.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TypeAlias

import procrastinate
from procrastinate import exceptions
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager, NotificationCallback, get_channel_for_queues

from dateline import log
from dateline.errors import UsageError
from sql import query
from sql.database import may_pass, open_queue_pool, said
from sql.service.leases import Upkeep

VISITS = "visits"
"""The service's queue; a one-off crawl has its own, `crawl-ID`."""
CRAWLS = "crawls"
"""What a worker calls the queues of all one-off crawls together that let others help."""
QUEUES = {
    VISITS: "what the sources have due (the default)",
    CRAWLS: "one-off crawls that run anywhere on this database, beside their own process; not those with a --limit",
}
STALLED_AFTER_S = 30.0
"""Half a minute without a heartbeat: Procrastinate's own measure of a worker that is cut off or frozen."""
HEARTBEAT_S = 5.0
NO_SOURCES: Mapping[str, int | None] = {}
MOST_AT_ONCE = 500
"""Jobs that are queued in one statement."""
LISTEN_AGAIN_S = 0.5
LOOK_EVERY_S = 0.1
FINISH_PAUSES_S = (0.1, 0.3, 1.0, 2.0, 4.0)
"""How long the end of a job is tried again when the database is away; then the upkeep frees the job."""

logger = log.get(__name__)

JobQueue: TypeAlias = procrastinate.App


def queue_of_crawl(crawl_id: int) -> str:
    """The queue of one crawl, so that its own process does its work and a running service does not."""
    return f"crawl-{crawl_id}"


def read_queues(text: str) -> tuple[str, ...]:
    """The queues that `--queues NAME[,NAME…]` names, once each, in order; a UsageError names what is none."""
    names = tuple(dict.fromkeys(name for part in text.split(",") if (name := part.strip().lower())))
    there_are = "; ".join(f"{name}: {what}" for name, what in QUEUES.items())
    for name in names:
        if name not in QUEUES:
            raise UsageError(f"Unknown queue {name!r}. Choose from: {there_are}", subject=name)
    if not names:
        raise UsageError(f"--queues names no queue. Choose from: {there_are}")
    return names


class ReconnectingJobManager(JobManager):
    """Procrastinate's access to the queue, made to outlast a lost database; the queue CRAWLS is all open crawls at once.

    While the database is away, a worker asks again until it answers. (Procrastinate's own job manager ends at the first
    heartbeat, fetch or listener that fails, and its jobs keep their hosts locked until then.)
    """

    open_crawls: Sequence[int] = ()
    """The crawls that the queue CRAWLS stands for at this moment."""
    on_register: Callable[[int], Awaitable[None]] | None = None
    """Awaited with a worker's number before that worker takes its first job."""

    def __init__(self, connector: procrastinate.connector.BaseConnector) -> None:
        super().__init__(connector)
        self._held: set[int] = set()
        self._is_in_doubt = False
        """Whether the database may have given a job whose number was lost on the way, or not have heard of a job's end."""

    async def register_worker(self) -> int:
        """The number of a new worker, made known before any job bears it: should it be killed, its jobs are found."""
        worker_id = await super().register_worker()
        if self.on_register is not None:
            await self.on_register(worker_id)
        return worker_id

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        """The next job, or None when another worker was faster at the same lock.

        Two workers that take jobs of one lock at once meet at a unique index; out of here it would end the loser's worker.
        One-off crawls come first: a user waits for them. None, too, while the database is away; a job that it may have
        assigned meanwhile, with the answer lost, is released first, or its host would stay locked.
        """
        try:
            await self._free_unheld(worker_id)
            job = await self._fetch(list(queues or ()), worker_id)
        except exceptions.UniqueViolation:
            return None
        except exceptions.ConnectorException as error:
            if not may_pass(error):
                raise
            if not self._is_in_doubt:
                logger.warning("the queue waits for the database", error=said(error.__cause__ or error))
            self._is_in_doubt = True
            return None
        if job is not None and job.id is not None:
            self._held.add(job.id)
        return job

    async def _fetch(self, named: Sequence[str], worker_id: int) -> Job | None:
        crawls = [queue_of_crawl(number) for number in self.open_crawls] if CRAWLS in named else []
        job = await super().fetch_job(crawls, worker_id) if crawls else None
        others = [name for name in named if name != CRAWLS]
        return job or (await super().fetch_job(others, worker_id) if others else None)

    async def _free_unheld(self, worker_id: int) -> None:
        """Release jobs that the queue lists as running on this worker but that it is not running."""
        if not self._is_in_doubt:
            return
        # before and not after: a job's end may be lost meanwhile
        self._is_in_doubt = False
        try:
            await self.connector.execute_query_async(
                query("service", "free_unheld"), worker_id=worker_id, held=list(self._held)
            )
        except BaseException:
            self._is_in_doubt = True
            raise

    async def update_heartbeat(self, worker_id: int) -> None:
        """Say that the worker lives; not now while the database is away."""
        try:
            await super().update_heartbeat(worker_id)
        except exceptions.ConnectorException as error:
            if not may_pass(error):
                raise

    async def listen_for_jobs(
        self, *, on_notification: NotificationCallback, queues: Iterable[str] | None = None
    ) -> None:
        """Listen for good, also when the database is away at the moment at which the listener's connection is lost.

        Any login of the server can send a notice, so a notice only says "look": what it carries is not read, and a flood of them
        is one look in LOOK_EVERY_S. (Procrastinate itself would end at one that is not JSON, abort the job that one names, and
        ask the database again for each.)
        """
        heard = asyncio.Event()

        async def hear(*, channel: str, payload: str) -> None:
            heard.set()

        async def look() -> None:
            while await heard.wait():
                heard.clear()
                await on_notification(channel="", notification={"type": "job_inserted", "job_id": 0})
                await asyncio.sleep(LOOK_EVERY_S)

        tasks = [
            asyncio.create_task(look()),
            asyncio.create_task(self._listen(hear, get_channel_for_queues(queues=queues))),
        ]
        try:
            await next(asyncio.as_completed(tasks))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self, hear: procrastinate.connector.Notify, channels: Iterable[str]) -> None:
        while True:
            try:
                return await self.connector.listen_notify(on_notification=hear, channels=channels)
            except exceptions.ConnectorException as error:
                if not may_pass(error):
                    raise
                logger.debug(
                    "the queue's listener lost its connection; trying again", error=said(error.__cause__ or error)
                )
            await asyncio.sleep(LISTEN_AGAIN_S)

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        """The job has its end, also when the database was away for some seconds: else its host would stay locked."""
        try:
            await self._finish(job, status, delete_job)
        except BaseException:
            self._is_in_doubt = True
            raise
        finally:
            self._held.discard(job.id or 0)

    async def _finish(self, job: Job, status: Status, delete_job: bool) -> None:
        for pause_s in FINISH_PAUSES_S:
            try:
                await super().finish_job(job, status, delete_job)
                return
            except exceptions.ConnectorException as error:
                if is_no_such_job(error):
                    # the try before came through after all, or the job was freed because this worker seemed dead
                    logger.warning("a job had already ended", job=job.id, host=job.lock)
                    return
                if not may_pass(error):
                    raise
            await asyncio.sleep(pause_s)
        await super().finish_job(job, status, delete_job)


def is_no_such_job(error: exceptions.ConnectorException) -> bool:
    """Whether that is how Procrastinate's functions say that there is no such job (any more): PL/pgSQL's RAISE."""
    return getattr(error.__cause__, "sqlstate", None) == "P0001"


@asynccontextmanager
async def open_jobs(url: str, *, name: str = "dateline", unfinished_s: float = 0) -> AsyncIterator[JobQueue]:
    """The queue for a process that only adds jobs, open until the block ends."""
    app = procrastinate.App(connector=procrastinate.PsycopgConnector())
    async with open_queue_pool(url, application_name=name, unfinished_s=unfinished_s) as pool, app.open_async(pool):
        yield app


async def free_jobs(upkeep: Upkeep) -> None:
    """Delete jobs whose worker is gone, and log each; the next tick queues their hosts again.

    The connections of a process that has been silent for long are ended first, which releases its locks.
    """
    for process, number in (await upkeep.end_silent(stalled_s=STALLED_AFTER_S, heartbeat_s=HEARTBEAT_S)).items():
        logger.warning("ended the connections of a silent process", process=process, connections=number)
    for job in await upkeep.free_jobs(stalled_s=STALLED_AFTER_S, heartbeat_s=HEARTBEAT_S):
        logger.warning("deleted a job whose worker is gone", job=job.id, host=job.host, why=job.why)


def make_app(on_register: Callable[[int], Awaitable[None]] | None = None) -> JobQueue:
    """Procrastinate's app for a worker; open it with a pool whose search_path is the schema procrastinate."""
    app = procrastinate.App(connector=procrastinate.PsycopgConnector())
    manager = ReconnectingJobManager(app.connector)
    manager.on_register = on_register
    app.job_manager = manager

    # without a periodic task Procrastinate does not supervise its listener (see the design's pitfalls)
    @app.periodic(cron="0 0 1 1 *")
    @app.task(name="dateline.nothing", queue="nothing", pass_context=False)
    async def nothing(timestamp: int) -> None:
        """Once a year, nothing."""

    return app


def worker_options(queues: Sequence[str], *, at_once: int, grace_s: float) -> dict[str, object]:
    """How a worker of ours runs, set on purpose throughout: arguments of `App.run_worker_async`."""
    return {
        "queues": list(queues),
        "concurrency": at_once,
        "install_signal_handlers": False,
        # a released lock sends no notice: waiting jobs of that host are found by polling
        "fetch_job_polling_interval": 1.0,
        "delete_jobs": "successful",
        "update_heartbeat_interval": HEARTBEAT_S,
        "stalled_worker_timeout": STALLED_AFTER_S,
        "shutdown_graceful_timeout": grace_s,
    }


async def defer_hosts(
    app: JobQueue, hosts: Iterable[str], *, crawl_id: int | None = None, sources: Mapping[str, int | None] = NO_SOURCES
) -> int:
    """Queue one job per host; a host that is already queued stays queued once. Returns how many were added.

    All in one statement, which fails as a whole when another process queued one of the hosts at this moment: then one by one.
    """
    jobs = [job_for(app, host, crawl_id, sources.get(host)) for host in hosts]
    for start in range(0, len(jobs), MOST_AT_ONCE):
        batch = jobs[start : start + MOST_AT_ONCE]
        try:
            await app.job_manager.batch_defer_jobs_async(batch)
        except exceptions.AlreadyEnqueued:
            return start + sum([await _defer(app, job) for job in jobs[start:]])
    return len(jobs)


def job_for(app: JobQueue, host: str, crawl_id: int | None, source_id: int | None = None) -> Job:
    """The job that says "look at this host"; the source that it is queued for has the slot."""
    queue = VISITS if crawl_id is None else queue_of_crawl(crawl_id)
    waiting = host if crawl_id is None else f"{queue}:{host}"
    task = app.configure_task("dateline.visit_host", queue=queue, lock=host, queueing_lock=waiting)
    return task.job.evolve(task_kwargs={"host": host, "crawl_id": crawl_id, "source_id": source_id})


async def _defer(app: JobQueue, job: Job) -> bool:
    """Whether the job was queued: False where its host is queued already."""
    try:
        await app.job_manager.defer_job_async(job)
    except exceptions.AlreadyEnqueued:
        return False
    return True
