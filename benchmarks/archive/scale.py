"""How the look-up of copies and the store transaction grow with the archive: 10 k, 100 k, 1 M articles.

    python -m benchmarks.archive.scale [--articles 1000000] [--stream 2000]

The server is the embedded one as in production (fsync and synchronous_commit on). At each size a stream of new articles,
one in four a copy of another, is stored as `dateline import` stores it, one after the other: timed are the look-up alone
(question to answer), the transaction (a connection is taken, to the commit) and the whole of `Store.store`.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import math
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import psutil
import psycopg

from benchmarks import results
from benchmarks.archive.scale_archive import COPIES, NOW, SITES, Piece, World, load
from dateline.parser_pool.pool import ParserPool
from dateline.types.article import Candidate, Extraction, Instant, Page
from dateline.urls import site_of, url_key
from pipelines.arrival import Arrival
from pipelines.copies.match import HASH_ROWS, WINDOW
from pipelines.copies.sketch import sketch
from pipelines.copies.store import Proposal
from pipelines.store import Store, Stored
from sql import query
from sql.database import Pool, open_pool
from sql.frontier.crawls import CrawlOptions, Crawls
from sql.frontier.frontier import Frontier
from sql.frontier.rows import DueUrl, UrlResult
from sql.schema.migrate import migrate
from sql.server.embedded import EmbeddedServer

SIZES = (10_000, 100_000, 1_000_000)
WARM = 300
FILL = 70
"""Per cent to which hashes in random order fill an index's pages; it is built so full after a bulk load."""


@dataclass(frozen=True, slots=True)
class Size:
    """What was measured of an archive of so many articles; times in ms."""

    articles: int
    hashes: float
    bytes_per_article: float
    inserted_index_bytes: float
    lookups: list[float] = field(default_factory=list)
    transactions: list[float] = field(default_factory=list)
    stores: list[float] = field(default_factory=list)
    copies: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    linked: list[bool] = field(default_factory=list)
    server_cpu: list[float] = field(default_factory=list)


class TimedStore(Store):
    """The store, with the time and the CPU of each transaction."""

    transactions: list[tuple[float, float]]

    async def _commit(self, arrival: Arrival, proposal: Proposal, line: UrlResult | None = None) -> Stored:
        start, cpu = time.perf_counter(), time.process_time()
        stored = await super()._commit(arrival, proposal, line)
        self.transactions.append((1e3 * (time.perf_counter() - start), 1e3 * (time.process_time() - cpu)))
        return stored


async def measure(url: str, server: psutil.Process, world: World, size: Size, stream: Sequence[Piece]) -> None:
    """Store the stream, the first of it unmeasured, and write the times into `size`."""
    async with (
        open_pool(url, min_size=2, max_size=4) as pool,
        ParserPool(workers=1, preload=("pipelines.copies.families",)) as parser_pool,
    ):
        store = TimedStore(pool, parser_pool=parser_pool)
        store.transactions = []
        crawl_id = await Crawls(pool).begin(["scale"], CrawlOptions(depth=0))
        ids: dict[Any, int] = {}
        for start in range(0, len(stream), 500):
            candidates = [Candidate(piece.url, via="import") for piece in stream[start : start + 500]]
            ids |= await Frontier(pool).add_imports(candidates, crawl_id=crawl_id, now=NOW)
        for place, piece in enumerate(stream):
            if place == WARM:
                before = _server_cpu(server)
            is_measured = place >= WARM
            took = await _look_up(pool, piece)
            start_s = time.perf_counter()
            stored = await store.store(*_arriving(piece, ids, crawl_id, place), now=NOW + dt.timedelta(seconds=place))
            if is_measured:
                size.lookups.append(took)
                size.stores.append(1e3 * (time.perf_counter() - start_s))
                size.linked.append(stored.result.result == "copy")
                transaction, cpu = store.transactions[-1]
                size.transactions.append(transaction)
                size.cpu.append(cpu)
                if piece.is_copy:
                    size.copies.append(transaction)
        size.server_cpu.append(1e3 * (_server_cpu(server) - before) / (len(stream) - WARM))


