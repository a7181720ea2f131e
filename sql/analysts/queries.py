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
from psycopg.sql import Literal

from dateline.errors import DatabaseError
from sql.database import LIVELINESS, session_options

MAX_ROWS = 1000
MAX_BYTES = 8_000_000
"""Bytes of an answer; a thousand bodies of articles have about that many."""
BATCH = 50
STATEMENT_S = 30.0
TOO_LONG = f"It took longer than {STATEMENT_S:.0f} s and was stopped."
AT_ONCE = 4
"""Statements that run at the same time; more have to wait."""
SETTINGS: dict[str, str | None] = {
    "default_transaction_read_only": "on",
    "statement_timeout": f"{STATEMENT_S * 1000:.0f}",
    "search_path": "news",
}
_PROBE = "DECLARE console_probe NO SCROLL CURSOR FOR "
_EXPLAIN, _SHOW = re.compile(r"\s*explain\b", re.IGNORECASE), re.compile(r"\s*show\b", re.IGNORECASE)
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
class SqlAnswer:
    """The rows of a statement as text, at most MAX_ROWS; `is_cut` where there were more."""

    columns: tuple[str, ...]
    types: tuple[int, ...]
    rows: tuple[Texts, ...]
    is_cut: bool
    took_s: float

    @property
    def numeric(self) -> frozenset[int]:
        """The places of the columns that hold numbers."""
        return frozenset(place for place, kind in enumerate(self.types) if kind in _NUMBERS)

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
        self.for_programs = asyncio.Semaphore(AT_ONCE // 2)
        """Held by a program while its statement runs, so that people never wait for programs alone."""
        self._running: dict[str, tuple[Running, psycopg.AsyncConnection[Any] | None]] = {}
        self._works: set[asyncio.Task[SqlAnswer]] = set()

    def running(self, owner: str) -> list[Running]:
        """What runs for this owner, longest first."""
        return [one for one, _ in self._running.values() if one.owner == owner]

    async def run(self, statement: str, *, run: str, owner: str) -> SqlAnswer:
        """The rows of a statement; a SqlError if PostgreSQL refuses it, or it is cancelled or takes too long."""
        began = time.monotonic()
        running = Running(run, owner, statement, began)
        self._running[run] = (running, None)
        work = asyncio.create_task(self._work(running))
        self._works.add(work)
        work.add_done_callback(self._ended)
        try:
            # the session's own timeout counts each step by itself, and the statement can lift it
            async with asyncio.timeout(STATEMENT_S):
                return await asyncio.shield(work)
        except TimeoutError:
            raise SqlError(TOO_LONG) from None
        finally:
            self._running.pop(run, None)
            work.cancel()

    async def _work(self, running: Running) -> SqlAnswer:
        """The answer; a task of its own, which keeps its slot until the server has let the statement go."""
        async with self._slots, await self._connect() as connection:
            if running.run in self._running:
                self._running[running.run] = (running, connection)
            return await _answer(connection, running.sql, running.since)

    def _ended(self, work: asyncio.Task[SqlAnswer]) -> None:
        self._works.discard(work)
        if not work.cancelled():
            work.exception()  # seen here, too: the one who asked may have gone

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


async def _answer(connection: psycopg.AsyncConnection[Any], statement: str, began: float) -> SqlAnswer:
    wanted = statement.strip().rstrip(";").rstrip()
    offset = 0 if _EXPLAIN.match(wanted) or _SHOW.match(wanted) else len(_PROBE)
    try:
        async with connection.cursor() as cur:
            if _SHOW.match(wanted):
                await cur.execute(cast(Any, wanted), prepare=True)
                columns, rows, is_cut = _columns(cur), _texts(cur), False
            else:
                columns = await _declare(cur, wanted)
                rows, is_cut = await _fetched(cur)
    except psycopg.Error as error:
        raise _sql_error(error, offset) from error
    names, types = tuple(name for name, _ in columns), tuple(kind for _, kind in columns)
    return SqlAnswer(names, types, tuple(rows[:MAX_ROWS]), is_cut or len(rows) > MAX_ROWS, time.monotonic() - began)


async def _declare(cur: psycopg.AsyncCursor[Any], wanted: str) -> list[tuple[str, int]]:
    """Open the cursor console_sql for the statement; returns its columns.

    The cursor has one column more, which says whether the rows so far fit in MAX_BYTES; of a row that does not, the server
    sends nothing else. The client would hold a whole row in memory before it knew its size.
    """
    if _EXPLAIN.match(wanted):
        wanted = f'SELECT line AS "QUERY PLAN" FROM news.explain({Literal(wanted).as_string(cur)}) AS line'  # noqa: S608
    # a line break, so that a comment at its end ends there; prepared, so that it is one statement
    await cur.execute(cast(Any, f"{_PROBE}{wanted}\n"), prepare=True)
    await cur.execute("FETCH 0 FROM console_probe")
    columns = _columns(cur)
    await cur.execute("CLOSE console_probe")
    names = ", ".join(f"c{number}" for number in range(len(columns)))
    cells = "".join(f"CASE WHEN fits THEN c{number} END, " for number in range(len(columns)))
    sizes = " + ".join(f"coalesce(octet_length(c{number}::text), 0)::bigint" for number in range(len(columns))) or "0"
    bounded = (
        f"SELECT {cells} fits FROM (SELECT t.*, sum({sizes}) OVER (ROWS UNBOUNDED PRECEDING) <= {MAX_BYTES}"  # noqa: S608
        f" AS fits FROM (\n{wanted}\n) AS t{f' ({names})' if names else ''}) AS bounded"
    )
    await cur.execute(cast(Any, f"DECLARE console_sql NO SCROLL CURSOR FOR {bounded}"), prepare=True)
    return columns


async def _fetched(cur: psycopg.AsyncCursor[Any]) -> tuple[list[Texts], bool]:
    """The cursor's rows up to the limits, and whether it was left before its end."""
    rows: list[Texts] = []
    wanted = 1
    while len(rows) <= MAX_ROWS:
        await cur.execute(f"FETCH {wanted} FROM console_sql")
        batch = _texts(cur)
        fitting = [row[:-1] for row in batch if row[-1] == "t"]
        rows += fitting
        if len(fitting) < len(batch):
            if not rows:
                raise SqlError(
                    f"The first row has more than {MAX_BYTES // 1_000_000} MB: choose fewer or shorter columns"
                )
            return rows, True
        if len(batch) < wanted:
            return rows, False
        wanted = min(2 * wanted, BATCH)  # the server computes a whole batch, even of rows that don't fit
    return rows, True


def _columns(cur: psycopg.AsyncCursor[Any]) -> list[tuple[str, int]]:
    return [(one.name, one.type_code) for one in cur.description or ()]


def _texts(cur: psycopg.AsyncCursor[Any]) -> list[Texts]:
    """A result as PostgreSQL writes it, without making Python's types of it: an instant in year 10000 is no trouble then."""
    found = cur.pgresult
    if found is None:
        return []
    cells = ((found.get_value(row, column) for column in range(found.nfields)) for row in range(found.ntuples))
    return [tuple(None if cell is None else cell.decode("utf-8", "replace") for cell in row) for row in cells]


def _sql_error(error: psycopg.Error, offset: int) -> SqlError:
    if isinstance(error, psycopg.errors.QueryCanceled):
        is_timeout = "statement timeout" in str(error)
        return SqlError(TOO_LONG if is_timeout else "It was cancelled.")
    said = error.diag.message_primary or " ".join(str(error).split()) or type(error).__name__
    place = error.diag.statement_position
    position = int(place) - offset if offset and place and int(place) > offset else None
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
