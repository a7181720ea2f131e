"""A watch with recipients, a mail server on loopback, and the sender as the service runs it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from dateline.config import Settings
from scheduler.alerts.matcher import AlertMatcher
from scheduler.mail.sender import MailSender
from sql.watches.mail import MailBox
from sql.watches.watches import Watches
from tests.integration.conftest import NOW, Desk
from tests.integration.support.mail_server import MailHost, mail_host

FERRY = "The ferry {} left the harbour with all of its passengers and came back before noon, the harbour office says. "


@dataclass
class Office:
    """Matching and mailing as the service does them, on a clock that the test moves."""

    desk: Desk
    host: MailHost
    settings: Settings
    at: dt.datetime = NOW
    watches: Watches = field(init=False)
    box: MailBox = field(init=False)
    sender: MailSender = field(init=False)
    matcher: AlertMatcher = field(init=False)

    def __post_init__(self) -> None:
        self.watches, self.box = Watches(self.desk.pool), MailBox(self.desk.pool)
        self.matcher = AlertMatcher(self.watches, self.settings.data_dir, self.now)
        self.set()

    def now(self) -> dt.datetime:
        return self.at

    def set(self, **settings: Any) -> None:
        """A sender with these settings, as after a restart."""
        self.settings = replace(self.settings, **settings)
        self.sender = MailSender(self.settings, self.watches, self.box, self.now)

    async def watch(self, *mail: str, name: str = "pier", every: str = "match", query: str = "ferry") -> None:
        await self.watches.add(
            name,
            query,
            webhook_url=None,
            secret=None,
            has_feed=False,
            mail=mail,
            every=every,
            now=NOW,
            with_backlog=True,
        )

    async def put(self, *names: str, title: str = "Pier to be rebuilt") -> None:
        """Store articles that match, and match them."""
        for name in names:
            text = " ".join(FERRY.format(f"{name} {n} {name}") for n in range(8))
            await self.desk.put(f"https://bay.test/{name}", text, title=title)
        await self.matcher.step()

    async def step(self, minutes: float = 0) -> None:
        self.at += dt.timedelta(minutes=minutes)
        await self.sender.step()

    async def problems(self) -> dict[str, str | None]:
        return {to["address"]: to["problem"] for one in await self.watches.all() for to in one.mail}

    async def execute(self, text: str, *values: Any) -> None:
        async with self.desk.pool.connection() as conn:
            await conn.execute(text.encode(), values)


async def begins(office: Office, *sources: str, sentence: str = "It names nothing new.") -> None:
    for source in sources:
        await office.execute(
            "INSERT INTO dateline.source (name, title, home, site) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
            source, source, f"https://{source}.test/", f"{source}.test",
        )  # fmt: skip
        await office.execute(
            "INSERT INTO dateline.alarm (source_id, kind, severity, since, noticed_at, evidence, sentence)"
            " SELECT id, 'quiet', 'warning', %s, %s, '{}', %s FROM dateline.source WHERE name = %s",
            office.at, office.at, sentence, source,
        )  # fmt: skip


async def ends(office: Office, source: str) -> None:
    await office.execute(
        "UPDATE dateline.alarm SET until = %s FROM dateline.source s WHERE s.id = source_id AND s.name = %s AND until IS NULL",
        office.at, source,
    )  # fmt: skip


@pytest.fixture
def host() -> Iterator[MailHost]:
    with mail_host() as running:
        yield running


@pytest.fixture
def office(desk: Desk, host: MailHost, tmp_path: Path) -> Office:
    settings = Settings(
        data_dir=tmp_path, mail_server=host.place, mail_security="none", mail_from="News <news@desk.test>"
    )
    return Office(desk, host, settings)
