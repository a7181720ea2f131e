"""The faults: what is done to the service, when, and which protection a run without it does without."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

import psutil
import psycopg

from benchmarks.kills.proxy import proxied
from benchmarks.kills.stage import Outcome, Stage
from sql.database import connect
from sql.migrate import Step, _apply


@dataclass(frozen=True)
class Fault:
    """A fault. `strike` plays it to the end; `off` names the protection (see hooks) whose lack it shows.

    `measures` is what its recovery counts as: worker, db, takeover, or nothing.
    """

    name: str
    strike: Callable[[Stage], Outcome]
    off: str
    measures: str = ""
    pause: dict[str, float] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    poisoned: bool = False
    has_clock: bool = False
    needs: str = ""
    """What a machine must allow for it: `mount`."""


def worker_idle(stage: Stage) -> Outcome:
    up = stage.start("up")
    stage.after_articles(len(stage.site.urls()))
    stage.until(lambda: stage.ask("SELECT count(*) FROM procrastinate.procrastinate_jobs") == [(0,)], "never idle")
    time.sleep(stage.chance.uniform(0, 1))
    stage.strike(stage.child(up, "worker"))
    stage.site.publish()
    stage.make_due()
    return stage.finish()


def worker_fetching(stage: Stage) -> Outcome:
    up = stage.start("up")
    stage.some_articles()
    stage.until(stage.site.in_flight, "nothing is fetched")
    stage.strike(stage.child(up, "worker"))
    return stage.finish()


def worker_at(place: str) -> Callable[[Stage], Outcome]:
    """SIGKILL of the worker at a place that it pauses at."""

    def strike(stage: Stage) -> Outcome:
        up = stage.start("up")
        worker = stage.child(up, "worker")
        most = 3 if place == "job_end" else 12
        stage.after_marks(place, stage.chance.randrange(1, most))
        time.sleep(stage.chance.uniform(0, stage.pause[place]))
        stage.strike(worker)
        if place == "job_end":
            stage.site.publish()
            stage.make_due()
        return stage.finish()

    return strike


def scheduler_at(place: str) -> Callable[[Stage], Outcome]:
    """SIGKILL of the scheduler round a tick that has something to do."""

    def strike(stage: Stage) -> Outcome:
        up = stage.start("up")
        stage.after_articles(len(stage.site.urls()))
        scheduler = stage.child(up, "scheduler")
        seen = len(list(stage.marks.glob(f"{place}.*")))
        stage.site.publish()
        stage.make_due()
        stage.after_marks(place, seen + 1)
        time.sleep(stage.chance.uniform(0, stage.pause[place] * 0.8))
        stage.strike(scheduler)
        outcome = stage.finish()
        asked = [at - (stage.struck_at or 0) for at in stage.site.feed_asked_at if at > (stage.struck_at or 0)]
        return replace(outcome, recovery_s=min(asked, default=None))

    return strike


def extraction_killed(stage: Stage) -> Outcome:
    up = stage.start("up")
    worker = stage.child(up, "worker")
    for _ in range(3):
        with suppress(TimeoutError):
            more = len(stage.acknowledged) + stage.chance.randrange(1, 6)
            stage.after_articles(min(len(stage.site.urls()) - 2, more), 10.0)
        with suppress(ProcessLookupError, TimeoutError):
            stage.strike(stage.extraction_process(worker))
    return stage.finish()


def extraction_out_of_memory(stage: Stage) -> Outcome:
    stage.start("up")
    return stage.finish()


def worker_out_of_memory(stage: Stage) -> Outcome:
    """As the kernel does it: the largest process dies; here the worker, again and again."""
    up = stage.start("up")
    for _ in range(2):
        stage.some_articles()
        stage.strike(stage.child(up, "worker"))
    return stage.finish()


def backend_killed(stage: Stage) -> Outcome:
    stage.start("up")
    for _ in range(4):
        stage.after_articles(min(len(stage.site.urls()) - 2, len(stage.acknowledged) + stage.chance.randrange(1, 5)))
        stage.strike()
        stage.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name LIKE 'dateline-worker%%' ORDER BY random() LIMIT 3"
        )
    return stage.finish()


def database_crash(stage: Stage) -> Outcome:
    """SIGKILL of a backend: PostgreSQL ends all others and replays its log."""
    stage.start("up")
    if stage.off:
        # so that what was not brought to disk at its commit has no time to get there by itself
        stage.ask("ALTER SYSTEM SET wal_writer_delay = '10s'")
        stage.ask("SELECT pg_reload_conf()")
    stage.some_articles()
    backends = stage.ask("SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'dateline-worker%%' LIMIT 1")
    stage.strike(backends[0][0] if backends else None)
    time.sleep(0.1)
    _back(stage)
    return stage.finish()


def database_away(stage: Stage) -> Outcome:
    server = stage.hold_database()
    stage.start("scheduler", url=stage.url)
    stage.start("worker", url=stage.url)
    stage.some_articles()
    stage.strike(stage.server_pid(), signal.SIGQUIT)
    time.sleep(5)
    server.start()
    _back(stage)
    return stage.finish()


def database_gone(stage: Stage) -> Outcome:
    """SIGKILL of the server's first process: `dateline up` revives it."""
    stage.start("up")
    stage.some_articles()
    stage.strike(stage.server_pid())
    time.sleep(0.1)
    _back(stage)
    return stage.finish()


