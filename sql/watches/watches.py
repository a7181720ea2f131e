"""Saved searches in PostgreSQL: which articles match, which alerts were made, and which messages are to be sent."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg import sql as compose

from dateline.errors import UsageError
from sql import query
from sql.database import Pool
from sql.statements import Area, PoolQueries
from sql.watches.matching import matches_of, matching

AREA = Area("watches")
BATCH = 500
MODELS_WAIT = dt.timedelta(minutes=2)
"""How long an article waits for plug-ins before watches look at it."""
WATCHES_A_PASS = 50


@dataclass(frozen=True, slots=True)
class Watch:
    """A saved search and how it fares."""

    id: int
    name: str
    query: str
    webhook_url: str | None
    template: str | None
    has_feed: bool
    with_backlog: bool
    feed_key: UUID
    created_at: dt.datetime
    failures: int
    hold_until: dt.datetime | None
    problem: str | None
    told: int
    last_told_at: dt.datetime | None
    pending: int
    dead: int
    mail: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class WatchRule:
    """What matching needs of a watch."""

    id: int
    name: str
    query: str
    webhook_url: str | None = field(repr=False)
    template: str | None
    has_feed: bool
    created_at: dt.datetime
    problem: str | None


@dataclass(frozen=True, slots=True)
class AlertArticle:
    """An article as an alert shows it."""

    article_id: int
    url_key: UUID
    url: str
    title: str | None
    summary: str | None
    beginning: str
    site: str
    source: str | None
    authors: list[str]
    section: str | None
    language: str | None
    kind: str
    credited_to: str | None
    copy_of: str | None
    word_count: int
    published_at: dt.datetime | None
    first_seen_at: dt.datetime
    revised_at: dt.datetime


@dataclass(frozen=True, slots=True)
class ClaimedMessage:
    """A message that this process is to send."""

    id: UUID
    watch_id: int
    body: str = field(repr=False)
    attempts: int
    created_at: dt.datetime
    webhook_url: str = field(repr=False)
    secret: str = field(repr=False)
    template: str | None
    failures: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message and what became of it."""

    id: UUID
    watch: str
    url: str
    state: str
    attempts: int
    created_at: dt.datetime
    next_attempt_at: dt.datetime | None
    finished_at: dt.datetime | None
    status: int | None
    detail: str | None

    @property
    def state_word(self) -> str:
        """Its state as people read it."""
        return {"pending": "waiting", "dead": "given up"}.get(self.state, self.state)


@dataclass(frozen=True, slots=True)
class Matched:
    """The result of a batch."""

    articles: int
    told: int
    feeds: tuple[str, ...]


MakeBody = Callable[[WatchRule, AlertArticle], str]


