"""The URLs of a host that a visit works on: asked for, or answered and not yet stored.

A URL holds one of its host's slots only until its answer is complete, so that the host is asked for the next one while the page
is read and stored. What is underway is limited: a host has at most four times as many URLs as slots, a process so many pages and
bytes that are answered and not stored.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeAlias

from sql.frontier.rows import DueUrl

URLS_A_SLOT = 4
"""With two, parsers idled for a tenth of the time: as many pages waited for the disk."""
MOST_PAGES = 64
MOST_BYTES = 32 * 1024 * 1024

Fetch: TypeAlias = Callable[["UrlUnderway"], Coroutine[Any, Any, dt.datetime | None]]


@dataclass(slots=True)
class Unstored:
    """The pages of this process that are answered and not yet stored."""

    pages: int = 0
    size: int = 0

    @property
    def has_room(self) -> bool:
        """Whether a host may have more pages underway than it has slots."""
        return self.pages < MOST_PAGES and self.size < MOST_BYTES


@dataclass(slots=True, eq=False)
class UrlUnderway:
    """A URL between its first request and its commit; a `crawler.exchange.Slot`."""

    due: DueUrl
    unstored: Unstored
    changed: asyncio.Event
    holds_slot: bool = True
    size: int | None = None
    """Bytes of its page; None before it is there."""

    def leave(self, size: int) -> None:
        """Let the host be asked for another URL: this one's page is there, with so many bytes."""
        self.end()
        self.unstored.pages += 1
        self.unstored.size += size
        self.size, self.holds_slot = size, False
        self.changed.set()

    def enter(self) -> None:
        """Hold a slot again, to the end: the page needs more of its host."""
        self.holds_slot = True

    def end(self) -> None:
        """The page is no longer in hand."""
        if self.size is not None:
            self.unstored.pages -= 1
            self.unstored.size -= self.size
            self.size = None


class Underway:
    """What one visit has underway at its host."""

    def __init__(self, unstored: Unstored) -> None:
        self._unstored = unstored
        self._tasks: dict[asyncio.Task[dt.datetime | None], UrlUnderway] = {}
        self._changed = asyncio.Event()

    def __len__(self) -> int:
        return len(self._tasks)

    @property
    def ids(self) -> set[int]:
        """The URLs' ids."""
        return {one.due.id for one in self._tasks.values()}

    def may_ask(self, width: int) -> bool:
        """Whether the host, with so many slots, may be asked for one more URL."""
        if sum(one.holds_slot for one in self._tasks.values()) >= width:
            return False
        return len(self) < width or (len(self) < URLS_A_SLOT * width and self._unstored.has_room)

    def begin(self, due: DueUrl, fetch: Fetch) -> None:
        """Fetch a URL."""
        one = UrlUnderway(due, self._unstored, self._changed)
        task = asyncio.create_task(fetch(one))
        self._tasks[task] = one
        task.add_done_callback(lambda _: self._changed.set())

    async def ended(self) -> list[dt.datetime | None]:
        """Wait until a URL has left its slot or ended; what those that ended returned. An error of one is raised."""
        await self._changed.wait()
        self._changed.clear()
        done = [task for task in self._tasks if task.done()]
        for task in done:
            self._tasks.pop(task).end()
        return [task.result() for task in done]

    async def cancel(self) -> None:
        """End all that is underway."""
        for task, one in self._tasks.items():
            task.cancel()
            one.end()
        await asyncio.gather(*self._tasks, return_exceptions=True)
