"""Saved searches, their matcher and their sender, with a receiver of webhooks on loopback."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio

from crawler.politeness.resolve import SystemLookup
from dateline.config import Settings
from scheduler.alerts.http_post import HttpPoster, guard_rules
from scheduler.alerts.matcher import AlertMatcher
from scheduler.alerts.webhook_message import new_secret
from scheduler.alerts.webhook_sender import WebhookSender
from sql.watches.watches import Watches
from tests.integration.conftest import NOW, Desk
from tests.integration.support.receiver import Receiver, receiving

SECRET = new_secret(bytes(32))
BAKERS = "Bakers in the old town have agreed to share one oven on Sundays, and the first loaves were sold by nine. " * 8
LOOPBACK = ("127.0.0.0/8",)


@dataclass
class Hours:
    """A clock that the test moves."""

    at: dt.datetime = NOW

    def __call__(self) -> dt.datetime:
        return self.at


@dataclass
class Wire:
    """Matching and sending as the service does them."""

    desk: Desk
    watches: Watches
    receiver: Receiver
    teller: AlertMatcher
    postman: WebhookSender
    clock: Hours
    folder: Path
    _day: dt.datetime = field(default=NOW)

    async def watch(
        self, text: str, name: str = "pier", *, feed: bool = False, since: dt.datetime = NOW, with_backlog: bool = False
    ) -> None:
        hook = {"webhook_url": self.receiver.url, "secret": SECRET}
        await self.watches.add(name, text, has_feed=feed, with_backlog=with_backlog, now=since, **hook)

    async def send(self) -> None:
        await self.postman.step()
        await self.postman.rest()

    def urls(self) -> list[str]:
        return [json.loads(one.body)["data"]["article"]["url"] for one in self.receiver.got]

    async def states(self) -> list[tuple[str, int, int | None]]:
        return [(one.state, one.attempts, one.status) for one in await self.watches.deliveries(None, None, limit=100)]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest_asyncio.fixture
async def wire(desk: Desk, receiver: Receiver, tmp_path: Path) -> AsyncIterator[Wire]:
    lookup, clock, watches = SystemLookup(), Hours(), Watches(desk.pool)
    poster = HttpPoster(guard_rules(Settings(allow_networks=LOOPBACK)), lookup, "Dateline/test")
    postman, teller = WebhookSender(watches, poster, clock), AlertMatcher(watches, tmp_path, clock)
    yield Wire(desk, watches, receiver, teller, postman, clock, tmp_path)
    await postman.end(0)
    lookup.close()
