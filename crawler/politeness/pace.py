"""The pace of requests to a host: who goes next, when, and what an answer means for all who wait.

The truth is a HostPace that all workers share (PostgreSQL). Within one process those who want the same host stand in
line and only the first of them asks it, so that a long line costs the database no more than a short one.
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
"""Who would wait longer for a host gives up and comes again later; above robots.MAX_CRAWL_DELAY_S."""


class HostPace(Protocol):
    """Keeps requests to one host apart, over all workers. A claim that is never released must lapse by itself."""

    async def claim(self, host: str, *, delay_s: float, concurrency: int, a_day: int | None = None) -> float:
        """0.0: go; else how many seconds to wait before asking again. `a_day`: as many such claims a day (UTC) at most."""
        ...

    async def claimed_today(self, host: str) -> int:
        """How many claims with a daily limit the host has granted today."""
        ...

    async def release(self, host: str, *, delay_s: float, backoff_until: dt.datetime | None) -> None:
        """The exchange is over; until `backoff_until` no one may claim the host."""
        ...

    def release_soon(self, host: str, *, delay_s: float) -> None:
        """The same for an exchange whose outcome is committed in a moment: whoever commits it may release the host, too."""
        ...


@dataclass(slots=True, eq=False)
class _Line:
    """Those in this process who want one host."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    freed: asyncio.Event = field(default_factory=asyncio.Event)
    members: int = 0


@dataclass(slots=True, eq=False)
class Turn:
    """One's turn at a host; `backoff_until` is set by who had it, from what the host answered."""

    backoff_until: dt.datetime | None = None


class PaceGate:
    """Lets requests through to a host as its pace allows."""

    def __init__(self, pace: HostPace, *, now: Callable[[], dt.datetime], max_wait_s: float = MAX_WAIT_S) -> None:
        self._pace = pace
        self._now = now
        self._max_wait_s = max_wait_s
        self._lines: dict[str, _Line] = {}
        self._is_closed = False

    @asynccontextmanager
    async def turn(
        self, host: str, *, delay_s: float, concurrency: int, a_day: int | None = None, is_committed_next: bool = False
    ) -> AsyncIterator[Turn]:
        """Wait for the host's turn, hold it for the block, and give it back whatever happens there.

        `is_committed_next`: the turn's end may be told with what came of it, unless a backoff was asked for. A NoFetch says
        `host_backoff` where the wait would be too long, `daily_limit` where that is because of `a_day`, `stopped` where this
        process is to end.
        """
        line = self._lines.setdefault(host, _Line())
        line.members += 1
        try:
            await self._claim(line, host, delay_s, concurrency, a_day)
            turn = Turn()
            try:
                yield turn
            finally:
                if is_committed_next and turn.backoff_until is None:
                    self._pace.release_soon(host, delay_s=delay_s)
                else:
                    await self._pace.release(host, delay_s=delay_s, backoff_until=turn.backoff_until)
                line.freed.set()
        finally:
            line.members -= 1
            if not line.members:
                self._lines.pop(host, None)

    def close(self) -> None:
        """Send home all who wait; those whose turn it is go on."""
        self._is_closed = True
        for line in self._lines.values():
            line.freed.set()

    async def _claim(self, line: _Line, host: str, delay_s: float, concurrency: int, a_day: int | None) -> None:
        async with line.lock:
            while not self._is_closed:
                line.freed.clear()
                wait_s = await self._pace.claim(host, delay_s=delay_s, concurrency=concurrency, a_day=a_day)
                if wait_s <= 0:
                    return
                if wait_s > max(self._max_wait_s, delay_s):
                    raise await self._too_long(host, wait_s, a_day)
                await _wait(line.freed, wait_s)
        raise NoFetch("stopped", "this process ends")

    async def _too_long(self, host: str, wait_s: float, a_day: int | None) -> NoFetch:
        until = self._now() + dt.timedelta(seconds=wait_s)
        if a_day is not None and await self._pace.claimed_today(host) >= a_day:
            return NoFetch("daily_limit", f"{a_day} pages of this host were fetched today", retry_after=until)
        return NoFetch("host_backoff", "the host asked to be left alone", retry_after=until)


async def _wait(event: asyncio.Event, timeout_s: float) -> None:
    """Until the event is set or the time is over."""
    try:
        async with asyncio.timeout(timeout_s):
            await event.wait()
    except TimeoutError:
        return
