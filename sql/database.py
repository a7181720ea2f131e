"""Connections to PostgreSQL, and a pool that replaces lost ones."""

from __future__ import annotations

import select
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus
from psycopg_pool import AsyncConnectionPool, PoolClosed
from psycopg_pool.pool_async import AddConnection, MaintenanceTask

from dateline.errors import DatabaseError

Pool = AsyncConnectionPool[psycopg.AsyncConnection[Any]]

# A peer that vanished without a FIN is noticed after about a minute when idle, after 30 s when it owes an answer.
LIVELINESS: dict[str, Any] = {
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
    "connect_timeout": 10,
}

UNFINISHED_S = 30
"""A process that freezes or loses its network during a transaction keeps its locks, and other processes wait for them. After
this time the server ends it (idle_in_transaction_session_timeout). No step of ours waits this long between two
statements."""

SESSION = {
    "datestyle": "ISO,MDY",
    "intervalstyle": "postgres",
    "timezone": "UTC",
    "standard_conforming_strings": "on",
    "search_path": "public",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "array_nulls": "on",
    "transform_null_equals": "off",
    "quote_all_identifiers": "off",
    "default_transaction_isolation": "read committed",
    "client_encoding": "UTF8",
    "gin_fuzzy_search_limit": "0",
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_session_timeout": "0",
}
"""What our statements and psycopg rely on; a server, a database or a role may have other defaults."""

_LIMITS_TRANSACTIONS = 17_00_00
_NO_LIMIT = "SET transaction_timeout = 0"
"""Belongs to SESSION, but servers before PostgreSQL 17 refuse a session whose options name it."""

RECONNECT_S = 1.0
"""Pause between two tries to connect again. psycopg_pool doubles it without bound: after a minute's outage of the server
all work would pause for another minute."""

# PostgreSQL's error codes (appendix A) after which the same work may succeed.
_AGAIN = frozenset(
    {
        "40001",  # serialization_failure
        "25P03",  # idle_in_transaction_session_timeout
        "40P01",  # deadlock_detected
        "53300",  # too_many_connections
        "57P01",  # admin_shutdown
        "57P02",  # crash_shutdown
        "57P03",  # cannot_connect_now
    }
)


REFUSED = psycopg.OperationalError, psycopg.errors.ReadOnlySqlTransaction, psycopg.errors.InsufficientPrivilege
"""What a server raises that can't or won't do the work: without room, time, a lock or the right to write; also, without a code
of the server's or with one of a session's end, the connection's loss."""

READ_ONLY_CURE = (
    ". Nothing was changed. The database is a standby or was made read-only: let DATELINE_DATABASE_URL name its primary"
)

LOST = (psycopg.OperationalError, psycopg.errors.IdleInTransactionSessionTimeout)
"""What a lost connection, or a server that is away, raises."""


class SteadyPool(AsyncConnectionPool[psycopg.AsyncConnection[Any]]):
    """A pool that tries to connect again every second for as long as the server is away."""

    async def schedule_task(self, task: MaintenanceTask, delay: float) -> None:
        """Run a maintenance task in the future; a new try to connect, soon."""
        await super().schedule_task(task, min(delay, RECONNECT_S) if isinstance(task, AddConnection) else delay)


def redact(url: str) -> str:
    """Where the database is, without user and password: for logs and messages."""
    try:
        parts = url_parts(url)
    except DatabaseError:
        return "an invalid database URL"
    host, port, name = (parts.get(key) or "" for key in ("host", "port", "dbname"))
    return f"database {name or '(default)'} at {host or 'the default host'}" + (f":{port}" if port else "")


def url_parts(url: str) -> dict[str, Any]:
    """The parameters of a database URL; a DatabaseError that quotes nothing of one that can't be read, or is read wrongly."""
    _, _, place = url.partition("://")
    authority, _, path = place.partition("/")
    _, _, host = authority.partition("@")
    if "@" in host.partition("?")[0] or "@" in path.partition("=")[0]:
        # libpq would take a piece of the password for the host, and name it in its errors
        raise DatabaseError("Invalid database URL: write @ as %40 and / as %2F in its user and password")
    try:
        return conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        # libpq's message quotes the URL, password included
        raise DatabaseError("Invalid database URL: write it as postgresql://user:password@host:5432/name") from None


def connect(
    url: str, *, autocommit: bool = False, application_name: str = "dateline", connect_timeout_s: int = 10
) -> psycopg.Connection:
    """An open connection; a DatabaseError names host and database, never the password."""
    more = {"connect_timeout": connect_timeout_s, "options": session_options(url)}
    try:
        connection = psycopg.connect(url, autocommit=True, application_name=application_name, **(LIVELINESS | more))
        if connection.info.server_version >= _LIMITS_TRANSACTIONS:
            connection.execute(_NO_LIMIT)
    except psycopg.OperationalError as error:
        raise DatabaseError(f"Can't connect to {redact(url)}: {said(error)}", is_temporary=True) from None
    connection.autocommit = autocommit
    return connection


def wait_for(url: str, timeout_s: float) -> None:
    """Returns when the database takes connections; after `timeout_s` the last DatabaseError is raised."""
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            connect(url, connect_timeout_s=5).close()
            return
        except DatabaseError as error:
            if not error.is_temporary or time.monotonic() > deadline:
                raise
        time.sleep(0.2)


