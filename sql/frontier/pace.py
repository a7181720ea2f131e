"""The pace of hosts over all workers, and robots.txt, in PostgreSQL: what crawler.fetch.fetcher asks before every request."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.rows import scalar_row

from dateline import log
from dateline.clock import utc_now
from dateline.text import storable
from dateline.types.robots import ROBOTS_PATH, RobotsRecord
from sql import query
from sql.database import Pool, autocommit_connection, said
from sql.statements import PoolQueries

MOST_VERSIONS = 100
"""Versions of a site's file that are kept."""
LOST_AFTER_S = 60.0
"""A request of which nothing was heard for so long counts as lost. It must be longer than any may take."""
SOON_S = 0.1
"""How long the end of a feed's request waits for its visit's commit, to be committed in the same statement."""
AGAIN_S = 1.0
"""How long after a failure the release is sent again: another worker may want the host."""

logger = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Release:
    """The end of a request, as the host's row is to hear of it; `ended` by this process's steady clock."""

    delay_s: float
    backoff_until: dt.datetime | None
    ended: float = field(default_factory=time.monotonic)

    @property
    def left_s(self) -> float:
        """What of the delay is still to come."""
        return max(0.0, self.delay_s - (time.monotonic() - self.ended))


class DatabasePace(PoolQueries, area="pace"):
    """Claims and releases of hosts; the row's lock is the fence between workers.

    A delay of 0 is for one's own servers: there only what a host asked for (a backoff) is shared and kept to, and requests
    are counted within this process, which spares two statements a page.

    A release that the database could not hear, or has not heard yet, is made up for before the host is claimed again; so is a
    claim whose answer was lost: it may have taken place, and would keep the host for a minute.
    """

    def __init__(self, pool: Pool, *, lost_after_s: float = LOST_AFTER_S) -> None:
        super().__init__(pool)
        self._lost_after_s = lost_after_s
        self._busy: Counter[str] = Counter()
        self._backoff: dict[str, dt.datetime] = {}
        self._owed: dict[str, list[Release]] = {}
        self._lost: dict[str, list[uuid.UUID]] = {}
        self._telling: set[asyncio.Task[None]] = set()

    async def claim(self, host: str, *, delay_s: float, concurrency: int, a_day: int | None = None) -> float:
        """0.0 when the host is claimed, else the seconds to wait before asking again.

        `a_day`: the claim counts, and no more than so many do on one day (UTC), over all workers.
        """
        if delay_s <= 0:
            return self._claim_here(host, concurrency)
        await self._make_up(host)
        claim = uuid.uuid4()
        params = {"host": host, "delay_s": delay_s, "concurrency": concurrency, "a_day": a_day, "claim": claim}
        params["lost_after_s"] = self._lost_after_s
        async with autocommit_connection(self._pool) as conn, conn.cursor(row_factory=scalar_row) as cur:
            try:
                await cur.execute(query("pace", "claim"), params)
            except BaseException:  # lost, or cancelled: it may have taken place all the same
                self._lost.setdefault(host, []).append(claim)
                self._tell_soon(host)
                raise
            if await cur.fetchone() is not None:
                return 0.0
            await cur.execute(query("pace", "wait"), params)
            return float(await cur.fetchone() or 0.05)

    async def claimed_today(self, host: str) -> int:
        """How many claims with a daily limit the host has granted today, to all workers."""
        return int(await self._value("claimed_today", {"host": host}) or 0)

    async def release(self, host: str, *, delay_s: float, backoff_until: dt.datetime | None) -> None:
        """The request is over; the next one may come after `delay_s`, and not before `backoff_until`."""
        if delay_s <= 0:
            self._leave_here(host)
            if backoff_until is None:
                return
            self._backoff[host] = backoff_until
            delay_s = 0.0
        release = Release(delay_s, backoff_until)
        try:
            await self._give_back(host, release)
        except psycopg.OperationalError:
            # else the host would stay taken until the request counts as lost
            self.owe(host, release)
            self._tell_soon(host)
            raise

    def release_soon(self, host: str, *, delay_s: float) -> None:
        """The request is over: released within SOON_S, or by the caller that takes the release before (`take_release`)."""
        if delay_s <= 0:
            self._leave_here(host)
            return
        self.owe(host, Release(delay_s, None))
        self._tell_soon(host)

    def take_release(self, host: str) -> Release | None:
        """A release of the host that is not yet in the database; the caller commits it, or gives it back with `owe`."""
        owed = self._owed.get(host)
        return owed.pop() if owed else None

    def owe(self, host: str, release: Release) -> None:
        """Keep a release that is not yet in the database."""
        self._owed.setdefault(host, []).append(release)

    async def settle(self) -> None:
        """Tell all that is owed now, as far as the database listens, and no more after that."""
        for telling in list(self._telling):
            telling.cancel()
        await asyncio.gather(*self._telling, return_exceptions=True)
        await asyncio.gather(*(self._tell(host) for host in {*self._owed, *self._lost}))

    def _tell_soon(self, host: str) -> None:
        telling = asyncio.create_task(self._tell_until_heard(host))
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)

    async def _tell_until_heard(self, host: str) -> None:
        await asyncio.sleep(SOON_S)
        if (error := await self._tell(host)) is None:
            return
        logger.warning("a host could not be given back yet", host=host, error=error)
        while error is not None:
            await asyncio.sleep(AGAIN_S)
            error = await self._tell(host)

    async def _tell(self, host: str) -> str | None:
        """Tell the database all that is owed of a host; why that could not be done."""
        try:
            await self._make_up(host)
        except psycopg.OperationalError as error:
            return said(error)
        return None

    async def _make_up(self, host: str) -> None:
        while (release := self.take_release(host)) is not None:
            try:
                await self._give_back(host, release)
            except BaseException:
                self.owe(host, release)
                raise
        if not self._owed.get(host, True):
            del self._owed[host]
        if claims := self._lost.pop(host, None):
            try:
                await self._run("unclaim", {"host": host, "claims": claims})
            except BaseException:
                self._lost.setdefault(host, []).extend(claims)
                raise

    async def _give_back(self, host: str, release: Release) -> None:
        params = {"host": host, "delay_s": release.left_s, "backoff_until": release.backoff_until}
        await self._run("release", params)

    @property
    def hosts_in_memory(self) -> int:
        """Of how many hosts this process knows something that the database does not."""
        return len(self._busy)

    def _leave_here(self, host: str) -> None:
        self._busy[host] -= 1
        if self._busy[host] <= 0:
            del self._busy[host]

    def _claim_here(self, host: str, concurrency: int) -> float:
        wait = (self._backoff[host] - utc_now()).total_seconds() if host in self._backoff else 0.0
        if wait > 0:
            return wait
        self._backoff.pop(host, None)
        if self._busy[host] >= concurrency:
            return 1.0
        self._busy[host] += 1
        return 0.0


class DatabaseRobots(PoolQueries, area="pace"):
    """robots.txt records that all workers share."""

    async def load(self, origin: str, path: str = ROBOTS_PATH) -> RobotsRecord | None:
        """The record of this origin, unless its life is over."""
        return await self._row(RobotsRecord, "load_robots", {"origin": origin, "path": path, "now": utc_now()})

    async def save(self, record: RobotsRecord) -> None:
        """Keep a record for all workers, and the version of the file that it shows."""
        params: dict[str, Any] = {
            "origin": record.origin,
            "path": record.path,
            "status": record.status,
            "body": record.body,
            "fetched_at": record.fetched_at,
            "expires_at": record.expires_at,
        }
        async with autocommit_connection(self._pool) as conn:
            await conn.execute(query("pace", "save_robots"), params)
            if not record.is_unreachable:
                text = storable(record.body.decode("utf-8", "replace"))
                version = {"sha256": hashlib.sha256(record.body).digest(), "text": text, "most": MOST_VERSIONS}
                await conn.execute(query("pace", "save_version"), params | version)
