"""Reading for people who wait for a page: read-only transactions with a time limit, rows as dataclasses."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import psutil
import psycopg

from dateline.errors import DatabaseError
from sql.database import REFUSED, Pool, is_lost, may_help_to_retry, open_pool, refusal
from sql.statements import Area

Row = TypeVar("Row")
T = TypeVar("T")

STATEMENT_S = 10.0
"""A page's query that takes longer than this is given up."""
YIELDS = 5
"""Niceness of the backends that answer pages."""
WAIT_S = 5.0
"""Seconds that a page waits for a free connection."""


class TookTooLongError(DatabaseError):
    """A query was given up at its time limit."""


class Reader:
    """Reads for the console's pages: named queries that write nothing."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def rows(self, kind: type[Row], area: str, name: str, params: Mapping[str, Any] | None = None) -> list[Row]:
        """The rows of a named query, each as one of `kind`."""
        return await self._read(lambda connection: Area(area).rows(connection, kind, name, params))

    async def row(self, kind: type[Row], area: str, name: str, params: Mapping[str, Any] | None = None) -> Row | None:
        """The first row of a named query."""
        return next(iter(await self.rows(kind, area, name, params)), None)

    async def value(self, area: str, name: str, params: Mapping[str, Any] | None = None) -> Any:
        """The first column of the first row of a named query."""
        return await self._read(lambda connection: Area(area).value(connection, name, params))

    async def through(self, work: Callable[[Pool], Awaitable[T]]) -> T:
        """The result of another query function, over this pool and with the same error messages."""
        with plain_errors():
            return await work(self._pool)

    async def on_connection(self, work: Callable[[psycopg.AsyncConnection[Any]], Awaitable[T]]) -> T:
        """What work on a connection of the pool gives, in one transaction that can only read."""
        return await self._read(work)

    async def _read(self, work: Callable[[psycopg.AsyncConnection[Any]], Awaitable[T]]) -> T:
        with plain_errors():
            async with self._pool.connection(timeout=WAIT_S) as connection:
                return await work(connection)


@contextmanager
def plain_errors() -> Iterator[None]:
    """Errors of a database that is slow, away or read-only as errors of ours, which pages know how to tell."""
    try:
        yield
    except psycopg.errors.QueryCanceled as error:
        raise TookTooLongError(f"the query took longer than {STATEMENT_S:.0f} s and was stopped") from error
    except REFUSED as error:
        why = "the database does not answer" if is_lost(error) else refusal(error)
        raise DatabaseError(str(why), is_temporary=may_help_to_retry(error)) from error


async def yield_to_writers(connection: psycopg.AsyncConnection[Any]) -> None:
    """Lower the priority of a connection's backend where that is a process of this machine that may be touched.

    So readers wait for collectors on a busy machine, never the other way round. Elsewhere nothing changes.
    """
    with suppress(OSError, psutil.Error):
        backend = psutil.Process(connection.info.backend_pid)
        if backend.ppid() == listening_process(connection.fileno()):
            backend.nice(YIELDS)


def listening_process(fd: int) -> int:
    """The process at whose Unix socket this connection was made, -1 where it is no such socket (unix(7), SO_PEERCRED).

    A number of another PID namespace never gets here: the kernel translates, or says 0.
    """
    with socket.socket(fileno=os.dup(fd)) as connected:
        if connected.family != socket.AF_UNIX or not hasattr(socket, "SO_PEERCRED"):
            return -1
        credentials = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", credentials)[0]) or -1


def open_reading_pool(url: str, *, application_name: str, max_size: int = 8, statement_s: float = STATEMENT_S) -> Pool:
    """A pool whose transactions can only read, each statement within the limit."""
    return open_pool(
        url,
        max_size=max_size,
        statement_timeout_s=statement_s,
        application_name=application_name,
        configure=yield_to_writers,
        more={"default_transaction_read_only": "on", "idle_in_transaction_session_timeout": "15000", "jit": "off"},
    )
