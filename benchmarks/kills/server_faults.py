"""Faults of what the service depends on: PostgreSQL, disks, the clock. Each function runs a fault once."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import psycopg

from benchmarks.kills.compare import LOOK_S, Outcome
from benchmarks.kills.patience import Patience
from benchmarks.kills.site import HOSTS
from benchmarks.kills.stage import Stage
from scheduler.visits.underway import URLS_A_SLOT
from sql.database import connect
from sql.schema.migrate import SchemaStep, _apply
from tests.acceptance.support.object_storage import Storage

# The database --------------------------------------------------------------------------------------------------------------


def backend_killed(stage: Stage) -> Outcome:
    stage.news()
    for _ in range(3):
        stage.some_articles(0.4)
        stage.strike()
        stage.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name LIKE 'dateline-worker%%' ORDER BY random() LIMIT 3"
        )
        time.sleep(0.2)
    return replace(stage.finish(), recovery_s=None)


def database_crash(stage: Stage) -> Outcome:
    """SIGKILL of a backend: PostgreSQL ends all others and replays its log."""
    if stage.off:
        # so that what was not brought to disk at its commit has no time to get there by itself
        stage.ask("ALTER SYSTEM SET wal_writer_delay = '10s'")
        stage.ask("SELECT pg_reload_conf()")
    stage.news()
    stage.some_articles()
    backends = stage.ask("SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'dateline-worker%%' LIMIT 1")
    stage.strike(backends[0][0] if backends else None)
    time.sleep(0.05)
    _back(stage)
    return stage.finish()


def database_away(stage: Stage) -> Outcome:
    stage.news()
    stage.some_articles()
    stage.strike(stage.server_pid(), signal.SIGQUIT)
    time.sleep(5)
    assert stage.server is not None
    stage.server.start()
    _back(stage)
    return stage.finish()


def database_gone(stage: Stage) -> Outcome:
    """SIGKILL of the server's first process: `dateline up` revives it."""
    stage.news()
    stage.some_articles()
    stage.strike(stage.server_pid())
    time.sleep(0.05)
    _back(stage)
    return stage.finish()


def connections_exhausted(stage: Stage) -> Outcome:
    """Strangers hold every connection that the server gives for three seconds, and ours are ended."""
    stage.news()
    stage.some_articles(0.4)
    held: list[psycopg.Connection[Any]] = []
    deadline = time.monotonic() + 3
    stage.strike()
    while time.monotonic() < deadline:
        try:
            held.append(psycopg.connect(stage.url, connect_timeout=2, autocommit=True))
        except psycopg.OperationalError:
            held[0].execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'dateline-%'"
            )
    for connection in held:
        connection.close()
    _back(stage)
    return stage.finish()


ADD_COLUMN = "ALTER TABLE dateline.article ADD COLUMN IF NOT EXISTS kills_{} integer"
READS_S = 5.0


def migration(stage: Stage) -> Outcome:
    """A migration of the busiest table, while an analyst's long query holds it up; the crawl must not wait for it."""
    stage.news()
    stage.some_articles(0.2)
    lock_timeout_s = 0.0 if stage.off == "lock_timeout" else 2.0
    step = SchemaStep(f"9999_kills_{time.time_ns()}", ADD_COLUMN.format(stage.site.batches))

    def migrate() -> None:
        with connect(stage.url, autocommit=True) as connection:
            _apply(connection, step, lock_timeout_s, time.sleep)

    stored = "SELECT count(*)::int FROM dateline.url WHERE state = 'stored'"
    with psycopg.connect(stage.url) as analyst:
        analyst.execute("SELECT count(*) FROM dateline.article")
        stage.strike()
        migrating = threading.Thread(target=migrate)
        migrating.start()
        time.sleep(0.5)
        before, patience = stage.ask(stored)[0][0], Patience(READS_S)
        stored_on = False
        while not (stored_on or patience.is_over()):
            time.sleep(LOOK_S)
            stored_on = stage.ask(stored)[0][0] > before
    migrating.join(60)
    outcome = replace(stage.finish(), recovery_s=None)
    if not stored_on and before < len(stage.site.urls()):
        return replace(outcome, harm=f"nothing stored for {READS_S:g} s while the migration waited for a reader")
    return outcome


MOST_UNSTORED = len(HOSTS) * (URLS_A_SLOT + 1)
"""Each host has one slot; one more page per host may be stored before the observer sees it."""


def slow_database(stage: Stage) -> Outcome:
    """Every answer of the database takes 20-60 ms longer: no more is fetched than can be stored, memory stays in bounds."""
    worker = psutil.Process(stage.parts["w1"].pid)
    before = worker.memory_info().rss
    stage.news()
    most, ended = 0, threading.Event()

    def watch() -> None:
        nonlocal most
        while not ended.wait(0.05):
            most = max(most, stage.site.fetched() - len(stage.observer.stored))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        outcome = replace(stage.finish(), recovery_s=None)
    finally:
        ended.set()
        watching.join()
    grown_mb = (worker.memory_info().rss - before) / 1e6
    harms = [f"{most} pages fetched and not stored at once"] if most > MOST_UNSTORED else []
    harms += [f"the worker grew by {grown_mb:.0f} MB"] if grown_mb > 100 else []
    return replace(outcome, harm="; ".join(harms))


