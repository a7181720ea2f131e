"""The frontier and ledger in PostgreSQL: what is due, what a visit found, what became of a URL.

A visit's candidates and its validators are one transaction, so that a kill between them can't lose a URL; a URL's result
is committed with what it led to (see pipelines.store).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection

from dateline.text import storable_line
from dateline.types.article import Candidate
from dateline.urls import host_of, site_of, unwrap, url_key
from sql import query
from sql.database import autocommit_connection
from sql.frontier.candidates import (
    AREA,
    add_candidates,
    commit_children,
    keep_words,
    leave_out,
    targets_of,
    within_the_day,
)
from sql.frontier.crawls import CRAWL_SILENT_S
from sql.frontier.feeds import keep_asked, keep_move
from sql.frontier.quarantine import AREA as QUARANTINE
from sql.frontier.quarantine import add_failure
from sql.frontier.rows import (
    DueFeed,
    DueUrl,
    FeedVisit,
    HostInDemand,
    Left,
    PlannedVisit,
    UrlResult,
    Validators,
)
from sql.frontier.websub import due_after_push, keep_hub_record, set_hub
from sql.statements import PoolQueries

HOSTS_OF_A_SOURCE = 50
"""Due hosts of a source that are looked at in one tick."""


class Frontier(PoolQueries, area="frontier"):
    """Reads and writes the frontier and the ledger. Every method is one transaction; `now` comes from the caller."""

    async def due_hosts(self, now: dt.datetime, *, limit: int = 2000) -> list[HostInDemand]:
        """Hosts that have something due and no job yet: of each source the first few, the first of each source first."""
        params = {"now": now, "limit": limit, "each": HOSTS_OF_A_SOURCE, "crawl_silent_s": CRAWL_SILENT_S}
        return await self._rows(HostInDemand, "due_hosts", params)

    async def queued_hosts(self, queue: str) -> list[HostInDemand]:
        """Hosts that are queued or visited."""
        return await self._rows(HostInDemand, "queued_hosts", {"queue": queue})

    async def due_hosts_of_crawl(self, crawl_id: int, queue: str, now: dt.datetime) -> list[str]:
        """The same for one crawl."""
        return await self._values("due_hosts_of_crawl", {"crawl_id": crawl_id, "queue": queue, "now": now})

    async def crawl_left(self, crawl_id: int) -> Left:
        """What a crawl has still to do."""
        params = {"crawl_id": crawl_id, "queue": f"crawl-{crawl_id}"}
        return await self._row(Left, "crawl_left", params) or Left(0, 0, None, False)

    async def due_feeds(self, host: str, crawl_id: int | None, now: dt.datetime, *, limit: int = 50) -> list[DueFeed]:
        """A host's watched pages that are due."""
        where = {"host": host, "crawl_id": crawl_id, "now": now, "limit": limit}
        return await self._rows(DueFeed, "due_feeds", where)

    async def due_urls(self, host: str, crawl_id: int | None, now: dt.datetime, *, limit: int = 50) -> list[DueUrl]:
        """A host's URLs that are due."""
        return await self._rows(
            DueUrl,
            "due_urls",
            {"host": host, "crawl_id": crawl_id, "now": now, "limit": limit, "crawl_silent_s": CRAWL_SILENT_S},
        )

    async def commit_quiet_visit(self, visit: FeedVisit, *, delay_s: float | None = None) -> bool:
        """Commit a visit for which `is_quiet` holds; returns whether something else at its host may be due.

        With a delay its host is released in the same statement, to be asked again after so long.
        """
        plan = visit.plan(0)
        state = _feed_state(visit, 0, plan) | {
            "publishing_rate": plan.publishing.numbers() if plan.publishing else None
        }
        state |= {"source_id": visit.feed.source_id, "host": host_of(visit.feed.url), "started_at": visit.started_at}
        state |= {"status": visit.status, "bytes": visit.size, "delay_s": delay_s}
        return bool(await self._value("end_quiet_visit", state))

    async def commit_visit(self, visit: FeedVisit) -> int:
        """Commit a visit with all that it found; returns how many URLs are now to be fetched because of it."""
        feed = visit.feed
        async with self._pool.connection() as conn, conn.transaction():
            visit_id = await _add_visit(conn, visit)
            where: dict[str, Any] = {
                "source_id": feed.source_id,
                "feed_id": feed.id,
                "visit_id": visit_id,
                "crawl_id": feed.crawl_id,
            }
            where["speaks_for"] = list(visit.speaks_for or feed.speaks_for(feed.url))
            visit = await within_the_day(conn, visit)
            added = await add_candidates(
                conn,
                visit.candidates,
                where,
                now=visit.now,
                depth=visit.depth,
                priority=visit.priority,
                force=visit.force,
                identities=visit.identities,
            )
            new = added.due
            await keep_words(conn, visit.candidates, where, now=visit.now, identities=visit.identities)
            await leave_out(
                conn,
                targets_of(visit.left_out),
                where,
                reason="before_since",
                now=visit.now,
                identities=visit.identities,
            )
            await commit_children(conn, visit)
            await conn.execute(query("frontier", "count_new"), {"visit_id": visit_id, "new": new})
            if visit.hub_record is not None:
                await keep_hub_record(conn, feed.id, visit.hub_record(new), pushes=feed.pushes)
            plan = visit.plan(added.first_seen)
            await conn.execute(query("frontier", "finish_feed_visit"), _feed_state(visit, new, plan))
            if visit.push_due_at is not None:
                await due_after_push(conn, feed.id, pushes=feed.pushes, at=visit.push_due_at)
            if plan.publishing and feed.crawl_id is None:
                kept = {"feed_id": feed.id, "state": plan.publishing.numbers(), "now": visit.now}
                await conn.execute(query("frontier", "keep_rhythm"), kept)
            if visit.asked is not None and visit.asked != feed.asked and feed.crawl_id is None:
                await keep_asked(conn, feed.id, visit.asked, now=visit.now)
            if visit.is_ok and (visit.move is not None or feed.moving_url is not None) and feed.crawl_id is None:
                await keep_move(conn, feed.id, visit.move, now=visit.now)
            hub = next(iter(visit.hubs or ()), None)
            if visit.hubs is not None and (hub and (hub.url, hub.topic)) != (feed.hub and (feed.hub, feed.topic)):
                await set_hub(conn, feed.id, hub, now=visit.now)
            if visit.broken is not None:
                await add_failure(conn, visit.broken, now=visit.now)
            elif visit.is_ok and feed.failures:
                where_held = {"url_key": url_key(feed.url), "feed_id": feed.id, "now": visit.now}
                await conn.execute(query("quarantine", "read_after_all"), where_held)
            if visit.found_kind:
                await conn.execute(query("frontier", "name_feed_kind"), {"feed_id": feed.id, "kind": visit.found_kind})
        return new

    async def distrust_validators(self, feed: DueFeed, *, detail: str, now: dt.datetime) -> None:
        """Never send the page's validators again, and count its 304 since the last body as failed visits."""
        row = {"feed_id": feed.id, "source_id": feed.source_id, "since": feed.body_at, "detail": detail, "now": now}
        await self._run("distrust_validators", row)

    async def failures(self, feed: DueFeed) -> int:
        """How often the page has broken its reader since it was last read or released."""
        where = {"url_key": url_key(feed.url), "feed_id": feed.id}
        async with autocommit_connection(self._pool) as conn:
            return int(await QUARANTINE.value(conn, "failures", where) or 0)

    async def add_targets(
        self, candidates: Sequence[Candidate], *, crawl_id: int | None, source_id: int | None, now: dt.datetime
    ) -> int:
        """Put a crawl's own targets into the ledger, known ones again.

        Of a redirector's address the operator knows the host that it belongs to, not the target.
        """
        where: dict[str, Any] = {"source_id": source_id, "feed_id": None, "visit_id": None, "crawl_id": crawl_id}
        meant = [one for one in candidates if site_of(unwrap(one.url)) == site_of(one.url)]
        wrapped = [one for one in candidates if one not in meant]
        new = 0
        async with self._pool.connection() as conn, conn.transaction():
            for named, speaks_for in ((meant, None), (wrapped, list[str]())):
                where["speaks_for"] = speaks_for
                added = await add_candidates(conn, named, where, now=now, depth=0, priority=10, force=True)
                new += added.due
        return new

    async def add_first_page(self, due: DueUrl, url: str, *, now: dt.datetime) -> None:
        """Put the first page of an article into the ledger, found by way of another of its pages."""
        where: dict[str, Any] = {
            "source_id": due.source_id,
            "feed_id": None,
            "visit_id": None,
            "crawl_id": due.crawl_id,
        }
        where["speaks_for"] = list(due.named_by)
        is_target = due.via == "target"
        async with self._pool.connection() as conn, conn.transaction():
            await add_candidates(
                conn,
                [Candidate(url, via=due.via)],
                where,
                now=now,
                depth=due.depth,
                priority=10 if is_target else 0,
                force=is_target,
            )

    async def add_imports(
        self, candidates: Sequence[Candidate], *, crawl_id: int, now: dt.datetime
    ) -> dict[uuid.UUID, int]:
        """Ledger lines for what is imported, never to be fetched because of it; the line's id by URL identity."""
        where = {"source_id": None, "feed_id": None, "visit_id": None, "crawl_id": crawl_id, "speaks_for": None}
        async with self._pool.connection() as conn, conn.transaction():
            await leave_out(conn, candidates, where, reason="importing", now=now)
            keys = [url_key(candidate.url) for candidate in candidates]
            cur = await conn.execute(query("frontier", "ids_of_keys"), {"url_keys": keys})
            return {key: int(number) for key, number in await cur.fetchall()}

    async def finish(self, result: UrlResult) -> None:
        """Commit a result that touches no article (a miss, a rejection)."""
        async with self._pool.connection() as conn, conn.transaction():
            await finish_url(conn, result)

    async def postpone(self, host: str, ids: Sequence[int], until: dt.datetime) -> None:
        """Let these URLs of a host wait until then; their attempts are not counted."""
        await self._run("postpone_host", {"host": host, "ids": list(ids), "until": until})


