"""`make bench-pipeline CORPUS=FOLDER`: pages per second from fetch to commit, compared with a bound and a naive crawler.

bound   stock trafilatura with metadata over the pages in memory, on all cores: no network, no database
naive   a Scrapy spider that calls trafilatura in its callback: no database
ours    `dateline crawl` of the sitemap: fetched, archived, extracted, deduplicated, committed (first fetch to last commit)

The three are interleaved in each round; the figures are medians over the rounds.
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
from pathlib import Path
from typing import Any

import trafilatura

from benchmarks import results
from benchmarks.pipeline.corpus import SITEMAP, SavedPage, load, resolve_rules, served
from sql.database import connect
from sql.server.embedded import EmbeddedServer, remove_cluster


def stock(page: tuple[str, bytes]) -> int:
    """Stock trafilatura on one page."""
    found = trafilatura.bare_extraction(page[1], url=page[0], with_metadata=True)
    return len(found.text or "") if found else 0


def bound(pages: list[SavedPage]) -> tuple[int, float]:
    """Pages and seconds of stock trafilatura on all cores."""
    cores = len(os.sched_getaffinity(0))
    work = [(page.url, page.body) for page in pages]
    with multiprocessing.get_context("forkserver").Pool(cores) as pool:
        pool.map(stock, work[: cores * 2], chunksize=1)  # imports are not what is measured
        began = time.perf_counter()
        for _ in pool.imap_unordered(stock, work, chunksize=1):
            pass
        return len(work), time.perf_counter() - began


def naive(pages: list[SavedPage], port: int) -> tuple[int, float]:
    """Pages and seconds of the naive spider."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as urls:
        json.dump([page.url for page in pages], urls)
        urls.flush()
        command = [sys.executable, "-m", "benchmarks.pipeline.naive_spider", urls.name, str(port)]
        said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
    return int(said["pages"]), float(said["seconds"])


def ours(pages: list[SavedPage], port: int) -> tuple[int, float]:
    """Pages and seconds of `dateline crawl`, from the first fetch to the last commit."""
    folder = Path(tempfile.mkdtemp(prefix="dateline-bench-"))
    try:
        with EmbeddedServer(folder).running():
            crawl(folder, pages, port)
            with EmbeddedServer(folder).running() as url, connect(url) as connection:
                row = connection.execute(
                    "SELECT count(*), extract(epoch FROM max(f.finished_at) - (SELECT min(started_at) FROM dateline.visit))"
                    " FROM dateline.fetch f"
                ).fetchone()
        assert row is not None
        return int(row[0]), float(row[1])
    finally:
        remove_cluster(folder)
        shutil.rmtree(folder, ignore_errors=True)


def crawl(folder: Path, pages: list[SavedPage], port: int) -> None:
    """`dateline crawl` of the corpus' sitemap into a data folder."""
    rules = folder / "resolve.txt"
    rules.write_text(resolve_rules(pages, port), encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DATELINE_")}
    environment |= {"DATELINE_RESOLVE": f"@{rules}", "DATELINE_CONTACT": "bench@dateline.test"}
    command = [sys.executable, "-m", "dateline", "--data-dir", str(folder), "crawl", SITEMAP, "--delay", "0"]
    subprocess.run(command, check=False, env=environment, capture_output=True, text=True)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--own-hosts", action="store_true", help="serve each page under the host that it comes from")
    options = parser.parse_args()
    pages = load(options.corpus, own_hosts=options.own_hosts)
    runs: list[dict[str, Any]] = []
    with served(pages) as port:
        contestants: dict[str, Callable[[], tuple[int, float]]] = {
            "bound": lambda: bound(pages),
            "naive": lambda: naive(pages, port),
            "ours": lambda: ours(pages, port),
        }
        for turn in range(options.rounds):
            for name, run in contestants.items():
                count, seconds = run()
                runs.append(
                    {"round": turn, "name": name, "pages": count, "seconds": seconds, "pages_per_s": count / seconds}
                )
                print(
                    f"round {turn + 1} {name:6} {count} pages in {seconds:.2f} s: {count / seconds:.1f} pages/s",
                    flush=True,
                )
    speed = {name: statistics.median(r["pages_per_s"] for r in runs if r["name"] == name) for name in contestants}
    figures = {
        "pages": len(pages),
        "pages_per_s": speed["ours"],
        "bound_pages_per_s": speed["bound"],
        "naive_pages_per_s": speed["naive"],
        "ratio_to_bound": speed["ours"] / speed["bound"],
        "ratio_to_naive": speed["ours"] / speed["naive"],
    }
    results.show("From fetch to commit", [*figures.items()])
    print(f"\n{results.write('pipeline', figures, runs)}")


if __name__ == "__main__":
    main()
