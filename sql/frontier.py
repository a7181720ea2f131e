"""The frontier and ledger in PostgreSQL: what is due, what a visit found, what became of a URL.

A visit's candidates and its validators are one transaction, so that a kill between them can't lose a URL; a URL's result
is committed with what it led to (see pipelines.store).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

from dateline.article import ArchiveRef, Candidate
from dateline.source import Asked, ChildPage, FeedKind
from dateline.text import bytes_hash, storable, storable_line
from dateline.urls import host_of, site_of, url_key
from sql import query
from sql.database import alone
from sql.feeds import Moving, keep_asked, keep_move
from sql.quarantine import Broken, add_failure
from sql.websub import Hub, HubStanding, heed_push, keep_standing, want_hub

Pool = AsyncConnectionPool[AsyncConnection[Any]]
MAX_URLS_A_STATEMENT = 5_000


@dataclass(frozen=True, slots=True)
class DueFeed:
    """A watched page that is to be visited."""

    id: int
    source_id: int | None
    source: str | None
    crawl_id: int | None
    url: str
    kind: FeedKind
    depth: int
    etag: str | None
    last_modified: str | None
    body_hash: uuid.UUID | None
    failures: float
    interval_s: int | None
    next_due_at: dt.datetime
    last_visit_at: dt.datetime | None
    last_new_at: dt.datetime | None
    schedule: str
    timezone: str
    politeness: dict[str, Any]
    options: dict[str, Any]
    rhythm: list[float] | None = None
    within_s: float | None = None
    busy: float | None = None
    asked_interval_s: int | None = None
    asked_base: dt.datetime | None = None
    skip_hours: Sequence[int] = ()
    skip_days: Sequence[int] = ()
    moving_url: str | None = None
    moving_times: int | None = None
    moving_since: dt.datetime | None = None
    hub: str | None = None
    topic: str | None = None
    is_pushed: bool = False
    """Whether its subscription at a hub is active."""
    pushes: int = 0
    heeded: int = 0
    trust: int = 0
    idle: int = 0

    @property
    def asked(self) -> Asked:
        """What the page asked of those who poll it when it was last read."""
        interval = dt.timedelta(seconds=self.asked_interval_s) if self.asked_interval_s else None
        return Asked(interval, self.asked_base, frozenset(self.skip_hours), frozenset(self.skip_days))


@dataclass(frozen=True, slots=True)
class DueUrl:
    """A URL of the ledger that is to be fetched."""

    id: int
    url_key: uuid.UUID
    url: str
    host: str
    source_id: int | None
    source: str | None
    crawl_id: int | None
    via: str
    depth: int
    hints: dict[str, Any]
    attempts: int
    politeness: dict[str, Any]
    extraction: dict[str, Any]
    source_title: str
    options: dict[str, Any]
    is_recheck: bool = False
    """The article is stored: it is asked for again to see whether it still stands, and as it did."""

    @property
    def candidate(self) -> Candidate:
        """What was said of the URL where it was found."""
        return candidate_of(self.url, self.via, self.hints)


class Kept(Protocol):
    """What was learned of a page's publishing, as numbers."""

    def numbers(self) -> list[float]: ...


class PlannedVisit(Protocol):
    """When a watched page is visited next (None: never), at which interval, after which weighted failures."""

    @property
    def due_at(self) -> dt.datetime | None: ...
    @property
    def interval_s(self) -> int | None: ...
    @property
    def failures(self) -> float: ...
    @property
    def rhythm(self) -> Kept | None: ...


