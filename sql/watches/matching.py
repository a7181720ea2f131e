"""Which of a batch of articles a saved search finds: the one place that knows how a search becomes SQL for a watch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg import sql as compose

from dateline.search.query import parse
from sql import query
from sql.search.search import condition, run_async


async def matches_of(conn: AsyncConnection[Any], watch_id: int, text: str, articles: Sequence[int]) -> compose.Composed:
    """The query for what one watch finds among these articles; a QueryError for a search that means nothing.

    Rank has no part in it.
    """
    where = await run_async(conn, condition(parse(text), of_few=True))
    return compose.SQL(query("watches", "matches_of")).format(
        watch_id=compose.Literal(watch_id), articles=compose.Literal(list(articles)), condition=where.literal
    )


async def matching(
    conn: AsyncConnection[Any], wanted: Sequence[compose.Composed]
) -> list[tuple[int, int]] | psycopg.Error:
    """(watch, article) for these queries, asked in one pass; or the error of one that can't be run, nothing broken by it."""
    try:
        async with conn.transaction():
            return await (await conn.execute(compose.SQL("\nUNION ALL\n").join(wanted))).fetchall()
    except (psycopg.ProgrammingError, psycopg.DataError, psycopg.NotSupportedError) as error:
        return error
