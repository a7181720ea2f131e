"""When a watched page is visited next: a pure function of its schedule, its history, and the result of the visit.

Failures are weighted as rss-fetcher documents them: hard 1 (the page is gone or forbidden), soft 0.5 (no answer, a server's
error, ill-formed), temporary 0.25 (asked to wait); a page that keeps failing is still tried weekly, and one that says
410 Gone from the second time on.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from scheduler.cadence.calendar import Schedule, next_firing
from scheduler.cadence.publishing_rate import PublishingRate, VisitBudget, begin, learn, wait_s, woken

SHORTEST_S = 5 * 60
LONGEST_S = 24 * 3600
DEAD_S = 7 * 24 * 3600
MAX_FAILURES = 10.0
OWN_FAILURE = 1.0
SHOWN = 20
"""Items that a feed usually shows."""
DEFAULT_BUDGET = VisitBudget(within_s=60.0, busy=75.0)
"""Used until the sources' busy rate is known and no other budget applies: about 35 visits per page and day."""
JITTER = 0.05
DATED_NOW_ITEMS, DATED_NOW_S = 5, 120.0
"""So many items that all appeared within so short a time before a first visit: the page dates its items by the request."""

Failure = Literal["gone", "hard", "soft", "temporary", "own"]
WEIGHT: dict[Failure, float] = {"gone": MAX_FAILURES / 2, "hard": 1.0, "soft": 0.5, "temporary": 0.25, "own": 0.0}


@dataclass(frozen=True, slots=True)
class History:
    """What is known of a watched page before this visit."""

    due_at: dt.datetime
    interval_s: int | None = None
    failures: float = 0.0
    publishing: PublishingRate | None = None
    visit_budget: VisitBudget = DEFAULT_BUDGET


@dataclass(frozen=True, slots=True)
class VisitResult:
    """The result of a visit. `failure` None is a proper answer; `min_interval` is what the page itself asks for.

    `published` holds the publication times of the items that the page shows, if they have any.
    """

    new: int = 0
    published: tuple[dt.datetime, ...] = ()
    failure: Failure | None = None
    min_interval: dt.timedelta | None = None
    retry_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class NextVisit:
    """When to visit the page again; `due_at` None is never."""

    due_at: dt.datetime | None
    interval_s: int | None
    failures: float
    publishing: PublishingRate | None = None
    """What was learned, to be stored; None leaves what is stored."""


def next_visit(
    schedule: Schedule | None, history: History, outcome: VisitResult, *, now: dt.datetime, chance: random.Random
) -> NextVisit:
    """When to visit next. `schedule` None is a crawl's page: once, and again only after a failure that may pass."""
    failures = min(MAX_FAILURES, history.failures + WEIGHT[outcome.failure]) if outcome.failure else 0.0
    if outcome.failure == "own":  # it is seen to fail, and is not thought to be lost
        failures = max(history.failures, OWN_FAILURE)
    if schedule is None:
        return _once(outcome, failures, now)
    if outcome.failure:
        return _after_failure(schedule, history, outcome, failures, now, chance)
    publishing = learned(history, outcome, now)
    if not schedule.is_adaptive:
        due = next_firing(schedule, now, anchor=history.due_at)
        return NextVisit(max(due, outcome.retry_at or due), schedule.interval_s, 0.0, publishing)
    interval = adaptive_interval(
        publishing, now.timestamp(), history.visit_budget, asked=outcome.min_interval, chance=chance
    )
    return NextVisit(now + dt.timedelta(seconds=interval), int(interval), 0.0, publishing)


def learned(history: History, outcome: VisitResult, now: dt.datetime) -> PublishingRate:
    """The page's publishing rate after a visit that it answered. Items without a date count as published now.

    Only URLs that the ledger had not known were published: a page that dates its items "now" at each request teaches nothing.
    """
    at, published = now.timestamp(), tuple(instant.timestamp() for instant in outcome.published)
    if history.publishing is None:
        return begin(() if _are_dated_now(published, at) else published, at)
    published = believed(published, history.publishing.newest_at, at, new=outcome.new)
    dated = sum(history.publishing.newest_at < one <= at for one in published)
    undated = 0 if dated else min(outcome.new, SHOWN)
    known = woken(history.publishing, published, at) if history.failures else history.publishing
    return learn(known, published, at, undated)