@dataclass(frozen=True, slots=True)
class Validators:
    """What the next visit is made conditional on."""

    etag: str | None
    last_modified: str | None
    body_hash: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class FeedVisit:
    """What one visit of a watched page came to, ready to be committed."""

    feed: DueFeed
    started_at: dt.datetime
    now: dt.datetime
    outcome: str
    is_ok: bool
    plan: Callable[[int], PlannedVisit]
    """When to come again, given how many URLs were new."""
    status: int | None = None
    validators: Validators | None = None
    size: int = 0
    found_kind: FeedKind | None = None
    candidates: tuple[Candidate, ...] = ()
    left_out: tuple[Candidate, ...] = ()
    children: tuple[ChildPage, ...] = ()
    warnings: tuple[str, ...] = ()
    detail: str | None = None
    child_kind: FeedKind = "sitemap"
    child_depth: int = 0
    depth: int = 0
    priority: int = 0
    force: bool = False
    broken: Broken | None = None
    """How the page broke its reader, if it did."""
    asked: Asked | None = None
    """What the page asks of those who poll it; None where it was not read."""
    move: Moving | None = None
    """Where it redirects for good."""
    hubs: tuple[Hub, ...] | None = None
    """The hub that it names, if any; None where it was not read, or no hub could call us."""
    standing: Callable[[int], HubStanding] | None = None
    """What its hub has shown, given how many URLs were new; None without a subscription."""
    heed_at: dt.datetime | None = None
    """When to come again if it was pushed during the visit."""

    @property
    def is_quiet(self) -> bool:
        """Whether a source's page was as it had been, after no failure: nothing but its own state changes."""
        is_unchanged = self.outcome in ("not_modified", "same_body")
        has_more_to_say = self.says_more or self.asked is not None or self.hubs is not None
        return is_unchanged and self.feed.crawl_id is None and not self.feed.failures and not has_more_to_say

    @property
    def says_more(self) -> bool:
        """Whether there is more to keep than candidates and the page's own state: where it moves, what its hub has shown."""
        return self.move is not None or self.feed.moving_url is not None or self.standing is not None


@dataclass(frozen=True, slots=True)
class UrlResult:
    """What became of one attempt at a URL of the ledger.

    `result` is new, revised, unchanged, alias, copy, rejected, removed, retry or failed; `state` the ledger's.
    """

    url_id: int
    state: str
    result: str
    reason: str | None
    now: dt.datetime
    detail: str | None = None
    next_attempt_at: dt.datetime | None = None
    article_id: int | None = None
    status: int | None = None
    final_url: str | None = None
    size: int = 0
    archived: ArchiveRef | None = None
    etag: str | None = None
    last_modified: str | None = None
    is_recheck: bool = False


GONE_REASONS = frozenset({"soft_404", "redirected_away", "http_404", "http_410"})
"""What a page that its publisher took down answers with."""


def as_recheck(line: UrlResult) -> UrlResult:
    """The line for a stored article that was asked for again.

    What can't be read as an article now is a removal where the page is gone, and else says nothing of what is stored.
    """
    if line.result not in ("rejected", "removed", "failed"):
        return dataclasses.replace(line, is_recheck=True)
    result = "removed" if line.reason in GONE_REASONS else line.result
    return dataclasses.replace(line, state="ended" if result == "removed" else "stored", result=result, is_recheck=True)


@dataclass(frozen=True, slots=True)
class Left:
    """What a crawl has still to do; `next_at` is when the next of it falls due, `jobs` whether any waits or runs."""

    feeds: int
    urls: int
    next_at: dt.datetime | None
    jobs: bool


def hints_of(candidate: Candidate) -> dict[str, Any]:
    """What a candidate says, as the ledger keeps it: cleaned, and only what is there."""
    found: dict[str, Any] = {
        "title": storable_line(candidate.title, 1000),
        "published_at": candidate.published_at.isoformat() if candidate.published_at else None,
        "modified_at": candidate.modified_at.isoformat() if candidate.modified_at else None,
        "summary": storable(candidate.summary, 2000),
        "guid": storable_line(candidate.guid, 1000),
        "language": storable_line(candidate.language, 40),
        "authors": [storable_line(name, 200) for name in candidate.authors[:20]],
        "tags": [storable_line(tag, 200) for tag in candidate.tags[:50]],
    }
    return {key: value for key, value in found.items() if value}


