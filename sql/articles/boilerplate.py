"""Reads and writes what is learned per scope: in how many stories a paragraph occurs, and what was counted per article.

Keys are unsigned 64-bit numbers here and signed ones in the database, which has no others.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import scalar_row

from sql import query
from sql.statements import Area, SentQuery, array

AREA = Area("boilerplate")

_SIGN, _RANGE = 1 << 63, 1 << 64


@dataclass(frozen=True, slots=True)
class CountedRow:
    """What an article has taught, of which host, and its story there."""

    article_id: int
    host_id: int
    story_id: int
    keys: list[int]
    length: int


@dataclass(frozen=True, slots=True)
class ParagraphCounts:
    """Counts for a page's paragraphs: stories of the scope, and stories per paragraph (only above one).

    `judged` are the paragraphs that were left out of the very same text before; None where it is new. `kept` are those
    that the page's article was stored with.
    """

    stories: int
    counts: Mapping[int, int]
    judged: frozenset[int] | None
    kept: frozenset[int] = frozenset()

    def without_kept(self) -> ParagraphCounts:
        """Returns the answer with no count for what the article was stored with."""
        return replace(self, counts={key: count for key, count in self.counts.items() if key not in self.kept})


@dataclass(frozen=True, slots=True)
class ParagraphQuestion:
    """A page whose paragraphs' counts are asked for."""

    scope: str
    site: str
    keys: Iterable[int]
    fingerprint: uuid.UUID
    url_key: uuid.UUID


@dataclass(frozen=True, slots=True)
class HostRow:
    """A scope whose row is locked; `is_stale` when nothing was pruned there today."""

    id: int
    scope: str
    is_stale: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """A page that is to be counted; `article_id` is None for one that is not stored yet."""

    article_id: int | None
    scope: str
    site: str
    keys: Collection[int]


@dataclass(frozen=True, slots=True)
class ArticleCounts:
    """What is kept of an article's lesson."""

    article_id: int
    host_id: int
    story_id: int
    keys: Sequence[int]
    length: int
    stripped: Sequence[int]
    fingerprint: uuid.UUID


@dataclass(frozen=True, slots=True)
class Counting:
    """How a scope's counts move with one lesson: `changes` by paragraph, 0 for those whose story alone may change."""

    changes: Mapping[int, int]
    stories: int
    joined: Sequence[int]


@dataclass(frozen=True, slots=True)
class _AnswerRow:
    stories: int
    keys: list[int]
    counts: list[int]
    judged: list[int] | None
    kept: list[int]


async def ask(conn: AsyncConnection[Any], page: ParagraphQuestion, *, today: dt.date) -> ParagraphCounts:
    """Returns what is known of the page's paragraphs in its scope."""
    where = {"scope": page.scope, "site": page.site, "keys": _keys(page.keys), "today": today}
    where |= {"fingerprint": page.fingerprint, "url_key": page.url_key}
    row = await AREA.row(conn, _AnswerRow, "ask", where)
    if row is None:
        return ParagraphCounts(0, {}, None)
    counts = dict(zip(map(_unsigned, row.keys), row.counts, strict=True))
    judged = None if row.judged is None else frozenset(map(_unsigned, row.judged))
    return ParagraphCounts(row.stories, counts, judged, frozenset(map(_unsigned, row.kept)))


async def counted_articles(
    conn: AsyncConnection[Any], scope: str, keys: Iterable[int], *, article_id: int | None
) -> list[CountedRow]:
    """All that was taught by the stories which a page with these paragraphs may be of."""
    return await _read_counted(await _ask_counted(conn, scope, keys, article_id))


async def _ask_counted(
    conn: AsyncConnection[Any], scope: str, keys: Iterable[int], article_id: int | None
) -> SentQuery[CountedRow]:
    where = {"scope": scope, "keys": _keys(keys), "article_id": article_id}
    return await AREA.ask(conn, CountedRow, "tellings", where)


