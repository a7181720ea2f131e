"""What watched pages say of themselves, in the visit's own transaction; and sources whose pages are all lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection

from dateline.text import bytes_hash
from dateline.types.source import PollingHints, WatchedPage
from dateline.urls import host_of
from sql import query
from sql.statements import PoolQueries


@dataclass(frozen=True, slots=True)
class PermanentRedirect:
    """Where a page redirects for good: `times` visits in a row, the first at `since`; it is followed once that holds."""

    url: str
    times: int
    since: dt.datetime
    is_followed: bool = False


async def keep_asked(conn: AsyncConnection[Any], feed_id: int, asked: PollingHints, *, now: dt.datetime) -> None:
    """What the page asks of those who poll it now."""
    row = {
        "feed_id": feed_id,
        "interval_s": asked.interval and int(asked.interval.total_seconds()),
        "base": asked.base,
        "skip_hours": sorted(asked.skip_hours),
        "skip_days": sorted(asked.skip_days),
        "is_any": asked != PollingHints(),
        "now": now,
    }
    await conn.execute(query("feeds", "keep_asked"), row)


async def keep_move(
    conn: AsyncConnection[Any], feed_id: int, move: PermanentRedirect | None, *, now: dt.datetime
) -> None:
    """What is known of where the page went; followed, it is watched there and its former address remembered."""
    if move is None:
        await conn.execute(query("feeds", "forget_move"), {"feed_id": feed_id})
        return
    row = {"feed_id": feed_id, "url": move.url, "times": move.times, "since": move.since, "now": now}
    if not move.is_followed:
        await conn.execute(query("feeds", "keep_move"), row)
        return
    row |= {"url_hash": bytes_hash(move.url.encode()), "host": host_of(move.url)}
    for step in ("remember_address", "follow_move", "give_way", "forget_move"):
        await conn.execute(query("feeds", step), row)


@dataclass(frozen=True, slots=True)
class LostSource:
    """A source none of whose watched pages can be had."""

    id: int
    name: str
    home: str
    politeness: dict[str, Any]


class LostSources(PoolQueries, area="feeds"):
    """Finds them, and keeps what a search for their pages found."""

    async def claim(
        self, source_id: int, *, failures: float, again_after: dt.timedelta, now: dt.datetime
    ) -> LostSource | None:
        """The source, for the first caller, if all its pages have failed this often and it was not searched lately."""
        params = {"source_id": source_id, "failures": failures, "before": now - again_after, "now": now}
        return await self._row(LostSource, "claim_scouting", params)

    async def end(self, source_id: int, outcome: str, pages: Sequence[WatchedPage]) -> None:
        """Keep the result of the search for its pages; those that were found are watched from now on."""
        columns = {
            "source_id": source_id,
            "urls": [page.url for page in pages],
            "url_hashes": [bytes_hash(page.url.encode()) for page in pages],
            "hosts": [host_of(page.url) for page in pages],
            "kinds": [page.kind for page in pages],
        }
        async with self._pool.connection() as conn, conn.transaction():
            await conn.execute(query("sources", "watch_pages"), columns)
            end = {"source_id": source_id, "outcome": outcome, "added": len(pages)}
            await conn.execute(query("feeds", "end_scouting"), end)
