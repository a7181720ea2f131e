"""The pace of requests to a host: which request is next, and when.

All workers share the state of a HostPace (in PostgreSQL). Within one process the requests to one host form a queue, and only
the first of them queries that state, so a long queue costs the database no more than a short one.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from crawler.exchange import NoFetch

MAX_WAIT_S = 90.0
"""A request that would wait longer for its host gives up and is tried later; must be above robots.MAX_CRAWL_DELAY_S."""


class HostPace(Protocol):
    """Spaces out the requests to one host by all workers. A claim that is never released must expire by itself."""

    async def claim(self, host: str, *, delay_s: float, concurrency: int, a_day: int | None = None) -> float:
        """0.0: send now; else the seconds to wait before the next try. `a_day`: the limit of such claims per day (UTC)."""
        ...

    async def claimed_today(self, host: str) -> int:
        """The number of claims with a daily limit that were granted for the host today."""
        ...

    async def release(self, host: str, *, delay_s: float, backoff_until: dt.datetime | None) -> None:
        """End a claim; until `backoff_until` the host can't be claimed."""
        ...

    def release_soon(self, host: str, *, delay_s: float) -> None:
        """End a claim whose outcome is about to be committed: that transaction may release the host as well."""
        ...


@dataclass(slots=True, eq=False)
class _HostQueue:
    """The requests of this process that wait for one host."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    freed: asyncio.Event = field(default_factory=asyncio.Event)
    members: int = 0


@dataclass(slots=True, eq=False)
class HostTurn:
    """A request's turn at a host; its holder sets `backoff_until` from the host's answer."""

    backoff_until: dt.datetime | None = None


class PaceGate:
    """Lets requests pass to a host as its pace allows."""

    def __init__(self, pace: HostPace, *, now: Callable[[], dt.datetime], max_wait_s: float = MAX_WAIT_S) -> None:
        self._pace = pace
        self._now = now
        self._max_wait_s = max_wait_s
        self._queues: dict[str, _HostQueue] = {}
        self._is_closed = False

    @asynccontextmanager
    async def turn(
        self, host: str, *, delay_s: float, concurrency: int, a_day: int | None = None, is_committed_next: bool = False
    ) -> AsyncIterator[HostTurn]:
        """Wait for a turn at the host, hold it during the block, and end it whatever happens there.

        `is_committed_next`: the transaction that stores the outcome may end the turn too, unless the host asked for a backoff.
        Raises NoFetch: `host_backoff` where the wait would be too long, `daily_limit` where `a_day` is reached, `stopped`
        where this process is ending.
        """
        queue = self._queues.setdefault(host, _HostQueue())
        queue.members += 1
        try:
            await self._claim(queue, host, delay_s, concurrency, a_day)
            turn = HostTurn()
            try:
                yield turn
            finally:
                if is_committed_next and turn.backoff_until is None:
                    self._pace.release_soon(host, delay_s=delay_s)
                else:
                    await self._pace.release(host, delay_s=delay_s, backoff_until=turn.backoff_until)
                queue.freed.set()
        finally:
            queue.members -= 1
            if not queue.members:
                self._queues.pop(host, None)

    def close(self) -> None:
        """Stop all requests that wait; those that have their turn go on."""
        self._is_closed = True
        for queue in self._queues.values():
            queue.freed.set()

    async def _claim(self, queue: _HostQueue, host: str, delay_s: float, concurrency: int, a_day: int | None) -> None:
        async with queue.lock:
            while not self._is_closed:
                queue.freed.clear()
                wait_s = await self._pace.claim(host, delay_s=delay_s, concurrency=concurrency, a_day=a_day)
                if wait_s <= 0:
                    return
                if wait_s > max(self._max_wait_s, delay_s):
                    raise await self._too_long(host, wait_s, a_day)
                await _wait(queue.freed, wait_s)
        raise NoFetch("stopped", "this process is ending")

    async def _too_long(self, host: str, wait_s: float, a_day: int | None) -> NoFetch:
        until = self._now() + dt.timedelta(seconds=wait_s)
        if a_day is not None and await self._pace.claimed_today(host) >= a_day:
            return NoFetch(
                "daily_limit", f"the limit of {a_day} pages per day from this host is reached", retry_after=until
            )
        return NoFetch("host_backoff", "the host asked to wait", retry_after=until)


async def _wait(event: asyncio.Event, timeout_s: float) -> None:
    """Wait until the event is set, or for `timeout_s`."""
    try:
        async with asyncio.timeout(timeout_s):
            await event.wait()
    except TimeoutError:
        return
