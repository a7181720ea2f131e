"""Places to pause at: a process that reaches one leaves a mark there and pauses, so that a signal can hit it just there."""

from __future__ import annotations

import os
import time
from types import ModuleType

from import_patches import after_import
from kill_spec import SPEC, is_off, reach


@after_import("pipelines.extract.extract")
def pause_in_extraction(module: ModuleType) -> None:
    extract_page = module.extract_page

    def slow(body, **known):
        time.sleep(reach("extract"))
        if b"eat-memory" in body:
            eat_memory()
        return extract_page(body, **known)

    # functions are handed to parsing processes by name
    slow.__module__, slow.__qualname__ = extract_page.__module__, extract_page.__qualname__
    module.extract_page = slow


def eat_memory() -> None:
    """Take memory until the limit says no; without a limit the kernel's own end comes: SIGKILL."""
    held = [bytearray(64 << 20) for _ in range(40)]
    os.kill(os.getpid(), 9)
    del held


@after_import("crawler.archive.archive")
def pause_in_the_archive(module: ModuleType) -> None:
    pwrite = os.pwrite

    class Slow:
        """`os` for the archive alone, whose writes pause half-way."""

        def __getattr__(self, name):
            return getattr(os, name)

        @staticmethod
        def pwrite(descriptor, span, offset):
            seconds = reach("archive") if len(span) > 600 else 0.0
            if not seconds:
                return pwrite(descriptor, span, offset)
            written = pwrite(descriptor, bytes(span[: len(span) // 2]), offset)
            time.sleep(seconds)
            return written

    module.os = Slow()


@after_import("crawler.archive.object_store")
def pause_after_uploads(module: ModuleType) -> None:
    put = module.ObjectStore.put

    def slow(self, path):
        put(self, path)
        time.sleep(0.0 if is_off("local_file") else reach("upload"))

    module.ObjectStore.put = slow


@after_import("scheduler.monitoring.disk")
def move_at_once(module: ModuleType) -> None:
    """The service waits an hour until a file is finished; here half a second."""
    import datetime as dt

    move = module.move_archive
    module.move_archive = lambda archive, **waits: move(archive, after=dt.timedelta(seconds=0.5), pause_s=0.2)


@after_import("pipelines.groups.commit")
@after_import("pipelines.store")
def pause_in_the_store(module: ModuleType) -> None:
    import asyncio

    finish_url = module.finish_url

    async def slow(conn, result):
        await asyncio.sleep(reach("store"))
        await finish_url(conn, result)

    module.finish_url = slow


@after_import("pipelines.groups.commit")
def pause_between_sync_and_commit(module: ModuleType) -> None:
    """The site's texts share phrases, so that few would go together; here all that wait do."""
    import asyncio

    insert = module._insert

    async def slow(conn, pages):
        await asyncio.sleep(reach("group"))
        return await insert(conn, pages)

    module._insert = slow
    if "group" in SPEC.get("pause", {}):
        module.nearest_by_hashes = lambda holders: []


@after_import("pipelines.groups.plan")
def share_whatever_the_texts(module: ModuleType) -> None:
    if "group" in SPEC.get("pause", {}):
        assert module.SHARED_HASHES
        module.SHARED_HASHES = 1000


@after_import("scheduler.runtime")
def wait_longer_for_others(module: ModuleType) -> None:
    if "group" in SPEC.get("pause", {}):
        assert module.GROUP_WAIT_S
        module.GROUP_WAIT_S = 0.5


@after_import("scheduler.jobs")
def pause_between_commit_and_job(module: ModuleType) -> None:
    import asyncio

    finish_job = module.ReconnectingJobManager.finish_job

    async def slow(self, job, status, delete_job):
        await asyncio.sleep(reach("job_end"))
        await finish_job(self, job, status, delete_job)

    module.ReconnectingJobManager.finish_job = slow


@after_import("scheduler.leader_tasks")
def pause_round_the_tick(module: ModuleType) -> None:
    import asyncio

    queue_due_hosts, defer_hosts = module.queue_due_hosts, module.defer_hosts

    async def slow(*words, **named):
        await asyncio.sleep(reach("tick_before"))
        await queue_due_hosts(*words, **named)

    async def then(*words, **named):
        added = await defer_hosts(*words, **named)
        await asyncio.sleep(reach("tick_after"))
        return added

    module.queue_due_hosts = slow
    module.defer_hosts = then


@after_import("scheduler.visits.results")
def wait_less_for_the_archive(module: ModuleType) -> None:
    if "archive_wait_s" in SPEC:
        import datetime

        assert module.ARCHIVE_WAIT
        module.ARCHIVE_WAIT = datetime.timedelta(seconds=SPEC["archive_wait_s"])
