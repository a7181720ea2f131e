"""Protections of the service to switch off, each by its name."""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from types import ModuleType

from import_patches import after_import
from kill_spec import is_off, reach


@after_import("scheduler.supervisor")
def without_supervision(module: ModuleType) -> None:
    if is_off("supervision"):
        module.pause_s = lambda failures: 1e6
    if is_off("revival"):
        module.LOOK_S = 1e6


@after_import("scheduler.processes.signals")
def without_grace(module: ModuleType) -> None:
    """SIGTERM ends the process at once."""
    if is_off("grace"):
        module.stop_on_signals = lambda stop: None


POP = (
    "UPDATE dateline.url SET state = 'ended', reason = 'popped', next_attempt_at = NULL, finished_at = now()"
    " WHERE id = ANY (%s)"
)


@after_import("sql.frontier.frontier")
def without_a_frontier(module: ModuleType) -> None:
    """A queue that forgets what it hands out, as Scrapy's job folder does."""
    if not is_off("frontier"):
        return
    due_urls = module.Frontier.due_urls

    async def popped(self, *words, **named):
        found = await due_urls(self, *words, **named)
        async with self._pool.connection() as conn:
            await conn.execute(POP, [[one.id for one in found]])
        return found

    module.Frontier.due_urls = popped


@after_import("sql.service.leases")
def without_freed_jobs(module: ModuleType) -> None:
    if is_off("freed_jobs"):

        async def free_jobs(self, **limits):
            return []

        async def end_silent(self, **limits):
            return {}

        async def release_dead(self, prefix):
            return 0

        module.Upkeep.free_jobs = free_jobs
        module.Upkeep.end_silent = end_silent
        module.Upkeep.release_dead = release_dead


@after_import("sql.service.leases")
def without_an_end_to_the_lease(module: ModuleType) -> None:
    if is_off("lease_end"):
        take = module.Upkeep.take_lease

        async def for_ever(self, name, holder, *, life_s):
            return await take(self, name, holder, life_s=36000)

        module.Upkeep.take_lease = for_ever


@after_import("scheduler.jobs")
def without_locks(module: ModuleType) -> None:
    """Jobs without a lock and a name: a host is visited by as many as care to."""
    if not is_off("locks"):
        return

    async def defer_hosts(app, hosts, *, crawl_id=None, sources=None):
        hosts = list(hosts)
        for host in hosts:
            await app.configure_task("dateline.visit_host", queue=module.VISITS).defer_async(host=host, crawl_id=None)
        return len(hosts)

    module.defer_hosts = defer_hosts


@after_import("scheduler.lease")
def everybody_leads(module: ModuleType) -> None:
    if is_off("locks"):
        module.Leadership.is_leader = property(lambda self: True)


@after_import("crawler.archive.object_store")
def without_the_local_file(module: ModuleType) -> None:
    """A file leaves its folder before it is in the object storage, as a move over a network does it."""
    if not is_off("local_file"):
        return
    import tempfile

    put = module.ObjectStore.put

    def moved(self, path):
        with tempfile.TemporaryDirectory() as folder:
            on_the_way = path.rename(Path(folder) / path.name)
            time.sleep(reach("upload"))
            put(self, on_the_way)

    module.ObjectStore.put = moved


@after_import("pipelines.store")
def without_identity(module: ModuleType) -> None:
    """Articles without a key of their own, and the ledger's line in a transaction of its own, later."""
    if not is_off("identity"):
        return
    import asyncio

    row_of, finish_url, commit = module.row_of, module.finish_url, module.Store._commit

    def keyless(*words, **named):
        return row_of(*words, **named) | {"url_key": uuid.uuid4()}

    async def known(conn, page):
        return []

    async def add_no_alias(*words):
        return None

    async def nothing(conn, result):
        return None

    async def later(self, *words):
        stored = await commit(self, *words)
        await asyncio.sleep(reach("store"))
        async with self._pool.connection() as conn:
            await finish_url(conn, stored.result)
        return stored

    module.row_of, module.find_known, module._add_aliases = keyless, known, add_no_alias
    module.may_share = lambda arrival: False
    module.finish_url = nothing
    module.Store._commit = later


