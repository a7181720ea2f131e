"""What is done to the service's processes: workers, parsing processes, schedulers. Each plays one run of a fault."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil

from benchmarks.kills.compare import Outcome
from benchmarks.kills.site import HOSTS
from benchmarks.kills.stage import Stage

CGROUPS = Path("/sys/fs/cgroup/memory")
"""Where the kernel limits memory (cgroup version 1); elsewhere it is played by SIGKILL."""
END_S = 30.0


# Workers -----------------------------------------------------------------------------------------------------------------


def worker_idle(stage: Stage) -> Outcome:
    """There is nothing to do; then news come just as the worker dies."""
    worker = _worker(stage)
    stage.idle()
    time.sleep(stage.chance.uniform(0, 0.5))
    stage.site.publish()
    stage.strike(worker)
    stage.make_due(HOSTS)
    return stage.finish()


def worker_fetching(stage: Stage) -> Outcome:
    worker = _worker(stage)
    stage.news()
    stage.some_articles(0.3)  # a fast worker has asked for all pages long before the last one is stored
    stage.until(stage.site.in_flight, "nothing is fetched")
    stage.strike(worker)
    return stage.finish()


_PLACES = {"job_end": 3, "group": 3, "upload": 2}
"""One more than how often a round of news surely comes by the place; the worker of a fast machine uploads once a round."""


def worker_at(place: str) -> Callable[[Stage], Outcome]:
    """SIGKILL of the worker at a place that it pauses at."""

    def strike(stage: Stage) -> Outcome:
        worker = _worker(stage)
        stage.news()
        stage.after_marks(place, stage.chance.randrange(1, _PLACES.get(place, 12)))
        time.sleep(stage.chance.uniform(0, stage.pause[place]))
        if place == "job_end":
            # so that there is something to commit afterwards
            stage.site.publish()
        stage.strike(worker)
        if place == "job_end":
            stage.make_due(HOSTS)
        return stage.finish()

    return strike


def _worker(stage: Stage) -> int:
    """The pid of the worker of `up`, however young it is."""
    return stage.child(stage.parts["up"], "worker")


def worker_out_of_memory(stage: Stage) -> Outcome:
    """The kernel ends the worker because memory is short."""
    worker = _worker(stage)
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
    stage.until(lambda: up.poll() is not None, "`dateline up` does not end", END_S)
    stage.parts["up"] = stage.start("up")
    outcome = stage.finish(counts_fetches=True)
    return replace(outcome, harm=f"it ended with {up.returncode}" if up.returncode else "", recovery_s=None)


# Parsing processes ---------------------------------------------------------------------------------------------------------


def parsing_killed(stage: Stage) -> Outcome:
    stage.news()
    stage.some_articles()
    stage.strike(stage.parsing_process(_worker(stage)))
    return stage.finish()


def parsing_out_of_memory(stage: Stage) -> Outcome:
    """The kernel ends the parsing process because memory is short; no fault of the page's."""
    stage.news()
    stage.some_articles()
    _out_of_memory(stage, stage.parsing_process(_worker(stage)))
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
    """The pid of the scheduler that leads; it is part of the holder's name (`process_name`)."""
    rows = stage.ask("SELECT holder FROM dateline.lease WHERE name = 'scheduler' AND expires_at > clock_timestamp()")
    return int(rows[0][0].split("-")[-2]) if rows else 0


def frozen_leader(stage: Stage) -> Outcome:
    """The leader is frozen for longer than its lease, then continues."""
    stage.until(lambda: _leader(stage), "no leader")
    leader = _leader(stage)
    stage.news()
    time.sleep(stage.chance.uniform(0, 2))
    stage.strike(leader, signal.SIGSTOP)
    time.sleep(stage.chance.uniform(7, 9))
    stage.news()
    os.kill(leader, signal.SIGCONT)
    return replace(stage.finish(counts_fetches=True), recovery_s=None)


def crawled(stage: Stage) -> Outcome:
    """Nothing is struck: several schedulers or workers are what may hurt."""
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