def connections_exhausted(stage: Stage) -> Outcome:
    """Strangers hold every connection that the server gives for three seconds, and ours are ended."""
    stage.start("up")
    stage.some_articles()
    stage.strike()
    held = []
    stage.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'dateline-worker%%'")
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        try:
            held.append(psycopg.connect(stage.url, connect_timeout=2))
        except psycopg.OperationalError:
            time.sleep(0.05)
    for connection in held:
        connection.close()
    _back(stage)
    return stage.finish()


def archive_disk_full(stage: Stage) -> Outcome:
    archive = stage.folder / "archive"
    archive.mkdir()
    # room for some records only; an uncompressible filler takes the rest
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(archive)], check=True)
    try:
        filler = archive / "filler"
        filler.write_bytes(os.urandom(stage.chance.randrange(20, 52) * 1024))
        stage.start("up")
        stage.until(lambda: _free(str(archive)) < 4096 or len(stage.acknowledged) > 25, "the disk never fills")
        stage.strike()
        time.sleep(1)
        subprocess.run(["mount", "-o", "remount,size=64m", str(archive)], check=True)
        return stage.finish()
    finally:
        _stop_all(stage)
        subprocess.run(["umount", "-l", str(archive)], check=False)


def database_disk_full(stage: Stage) -> Outcome:
    cluster = stage.folder / "postgres"
    copy = stage.folder / "copy"
    cluster.rename(copy)
    cluster.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1g", "tmpfs", str(cluster)], check=True)
    try:
        subprocess.run(["cp", "-a", f"{copy}/.", str(cluster)], check=True)
        filler = cluster / "filler"
        stage.start("up")
        stage.some_articles()
        stage.strike()
        with filler.open("wb") as out, suppress(OSError):
            while True:
                out.write(bytes(1 << 20))
                out.flush()
        time.sleep(3)
        filler.unlink()
        _back(stage)
        return stage.finish()
    finally:
        _stop_all(stage)
        subprocess.run(["umount", "-l", str(cluster)], check=False)


def two_schedulers(stage: Stage) -> Outcome:
    stage.hold_database()
    for number in (1, 2):
        stage.start("scheduler", url=stage.url, own_folder=f"s{number}")
    for number in (1, 2):
        stage.start("worker", url=stage.url, own_folder=f"w{number}")
    stage.after_articles(len(stage.site.urls()))
    stage.site.publish()
    stage.make_due()
    return stage.finish(counts_fetches=True)


def frozen_leader(stage: Stage) -> Outcome:
    """The leader stands still for longer than its lease, then goes on as if nothing had been."""
    stage.hold_database()
    first = stage.start("scheduler", url=stage.url, own_folder="s1")
    stage.until(
        lambda: stage.ask("SELECT count(*) FROM dateline.lease WHERE expires_at > now()") == [(1,)], "no leader"
    )
    stage.start("scheduler", url=stage.url, own_folder="s2")
    for number in (1, 2):
        stage.start("worker", url=stage.url, own_folder=f"w{number}")
    stage.some_articles()
    stage.strike(first.pid, signal.SIGSTOP)
    time.sleep(stage.chance.uniform(7, 9))
    stage.site.publish()
    stage.make_due()
    os.kill(first.pid, signal.SIGCONT)
    return stage.finish(counts_fetches=True)