async def finish_url(conn: AsyncConnection[Any], result: UrlResult) -> None:
    """Within the caller's transaction, write the ledger's line and its fetch, and before them an article's removal."""
    if result.result == "removed":
        await conn.execute(query("frontier", "mark_removed"), {"url_id": result.url_id, "now": result.now})
    archived = result.archived
    await conn.execute(
        query("frontier", "finish_url"),
        {
            "url_id": result.url_id,
            "state": result.state,
            "result": result.result,
            "reason": result.reason,
            "detail": storable_line(result.detail, 500),
            "page_title": storable_line(result.page_title, 1000),
            "article_probability": result.article_probability,
            "next_attempt_at": result.next_attempt_at,
            "article_id": result.article_id,
            "final_key": url_key(result.final_url) if result.final_url else None,
            "now": result.now,
            "is_recheck": result.is_recheck,
            "is_own_fault": result.is_own_fault,
            "status": result.status,
            "final_url": storable_line(result.final_url, 8192),
            "bytes": result.size,
            "archive_file": archived.file if archived else None,
            "archive_offset": archived.offset if archived else None,
            "archive_length": archived.length if archived else None,
        },
    )


async def keep_answering_address(conn: AsyncConnection[Any], result: UrlResult, *, is_hearsay: bool) -> int | None:
    """Within the caller's transaction, write the ledger's line of the address that answered after redirects.

    Returns its id; None where that address waits to be fetched itself.
    """
    url = result.final_url or ""
    row: dict[str, Any] = {"url_key": url_key(url), "url": storable_line(url, 8192), "host": host_of(url)}
    row |= {"site": site_of(url), "url_id": result.url_id, "is_hearsay": is_hearsay, "reason": result.reason}
    row |= {"now": result.now, "article_id": result.article_id}
    found: int | None = await AREA.value(conn, "keep_answering_address", row)
    return found


