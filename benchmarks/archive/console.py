"""`make bench-console`: the console's pages on an archive of 500,000 articles, and what twenty readers cost ingestion.

Every page is asked for over HTTP on loopback, cold parameters in turn, one reader; its p95 counts. Then articles are stored
with and without twenty readers, in turns of a few seconds, and the rates are compared. The console runs in a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import http.client
import multiprocessing
import os
import random
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import psycopg

from benchmarks import results
from benchmarks.archive.archive_500k import ARTICLES, DAYS, MARKS, NEWEST, archive
from benchmarks.archive.console_archive import fill_beside
from benchmarks.archive.ingestion import stored_for
from dateline.config import Settings
from dateline.console.pages.archive.difference import compared
from dateline.console.server.routes import VIEWS

LONG_AGO = NEWEST - dt.timedelta(days=DAYS + 100)
READERS = 20
ROUNDS = 40
TURN_S = 6.0
TURNS = 6
THINK_S = 5.0
"""A reader looks at a page for so long before the next (people stay longer); twenty then ask for four pages per second."""


def pages(url: str) -> dict[str, Callable[[random.Random], str]]:
    """An address of each page, with new random parameters each time."""
    with psycopg.connect(url) as connection:
        [(low, high)] = connection.execute("SELECT min(id), max(id) FROM dateline.article").fetchall()
        [(first, last)] = connection.execute("SELECT min(id), max(id) FROM dateline.story").fetchall()
        revised = [row[0] for row in connection.execute("SELECT article_id FROM dateline.revision LIMIT 500")]
        urls = [row[0] for row in connection.execute("SELECT url FROM dateline.url ORDER BY id DESC LIMIT 500")]
    words = list(MARKS)

    def with_(path: str, **draws: Callable[[random.Random], object]) -> Callable[[random.Random], str]:
        return lambda dice: f"{path}?{urlencode({name: draw(dice) for name, draw in draws.items()})}"

    def one_of(*values: object) -> Callable[[random.Random], object]:
        return lambda dice: dice.choice(values)

    return {
        "overview": lambda _: "/",
        "sources": with_("/sources", q=one_of("", "site1", "2"), order=one_of("health", "last", "volume")),
        "source": with_("/source", name=lambda dice: f"site{dice.randrange(400)}"),
        "schedule": lambda _: "/schedule",
        "alarms": with_("/alarms", days=one_of(7, 365)),
        "coverage": with_("/coverage", source=one_of("", "site7")),
        "visits": with_("/visits", source=one_of("", "site7", "site300"), failed=one_of("", "1")),
        "errors": with_("/errors", days=one_of(7, 28), reason=one_of("", "robots", "timeout", "http_404")),
        "explain": with_("/explain", url=one_of(*urls)),
        "search newest": with_(
            "/search", q=one_of(*words, "tariff ferry", '"ferry drought"', "title:ferry", "site:site3.test drought")
        ),
        "search best": with_("/search", q=one_of(*words), order=one_of("best")),
        "facets": with_("/facets", q=one_of(*words)),
        "compare": with_("/compare", a=one_of(*words), b=one_of(*words), days=one_of(30, 90)),
        "article": with_("/article", id=lambda dice: dice.randint(low, high)),
        "article revised": with_("/article", id=one_of(*revised)),
        "difference": with_("/difference", older=one_of(*revised), newer=one_of(*revised)),
        "copies": with_("/copies", days=one_of(30, 90, 365), order=one_of("copies", "lag")),
        "queue": with_("/queue", source=one_of("", "site7")),
        "stories": lambda _: "/stories",
        "story": with_("/story", id=lambda dice: dice.randint(first, last)),
        "names": lambda _: "/names",
        "saved": lambda _: "/saved",
        "watches": lambda _: "/watches",
        "users": lambda _: "/users",
        "tokens": lambda _: "/tokens",
        "exports": lambda _: "/exports",
        "sql": lambda _: "/sql",
    }


@contextmanager
def console(url: str) -> Iterator[int]:
    """The port of a console over the archive, in a process of its own, at the archive's last moment."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_serve, args=(url, port), daemon=True)
    process.start()
    deadline = time.monotonic() + 60
    while not _answers(port) and time.monotonic() < deadline:
        time.sleep(0.1)
    try:
        yield port
    finally:
        process.terminate()
        process.join()


def _serve(url: str, port: int) -> None:
    from dateline.cli.service.console import YIELDS
    from dateline.console.server.serve import serve_console

    os.nice(YIELDS)

    async def serve() -> None:
        with tempfile.TemporaryDirectory() as folder:
            settings = Settings(data_dir=Path(folder), console_port=port)
            await serve_console(settings, url, asyncio.Event(), clock=lambda: NEWEST)

    asyncio.run(serve())


def _answers(port: int) -> bool:
    try:
        return get(http.client.HTTPConnection("127.0.0.1", port, timeout=5), "/healthz")[0] == 200
    except OSError:
        return False


