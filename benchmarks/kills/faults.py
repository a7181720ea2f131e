"""The faults: what is done to the service, when, and which protection a run without it does without."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil
import psycopg

from benchmarks.kills import worlds
from benchmarks.kills.compare import Outcome
from benchmarks.kills.site import HOSTS
from benchmarks.kills.stage import Stage
from scheduler.up import LIVED_S
from sql.database import connect
from sql.migrate import Step, _apply

CGROUPS = Path("/sys/fs/cgroup/memory")
"""Where the kernel limits memory (cgroup version 1); elsewhere it is played by SIGKILL."""


@dataclass(frozen=True)
class Fault:
    """A fault. `strike` plays one run of it in an opened world; `off` names the protection whose lack it shows (see hooks).

    `measures` is what its recovery counts as: worker, db, takeover, or nothing.
    """

    name: str
    strike: Callable[[Stage], Outcome]
    off: str
    measures: str = ""
    world: Callable[[Stage], None] = worlds.plain
    pause: dict[str, float] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    poisoned: bool = False
    batch: int = 6
    needs: str = ""
    """What a machine must allow for it: `mount`."""
    waits: bool = False
    """Most of a run is spent waiting, so that more of them may run at once."""


# Workers -----------------------------------------------------------------------------------------------------------------


def worker_idle(stage: Stage) -> Outcome:
    """There is nothing to do; then news come just as the worker dies."""
    worker = _seasoned(stage)
    stage.idle()
    time.sleep(stage.chance.uniform(0, 0.5))
    stage.site.publish()
    stage.strike(worker)
    stage.make_due(HOSTS)
    return stage.finish()


def worker_fetching(stage: Stage) -> Outcome:
    worker = _seasoned(stage)
    stage.news()
    stage.some_articles()
    stage.until(stage.site.in_flight, "nothing is fetched")
    stage.strike(worker)
    return stage.finish()


def worker_at(place: str) -> Callable[[Stage], Outcome]:
    """SIGKILL of the worker at a place that it pauses at."""

    def strike(stage: Stage) -> Outcome:
        worker = _seasoned(stage)
        stage.news()
        stage.after_marks(place, stage.chance.randrange(1, 3 if place == "job_end" else 12))
        time.sleep(stage.chance.uniform(0, stage.pause[place]))
        if place == "job_end":
            # so that there is something to commit afterwards
            stage.site.publish()
        stage.strike(worker)
        if place == "job_end":
            stage.make_due(HOSTS)
        return stage.finish()

    return strike


def _seasoned(stage: Stage) -> int:
    """The worker's pid once it has lived for so long that its death counts as a first one."""
    worker = stage.child(stage.parts["up"], "worker")
    time.sleep(max(0.0, LIVED_S + 0.1 - (time.time() - psutil.Process(worker).create_time())))
    return worker


def worker_out_of_memory(stage: Stage) -> Outcome:
    """The kernel ends the worker for want of memory."""
    worker = _seasoned(stage)
    stage.news()
    stage.some_articles()
    _out_of_memory(stage, worker)
    return stage.finish()


def terminated(stage: Stage) -> Outcome:
    """SIGTERM in the middle: what is in flight is finished, nothing is fetched twice, the next start goes on."""
    up = stage.parts["up"]
    stage.news()
    stage.some_articles()
    workers = stage.children(up.pid, "worker")
    stage.strike(up.pid, signal.SIGTERM)
    for worker in workers:
        with suppress(ProcessLookupError):
            os.kill(worker, signal.SIGTERM)
    code = up.wait(30)
    stage.parts["up"] = stage.start("up")
    outcome = stage.finish(counts_fetches=True)
    return replace(outcome, harm=f"it ended with {code}" if code else "", recovery_s=None)


# Parsing processes ---------------------------------------------------------------------------------------------------------


def parsing_killed(stage: Stage) -> Outcome:
    stage.news()
    stage.some_articles()
    stage.strike(stage.parsing_process(stage.child(stage.parts["up"], "worker")))
    return stage.finish()


