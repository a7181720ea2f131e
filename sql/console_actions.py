"""The few things that the console writes, each one named query in a transaction of its own."""

from __future__ import annotations

from typing import Any

import psycopg

from dateline.errors import DatabaseError
from sql import query
from sql.database import Pool


class Writer:
    """The door to what the console changes."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def wake(self, source: str) -> bool:
        """Let every watched page of a source be due now; whether there is such a source."""
        return await self._changes("sources", "wake", {"names": [source]})

    async def set_paused(self, source: str, *, is_paused: bool) -> bool:
        """Pause or resume a source; whether there is such a source."""
        return await self._changes("sources", "set_paused", {"names": [source], "is_paused": is_paused})

    async def _changes(self, area: str, name: str, params: dict[str, Any]) -> bool:
        """Whether a statement touched or named anything."""
        try:
            async with self._pool.connection(timeout=5) as connection:
                return (await connection.execute(query(area, name), params)).rowcount > 0
        except psycopg.OperationalError as error:
            raise DatabaseError("the database does not answer", is_temporary=True) from error
