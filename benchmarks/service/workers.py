"""What four workers do against slow servers beside what one does, in one run, and whether each host's pace held.

    python -m benchmarks.service.workers [--hosts 2400] [--latency 0.5] [--workers 4] [--span 20]

Every feed of every host (two a host) is due throughout, every answer takes `--latency` seconds, the pace is the default second a
host. Spans: one worker, all of them, one again; visits per second are counted in the middle of each. A worker's visits at once
are bound by `hosts_at_once`, by default 32: that is what a further worker adds where the servers and not the CPU are slow.
"""

from __future__ import annotations

import argparse
import datetime as dt
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from benchmarks import results
from benchmarks.service.farm import Asked, farm, hosts_of, plant, read_log
from benchmarks.service.fleet import Fleet, fleet
from benchmarks.service.visits import visits
from sql.schema.migrate import migrate
from sql.server.embedded import EmbeddedServer

WARM_S = 6.0
DELAY_S, SLACK_S = 1.0, 0.05
"""The default pace; how much a server under load may mistake when a request came."""
TARGET = 3.2


def rate(service: Fleet, workers: int, span_s: float) -> tuple[float, float]:
    """Visits per second while everything is due, and the share of one core that it took."""
    service.until_running(workers)
    service.ask("UPDATE dateline.feed_state SET next_due_at = now()")
    time.sleep(WARM_S)
    before, cpu, began = visits(service), service.cpu(), time.monotonic()
    time.sleep(span_s)
    done, took = visits(service) - before, time.monotonic() - began
    cpu = service.cpu() - cpu
    service.ask("UPDATE dateline.feed_state SET next_due_at = NULL WHERE next_due_at <= now()")
    service.until(
        lambda: service.ask("SELECT count(*) FROM procrastinate.procrastinate_jobs")[0][0] == 0, "jobs are left"
    )
    return done / took, sum(cpu.values()) / took


def at_once(asked: Iterable[Asked]) -> int:
    """The most requests that any host had at once, by the servers' own log."""
    most = 0
    for requests in by_host(asked).values():
        moments = sorted([(one.at, 1) for one in requests] + [(one.ended, -1) for one in requests])
        present = 0
        for _, step in moments:
            present += step
            most = max(most, present)
    return most


def too_early(asked: Iterable[Asked]) -> int:
    """Requests that came sooner after the end of the one before than the host's pace allows."""
    gaps = (
        later.at - earlier.ended
        for requests in by_host(asked).values()
        for earlier, later in pairwise(sorted(requests, key=lambda one: one.at))
    )
    return sum(gap < DELAY_S - SLACK_S for gap in gaps)


def by_host(asked: Iterable[Asked]) -> dict[str, list[Asked]]:
    """Requests of each host."""
    found: dict[str, list[Asked]] = defaultdict(list)
    for one in asked:
        found[one.host].append(one)
    return found


def start_worker(service: Fleet, number: int) -> subprocess.Popen[bytes]:
    """A worker with a data folder of its own, as on a machine of its own."""
    return service.start("worker", "--queues", "visits", folder=f"worker{number}")


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=2400)
    parser.add_argument("--latency", type=float, default=0.5)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--span", type=float, default=20.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dateline-bench-", ignore_cleanup_errors=True) as name:
        folder, log = Path(name), Path(name) / "access.tsv"
        settings = {"extraction_workers": "1"}
        with (
            EmbeddedServer(folder).running() as url,
            farm(log, latency_s=options.latency) as port,
            fleet(url, folder, port, **settings) as service,
        ):
            migrate(url)
            plant(url, hosts_of(options.hosts), feeds_a_host=2, now=dt.datetime.now(dt.UTC))
            service.start("scheduler")
            start_worker(service, 0)
            first, _ = rate(service, 1, options.span)
            more = [start_worker(service, number) for number in range(1, options.workers)]
            many, share = rate(service, options.workers, options.span)
            for process in more:
                process.terminate()
            for process in more:
                process.wait(30)
                service.processes.remove(process)
            again, _ = rate(service, 1, options.span)
            time.sleep(0.5)
            asked = read_log(log)
    one = (first + again) / 2
    figures = {
        "workers": options.workers,
        "latency_s": options.latency,
        "one_per_s": one,
        "one_first_per_s": first,
        "one_again_per_s": again,
        "many_per_s": many,
        "ratio": many / one,
        "many_core_share": share,
        "requests": len(asked),
        "most_at_once_at_a_host": at_once(asked),
        "requests_before_their_time": too_early(asked),
    }
    results.write("workers", figures, [])
    results.show(f"{options.workers} workers beside one, answers take {options.latency:g} s", [*figures.items()])
    print(f"  targets: ratio >= {TARGET}, most_at_once_at_a_host 1, requests_before_their_time 0")


if __name__ == "__main__":
    main()
