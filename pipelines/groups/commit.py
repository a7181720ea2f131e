"""Stores plainly new pages that wait together in one transaction: one sync of the archive, one look-up, one commit.

    the first page waits a moment for others → independent(pages)    others: one by one
    the archive is synced → locks → look-up                          met before, or near a known text: one by one
    insert → sketches, aliases, counts → the ledger's lines → commit

The first page's own task works for all, so that none is left behind when a process ends. A group that fails leaves nothing,
and each of its pages is then stored alone, which shows the one that is at fault. A kill rolls the whole group back; its pages are
asked for again.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from dateline import log
from dateline.errors import ArchiveError
from pipelines.arrival import Arrival, row_of
from pipelines.boilerplate.store import CountingTurn
from pipelines.copies.match import nearest_by_hashes
from pipelines.copies.store import add_sketches, ask_holders, lock_texts
from pipelines.dedupe import StoreNew
from pipelines.groups.on_disk import Durable, on_disk
from pipelines.groups.plan import MOST_TOGETHER, independent
from pipelines.ledger import ledger_line
from pipelines.rights import keep_rights
from pipelines.store_statements import (
    STORE,
    add_aliases,
    ask_met_before,
    ask_outlooks,
    hold_texts,
    lock_identities,
    plan_first_recheck,
)
from sql.database import Pool
from sql.frontier.frontier import finish_url
from sql.frontier.rows import UrlResult
from sql.statements import FAILURES, Connection

logger = log.get(__name__)
NEW = StoreNew()
MOMENT_S = 0.03
"""From the end of a page's reading until it is here."""
BEHIND_S = 0.5
"""The longest that a group stays open while another is being written: its pages might only wait for the other's locks."""


class Conflict(Exception):
    """Another writer stored one of the group's pages between the look-up and the insert."""


@dataclass
class Group:
    """Pages that wait for their transaction. `lines` has the ledger's line of each that was stored, by its place."""

    pages: list[Arrival] = field(default_factory=list)
    lines: dict[int, UrlResult] = field(default_factory=dict)
    is_full: asyncio.Event = field(default_factory=asyncio.Event)
    is_over: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, page: Arrival) -> int:
        """Returns the page's place."""
        self.pages.append(page)
        if len(self.pages) == MOST_TOGETHER:
            self.is_full.set()
        return len(self.pages) - 1


class GroupCommit:
    """Gathers pages and stores them in groups.

    The first page of a group waits a moment for others: up to `wait_s` while some are being read, and up to `BEHIND_S` while
    another group is being written.
    """

    def __init__(
        self, pool: Pool, archive: Durable | None, *, wait_s: float, learns: bool, recheck_ages: Sequence[dt.timedelta]
    ) -> None:
        self._pool, self._archive, self._wait_s = pool, archive, wait_s
        self._learns, self._recheck_ages = learns, recheck_ages
        self._open: Group | None = None
        self._coming = self._writing = 0

    @contextmanager
    def coming(self) -> Iterator[None]:
        """A page that may be stored soon is being read."""
        self._coming += 1
        try:
            yield
        finally:
            self._coming -= 1

    async def store(self, page: Arrival) -> UrlResult | None:
        """Store the page together with others; returns the ledger's line, or None where it is to be stored alone."""
        page.compute()
        if (group := self._open) is not None and not group.is_full.is_set():
            place = group.add(page)
            await group.is_over.wait()
        else:
            group = self._open = Group()
            place = group.add(page)
            await self._lead(group)
        return group.lines.get(place)

    async def _lead(self, group: Group) -> None:
        """Wait for others, and store them all."""
        try:
            await self._gather(group)
            self._close(group)
            places = independent(group.pages)
            if len(places) > 1:
                self._writing += 1
                try:
                    lines = await self._committed([group.pages[place] for place in places])
                finally:
                    self._writing -= 1
                group.lines = {places[number]: line for number, line in lines.items()}
        except (*FAILURES, ArchiveError, Conflict) as error:
            logger.debug("a group of pages is stored one by one", pages=len(group.pages), error=str(error))
        finally:
            self._close(group)
            group.is_over.set()

    async def _gather(self, group: Group) -> None:
        """Wait until the group is full, or there is no more reason to wait."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        while not group.is_full.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(min(MOMENT_S, self._wait_s)):
                    await group.is_full.wait()
            waited_s = loop.time() - began
            is_coming = self._coming > 0 and waited_s < self._wait_s
            is_behind = self._writing > 0 and waited_s < BEHIND_S
            if not (is_coming or is_behind):
                return

    def _close(self, group: Group) -> None:
        if self._open is group:
            self._open = None

    async def _committed(self, pages: Sequence[Arrival]) -> dict[int, UrlResult]:
        """Returns the ledger's lines of those pages that were stored, by their places."""
        await on_disk(self._archive, [ref for page in pages for ref in page.refs])
        async with self._pool.connection() as conn, conn.pipeline(), conn.transaction():
            look = await _look_up(conn, pages, learns=self._learns)
            ids = await _insert(conn, look.new)
            await add_sketches(conn, {ids[place]: page.hashes for place, page in look.new.items()})
            for place, page in look.new.items():
                await add_aliases(conn, ids[place], page, NEW)
                if page.found.rights:
                    await keep_rights(conn, ids[place], page.found, now=page.now)
                if look.turn is not None and place in look.counted:
                    await look.turn.count(conn, look.counted[place], ids[place])
            await hold_texts(conn, [*look.new.values()])
            # in the order of their addresses, as all writers of several lines of the ledger go
            in_order = sorted(look.new, key=lambda place: pages[place].key)
            return {place: await self._finish(conn, look.new[place], ids[place]) for place in in_order}

    async def _finish(self, conn: Connection, page: Arrival, article_id: int) -> UrlResult:
        line = ledger_line(page.due, page.page, NEW, article_id, now=page.now)
        await finish_url(conn, line)
        await plan_first_recheck(conn, page, line, self._recheck_ages)
        return line


