"""Mail in PostgreSQL: who gets what, what waits, and which mail is being sent."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from sql.statements import PoolQueries

MOST_ARTICLES = 500
"""In one mail; what is over goes into the next, at once."""


@dataclass(frozen=True, slots=True)
class WaitingRecipient:
    """A recipient for whom something waits."""

    id: int
    every: str
    last_sent_at: dt.datetime | None
    is_started: bool
    oldest_at: dt.datetime


@dataclass(frozen=True, slots=True)
class MailClaim:
    """A mail that this process is to send: the articles of a watch for one recipient."""

    id: int
    name: str
    query: str
    address: str
    every: str
    mail_id: UUID
    mail_at: dt.datetime
    failures: int
    articles: list[int]


class MailBox(PoolQueries, area="mail"):
    """Reads and writes what is mailed. Every method is one transaction."""

    async def unsubscribe(self, name: str, address: str) -> bool:
        """Take a recipient off a watch; whether there was one."""
        return bool(await self._run("unsubscribe", {"name": name, "address": address}))

    async def subscribe(self, name: str, address: str, every: str) -> None:
        """Add a recipient to a watch, from its next match on, or change how often one gets mail."""
        await self._run("subscribe", {"name": name, "address": address, "every": every})

    async def waiting(self, now: dt.datetime) -> list[WaitingRecipient]:
        """Recipients for whom something waits and who may be tried, the longest wait first."""
        return await self._rows(WaitingRecipient, "waiting", {"now": now})

    async def claim(
        self, recipient_id: int, *, now: dt.datetime, lost_at: dt.datetime, limit: int = MOST_ARTICLES
    ) -> MailClaim | None:
        """The next mail to a recipient; None when another process has it."""
        row = {"id": recipient_id, "now": now, "lost_at": lost_at, "limit": limit}
        return await self._row(MailClaim, "claim", row)

    async def sent(self, claim: MailClaim, *, now: dt.datetime) -> None:
        """The server has the mail."""
        await self._run("sent", {"id": claim.id, "mail_id": claim.mail_id, "now": now})

    async def not_sent(
        self, claim: MailClaim, *, next_attempt_at: dt.datetime, problem: str, is_unknown: bool, is_refused: bool
    ) -> None:
        """The server has not taken the mail, or may have (is_unknown)."""
        row = {
            "next_attempt_at": next_attempt_at,
            "problem": problem,
            "is_unknown": is_unknown,
            "is_refused": is_refused,
        }
        await self._run("not_sent", {"id": claim.id, "mail_id": claim.mail_id, **row})

    async def alarm_recipients(self) -> list[str]:
        """Who gets alarms besides the addresses of the setting `alarm_mail`, written as there: desk@example.org critical."""
        return await self._values("alarm_recipients")

    async def add_alarm_recipient(self, address: str, severity: str, *, now: dt.datetime) -> bool:
        """Mail alarms of this severity or worse to an address, too."""
        return bool(await self._run("add_alarm_recipient", {"address": address, "severity": severity, "now": now}))

    async def remove_alarm_recipient(self, address: str) -> bool:
        """Send no more alarms to an address; whether it was one of these."""
        return bool(await self._run("remove_alarm_recipient", {"address": address}))
