"""Run and cancel statements of the SQL page. Leaving the page (Stop in the browser) cancels the statement."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dateline.console.pages.archive import sql
from dateline.console.rendering import render
from dateline.console.request import address
from dateline.console.server.console import Console
from dateline.console.server.routes import BY_NAME
from dateline.errors import DatabaseError
from dateline.text import storable
from sql.analysts.queries import AnalystQueries, SqlError

NO_LOGIN = (
    "The SQL page has no database login: Dateline may not create one, or can't write into its data folder. Create one with "
    "`dateline analyst add NAME` and put its URL into DATELINE_CONSOLE_SQL_URL"
)


@dataclasses.dataclass(frozen=True, slots=True)
class RunningNow:
    """A statement that runs, as the page lists it."""

    run: str
    sql: str
    seconds: float


async def show(console: Console, form: str, request: Request) -> Response:
    """The page before anything was run."""
    page = await sql.read(console.ask(request))
    if form == "html":
        return await _html(console, request, page)
    return render.as_json(page) if form == "json" else render.as_csv(sql.Column, page.columns, name="schema")


async def run(console: Console, form: str, request: Request) -> Response:
    """The answer to a statement, in three forms."""
    fields = request.scope["form"]
    statement, number = sql.statement_of(fields), storable(fields.get("run", ""), 40)
    page = await sql.read(console.ask(request))
    page = dataclasses.replace(page, sql=statement, run=number or page.run)
    queries = console.queries
    if queries is None:
        raise DatabaseError(NO_LOGIN)
    try:
        owner = request.scope["session"].id
        async with until_gone(request, queries, page.run, owner):
            answer = await queries.run(statement, run=page.run, owner=owner)
    except SqlError as error:
        page = dataclasses.replace(page, trouble=sql.trouble_of(error, statement))
        if form != "html":
            return render.as_json({"error": page.trouble}, status=400)
        return await _html(console, request, page, status=400)
    if form == "csv":
        return render.table_as_csv(answer.columns, answer.rows, name="sql")
    if form == "json":
        return render.as_json({"rows": answer.typed(), "is_cut": answer.is_cut, "took_s": answer.took_s})
    return await _html(console, request, dataclasses.replace(page, answer=answer))


async def cancel(console: Console, request: Request) -> Response:
    """Stop a statement of this session, and go back to the page."""
    if console.queries is not None:
        await console.queries.cancel(request.scope["form"].get("run", ""), owner=request.scope["session"].id)
    return RedirectResponse(address("/sql"), 303)


async def _html(console: Console, request: Request, page: sql.SqlPage, *, status: int = 200) -> Response:
    now, owner = time.monotonic(), request.scope["session"].id
    running = (
        [RunningNow(one.run, one.sql, now - one.since) for one in console.queries.running(owner)]
        if console.queries
        else []
    )
    context: dict[str, Any] = {
        "view": BY_NAME["sql"],
        "page": page,
        "running": running,
        "can_run": console.queries is not None,
    }
    return await console.html(request, "sql", status=status, **context)


@asynccontextmanager
async def until_gone(request: Request, queries: AnalystQueries, run: str, owner: str) -> AsyncIterator[None]:
    """While the block runs, cancel the statement as soon as the client has gone."""

    async def watch() -> None:
        # what is still to come from the client is only that it went away: its body was read
        while (await request.receive())["type"] != "http.disconnect":
            pass
        await queries.cancel(run, owner=owner)

    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        watching.cancel()
