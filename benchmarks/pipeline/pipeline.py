"""`make bench-pipeline CORPUS=FOLDER`: pages per second from fetch to commit, compared with a bound and a naive crawler.

bound   stock trafilatura with metadata over the pages in memory, on all cores: no network, no database
naive   a Scrapy spider that calls trafilatura in its callback: no database
ours    `dateline crawl` of the sitemap: fetched, archived, extracted, deduplicated, committed (first fetch to last commit)

The three are interleaved in each round; the figures are medians over the rounds. Ours is also measured in its steady window,
from a fifth of the pages to four fifths: pages per second, CPU per page by role (what a busy machine changes least), and how
much of the cores it used and how much idled. Its transactions are counted with those of its start and its polling.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trafilatura

from benchmarks import results
from benchmarks.pipeline.corpus import SITEMAP, SavedPage, load, resolve_rules, served
from benchmarks.pipeline.roles import CpuByRole, postmaster_of
from sql.database import connect
from sql.server.embedded import EmbeddedServer, remove_cluster

SETS = ("scrapinghub", "fundus", "fundus-evaluation", "trafilatura", "wcxb")
FINISHED = """
SELECT finished_at FROM dateline.fetch WHERE crawl_id = (SELECT max(id) FROM dateline.crawl) ORDER BY finished_at
"""
BEGAN = "SELECT min(started_at) FROM dateline.visit WHERE crawl_id = (SELECT max(id) FROM dateline.crawl)"
COMMITS = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
_KEPT = frozenset({"round", "name", "pages", "seconds", "pages_per_s"})


@dataclass(frozen=True, slots=True)
class Run:
    """Pages and seconds of one contestant, and its other figures."""

    pages: int
    seconds: float
    more: dict[str, float] = field(default_factory=dict)


def stock(page: tuple[str, bytes]) -> float:
    """Stock trafilatura on one page; returns its CPU seconds."""
    began = time.process_time()
    trafilatura.bare_extraction(page[1], url=page[0], with_metadata=True)
    return time.process_time() - began


def bound(pages: list[SavedPage]) -> Run:
    """Stock trafilatura on all cores."""
    cores = len(os.sched_getaffinity(0))
    work = [(page.url, page.body) for page in pages]
    with multiprocessing.get_context("forkserver").Pool(cores) as pool:
        pool.map(stock, work[: cores * 2], chunksize=1)  # imports are not what is measured
        began = time.perf_counter()
        cpu = sum(pool.imap_unordered(stock, work, chunksize=1))
        return Run(len(work), time.perf_counter() - began, {"bound_cpu_ms_per_page": 1e3 * cpu / len(work)})


def naive(pages: list[SavedPage], port: int) -> Run:
    """The naive spider."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as urls:
        json.dump([page.url for page in pages], urls)
        urls.flush()
        command = [sys.executable, "-m", "benchmarks.pipeline.naive_spider", urls.name, str(port)]
        said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
    return Run(int(said["pages"]), float(said["seconds"]))


def ours(pages: list[SavedPage], port: int) -> Run:
    """`dateline crawl`, from the first fetch to the last commit."""
    folder = Path(tempfile.mkdtemp(prefix="dateline-bench-"))
    try:
        with EmbeddedServer(folder).running() as url:
            return crawled(folder, url, pages, port)
    finally:
        remove_cluster(folder)
        shutil.rmtree(folder, ignore_errors=True)


def crawled(folder: Path, url: str, pages: list[SavedPage], port: int) -> Run:
    """One crawl into a data folder whose database runs at that URL."""
    with connect(url) as connection:
        before = connection.execute(COMMITS).fetchone()
    cpu = crawl(folder, pages, port, url)
    with connect(url) as connection:
        after = connection.execute(COMMITS).fetchone()
        rows = connection.execute(FINISHED).fetchall()
        began = connection.execute(BEGAN).fetchone()
    assert began is not None and before is not None and after is not None
    finished = [row[0].timestamp() for row in rows]
    more = _steady(finished, cpu) | {"transactions_per_page": (after[0] - before[0]) / len(finished)}
    return Run(len(finished), finished[-1] - began[0].timestamp(), more)