async def _read_counted(asked: SentQuery[CountedRow]) -> list[CountedRow]:
    return [replace(row, keys=[*map(_unsigned, row.keys)]) for row in await asked.rows()]


async def lock_counts(
    conn: AsyncConnection[Any], pages: Sequence[Counted], *, today: dt.date
) -> tuple[dict[str, HostRow], list[list[CountedRow]]]:
    """Returns the pages' scopes, locked until the transaction ends (created if missing), and then the counted articles of
    each page."""
    sites = {page.scope: page.site for page in pages}
    while True:
        locked = await AREA.ask(conn, HostRow, "lock_hosts", {"scopes": list(sites), "today": today})
        counted = [await _ask_counted(conn, page.scope, page.keys, page.article_id) for page in pages]
        hosts = {row.scope: row for row in await locked.rows()}
        missing = [scope for scope in sites if scope not in hosts]
        if not missing:
            return hosts, [await _read_counted(asked) for asked in counted]
        where = {"scopes": missing, "sites": [sites[scope] for scope in missing], "today": today}
        await AREA.run(conn, "add_hosts", where)


async def write_counts(
    conn: AsyncConnection[Any], lesson: ArticleCounts, counting: Counting, *, today: dt.date
) -> None:
    """Keep what an article taught in place of what it taught before, and move the counts."""
    where: dict[str, Any] = {"host_id": lesson.host_id, "story_id": lesson.story_id, "today": today}
    more = _keys(key for key, change in counting.changes.items() if change > 0)
    counted = {"more": more, "stories": counting.stories}
    await AREA.run(conn, "keep_lesson", where | _columns(lesson) | counted)
    if fewer := {_signed(key): -change for key, change in counting.changes.items() if change < 0}:
        less = {"keys": list(fewer), "less": list(fewer.values())}
        await AREA.run(conn, "count_down", where | less)
    if counting.joined:
        joined = {"joined": list(counting.joined), "keys": _keys(counting.changes)}
        await AREA.run(conn, "join_stories", where | joined)


def _columns(lesson: ArticleCounts) -> dict[str, Any]:
    return {
        "article_id": lesson.article_id,
        "keys": _keys(lesson.keys),
        "length": lesson.length,
        "stripped": _keys(lesson.stripped),
        "fingerprint": lesson.fingerprint,
    }


async def prune(conn: AsyncConnection[Any], host_id: int, *, today: dt.date) -> None:
    """Drop the scope's paragraphs that have faded to nothing."""
    await AREA.run(conn, "prune", {"host_id": host_id, "today": today})


async def take_back(conn: AsyncConnection[Any], article_id: int) -> None:
    """Take back what the article taught."""
    for name in ("lock_hosts_of", "unlearn", "drop_lessons"):
        await AREA.run(conn, name, {"article_ids": [article_id]})


def unlearn(connection: psycopg.Connection[Any], url_keys: Sequence[uuid.UUID]) -> list[int]:
    """Take back what these articles taught, before they are deleted; the scopes that `drop_unlearned` is to look at."""
    ids = _numbers(connection, "articles_of", {"url_keys": list(url_keys)})
    host_ids = _numbers(connection, "lock_hosts_of", {"article_ids": ids})
    connection.execute(query("boilerplate", "unlearn"), {"article_ids": ids})
    return host_ids


def drop_unlearned(connection: psycopg.Connection[Any], host_ids: Sequence[int]) -> None:
    """Once the articles are gone: paragraphs that only they had, and scopes of which nothing is left, go too."""
    connection.execute(query("boilerplate", "drop_uncounted"), {"host_ids": list(host_ids)})


def _numbers(connection: psycopg.Connection[Any], name: str, params: dict[str, Any]) -> list[int]:
    with connection.cursor(row_factory=scalar_row) as cur:
        return cur.execute(query("boilerplate", name), params).fetchall()


def _keys(keys: Iterable[int]) -> str:
    return array(map(_signed, keys))


def _signed(key: int) -> int:
    return key - _RANGE if key >= _SIGN else key


def _unsigned(key: int) -> int:
    return key % _RANGE