def parsing_out_of_memory(stage: Stage) -> Outcome:
    """The kernel ends the parsing process for want of memory; no fault of the page's."""
    stage.news()
    stage.some_articles()
    _out_of_memory(stage, stage.parsing_process(stage.child(stage.parts["up"], "worker")))
    return stage.finish()


def poisoned(stage: Stage) -> Outcome:
    """Pages that make their reader take memory until its own limit says no."""
    stage.news()
    return stage.finish()


def _out_of_memory(stage: Stage, pid: int) -> None:
    """Put a process into a control group whose memory is spent, and wait until the kernel has ended it."""
    group = CGROUPS / f"dateline-kills-{os.getpid()}"
    try:
        group.mkdir(exist_ok=True)
        (group / "memory.limit_in_bytes").write_text("1048576")
        (group / "cgroup.procs").write_text(str(pid))
    except OSError:
        stage.strike(pid)
        return
    try:
        # the hooks let it take 64 MB then, and the kernel ends it
        stage.strike(pid, signal.SIGUSR1)
        stage.until(lambda: _is_dead(pid), "it lives without memory")
    finally:
        with suppress(OSError):
            group.rmdir()


def _is_dead(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


# Schedulers ----------------------------------------------------------------------------------------------------------------


def scheduler_at(place: str) -> Callable[[Stage], Outcome]:
    """SIGKILL of the leader round a tick that has something to do; news that come after that wait for its successor."""

    def strike(stage: Stage) -> Outcome:
        # a scheduler of `up` is the leader at first, later whichever took over
        stage.until(lambda: _leader(stage), "no leader")
        stage.site.publish(2)
        marks = stage.marked(place)
        stage.make_due(HOSTS)
        stage.until(lambda: stage.marked(place) > marks, f"{place} was not reached")
        time.sleep(stage.chance.uniform(0, stage.pause[place] * 0.8))
        leader = _leader(stage)
        stage.strike(leader)
        if leader == stage.parts["standby"].pid:
            stage.parts["standby"].wait()
            stage.parts["standby"] = stage.start("scheduler", url=stage.url, own_folder="s2")
        stage.idle()
        stage.site.publish(2)
        since = time.time()
        stage.make_due(HOSTS)
        outcome = stage.finish()
        asked = stage.site.asked_after(since)
        return replace(outcome, recovery_s=asked[0] - stage.struck_at if asked else None)

    return strike


def _leader(stage: Stage) -> int:
    """The pid of the scheduler that leads; it stands in the holder's name (`process_name`)."""
    rows = stage.ask("SELECT holder FROM dateline.lease WHERE name = 'scheduler' AND expires_at > clock_timestamp()")
    return int(rows[0][0].split("-")[-2]) if rows else 0


def two_schedulers(stage: Stage) -> Outcome:
    stage.news()
    return stage.finish(counts_fetches=True)


def frozen_leader(stage: Stage) -> Outcome:
    """The leader stands still for longer than its lease, then goes on as if nothing had been."""
    stage.until(lambda: _leader(stage), "no leader")
    leader = _leader(stage)
    stage.news()
    time.sleep(stage.chance.uniform(0, 2))
    stage.strike(leader, signal.SIGSTOP)
    time.sleep(stage.chance.uniform(7, 9))
    stage.news()
    os.kill(leader, signal.SIGCONT)
    return replace(stage.finish(counts_fetches=True), recovery_s=None)


def two_workers(stage: Stage) -> Outcome:
    stage.news()
    return stage.finish(counts_fetches=True)


def job_twice(stage: Stage) -> Outcome:
    """The queue hands the same hosts to two workers at once, as a late delivery would."""
    stage.news()
    stage.some_articles()
    stage.strike()
    for _ in range(2):
        stage.ask(
            "INSERT INTO procrastinate.procrastinate_jobs (queue_name, task_name, priority, args)"
            " SELECT 'visits', 'dateline.visit_host', 0, jsonb_build_object('host', host, 'crawl_id', NULL)"
            " FROM dateline.feed WHERE crawl_id IS NULL"
        )
        time.sleep(0.2)
    return replace(stage.finish(), recovery_s=None)


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
    """A migration of the busiest table, while an analyst's long query holds it up; the crawl must not stand still for it."""
    stage.news()
    stage.some_articles(0.2)
    lock_timeout_s = 0.0 if stage.off == "lock_timeout" else 2.0
    step = Step(f"9999_kills_{time.time_ns()}", ADD_COLUMN.format(stage.site.batches))

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
        before = stage.ask(stored)[0][0]
        time.sleep(READS_S)
        after = stage.ask(stored)[0][0]
    migrating.join(60)
    outcome = replace(stage.finish(), recovery_s=None)
    if before == after and before < len(stage.site.urls()):
        return replace(outcome, harm=f"nothing stored for {READS_S:g} s while the migration waited for a reader")
    return outcome


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
    harms = [f"{most} pages fetched and not stored at once"] if most > 3 * len(HOSTS) else []
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
    busy = stage.until(lambda: stage.ask(BUSY), "nobody works")
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


FAULTS = (
    Fault("worker killed, idle", worker_idle, "supervision", "worker"),
    Fault("worker killed, fetching", worker_fetching, "frontier", "worker"),
    Fault("worker killed, extracting", worker_at("extract"), "freed_jobs", "worker", pause={"extract": 0.12}),
    Fault(
        "worker killed, between commit and the job's end",
        worker_at("job_end"),
        "freed_jobs",
        "worker",
        pause={"job_end": 0.5},
    ),
    Fault(
        "worker killed, writing the archive", worker_at("archive"), "archive_first", "worker", pause={"archive": 0.12}
    ),
    Fault("worker killed, in the store's transaction", worker_at("store"), "identity", "worker", pause={"store": 0.12}),
    Fault("worker out of memory", worker_out_of_memory, "frontier", "worker"),
    Fault("SIGTERM in the middle", terminated, "grace"),
    Fault("parsing process killed", parsing_killed, "second_try"),
    Fault("parsing process out of memory", parsing_out_of_memory, "replacements"),
    Fault("pages that take all memory", poisoned, "cage", poisoned=True, settings={"parse_memory_mb": "700"}),
    Fault(
        "leader killed before a tick",
        scheduler_at("tick_before"),
        "lease_end",
        "takeover",
        world=worlds.with_standby,
        pause={"tick_before": 0.4},
        waits=True,
    ),
    Fault(
        "leader killed after a tick",
        scheduler_at("tick_after"),
        "lease_end",
        "takeover",
        world=worlds.with_standby,
        pause={"tick_after": 0.4},
        waits=True,
    ),
    Fault("two schedulers", two_schedulers, "locks", world=worlds.apart(schedulers=2, workers=2)),
    Fault("leader frozen and thawed", frozen_leader, "locks", world=worlds.apart(schedulers=2, workers=2), waits=True),
    Fault("two workers at one source", two_workers, "locks", world=worlds.apart(workers=2)),
    Fault("a job delivered twice", job_twice, "identity", world=worlds.apart(workers=2)),
    Fault("backends ended", backend_killed, "patience"),
    Fault("PostgreSQL crashes", database_crash, "synchronous_commit", "db"),
    Fault("PostgreSQL's first process killed", database_gone, "revival", "db"),
    Fault("PostgreSQL away for 5 s", database_away, "another_try", "db", world=worlds.apart(), waits=True),
    Fault("connections exhausted", connections_exhausted, "patience", "db", waits=True),
    Fault("a migration during a crawl", migration, "lock_timeout", waits=True, pause={"extract": 0.3}),
    Fault("a slow database", slow_database, "backpressure", world=worlds.behind_a_slow_door, waits=True),
    Fault("worker cut off from the database", cut_off, "freed_jobs", world=worlds.behind_doors, waits=True),
    Fault(
        "archive's disk full",
        archive_disk_full,
        "archive_errors",
        needs="mount",
        world=worlds.with_a_small_archive_disk,
    ),
    Fault(
        "database's disk full",
        database_disk_full,
        "patience",
        "db",
        needs="mount",
        world=worlds.with_a_small_database_disk,
        waits=True,
    ),
    Fault("the clock steps", clock_steps, "clock", world=worlds.with_a_clock),
)
