"""An analyst's own SQL: one statement, read-only, as a login that can do no more, within limits of rows, bytes and time.

The login is what protects: `SET ROLE` in a session of the owner can be undone by `set_config('role', …)` within a query. The
statement goes through the extended protocol, which takes exactly one (PostgreSQL, 54.2.3), into a server-side cursor.
"""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass
from typing import Any, cast

import orjson
import psycopg

from dateline.errors import DatabaseError
from sql.database import LIVELINESS, session_options

MAX_ROWS = 1000
MAX_BYTES = 8_000_000
"""Bytes of an answer; a thousand bodies of articles have about that many."""
BATCH = 50
STATEMENT_S = 30.0
AT_ONCE = 4
"""Statements that run at the same time; more have to wait."""
SETTINGS: dict[str, str | None] = {
    "default_transaction_read_only": "on",
    "statement_timeout": f"{STATEMENT_S * 1000:.0f}",
    "search_path": "news",
}
_DECLARE = "DECLARE console_sql NO SCROLL CURSOR FOR "
_WITHOUT_CURSOR = re.compile(r"\s*(explain|show)\b", re.IGNORECASE)
_NUMBERS = {20, 21, 23, 26, 700, 701, 1700}
"""pg_type.dat: int8, int2, int4, oid, float4, float8, numeric."""
_BOOL, _JSON, _JSONB = 16, 114, 3802

Texts = tuple[str | None, ...]


class SqlError(Exception):
    """PostgreSQL's error for a statement; `position` counts its characters from 1."""

    def __init__(self, message: str, *, position: int | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.position, self.hint = position, hint


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of a statement as text, at most MAX_ROWS; `is_cut` where there were more."""

    columns: tuple[str, ...]
    types: tuple[int, ...]
    rows: tuple[Texts, ...]
    is_cut: bool
    took_s: float

    def typed(self) -> list[dict[str, Any]]:
        """The rows as records: numbers, truth values and JSON as such, everything else as text."""
        return [{c: _typed(v, t) for c, v, t in zip(self.columns, row, self.types, strict=True)} for row in self.rows]


@dataclass(frozen=True, slots=True)
class Running:
    """A statement that runs now."""

    run: str
    owner: str
    sql: str
    since: float


class AnalystQueries:
    """Runs statements, each on a connection of its own, and cancels them."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._running: dict[str, tuple[Running, psycopg.AsyncConnection[Any] | None]] = {}

    def running(self, owner: str) -> list[Running]:
        """What runs for this owner, longest first."""
        return [one for one, _ in self._running.values() if one.owner == owner]

    async def run(self, statement: str, *, run: str, owner: str) -> Answer:
        """The rows of a statement; a SqlError if PostgreSQL refuses it, or it is cancelled or takes too long."""
        began = time.monotonic()
        running = Running(run, owner, statement, began)
        self._running[run] = (running, None)
        try:
            async with self._slots, await self._connect() as connection:
                self._running[run] = (running, connection)
                return await _answer(connection, statement, began)
        finally:
            self._running.pop(run, None)

    async def cancel(self, run: str, *, owner: str) -> bool:
        """Stop a statement of this owner; whether it was running."""
        found, connection = self._running.get(run, (None, None))
        if found is None or found.owner != owner or connection is None:
            return False
        await connection.cancel_safe(timeout=5)
        return True

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        options = session_options(self._url, SETTINGS)
        try:
            return await psycopg.AsyncConnection.connect(
                self._url, **LIVELINESS, options=options, application_name="dateline-console-sql"
            )
        except psycopg.OperationalError as error:
            raise DatabaseError(
                "the login of the SQL page does not work: `dateline analyst add NAME` makes one, "
                "DATELINE_CONSOLE_SQL_URL names it"
            ) from error


async def _answer(connection: psycopg.AsyncConnection[Any], statement: str, began: float) -> Answer:
    wanted = statement.strip().rstrip(";").rstrip()
    prefix = "" if _WITHOUT_CURSOR.match(wanted) else _DECLARE
    try:
        async with connection.cursor() as cur:
            # a line break, so that a comment at its end ends there; prepared, so that it is one statement
            await cur.execute(cast(Any, f"{prefix}{wanted}\n"), prepare=True)
            rows, is_cut = await _fetched(cur) if prefix else (_texts(cur), False)
            columns = tuple((one.name, one.type_code) for one in cur.description or ())
    except psycopg.Error as error:
        raise _sql_error(error, len(prefix)) from error
    names, types = tuple(name for name, _ in columns), tuple(kind for _, kind in columns)
    return Answer(names, types, tuple(rows[:MAX_ROWS]), is_cut or len(rows) > MAX_ROWS, time.monotonic() - began)


async def _fetched(cur: psycopg.AsyncCursor[Any]) -> tuple[list[Texts], bool]:
    """The cursor's rows up to the limits, and whether it was left before its end."""
    rows: list[Texts] = []
    size = 0
    while len(rows) <= MAX_ROWS and size <= MAX_BYTES:
        await cur.execute(f"FETCH {BATCH} FROM console_sql")
        batch = _texts(cur)
        rows += batch
        size += sum(len(cell or "") for row in batch for cell in row)
        if len(batch) < BATCH:
            return rows, False
    return rows, True


def _texts(cur: psycopg.AsyncCursor[Any]) -> list[Texts]:
    """A result as PostgreSQL writes it, without making Python's types of it: an instant in year 10000 is no trouble then."""
    found = cur.pgresult
    if found is None:
        return []
    cells = ((found.get_value(row, column) for column in range(found.nfields)) for row in range(found.ntuples))
    return [tuple(None if cell is None else cell.decode("utf-8", "replace") for cell in row) for row in cells]


def _sql_error(error: psycopg.Error, prefix: int) -> SqlError:
    if isinstance(error, psycopg.errors.QueryCanceled):
        is_timeout = "statement timeout" in str(error)
        return SqlError(
            f"It took longer than {STATEMENT_S:.0f} s and was given up." if is_timeout else "It was cancelled."
        )
    said = error.diag.message_primary or " ".join(str(error).split()) or type(error).__name__
    place = error.diag.statement_position
    position = int(place) - prefix if place and int(place) > prefix else None
    more = " ".join(filter(None, (error.diag.message_detail, error.diag.message_hint)))
    return SqlError(said, position=position, hint=more or None)


def _typed(value: str | None, kind: int) -> object:
    if value is None or kind not in _NUMBERS | {_BOOL, _JSON, _JSONB}:
        return value
    if kind == _BOOL:
        return value == "t"
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        # NaN and Infinity are not valid JSON
        return value