def _steady(finished: list[float], cpu: CpuByRole) -> dict[str, float]:
    """Pages per second and CPU per page in the middle three fifths of the crawl."""
    first, last = len(finished) // 5, len(finished) * 4 // 5
    start, end, count = finished[first], finished[last], last - first
    by_role = {f"cpu_ms_{role}": 1e3 * used / count for role, used in cpu.between(start, end).items()}
    busy = sum(by_role.values()) * count / 1e3 / ((end - start) * len(os.sched_getaffinity(0)))
    return {
        "steady_pages_per_s": count / (end - start),
        "cpu_ms_per_page": sum(by_role.values()),
        **by_role,
        "share_of_cores_used": busy,
        "share_of_cores_idle": cpu.idle_share(start, end),
    }


def crawl(folder: Path, pages: list[SavedPage], port: int, database: str) -> CpuByRole:
    """`dateline crawl` of the corpus' sitemap into a data folder; returns what CPU it took."""
    rules = folder / "resolve.txt"
    rules.write_text(resolve_rules(pages, port), encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DATELINE_")}
    environment |= {"DATELINE_RESOLVE": f"@{rules}", "DATELINE_CONTACT": "bench@dateline.test"}
    command = [sys.executable, "-m", "dateline", "--data-dir", str(folder), "crawl", SITEMAP, "--delay", "0"]
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=errors)
        with CpuByRole(process.pid, postmaster_of(database)) as cpu:
            process.wait()
        if process.returncode not in (0, 3):  # 3: some pages were refused
            errors.seek(0)
            raise RuntimeError(f"the crawl ended with {process.returncode}: {errors.read()[-2000:].decode()}")
    return cpu


def _median(runs: list[dict[str, Any]], key: str) -> float:
    return statistics.median(run[key] for run in runs if key in run)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--pages", type=int, default=1000, help="that many, spread over all sets; 600 of 1,000 are in the steady window"
    )
    parser.add_argument("--own-hosts", action="store_true", help="serve each page under the host that it comes from")
    parser.add_argument(
        "--only", action="append", choices=("bound", "naive", "ours"), help="these contestants, without ratios"
    )
    options = parser.parse_args()
    pages = load(options.corpus, SETS, own_hosts=options.own_hosts)
    count = min(options.pages, len(pages))
    pages = [pages[number * len(pages) // count] for number in range(count)]
    runs: list[dict[str, Any]] = []
    with served(pages) as port:
        contestants: dict[str, Callable[[], Run]] = {
            "bound": lambda: bound(pages),
            "naive": lambda: naive(pages, port),
            "ours": lambda: ours(pages, port),
        }
        for turn in range(options.rounds):
            for name, run in contestants.items():
                if name not in (options.only or contestants):
                    continue
                found = run()
                speed = found.pages / found.seconds
                runs.append({"round": turn, "name": name, "pages": found.pages, "seconds": found.seconds}
                            | {"pages_per_s": speed} | found.more)  # fmt: skip
                more = "".join(f", {key} {value:.2f}" for key, value in found.more.items())
                print(
                    f"round {turn + 1} {name:6} {found.pages} pages in {found.seconds:.2f} s: {speed:.1f} pages/s{more}",
                    flush=True,
                )
    if options.only:
        return
    speed = {name: statistics.median(r["pages_per_s"] for r in runs if r["name"] == name) for name in contestants}
    figures = {
        "pages": len(pages),
        "pages_per_s": speed["ours"],
        "bound_pages_per_s": speed["bound"],
        "naive_pages_per_s": speed["naive"],
        "ratio_to_bound": speed["ours"] / speed["bound"],
        "ratio_to_naive": speed["ours"] / speed["naive"],
    } | {key: _median(runs, key) for key in dict.fromkeys(key for run in runs for key in run) if key not in _KEPT}
    figures["cpu_ratio_to_bound"] = figures["bound_cpu_ms_per_page"] / figures["cpu_ms_per_page"]
    figures["steady_ratio_to_bound"] = figures["steady_pages_per_s"] / speed["bound"]
    results.show("From fetch to commit", [*figures.items()])
    print(f"\n{results.write('pipeline', figures, runs)}")


if __name__ == "__main__":
    main()