class Watches(PoolQueries, area="watches"):
    """Reads and writes saved searches and their alerts."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        self.pool = pool

    async def add(
        self,
        name: str,
        text: str,
        *,
        webhook_url: str | None,
        secret: str | None,
        has_feed: bool,
        with_backlog: bool = False,
        template: str | None = None,
        mail: Sequence[str] = (),
        every: str = "day",
        now: dt.datetime,
    ) -> None:
        """Save a search; a UsageError when the name is taken or the search means nothing.

        `mail` are the addresses that get its articles, `every` match, hour or day."""
        async with self._pool.connection() as conn:
            await matches_of(conn, 0, text, [])
        row = {
            "name": name,
            "query": text,
            "webhook_url": webhook_url,
            "secret": secret,
            "has_feed": has_feed,
            "with_backlog": with_backlog,
            "template": template,
            "mail": list(dict.fromkeys(mail)),
            "every": every,
            "now": now,
        }
        if not await self._values("add", row):
            advice = f"Remove it first (`dateline watch remove {name}`)"
            raise UsageError(f"a watch is called {name!r} already", subject=name, advice=advice)

    async def remove(self, name: str) -> None:
        """Delete a watch and all its alerts; a UsageError for an unknown one."""
        await self.one(name)
        await self._values("remove", {"name": name})

    async def all(self) -> list[Watch]:
        """The watches, by name."""
        return await self._rows(Watch, "watches", {"name": None})

    async def one(self, name: str) -> Watch:
        """The watch of that name, or a UsageError."""
        if found := await self._row(Watch, "watches", {"name": name}):
            return found
        raise UsageError(f"Unknown watch {name!r}", subject=name, advice="`dateline watch list` shows the names")

    async def secret(self, watch_id: int) -> str | None:
        """The key that a watch's messages are signed with."""
        found: str | None = await self._value("secret", {"watch_id": watch_id})
        return found

    async def match(self, body: MakeBody, *, now: dt.datetime, limit: int = BATCH) -> Matched:
        """Process the next stored articles: their alerts and the end of their tasks are one transaction.

        `body` writes the message to a webhook. Nothing is lost when the process dies: the articles are then looked at again.
        """
        async with self._pool.connection() as conn, conn.transaction():
            await conn.execute(query("watches", "lock_matching"))
            limits = {"limit": limit, "models_since": now - MODELS_WAIT}
            tasks = await (await conn.execute(query("watches", "take_tasks"), limits)).fetchall()
            rules = await AREA.rows(conn, WatchRule, "rules")
            if not tasks or not rules:
                return Matched(len(tasks), 0, ())
            hits = await _hits(conn, rules, tasks)
            told = await _tell(conn, hits, now)
            await _enqueue(conn, {rule.id: rule for rule in rules}, told, body, now)
        feeds = {rule.name for rule in rules if rule.has_feed} & {
            rule.name for rule in rules if any(watch_id == rule.id for watch_id, _ in told)
        }
        return Matched(len(tasks), len(told), tuple(sorted(feeds)))

    async def articles(self, ids: Sequence[int]) -> list[AlertArticle]:
        """These articles as alerts show them, in this order."""
        found = {row.article_id: row for row in await self._rows(AlertArticle, "articles", {"articles": list(ids)})}
        return [found[one] for one in ids if one in found]

    async def feed(self, name: str, *, limit: int) -> tuple[Watch, list[AlertArticle]] | None:
        """A watch with its latest articles, newest first; None for one that has no feed."""
        watch = await self._row(Watch, "watches", {"name": name})
        if watch is None or not watch.has_feed:
            return None
        return watch, await self.articles(await self._values("feed", {"name": name, "limit": limit}))

    async def latest(self, name: str, *, limit: int) -> list[str]:
        """URLs of the articles of a watch's latest alerts, newest first."""
        return await self._values("latest", {"name": name, "limit": limit})

    async def would_match(self, watch: Watch, *, limit: int, newest: int = 1000) -> list[AlertArticle]:
        """What the watch's search finds among the newest articles, newest first; a UsageError if it can't be run."""
        ids = await self._values("newest", {"limit": newest})
        async with self._pool.connection() as conn:
            found = await matching(conn, [await matches_of(conn, watch.id, watch.query, ids)])
        if isinstance(found, Exception):
            raise UsageError(f"the search of {watch.name} can't be run: {found}", subject=watch.name) from found
        hits = sorted((article for _, article in found), reverse=True)[:limit]
        by_id = {article.article_id: article for article in await self.articles(hits)}
        return [by_id[one] for one in hits if one in by_id]

    async def due(self, now: dt.datetime) -> list[tuple[int, str]]:
        """Watches with something to send, with their URLs."""
        async with self._pool.connection() as conn:
            return await (await conn.execute(query("watches", "due"), {"now": now})).fetchall()

    async def claim(self, watch_id: int, *, now: dt.datetime, lost_at: dt.datetime) -> ClaimedMessage | None:
        """The next message of a watch, this process's until `lost_at`."""
        return await self._row(ClaimedMessage, "claim", {"watch_id": watch_id, "now": now, "lost_at": lost_at})

    async def settle(
        self, claim: ClaimedMessage, *, now: dt.datetime, status: int | None, detail: str, **verdict: Any
    ) -> None:
        """Keep what came of an attempt; `verdict` is state, next_attempt_at, failures and hold_until."""
        row = {"id": claim.id, "watch_id": claim.watch_id, "now": now, "status": status, "detail": detail[:500] or None}
        await self._run("settle", row | verdict)

    async def deliveries(self, name: str | None, state: str | None, *, limit: int) -> list[Delivery]:
        """The latest messages."""
        return await self._rows(Delivery, "deliveries", {"name": name, "state": state, "limit": limit})

    async def retry_dead(self, name: str | None, *, now: dt.datetime) -> int:
        """Send what was given up once more; how many."""
        return len(await self._values("retry_dead", {"name": name, "now": now}))

    async def prune(self, *, before: dt.datetime) -> None:
        """Drop messages that were done with before then."""
        await self._run("prune", {"before": before})


