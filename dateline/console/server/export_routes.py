"""Exports as downloads: written while they are read, in flat memory, from one snapshot."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
from collections.abc import Iterator
from contextlib import ExitStack

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from dateline.console.pages.archive import exports
from dateline.console.pages.archive.search_request import trouble_of
from dateline.console.rendering import render
from dateline.console.server.console import Console
from dateline.console.server.routes import BY_NAME
from dateline.errors import DatabaseError, UsageError
from sql.database import connect
from sql.export.export import csv_rows, json_rows, prepare, search_question, snapshot, view_question
from sql.export.formats import TEXT_FORMATS

AT_ONCE = threading.BoundedSemaphore(3)
CHUNK = 64 * 1024
STATEMENT_S = 900


class _Buffer:
    """What was written and not yet sent."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes | bytearray | memoryview, /) -> int:
        """Keep it."""
        self.data += data
        return len(data)

    def taken(self) -> bytes:
        """Return what was kept, and forget it."""
        data, self.data = bytes(self.data), bytearray()
        return data


async def download(console: Console, request: Request) -> Response:
    """A search's articles (`q`) or a view (`view`) as CSV or JSON lines (`format`)."""
    ask = console.ask(request)
    words, view = ask.text("q", limit=2000), ask.text("view", limit=63)
    wanted = ask.text("format", limit=20) or "csv"
    form = next((one for one in TEXT_FORMATS if one == wanted), None)
    if form is None:
        return await _refusal(console, request, f"Unknown format {wanted!r}. Choose from: {', '.join(TEXT_FORMATS)}")
    if not words and not view:
        return await _refusal(console, request, "Nothing to export: give a search (q=…) or a view (view=…)")
    chunks = export_chunks(console.url, words, view, form)
    try:
        first = await _first(chunks)
    except UsageError as error:
        return await _refusal(console, request, trouble_of(error).sentence)
    subject = "articles" if words else "".join(c for c in view if c.isascii() and (c.isalnum() or c == "_"))
    name = f"{subject}-{console.clock():%Y%m%d-%H%M}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_chained(first, chunks), media_type=TEXT_FORMATS[form].media_type, headers=headers)


async def _refusal(console: Console, request: Request, message: str) -> Response:
    """What is wrong with the request: on the page for a browser, as JSON for a program."""
    if "text/html" not in request.headers.get("accept", ""):
        return render.as_json({"error": message}, status=400)
    ask = console.ask(request)
    page = dataclasses.replace(await exports.read(ask), query=ask.text("q", limit=2000), trouble=message)
    return await console.html(request, "exports", status=400, view=BY_NAME["exports"], page=page)


async def _first(chunks: Iterator[bytes]) -> bytes:
    """The first piece; read before the response starts, so that an invalid query becomes an error response."""
    return await asyncio.to_thread(next, chunks, b"")


def _chained(first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from chunks


def export_chunks(url: str, words: str, view: str, form: str) -> Iterator[bytes]:
    """The file in pieces; runs in threads of the server's, one connection for all of it."""
    if not AT_ONCE.acquire(blocking=False):
        raise DatabaseError("Three exports are already running. Try again when one has finished")
    with ExitStack() as stack:
        stack.callback(AT_ONCE.release)
        connection = stack.enter_context(connect(url, application_name="dateline-console-export"))
        stack.enter_context(snapshot(connection))
        connection.execute(f"SET LOCAL statement_timeout = '{STATEMENT_S}s'")
        asked = prepare(connection, search_question(connection, words) if words else view_question(connection, view))
        buffer = _Buffer()
        for _ in csv_rows(connection, asked, buffer) if form == "csv" else json_rows(connection, asked, buffer):
            if len(buffer.data) >= CHUNK:
                yield buffer.taken()
        yield buffer.taken()
