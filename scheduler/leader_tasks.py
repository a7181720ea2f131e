"""The leader's work on tables that needs more than one call; `scheduler.leader` lists when each is done."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path

from dateline import log
from dateline.clock import utc_now
from pipelines.copies.match import WINDOW
from pipelines.stories.assignment import assign_waiting, prune_vectors
from scheduler.alerts.matcher import AlertMatcher
from scheduler.jobs import VISITS, JobQueue, defer_hosts
from scheduler.monitoring.disk import write_trouble
from scheduler.shares import admitted
from sql.articles.counts import end_overdue_queries, refresh_counts
from sql.database import Pool
from sql.frontier.frontier import Frontier
from sql.service.coverage import Coverage
from sql.service.leases import Upkeep
from sql.service.metrics import fold_totals
from sql.watches.watches import Watches

KEEP_MESSAGES = dt.timedelta(days=90)
STORY_BATCH, STORY_BATCHES = 16, 40
"""Small batches: the memory that one needs grows with its articles and all that are near them, and is never returned."""

logger = log.get(__name__)


async def queue_due_hosts(app: JobQueue, frontier: Frontier, upkeep: Upkeep, *, slots_per_worker: int) -> None:
    """Queue a job for each host with something due, as far as its source and its site have room."""
    due = await frontier.due_hosts(utc_now())
    if not due:
        return
    workers = sum(process.role == "worker" for process in await upkeep.live_processes())
    hosts = admitted(due, await frontier.queued_hosts(VISITS), slots=slots_per_worker * max(1, workers))
    sources = {one.host: one.source_id for one in hosts}
    if hosts and (added := await defer_hosts(app, sources, sources=sources)):
        logger.debug("queued", hosts=added, held_back=len(due) - len(hosts))


async def repair_future_dates(upkeep: Upkeep) -> None:
    """Make due what a clock that was ahead for a while has postponed."""
    feeds, urls = await upkeep.repair_future_dates()
    if feeds or urls:
        logger.warning("a clock was ahead: what it postponed is due again", pages=feeds, urls=urls)


async def assign_stories(pool: Pool) -> None:
    """Assign newly stored articles to stories, a few hundred per run: this event loop has a lease to renew."""
    assigned = await assign_waiting(pool, now=utc_now, batch=STORY_BATCH, most=STORY_BATCHES)
    if assigned:
        logger.debug("assigned to stories", articles=assigned)


async def prune_records(pool: Pool, upkeep: Upkeep, *, days: int) -> None:
    """Delete old records of work, and what is no longer compared."""
    await upkeep.prune(days=days)
    await upkeep.prune_sketches(days=WINDOW.days)
    await upkeep.prune_processes()
    await fold_totals(pool)
    await prune_vectors(pool, today=utc_now().date())


async def count_days(pool: Pool) -> None:
    """Update the daily counts with what was stored."""
    async with pool.connection() as conn:
        await refresh_counts(conn, now=utc_now())


async def mark_up(coverage: Coverage, archive: Path | None) -> None:
    """Note that the service runs in this minute, and whether it can write the archive."""
    is_blocked = archive is not None and bool(await asyncio.to_thread(write_trouble, archive))
    await coverage.mark_up(utc_now(), is_blocked=is_blocked)


async def end_long_queries(pool: Pool, *, limit_s: float) -> None:
    """End what analysts' sessions do at the cost of others: analysts can switch their own timeouts off."""
    for ended in await end_overdue_queries(pool, limit_s=limit_s):
        logger.warning(
            "ended an analyst's statement", login=ended.login, why=ended.why, age_s=round(ended.age_s), pid=ended.pid
        )


async def prune_messages(watches: Watches, matcher: AlertMatcher) -> None:
    """Delete messages that ended long ago, and rewrite the feeds: forgotten articles leave them."""
    await watches.prune(before=utc_now() - KEEP_MESSAGES)
    await matcher.write_feeds()