async def _look_up(pool: Pool, piece: Piece) -> float:
    """How long the question for the holders of a text's hashes takes, ms."""
    hashes = sketch(piece.text)
    async with pool.connection() as conn:
        where = {"hashes": list(hashes), "since": NOW - WINDOW, "hash_rows": HASH_ROWS}
        start = time.perf_counter()
        await (await conn.execute(query("copies", "holders"), where)).fetchall()
        return 1e3 * (time.perf_counter() - start)


def _arriving(piece: Piece, ids: dict[Any, int], crawl_id: int, place: int) -> tuple[DueUrl, Page, Extraction]:
    key = url_key(piece.url)
    due = DueUrl(
        id=ids[key], url_key=key, url=piece.url, host=site_of(piece.url), source_id=None, source=None, crawl_id=crawl_id,
        via="import", depth=0, hints={}, attempts=0, politeness={}, extraction={}, source_title="", options={},
    )  # fmt: skip
    published = Instant(NOW + dt.timedelta(seconds=place), "minute", "meta", "")
    found = Extraction(
        piece.url, "article", piece.text[:60], piece.text, published=published, language="en", extractor="bench/1"
    )
    return due, Page(piece.url, piece.url, 200, (), b"", NOW), found


def _server_cpu(server: psutil.Process) -> float:
    """CPU seconds that the server's processes have used so far."""
    total = 0.0
    for process in (server, *server.children(recursive=True)):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def stream_of(world: World, first: int, count: int) -> list[Piece]:
    """New articles, a share of them copies of those that came shortly before, on other sites."""
    made: list[Piece] = []
    for offset, (site, length) in enumerate(zip(world.sites(count), world.lengths(count), strict=True)):
        is_copy = len(made) > 20 and world.random.random() < COPIES
        copied = made[-1 - int(world.random.integers(20))] if is_copy else None
        is_home = copied is not None and copied.site == f"site{site}.test"
        made.append(world.piece(first + offset, int(site + is_home) % SITES, int(length), copied))
    return made


def grow(url: str, world: World, now: int, to: int) -> tuple[float, float, float]:
    """Load up to `to` articles; hashes per article, and bytes of sketch and index an article, of the index a row."""
    with psycopg.connect(url) as conn:
        inserted = 0.0
        if now == 0:
            # the first part with the index in place: as production fills it
            load(conn, world, 0, to)
            inserted = _bytes(conn, "dateline.sketch_hash") / _count(conn, "dateline.sketch")
        else:
            conn.execute("DROP INDEX dateline.sketch_hash")
            load(conn, world, now, to)
            conn.execute("SET maintenance_work_mem = '1GB'")
            conn.execute(f"CREATE INDEX sketch_hash ON dateline.sketch (hash) WITH (fillfactor = {FILL})")
        conn.commit()
        conn.autocommit = True
        for statement in ("VACUUM (ANALYZE) dateline.sketch", "VACUUM (ANALYZE) dateline.article", "CHECKPOINT"):
            conn.execute(statement)
        rows, articles = _count(conn, "dateline.sketch"), _count(conn, "dateline.article")
        size = sum(_bytes(conn, f"dateline.{name}") for name in ("sketch", "sketch_hash", "sketch_article"))
    return rows / articles, size / articles, inserted


def _bytes(conn: psycopg.Connection[Any], name: str) -> int:
    row = conn.execute("SELECT pg_relation_size(%s::regclass)", (name,)).fetchone() or (0,)
    return int(row[0])


def _count(conn: psycopg.Connection[Any], table: str) -> int:
    row = conn.execute(f"SELECT count(*) FROM {table}").fetchone() or (0,)
    return int(row[0])


def p99(values: Sequence[float]) -> float:
    return quantiles(values, n=100)[98]


