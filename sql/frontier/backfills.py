"""Backfills in PostgreSQL: how far each is, what it has still to read, and what it may request today.

Every method is one transaction, so that a kill loses at most the answer to a request. `now` comes from the caller.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from dateline.text import bytes_hash, storable, storable_line
from dateline.types.article import Candidate
from dateline.types.source import FeedKind
from dateline.urls import UrlIdentity, host_of, identify
from sql import query
from sql.database import autocommit_connection
from sql.frontier.backfill_rows import (
    Backfill,
    BackfillSource,
    BackfillStatus,
    Listed,
    OpenBackfill,
    WaitingItem,
    WaitingPage,
    WayState,
)
from sql.frontier.candidates import MAX_URLS_A_STATEMENT, NO_IDENTITIES, keep_words, leave_out, targets_of
from sql.frontier.rows import DueUrl, hints_of
from sql.statements import Area, PoolQueries

AREA = Area("backfills")
REASON = "backfilling"
"""Reason of ledger lines that a backfill has still to ask for: nothing else does."""
MOST_PAGES, MOST_ITEMS = 20_000, 1_000_000
"""Lists that one backfill reads, and addresses that it takes from them."""


class Backfills(PoolQueries, area="backfills"):
    """Reads and writes backfills."""

    async def source(self, name: str) -> BackfillSource | None:
        """A source by its name."""
        return await self._row(BackfillSource, "source", {"name": name})

    async def watched(self, source_id: int) -> list[tuple[str, FeedKind]]:
        """The pages that a source's definition names."""
        async with autocommit_connection(self._pool) as conn:
            cur = await conn.execute(query("backfills", "watched"), {"source_id": source_id})
            return await cur.fetchall()

    async def open_one(self, source_id: int) -> OpenBackfill | None:
        """The source's backfill that runs or was stopped, if any."""
        return await self._row(OpenBackfill, "open_one", {"source_id": source_id})

    async def begin(
        self,
        source: BackfillSource,
        pages: Sequence[Listed],
        *,
        since: dt.datetime,
        until: dt.datetime,
        budget: int,
        with_wayback: bool,
        now: dt.datetime,
    ) -> int:
        """A new backfill of the source, with the first lists to read; its id. A stopped one of the source makes room."""
        row = {"source_id": source.id, "target": source.name, "host": host_of(source.home), "since": since}
        row |= {"until": until, "budget": budget, "with_wayback": with_wayback, "now": now}
        row["today"] = now.astimezone(dt.UTC).date()
        row["options"] = Jsonb({"since": since.isoformat(), "until": until.isoformat()})
        async with self._pool.connection() as conn, conn.transaction():
            if (stopped := await AREA.row(conn, OpenBackfill, "open_one", {"source_id": source.id})) is not None:
                await AREA.run(conn, "finish", {"id": stopped.id, "now": now})
            number = int(await AREA.value(conn, "begin", row) or 0)
            await _add_pages(conn, number, pages)
        return number

    async def resume(
        self, number: int, pages: Sequence[Listed], *, budget: int | None = None, with_wayback: bool = False
    ) -> None:
        """Go on with a backfill: it is running again, and no longer waits."""
        row = {"id": number, "budget": budget, "with_wayback": with_wayback}
        async with self._pool.connection() as conn, conn.transaction():
            await AREA.run(conn, "resume", row)
            await _add_pages(conn, number, pages)

    async def stop(self, name: str, *, now: dt.datetime) -> bool:
        """Stop the running backfill of a source; False where there is none."""
        return await self._run("stop", {"name": name, "now": now}) > 0

    async def take(
        self, holder: str, *, now: dt.datetime, number: int | None = None, host: str | None = None
    ) -> Backfill | None:
        """A running backfill that may go on and that no other living process works on."""
        row = {"holder": holder, "now": now, "id": number, "host": host}
        return await self._row(Backfill, "take", row)

    async def release(self, number: int, holder: str) -> None:
        """Leave it to others."""
        await self._run("release", {"id": number, "holder": holder})

    async def is_host_wanted(self, host: str) -> bool:
        """Whether a living worker has, or will have, something else to do at the host."""
        return bool(await self._value("is_host_wanted", {"host": host}))

    async def spend(self, number: int, *, now: dt.datetime) -> bool:
        """Count a request that is about to be made; False where the day's (UTC) are spent."""
        today = now.astimezone(dt.UTC).date()
        return await self._value("spend", {"id": number, "today": today}) is not None

    async def wait(self, number: int, until: dt.datetime, reason: str) -> None:
        """Request nothing before that instant."""
        await self._run("wait", {"id": number, "until": until, "reason": reason})

    async def add_pages(self, number: int, pages: Sequence[Listed]) -> None:
        """Further lists to read."""
        async with self._pool.connection() as conn, conn.transaction():
            await _add_pages(conn, number, pages)

    async def next_page(self, number: int) -> WaitingPage | None:
        """The list to read next."""
        return await self._row(WaitingPage, "next_page", {"id": number})

    async def commit_page(
        self,
        run: Backfill,
        page: WaitingPage,
        body: bytes,
        further: Sequence[Listed],
        items: Sequence[tuple[Candidate, dt.datetime | None, bool]],
        *,
        rank: int,
        note: str | None,
        identities: Mapping[str, UrlIdentity] = NO_IDENTITIES,
    ) -> WayState:
        """What a list named: articles (each with its date, and whether it is wanted), and further lists.

        A list with the very bytes of another of its way leads no further.
        """
        async with self._pool.connection() as conn, conn.transaction():
            row = {"page_id": page.id, "body_hash": bytes_hash(body)}
            is_again = bool(await AREA.value(conn, "read_page", row)) and bool(further) and page.way != "start"
            found = [(one, at, "waiting" if is_wanted else "outside") for one, at, is_wanted in items]
            new = await _add_items(conn, run.id, page.way, rank, found, identities)
            if not is_again:
                await _add_pages(conn, run.id, further)
            said = "the same list came again" if is_again else note
            return await _count_way(conn, run.id, page.way, pages=1, items=new, failed=0, note=said)

    async def miss_page(self, run: Backfill, page: WaitingPage, *, is_last: bool, note: str | None) -> WayState:
        """A list that could not be read; `is_last`: it is not tried again."""
        async with self._pool.connection() as conn, conn.transaction():
            await AREA.run(conn, "miss_page", {"page_id": page.id, "is_last": is_last})
            failed = int(is_last and not page.is_guess)
            return await _count_way(conn, run.id, page.way, pages=0, items=0, failed=failed, note=note)

    async def end_way(self, number: int, way: str, why: str) -> None:
        """Read no more of this way's lists."""
        async with self._pool.connection() as conn, conn.transaction():
            await AREA.run(conn, "end_way", {"id": number, "way": way, "why": why})
            await AREA.run(conn, "skip_pages", {"id": number, "way": way})

    async def count_age(self, number: int, way: str, *, is_old: bool) -> int:
        """Count an article that turned out to be older than wanted, or not; how many are so in a row."""
        return int(await self._value("count_age", {"id": number, "way": way, "is_old": is_old}) or 0)

    async def add_items(
        self, run: Backfill, way: str, rank: int, candidates: Sequence[Candidate], *, state: str = "waiting"
    ) -> None:
        """Further articles to ask for, or what became of those that were at hand."""
        async with self._pool.connection() as conn, conn.transaction():
            await _add_items(conn, run.id, way, rank, [(one, one.published_at, state) for one in candidates])

    async def count_file(self, run: Backfill, way: str, *, items: int, note: str | None) -> None:
        """A file that was read to its end."""
        async with self._pool.connection() as conn, conn.transaction():
            await _count_way(conn, run.id, way, pages=1, items=items, failed=0, note=note)

    async def count_items(self, number: int) -> int:
        """How many addresses it has taken from lists."""
        return int(await self._value("count_items", {"id": number}) or 0)

    async def next_items(self, number: int, *, now: dt.datetime, limit: int) -> list[WaitingItem]:
        """The articles to ask for next."""
        return await self._rows(WaitingItem, "next_items", {"id": number, "now": now, "limit": limit})

    async def next_due(self, number: int) -> dt.datetime | None:
        """When an article that failed for a while is asked for again, at the earliest."""
        found: dt.datetime | None = await self._value("next_due", {"id": number})
        return found

    async def lines(self, run: Backfill, items: Sequence[WaitingItem], *, now: dt.datetime) -> list[DueUrl]:
        """The ledger's lines of those items that are to be asked for; the others are known, and ended here."""
        candidates = [one.candidate for one in items]
        where: dict[str, Any] = {"source_id": run.source_id, "feed_id": None, "visit_id": None}
        where |= {"crawl_id": run.crawl_id, "speaks_for": list(run.sites)}
        keys = [one.url_key for one in items]
        async with self._pool.connection() as conn, conn.transaction():
            await leave_out(conn, targets_of(candidates), where, reason=REASON, now=now)
            ours = set(await AREA.values(conn, "ours", {"url_keys": keys}))
            own = [one.candidate for one in items if one.url_key in ours]
            await keep_words(conn, own, where, now=now)
            known = [key for key in keys if key not in ours]
            await AREA.run(conn, "end_known", {"id": run.id, "url_keys": known})
            row = {"url_keys": list(ours), "source_id": run.source_id, "crawl_id": run.crawl_id}
            return await AREA.rows(conn, DueUrl, "lines", row | {"options": Jsonb(run.options)})

    async def end_items(self, number: int, keys: Sequence[uuid.UUID], state: str) -> None:
        """What became of articles."""
        await self._run("end_items", {"id": number, "url_keys": list(keys), "state": state})

    async def postpone_item(self, number: int, key: uuid.UUID, until: dt.datetime) -> None:
        """Ask for an article again then."""
        await self._run("postpone_item", {"id": number, "url_key": key, "until": until})

    async def finish(self, number: int, *, now: dt.datetime) -> None:
        """It is done."""
        await self._run("finish", {"id": number, "now": now})

    async def status(
        self, *, now: dt.datetime, name: str | None = None, number: int | None = None, limit: int = 100
    ) -> list[BackfillStatus]:
        """How far backfills are: all, those of a source, or one; the newest first."""
        row = {"today": now.astimezone(dt.UTC).date(), "name": name, "id": number, "limit": limit}
        return await self._rows(BackfillStatus, "status", row)