def candidate_of(url: str, via: str, hints: dict[str, Any]) -> Candidate:
    """The candidate that `hints_of` wrote down."""

    def instant(name: str) -> dt.datetime | None:
        return dt.datetime.fromisoformat(hints[name]) if hints.get(name) else None

    return Candidate(
        url=url,
        via=via,
        title=hints.get("title"),
        published_at=instant("published_at"),
        modified_at=instant("modified_at"),
        summary=hints.get("summary"),
        guid=hints.get("guid"),
        language=hints.get("language"),
        authors=tuple(hints.get("authors", ())),
        tags=tuple(hints.get("tags", ())),
    )


class Frontier:
    """The ledger's door. Every method is one transaction; `now` comes from the caller."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def due_hosts(self, now: dt.datetime, *, limit: int = 1000) -> list[str]:
        """Hosts that have something due and no job yet."""
        return await self._scalars("due_hosts", {"now": now, "limit": limit})

    async def due_hosts_of_crawl(self, crawl_id: int, queue: str, now: dt.datetime) -> list[str]:
        """The same for one crawl."""
        return await self._scalars("due_hosts_of_crawl", {"crawl_id": crawl_id, "queue": queue, "now": now})

    async def _scalars(self, name: str, params: dict[str, Any]) -> list[str]:
        async with alone(self._pool) as conn, conn.cursor(row_factory=scalar_row) as cur:
            await cur.execute(query("frontier", name), params)
            return await cur.fetchall()

    async def crawl_left(self, crawl_id: int) -> Left:
        """What a crawl has still to do."""
        params = {"crawl_id": crawl_id, "queue": f"crawl-{crawl_id}"}
        async with self._pool.connection() as conn, conn.cursor(row_factory=class_row(Left)) as cur:
            await cur.execute(query("frontier", "crawl_left"), params)
            return await cur.fetchone() or Left(0, 0, None, False)

    async def due_feeds(self, host: str, crawl_id: int | None, now: dt.datetime, *, limit: int = 50) -> list[DueFeed]:
        """A host's watched pages that are due."""
        async with alone(self._pool) as conn, conn.cursor(row_factory=class_row(DueFeed)) as cur:
            await cur.execute(
                query("frontier", "due_feeds"), {"host": host, "crawl_id": crawl_id, "now": now, "limit": limit}
            )
            return await cur.fetchall()

    async def due_urls(self, host: str, crawl_id: int | None, now: dt.datetime, *, limit: int = 50) -> list[DueUrl]:
        """A host's URLs that are due."""
        async with alone(self._pool) as conn, conn.cursor(row_factory=class_row(DueUrl)) as cur:
            await cur.execute(
                query("frontier", "due_urls"), {"host": host, "crawl_id": crawl_id, "now": now, "limit": limit}
            )
            return await cur.fetchall()

    async def commit_quiet_visit(self, visit: FeedVisit, *, delay_s: float | None = None) -> bool:
        """Commit a visit for which `is_quiet` holds; returns whether something else at its host may be due.

        With a delay its host is released in the same statement, to be asked again after so long.
        """
        plan = visit.plan(0)
        state = _feed_state(visit, 0, plan) | {"rhythm": plan.rhythm.numbers() if plan.rhythm else None}
        state |= {"source_id": visit.feed.source_id, "host": host_of(visit.feed.url), "started_at": visit.started_at}
        state |= {"status": visit.status, "bytes": visit.size, "delay_s": delay_s}
        async with alone(self._pool) as conn, conn.cursor(row_factory=scalar_row) as cur:
            await cur.execute(query("frontier", "end_quiet_visit"), state)
            return bool(await cur.fetchone())

    async def commit_visit(self, visit: FeedVisit) -> int:
        """Commit a visit with all that it found; returns how many URLs are now to be fetched because of it."""
        feed = visit.feed
        async with self._pool.connection() as conn, conn.transaction():
            visit_id = await _add_visit(conn, visit)
            where = {"source_id": feed.source_id, "feed_id": feed.id, "visit_id": visit_id, "crawl_id": feed.crawl_id}
            new = await add_candidates(
                conn,
                visit.candidates,
                where,
                now=visit.now,
                depth=visit.depth,
                priority=visit.priority,
                force=visit.force,
            )
            await _leave_out(conn, visit.left_out, where, reason="before_since", now=visit.now)
            await _commit_children(conn, visit)
            await conn.execute(query("frontier", "count_new"), {"visit_id": visit_id, "new": new})
            if visit.standing is not None:
                await keep_standing(conn, feed.id, visit.standing(new), pushes=feed.pushes)
            plan = visit.plan(new)
            await conn.execute(query("frontier", "finish_feed_visit"), _feed_state(visit, new, plan))
            if visit.heed_at is not None:
                await heed_push(conn, feed.id, pushes=feed.pushes, at=visit.heed_at)
            if plan.rhythm and feed.crawl_id is None:
                kept = {"feed_id": feed.id, "state": plan.rhythm.numbers(), "now": visit.now}
                await conn.execute(query("frontier", "keep_rhythm"), kept)
            if visit.asked is not None and visit.asked != feed.asked and feed.crawl_id is None:
                await keep_asked(conn, feed.id, visit.asked, now=visit.now)
            if visit.is_ok and (visit.move is not None or feed.moving_url is not None) and feed.crawl_id is None:
                await keep_move(conn, feed.id, visit.move, now=visit.now)
            hub = next(iter(visit.hubs or ()), None)
            if visit.hubs is not None and (hub and (hub.url, hub.topic)) != (feed.hub and (feed.hub, feed.topic)):
                await want_hub(conn, feed.id, hub, now=visit.now)
            if visit.broken is not None:
                await add_failure(conn, visit.broken, now=visit.now)
            elif visit.is_ok and feed.failures:
                where_held = {"url_key": url_key(feed.url), "feed_id": feed.id, "now": visit.now}
                await conn.execute(query("quarantine", "read_after_all"), where_held)
            if visit.found_kind:
                await conn.execute(query("frontier", "name_feed_kind"), {"feed_id": feed.id, "kind": visit.found_kind})
        return new

    async def failures(self, feed: DueFeed) -> int:
        """How often the page has broken its reader since it was last read or released."""
        async with self._pool.connection() as conn, conn.cursor(row_factory=scalar_row) as cur:
            await cur.execute(query("quarantine", "failures"), {"url_key": url_key(feed.url), "feed_id": feed.id})
            return int(await cur.fetchone() or 0)

    async def add_targets(
        self, candidates: Sequence[Candidate], *, crawl_id: int, source_id: int | None, now: dt.datetime
    ) -> int:
        """Put a crawl's own targets into the ledger, known ones again."""
        where = {"source_id": source_id, "feed_id": None, "visit_id": None, "crawl_id": crawl_id}
        async with self._pool.connection() as conn, conn.transaction():
            return await add_candidates(conn, candidates, where, now=now, depth=0, priority=10, force=True)

    async def add_imports(
        self, candidates: Sequence[Candidate], *, crawl_id: int, now: dt.datetime
    ) -> dict[uuid.UUID, int]:
        """Ledger lines for what is imported, never to be fetched because of it; the line's id by URL identity."""
        where = {"source_id": None, "feed_id": None, "visit_id": None, "crawl_id": crawl_id}
        async with self._pool.connection() as conn, conn.transaction():
            await _leave_out(conn, candidates, where, reason="importing", now=now)
            keys = [url_key(candidate.url) for candidate in candidates]
            cur = await conn.execute(query("frontier", "ids_of_keys"), {"url_keys": keys})
            return {key: int(number) for key, number in await cur.fetchall()}

    async def finish(self, result: UrlResult) -> None:
        """Commit a result that touches no article (a miss, a rejection)."""
        async with self._pool.connection() as conn, conn.transaction():
            await finish_url(conn, result)

    async def postpone(self, host: str, ids: Sequence[int], until: dt.datetime) -> None:
        """Let these URLs of a host wait until then; their attempts are not counted."""
        async with self._pool.connection() as conn:
            await conn.execute(query("frontier", "postpone_host"), {"host": host, "ids": list(ids), "until": until})


