"""A source's past, a little at a time: the next articles that lists have named or, where none wait, the next list.

    take (one process at a time) ─► articles that wait? ─► each: known │ its list has the text │ fetch it ─► stored, or kept out
                                 └► no: the next list ─► what it names, and further lists, in one transaction

Called when nothing else is due at the host. Each request is counted against the day's budget before it is made, so that no
kill can lead to more of them.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import replace
from functools import partial
from typing import Any

from crawler.exchange import FetchRequest, NoFetch, NotFetched
from crawler.history.lists import WAYS, Listing, Window
from crawler.history.wayback import DELAY_S as WAYBACK_DELAY_S
from crawler.history.ways import Reading, in_place_of, read_list
from dateline import log
from dateline.errors import ParseError
from dateline.types.article import Candidate, Page
from dateline.types.source import Access
from pipelines.dedupe import Reject
from pipelines.store import Stored
from scheduler.visits.context import VisitContext
from scheduler.visits.page_fetch import PageFetcher, no_page_because
from scheduler.visits.results import FORGIVEN_REASONS, HostPoliteness, miss_line, page_request, politeness
from sql.frontier.backfill_rows import Backfill, WaitingItem, WaitingPage, WayState
from sql.frontier.backfills import MOST_ITEMS, Backfills
from sql.frontier.rows import DueUrl

TEXTS_AT_ONCE = 16
"""Articles whose text a list gave that are stored at once: nothing is requested for them."""
PAGES_IN_HAND = 4
"""Pages for each request that may run, at a host that asks for no delay."""
MOST_IDLE = {"wordpress": 3, "feed_archive": 3, "section": 5, "wayback": 3, "sitemap": 200, "start": 200}
"""After so many lists in a row that name nothing new a way is at its end, or its site makes lists without end."""
MOST_FAILED = 20
"""After so many lists in a row that can't be read the others of a way are not tried."""
MOST_STALE = 20
"""After so many articles in a row that are too old, the section pages have come to the end of what is wanted."""
LIST_TRIES, ITEM_TRIES = 3, 3
SHARE_OF_HOST = 2
"""Of max_pages_a_day a backfill leaves the daily work this part: one half."""
PATIENT = dt.timedelta(seconds=5)
AGAIN = dt.timedelta(minutes=10)

logger = log.get(__name__)


class Backfiller:
    """Works on backfills, one step after the other."""

    def __init__(self, context: VisitContext, pages: PageFetcher) -> None:
        self._context, self._pages = context, pages

    async def step(self, *, number: int | None = None, host: str | None = None, keeps: bool = False) -> int:
        """Do a little of a backfill (this one, or the host's first); returns how many lists and articles were done.

        `keeps`: this process goes on with it.
        """
        backfills, context = self._context.backfills, self._context
        if backfills is None:
            return 0
        run = await backfills.take(context.process, now=context.clock(), number=number, host=host)
        if run is None:
            return 0
        try:
            with log.bind(source=run.source, backfill=run.id):
                return await _Step(context, self._pages, backfills, run).work()
        finally:
            if not keeps:
                await backfills.release(run.id, context.process)


