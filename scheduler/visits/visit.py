"""One visit of a host: its due watched pages first, then its due URLs, politely, each committed as it ends."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from crawler.discovery.discover import READER, discover
from crawler.discovery.limits import DiscoveryLimits
from crawler.discovery.sections import section_links
from crawler.exchange import FetchRequest, NoFetch, NotFetched, NotModified
from crawler.fetch.fetcher import Fetcher
from crawler.fetch.freshness import fresh_for
from dateline import log
from dateline.config import Settings
from dateline.errors import ParseError
from dateline.parser_pool.pool import ParserPool
from dateline.text import bytes_hash
from dateline.types.article import Page
from dateline.types.source import ChildPage, Discovery, FeedKind, PollingHints
from dateline.urls import host_of, url_key
from pipelines.quarantine import PARSE_ENDS, feed_retry_at
from pipelines.store import Stored
from scheduler.cadence.cadence import ALLOWANCE, History, Next, Outcome, next_visit
from scheduler.cadence.calendar import Schedule, kept_schedule
from scheduler.cadence.publishing_rate import Allowance, PublishingRate
from scheduler.visits.polling_hints import asked_wait, rested
from scheduler.visits.recheck import Rechecker
from scheduler.visits.results import (
    FORGIVEN_REASONS,
    LONG_BACKOFF_S,
    Politeness,
    choose,
    is_lost_feed,
    miss_line,
    page_request,
    politeness,
    published,
    room_wait_s,
    unexpected,
    weigh,
)
from scheduler.visits.source_recovery import SourceRecovery
from scheduler.websub.visit import hubs_of, move_of, pushed_visit
from sql.database import has_no_room, may_pass
from sql.frontier.crawls import CrawlOptions, Crawls
from sql.frontier.frontier import Frontier
from sql.frontier.pace import DatabasePace
from sql.frontier.quarantine import Broken
from sql.frontier.rechecks import Rechecks
from sql.frontier.rows import DueFeed, DueUrl, FeedVisit, UrlResult, Validators

VISIT_S = 300.0
"""A job gives its host back after this long, so that newly due feeds and other work are not kept waiting."""
NOTHING_ASKED = PollingHints()

logger = log.get(__name__)


@dataclass(slots=True)
class Budget:
    """How many pages a crawl may still fetch; None is no limit."""

    left: int | None = None

    def take(self) -> bool:
        """True, and one less, while there is any left."""
        if self.left is None:
            return True
        self.left -= 1
        return self.left >= 0

    @property
    def is_spent(self) -> bool:
        """True when no further page may be fetched."""
        return self.left is not None and self.left <= 0


@dataclass(slots=True)
class Visitor:
    """Visits hosts. `stopping` ends visits between two URLs; `budget` is a crawl's."""

    fetcher: Fetcher
    parser_pool: ParserPool
    frontier: Frontier
    crawls: Crawls
    settings: Settings
    clock: Callable[[], dt.datetime]
    rechecks: Rechecks | None = None
    """Where it is known which stored articles are to be asked for again; None: none are."""
    source_recovery: SourceRecovery | None = None
    """Looks for the new pages of sources that are lost; None: nobody does."""
    pace: DatabasePace | None = None
    """Whose releases of hosts are told together with visits; None: they are told apart."""
    chance: random.Random = field(default_factory=random.Random)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    budget: Budget = field(default_factory=Budget)
    listener: Callable[[DueUrl, UrlResult], None] = lambda due, result: None
    """Told of every result after it was committed."""
    full_since: float | None = None
    """When the database began to have no room (the loop's clock)."""

    async def visit_host(self, host: str, crawl_id: int | None = None) -> None:
        """Do what is due at a host until nothing is, time is up, or the host asks to be left alone.

        While the database has no room, nothing is fetched and nothing is anybody's fault: what is due stays so.
        """
        deadline = asyncio.get_running_loop().time() + VISIT_S
        while True:
            try:
                await self._visit_host(host, crawl_id, deadline)
                return
            except Exception as error:
                if not has_no_room(error) or not await self._wait_for_room(error, deadline):
                    raise

    async def _wait_for_room(self, error: Exception, deadline: float) -> bool:
        """Wait as long again as the database has had no room; False when the visit's time is up or this process ends."""
        now = asyncio.get_running_loop().time()
        if self.full_since is None:
            logger.error("fetching pauses: the database has no room. Make some, it resumes by itself", error=str(error))
            self.full_since = now
        with suppress(TimeoutError):
            await asyncio.wait_for(self.stopping.wait(), room_wait_s(now - self.full_since))
        return asyncio.get_running_loop().time() < deadline and not self.stopping.is_set()

    def _has_room(self) -> None:
        if self.full_since is not None:
            logger.warning("fetching resumes: the database has room again")
            self.full_since = None

    async def _visit_host(self, host: str, crawl_id: int | None, deadline: float) -> None:
        loop = asyncio.get_running_loop()
        with log.bind(host=host, visit=secrets.token_hex(4)):
            while loop.time() < deadline and not self.stopping.is_set():
                feeds, has_more = await self.frontier.due_feeds(host, crawl_id, self.clock()), True
                for feed in feeds:
                    if self.stopping.is_set():
                        return
                    has_more = await self._visit_surely(feed)
                if not has_more:
                    return
                fetched = await self._fetch_due(host, crawl_id, deadline)
                if feeds or fetched:
                    continue
                if crawl_id is not None or not await self._recheck_due(host):
                    return

    # Watched pages -------------------------------------------------------------------------------------------------------

    async def _visit_surely(self, feed: DueFeed) -> bool:
        """Visit one watched page; returns whether more may be due at its host.

        What nobody expected is a failed visit too, else the page would be due again at once, for ever.
        """
        started = self.clock()
        try:
            return await self.visit_feed(feed)
        except Exception as error:
            if may_pass(error) or has_no_room(error):
                raise
            logger.exception("a visit failed in a way that nobody expected", source=feed.source, url=feed.url)
            miss = unexpected(feed.url, error, now=self.clock())
            await self.frontier.commit_visit(self._failed_visit(feed, miss, started))
            return True

    async def visit_feed(self, feed: DueFeed) -> bool:
        """Visit one watched page and commit what it named; returns whether more may be due at its host."""
        started = self.clock()
        polite = politeness(feed.politeness, feed.options, self.settings)
        outcome = await self.fetcher.fetch(
            FetchRequest(
                url=feed.url,
                role="feed",
                etag=feed.etag,
                last_modified=feed.last_modified,
                delay_s=polite.delay_s,
                concurrency=polite.concurrency,
                obey_robots=polite.obey_robots,
            )
        )
        with log.bind(source=feed.source, url=feed.url):
            match outcome:
                case NotFetched(reason="stopped"):
                    # this process ends: the page stays due, for whoever comes next
                    return True
                case NotFetched():
                    visit = self._failed_visit(feed, outcome, started)
                    logger.info("visit failed", reason=outcome.reason, status=outcome.status)
                case NotModified():
                    visit = self._quiet_visit(feed, "not_modified", started, outcome)
                case Page():
                    visit = await self._read_feed(feed, outcome, started)
            if visit.is_ok and not isinstance(outcome, NotFetched):
                visit = replace(visit, move=move_of(feed, outcome, now=visit.now))
                visit = pushed_visit(feed, visit, now=visit.now) if feed.is_pushed else visit
            if visit.is_quiet:
                has_more, new = await self._commit_quiet(visit), 0
            else:
                has_more, new = True, await self.frontier.commit_visit(visit)
            if new:
                self._has_room()
            logger.info("visited", outcome=visit.outcome, new=new)
            if not visit.is_ok and self.source_recovery is not None:
                await self.source_recovery.look_again(feed)
        return has_more

    async def _commit_quiet(self, visit: FeedVisit) -> bool:
        """Commit it, together with the end of its request; returns whether more may be due at the host."""
        host = host_of(visit.feed.url)
        release = self.pace.take_release(host) if self.pace else None
        try:
            return await self.frontier.commit_quiet_visit(visit, delay_s=release.left_s if release else None)
        except BaseException:
            if self.pace and release:
                self.pace.owe(host, release)
            raise

    async def _read_feed(self, feed: DueFeed, page: Page, started: dt.datetime) -> FeedVisit:
        digest = bytes_hash(page.body)
        validators = Validators(page.header("etag"), page.header("last-modified"), digest)
        if digest == feed.body_hash:
            quiet = self._quiet_visit(feed, "same_body", started, page)
            return replace(quiet, size=len(page.body), validators=validators)
        try:
            found = await self._discover(feed, page)
        except ParseError as error:
            miss = NotFetched(
                url=feed.url, reason=error.reason, status=page.status, is_temporary=True, detail=str(error)
            )
            if error.reason not in PARSE_ENDS or error.is_temporary:
                return self._failed_visit(feed, miss, started)
            return await self._broken_visit(feed, miss, started)
        if is_lost_feed(feed, found):
            what = "; ".join(found.warnings) or "neither a feed nor a sitemap"
            return self._failed_visit(feed, NotFetched(feed.url, "no_feed", page.status, detail=what), started)
        options = CrawlOptions.from_json(feed.options)
        wanted, left_out = choose(found.candidates, options)
        wait = self._asked_wait(found.polling_hints, page)
        is_page_of_links = found.found_kind in ("home", "section")
        return FeedVisit(
            feed=feed,
            started_at=started,
            now=self.clock(),
            outcome="changed",
            is_ok=True,
            plan=lambda new: self._next(
                feed, Outcome(new=new, published=published(found), min_interval=wait), found.polling_hints
            ),
            status=page.status,
            size=len(page.body),
            found_kind=found.found_kind,
            candidates=wanted if feed.depth < options.depth else (),
            left_out=left_out,
            children=found.children,
            child_kind="section" if is_page_of_links else "sitemap",
            child_depth=feed.depth + 1 if is_page_of_links else feed.depth,
            warnings=found.warnings,
            depth=feed.depth + 1,
            priority=10 if feed.crawl_id else 0,
            validators=validators,
            asked=found.polling_hints,
            hubs=hubs_of(page, found) if self.settings.callback_url and feed.crawl_id is None else None,
        )

    async def _discover(self, feed: DueFeed, page: Page) -> Discovery:
        """What the page names; for a crawl that goes deeper, a section page's own sections too."""
        kind = page.header("content-type")
        recent = None if feed.crawl_id else self.settings.sitemap_recent_days or None
        limits = DiscoveryLimits(sitemap_recent_days=recent)
        read = partial(discover, url=page.final_url, content_type=kind, kind=feed.kind, now=self.clock(), limits=limits)
        found = await self.parser_pool.run(read, page.body, deadline_s=self.settings.parse_deadline_s, subject=feed.url)
        options = CrawlOptions.from_json(feed.options)
        if feed.crawl_id and found.found_kind in ("home", "section") and feed.depth + 1 < options.depth:
            read_sections = partial(section_links, url=page.final_url, content_type=kind)
            sections = await self.parser_pool.run(
                read_sections, page.body, deadline_s=self.settings.parse_deadline_s, subject=feed.url
            )
            found = replace(found, children=tuple(ChildPage(url) for url in sections))
        return found

    def _quiet_visit(self, feed: DueFeed, outcome: str, started: dt.datetime, answer: Page | NotModified) -> FeedVisit:
        wait = self._asked_wait(feed.asked, answer)
        return FeedVisit(
            feed=feed,
            started_at=started,
            now=self.clock(),
            outcome=outcome,
            is_ok=True,
            plan=lambda _: self._next(feed, Outcome(min_interval=wait), feed.asked),
            status=answer.status,
        )

    def _failed_visit(self, feed: DueFeed, miss: NotFetched, started: dt.datetime) -> FeedVisit:
        return FeedVisit(
            feed=feed,
            started_at=started,
            now=self.clock(),
            outcome=miss.reason,
            is_ok=False,
            plan=lambda _: self._next(feed, Outcome(failure=weigh(miss), retry_at=miss.retry_after)),
            status=miss.status,
            detail=miss.detail,
        )

    async def _broken_visit(self, feed: DueFeed, miss: NotFetched, started: dt.datetime) -> FeedVisit:
        """The visit of a page that broke its reader: the third time it is held, and looked at once a week."""
        until = feed_retry_at(1 + await self.frontier.failures(feed), now=self.clock())
        is_watched = feed.crawl_id is None
        last = replace(miss, retry_after=until if is_watched else None, is_temporary=until is None)
        visit = self._failed_visit(feed, last, started)
        broken = Broken(feed.url, url_key(feed.url), "discover", miss.reason, miss.detail, READER, feed.id)
        return replace(visit, broken=broken)

    def _asked_wait(self, asked: PollingHints, answer: Page | NotModified) -> dt.timedelta | None:
        """How long the publisher asks to wait, by the feed's words and the answer's headers."""
        return asked_wait(asked, fresh_for(answer.headers, received_at=answer.fetched_at), now=self.clock())

    def _next(self, feed: DueFeed, outcome: Outcome, asked: PollingHints = NOTHING_ASKED) -> Next:
        schedule: Schedule | None = kept_schedule(feed.schedule, feed.timezone) if feed.crawl_id is None else None
        if schedule is not None and schedule.is_adaptive and feed.schedule != "adaptive":
            logger.warning("a schedule can't be read: adaptive instead", schedule=feed.schedule, zone=feed.timezone)
        known = PublishingRate.from_numbers(feed.rhythm) if feed.rhythm else None
        allowed = Allowance(feed.within_s or ALLOWANCE.within_s, feed.busy or ALLOWANCE.busy)
        history = History(feed.next_due_at, feed.interval_s, feed.failures, known, allowed)
        plan = next_visit(schedule, history, outcome, now=self.clock(), chance=self.chance)
        if plan.due_at is None or schedule is None or not schedule.is_adaptive:
            return plan  # an operator's own schedule stands against the publisher's wishes
        return replace(plan, due_at=rested(plan.due_at, asked, now=self.clock()))

    # URLs ----------------------------------------------------------------------------------------------------------------

    async def _fetch_due(self, host: str, crawl_id: int | None, deadline: float) -> int:
        """Fetch a host's due URLs, as many at once as its politeness allows; returns how many were tried."""
        loop = asyncio.get_running_loop()
        running: dict[asyncio.Task[dt.datetime | None], int] = {}
        tried, width, waiting = 0, 1, list[DueUrl]()
        try:
            while True:
                may_go_on = loop.time() < deadline and not self.stopping.is_set() and not self.budget.is_spent
                if may_go_on and not waiting:
                    busy = set(running.values())
                    due = await self.frontier.due_urls(host, crawl_id, self.clock(), limit=50 + len(busy))
                    waiting = [one for one in due if one.id not in busy]
                    waiting.reverse()
                while may_go_on and waiting and len(running) < width and self.budget.take():
                    one = waiting.pop()
                    polite = politeness(one.politeness, one.options, self.settings)
                    width = polite.concurrency
                    running[asyncio.create_task(self.fetch_url(one, polite))] = one.id
                    tried += 1
                if not running:
                    return tried
                done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    del running[task]
                    until = task.result()
                    if until and (until - self.clock()).total_seconds() > LONG_BACKOFF_S:
                        await self.frontier.postpone(host, [one.id for one in waiting], until)
                        deadline = 0.0
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def fetch_url(self, due: DueUrl, polite: Politeness) -> dt.datetime | None:
        """Send a URL down the line; its result is committed when this returns. Returns until when the host is to be left."""
        with log.bind(source=due.source, url=due.url):
            outcome = await self.down_the_line(page_request(due, polite))
            if isinstance(outcome, NotFetched):
                await self._record_miss(due, outcome)
                logger.info("not fetched", reason=outcome.reason, status=outcome.status)
                return outcome.retry_after
            if isinstance(outcome, Stored):
                self._has_room()
                self.listener(due, outcome.result)
                logger.info("fetched", result=outcome.result.result, reason=outcome.result.reason)
                await self._follow_target(due, outcome)
        return None

    async def down_the_line(self, request: FetchRequest) -> Any:
        """What became of a page: what the last step gave, or why it was not fetched."""
        try:
            return await self.fetcher.fetch_item(request)
        except NoFetch as end:
            return end.outcome(request.url)
        except Exception as error:
            if may_pass(error) or has_no_room(error):
                raise
            logger.exception("a page failed in a way that nobody expected")
            return unexpected(request.url, error, now=self.clock())

    async def _recheck_due(self, host: str) -> int:
        """Ask again for a few of a host's stored articles, since nothing else is due; returns how many."""
        return await Rechecker(self, self.rechecks).recheck_due(host) if self.rechecks is not None else 0

    async def _record_miss(self, due: DueUrl, miss: NotFetched) -> None:
        now = self.clock()
        if miss.reason in FORGIVEN_REASONS:
            await self.frontier.postpone(due.host, [due.id], miss.retry_after or now + dt.timedelta(seconds=5))
            return
        line = miss_line(due, miss, now=now, max_attempts=self.settings.max_attempts, chance=self.chance)
        await self.frontier.finish(line)
        self.listener(due, line)

    async def _follow_target(self, due: DueUrl, stored: Stored) -> None:
        """A crawl's target that turned out to be a feed or a section page is looked through as such."""
        reason = stored.result.reason
        if due.crawl_id is None or due.via != "target" or stored.result.result != "rejected":
            return
        kinds: dict[str | None, FeedKind] = {"feed": "auto", "section": "section"}
        if reason in kinds:
            url = stored.result.final_url or due.url
            await self.crawls.watch(due.crawl_id, due.source_id, url, kinds[reason], now=self.clock())