async def _add_pages(conn: AsyncConnection[Any], number: int, pages: Sequence[Listed]) -> None:
    if pages:
        row: dict[str, Any] = {"id": number, "most": MOST_PAGES, "ways": [one.way for one in pages]}
        row |= {"ranks": [one.rank for one in pages], "urls": [one.url for one in pages]}
        row |= {"url_hashes": [bytes_hash(one.url.encode()) for one in pages]}
        row |= {"newest": [one.newest_at for one in pages], "depths": [one.depth for one in pages]}
        await AREA.run(conn, "add_pages", row | {"guesses": [one.is_guess for one in pages]})


async def _add_items(
    conn: AsyncConnection[Any],
    number: int,
    way: str,
    rank: int,
    items: Sequence[tuple[Candidate, dt.datetime | None, str]],
    identities: Mapping[str, UrlIdentity] = NO_IDENTITIES,
) -> int:
    new = 0
    for start in range(0, len(items), MAX_URLS_A_STATEMENT):
        batch = items[start : start + MAX_URLS_A_STATEMENT]
        meant = targets_of([one for one, _, _ in batch])
        known = identify(one.url for one in meant if one.url not in identities)
        row: dict[str, Any] = {"id": number, "way": way, "rank": rank, "urls": [one.url for one in meant]}
        row |= {
            "url_keys": [(identities.get(one.url) or known[one.url]).key for one in meant],
            "vias": [one.via for one in meant],
        }
        row |= {"hints": [Jsonb(hints_of(one)) for one in meant], "saids": [one.said for one in meant]}
        row["contents"] = [
            storable(one.content) if one.content and state == "waiting" else None
            for one, (_, _, state) in zip(meant, batch, strict=True)
        ]
        row |= {"ats": [at for _, at, _ in batch], "states": [state for _, _, state in batch]}
        new += int(await AREA.value(conn, "add_items", row) or 0)
    return new


async def _count_way(
    conn: AsyncConnection[Any], number: int, way: str, *, pages: int, items: int, failed: int, note: str | None
) -> WayState:
    row = {"id": number, "way": way, "pages": pages, "items": items, "failed": failed}
    found = await AREA.row(conn, WayState, "count_way", row | {"note": storable_line(note, 300)})
    assert found is not None
    return found