async def _add_visit(conn: AsyncConnection[Any], visit: FeedVisit) -> int:
    feed = visit.feed
    row = {
        "feed_id": feed.id,
        "source_id": feed.source_id,
        "crawl_id": feed.crawl_id,
        "started_at": visit.started_at,
        "now": visit.now,
        "outcome": visit.outcome,
        "status": visit.status,
        "found": len(visit.candidates) + len(visit.left_out),
        "bytes": visit.size,
        "warnings": [storable_line(text, 500) for text in visit.warnings[:20]],
        "detail": storable_line(visit.detail, 500),
    }
    return int(await AREA.value(conn, "add_visit", row) or 0)


def _feed_state(visit: FeedVisit, new: int, plan: PlannedVisit) -> dict[str, Any]:
    kept = visit.validators or Validators(visit.feed.etag, visit.feed.last_modified, visit.feed.body_hash)
    return {
        "feed_id": visit.feed.id,
        "next_due_at": plan.due_at,
        "was_due_at": visit.feed.next_due_at,
        "interval_s": plan.interval_s,
        "now": visit.now,
        "outcome": visit.outcome,
        "failures": plan.failures,
        "is_ok": visit.is_ok,
        "etag": storable_line(kept.etag, 1000),
        "last_modified": storable_line(kept.last_modified, 200),
        "body_hash": kept.body_hash,
        "new": new,
    }
