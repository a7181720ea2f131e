"""Waiting while the database has no room (its disk is full); which errors are the database's and not a page's."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from dateline import log
from scheduler.visits import results
from sql.database import has_no_room, may_pass

logger = log.get(__name__)


def is_database_fault(error: Exception) -> bool:
    """Whether the database caused the error (it is away, or full), so that no page or URL is charged with it."""
    return may_pass(error) or has_no_room(error)


@dataclass(slots=True)
class DatabaseRoom:
    """Whether the database has room, as far as this process knows; logs each change once."""

    full_since: float | None = None
    """When the database began to have no room (the loop's clock)."""

    async def wait(self, error: Exception, stopping: asyncio.Event, deadline: float) -> bool:
        """Wait as long again as the database has had no room; False when the deadline is over or this process stops."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        if self.full_since is None:
            logger.error(
                "fetching pauses: the database has no room. Free disk space; fetching then resumes by itself",
                error=str(error),
            )
            self.full_since = now
        with suppress(TimeoutError):
            async with asyncio.timeout(results.room_wait_s(now - self.full_since)):
                await stopping.wait()
        return loop.time() < deadline and not stopping.is_set()

    def restored(self) -> None:
        """Note that something was stored."""
        if self.full_since is not None:
            logger.warning("fetching resumes: the database has room again")
            self.full_since = None