def two_workers(stage: Stage) -> Outcome:
    stage.hold_database()
    stage.start("scheduler", url=stage.url)
    for number in (1, 2):
        stage.start("worker", url=stage.url, own_folder=f"w{number}")
    stage.after_articles(len(stage.site.urls()))
    stage.site.publish()
    stage.make_due()
    return stage.finish(counts_fetches=True)


def job_twice(stage: Stage) -> Outcome:
    """The queue hands the same hosts to two workers at once, as a late delivery would."""
    stage.hold_database()
    stage.start("scheduler", url=stage.url)
    for number in (1, 2):
        stage.start("worker", url=stage.url, own_folder=f"w{number}")
    stage.some_articles()
    stage.strike()
    for _ in range(2):
        stage.ask(
            "INSERT INTO procrastinate.procrastinate_jobs (queue_name, task_name, priority, args)"
            " SELECT 'visits', 'dateline.visit_host', 0, jsonb_build_object('host', host, 'crawl_id', NULL)"
            " FROM dateline.feed WHERE crawl_id IS NULL"
        )
        time.sleep(0.2)
    return stage.finish()


ADD_COLUMN = "ALTER TABLE dateline.article ADD COLUMN kills integer"


def migration(stage: Stage) -> Outcome:
    """A migration of the busiest table, while an analyst's long query holds it up."""
    stage.start("up")
    stage.some_articles()
    analyst = psycopg.connect(stage.url)
    analyst.execute("SELECT count(*) FROM dateline.article")
    lock_timeout_s = 0.0 if stage.off == "lock_timeout" else 2.0

    def migrate() -> None:
        with connect(stage.url, autocommit=True) as connection:
            _apply(connection, Step("9999_kills", ADD_COLUMN), lock_timeout_s, time.sleep)

    stage.strike()
    before = len(stage.acknowledged)
    migrating = threading.Thread(target=migrate)
    migrating.start()
    time.sleep(6)
    stored_meanwhile = len(stage.acknowledged) - before
    analyst.close()
    migrating.join(60)
    outcome = stage.finish()
    # to stand still for as long as an analyst reads is a loss, too
    stalled = int(stored_meanwhile == 0 and before < len(stage.site.urls()))
    return replace(outcome, lost=outcome.lost + stalled, recovery_s=None)


def clock_steps(stage: Stage) -> Outcome:
    """The wall clock of the service's processes jumps ahead by an hour, then back to where it was, and behind."""
    assert stage.offset is not None
    stage.offset.write_text("0")
    stage.start("up")
    stage.some_articles()
    stage.strike()
    stage.offset.write_text(str(stage.chance.choice((3600, 600, 86400))))
    time.sleep(stage.chance.uniform(0.5, 2))
    stage.offset.write_text(str(stage.chance.choice((0, -2, -120))))
    stage.site.publish()
    stage.make_due()
    return stage.finish()


def slow_database(stage: Stage) -> Outcome:
    """Every answer of the database takes 20-60 ms longer; the worker's memory stays within bounds."""
    stage.hold_database()
    with proxied(stage.url, stage.folder, delay_s=stage.chance.uniform(0.02, 0.06)) as (url, _):
        stage.start("scheduler", url=stage.url)
        worker = stage.start("worker", url=url)
        stage.after_articles(1)
        stage.strike()
        peak = psutil.Process(worker.pid).memory_info().rss
        outcome = stage.finish()
        grown = psutil.Process(worker.pid).memory_info().rss - peak
        is_bounded = grown < 100e6
    return replace(outcome, lost=outcome.lost + (not is_bounded), recovery_s=None)


