"""The few things that the console writes, each one named query in a transaction of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from sql import query
from sql.database import Pool
from sql.search.reading import plain_errors

T = TypeVar("T")


class Writer:
    """Writes what the console changes."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def wake(self, source: str) -> bool:
        """Let every watched page of a source be due now; whether there is such a source."""
        return await self._changes("sources", "wake", {"names": [source]})

    async def is_paused(self, source: str) -> bool:
        """Whether a source is paused."""
        return await self._changes("sources", "paused", {"names": [source]})

    async def set_paused(self, source: str, *, is_paused: bool) -> bool:
        """Pause or resume a source; whether there is such a source."""
        return await self._changes("sources", "set_paused", {"names": [source], "is_paused": is_paused})

    async def note_token_use(self, token_id: int, now: dt.datetime) -> None:
        """Remember when a token was used."""
        await self._changes("access", "note_use", {"id": token_id, "now": now})

    async def through(self, work: Callable[[Pool], Awaitable[T]]) -> T:
        """The result of another class of queries, over this pool."""
        with plain_errors():
            return await work(self._pool)

    async def _changes(self, area: str, name: str, params: dict[str, Any]) -> bool:
        """Whether a statement touched or named anything."""
        with plain_errors():
            async with self._pool.connection(timeout=5) as connection:
                return (await connection.execute(query(area, name), params)).rowcount > 0