def believed(published: Sequence[float], newest_at: float, now: float, *, new: int) -> tuple[float, ...]:
    """The instants without those of known URLs that have a new date: of those after `newest_at`, the `new` earliest."""
    fresh = sorted(one for one in published if newest_at < one <= now)
    return (*(one for one in published if not newest_at < one <= now), *fresh[:new])


def _are_dated_now(published: Sequence[float], now: float) -> bool:
    """Whether several items have the time of the request for their date."""
    return len(published) >= DATED_NOW_ITEMS and min(published) > now - DATED_NOW_S


def adaptive_interval(
    publishing: PublishingRate,
    now: float,
    visit_budget: VisitBudget,
    *,
    chance: random.Random,
    asked: dt.timedelta | None = None,
) -> float:
    """Seconds until a visit is worth a request, with jitter, within bounds and no sooner than the page asks for."""
    floor = max(SHORTEST_S, min(LONGEST_S, asked.total_seconds() if asked else 0.0))
    wanted = wait_s(publishing, now, visit_budget, LONGEST_S) * chance.uniform(1 - JITTER, 1 + JITTER)
    return min(LONGEST_S, wanted) if wanted > floor else floor * chance.uniform(1.0, 1 + JITTER)


def backoff_s(failures: float, base_s: float) -> float:
    """Seconds to wait after so many weighted failures: doubling from `base_s`, capped at a day, a week when dead."""
    return float(DEAD_S if failures >= MAX_FAILURES else min(LONGEST_S, base_s * 2.0 ** min(failures, 20.0)))


def _after_failure(
    schedule: Schedule, history: History, outcome: VisitResult, failures: float, now: dt.datetime, chance: random.Random
) -> NextVisit:
    wait = backoff_s(failures, min(history.interval_s or SHORTEST_S, 3600)) * chance.uniform(1.0, 1.1)
    due = now + dt.timedelta(seconds=wait)
    if not schedule.is_adaptive:
        due = (
            max(due, next_firing(schedule, now, anchor=history.due_at)) if failures >= 1 else next_firing(schedule, now)
        )
    return NextVisit(max(due, outcome.retry_at or due), history.interval_s, failures)


ONCE_TRIES = 0.75
"""A crawl's page is tried until its weighted failures pass this: three times more for what may pass."""


def _once(outcome: VisitResult, failures: float, now: dt.datetime) -> NextVisit:
    if outcome.failure in (None, "hard") or failures > ONCE_TRIES:
        return NextVisit(None, None, failures)
    return NextVisit(outcome.retry_at or now + dt.timedelta(seconds=backoff_s(failures, 2.0)), None, failures)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long a failing URL is tried: waits grow fourfold from `first_s`."""

    max_attempts: int
    first_s: float = 15.0


ONE_OFF = RetryPolicy(max_attempts=3, first_s=2.0)
"""A user waits for a one-off crawl: two more tries, 2 s and 8 s apart."""


def retry_url_at(
    attempts: int, *, now: dt.datetime, retry_at: dt.datetime | None, retry_policy: RetryPolicy, chance: random.Random
) -> dt.datetime | None:
    """When a URL that failed `attempts` times is tried again, with jitter; None: no more.

    The host's own word (Retry-After) counts the first time; after that our retry policy too, whichever is longer.
    """
    if attempts >= retry_policy.max_attempts:
        return None
    if retry_at and attempts == 1:
        return max(now, retry_at) + dt.timedelta(seconds=chance.uniform(0.1, 1.0))
    wait = min(LONGEST_S, retry_policy.first_s * 4.0 ** min(attempts - 1, 10)) * chance.uniform(0.9, 1.1)
    due = now + dt.timedelta(seconds=wait)
    return max(due, retry_at) if retry_at else due
