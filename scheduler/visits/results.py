"""Decisions within a visit: how to treat a host, how much a miss weighs, what the ledger records; pure functions."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, fields, replace
from typing import Any

from crawler.exchange import OWN_ACCESS, FetchRequest, NotFetched, PaceElsewhere, Slot
from crawler.politeness.retry_after import asks_to_wait
from dateline.config import Settings
from dateline.errors import ArchiveError
from dateline.types import source
from dateline.types.article import ENTRIES, Candidate
from dateline.types.source import Access, Discovery, access_of
from dateline.urls import site_of
from scheduler.cadence.next_visit import ONE_OFF, Failure, RetryPolicy, retry_url_at
from sql.frontier.crawls import CrawlOptions
from sql.frontier.rows import DueFeed, DueUrl, UrlResult

LONG_BACKOFF_S = 20.0
"""A host that asks to wait longer than this is left alone until then; for less, the job waits."""
ARCHIVE_WAIT = dt.timedelta(minutes=1)
"""How long pages wait when the archive can't be written."""
ROOM_WAIT_S = (2.0, 60.0)
ACCESS_WAIT = dt.timedelta(minutes=5)
"""How long pages wait when our own proxy or login does not work."""
LIMIT_WAIT_S = 5.0
"""How long a watched page waits when this machine has no room for a connection."""
FRESH = dt.timedelta(days=1)
"""The page of an article that is not older may still come, where it is not found."""
FORGIVEN_REASONS = frozenset({"host_backoff", "daily_limit", "stopped", "archive_full", "local_limit"})
"""Misses that say nothing about the URL: they do not count as an attempt."""


@dataclass(frozen=True, slots=True)
class HostPoliteness:
    """How a host is to be treated on this visit."""

    delay_s: float
    concurrency: int
    obey_robots: bool
    pages_a_day: int
    access: Access = Access()
    fetch_pages: bool = True
    elsewhere: PaceElsewhere | None = None
    """The most that is asked of other sites' hosts, where its pages lead there; None: a crawl says how all are asked."""


def room_wait_s(full_s: float) -> float:
    """Seconds until a page is fetched again to see whether the database has room: as long again as it has had none."""
    shortest, longest = ROOM_WAIT_S
    return min(longest, max(shortest, full_s))


def published(found: Discovery) -> tuple[dt.datetime, ...]:
    """When the page's items were published, newest last, if it says so; enough of them to learn its publishing rate."""
    return tuple(sorted(one.published_at for one in found.candidates if one.published_at)[-200:])


def is_lost_feed(feed: DueFeed, found: Discovery) -> bool:
    """Whether a page names nothing that can be read, or a source's page is not what it was watched as: an error page with 200, a
    login, a parked domain."""
    if feed.crawl_id is not None:
        return found.found_kind is None
    return found.found_kind is None or (
        feed.kind in ("feed", "wordpress", "news_sitemap", "sitemap") and found.found_kind in ("section", "home")
    )


def unexpected(url: str, error: Exception, *, now: dt.datetime) -> NotFetched:
    """An error that no step expects, as a miss: tried again later and less and less often, never in its neighbours' way.

    An archive that takes nothing (its disk is full) is not the page's fault: its host is left alone for a while.
    """
    detail = f"{type(error).__name__}: {error}"
    if isinstance(error, ArchiveError) and error.is_temporary:
        return NotFetched(url=url, reason="archive_full", retry_after=now + ARCHIVE_WAIT, detail=detail)
    return NotFetched(url=url, reason="internal_error", detail=detail)


def page_request(due: DueUrl, polite: HostPoliteness, slot: Slot | None = None) -> FetchRequest:
    """The request for a page of the ledger."""
    return FetchRequest(
        url=due.url,
        role="page",
        delay_s=polite.delay_s,
        concurrency=polite.concurrency,
        elsewhere=polite.elsewhere,
        pages_a_day=polite.pages_a_day,
        named_by=due.named_by,
        obey_robots=polite.obey_robots,
        access=polite.access,
        slot=slot,
        payload=due,
    )


def politeness(overrides: dict[str, Any], options: dict[str, Any], settings: Settings) -> HostPoliteness:
    """How to treat a host: the configuration, a source's overrides, then a one-off crawl's options."""
    delay = options.get("delay_s")
    if delay is None:
        delay = overrides.get("delay_s")
    if delay is None:
        delay = settings.delay_s
    concurrency = options.get("concurrency") or overrides.get("concurrency") or settings.concurrency
    pages = overrides.get("max_pages_a_day") or settings.max_pages_a_day
    return HostPoliteness(
        float(delay),
        int(concurrency),
        bool(overrides.get("obey_robots", True)),
        int(pages),
        _access(overrides),
        bool(overrides.get("fetch_pages", True)),
        PaceElsewhere(settings.delay_s, settings.concurrency) if options.get("delay_s") is None else None,
    )


