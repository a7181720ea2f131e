"""One-off crawls: the service's jobs and visits, in a queue that this process works on."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from crawler.archive.shared_archive import SharedArchive
from dateline import log
from dateline.clock import utc_now
from dateline.config import Settings
from dateline.errors import UsageError
from dateline.parser_pool.pool import ParserPool
from dateline.types.article import Candidate
from dateline.urls import site_of
from pipelines.stories.assignment import WHOLE_BATCH, assign_waiting
from scheduler.alerts.one_off import send_alerts_once
from scheduler.commands.targets import Target
from scheduler.jobs import JobQueue, defer_hosts, free_jobs, open_jobs, queue_of_crawl
from scheduler.monitoring.disk import move_finished
from scheduler.processes.registration import process_name
from scheduler.runtime import open_runtime
from scheduler.visits.context import PageLimit
from scheduler.worker import work
from sql.database import may_pass
from sql.frontier.crawls import CrawlOptions, Crawls
from sql.frontier.frontier import Frontier
from sql.frontier.rows import DueUrl, UrlResult
from sql.service.leases import Upkeep

POLL_S = 0.2
BEAT_S = 2.0
PATIENCE_S = 120.0
"""A URL that falls due later than this is left to the service; the crawl ends without it."""

logger = log.get(__name__)

Listener = Callable[[UrlResult], None]
FOLLOWED_REASON = "section"
LATE = 1000
"""Attempts that are looked at again: those that were committed in another order than they are numbered in."""


@dataclass(slots=True)
class Summary:
    """The result of a crawl."""

    results: Counter[str] = field(default_factory=Counter)
    stored: set[int] = field(default_factory=set)
    """The articles that are new."""
    copies: int = 0
    """How many of those are copies, which is known at the end: a copy may be read before its original."""
    from_feed: int = 0
    """Pages that were not stored, and of which the archive has what their site's own feed says."""
    rejected: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    feeds: int = 0
    feeds_failed: Counter[str] = field(default_factory=Counter)
    known: int = 0
    """URLs that were named, and of which an earlier crawl or the service knew the outcome."""
    older: int = 0
    """URLs that were named, and are older than the crawl's `since`."""
    empty: list[str] = field(default_factory=list)
    """Feeds, sitemaps and lists that were read and name no article."""
    over_limit: int = 0
    postponed: int = 0
    postponed_why: Counter[str] = field(default_factory=Counter)
    """The reasons of the last attempts at those."""
    warned: list[tuple[str, str]] = field(default_factory=list)
    """Pages that name articles, and what of them was left out."""
    targets_missed: int = 0
    """Pages named to the crawl for which their host, or its robots.txt, had nothing (they count as rejected, too)."""
    followed: list[str] = field(default_factory=list)
    """Pages named to the crawl that turned out to be lists of articles, and were looked through as such."""
    is_interrupted: bool = False

    def add(self, result: UrlResult, *, is_target: bool = False) -> None:
        """Count one result."""
        if result.result == "retry":
            return
        self.results[result.result] += 1
        if result.result in ("new", "copy") and result.article_id is not None:
            self.stored.add(result.article_id)
        self.from_feed += result.article_id is not None and result.result in ("rejected", "removed", "failed")
        if is_target and result.reason == FOLLOWED_REASON:
            self.followed.append(result.final_url or "")
        elif result.result in ("rejected", "removed"):
            self.rejected[result.reason or "?"] += 1
            self.targets_missed += is_target and not result.size
        elif result.result == "failed":
            self.failed[result.reason or "?"] += 1

    def count_forgotten(self, targets: int) -> None:
        """Count pages named to the crawl that are not fetched, because they were forgotten on request; no failure."""
        if targets:
            self.results["rejected"] += targets
            self.rejected["forgotten"] += targets

    def to_json(self) -> dict[str, Any]:
        """The counts as they are stored and printed."""
        return {
            "new": self.results["new"] + self.results["copy"],
            "copies": self.copies,
            "changed": self.results["revised"],
            "unchanged": self.results["unchanged"],
            "duplicate": self.results["alias"],
            "from_feed": self.from_feed,
            "rejected": dict(self.rejected),
            "failed": dict(self.failed),
            "feeds": self.feeds,
            "feeds_failed": dict(self.feeds_failed),
            "followed": self.followed,
            "known": self.known,
            "older": self.older,
            "empty": self.empty,
            "over_limit": self.over_limit,
            "postponed": self.postponed,
            "postponed_why": dict(self.postponed_why),
            "warned": [{"page": page, "warning": warning} for page, warning in self.warned],
        }

    @property
    def exit_code(self) -> int:
        """0 all well, 1 nothing came of it, 3 partly done."""
        bad = sum(self.failed.values()) + sum(self.feeds_failed.values()) + self.postponed + self.targets_missed
        good = sum(self.results.values()) - self.results["failed"] - self.targets_missed + self.feeds + self.known
        if self.is_interrupted:
            return 3
        return 0 if not bad else 3 if good else 1


@dataclass(slots=True)
class Tally:
    """Counts each URL's result once, be it this process's own or that of a worker that helps."""

    summary: Summary
    listener: Listener
    _seen: set[int] = field(default_factory=set)
    _latest: int = 0

    def told(self, due: DueUrl, result: UrlResult) -> None:
        """A result of this process."""
        self._count(result, is_target=due.via == "target")

    async def catch_up(self, crawls: Crawls, crawl_id: int) -> None:
        """Count what other workers have committed."""
        for found in await crawls.results(crawl_id, after=self._latest - LATE):
            self._latest = max(self._latest, found.id)
            self._count(found.line, is_target=found.is_target)

    def _count(self, result: UrlResult, *, is_target: bool) -> None:
        if result.result != "retry":
            if result.url_id in self._seen:
                return
            self._seen.add(result.url_id)
        self.summary.add(result, is_target=is_target)
        self.listener(result)


