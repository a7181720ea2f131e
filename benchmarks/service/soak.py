"""The service for an hour at 10 pages/s: does its memory grow, does it leak descriptors or connections?

The real `dateline up` against loopback sites that publish at RATE. Every 5 s all its processes are measured; after the
warm-up a straight line is laid through each series by least squares. Neighbouring samples resemble each other (a parsing
process grows over its 500 calls and is then replaced): n samples whose rest has an autocorrelation r at lag 1 are worth
n (1 - r) / (1 + r), and the slope's standard error is that of so many (Santer et al., JGR 105 (2000), 7337). On made series of
96 to 720 samples with r of 0 to .9, 87 to 96 % of slopes are within two such errors; by Newey and West's error it was 66 to 90 %.

Memory is anonymous PSS: what processes wrote themselves, and what forked ones share counts in parts, so that the sum is what
the machine gives for good. Pages of mapped files are left out, since their share depends on who else on the machine maps them;
`resident` is the plain sum of RSS beside it. Of PostgreSQL private memory is shown apart: its backends' caches fill up in
their first hour and go with each connection, its shared buffers fill up to their set size.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import psutil
import psycopg

from benchmarks import results
from benchmarks.service.soak_site import HOSTS
from dateline.errors import DatabaseError
from dateline.types.source import Politeness, Source, WatchedPage
from sql.frontier.sources import upsert_source
from sql.schema.migrate import migrate
from sql.server.embedded import EmbeddedServer, remove_cluster, server_url
from sql.server.placement import ROOT_DIR, place

SAMPLE_S = 5.0
STOP_S = 300
"""How long the service may take to end: on a busy machine some minutes, and the figures must not be lost for it."""
MB = 2.0**20
ROLES = ("up", "scheduler", "worker", "console", "parsing")
"""Dateline's own processes; `parsing` are the parser pool's, with the one that forks them."""
COUNTS = """
    SELECT (SELECT coalesce(sum(value), 0)::float8 FROM dateline.total WHERE name = 'fetches'),
           (SELECT coalesce(sum(value), 0)::float8 FROM dateline.total WHERE name = 'article'),
           (SELECT count(*)::float8 FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend')
"""
DELAYS = """
    SELECT percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY extract(epoch FROM first_seen_at - published_at)::float8)
    FROM dateline.article WHERE first_seen_at > now() - make_interval(mins => %s)
"""


def slope(seconds: Sequence[float], values: Sequence[float]) -> tuple[float, float]:
    """The series' slope an hour by least squares, and its standard error for as many samples as it is worth."""
    if len(seconds) < 4:
        return float("nan"), float("nan")
    t, y = np.asarray(seconds, float), np.asarray(values, float)
    x = t - t.mean()
    found = float(x @ y) / float(x @ x)
    rest = y - y.mean() - found * x
    square = float(rest @ rest)
    likeness = max(0.0, float(rest[1:] @ rest[:-1]) / square) if square > 0 else 0.0
    worth = max(3.0, len(t) * (1 - likeness) / (1 + likeness))
    return found * 3600, (square / (worth - 2) / float(x @ x)) ** 0.5 * 3600