async def _hits(
    conn: AsyncConnection[Any], rules: Sequence[WatchRule], tasks: Sequence[tuple[int, dt.datetime]]
) -> list[tuple[int, int]]:
    """(watch, article) of all that match; a watch whose search can't be run costs no other, and says so from then on."""
    wanted, problems = await _wanted(conn, rules, tasks)
    hits: list[tuple[int, int]] = []
    for first in range(0, len(wanted), WATCHES_A_PASS):
        some = wanted[first : first + WATCHES_A_PASS]
        found = await matching(conn, [question for _, question in some])
        if not isinstance(found, Exception):
            hits += found
            continue
        for watch_id, question in some:
            one = await matching(conn, [question])
            if isinstance(one, Exception):
                problems[watch_id] = str(one)
            else:
                hits += one
    for rule in rules:
        if problems.get(rule.id) != rule.problem:
            row = {"watch_id": rule.id, "problem": problems.get(rule.id)}
            await conn.execute(query("watches", "set_problem"), row)
    return hits


async def _wanted(
    conn: AsyncConnection[Any], rules: Sequence[WatchRule], tasks: Sequence[tuple[int, dt.datetime]]
) -> tuple[list[tuple[int, compose.Composed]], dict[int, str]]:
    """What each watch asks of the articles that were stored or revised since it was added; and why some can't ask."""
    wanted, problems = [], {}
    for rule in rules:
        try:
            articles = [article for article, since in tasks if since >= rule.created_at]
            wanted.append((rule.id, await matches_of(conn, rule.id, rule.query, articles)))
        except UsageError as error:
            problems[rule.id] = str(error)
    return wanted, problems


async def _tell(conn: AsyncConnection[Any], hits: Sequence[tuple[int, int]], now: dt.datetime) -> list[tuple[int, int]]:
    params = {"watches": [watch for watch, _ in hits], "articles": [article for _, article in hits], "now": now}
    return await (await conn.execute(query("watches", "tell"), params)).fetchall()


async def _enqueue(
    conn: AsyncConnection[Any],
    rules: dict[int, WatchRule],
    told: Sequence[tuple[int, int]],
    body: MakeBody,
    now: dt.datetime,
) -> None:
    """Messages for the watches that have a webhook."""
    sent = [(rules[watch], article) for watch, article in told if rules[watch].webhook_url]
    if not sent:
        return
    articles = await AREA.rows(conn, AlertArticle, "articles", {"articles": list({article for _, article in sent})})
    by_id = {article.article_id: article for article in articles}
    columns: dict[str, list[Any]] = defaultdict(list)
    for rule, article in sent:
        columns["watches"].append(rule.id)
        columns["articles"].append(article)
        columns["bodies"].append(body(rule, by_id[article]))
    await conn.execute(query("watches", "enqueue"), {**columns, "now": now})
