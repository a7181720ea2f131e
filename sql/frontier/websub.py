"""Subscriptions at WebSub hubs in PostgreSQL. Every method is one transaction; `now` comes from the caller."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import Any, Protocol

from psycopg import AsyncConnection

from dateline.text import storable_line
from sql import query
from sql.statements import PoolQueries


@dataclass(frozen=True, slots=True)
class Hub:
    """Which hub pushes a page, and under which name of the page."""

    url: str
    topic: str


class HubRecord(Protocol):
    """What a page's hub has shown."""

    @property
    def trust(self) -> int: ...
    @property
    def idle(self) -> int: ...


@dataclass(frozen=True, slots=True)
class DueSubscription:
    """A subscription whose hub is to be asked."""

    id: int
    token: str
    hub: str
    topic: str
    secret: str
    state: str
    failures: int


@dataclass(frozen=True, slots=True)
class KnownCallback:
    """The subscription that a callback's path means."""

    id: int
    state: str
    secret: str
    trust: int
    idle: int


async def set_hub(conn: AsyncConnection[Any], feed_id: int, hub: Hub | None, *, now: dt.datetime) -> None:
    """The page is to be pushed by this hub and no other; path and secret are new for each subscription."""
    await conn.execute(query("websub", "end_living"), {"feed_id": feed_id, "now": now})
    if hub is not None:
        row = {"feed_id": feed_id, "hub": hub.url, "topic": hub.topic, "now": now}
        row |= {"token": secrets.token_urlsafe(32), "secret": secrets.token_hex(32)}
        await conn.execute(query("websub", "want"), row)


async def keep_hub_record(conn: AsyncConnection[Any], feed_id: int, record: HubRecord, *, pushes: int) -> None:
    """What the hub has shown, as of this many pushes."""
    row = {"feed_id": feed_id, "trust": record.trust, "idle": record.idle, "pushes": pushes}
    await conn.execute(query("websub", "keep_hub_record"), row)


async def due_after_push(conn: AsyncConnection[Any], feed_id: int, *, pushes: int, at: dt.datetime) -> None:
    """The page is due then at the latest if it was pushed more often than that."""
    await conn.execute(query("websub", "due_after_push"), {"feed_id": feed_id, "pushes": pushes, "at": at})


class Subscriptions(PoolQueries, area="websub"):
    """Reads and writes them, for the subscriber and for the callback."""

    async def end_unwatched(self, now: dt.datetime) -> None:
        """End the subscriptions of pages that are no longer watched."""
        await self._run("end_unwatched", {"now": now})

    async def claim_due(self, now: dt.datetime, *, again_at: dt.datetime, limit: int) -> list[DueSubscription]:
        """Subscriptions whose hub is to be asked now; they are asked for again at `again_at` if nothing comes of it."""
        return await self._rows(DueSubscription, "claim_due", {"now": now, "again_at": again_at, "limit": limit})

    async def answered(
        self, subscription_id: int, *, asked_at: dt.datetime, next_at: dt.datetime, problem: str
    ) -> None:
        """What a hub said to a request."""
        row = {"id": subscription_id, "asked_at": asked_at, "next_at": next_at}
        await self._run("answered", row | {"problem": storable_line(problem, 300)})

    async def give_up(self, subscription_id: int) -> None:
        """A subscription that was to end is left to its lease."""
        await self._run("give_up", {"id": subscription_id})

    async def find(self, token: str) -> KnownCallback | None:
        """The subscription with that callback."""
        return await self._row(KnownCallback, "find", {"token": token})

    async def verify(self, token: str, topic: str, *, lease_until: dt.datetime, renew_at: dt.datetime) -> bool:
        """Whether that is a subscription that we want; it is active then until its lease ends."""
        row = {"token": token, "topic": topic, "lease_until": lease_until, "renew_at": renew_at}
        return await self._run("verify", row) > 0

    async def verify_end(self, token: str, topic: str) -> bool:
        """Whether that is a subscription that we want no more; it is gone then."""
        return await self._run("verify_end", {"token": token, "topic": topic}) > 0

    async def deny(self, token: str, topic: str, *, reason: str, next_at: dt.datetime) -> bool:
        """Whether that is a subscription that can be denied; it is asked for again then at `next_at`."""
        row = {"token": token, "topic": topic, "next_at": next_at, "reason": storable_line(reason, 300)}
        return await self._run("deny", row) > 0

    async def push(self, subscription_id: int, *, gap: dt.timedelta, now: dt.datetime) -> bool:
        """Let the page be due at once, `gap` after its last visit at the soonest; whether it is watched."""
        return await self._run("push", {"id": subscription_id, "gap": gap, "now": now}) > 0

    async def refuse(self, subscription_id: int) -> None:
        """Count a push whose signature was wrong."""
        await self._run("refuse", {"id": subscription_id})
