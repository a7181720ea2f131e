"""`/api/v1/sql`: a program's statement, by the login and within the limits of the SQL page."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from dateline.api import arrow
from dateline.api.operations import Operation, Statement
from dateline.api.problems import ProblemError, problem
from dateline.api.questions import dumps, preferred
from dateline.api.sql_rows import SqlRows, sql_rows
from dateline.console.server.api_exports import owner_of
from dateline.console.server.console import Console
from dateline.console.server.sql_routes import NO_LOGIN, until_gone
from sql.analysts.queries import STATEMENT_S, AnalystQueries, SqlAnswer, SqlError

JSON, NDJSON, ARROW = "application/json", "application/x-ndjson", "application/vnd.apache.arrow.stream"
BUSY = "Statements of other programs are running. Try again."


async def run_sql(console: Console, one: Operation, request: Request, asked: Statement) -> SqlRows | Response:
    """The rows in the form that the header Accept names."""
    if console.queries is None:
        raise ProblemError(503, NO_LOGIN)
    wanted = wanted_kind(request, (JSON, NDJSON, ARROW))
    try:
        found = sql_rows(await _answer(console.queries, request, asked.sql))
    except SqlError as error:
        said = f"sql: {error}{f' ({error.hint})' if error.hint else ''}"
        return problem(422, said, position=error.position - 1 if error.position else None)
    headers = {"Dateline-Is-Cut": "true" if found.is_cut else "false", "Cache-Control": "private, no-store"}
    if wanted == ARROW:
        return Response(arrow.in_stream(found.to_arrow()), 200, headers, media_type=ARROW)
    if wanted == NDJSON:
        return Response(b"".join(dumps(row) + b"\n" for row in found.rows), 200, headers, media_type=NDJSON)
    return found


def wanted_kind(request: Request, kinds: Sequence[str]) -> str:
    """The form that a program wants; a 406 where it takes none of these."""
    wanted = preferred(", ".join(request.headers.getlist("accept")), kinds)
    if wanted is None:
        raise ProblemError(406, f"This comes as {' or '.join(kinds)}: name one in the header Accept, or leave it out.")
    if wanted == ARROW and not arrow.is_installed():
        raise ProblemError(406, f"{arrow.NEEDED}. Or ask for {NDJSON}.")
    return wanted


async def _answer(queries: AnalystQueries, request: Request, statement: str) -> SqlAnswer:
    run, owner = secrets.token_urlsafe(9), owner_of(request)
    try:
        async with asyncio.timeout(STATEMENT_S):
            await queries.for_programs.acquire()
    except TimeoutError:
        raise ProblemError(503, BUSY, {"Retry-After": "5"}) from None
    try:
        async with until_gone(request, queries, run, owner):
            return await queries.run(statement, run=run, owner=owner)
    finally:
        queries.for_programs.release()
