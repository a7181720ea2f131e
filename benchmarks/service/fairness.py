"""How long articles of healthy sources wait, without and with sources that are a nuisance in ten ways, in one run.

    python -m benchmarks.service.fairness [--sources 30] [--span 90]

Each healthy source publishes an article every EVERY_S seconds and is due every POLL_S. The delay of an article is the time
from its publication to its request, by the site's own clock; one that was never asked for has waited until the end of the span.
First a span with the healthy sources alone, then one with ten nuisances beside them. `lost` counts the articles of the second
span that were not asked for PATIENCE_S after its end, with the nuisances still there: more than 0 is a miss, too.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from benchmarks import results
from benchmarks.service.fairness_site import NUISANCES
from benchmarks.service.fleet import Fleet, fleet
from dateline.types.source import FeedKind, Source, WatchedPage
from sql.database import connect
from sql.frontier.sources import upsert_source
from sql.schema.migrate import migrate
from sql.server.embedded import EmbeddedServer

EVERY_S, POLL_S, WARM_S = 20.0, 5.0, 15.0
TARGET = 2.0
PATIENCE_S = 180.0
Article = tuple[str, str, float]
"""A host, a path, and when it was published."""
KINDS: dict[int, tuple[str, FeedKind]] = {2: ("sitemap.xml", "sitemap"), 8: ("", "home")}


@contextmanager
def site(log: Path) -> Iterator[int]:
    """The sites' port."""
    command = [sys.executable, "-m", "benchmarks.service.fairness_site", str(log), str(EVERY_S)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


def watch(url: str, papers: list[str]) -> None:
    """Papers, and nuisances that are paused."""
    with connect(url, autocommit=True) as conn:
        for host in papers:
            _add(conn, host, "feed.xml", "feed")
        for number in range(len(NUISANCES)):
            path, kind = KINDS.get(number, ("feed.xml", "feed"))
            _add(conn, f"n{number}.test", path, kind)
        conn.execute("UPDATE dateline.source SET is_paused = true WHERE name LIKE 'n%'")


def _add(conn: psycopg.Connection[Any], host: str, path: str, kind: FeedKind) -> None:
    page = WatchedPage(f"http://{host}/{path}", kind)
    upsert_source(conn, Source(host.partition(".")[0], host, f"http://{host}/", watched=(page,)))


def span(service: Fleet, log: Path, papers: list[str], span_s: float) -> tuple[list[Article], list[float]]:
    """What the papers published in a span, and how long each waited."""
    begin = time.time() + WARM_S
    end = begin + span_s
    _poll(service, until=end)
    asked = _asked(log)
    numbers = range(int(begin / EVERY_S) + 1, int((end - 2 * POLL_S) / EVERY_S) + 1)
    told = [(host, f"/a-{number}.html", number * EVERY_S) for host in papers for number in numbers]
    return told, [asked.get((host, path), end) - at for host, path, at in told]


def _poll(service: Fleet, *, until: float) -> None:
    while time.time() < until:
        service.ask("UPDATE dateline.feed_state SET next_due_at = now() WHERE next_due_at > now()")
        time.sleep(POLL_S)


def _asked(log: Path) -> dict[tuple[str, str], float]:
    """When each page was asked for first."""
    asked: dict[tuple[str, str], float] = {}
    for line in log.read_text(encoding="utf-8").splitlines():
        host, path, _, at = line.split("\t")
        asked.setdefault((host, path), float(at))
    return asked


def lost(service: Fleet, log: Path, told: list[Article]) -> int:
    """How many of these were not asked for within PATIENCE_S, while the feeds go on being polled."""
    give_up = time.time() + PATIENCE_S
    while missing := {(host, path) for host, path, _ in told} - _asked(log).keys():
        if time.time() > give_up:
            return len(missing)
        _poll(service, until=time.time() + POLL_S)
    return 0


def main() -> None:
    """Measure, print, write; exit 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=int, default=30)
    parser.add_argument("--span", type=float, default=90.0)
    options = parser.parse_args()
    papers = [f"p{number}.test" for number in range(options.sources - len(NUISANCES))]
    with tempfile.TemporaryDirectory(prefix="dateline-bench-", ignore_cleanup_errors=True) as name:
        folder, log = Path(name), Path(name) / "asked.tsv"
        with (
            EmbeddedServer(folder).running() as url,
            site(log) as port,
            fleet(url, folder, port, delay_s="0.2", resolve=f"*.test=127.0.0.1:{port}") as service,
        ):
            migrate(url)
            watch(url, papers)
            service.start("scheduler")
            service.start("worker")
            service.until_running(1)
            _, alone = span(service, log, papers, options.span)
            service.ask("UPDATE dateline.source SET is_paused = false")
            told, beside = span(service, log, papers, options.span)
            missing = lost(service, log, told)
            kept = (folder / "service.log").read_bytes()
            kills = kept.count(b"killed a part")
    p95 = [statistics.quantiles(delays, n=20)[-1] for delays in (alone, beside)]
    figures = {
        "sources": options.sources,
        "nuisances": len(NUISANCES),
        "articles": len(beside),
        "median_alone_s": statistics.median(alone),
        "median_beside_s": statistics.median(beside),
        "p95_alone_s": p95[0],
        "p95_beside_s": p95[1],
        "p95_ratio": p95[1] / p95[0],
        "worst_beside_s": max(beside),
        "lost": missing,
        "kills": kills,
    }
    results.write("fairness", figures, [])
    results.show("Delay of healthy sources' articles, alone and beside ten nuisances", [*figures.items()])
    print(f"  targets: p95_ratio <= {TARGET}, lost 0")
    slow = f"p95 is {p95[1] / p95[0]:.2f} times that of healthy sources alone" if p95[1] > TARGET * p95[0] else ""
    sys.exit(results.verdict(slow, f"{missing} articles were not asked for" if missing else ""))


if __name__ == "__main__":
    main()
