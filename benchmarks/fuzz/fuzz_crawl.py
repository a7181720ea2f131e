"""Hostile inputs served over loopback, each beside ordinary neighbours, and crawled by `dateline crawl` into a database."""

from __future__ import annotations

import asyncio
import os
import queue
import random
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks.fuzz.fuzz_inputs import HOST, Input, page
from dateline.urls import url_key
from sql.database import connect
from tests.acceptance.support.site import dateline

NEIGHBOUR_EVERY = 20
_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
READABLE = (
    "SELECT * FROM dateline.url", "SELECT * FROM dateline.article", "SELECT * FROM dateline.alias",
    "SELECT * FROM dateline.fetch", "SELECT * FROM dateline.visit", "SELECT * FROM dateline.quarantine",
    "SELECT * FROM news.articles", "SELECT * FROM news.ledger", "SELECT * FROM dateline.robots",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Crawled:
    """What became of the inputs: of their URLs without a final state, rows that can't be read, neighbours not stored."""

    inputs: int
    without_final_state: tuple[str, ...]
    unreadable_rows: int
    neighbours: int
    neighbours_lost: tuple[str, ...]
    states: dict[str, int]
    seconds: float


def crawl_inputs(inputs: Sequence[Input], database: str, folder: Path) -> Crawled:
    """Serve, crawl, look."""
    answers = {f"/{one.kind}/{number}": _response(one) for number, one in enumerate(inputs)}
    neighbours = {f"/good/{number}": _good(number) for number in range(max(1, len(inputs) // NEIGHBOUR_EVERY))}
    answers |= neighbours
    order = list(answers)
    random.Random(1).shuffle(order)
    (folder / "urls.txt").write_text("\n".join(HOST + path for path in order))
    began = time.monotonic()
    with served(answers) as port:
        _crawl(database, folder, port)
    seconds = time.monotonic() - began
    with connect(database, autocommit=True) as connection:
        states = {
            row[0]: (row[1], row[2]) for row in connection.execute("SELECT url_key, state, reason FROM dateline.url")
        }
        unreadable = sum(_unreadable(connection, statement) for statement in READABLE)
    fates = {path: states.get(url_key(HOST + path), ("unknown", None)) for path in order}
    reasons = [reason or state for state, reason in fates.values()]
    return Crawled(
        inputs=len(inputs),
        without_final_state=tuple(path for path, (state, _) in fates.items() if state in ("unknown", "pending")),
        unreadable_rows=unreadable,
        neighbours=len(neighbours),
        neighbours_lost=tuple(path for path in neighbours if fates[path][0] not in ("stored", "duplicate")),
        states={reason: reasons.count(reason) for reason in sorted(set(reasons))},
        seconds=seconds,
    )


def _good(number: int) -> bytes:
    body = page(random.Random(f"good {number}"))
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def _response(one: Input) -> bytes:
    if one.kind == "wire":
        return one.body
    lines = [f"HTTP/1.1 200 OK\r\nContent-Length: {len(one.body)}"]
    lines += [f"Content-Type: {one.content_type}"] if one.content_type else []
    lines += [f"Content-Encoding: {one.encoding}"] if one.encoding else []
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + one.body


def _crawl(database: str, folder: Path, port: int) -> None:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("DATELINE_")}
    environment = plain | {
        "DATELINE_DATABASE_URL": database,
        "DATELINE_RESOLVE": f"*.test=127.0.0.1:{port}",
        "DATELINE_CONTACT": "fuzz@dateline.test",
        "DATELINE_TIMEOUT_S": "5",
    }
    dateline("crawl", str(folder / "urls.txt"), "--delay", "0", data_dir=folder, env=environment, timeout_s=3600)


def _unreadable(connection: psycopg.Connection[tuple[object, ...]], statement: str) -> int:
    """How many rows a statement's client can't read: counted one by one only where the whole can't be had."""
    try:
        connection.execute(statement).fetchall()
        return 0
    except (psycopg.Error, ValueError, OverflowError):
        cursor = connection.execute(statement)
        return sum(_fails(cursor) for _ in range(cursor.rowcount))


def _fails(cursor: psycopg.Cursor[tuple[object, ...]]) -> bool:
    try:
        cursor.fetchone()
    except (psycopg.Error, ValueError, OverflowError):
        return True
    return False


@contextmanager
def served(answers: Mapping[str, bytes]) -> Iterator[int]:
    """Whole responses by path on a loopback port, byte for byte; all else is not found, robots.txt too."""
    started: queue.Queue[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]] = queue.Queue()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            is_to_go_on = True
            while is_to_go_on:
                path = (await reader.readuntil(b"\r\n\r\n")).split(b" ", 2)[1].decode("latin-1")
                writer.write(answers.get(path, _NOT_FOUND))
                await writer.drain()
                is_to_go_on = not path.startswith("/wire/")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()

    async def serve() -> None:
        stop = asyncio.Event()
        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        started.put((server.sockets[0].getsockname()[1], asyncio.get_running_loop(), stop))
        await stop.wait()
        server.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    port, loop, stop = started.get(timeout=30)
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)
