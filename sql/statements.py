"""Runs the named queries of one area inside a caller's connection, so that callers need not import psycopg."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

import psycopg
from psycopg import AsyncCursor
from psycopg.rows import class_row, scalar_row
from psycopg.types.json import Jsonb

from sql import query
from sql.database import Pool, autocommit_connection

T = TypeVar("T")
Connection = psycopg.AsyncConnection[Any]
Params = Mapping[str, Any]

Deadlock = psycopg.errors.DeadlockDetected
FAILURES = (psycopg.Error, UnicodeEncodeError)
"""Whatever a transaction may fail with."""
UNSTORABLE = (
    psycopg.DataError,
    psycopg.IntegrityError,
    psycopg.errors.ProgramLimitExceeded,
    UnicodeEncodeError,
)
"""Errors of a row that can never be stored as it is. A lost connection is not among them."""


class SentQuery(Generic[T]):
    """A query that was sent; in pipeline mode its answer is read later."""

    def __init__(self, cursor: AsyncCursor[T]) -> None:
        self._cursor = cursor

    async def rows(self) -> list[T]:
        """Returns all rows."""
        return await self._cursor.fetchall()

    async def first(self) -> T | None:
        """Returns the first row; None if there is none."""
        return await self._cursor.fetchone()


@dataclass(frozen=True, slots=True)
class Area:
    """The queries of `sql/*/NAME.sql`."""

    name: str

    async def run(self, conn: Connection, name: str, params: Params | None = None) -> int:
        """Runs a statement; returns how many rows it touched."""
        return (await conn.execute(query(self.name, name), params)).rowcount

    async def run_many(self, conn: Connection, name: str, rows: Sequence[Params]) -> None:
        """Runs a statement once for each row of parameters."""
        async with conn.cursor() as cur:
            await cur.executemany(query(self.name, name), rows)

    async def ask(self, conn: Connection, kind: type[T], name: str, params: Params | None = None) -> SentQuery[T]:
        """Sends a query whose rows are of that class."""
        cursor = conn.cursor(row_factory=class_row(kind))
        return SentQuery(await cursor.execute(query(self.name, name), params))

    async def ask_values(self, conn: Connection, name: str, params: Params | None = None) -> SentQuery[Any]:
        """Sends a query of one column."""
        cursor = conn.cursor(row_factory=scalar_row)
        return SentQuery(await cursor.execute(query(self.name, name), params))

    async def rows(self, conn: Connection, kind: type[T], name: str, params: Params | None = None) -> list[T]:
        """Returns the rows of a query."""
        return await (await self.ask(conn, kind, name, params)).rows()

    async def row(self, conn: Connection, kind: type[T], name: str, params: Params | None = None) -> T | None:
        """Returns the first row of a query; None if there is none."""
        return await (await self.ask(conn, kind, name, params)).first()

    async def values(self, conn: Connection, name: str, params: Params | None = None) -> list[Any]:
        """Returns the only column of a query."""
        return await (await self.ask_values(conn, name, params)).rows()

    async def value(self, conn: Connection, name: str, params: Params | None = None) -> Any:
        """Returns the single value that a query selects, or None if it finds no row."""
        return await (await self.ask_values(conn, name, params)).first()


class PoolQueries:
    """The queries of one area over a pool. Each of these calls is one statement, and a transaction of its own."""

    _area: ClassVar[Area]

    def __init_subclass__(cls, *, area: str | None = None) -> None:
        if area is not None:
            cls._area = Area(area)

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def _run(self, name: str, params: Params | None = None) -> int:
        """Runs a statement; returns how many rows it touched."""
        async with autocommit_connection(self._pool) as conn:
            return await self._area.run(conn, name, params)

    async def _rows(self, kind: type[T], name: str, params: Params | None = None) -> list[T]:
        """Returns the rows of a query."""
        async with autocommit_connection(self._pool) as conn:
            return await self._area.rows(conn, kind, name, params)

    async def _row(self, kind: type[T], name: str, params: Params | None = None) -> T | None:
        """Returns the first row of a query; None if there is none."""
        async with autocommit_connection(self._pool) as conn:
            return await self._area.row(conn, kind, name, params)

    async def _values(self, name: str, params: Params | None = None) -> list[Any]:
        """Returns the only column of a query."""
        async with autocommit_connection(self._pool) as conn:
            return await self._area.values(conn, name, params)

    async def _value(self, name: str, params: Params | None = None) -> Any:
        """Returns the single value that a query selects, or None if it finds no row."""
        async with autocommit_connection(self._pool) as conn:
            return await self._area.value(conn, name, params)


def array(values: Iterable[int | uuid.UUID | None]) -> str:
    """Returns numbers or keys as PostgreSQL writes an array: psycopg looks at each item of a list by itself, which takes ten
    times as long."""
    return "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"


def json_value(value: Any) -> Any:
    """Returns the value as a parameter of type jsonb."""
    return Jsonb(value)
