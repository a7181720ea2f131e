"""Searches and SQL statements that users of the console keep under a name."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

import psycopg

from dateline.errors import UsageError
from dateline.text import storable_line
from sql.database import Pool
from sql.statements import PoolQueries

SavedKind = Literal["search", "sql"]
MOST = 500
"""Saved queries of one user."""
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A saved search or statement; the order of hits and the copies matter to searches only."""

    name: str
    kind: SavedKind
    query: str
    ordering: str = "newest"
    with_copies: bool = False
    saved_at: dt.datetime | None = None


class NameTakenError(UsageError):
    """Another saved query of this user has the name."""


class SavedQueries(PoolQueries, area="saved"):
    """Reads and writes the saved queries of one user, or of a console without users (None)."""

    def __init__(self, pool: Pool, user_id: int | None) -> None:
        super().__init__(pool)
        self._user = {"user_id": user_id}

    async def all(self, name: str | None = None) -> list[SavedQuery]:
        """All of them by name, or those of one name."""
        return await self._rows(SavedQuery, "saved", {**self._user, "name": name})

    async def save(self, wanted: SavedQuery, *, replaces: bool, now: dt.datetime) -> None:
        """Keep a query under its name; a NameTakenError unless one of this name is to be replaced."""
        row = {one: getattr(wanted, one) for one in ("kind", "query", "ordering", "with_copies")}
        row |= {"name": checked_name(wanted.name), "replaces": replaces, "most": MOST, "now": now}
        if not wanted.query:
            raise UsageError("There is nothing to save: enter a search or a statement first.")
        if await self._change("save", row):
            return
        if await self.all(wanted.name):
            raise NameTakenError(f"There is a saved query “{wanted.name}” already.", subject=wanted.name)
        raise UsageError(f"You have {MOST} saved queries. Remove one first.")

    async def rename(self, name: str, new_name: str) -> bool:
        """Give a query another name; whether there was one. A NameTakenError where another query has it."""
        try:
            return bool(await self._change("rename", {"name": name, "new_name": checked_name(new_name)}))
        except psycopg.errors.UniqueViolation as error:
            raise NameTakenError(
                f"There is a saved query “{new_name}” already. Choose another name.", subject=name
            ) from error

    async def remove(self, name: str) -> bool:
        """Delete a query; whether there was one."""
        return bool(await self._change("remove", {"name": name}))

    async def _change(self, what: str, params: dict[str, Any]) -> list[str]:
        async with self._pool.connection() as conn, conn.transaction():
            await self._area.run(conn, "lock")
            return await self._area.values(conn, what, self._user | params)


def checked_name(name: str) -> str:
    """The name of a saved query; a UsageError where it can't be one."""
    if not name or storable_line(name, LONGEST_NAME) != name:
        raise UsageError(f"Enter a name of 1 to {LONGEST_NAME} characters on one line.")
    return name
