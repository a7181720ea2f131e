"""Fetches the stored articles of a host again: `rechecks` decides what is due, this module commits the results."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from crawler.exchange import OWN_ACCESS, NotFetched, NotModified
from dateline import log
from pipelines.store import Stored
from scheduler.cadence.recheck_schedule import RecheckResult, next_day, next_recheck, parse_ages, rechecks_left, stretch
from scheduler.visits.conditional import recheck_condition
from scheduler.visits.context import VisitContext
from scheduler.visits.page_fetch import PageFetcher
from scheduler.visits.results import FORGIVEN_REASONS, LONG_BACKOFF_S, miss_line, page_request, politeness
from sql.frontier.rechecks import DueRecheck, Rechecks
from sql.frontier.rows import DueUrl, UrlResult, as_recheck

RECHECKS_AT_ONCE = 10
PATIENT = dt.timedelta(minutes=5)

logger = log.get(__name__)


class Rechecker:
    """Fetches stored articles again."""

    def __init__(self, context: VisitContext, pages: PageFetcher, rechecks: Rechecks) -> None:
        self._context, self._pages, self._rechecks = context, pages, rechecks

    async def recheck_due(self, host: str) -> int:
        """Ask again for some of a host's stored articles, one after the other; returns how many.

        New ones go first: this is called when nothing else is due, and only for a few at a time.
        """
        if not self._context.settings.recheck_ages:
            await self._rechecks.drop_due(host, self._context.clock())
            return 0
        done, spent = 0, set[int]()
        for one in await self._rechecks.due(host, self._context.clock(), limit=RECHECKS_AT_ONCE):
            if self._context.stopping.is_set():
                break
            if one.source_id in spent or not self._may_recheck(one, done):
                spent.add(one.source_id)
                now = self._context.clock()
                await self._rechecks.postpone_source(one.source_id, now=now, until=next_day(now))
                continue
            until = await self.recheck_url(one)
            done += 1
            if until is not None and (until - self._context.clock()).total_seconds() > LONG_BACKOFF_S:
                break
        return done

    def _may_recheck(self, one: DueRecheck, more: int) -> bool:
        return more < rechecks_left(
            done_today=one.done_today,
            all_today=one.all_today,
            pages_a_day=self._context.settings.max_pages_a_day,
            share=self._context.settings.recheck_share,
            most_a_day=self._context.settings.recheck_max_a_day,
        )

    async def recheck_url(self, one: DueRecheck) -> dt.datetime | None:
        """Ask again for a stored article; what came of it is committed when this returns.

        Returns until when the host is to be left.
        """
        due, polite = one.due_url, politeness(one.politeness, {}, self._context.settings)
        if not polite.fetch_pages:
            await self._rechecks.drop(one.id)
            return None
        condition = recheck_condition(one)
        request = replace(page_request(due, polite), etag=condition.etag, last_modified=condition.last_modified)
        with log.bind(source=one.source, url=one.url):
            outcome = await self._pages.fetch_page(request)
            now = self._context.clock()
            if isinstance(outcome, NotFetched) and outcome.reason in FORGIVEN_REASONS | OWN_ACCESS:
                await self._rechecks.postpone([one.id], outcome.retry_after or now + PATIENT)
                return outcome.retry_after
            line, is_back = await self._rechecked(one, due, outcome, now)
            found = recheck_outcome(line, is_back=is_back)
            plan = next_recheck(
                parse_ages(self._context.settings.recheck_ages),
                one.step,
                one.failures,
                found,
                began_at=one.began_at,
                now=now,
                stretch=stretch(one.done_lately, one.changed_lately),
            )
            kept = (
                line
                if line.etag or line.last_modified
                else replace(line, etag=one.etag, last_modified=one.last_modified)
            )
            await self._rechecks.count(one.id, now.date(), changed=found in ("changed", "removed"))
            await self._rechecks.keep(one.id, plan, began_at=one.began_at, line=kept)
            self._context.listener(due, line)
            logger.info("asked again", result=line.result, reason=line.reason)
        return outcome.retry_after if isinstance(outcome, NotFetched) else None

    async def _rechecked(self, one: DueRecheck, due: DueUrl, outcome: Any, now: dt.datetime) -> tuple[UrlResult, bool]:
        """Commit an outcome, unless the line has; the ledger's line, and whether the article was back."""
        if isinstance(outcome, Stored):
            return outcome.result, False
        if isinstance(outcome, NotModified) and one.article_id is not None:
            line = UrlResult(
                one.id,
                "stored",
                "unchanged",
                "not_modified",
                now,
                article_id=one.article_id,
                status=304,
                is_recheck=True,
            )
            return line, await self._rechecks.keep_unchanged(line, one.article_id)
        miss = (
            outcome
            if isinstance(outcome, NotFetched)
            else NotFetched(url=one.url, reason="no_answer", is_temporary=True)
        )
        line = as_recheck(miss_line(due, miss, now=now, max_attempts=0, chance=self._context.chance))
        await self._context.frontier.finish(line)
        return line, False


def recheck_outcome(line: UrlResult, *, is_back: bool = False) -> RecheckResult:
    """The result of a re-check, as its schedule takes it."""
    if line.result == "removed":
        return "removed"
    if line.result == "revised" or is_back:
        return "changed"
    return "unchanged" if line.result == "unchanged" else "failed"