@contextmanager
def running(folder: Path, rate: float, workers: int, arena_max: int | None) -> Iterator[tuple[int, str]]:
    """Sites and service; gives the service's pid and its database's URL."""
    port = _free_port()
    with EmbeddedServer(folder).running() as url:
        migrate(url)
        with psycopg.connect(url, autocommit=True) as connection:
            for host in HOSTS:
                watched = (WatchedPage(f"http://{host}/feed.xml", "feed"),)
                name, polite = host.partition(".")[0], Politeness(delay_s=0.05, concurrency=1, max_pages_a_day=10**9)
                source = Source(name, name, f"http://{host}/", watched=watched, schedule="every 30s", politeness=polite)
                upsert_source(connection, source)
    env = {name: value for name, value in os.environ.items() if not name.startswith("DATELINE_")} | {
        "DATELINE_RESOLVE": f"*.test=127.0.0.1:{port}",
        "DATELINE_CONTACT": "soak@dateline.test",
        "DATELINE_HEALTH_PORT": str(_free_port()),
        "DATELINE_CONSOLE_PORT": str(_free_port()),
        "DATELINE_LOG_LEVEL": "warning",
        "DATELINE_LOG_FORMAT": "json",
    }
    if arena_max is not None:
        env["MALLOC_ARENA_MAX"] = str(arena_max)
    root = Path(__file__).parents[2]
    site = subprocess.Popen([sys.executable, "-m", "benchmarks.service.soak_site", str(port), str(rate)], cwd=root)
    with (folder / "service.log").open("ab") as log:
        command = [sys.executable, "-m", "dateline", "--data-dir", str(folder), "up", "--workers", str(workers)]
        service = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=root)
    try:
        yield service.pid, server_url(place(folder, root_dir=ROOT_DIR).socket_dir)
    finally:
        service.terminate()
        with suppress(subprocess.TimeoutExpired):
            service.wait(STOP_S)
        service.kill()
        service.wait()
        site.kill()
        site.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def measure(pid: int, url: str, cluster: Path) -> dict[str, float]:
    """Memory by role and descriptors of Dateline's processes, private memory of PostgreSQL's, connections and counts."""
    found: dict[str, float] = defaultdict(float)
    with suppress(psutil.NoSuchProcess):
        parent = psutil.Process(pid)
        for process in (parent, *parent.children(recursive=True)):
            with suppress(psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
                role = role_of(process, pid)
                if role == "postgres":
                    continue
                memory = rollup(process.pid)
                found[f"{role}_mb"] += memory["Pss_Anon"] / MB
                found["resident_mb"] += memory["Rss"] / MB
                found["descriptors"] += process.num_fds()
    for process in psutil.process_iter():
        if _works_in(process, cluster):
            with suppress(psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
                found["postgres_mb"] += rollup(process.pid)["Pss_Anon"] / MB
    found["memory_mb"] = sum(found[f"{role}_mb"] for role in ROLES)
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(COUNTS).fetchone() or (0.0, 0.0, 0.0)
    found["pages"], found["articles"], found["connections"] = row
    return dict(found)


def role_of(process: psutil.Process, up: int) -> str:
    """Which of the service's parts a process is."""
    words = process.cmdline()
    if process.pid == up:
        return "up"
    if process.name().startswith("postgres"):
        return "postgres"
    if "dateline.parser_pool.forkserver" in words:
        return "parsing"
    return next((role for role in ("scheduler", "worker", "console") if role in words), "other")


def rollup(pid: int) -> dict[str, int]:
    """Bytes by kind from /proc/PID/smaps_rollup (proc(5))."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]
    return {name.rstrip(":"): int(number) * 1024 for name, number, *_ in (line.split() for line in lines)}


def _works_in(process: psutil.Process, cluster: Path) -> bool:
    """Whether it is a server process of this cluster."""
    with suppress(psutil.Error):
        return process.name() == "postgres" and Path(process.cwd()) == cluster
    return False


def soak(
    minutes: float, rate: float, *, workers: int, arena_max: int | None
) -> tuple[dict[str, float], list[dict[str, float]]]:
    """The figures, and the samples that they were made of."""
    folder = Path(tempfile.mkdtemp(prefix="dl-soak-", dir="/tmp"))
    folder.chmod(0o711)
    cluster = place(folder, root_dir=ROOT_DIR).cluster.resolve()
    samples: list[dict[str, float]] = []
    try:
        with running(folder, rate, workers, arena_max) as (pid, url):
            began = time.monotonic()
            while (now := time.monotonic() - began) < minutes * 60:
                with suppress(psycopg.OperationalError):  # not up yet
                    samples.append({"second": now, **measure(pid, url, cluster)})
                    _tell(samples[-1])
                time.sleep(max(0.0, SAMPLE_S - (time.monotonic() - began - now)))
            with psycopg.connect(url) as connection:
                delays = (connection.execute(DELAYS, [int(minutes)]).fetchone() or ([0.0, 0.0],))[0] or [0.0, 0.0]
        log = (folder / "service.log").read_text(encoding="utf-8")
        print(log[-4000:], file=sys.stderr)
    finally:
        with suppress(DatabaseError):
            remove_cluster(folder)
        subprocess.run(["rm", "-rf", str(folder)], check=False)
    figures = summary(samples, minutes, rate)
    figures |= {"publish_to_store_median_s": delays[0], "publish_to_store_p95_s": delays[1]}
    return figures | {"warnings": float(len(log.splitlines()))}, samples


def _tell(sample: dict[str, float]) -> None:
    if sys.stderr.isatty():
        print(
            f"\r{sample['second'] / 60:6.1f} min  {sample['pages']:8.0f} pages  {sample['memory_mb']:7.1f} MB",
            end="",
            file=sys.stderr,
        )


def warm_up_minutes(minutes: float) -> float:
    """What is left out at the beginning: a third of a short run, ten minutes of a long one."""
    return min(10.0, minutes / 3)


def summary(samples: list[dict[str, float]], minutes: float, rate: float) -> dict[str, float]:
    """The table's figures from the samples after the warm-up."""
    warm = warm_up_minutes(minutes)
    kept = [one for one in samples if one["second"] >= warm * 60]
    seconds = [one["second"] for one in kept]
    pages = kept[-1]["pages"] - kept[0]["pages"]
    figures = {
        "minutes": minutes, "rate": rate, "warm_up_minutes": warm, "samples": float(len(kept)), "pages": kept[-1]["pages"],
        "articles": kept[-1]["articles"], "pages_per_s": pages / (seconds[-1] - seconds[0]),
    }  # fmt: skip
    series = {
        "memory": "memory_mb",
        "descriptors": "descriptors",
        "connections": "connections",
        "postgres_memory": "postgres_mb",
    }
    series |= {f"{role}_memory": f"{role}_mb" for role in ROLES}
    for name, key in series.items():
        values = [one.get(key, 0.0) for one in kept]
        unit = "_mb_h" if key.endswith("_mb") else ""
        found, error = slope(seconds, values)
        figures[f"{name}_mb" if unit else name] = float(np.mean(values))
        figures[f"{name}_slope{unit}"], figures[f"{name}_slope_error{unit}"] = found, error
    return figures


def main() -> None:
    """Run it and write build/bench/soak.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=float, default=10, help="pages published a second, over all sites")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument(
        "--arena-max", type=int, help="MALLOC_ARENA_MAX of the service; by default as the service sets it"
    )
    given = parser.parse_args()
    figures, samples = soak(given.minutes, given.rate, workers=given.workers, arena_max=given.arena_max)
    results.show(
        f"{given.minutes:g} minutes at {given.rate:g} pages/s; slopes an hour ± standard error", list(figures.items())
    )
    print(f"written: {results.write('soak', figures, samples)}")


if __name__ == "__main__":
    main()
