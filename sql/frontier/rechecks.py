"""Re-checks in PostgreSQL: which stored articles are fetched again and when, and the results."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Protocol

from psycopg import AsyncConnection

from dateline.text import storable_line
from sql import query
from sql.frontier.frontier import finish_url
from sql.frontier.rows import DueUrl, UrlResult
from sql.statements import PoolQueries


class PlannedRecheck(Protocol):
    """When an article is asked for next, which age that is, and how often in a row nothing was learned."""

    @property
    def due_at(self) -> dt.datetime: ...
    @property
    def step(self) -> int: ...
    @property
    def failures(self) -> int: ...


@dataclass(frozen=True, slots=True)
class DueRecheck:
    """A stored article that is to be asked for again."""

    id: int
    url_key: uuid.UUID
    url: str
    host: str
    source_id: int
    source: str
    via: str
    depth: int
    hints: dict[str, Any]
    named_by: Sequence[str]
    attempts: int
    article_id: int | None
    politeness: dict[str, Any]
    extraction: dict[str, Any]
    source_title: str
    began_at: dt.datetime
    step: int
    failures: int
    etag: str | None
    last_modified: str | None
    has_wrong_validators: bool
    done_today: int
    all_today: int
    done_lately: int
    changed_lately: int
    is_in_feed: bool = False
    has_content: bool = False

    @property
    def due_url(self) -> DueUrl:
        """The same as the line takes it."""
        same = {one.name: getattr(self, one.name) for one in fields(DueUrl) if hasattr(self, one.name)}
        return DueUrl(**same, crawl_id=None, options={}, is_recheck=True)


class Rechecks(PoolQueries, area="rechecks"):
    """Every method is one transaction; `now` comes from the caller."""

    async def keep(self, url_id: int, plan: PlannedRecheck | None, *, began_at: dt.datetime, line: UrlResult) -> None:
        """When the URL is asked for next, with the validators of its last answer; no more when `plan` is None."""
        if plan is None:
            await self.drop(url_id)
            return
        row = {"url_id": url_id, "began_at": began_at, "due_at": plan.due_at, "step": plan.step}
        row |= {"failures": plan.failures, "etag": storable_line(line.etag, 1000)}
        await self._run("keep", row | {"last_modified": storable_line(line.last_modified, 200)})

    async def drop(self, url_id: int) -> None:
        """Ask no more for this URL."""
        await self._run("end", {"url_id": url_id})

    async def due(self, host: str, now: dt.datetime, *, limit: int) -> list[DueRecheck]:
        """A host's due articles. What is fetched anyway is postponed; what need not be fetched again is dropped."""
        where = {"host": host, "now": now, "today": now.date(), "limit": limit}
        found = await self._rows(DueRecheck, "due", where)
        if not found:
            await self._run("let_be", where | {"everything": False})
            await self._run("wait", where | {"until": now + dt.timedelta(hours=1)})
        return found

    async def drop_due(self, host: str, now: dt.datetime) -> None:
        """Ask no more for what is due at a host: re-checks are switched off."""
        await self._run("let_be", {"host": host, "now": now, "everything": True})

    async def postpone(self, ids: Sequence[int], until: dt.datetime) -> None:
        """Let these wait until then."""
        await self._run("postpone", {"ids": list(ids), "until": until})

    async def postpone_source(self, source_id: int, *, now: dt.datetime, until: dt.datetime) -> None:
        """What a source has due waits until then, and up to half a day more."""
        await self._run("postpone_source", {"source_id": source_id, "now": now, "until": until})

    async def keep_unchanged(self, line: UrlResult, article_id: int) -> bool:
        """Commit that an article was found unchanged; returns whether it had counted as removed."""
        async with self._pool.connection() as conn, conn.transaction():
            cur = await conn.execute(query("rechecks", "found_unchanged"), {"article_id": article_id, "now": line.now})
            await finish_url(conn, line)
            return cur.rowcount > 0

    async def count(self, url_id: int, day: dt.date, *, changed: bool) -> None:
        """Count a re-check into its source's day."""
        await self._run("count", {"url_id": url_id, "day": day, "changed": int(changed)})


async def plan_recheck(
    conn: AsyncConnection[Any], line: UrlResult, ages: Sequence[dt.timedelta], *, soonest: dt.datetime
) -> None:
    """Within the caller's transaction, note when a stored article is asked for first: an age not before `soonest`.

    Where its page was not found, that is `soonest`: publishers name articles before they are up.
    """
    row = {"url_id": line.url_id, "ages": list(ages), "soonest": soonest, "etag": storable_line(line.etag, 1000)}
    row["may_come"] = line.status == 404
    await conn.execute(query("rechecks", "plan"), row | {"last_modified": storable_line(line.last_modified, 200)})