def open_pool(
    url: str,
    *,
    min_size: int = 1,
    max_size: int = 8,
    search_path: str | None = None,
    statement_timeout_s: float = 0,
    application_name: str = "dateline",
    unfinished_s: float = 0,
    more: dict[str, str] | None = None,
    configure: Callable[[psycopg.AsyncConnection[Any]], Awaitable[None]] | None = None,
) -> Pool:
    """A pool that hands out only connections that answer; open it with `async with` or `await pool.open()`.

    Its connections don't commit by themselves: leaving `async with pool.connection()` without an error does. The server ends
    one that leaves a transaction standing for `unfinished_s` (0: never). `more` are further settings of their sessions,
    `configure` is called with each new one.
    """
    settings = {
        "search_path": search_path,
        "statement_timeout": f"{statement_timeout_s * 1000:.0f}",
        "idle_in_transaction_session_timeout": f"{unfinished_s * 1000:.0f}",
    } | (more or {})

    async def prepare(connection: psycopg.AsyncConnection[Any]) -> None:
        if connection.info.server_version >= _LIMITS_TRANSACTIONS:
            await connection.set_autocommit(True)
            await connection.execute(_NO_LIMIT)
            await connection.set_autocommit(False)
        if configure:
            await configure(connection)

    return SteadyPool(
        url,
        min_size=min_size,
        max_size=max_size,
        open=False,
        check=check_quiet,
        configure=prepare,
        kwargs=LIVELINESS | {"application_name": application_name, "options": session_options(url, settings)},
    )


@asynccontextmanager
async def autocommit(connection: psycopg.AsyncConnection[Any]) -> AsyncIterator[None]:
    """Each statement by itself: BEGIN and COMMIT round a single question cost as much as the question."""
    await connection.set_autocommit(True)
    try:
        yield
    finally:
        # a lost connection can't be set, and its own error is the one to tell; the pool throws it away
        if connection.info.transaction_status == TransactionStatus.IDLE:
            await connection.set_autocommit(False)


@asynccontextmanager
async def autocommit_connection(pool: Pool) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    """A connection for one statement that is its own transaction: BEGIN and COMMIT would be two round trips more."""
    async with pool.connection() as connection, autocommit(connection):
        yield connection


QUEUE_PLANS = {"enable_seqscan": "off", "enable_bitmapscan": "off", "enable_sort": "off"}
"""A queue's table is now empty, now full, and what the planner knows of it is of one of the two: after a vacuum at an empty
moment it read and sorted all jobs to fetch one (1.4 ms of CPU a job; by the index of their order .4). The queue's connections
have no statement that is better off without an index."""


def open_queue_pool(
    url: str,
    *,
    application_name: str = "dateline",
    min_size: int = 1,
    max_size: int = 2,
    unfinished_s: float = 0,
) -> Pool:
    """A pool for Procrastinate: its schema is the search path, and each of its statements is a transaction."""
    return open_pool(
        url,
        min_size=min_size,
        max_size=max_size,
        search_path="procrastinate",
        application_name=application_name,
        configure=_commits_by_itself,
        unfinished_s=unfinished_s,
        more=QUEUE_PLANS,
    )


async def _commits_by_itself(connection: psycopg.AsyncConnection[Any]) -> None:
    await connection.set_autocommit(True)


async def check_quiet(connection: psycopg.AsyncConnection[Any]) -> None:
    """Raise for a connection that is lost; one round trip only where its socket has something to say.

    A server that ended or a broken TCP connection makes an idle socket readable at once; asking the kernel costs microseconds
    where psycopg_pool's own check asks the server each time. A peer that vanished in silence is keepalives' affair.
    """
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
    if waiting.poll(0):
        await AsyncConnectionPool.check_connection(connection)


def session_options(url: str, settings: dict[str, str | None] | None = None) -> str:
    """libpq's `options` with SESSION and these settings after those that the URL has; None leaves a setting as it is."""
    given = url_parts(url).get("options") or ""
    wanted = SESSION | {name: value for name, value in (settings or {}).items() if value is not None}
    ours = (f"-c {name}={_escape(value)}" for name, value in wanted.items())
    return " ".join([*([str(given)] if given else []), *ours])


def may_help_to_retry(error: psycopg.Error) -> bool:
    """Whether the same transaction may succeed when done again.

    Without a code from the server the connection itself was lost (or none was to be had in time).
    """
    if error.sqlstate is None:
        return not isinstance(error, PoolClosed)
    return error.sqlstate in _AGAIN or error.sqlstate.startswith("08")


def may_pass(error: BaseException) -> bool:
    """Whether an error, or what caused it, comes from a database that is away for a while."""
    found: BaseException | None = error
    while found is not None and not isinstance(found, LOST):
        found = found.__cause__
    return found is not None and may_help_to_retry(found)


def is_lost(error: BaseException) -> bool:
    """Whether the connection is lost, or none was to be had: the server's own errors of a session's end, or none of its codes."""
    return isinstance(error, LOST) and (error.sqlstate is None or error.sqlstate.startswith(("08", "57P", "25P03")))


def refusal(error: BaseException) -> str | None:
    """Why the database refuses what a command asks for, or is gone, in its own words; None for other errors."""
    if is_lost(error):
        return f"the connection to the database was lost: {said(error)}"
    if isinstance(error, REFUSED):
        cure = READ_ONLY_CURE if isinstance(error, psycopg.errors.ReadOnlySqlTransaction) else ""
        return f"the database refuses it: {said(error).partition(' LINE ')[0]}{cure}"
    return None


def has_no_room(error: BaseException) -> bool:
    """Whether an error, or what caused it, says that the server has no disk or memory for what was to be written."""
    found: BaseException | None = error
    while found is not None and not isinstance(found, psycopg.errors.DiskFull | psycopg.errors.OutOfMemory):
        found = found.__cause__
    return found is not None


def _escape(value: str) -> str:
    """A value inside libpq's `options`, where backslash guards spaces (libpq-connect, `options`)."""
    return value.replace("\\", "\\\\").replace(" ", "\\ ")


def said(error: BaseException) -> str:
    """The error's own words on one line."""
    return " ".join(str(error).split())
