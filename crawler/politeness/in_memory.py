"""Pace and robots.txt records of one process, in memory: for `dateline extract URL`, `sources add` and tests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from dateline.clock import utc_now
from dateline.types.robots import ROBOTS_PATH, RobotsRecord

_BUSY_WAIT_S = 1.0
"""When to try again for a host that has no free slot; a release in this process wakes the waiter earlier."""
_LONG_AGO = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(slots=True)
class _Host:
    active: int = 0
    next_at: dt.datetime = _LONG_AGO


class MemoryPace:
    """A HostPace for one process."""

    def __init__(self, *, now: Callable[[], dt.datetime] = utc_now) -> None:
        self._now = now
        self._hosts: dict[str, _Host] = {}

    async def claim(self, host: str, *, delay_s: float, concurrency: int, a_day: int | None = None) -> float:
        """0.0 if the host has a free slot and its delay is over, else the seconds until the next try.

        `a_day` is ignored: one process fetches too few pages for a daily limit.
        """
        state = self._hosts.setdefault(host, _Host())
        wait_s = (state.next_at - self._now()).total_seconds()
        if wait_s > 0:
            return wait_s
        if state.active >= concurrency:
            return _BUSY_WAIT_S
        state.active += 1
        state.next_at = self._now() + dt.timedelta(seconds=delay_s)
        return 0.0

    async def claimed_today(self, host: str) -> int:
        """Always 0: nothing is counted."""
        return 0

    async def release(self, host: str, *, delay_s: float, backoff_until: dt.datetime | None) -> None:
        """Free the slot; the delay counts from the start of the request, the backoff is taken as given."""
        self.release_soon(host, delay_s=delay_s)
        if backoff_until is not None:
            state = self._hosts[host]
            state.next_at = max(state.next_at, backoff_until)

    def release_soon(self, host: str, *, delay_s: float) -> None:
        """Free the slot."""
        state = self._hosts.setdefault(host, _Host())
        state.active = max(state.active - 1, 0)


class MemoryRobots:
    """A RobotsStore for one process."""

    def __init__(self) -> None:
        self._records: dict[tuple[str, str], RobotsRecord] = {}

    async def load(self, origin: str, path: str = ROBOTS_PATH) -> RobotsRecord | None:
        """The origin's record, expired or not."""
        return self._records.get((origin, path))

    async def save(self, record: RobotsRecord) -> None:
        """Keep this record in place of the origin's earlier one."""
        self._records[record.origin, record.path] = record