BUSY = (
    "SELECT DISTINCT h.process FROM dateline.heartbeat h"
    " JOIN procrastinate.procrastinate_jobs j ON j.worker_id = ANY (h.queue_workers) WHERE j.status = 'doing'"
)


def cut_off(stage: Stage) -> Outcome:
    """A worker in the middle of a visit hears nothing more of the database, without a reset; another takes its work over; then
    it hears again."""
    stage.news()
    stage.some_articles(0.4)
    busy = stage.until(lambda: stage.ask(BUSY), "no worker is busy")
    door = stage.doors[int(stage.chance.choice(busy)[0].split("-")[-2])]
    stage.strike()
    door.set()
    outcome = stage.finish()
    door.clear()
    stage.news(1)
    second = stage.finish()
    forgotten = max(outcome.forgotten, second.forgotten)
    return replace(second, forgotten=forgotten, recovery_s=None, detail=outcome.detail or second.detail)


# Disks and clocks ------------------------------------------------------------------------------------------------------------


def archive_disk_full(stage: Stage) -> Outcome:
    """The archive's disk has room for some records only, then for none, until somebody makes room."""
    archive = stage.folder / "archive"
    filler = archive / "filler"
    _fill(filler, room=stage.chance.randrange(6, 20) * 1024)
    stage.news()
    with suppress(TimeoutError):
        stage.until(lambda: _free(archive) < 4096, "the disk never fills", 10.0)
    time.sleep(stage.chance.uniform(0.2, 1))
    stage.strike()
    filler.unlink()
    return replace(stage.finish(), recovery_s=None)


def database_disk_full(stage: Stage) -> Outcome:
    filler = stage.cluster.parent / "filler"
    _fill(filler, room=stage.chance.randrange(64, 512) * 1024)
    stage.news()
    with suppress(TimeoutError):
        stage.until(lambda: _free(filler.parent) < 16384, "the disk never fills", 4.0)
    stage.strike()
    time.sleep(stage.chance.uniform(1, 2))
    filler.unlink()
    _back(stage)
    return stage.finish()


def _fill(filler: Path, *, room: int) -> None:
    with filler.open("wb", buffering=0) as out:
        os.posix_fallocate(out.fileno(), 0, max(1, _free(filler.parent) - room))


# Object storage -------------------------------------------------------------------------------------------------------------


def slow_upload_killed(stage: Stage) -> Outcome:
    """SIGKILL of the worker while a file is on its way to a slow object storage."""
    worker, faults = stage.child(stage.parts["up"], "worker"), _storage(stage).faults
    faults.pause_s = stage.chance.uniform(0.3, 0.8)
    seen = len(faults.seen)
    stage.news()
    stage.until(lambda: any(one.startswith("PUT") for one in faults.seen[seen:]), "nothing is uploaded")
    time.sleep(stage.chance.uniform(0, faults.pause_s))
    stage.strike(worker)
    faults.pause_s = 0.0
    return stage.finish()


def storage_refuses(stage: Stage) -> Outcome:
    """The object storage takes nothing for some seconds: it fails, is full, or refuses the key."""
    faults = _storage(stage).faults
    faults.status, faults.failing = stage.chance.choice((403, 503, 507)), {"PUT"}
    seen = len(faults.seen)
    stage.news()
    stage.until(lambda: any(one.startswith("PUT") for one in faults.seen[seen:]), "nothing is uploaded")
    stage.some_articles()
    stage.strike(stage.child(stage.parts["up"], "worker"))
    time.sleep(stage.chance.uniform(0.5, 3))
    faults.failing = set()
    outcome = stage.finish()
    moved = len(_storage(stage).objects())
    stage.news()
    stage.settle()
    with suppress(TimeoutError):
        stage.until(lambda: len(_storage(stage).objects()) > moved, "nothing is moved any more", 30.0)
        return outcome
    return replace(outcome, harm="nothing was moved any more")


def _storage(stage: Stage) -> Storage:
    assert stage.storage is not None
    return stage.storage


def clock_steps(stage: Stage) -> Outcome:
    """The wall clock of the service's processes jumps ahead in the middle of a crawl, and back to where it was."""
    assert stage.offset is not None
    stage.news()
    if stage.chance.random() < 0.5:
        stage.some_articles(0.3)
    stage.strike()
    _set(stage.offset, stage.chance.choice((600, 3600, 86400)))
    time.sleep(stage.chance.uniform(0.2, 1))
    _set(stage.offset, 0)
    outcome = replace(stage.finish(), recovery_s=None)
    late = "SELECT count(*)::int FROM dateline.feed_state WHERE next_due_at > clock_timestamp() + interval '66 minutes'"
    with suppress(TimeoutError):
        stage.until(lambda: stage.ask(late) == [(0,)], "sources are left alone", 15.0)
        return outcome
    number = stage.ask(late)[0][0]
    return replace(outcome, harm=f"{number} hourly sources are not visited for more than their hour")


def _set(clock: Path, offset_s: float) -> None:
    fresh = clock.with_suffix(".new")
    fresh.write_text(str(offset_s))
    fresh.replace(clock)


def _back(stage: Stage) -> None:
    """Return when the database answers again; recovery counts from there."""
    with suppress(psycopg.OperationalError):
        stage.ask("SELECT 1")
    stage.struck_at = time.time()


def _free(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize
