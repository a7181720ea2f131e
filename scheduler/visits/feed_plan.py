"""When a watched page is visited next, from its row and the result of its visit; pure."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace

from crawler.exchange import NotModified
from crawler.fetch.freshness import fresh_for
from dateline import log
from dateline.types.article import Page
from dateline.types.source import PollingHints
from scheduler.cadence.calendar import Schedule, kept_schedule
from scheduler.cadence.next_visit import DEFAULT_BUDGET, History, NextVisit, VisitResult, next_visit
from scheduler.cadence.publishing_rate import PublishingRate, VisitBudget
from scheduler.visits.polling_hints import hinted_wait, outside_skipped_hours
from sql.frontier.rows import DueFeed

NO_HINTS = PollingHints()

logger = log.get(__name__)


def hinted_wait_of(hints: PollingHints, answer: Page | NotModified, *, now: dt.datetime) -> dt.timedelta | None:
    """How long the publisher asks to wait, by the feed's polling hints and the answer's headers."""
    return hinted_wait(hints, fresh_for(answer.headers, received_at=answer.fetched_at), now=now)


def plan_next(
    feed: DueFeed, outcome: VisitResult, *, now: dt.datetime, chance: random.Random, hints: PollingHints = NO_HINTS
) -> NextVisit:
    """When to visit the page next. An operator's own schedule takes precedence over the publisher's polling hints."""
    schedule = _schedule_of(feed)
    plan = next_visit(schedule, _history_of(feed), outcome, now=now, chance=chance)
    if plan.due_at is None or schedule is None or not schedule.is_adaptive:
        return plan
    return replace(plan, due_at=outside_skipped_hours(plan.due_at, hints, now=now))


def _schedule_of(feed: DueFeed) -> Schedule | None:
    """The page's schedule; None for a crawl's page, which is visited once."""
    if feed.crawl_id is not None:
        return None
    schedule = kept_schedule(feed.schedule, feed.timezone)
    if schedule.is_adaptive and feed.schedule != "adaptive":
        logger.warning("a schedule can't be read: adaptive instead", schedule=feed.schedule, zone=feed.timezone)
    return schedule


def _history_of(feed: DueFeed) -> History:
    known = PublishingRate.from_numbers(feed.rhythm) if feed.rhythm else None
    allowed = VisitBudget(feed.within_s or DEFAULT_BUDGET.within_s, feed.busy or DEFAULT_BUDGET.busy)
    return History(feed.next_due_at, feed.interval_s, feed.failures, known, allowed)