async def add_candidates(
    conn: AsyncConnection[Any],
    candidates: Sequence[Candidate],
    where: dict[str, Any],
    *,
    now: dt.datetime,
    depth: int,
    priority: int,
    force: bool,
) -> int:
    """Within the caller's transaction, put candidates into the ledger; returns how many are now to be fetched."""
    new = 0
    for start in range(0, len(candidates), MAX_URLS_A_STATEMENT):
        params = _columns(candidates[start : start + MAX_URLS_A_STATEMENT]) | where
        params |= {"now": now, "depth": depth, "priority": priority, "force": force}
        new += (await conn.execute(query("frontier", "add_urls"), params)).rowcount
    return new


async def finish_url(conn: AsyncConnection[Any], result: UrlResult) -> None:
    """Within the caller's transaction, write the ledger's line and its fetch."""
    archived = result.archived
    await conn.execute(
        query("frontier", "finish_url"),
        {
            "url_id": result.url_id,
            "state": result.state,
            "result": result.result,
            "reason": result.reason,
            "detail": storable_line(result.detail, 500),
            "next_attempt_at": result.next_attempt_at,
            "article_id": result.article_id,
            "now": result.now,
            "is_recheck": result.is_recheck,
            "status": result.status,
            "final_url": storable_line(result.final_url, 8192),
            "bytes": result.size,
            "archive_file": archived.file if archived else None,
            "archive_offset": archived.offset if archived else None,
            "archive_length": archived.length if archived else None,
        },
    )
    if result.result == "removed":
        await conn.execute(query("frontier", "mark_removed"), {"url_id": result.url_id, "now": result.now})


