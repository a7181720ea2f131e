"""The list of names in PostgreSQL, the articles that wait to be looked through, and what they mention."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection

from dateline.names.name_list import NameLine
from sql import query
from sql.statements import PoolQueries


@dataclass(frozen=True, slots=True)
class ListedName:
    """A name of the list, in how many articles it is, and its other forms in all languages."""

    id: str
    kind: str
    name: str
    articles: int
    aliases: list[str]


@dataclass(frozen=True, slots=True)
class NameForm:
    """A form of a name."""

    name_id: str
    kind: str
    name: str
    form: str
    language: str | None


@dataclass(frozen=True, slots=True)
class Unread:
    """An article that has to be looked through."""

    id: int
    language: str | None
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class FoldedWord:
    """A word as the search compares it."""

    word: str
    folded: str
    stem: str | None


@dataclass(frozen=True, slots=True)
class FoundName:
    """A name in an article."""

    article_id: int
    name_id: str
    mentions: int
    in_title: bool
    first_at: int | None


class Names(PoolQueries, area="names"):
    """Reads and writes the list of names and their mentions."""

    async def put(self, rows: Sequence[NameLine], *, now: dt.datetime) -> None:
        """Add names, or replace their forms in the languages of the rows; all articles then wait to be looked through."""
        first = {row.id: row for row in reversed(rows)}
        names = {
            "ids": list(first),
            "kinds": [row.kind for row in first.values()],
            "names": [row.name for row in first.values()],
        }
        langs = {"ids": [row.id for row in rows], "languages": [row.language for row in rows]}
        flat: dict[str, list[Any]] = defaultdict(list)
        for row in rows:
            for form in dict.fromkeys((row.name, *row.aliases)):
                flat["ids"].append(row.id)
                flat["forms"].append(form)
                flat["languages"].append(row.language)
        async with self._pool.connection() as conn, conn.transaction():
            for name, params in (("lock", {}), ("put_names", names), ("drop_forms", langs), ("put_forms", flat)):
                await conn.execute(query("names", name), params)
            await conn.execute(query("names", "queue_all"), {"now": now})

    async def remove(self, ids: Sequence[str]) -> list[str]:
        """Remove names with all their mentions; those that there were."""
        async with self._pool.connection() as conn, conn.transaction():
            await self._area.run(conn, "lock")
            return await self._area.values(conn, "remove", {"ids": list(ids)})

    async def queue_all(self, *, now: dt.datetime) -> None:
        """Have every article looked through again."""
        await self._run("queue_all", {"now": now})

    async def waiting(self) -> int:
        """How many articles wait to be looked through."""
        return int(await self._value("waiting"))

    async def version(self) -> int:
        """The state of the list."""
        return int(await self._value("version"))

    async def listed(
        self, *, kind: str | None = None, text: str | None = None, skip: int = 0, limit: int | None = None
    ) -> list[ListedName]:
        """The names, by name; of one kind, or those of which a form has a text."""
        return await self._rows(ListedName, "names", {"kind": kind, "text": text, "skip": skip, "limit": limit})

    async def forms(self) -> list[NameForm]:
        """All forms of all names."""
        return await self._rows(NameForm, "forms")

    async def lines(self) -> list[NameLine]:
        """The list as lines of its file: a name with its aliases in one language, or in all."""
        lines: dict[tuple[str, str | None], NameLine] = {}
        for one in await self.forms():
            line = lines.get((one.name_id, one.language)) or NameLine(one.name_id, one.kind, one.form, (), one.language)
            aliases = (*line.aliases, one.form) if one.form != line.name else line.aliases
            lines[one.name_id, one.language] = NameLine(line.id, line.kind, line.name, aliases, line.language)
        return list(lines.values())

    async def folded(self, words: Iterable[str], dictionary: str) -> list[FoldedWord]:
        """The words as the search compares them."""
        return await self._rows(FoldedWord, "word_forms", {"words": list(words), "dictionary": dictionary})

    @asynccontextmanager
    async def unread(self, *, limit: int) -> AsyncIterator[tuple[list[Unread], ReadNames]]:
        """The next articles, and where what they mention is kept: one transaction, so that a kill loses nothing."""
        async with self._pool.connection() as conn, conn.transaction():
            yield await self._area.rows(conn, Unread, "take_tasks", {"limit": limit}), ReadNames(conn)


@dataclass(frozen=True, slots=True)
class ReadNames:
    """Keeps what was found within the transaction that took the articles."""

    _conn: AsyncConnection[Any]

    async def keep(self, articles: Sequence[int], found: Sequence[FoundName]) -> None:
        """Replace the mentions of these articles."""
        row = {
            "articles": list(articles),
            "ids": [one.article_id for one in found],
            "names": [one.name_id for one in found],
            "counts": [one.mentions for one in found],
            "in_title": [one.in_title for one in found],
            "firsts": [one.first_at for one in found],
        }
        await self._conn.execute(query("names", "replace_mentions"), row)