class _Step:
    """One step of one backfill."""

    def __init__(self, context: VisitContext, pages: PageFetcher, backfills: Backfills, run: Backfill) -> None:
        self._context, self._pages, self._backfills, self._run = context, pages, backfills, run
        self._polite = politeness(run.politeness, {}, context.settings)
        self._window = Window(run.since, run.until)

    async def work(self) -> int:
        """Articles that wait come first; then the next list; then the end, or the wait for what failed for a while."""
        backfills, run, now = self._backfills, self._run, self._context.clock()
        items = await backfills.next_items(run.id, now=now, limit=TEXTS_AT_ONCE)
        if items:
            return await self._ask_for(self._at_once(items))
        page = await backfills.next_page(run.id)
        if page is not None:
            await self._read(page)
            return 1
        again_at = await backfills.next_due(run.id)
        if again_at is not None:
            await backfills.wait(run.id, again_at, "retry")
            return 0
        await backfills.finish(run.id, now=now)
        logger.info("a backfill is done")
        return 0

    def _at_once(self, items: list[WaitingItem]) -> list[WaitingItem]:
        """The articles of this step: texts that are here, or as many pages as the host's politeness allows at once.

        Without a delay the next are asked for while these are read and stored; the host's pace holds all the same.
        """
        if items[0].content is not None:
            return [one for one in items if one.content is not None]
        return items[: self._polite.concurrency * (1 if self._polite.delay_s else PAGES_IN_HAND)]

    async def _ask_for(self, items: list[WaitingItem]) -> int:
        lines = await self._backfills.lines(self._run, items, now=self._context.clock())
        of_key = {one.url_key: one for one in items}
        asked = [(due, of_key[due.url_key]) for due in lines if due.url_key in of_key]
        states = await asyncio.gather(*(self._one(due, item) for due, item in asked))
        for state in {*states} - {None}:
            keys = [item.url_key for (_, item), each in zip(asked, states, strict=True) if each == state]
            await self._backfills.end_items(self._run.id, keys, str(state))
        return len(items)

    async def _one(self, due: DueUrl, item: WaitingItem) -> str | None:
        """Returns what became of an article; None if it is asked for again."""
        is_text = due.via == "wordpress" and due.has_content and due.candidate.published_at is not None
        because = "rest_has_text" if is_text else no_page_because(due, self._polite)
        if because:
            outcome = await self._pages.store_words(due, because)
        else:
            outcome = await self._pages.fetch_page(self._permitted(page_request(due, self._polite)))
        if isinstance(outcome, NotFetched):
            return await self._miss(due, item, outcome)
        if isinstance(outcome, Stored):
            self._context.room.restored()
            self._context.listener(due, outcome.result)
            return await self._keep(item, outcome)
        return None

    def _permitted(self, request: FetchRequest) -> FetchRequest:
        pages = max(1, (request.pages_a_day or 1) // SHARE_OF_HOST)
        return replace(request, permit=self._permit, pages_a_day=pages if request.pages_a_day else None)

    async def _permit(self) -> None:
        now = self._context.clock()
        if not await self._backfills.spend(self._run.id, now=now):
            tomorrow = dt.datetime.combine(now.astimezone(dt.UTC).date() + dt.timedelta(days=1), dt.time(), dt.UTC)
            raise NoFetch("budget", "the day's budget is spent", retry_after=tomorrow)

    async def _keep(self, item: WaitingItem, stored: Stored) -> str:
        reason, run = stored.result.reason, self._run
        is_outside = reason in ("before_since", "after_until")
        state = "outside" if is_outside else "stored" if stored.article_id is not None else "not_stored"
        if isinstance(stored.decision, Reject) and stored.decision.leads_to:
            first = Candidate(stored.decision.leads_to, via=item.via)
            await self._backfills.add_items(run, item.way, WAYS.index(item.way), [first])
        if item.way == "section":
            stale = await self._backfills.count_age(run.id, item.way, is_old=reason == "before_since")
            if stale >= MOST_STALE:
                await self._backfills.end_way(run.id, item.way, f"{stale} articles in a row are older than wanted")
        return state

    async def _miss(self, due: DueUrl, item: WaitingItem, miss: NotFetched) -> str | None:
        """A miss that says nothing about the page makes the backfill wait; a page is tried again, then given up."""
        if await self._is_forgiven(miss):
            return None
        now, chance = self._context.clock(), self._context.chance
        line = miss_line(replace(due, attempts=item.tries), miss, now=now, max_attempts=ITEM_TRIES, chance=chance)
        if line.state == "pending" and item.tries + 1 < ITEM_TRIES:
            until = max(line.next_attempt_at or now, now + AGAIN * item.tries)
            await self._backfills.postpone_item(self._run.id, item.url_key, until)
            return None
        if line.state == "pending":
            line = replace(line, state="failed", result="failed", next_attempt_at=None)
        ended = await self._pages.end(due, line)
        return "stored" if ended.article_id is not None else "failed" if line.state == "failed" else "not_stored"

    async def _is_forgiven(self, miss: NotFetched) -> bool:
        if miss.reason not in FORGIVEN_REASONS and miss.reason != "budget":
            return False
        if miss.reason != "stopped":
            until = miss.retry_after or self._context.clock() + PATIENT
            await self._backfills.wait(self._run.id, until, miss.reason)
        return True

    async def _read(self, page: WaitingPage) -> None:
        """Read a list, and commit what it names."""
        outcome = await self._context.fetcher.fetch(self._list_request(page))
        if isinstance(outcome, NotFetched):
            await self._missed(page, outcome)
        elif not isinstance(outcome, Page):
            await self._missed(page, NotFetched(page.url, "http_304", 304, is_temporary=False))
        else:
            found = await self._parsed(page, outcome)
            if found.fault is not None:
                await self._missed(page, NotFetched(page.url, found.fault, outcome.status, is_temporary=False))
            else:
                await self._commit(page, outcome, found)

    def _list_request(self, page: WaitingPage) -> FetchRequest:
        polite: HostPoliteness = self._polite
        is_robots_txt = page.url.endswith("/robots.txt")
        access = polite.access.without_login if is_robots_txt else polite.access
        request = FetchRequest(
            url=page.url,
            role="feed",
            delay_s=max(polite.delay_s, WAYBACK_DELAY_S) if page.way == "wayback" else polite.delay_s,
            concurrency=1 if page.way == "wayback" else polite.concurrency,
            elsewhere=polite.elsewhere,
            obey_robots=(polite.obey_robots or page.way == "wayback") and not is_robots_txt,
            access=Access() if page.way == "wayback" else access,
        )
        return replace(request, permit=self._permit)

    async def _parsed(self, page: WaitingPage, answer: Page) -> Listing:
        reading = Reading(
            way=page.way,
            url=answer.final_url if page.way in ("start", "section") else page.url,
            depth=page.depth,
            content_type=answer.header("content-type"),
            headers=tuple(pair for pair in answer.headers if pair[0] == "link"),
            window=self._window,
            sites=self._run.sites,
            now=self._context.clock(),
        )
        read: Any = partial(read_list, reading=reading)
        deadline_s = self._context.settings.parse_deadline_s
        try:
            found: Listing = await self._context.parser_pool.run(
                read, answer.body, deadline_s=deadline_s, subject=page.url
            )
        except ParseError as error:
            return Listing(fault=error.reason)
        return found

    async def _commit(self, page: WaitingPage, answer: Page, found: Listing) -> None:
        items = [(one.candidate, one.at, one.is_wanted) for one in found.articles]
        rank = WAYS.index(page.way)
        state = await self._backfills.commit_page(
            self._run,
            page,
            answer.body,
            found.further,
            items,
            rank=rank,
            note=_about(page, found.note),
            identities=found.identities,
        )
        logger.info("read a list", way=page.way, url=page.url, named=len(items))
        await self._end_way_if(page, state)

    async def _missed(self, page: WaitingPage, miss: NotFetched) -> None:
        if await self._is_forgiven(miss):
            return
        is_last = not miss.is_temporary or page.tries + 1 >= LIST_TRIES
        note = None if page.is_guess else _about(page, f"{miss.reason} {miss.detail}".strip())
        state = await self._backfills.miss_page(self._run, page, is_last=is_last, note=note)
        if not is_last:
            wait = miss.retry_after or self._context.clock() + PATIENT * 2**page.tries
            await self._backfills.wait(self._run.id, wait, miss.reason)
        else:
            await self._backfills.add_pages(self._run.id, in_place_of(page.way, page.url, miss.reason))
        await self._end_way_if(page, state)

    async def _end_way_if(self, page: WaitingPage, state: WayState) -> None:
        """End a way that leads nowhere."""
        why = None
        if state.idle >= MOST_IDLE[page.way]:
            why = f"{state.idle} lists in a row named nothing new"
        elif state.failed >= MOST_FAILED:
            why = f"{state.failed} lists in a row could not be read"
        elif await self._backfills.count_items(self._run.id) >= MOST_ITEMS:
            why = f"it has named {MOST_ITEMS:,} addresses"
        if why is not None:
            await self._backfills.end_way(self._run.id, page.way, why)


def _about(page: WaitingPage, note: str | None) -> str | None:
    return f"{page.url[:150]}: {note}" if note else None