def cut_off(stage: Stage) -> Outcome:
    """A worker hears nothing more of the database, without a reset; another takes its work over; then it hears again."""
    stage.hold_database()
    with proxied(stage.url, stage.folder) as (url, cut):
        stage.start("scheduler", url=stage.url)
        stage.start("worker", url=url, own_folder="w1")
        stage.some_articles()
        stage.strike()
        cut.set()
        stage.start("worker", url=stage.url, own_folder="w2")
        outcome = stage.finish()
        cut.clear()
        stage.site.publish()
        stage.make_due()
        second = stage.finish()
    return replace(second, forgotten=max(outcome.forgotten, second.forgotten), recovery_s=None)


def terminated(stage: Stage) -> Outcome:
    """SIGTERM in the middle: what is in flight is finished, nothing is fetched twice, the next start goes on."""
    up = stage.start("up")
    stage.some_articles()
    stage.strike(up.pid, signal.SIGTERM)
    for worker in stage._children(up.pid, "worker"):
        with suppress(ProcessLookupError):
            os.kill(worker, signal.SIGTERM)
    code = up.wait(30)
    stage.start("up")
    outcome = stage.finish(counts_fetches=True)
    return replace(outcome, lost=outcome.lost + (code != 0), recovery_s=None)


def _back(stage: Stage) -> None:
    """Return when the database answers again; recovery counts from there."""
    with suppress(psycopg.OperationalError):
        stage.ask("SELECT 1")
    stage.struck_at = time.time()


def _free(folder: str) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def _stop_all(stage: Stage) -> None:
    for process in stage.processes:
        with suppress(psutil.Error):
            for one in [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]:
                with suppress(psutil.Error):
                    one.kill()
    for one in psutil.process_iter(["name"]):
        with suppress(psutil.Error, OSError):
            if one.info["name"] == "postgres" and str(stage.folder) in one.cwd():
                one.kill()


FAULTS = (
    Fault("worker killed, idle", worker_idle, "supervision", "worker"),
    Fault("worker killed, fetching", worker_fetching, "frontier", "worker"),
    Fault("worker killed, extracting", worker_at("extract"), "freed_jobs", "worker", {"extract": 0.15}),
    Fault(
        "worker killed, between commit and the job's end",
        worker_at("job_end"),
        "freed_jobs",
        "worker",
        {"job_end": 0.5},
    ),
    Fault("worker killed, writing the archive", worker_at("archive"), "archive_first", "worker", {"archive": 0.15}),
    Fault("worker killed, in the store's transaction", worker_at("store"), "identity", "worker", {"store": 0.15}),
    Fault("scheduler killed before a tick", scheduler_at("tick_before"), "lease_end", "takeover", {"tick_before": 0.4}),
    Fault("scheduler killed after a tick", scheduler_at("tick_after"), "lease_end", "takeover", {"tick_after": 0.4}),
    Fault("parsing process killed", extraction_killed, "replacements"),
    Fault(
        "parsing process out of memory",
        extraction_out_of_memory,
        "cage",
        poisoned=True,
        settings={"parse_memory_mb": "700"},
    ),
    Fault("worker out of memory", worker_out_of_memory, "frontier", "worker"),
    Fault("backend ended", backend_killed, "patience"),
    Fault("PostgreSQL crashes", database_crash, "synchronous_commit", "db"),
    Fault("PostgreSQL's first process killed", database_gone, "revival", "db"),
    Fault("PostgreSQL away for 5 s", database_away, "another_try", "db"),
    Fault("connections exhausted", connections_exhausted, "patience", "db"),
    Fault("archive's disk full", archive_disk_full, "archive_errors", needs="mount"),
    Fault("database's disk full", database_disk_full, "patience", "db", needs="mount"),
    Fault("two schedulers", two_schedulers, "locks"),
    Fault("leader frozen and thawed", frozen_leader, "locks"),
    Fault("two workers at one source", two_workers, "locks"),
    Fault("a job delivered twice", job_twice, "identity"),
    Fault("a migration during a crawl", migration, "lock_timeout"),
    Fault("the clock steps", clock_steps, "clock", has_clock=True),
    Fault("a slow database", slow_database, "patience"),
    Fault("worker cut off from the database", cut_off, "freed_jobs"),
    Fault("SIGTERM in the middle", terminated, "grace"),
)
