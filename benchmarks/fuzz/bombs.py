"""`make bench-bombs`: 16 bombs of 1 GB at once, in every encoding, and what all processes of the line take over idle.

A line runs in a process of its own, with its parsing processes and database; it reads an ordinary page on each of its
places, is measured, and then gets the bombs: pages in gzip, br, zstd, deflate and gzip within gzip, and sitemaps that
are .xml.gz. Memory is PSS (what is shared counts once), sampled every 20 ms over the whole process tree.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import random
import select
import shutil
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import brotli
import zstandard

from benchmarks import results
from benchmarks.fuzz.fuzz_crawl import served
from benchmarks.fuzz.fuzz_inputs import page
from dateline.config import Settings
from dateline.types.article import Candidate
from sql.frontier.crawls import CrawlOptions
from sql.schema.migrate import migrate
from sql.server.embedded import EmbeddedServer, remove_cluster

BOMBS = 16
LIMIT_MB = 400.0
SITE = "http://bomb.test"
_PAGE = b"<html><body><article>" + b"<p>A sentence of no great interest. " * 400
_XML = b"<urlset><url><loc>http://bomb.test/a</loc></url>" + b" " * 16_384


def _blocks(head: bytes, size: int) -> Iterator[bytes]:
    block = head + b"\x20" * ((1 << 20) - len(head))
    for _ in range(size >> 20):
        yield block


def _gzip(blocks: Iterator[bytes]) -> bytes:
    packer = zlib.compressobj(6, wbits=31)
    return b"".join([*map(packer.compress, blocks), packer.flush()])


def _deflate(blocks: Iterator[bytes]) -> bytes:
    packer = zlib.compressobj(6)
    return b"".join([*map(packer.compress, blocks), packer.flush()])


def _brotli(blocks: Iterator[bytes]) -> bytes:
    packer = brotli.Compressor(quality=1)
    return b"".join([*map(packer.process, blocks), packer.finish()])


def _zstd(blocks: Iterator[bytes]) -> bytes:
    packer = zstandard.ZstdCompressor().compressobj()
    return b"".join([*map(packer.compress, blocks), packer.flush()])


def bombs(size: int) -> dict[str, bytes]:
    """A whole response for each of 16 paths; the body of each is `size` bytes when it is unpacked."""
    packed = _gzip(_blocks(_PAGE, size))
    pages = [
        ("gzip", packed),
        ("br", _brotli(_blocks(_PAGE, size))),
        ("zstd", _zstd(_blocks(_PAGE, size))),
        ("deflate", _deflate(_blocks(_PAGE, size))),
        ("gzip, gzip", gzip.compress(packed, 6)),
    ]
    sitemap = _gzip(_blocks(_XML, size))
    answers = {}
    for number in range(BOMBS):
        kind, body = (pages[number % len(pages)]) if number % 6 != 5 else ("", sitemap)
        head = f"Content-Encoding: {kind}\r\nContent-Type: text/html" if kind else "Content-Type: application/gzip"
        path = f"/{number}.xml.gz" if not kind else f"/bomb/{number}"
        answers[path] = f"HTTP/1.1 200 OK\r\n{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    return answers


def main() -> int:
    """Measure, print, write; 1 where the rise is over the limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size-mb", type=int, default=1024)
    parser.add_argument("--line", nargs=2, metavar=("DATABASE", "PORT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.line:
        _run_line(options.line[0], int(options.line[1]))
        return 0
    figures = measure(options.size_mb)
    results.show(f"{BOMBS} bombs of {options.size_mb} MB at once", [*figures.items()])
    results.write("bombs", figures, [])
    return int(figures["rise_mb"] >= LIMIT_MB or figures["ended"] < BOMBS)


def measure(size_mb: int) -> dict[str, float | int]:
    """The figures for bombs of that size."""
    answers = bombs(size_mb << 20)
    for number in range(BOMBS):
        body = page(random.Random(number))
        answers[f"/calm/{number}"] = (
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        )
    folder = Path(tempfile.mkdtemp(prefix="dateline-bombs-"))
    folder.chmod(0o711)
    try:
        with (
            EmbeddedServer(folder / "db", durable=False, root_dir=folder / "root").running() as url,
            served(answers) as port,
        ):
            migrate(url)
            return _measure_line(url, port, [path for path in answers if not path.startswith("/calm")])
    finally:
        remove_cluster(folder / "db")
        shutil.rmtree(folder, ignore_errors=True)


def _measure_line(url: str, port: int, paths: list[str]) -> dict[str, float | int]:
    command = [sys.executable, "-m", "benchmarks.fuzz.bombs", "--line", url, str(port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as line:
        assert line.stdin
        assert line.stdout
        assert line.stdout.readline() == "calm\n"
        servers = _postgres_of(url)
        idle = _pss_mb(line.pid, servers)
        began = time.monotonic()
        line.stdin.write("\n".join(paths) + "\n\n")
        line.stdin.flush()
        peak, samples = idle, 0
        while not select.select([line.stdout], [], [], 0.02)[0]:
            peak, samples = max(peak, _pss_mb(line.pid, servers)), samples + 1
        ended = int(line.stdout.readline())
        seconds = time.monotonic() - began
        line.stdin.close()
    return {
        "bombs": len(paths),
        "ended": ended,
        "idle_mb": round(idle, 1),
        "peak_mb": round(peak, 1),
        "rise_mb": round(peak - idle, 1),
        "limit_mb": LIMIT_MB,
        "seconds": round(seconds, 1),
        "samples": samples,
    }


def _postgres_of(url: str) -> list[int]:
    from sql.database import connect

    with connect(url, autocommit=True) as connection:
        row = connection.execute("SELECT pg_backend_pid()").fetchone()
        assert row
        return [_parent(int(row[0]))]


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _pss_mb(*roots: int | list[int]) -> float:
    """PSS of these processes and all that descend from them."""
    wanted = {pid for root in roots for pid in ([root] if isinstance(root, int) else root)}
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parents[int(entry.name)] = _parent(int(entry.name))
            except (OSError, ValueError, IndexError):
                continue
    while more := {pid for pid, parent in parents.items() if parent in wanted and pid not in wanted}:
        wanted |= more
    return sum(map(_pss_of, wanted)) / 1024


def _pss_of(pid: int) -> int:
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:  # it has ended meanwhile
        return 0
    return next((int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")), 0)


def _run_line(url: str, port: int) -> None:
    """The line: calm pages, then whatever paths come in on standard input; tells how many of those came to an end."""
    from crawler.fetch.event_loop import run
    from dateline import log

    log.configure(level="error")

    run(lambda: _visit(url, port))


async def _visit(url: str, port: int) -> None:
    from dateline.clock import utc_now
    from scheduler.runtime import open_runtime

    settings = Settings(
        database_url=url, contact="bench@dateline.test", resolve=(f"*.test=127.0.0.1:{port}",), archive=False
    )
    async with open_runtime(settings, url, name="bombs") as line:
        visitor = line.visitor
        crawl = await visitor.context.crawls.begin(["bombs"], CrawlOptions(delay_s=0, concurrency=BOMBS))

        async def fetch(paths: list[str]) -> None:
            pages = [Candidate(SITE + path, via="target") for path in paths if not path.endswith(".gz")]
            await visitor.context.frontier.add_targets(pages, crawl_id=crawl, source_id=None, now=utc_now())
            for path in paths:
                if path.endswith(".gz"):
                    await visitor.context.crawls.watch(crawl, None, SITE + path, "sitemap", now=utc_now())
            feeds = await visitor.context.frontier.due_feeds("bomb.test", crawl, utc_now())
            visits = [visitor.visit_feed(feed) for feed in feeds]
            await asyncio.gather(
                visitor.fetch_due("bomb.test", crawl, asyncio.get_running_loop().time() + 300), *visits
            )

        await fetch([f"/calm/{number}" for number in range(BOMBS)])
        print("calm", flush=True)
        paths = [line async for line in _lines()]
        await fetch(paths)
        async with line.pool.connection() as conn:
            pages = await conn.execute("SELECT count(*) FROM dateline.url WHERE state <> 'pending' AND url ~ '/bomb/'")
            feeds = await conn.execute("SELECT count(*) FROM dateline.visit")
            print(int((await pages.fetchone() or [0])[0]) + int((await feeds.fetchone() or [0])[0]), flush=True)


async def _lines() -> AsyncIterator[str]:
    while text := (await asyncio.to_thread(sys.stdin.readline)).strip():
        yield text


if __name__ == "__main__":
    sys.exit(main())