def exponent(sizes: Sequence[Size], of: Any) -> float:
    """The slope of time over articles, both as logarithms (least squares)."""
    xs, ys = [math.log(size.articles) for size in sizes], [math.log(of(size.lookups)) for size in sizes]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((one - x) ** 2 for one in xs)
    return sum((one - x) * (other - y) for one, other in zip(xs, ys, strict=True)) / spread if spread else 0.0


def run(folder: Path, articles: int, stream: int) -> list[Size]:
    sizes: list[Size] = []
    world, now = World(), 0
    server = EmbeddedServer(folder / "db", root_dir=folder / "root")
    with server.running() as url:
        migrate(url)
        process = _server(url)
        for to in [*(size for size in SIZES if size < articles), articles]:
            start = time.perf_counter()
            hashes, size_bytes, inserted = grow(url, world, now, to)
            print(f"{to:>9,} articles loaded in {time.perf_counter() - start:.0f} s", flush=True)
            size = Size(to, hashes, size_bytes, inserted)
            asyncio.run(measure(url, process, world, size, stream_of(world, 10**8 + to, stream + WARM)))
            sizes.append(size)
            now = to
            print(f"{'':9} measured by {time.perf_counter() - start:.0f} s", flush=True)
    return sizes


def _server(url: str) -> psutil.Process:
    with psycopg.connect(url) as conn:
        server = psutil.Process(conn.info.backend_pid).parent()
    if server is None:
        raise LookupError("the backend's parent, the server, is gone")
    return server


def report(sizes: Sequence[Size]) -> None:
    last = sizes[-1]
    rows = [
        ("articles", *(f"{size.articles:,}" for size in sizes)),
        ("hashes per article", *(f"{size.hashes:.1f}" for size in sizes)),
        ("bytes of sketch and index an article", *(f"{size.bytes_per_article:,.0f}" for size in sizes)),
        ("look-up median / p99, ms", *(f"{median(s.lookups):.2f} / {p99(s.lookups):.2f}" for s in sizes)),
        ("transaction median / p99, ms", *(f"{median(s.transactions):.2f} / {p99(s.transactions):.2f}" for s in sizes)),
        ("  of copies alone", *(f"{median(s.copies):.2f} / {p99(s.copies):.2f}" for s in sizes)),
        ("  its CPU in this process", *(f"{median(s.cpu):.2f} / {p99(s.cpu):.2f}" for s in sizes)),
        ("  CPU of the server a page, mean", *(f"{s.server_cpu[0]:.2f}" for s in sizes)),
        ("store median / p99, ms", *(f"{median(s.stores):.2f} / {p99(s.stores):.2f}" for s in sizes)),
        ("copies linked, %", *(f"{100 * sum(s.linked) / len(s.linked):.1f}" for s in sizes)),
    ]
    print(f"\n{results.machine()}")
    for label, *values in rows:
        print(f"  {label:40}", *(f"{value:>16}" for value in values))
    name = "1m" if last.articles == SIZES[-1] else "last"
    figures = {
        f"lookup_p99_ms_{name}": p99(last.lookups),
        f"lookup_median_ms_{name}": median(last.lookups),
        f"transaction_p99_ms_{name}": p99(last.transactions),
        f"transaction_median_ms_{name}": median(last.transactions),
        f"transaction_cpu_p99_ms_{name}": p99(last.cpu),
        f"store_p99_ms_{name}": p99(last.stores),
        "bytes_per_article": last.bytes_per_article,
        "index_bytes_a_row_by_insertion": sizes[0].inserted_index_bytes,
        "growth_exponent": exponent(sizes, median),
        "growth_exponent_p99": exponent(sizes, p99),
        "articles": last.articles,
    }
    results.show("scale", figures.items())
    results.write(
        "scale",
        figures,
        ({"articles": s.articles, "lookups": s.lookups, "transactions": s.transactions} for s in sizes),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=SIZES[-1])
    parser.add_argument("--stream", type=int, default=2_000, help="articles stored and timed at each size")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="dateline-scale-"))
    folder.chmod(0o711)  # a server started by root runs as another user, who must get through
    try:
        report(run(folder, options.articles, options.stream))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