def politeness_of(due: DueUrl, settings: Settings) -> HostPoliteness:
    """How to treat the host of a URL of the ledger. What a source was allowed at its own servers holds for no other site's."""
    polite = politeness(due.politeness, due.options, settings)
    return _elsewhere(polite, settings) if due.is_hearsay else polite


def politeness_of_feed(feed: DueFeed, settings: Settings) -> HostPoliteness:
    """How to treat the host of a watched page; one that a page of the source named may be another site's."""
    polite = politeness(feed.politeness, feed.options, settings)
    is_elsewhere = feed.is_child and feed.own_sites and site_of(feed.url) not in feed.own_sites
    return _elsewhere(polite, settings) if is_elsewhere else polite


def _elsewhere(polite: HostPoliteness, settings: Settings) -> HostPoliteness:
    """How to treat another site's host: never less politely than the configuration, but where a crawl says so."""
    if polite.elsewhere is None:
        return polite
    return replace(
        polite,
        delay_s=max(polite.delay_s, polite.elsewhere.delay_s),
        concurrency=min(polite.concurrency, polite.elsewhere.concurrency),
        pages_a_day=min(polite.pages_a_day, settings.max_pages_a_day),
    )


def _access(overrides: dict[str, Any]) -> Access:
    """How the source's servers are asked; the queries put its home page beside its politeness."""
    known = {one.name for one in fields(source.Politeness)}
    polite = source.Politeness(**{name: value for name, value in overrides.items() if name in known})
    return access_of(overrides.get("home", ""), polite)


def choose(
    candidates: tuple[Candidate, ...], options: CrawlOptions
) -> tuple[tuple[Candidate, ...], tuple[Candidate, ...]]:
    """Candidates that are wanted, and those that are known to be older than a crawl's `since`."""
    if options.since is None:
        return candidates, ()
    since = options.since

    def is_old(one: Candidate) -> bool:
        latest = max((at for at in (one.published_at, one.modified_at) if at), default=None)
        return latest is not None and latest < since

    return tuple(c for c in candidates if not is_old(c)), tuple(c for c in candidates if is_old(c))


def weigh(miss: NotFetched) -> Failure:
    """How much a failed visit says about the page: gone when the host said so (410), hard when it said no, temporary when it
    asked to wait."""
    if miss.reason in OWN_ACCESS:
        return "own"
    if miss.retry_after is not None or asks_to_wait(miss.status) or miss.reason in FORGIVEN_REASONS:
        return "temporary"
    if miss.is_temporary:
        return "soft"
    return "gone" if miss.status == 410 else "hard"


def retry_policy(due: DueUrl, max_attempts: int) -> RetryPolicy:
    """How often, and after how long, the URL is tried again."""
    return ONE_OFF if due.crawl_id else RetryPolicy(max_attempts=max_attempts)


def is_not_up_yet(due: DueUrl, miss: NotFetched, *, now: dt.datetime) -> bool:
    """Whether a page that is not found may come: publishers name articles before they are up. What a site says of one that
    it names is stored at once, and its page is asked for as a re-check."""
    if miss.status != 404 or due.crawl_id or due.is_recheck or due.is_backfill or due.may_be_replaced:
        return False
    told = max((at for at in (due.candidate.published_at, due.candidate.modified_at) if at), default=None)
    return now - told < FRESH if told else due.via in ENTRIES | {"home", "section"}


def miss_line(
    due: DueUrl, miss: NotFetched, *, now: dt.datetime, max_attempts: int, chance: random.Random
) -> UrlResult:
    """The ledger's line for a URL that was not fetched: tried again, given up, or ended for good."""
    retry = now + ACCESS_WAIT if miss.reason in OWN_ACCESS else None
    if (miss.is_temporary or is_not_up_yet(due, miss, now=now)) and retry is None:
        pace = retry_policy(due, max_attempts)
        retry = retry_url_at(due.attempts + 1, now=now, retry_at=miss.retry_after, retry_policy=pace, chance=chance)
    is_gone = miss.status in (404, 410)
    state = "pending" if retry else "failed" if miss.is_temporary else "ended"
    result = "retry" if retry else "removed" if is_gone else "failed" if miss.is_temporary else "rejected"
    return UrlResult(
        url_id=due.id,
        state=state,
        result=result,
        reason=miss.reason,
        detail=miss.detail,
        now=now,
        next_attempt_at=retry,
        status=miss.status,
        final_url=miss.url,
        is_own_fault=miss.reason in OWN_ACCESS,
    )
