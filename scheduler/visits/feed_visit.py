"""The visit of one watched page: fetch it, read what it names, commit both with the time of the next visit."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import replace
from functools import partial

from crawler.discovery.discover import READER, discover
from crawler.discovery.limits import DiscoveryLimits
from crawler.discovery.sections import further_page, section_links
from crawler.exchange import OWN_ACCESS, FetchRequest, NotFetched, NotModified
from crawler.exchange import Outcome as FetchOutcome
from crawler.source_finder.wordpress import further_posts_url
from dateline import log
from dateline.errors import ParseError
from dateline.reading import reading
from dateline.text import bytes_hash
from dateline.types.article import Page
from dateline.types.source import ChildPage, Discovery
from dateline.urls import host_of, unwrap, url_key
from pipelines.quarantine import PARSE_ENDS, feed_retry_at
from scheduler.cadence.next_visit import VisitResult
from scheduler.visits.conditional import FALSE_304, SentValidators, condition_of, renewed, validators_of
from scheduler.visits.context import VisitContext
from scheduler.visits.database_room import is_database_fault
from scheduler.visits.feed_plan import hinted_wait_of, plan_next
from scheduler.visits.followed_redirects import redirect_of
from scheduler.visits.results import (
    ACCESS_WAIT,
    LIMIT_WAIT_S,
    choose,
    is_lost_feed,
    politeness_of_feed,
    published,
    unexpected,
    weigh,
)
from scheduler.websub.visit import hubs_of, pushed_visit
from sql.frontier.crawls import CrawlOptions
from sql.frontier.quarantine import Broken
from sql.frontier.rows import DueFeed, FeedVisit, Validators

MOST_FURTHER = 5
"""Further lists of posts that one visit reads."""

logger = log.get(__name__)


class FeedVisitor:
    """Visits watched pages."""

    def __init__(self, context: VisitContext) -> None:
        self._context = context

    async def visit_or_record(self, feed: DueFeed) -> bool:
        """Visit one watched page; returns whether more may be due at its host.

        An unexpected error is recorded as a failed visit, or else the page would be due again at once, without end.
        """
        started = self._context.clock()
        try:
            return await reading(feed.url, self.visit_feed(feed))
        except Exception as error:
            if is_database_fault(error):
                raise
            logger.exception("a visit failed with an unexpected error", source=feed.source, url=feed.url)
            miss = unexpected(feed.url, error, now=self._context.clock())
            await self._context.frontier.commit_visit(self._failed_visit(feed, miss, started))
            return True

    async def visit_feed(self, feed: DueFeed) -> bool:
        """Visit one watched page and commit what it named; returns whether more may be due at its host."""
        started = self._context.clock()
        condition = condition_of(feed, now=started)
        outcome = await self._context.fetcher.fetch(self._request(feed, condition))
        if isinstance(outcome, NotFetched) and outcome.reason == "stopped":
            return True  # this process ends: the page stays due, for the next worker
        if isinstance(outcome, NotFetched) and outcome.reason == "local_limit":
            logger.error("a visit waits: this machine has no room for a connection", url=feed.url, error=outcome.detail)
            await asyncio.sleep(LIMIT_WAIT_S)
            return False  # not the page's failure: it stays due
        with log.bind(source=feed.source, url=feed.url):
            visit = await self._visit_of(feed, outcome, started)
            if visit.is_quiet:
                has_more, new = await self._commit_quiet(visit), 0
            else:
                has_more, new = True, await self._context.frontier.commit_visit(visit)
            if new:
                self._context.room.restored()
            if new and condition.is_withheld:
                await self._try_validators(feed)
            logger.info("visited", outcome=visit.outcome, new=new)
            is_of_source = not visit.is_ok and visit.outcome not in OWN_ACCESS
            if is_of_source and self._context.source_recovery is not None:
                await self._context.source_recovery.recover(feed)
        return has_more

    async def _try_validators(self, feed: DueFeed) -> None:
        """Ask with the validators of the last body, now that the page has changed: a 304 shows that they are wrong."""
        second = await self._context.fetcher.fetch(self._request(feed, SentValidators(feed.etag, feed.last_modified)))
        if isinstance(second, NotModified):
            logger.warning(f"{FALSE_304}: its validators are no longer used")
            await self._context.frontier.distrust_validators(feed, detail=FALSE_304, now=self._context.clock())

    def _request(self, feed: DueFeed, condition: SentValidators) -> FetchRequest:
        polite = politeness_of_feed(feed, self._context.settings)
        return FetchRequest(
            url=feed.url,
            role="feed",
            named_by=feed.own_sites if feed.is_child else (),
            etag=condition.etag,
            last_modified=condition.last_modified,
            delay_s=polite.delay_s,
            concurrency=polite.concurrency,
            elsewhere=polite.elsewhere,
            obey_robots=polite.obey_robots,
            access=polite.access,
        )

    async def _visit_of(self, feed: DueFeed, outcome: FetchOutcome, started: dt.datetime) -> FeedVisit:
        """The visit as it is committed, from the result of the fetch."""
        if isinstance(outcome, NotFetched):
            logger.info("visit failed", reason=outcome.reason, status=outcome.status)
            return self._failed_visit(feed, outcome, started)
        if isinstance(outcome, NotModified):
            visit = replace(
                self._quiet_visit(feed, "not_modified", started, outcome), validators=renewed(feed, outcome)
            )
        else:
            visit = await self._read_feed(feed, outcome, started)
        if not visit.is_ok:
            return visit
        visit = replace(visit, move=redirect_of(feed, outcome, now=visit.now))
        return pushed_visit(feed, visit, now=visit.now) if feed.is_pushed else visit

    async def _commit_quiet(self, visit: FeedVisit) -> bool:
        """Commit it, together with the end of its request; returns whether more may be due at the host."""
        host, pace = host_of(visit.feed.url), self._context.pace
        release = pace.take_release(host) if pace else None
        try:
            return await self._context.frontier.commit_quiet_visit(visit, delay_s=release.left_s if release else None)
        except BaseException:
            if pace and release:
                pace.owe(host, release)
            raise

    async def _read_feed(self, feed: DueFeed, page: Page, started: dt.datetime) -> FeedVisit:
        digest = bytes_hash(page.body)
        validators = validators_of(page, digest)
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
        if found.found_kind == "wordpress" and feed.crawl_id is None:
            found = await self._with_further_posts(feed, page, found)
        if found.found_kind == "section" or (found.found_kind == "home" and not feed.crawl_id):
            found = await self._with_further_page(feed, page, found)
        return self._changed_visit(feed, page, found, validators, started)

    async def _with_further_posts(self, feed: DueFeed, page: Page, found: Discovery) -> Discovery:
        """With the posts of the next lists, while all of a list were published since the last visit."""
        read, url = found, page.final_url
        for _ in range(MOST_FURTHER):
            dates = [one.published_at for one in read.candidates if one.published_at]
            if feed.last_visit_at is None or not dates or min(dates) <= feed.last_visit_at:
                break
            url = further_posts_url(url)
            answer = await self._context.fetcher.fetch(replace(self._request(feed, SentValidators()), url=url))
            if not isinstance(answer, Page):
                break
            read = await self._discover(feed, answer)
            found = replace(
                found,
                candidates=(*found.candidates, *read.candidates),
                identities={**found.identities, **read.identities},
            )
        return found

    async def _with_further_page(self, feed: DueFeed, page: Page, found: Discovery) -> Discovery:
        """The next page of a list is visited, too: by a crawl as far from the target as this one, for a source as a child.

        As a child it is visited at a rate of its own, seldom where it names only what the first page named before.
        """
        context, is_watched = self._context, feed.crawl_id is None
        read = partial(
            further_page, url=page.final_url, content_type=page.header("content-type"), is_watched=is_watched
        )
        deadline_s = context.settings.parse_deadline_s
        url = await context.parser_pool.run(read, page.body, deadline_s=deadline_s, subject=feed.url)
        if url and is_watched:
            return replace(found, children=(*found.children, ChildPage(url)))
        if url and feed.crawl_id and feed.depth < CrawlOptions.from_json(feed.options).depth:
            now = context.clock()
            await context.crawls.watch(feed.crawl_id, feed.source_id, url, "section", depth=feed.depth, now=now)
        return found

    def _changed_visit(
        self, feed: DueFeed, page: Page, found: Discovery, validators: Validators, started: dt.datetime
    ) -> FeedVisit:
        """The visit of a page that was read."""
        options, now = CrawlOptions.from_json(feed.options), self._context.clock()
        wanted, left_out = choose(found.candidates, options)
        if feed.crawl_id and feed.depth < options.depth:
            self._context.named.update(found.identities[unwrap(one.url)].key for one in wanted)
            self._context.named_older.update(found.identities[unwrap(one.url)].key for one in left_out)
        wait = hinted_wait_of(found.polling_hints, page, now=now)
        is_page_of_links = found.found_kind in ("home", "section")
        may_subscribe = self._context.settings.callback_url and feed.crawl_id is None
        return FeedVisit(
            feed=feed,
            started_at=started,
            now=now,
            outcome="changed",
            is_ok=True,
            plan=lambda new: plan_next(
                feed,
                VisitResult(new=new, published=published(found), min_interval=wait),
                now=self._context.clock(),
                chance=self._context.chance,
                hints=found.polling_hints,
            ),
            status=page.status,
            size=len(page.body),
            found_kind=found.found_kind,
            candidates=wanted if feed.depth < options.depth else (),
            left_out=left_out,
            speaks_for=feed.speaks_for(page.final_url),
            identities=found.identities,
            children=found.children,
            child_kind="section" if is_page_of_links else "sitemap",
            child_depth=feed.depth + 1 if is_page_of_links and feed.crawl_id else feed.depth,
            warnings=found.warnings,
            depth=feed.depth + 1,
            priority=10 if feed.crawl_id else 0,
            validators=validators,
            asked=found.polling_hints,
            hubs=hubs_of(page, found) if may_subscribe else None,
        )

    async def _discover(self, feed: DueFeed, page: Page) -> Discovery:
        """What the page names; for a crawl that goes deeper, a section page's own sections too."""
        settings, parser_pool = self._context.settings, self._context.parser_pool
        kind, deadline_s = page.header("content-type"), settings.parse_deadline_s
        recent = None if feed.crawl_id else settings.sitemap_recent_days or None
        limits, now = DiscoveryLimits(sitemap_recent_days=recent), self._context.clock()
        read = partial(discover, url=page.final_url, content_type=kind, kind=feed.kind, now=now, limits=limits)
        found = await parser_pool.run(read, page.body, deadline_s=deadline_s, subject=feed.url)
        options = CrawlOptions.from_json(feed.options)
        if feed.crawl_id and found.found_kind in ("home", "section") and feed.depth + 1 < options.depth:
            read_sections = partial(section_links, url=page.final_url, content_type=kind)
            sections = await parser_pool.run(read_sections, page.body, deadline_s=deadline_s, subject=feed.url)
            found = replace(found, children=tuple(ChildPage(url) for url in sections))
        return found

    def _quiet_visit(self, feed: DueFeed, outcome: str, started: dt.datetime, answer: Page | NotModified) -> FeedVisit:
        now, chance = self._context.clock(), self._context.chance
        wait = hinted_wait_of(feed.asked, answer, now=now)
        return FeedVisit(
            feed=feed,
            started_at=started,
            now=now,
            outcome=outcome,
            is_ok=True,
            plan=lambda _: plan_next(
                feed, VisitResult(min_interval=wait), now=self._context.clock(), chance=chance, hints=feed.asked
            ),
            status=answer.status,
        )

    def _failed_visit(self, feed: DueFeed, miss: NotFetched, started: dt.datetime) -> FeedVisit:
        own = self._context.clock() + ACCESS_WAIT if miss.reason in OWN_ACCESS else None
        failed = VisitResult(failure=weigh(miss), retry_at=miss.retry_after or own)
        return FeedVisit(
            feed=feed,
            started_at=started,
            now=self._context.clock(),
            outcome=miss.reason,
            is_ok=False,
            plan=lambda _: plan_next(feed, failed, now=self._context.clock(), chance=self._context.chance),
            status=miss.status,
            detail=miss.detail,
        )

    async def _broken_visit(self, feed: DueFeed, miss: NotFetched, started: dt.datetime) -> FeedVisit:
        """The visit of a page that broke its reader: from the third time on it is quarantined and visited once a week."""
        until = feed_retry_at(1 + await self._context.frontier.failures(feed), now=self._context.clock())
        is_watched = feed.crawl_id is None
        last = replace(miss, retry_after=until if is_watched else None, is_temporary=until is None)
        visit = self._failed_visit(feed, last, started)
        broken = Broken(feed.url, url_key(feed.url), "discover", miss.reason, miss.detail, READER, feed.id)
        return replace(visit, broken=broken)