@dataclass(frozen=True, slots=True)
class Look:
    """What was found under the group's locks: the pages that are new, by place; the turn in which those that have a scope are
    counted, and the place of each in that."""

    new: dict[int, Arrival]
    turn: CountingTurn | None
    counted: dict[int, int]


async def _look_up(conn: Connection, pages: Sequence[Arrival], *, learns: bool) -> Look:
    """Take turns with every writer of what one of the pages is, or may be tied to; and only then look up."""
    await lock_identities(conn, pages)
    hashes = sorted({hash_ for page in pages for hash_ in page.hashes})
    await lock_texts(conn, hashes)
    outlooks, met = await ask_outlooks(conn, pages), await ask_met_before(conn, pages)
    holders = await ask_holders(conn, hashes, min(page.now for page in pages))
    scoped = [place for place, page in enumerate(pages) if learns and page.paragraphs.scope]
    turn = (
        await CountingTurn.begin(conn, [pages[place].paragraphs for place in scoped], now=pages[0].now)
        if scoped
        else None
    )
    held = {row.hash: row.articles for row in await holders.rows()}
    alone = {place - 1 for place in await met.rows()}
    alone |= {place for place, page in enumerate(pages) if _is_near(page, held)}
    alone |= {place for number, place in enumerate(scoped) if turn is not None and turn.is_stale(number)}
    told = {
        place: pages[place].told(each.absent_at, each.sought_at) for place, each in enumerate(await outlooks.rows())
    }
    new = {place: page for place, page in told.items() if place not in alone}
    return Look(new, turn, {place: number for number, place in enumerate(scoped)})


def _is_near(page: Arrival, held: Mapping[int, list[int]]) -> bool:
    """Whether an article shares so much of the page's text that the two are to be compared."""
    return bool(nearest_by_hashes({hash_: held[hash_] for hash_ in page.hashes if hash_ in held}))


async def _insert(conn: Connection, pages: Mapping[int, Arrival]) -> dict[int, int]:
    """Returns the new articles' ids, by place."""
    # by their hours, as backfilled articles are counted in one row for each hour of publication
    in_order = sorted(pages, key=lambda place: (pages[place].document.published_at or pages[place].now, place))
    asked = {place: await STORE.ask_values(conn, "insert_article", row_of(pages[place])) for place in in_order}
    ids = dict[int, int]()
    for place, each in asked.items():
        article_id = await each.first()
        if article_id is None:
            raise Conflict
        ids[place] = article_id
    return ids
