"""Exports: a view, a search or any query, streamed in flat memory from one read-only snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, BinaryIO, Literal, cast

import orjson
import psycopg
from psycopg import sql as compose
from psycopg.pq import ExecStatus
from psycopg.rows import dict_row, scalar_row

from dateline.errors import UsageError
from sql import query

Format = Literal["csv", "jsonl"]
Statement = compose.SQL | compose.Composed
ROWS_A_FETCH = 500
UNRUNNABLE = (
    psycopg.ProgrammingError,
    psycopg.DataError,
    psycopg.NotSupportedError,
    psycopg.errors.ReadOnlySqlTransaction,
)
"""What is wrong with a query, not with the database."""


def view_query(connection: psycopg.Connection[Any], view: str) -> compose.Composed:
    """All rows of a view of schema news; a UsageError lists the views that there are."""
    with connection.cursor(row_factory=scalar_row) as cur:
        known = cur.execute(query("export", "views")).fetchall()
    name = view.removeprefix("news.")
    if name not in known:
        raise UsageError(f"no view is called {view!r}; there are: {', '.join(known)}", subject=view)
    return compose.SQL("SELECT * FROM {}").format(compose.Identifier("news", name))


def stories_query() -> compose.SQL:
    """Each article's URL with the number of its story."""
    return compose.SQL(query("export", "articles_of_stories"))


def user_query(connection: psycopg.Connection[Any], text: str) -> compose.SQL:
    """The user's own query, run as it is; a UsageError unless it is one that the server understands, and only one.

    The server is asked to parse it first: PostgreSQL's extended protocol takes no second statement, which might end the
    read-only transaction and write.
    """
    words = text.strip().rstrip(";")
    parsed = connection.pgconn.prepare(b"", words.replace("\x00", "").encode())
    if parsed.status != ExecStatus.COMMAND_OK:
        raise UsageError(f"the query can't be run: {' '.join(parsed.error_message.decode(errors='replace').split())}")
    return compose.SQL(cast("Any", words))


def search_query() -> compose.SQL:
    """The articles that hold %(words)s."""
    return compose.SQL(query("export", "articles_with"))


def export(
    connection: psycopg.Connection[Any],
    statement: Statement,
    params: Mapping[str, Any] | None,
    out: BinaryIO,
    form: Format,
) -> int:
    """Write every row of a statement to `out`; returns how many. The transaction is read only and sees one snapshot."""
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    try:
        with connection.transaction():
            return (
                _csv(connection, statement, params, out)
                if form == "csv"
                else _jsonl(connection, statement, params, out)
            )
    except UNRUNNABLE as error:
        raise UsageError(f"the query can't be run: {' '.join(str(error).split())}") from error


def _csv(
    connection: psycopg.Connection[Any], statement: Statement, params: Mapping[str, Any] | None, out: BinaryIO
) -> int:
    copy = compose.SQL("COPY ({}) TO STDOUT (FORMAT csv, HEADER true)").format(statement)
    with connection.cursor() as cur:
        with cur.copy(copy, params) as rows:
            for block in rows:
                out.write(block)
        return cur.rowcount


def _jsonl(
    connection: psycopg.Connection[Any], statement: Statement, params: Mapping[str, Any] | None, out: BinaryIO
) -> int:
    count = 0
    with connection.cursor(name="export", row_factory=dict_row) as cur:
        cur.itersize = ROWS_A_FETCH
        for row in cur.execute(statement, params):
            out.write(orjson.dumps(row, default=str, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z))
            count += 1
    return count
