"""A farm of feeds on loopback, in a process of its own that writes down every request, and a database that watches them.

    with farm(log, latency_s=0.3) as port:          http://f00001.farm.test/0.xml, where DATELINE_RESOLVE sends *.farm.test
        plant(url, hosts=5000, feeds_a_host=2)          the database as first visits to all of them leave it

Every feed shows ten dated items and never changes; its ETag is answered with 304.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import format_datetime
from pathlib import Path
from typing import Any, TextIO

import psycopg
from psycopg import sql as pg

from dateline.text import bytes_hash
from dateline.types.article import Candidate
from dateline.types.source import Source, WatchedPage
from dateline.urls import host_of, url_key
from scheduler.cadence.publishing_rate import begin
from sql.frontier.rows import hints_of
from sql.frontier.sources import upsert_source

SUFFIX = "farm.test"
ITEMS = 10
ITEM_S = 6 * 3600
ROBOTS = b"User-agent: *\nDisallow: /private/\nDisallow: /search\n"
EPOCH = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request in the server's own words; instants are seconds of the wall clock, `at` when its head had come."""

    host: str
    path: str
    status: int
    at: float
    ended: float


def hosts_of(count: int) -> list[str]:
    """The farm's hosts."""
    return [f"f{number:05}.{SUFFIX}" for number in range(count)]


def feed_body(host: str, path: str, now: dt.datetime) -> bytes:
    """A feed of ten items, six hours apart, the last an hour old."""
    items = "".join(
        f"<item><title>Report {n} of {host}</title><link>{url}</link><pubDate>{format_datetime(at)}</pubDate></item>"
        for n, (url, at) in enumerate(items_of(host, path, now))
    )
    return f'<rss version="2.0"><channel><title>{host}</title>{items}</channel></rss>'.encode()


def items_of(host: str, path: str, now: dt.datetime) -> list[tuple[str, dt.datetime]]:
    """Address and time of each item."""
    stem = path.strip("/").removesuffix(".xml")
    times = (now - dt.timedelta(seconds=3600 + n * ITEM_S) for n in range(ITEMS))
    return [(f"http://{host}/{stem}/report-{n}.html", at.replace(microsecond=0)) for n, at in enumerate(times)]


def etag_of(host: str, path: str) -> str:
    """The feed's validator."""
    return f'"{bytes_hash((host + path).encode()).hex[:16]}"'


# The server ---------------------------------------------------------------------------------------------------------------


class _Talk(asyncio.Protocol):
    """HTTP/1.1 as far as a polite crawler speaks it."""

    def __init__(self, log: TextIO, latency_s: float) -> None:
        self._log, self._latency_s, self._held = log, latency_s, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self._held += data
        while (end := self._held.find(b"\r\n\r\n")) >= 0:
            head, self._held = self._held[:end], self._held[end + 4 :]
            at = time.time()
            asyncio.get_running_loop().call_later(self._latency_s, self._answer, head, at)

    def _answer(self, head: bytes, at: float) -> None:
        first, *lines = head.decode("latin-1").split("\r\n")
        path = first.split(" ")[1]
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        host = fields.get("host", "")
        status, more, body = answer(host, path, fields.get("if-none-match"))
        if not self._transport.is_closing():
            length = "" if status == 304 else f"Content-Length: {len(body)}\r\n"
            self._transport.write(f"HTTP/1.1 {status} X\r\n{length}{more}\r\n".encode() + body)
        self._log.write(f"{host}\t{path}\t{status}\t{at:.4f}\t{time.time():.4f}\n")


def answer(host: str, path: str, etag: str | None) -> tuple[int, str, bytes]:
    """Status, header lines and body."""
    if path == "/robots.txt":
        return 200, "Content-Type: text/plain\r\n", ROBOTS
    if not path.endswith(".xml"):
        return 404, "Content-Type: text/plain\r\n", b"no"
    mine = etag_of(host, path)
    if etag == mine:
        return 304, f"ETag: {mine}\r\n", b""
    return 200, f"Content-Type: application/rss+xml\r\nETag: {mine}\r\n", feed_body(host, path, EPOCH)


async def _serve(log: Path, latency_s: float) -> None:
    with log.open("w", encoding="utf-8", buffering=1 << 16) as out:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Talk(out, latency_s), "127.0.0.1", 0, backlog=1024)
        print(server.sockets[0].getsockname()[1], flush=True)
        while True:
            await asyncio.sleep(0.2)
            out.flush()