@after_import("scheduler.runtime")
def without_the_archive_first(module: ModuleType) -> None:
    """The page is written to the archive behind the row's back."""
    if not is_off("archive_first"):
        return
    import threading

    from dateline.types.article import ArchiveRef

    keep = module.ArchiveWriter.keep

    def promised(self, page, raw):
        threading.Timer(0.7, keep, (self, page, raw)).start()
        return ArchiveRef("dateline-promised.warc.gz", 0, len(page.body))

    module.ArchiveWriter.keep = promised


@after_import("crawler.archive.archive")
def without_a_full_disk_s_word(module: ModuleType) -> None:
    if not is_off("archive_errors"):
        return
    from dateline.errors import ArchiveError
    from dateline.types.article import ArchiveRef

    write = module.Archive.write

    def careless(self, exchange):
        try:
            return write(self, exchange)
        except ArchiveError:
            return ArchiveRef("dateline-lost.warc.gz", 0, 1)

    module.Archive.write = careless


@after_import("dateline.parser_pool.pool")
def without_a_cage(module: ModuleType) -> None:
    if is_off("parser pool"):

        async def here(self, function, *words, deadline_s, subject, wall_s=0.0):
            return function(*words)

        module.ParserPool.run = here
    if is_off("replacements"):

        async def none(self, worker):
            worker.link.close()

        module.ParserPool._replace = none


@after_import("dateline.parser_pool.pool")
def without_a_second_try(module: ModuleType) -> None:
    """A page whose parsing process was killed from outside counts as one that kills it."""
    if is_off("second_try"):
        module.TRIES = 1


@after_import("scheduler.visits.page_fetch")
def without_backpressure(module: ModuleType) -> None:
    """Pages are fetched without a look at whether those before them were stored."""
    if not is_off("backpressure"):
        return
    import asyncio

    fetch_url = module.PageFetcher.fetch_url
    begun, tasks = set(), set()

    async def at_once(self, due, polite, slot=None):
        if due.id in begun:
            await asyncio.sleep(0.2)
            return
        begun.add(due.id)
        tasks.add(asyncio.create_task(fetch_url(self, due, polite)))
        await asyncio.sleep(0.1)

    module.PageFetcher.fetch_url = at_once


@after_import("sql.service.leases")
def without_a_look_at_the_clock(module: ModuleType) -> None:
    if is_off("clock"):

        async def none(self):
            return 0, 0

        module.Upkeep.repair_future_dates = none


@after_import("scheduler.visits.host_visit")
def without_a_wait_for_room(module: ModuleType) -> None:
    if is_off("retry policy"):
        module.has_no_room = lambda error: False


@after_import("scheduler.visits.feed_visit")
@after_import("scheduler.visits.page_fetch")
def without_patience(module: ModuleType) -> None:
    """A database that is away is the page's fault."""
    if not is_off("retry policy"):
        return
    import dataclasses

    unexpected = module.unexpected

    def final(url, error, *, now):
        return dataclasses.replace(unexpected(url, error, now=now), is_temporary=False)

    async def recorded(self, due, miss):
        context = self._context
        line = module.miss_line(due, miss, now=context.clock(), max_attempts=1, chance=context.chance)
        while True:
            try:
                await context.frontier.finish(line)
                return
            except Exception:
                import asyncio

                await asyncio.sleep(0.3)

    module.is_database_fault = lambda error: False
    module.unexpected = final
    if hasattr(module, "PageFetcher"):
        module.PageFetcher._record_miss = recorded


@after_import("scheduler.jobs")
def without_patience_of_the_queue(module: ModuleType) -> None:
    """Procrastinate's own ways: the first heartbeat, fetch or listener that fails ends the worker."""
    if is_off("another_try"):
        for name in ("fetch_job", "update_heartbeat", "listen_for_jobs"):
            delattr(module.ReconnectingJobManager, name)


@after_import("scheduler.worker")
def without_another_try(module: ModuleType) -> None:
    """A worker whose queue ended stays as it is."""
    if not is_off("another_try"):
        return
    import asyncio

    one_run = module._one_run

    async def once(app, options, visitor, stop, disk):
        await one_run(app, options, visitor, stop, disk)
        await stop.wait()

    module._one_run = once
    module.asyncio = asyncio


@after_import("sql.database")
def without_synchronous_commit(module: ModuleType) -> None:
    if not is_off("synchronous_commit"):
        return
    session_options = module.session_options

    def careless(url, settings):
        return session_options(url, settings | {"synchronous_commit": "off"})

    module.session_options = careless
