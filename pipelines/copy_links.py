"""The edge of copy detection: within a page's transaction, find its candidates, decide in the cage, write the links."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row, tuple_row
from psycopg.types.json import Jsonb

from dateline.cage import Cage
from dateline.text import MAX_TEXT
from pipelines.copies import WINDOW, Candidate, Document, LinkCopy, New, decide, nearest_by_hashes
from pipelines.families import Link, Member, Settlement, settle
from pipelines.sketch import sketch
from sql import query

DEADLINE_S = 20.0
LONGEST_COMPARED = 100_000
"""Characters of a text that are compared: ten times the longest article of the corpora."""


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """An article as it is compared, and the family that it belongs to."""

    id: int
    url: str
    site: str
    text: str
    published_at: dt.datetime | None
    seen_at: dt.datetime
    credited_to: str | None
    canonical_url: str | None
    family: int

    @property
    def document(self) -> Document:
        """The same as the comparison takes it."""
        return Document(
            self.url,
            self.text[:LONGEST_COMPARED],
            self.site,
            self.published_at,
            self.seen_at,
            self.credited_to,
            self.canonical_url,
        )


def sketch_of(text: str) -> tuple[int, ...]:
    """The hashes under which a text is found."""
    return sketch(text[: min(LONGEST_COMPARED, MAX_TEXT)])


class CopyLinks:
    """Finds and links copies. The comparison runs in the cage, so that long texts do not hold up the loop."""

    def __init__(self, cage: Cage | None) -> None:
        self._cage = cage

    async def lock(self, conn: AsyncConnection[Any], hashes: Sequence[int]) -> None:
        """Take turns with every writer whose text shares a hash; before anything is looked up."""
        await conn.execute(query("copies", "lock_buckets"), {"hashes": list(hashes)})

    async def link(
        self,
        conn: AsyncConnection[Any],
        newcomer: Member,
        hashes: Sequence[int],
        equal: Sequence[int],
        now: dt.datetime,
    ) -> bool:
        """Write down the newcomer's sketch and its family's links; returns whether it is a copy of another."""
        candidates = await self._candidates(conn, newcomer.article_id, hashes, equal, now)
        row = {"article_id": newcomer.article_id, "hashes": list(hashes), "seen_on": now.date()}
        await conn.execute(query("copies", "add_sketch"), row)
        if not candidates:
            return False
        known = [Candidate(one.document, str(one.family)) for one in candidates]
        decision = await self._run(newcomer, decide, newcomer.document, known)
        if isinstance(decision, New):
            return False
        settled = await self._settle(conn, newcomer, decision)
        await _write(conn, settled.links, now)
        return settled.original_id != newcomer.article_id

    async def replace_sketch(
        self, conn: AsyncConnection[Any], article_id: int, old: Sequence[int], new: Sequence[int], now: dt.datetime
    ) -> None:
        """A revised article is found by its new text."""
        await conn.execute(query("copies", "drop_sketch"), {"article_id": article_id, "hashes": list(old)})
        row = {"article_id": article_id, "hashes": list(new), "seen_on": now.date()}
        await conn.execute(query("copies", "add_sketch"), row)

    async def _candidates(
        self, conn: AsyncConnection[Any], article_id: int, hashes: Sequence[int], equal: Sequence[int], now: dt.datetime
    ) -> list[DocumentRow]:
        since = (now - WINDOW).date()
        holders: defaultdict[int, list[int]] = defaultdict(list)
        async with conn.cursor(row_factory=tuple_row) as cur:
            where = {"hashes": list(hashes), "since": since, "article_id": article_id}
            await cur.execute(query("copies", "holders"), where)
            for found, holder in await cur.fetchall():
                holders[found].append(holder)
        ids = list(dict.fromkeys([*equal[:10], *nearest_by_hashes(holders)]))
        return await _documents(conn, "documents", {"ids": ids}) if ids else []

    async def _settle(self, conn: AsyncConnection[Any], newcomer: Member, decision: LinkCopy) -> Settlement:
        families = sorted({int(decision.family), *map(int, decision.merged)})
        await conn.execute(query("copies", "lock_families"), {"families": families})
        rows = await _documents(conn, "members", {"families": families})
        members = [Member(row.id, row.document, row.family) for row in rows if row.id != newcomer.article_id]
        settled: Settlement = await self._run(newcomer, settle, newcomer, members, decision.verdict, decision.nearest)
        return settled

    async def _run(self, newcomer: Member, function: Any, *arguments: Any) -> Any:
        if self._cage is None:
            return function(*arguments)
        return await self._cage.run(function, *arguments, deadline_s=DEADLINE_S, subject=newcomer.document.url)


async def _documents(conn: AsyncConnection[Any], name: str, params: dict[str, Any]) -> list[DocumentRow]:
    async with conn.cursor(row_factory=class_row(DocumentRow)) as cur:
        await cur.execute(query("copies", name), params)
        return await cur.fetchall()


async def _write(conn: AsyncConnection[Any], links: Sequence[Link], now: dt.datetime) -> None:
    for link in links:
        if link.article_id != link.original_id:
            row: dict[str, Any] = {"article_id": link.article_id, "original_id": link.original_id, "kind": link.kind}
            row |= {"containment": link.containment, "containment_back": link.containment_back, "now": now}
            await conn.execute(query("copies", "add_link"), row | {"evidence": Jsonb(link.evidence)})
    originals = sorted({link.original_id for link in links})
    await conn.execute(query("copies", "drop_links"), {"article_ids": originals})