@contextmanager
def farm(log: Path, *, latency_s: float = 0.0) -> Iterator[int]:
    """The farm's port; its requests are in `log` a moment after they ended."""
    command = [sys.executable, "-m", "benchmarks.service.farm", "--log", str(log), "--latency", str(latency_s)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        if process.stdout is None:
            raise OSError("the farm has no standard output")
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


def read_log(log: Path) -> list[Asked]:
    """The requests that the farm has written down."""
    found = []
    for line in log.read_text(encoding="utf-8").splitlines():
        host, path, status, at, ended = line.split("\t")
        found.append(Asked(host, path, int(status), float(at), float(ended)))
    return found


# The database -------------------------------------------------------------------------------------------------------------


def plant(
    url: str,
    hosts: Sequence[str],
    *,
    feeds_a_host: int,
    now: dt.datetime,
    robots_ending: int = 0,
    robots_end_at: dt.datetime | None = None,
) -> int:
    """Sources and watched pages as their first visits leave them, none due; returns how many pages.

    Validators, their publishing rates, the ledger's lines of their items, robots.txt, which at the first
    `robots_ending` hosts holds until `robots_end_at`.
    """
    paths = [f"/{number}.xml" for number in range(feeds_a_host)]
    with psycopg.connect(url) as conn:
        for host in hosts:
            watched = tuple(WatchedPage(f"http://{host}{path}", "feed") for path in paths)
            upsert_source(conn, Source(host.partition(".")[0], host, f"http://{host}/", watched=watched))
        _plant_states(conn, hosts, paths, now)
        _plant_ledger(conn, hosts, paths, now)
        _plant_robots(conn, hosts, now, robots_ending, robots_end_at)
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("VACUUM (ANALYZE)")
    return len(hosts) * feeds_a_host


def _plant_states(conn: psycopg.Connection[Any], hosts: Sequence[str], paths: Sequence[str], now: dt.datetime) -> None:
    dates = [at.timestamp() for _, at in reversed(items_of("any", "/0.xml", now))]
    rhythm = begin(dates, now.timestamp()).numbers()
    etags = {f"http://{host}{path}": etag_of(host, path) for host in hosts for path in paths}
    conn.execute("CREATE TEMP TABLE planted (url text PRIMARY KEY, etag text)")
    _copy(conn, "planted", ("url", "etag"), list(etags.items()))
    conn.execute(
        "UPDATE dateline.feed_state s SET etag = p.etag, next_due_at = NULL, last_visit_at = %(now)s, last_ok_at = %(now)s,"
        " last_outcome = 'changed', interval_s = 3600 FROM dateline.feed f JOIN planted p USING (url) WHERE f.id = s.feed_id",
        {"now": now},
    )
    conn.execute(
        "INSERT INTO dateline.feed_rhythm (feed_id, state, learned_at) SELECT id, %s::float8[], %s FROM dateline.feed",
        (rhythm, now),
    )


def _plant_ledger(conn: psycopg.Connection[Any], hosts: Sequence[str], paths: Sequence[str], now: dt.datetime) -> None:
    names = (
        "url_key",
        "url",
        "host",
        "via",
        "hints",
        "state",
        "reason",
        "next_attempt_at",
        "discovered_at",
        "finished_at",
    )
    rows = []
    for host in hosts:
        for path in paths:
            for url, at in items_of(host, path, now):
                hints = json.dumps(hints_of(Candidate(url, via="rss", title="Report", published_at=at)))
                rows.append((url_key(url), url, host_of(url), "rss", hints, "ended", "planted", None, now, now))
    _copy(conn, "dateline.url", names, rows)
    conn.execute(
        "UPDATE dateline.url u SET source_id = f.source_id, feed_id = f.id FROM dateline.feed f WHERE f.host = u.host"
    )


def _plant_robots(
    conn: psycopg.Connection[Any], hosts: Sequence[str], now: dt.datetime, ending: int, end_at: dt.datetime | None
) -> None:
    later = now + dt.timedelta(hours=20)
    rows = [
        (f"http://{host}", 200, ROBOTS, now - dt.timedelta(hours=4), end_at if end_at and place < ending else later)
        for place, host in enumerate(hosts)
    ]
    _copy(conn, "dateline.robots", ("origin", "status", "body", "fetched_at", "expires_at"), rows)


def _copy(conn: psycopg.Connection[Any], table: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    target = pg.SQL(".").join(map(pg.Identifier, table.split(".")))
    columns = pg.SQL(", ").join(map(pg.Identifier, names))
    with conn.cursor() as cur, cur.copy(pg.SQL("COPY {} ({}) FROM STDIN").format(target, columns)) as copy:
        for row in rows:
            copy.write_row(row)


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--latency", type=float, default=0.0)
    options = parser.parse_args()
    asyncio.run(_serve(options.log, options.latency))


if __name__ == "__main__":
    main()