def get(connection: http.client.HTTPConnection, path: str) -> tuple[int, float]:
    """(status, milliseconds) of one page over an open connection."""
    began = time.perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    return answer.status, 1000 * (time.perf_counter() - began)


def measure_pages(port: int, wanted: dict[str, Callable[[random.Random], str]], rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each page, all pages in turn."""
    dice, times = random.Random(5), {name: [] for name in wanted}  # type: dict[str, list[float]]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for number in range(rounds + 2):
        for name, address in wanted.items():
            path = address(dice)
            status, took = get(connection, path)
            assert status == 200, (status, path)
            if number >= 2:
                times[name].append(took)
    return times


class Readers:
    """Twenty people who read page after page, until `stop` is set."""

    def __init__(self, port: int, wanted: dict[str, Callable[[random.Random], str]]) -> None:
        self._port, self._wanted = port, wanted
        self._stop = threading.Event()
        self.pages = 0

    def __enter__(self) -> Readers:
        self._threads = [threading.Thread(target=self._read, args=(n,)) for n in range(READERS)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _read(self, number: int) -> None:
        dice = random.Random(number)
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        while not self._stop.wait(dice.uniform(0.5, 1.5) * THINK_S):
            get(connection, dice.choice(list(self._wanted.values()))(dice))
            self.pages += 1


def measure_ingestion(
    url: str, port: int, wanted: dict[str, Callable[[random.Random], str]], turns: int
) -> tuple[list[float], list[float], int]:
    """Articles stored a second (alone, with readers), a figure per turn, and the pages that were read meanwhile."""
    alone, read, pages_read, first = [], [], 0, 0
    for _ in range(turns):
        stored = asyncio.run(stored_for(url, TURN_S, first=first, now=LONG_AGO))
        first += stored
        alone.append(stored / TURN_S)
        with Readers(port, wanted) as readers:
            stored = asyncio.run(stored_for(url, TURN_S, first=first, now=LONG_AGO))
            first += stored
            read.append(stored / TURN_S)
        pages_read += readers.pages
    return alone, read, pages_read


def measure_diff(words: int = 5_000, rounds: int = 20) -> list[float]:
    """Milliseconds to compare two texts of so many words: some words changed, some paragraphs moved, some new."""
    dice, times = random.Random(6), []
    for _ in range(rounds):
        older = [[f"word{dice.randrange(3_000)}" for _ in range(50)] for _ in range(words // 50)]
        newer = [[f"new{dice.randrange(99)}" if dice.random() < 0.08 else one for one in part] for part in older]
        newer.insert(0, newer.pop(len(newer) // 2))
        newer[10] = [f"other{dice.randrange(3_000)}" for _ in range(50)]
        texts = ["\n".join(" ".join(part) for part in side) for side in (older, newer)]
        began = time.perf_counter()
        compared("The pier", texts[0], "The new pier", texts[1])
        times.append(1000 * (time.perf_counter() - began))
    return times


def p95(values: list[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def ingestion(alone: list[float], read: list[float], pages_read: int) -> dict[str, float]:
    """The figures of storing beside readers."""
    return {
        "ingest_ratio": statistics.median(read) / statistics.median(alone),
        "articles_per_s_alone": statistics.median(alone),
        "articles_per_s_with_readers": statistics.median(read),
        "pages_per_s_meanwhile": pages_read / (len(alone) * TURN_S),
    }


def main() -> None:
    """Measure, print, write build/bench/console.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=ARTICLES)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--turns", type=int, default=TURNS, help="of storing with and without readers; 0: pages only")
    given = parser.parse_args()
    with archive(given.articles) as url:
        fill_beside(url, NEWEST)
        wanted = pages(url)
        asked = {address(random.Random(1)).partition("?")[0] for address in wanted.values()}
        if missing := {view.path for view in VIEWS} - asked - {"/overview"}:
            raise SystemExit(f"no address for {', '.join(sorted(missing))}: add one to pages()")
        with console(url) as port:
            times = measure_pages(port, wanted, given.rounds)
            alone, read, pages_read = measure_ingestion(url, port, wanted, given.turns)
    stored = ingestion(alone, read, pages_read) if alone else {}
    figures = {
        "diff_p95_ms": p95(measure_diff()),
        "page_p95_ms": max(p95(values) for values in times.values()),
        **stored,
        **{f"p95_ms.{name.replace(' ', '_')}": p95(values) for name, values in times.items()},
    }
    runs = [{"page": name, "ms": value} for name, values in times.items() for value in values]
    runs += [{"turn": n, "alone": a, "with_readers": b} for n, (a, b) in enumerate(zip(alone, read, strict=True))]
    results.show(
        f"console on {given.articles:,} articles: p95 ms per page", [(name, p95(v)) for name, v in times.items()]
    )
    if stored:
        results.show(f"ingestion with {READERS} readers", list(stored.items()))
    results.write("console", figures, runs)


if __name__ == "__main__":
    main()