async def run_crawl(
    settings: Settings,
    url: str,
    targets: Sequence[Target],
    options: CrawlOptions,
    *,
    stop: asyncio.Event,
    listener: Listener = lambda result: None,
    parser_pool: ParserPool | None = None,
) -> Summary:
    """Crawl the targets to their end (or until `stop`); every result is committed before `listener` hears of it.

    `parser_pool` is one that was started earlier.
    """
    name, summary = process_name("crawl"), Summary()
    async with open_runtime(settings, url, name=name, started=parser_pool) as runtime:
        context = runtime.visitor.context
        crawls, frontier = context.crawls, context.frontier
        crawl_id = await crawls.begin([target.name for target in targets], options)
        await _begin(crawls, frontier, crawl_id, targets)
        summary.count_forgotten(await crawls.count_forgotten([t.name for t in targets if t.kind == "page"]))
        context.page_limit = PageLimit(options.limit)

        tally = Tally(summary, listener)
        context.listener = tally.told
        ended = asyncio.Event()
        queue = queue_of_crawl(crawl_id)
        async with asyncio.TaskGroup() as tasks:
            upkeep = Upkeep(runtime.pool)
            tasks.create_task(
                _dispatch(url, crawls, frontier, upkeep, crawl_id, context.page_limit, stop, ended, tally)
            )
            await work(runtime, url, ended, name=name, role="crawl", queues=[queue], settings=settings)
        summary.is_interrupted = stop.is_set()
        await tally.catch_up(crawls, crawl_id)
        left = await frontier.crawl_left(crawl_id)
        summary.feeds, empty, summary.feeds_failed = await crawls.visits(crawl_id)
        summary.empty = empty if options.depth else []
        summary.known = await crawls.count_known(crawl_id, context.named - context.named_older)
        summary.older = len(context.named_older)
        summary.copies = await crawls.count_copies(summary.stored)
        if context.page_limit.is_spent:
            summary.over_limit = left.urls
        else:
            summary.postponed = left.urls + left.feeds
            summary.postponed_why = await crawls.why_left(crawl_id)
        summary.warned = await crawls.warnings(crawl_id)
        await assign_waiting(runtime.pool, now=utc_now, batch=WHOLE_BATCH, waits=True)
        await crawls.end(crawl_id, summary.to_json(), now=utc_now(), is_cut=context.page_limit.is_spent)
        await send_alerts_once(settings, runtime.pool)
    if isinstance(runtime.archive, SharedArchive):
        await move_finished(runtime.archive)
    return summary


async def _begin(crawls: Crawls, frontier: Frontier, crawl_id: int, targets: Sequence[Target]) -> None:
    now = utc_now()
    pages: dict[int | None, list[Candidate]] = {}
    for target in targets:
        if target.kind == "source":
            if not await crawls.watch_source(crawl_id, target.name, now=now):
                raise UsageError(
                    f"Unknown source {target.name!r}. `dateline sources list` shows the names; a URL begins with https://",
                    subject=target.name,
                )
            continue
        source = await crawls.source_of(site_of(target.name))
        source_id = source.id if source else None
        if target.kind == "page":
            pages.setdefault(source_id, []).append(Candidate(target.name, via="target"))
        else:
            await crawls.watch(crawl_id, source_id, target.name, target.kind, now=now)  # type: ignore[arg-type]
    for source_id, candidates in pages.items():
        await frontier.add_targets(candidates, crawl_id=crawl_id, source_id=source_id, now=now)


async def _dispatch(
    url: str,
    crawls: Crawls,
    frontier: Frontier,
    upkeep: Upkeep,
    crawl_id: int,
    page_limit: PageLimit,
    stop: asyncio.Event,
    ended: asyncio.Event,
    tally: Tally,
) -> None:
    """Queue the crawl's hosts as they fall due; sets `ended` when nothing is left that is worth waiting for."""
    try:
        async with open_jobs(url) as app:
            beat_at = 0.0
            while not stop.is_set():
                try:
                    if asyncio.get_running_loop().time() > beat_at:
                        await crawls.beat(crawl_id)
                        # what a killed crawl or worker left holds the locks of hosts that this one wants
                        await free_jobs(upkeep)
                        await tally.catch_up(crawls, crawl_id)
                        beat_at = asyncio.get_running_loop().time() + BEAT_S
                    if not await _queue_due(app, frontier, crawl_id, page_limit):
                        return
                except Exception as error:
                    if not may_pass(error):
                        raise
                    logger.warning("the database is away; the crawl goes on when it is back", error=str(error))
                await asyncio.sleep(POLL_S)
    finally:
        ended.set()


async def _queue_due(app: JobQueue, frontier: Frontier, crawl_id: int, page_limit: PageLimit) -> bool:
    """Queue the hosts of a crawl with something due; False when nothing is left that is worth waiting for."""
    now = utc_now()
    # what is left when the limit is reached is not worth a job that may fetch nothing
    hosts = [] if page_limit.is_spent else await frontier.due_hosts_of_crawl(crawl_id, queue_of_crawl(crawl_id), now)
    await defer_hosts(app, hosts, crawl_id=crawl_id)
    left = await frontier.crawl_left(crawl_id)
    is_worth_waiting = left.next_at and (left.next_at - now).total_seconds() < PATIENCE_S
    return left.jobs or bool(hosts) or bool(not page_limit.is_spent and is_worth_waiting)