async def _add_visit(conn: AsyncConnection[Any], visit: FeedVisit) -> int:
    feed = visit.feed
    cur = conn.cursor(row_factory=scalar_row)
    await cur.execute(
        query("frontier", "add_visit"),
        {
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
        },
    )
    return int(await cur.fetchone() or 0)


async def _leave_out(
    conn: AsyncConnection[Any], candidates: Sequence[Candidate], where: dict[str, Any], *, reason: str, now: dt.datetime
) -> None:
    for start in range(0, len(candidates), MAX_URLS_A_STATEMENT):
        params = _columns(candidates[start : start + MAX_URLS_A_STATEMENT]) | where | {"now": now, "reason": reason}
        await conn.execute(query("frontier", "leave_out"), params)


async def _commit_children(conn: AsyncConnection[Any], visit: FeedVisit) -> None:
    feed, children = visit.feed, visit.children
    if not children and visit.outcome != "changed":
        return
    hashes = [bytes_hash(child.url.encode()) for child in children]
    where = {"parent_id": feed.id, "url_hashes": hashes, "now": visit.now}
    if children:
        row: dict[str, Any] = {
            "source_id": feed.source_id,
            "crawl_id": feed.crawl_id,
            "depth": visit.child_depth,
            "kind": visit.child_kind,
        }
        row |= {"urls": [child.url for child in children], "hosts": [host_of(child.url) for child in children]}
        await conn.execute(query("frontier", "add_child_feeds"), where | row)
        await conn.execute(
            query("frontier", "wake_child_feeds"), where | {"modified": [child.modified_at for child in children]}
        )
    if feed.crawl_id is None:
        await conn.execute(query("frontier", "retire_child_feeds"), where)


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


def _columns(candidates: Sequence[Candidate]) -> dict[str, Any]:
    return {
        "url_keys": [url_key(c.url) for c in candidates],
        "urls": [c.url for c in candidates],
        "hosts": [host_of(c.url) for c in candidates],
        "sites": [site_of(c.url) for c in candidates],
        "vias": [c.via for c in candidates],
        "hints": [Jsonb(hints_of(c)) for c in candidates],
        "modified": [c.modified_at for c in candidates],
    }
