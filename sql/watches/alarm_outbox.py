"""Messages to the operators about alarms, in PostgreSQL: what they do not know yet, and what is being sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar
from uuid import UUID, uuid4

from psycopg import AsyncConnection
from psycopg import sql as compose
from psycopg.rows import class_row

from sql import has_query, query
from sql.database import Pool

ALARMS_APART = dt.timedelta(minutes=15)
"""Between two messages to the operators."""
_NAMES = {
    "mail": {"started": "started_mail", "ended": "ended_mail", "reported": "reported_in"},
    "webhook": {"started": "started_hook", "ended": "ended_hook", "reported": "reported_hook"},
}

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class AlarmChange:
    """An alarm that a message to the operators names: its start, its end, or both."""

    source: str
    kind: str
    severity: str
    since: dt.datetime
    until: dt.datetime | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A recipient whose mail the server refuses."""

    watch: str
    address: str
    problem: str


@dataclass(frozen=True, slots=True)
class AlarmClaim:
    """A message to the operators that this process is to send."""

    mail_id: UUID
    mail_at: dt.datetime
    failures: int
    changes: list[AlarmChange]
    refused: list[Refused]


@dataclass(frozen=True, slots=True)
class _AlarmState:
    mail_id: UUID | None
    mail_at: dt.datetime | None
    failures: int
    last_sent_at: dt.datetime | None


class AlarmOutbox:
    """Reads and writes what operators get about alarms, one object for each way: by mail, by webhook.

    Every method is one transaction. A further webhook, or mail of severe alarms only, has a `place`, which names it, and the
    severities that it gets.
    """

    def __init__(
        self, pool: Pool, way: Literal["mail", "webhook", "hook"], *, place: str = "", severities: Sequence[str] = ()
    ) -> None:
        self._pool = pool
        self._row = {"place": place, "severities": list(severities)} if place else {}
        self._areas = ("alarm_hooks", "alarm_outbox") if place else ("alarm_outbox",)
        self._names: dict[str, compose.Composable] = {
            name: compose.Identifier(column) for name, column in _NAMES.get(way, {}).items()
        }
        self._names["state"] = compose.Identifier("dateline", f"alarm_{way}")
        self._names["here"] = compose.SQL("place = %(place)s" if place else "true")

    async def notify_only(self, places: Sequence[str], *, is_mail: bool = False) -> None:
        """End the further webhooks, or the mails of severe alarms, that are not among these."""
        await self._run("notify_only", row={"places": list(places), "is_mail": is_mail})

    async def notify(self, is_wanted: bool, *, now: dt.datetime) -> None:
        """Note since when operators get messages; what ends while they do not is never sent."""
        await self._run("notify_since" if is_wanted else "notify_nobody", row={"now": now})

    async def claim(self, *, now: dt.datetime, lost_at: dt.datetime) -> AlarmClaim | None:
        """The next message: all that the operators do not know yet; None when there is nothing, or it is too soon."""
        async with self._pool.connection() as conn, conn.transaction():
            state = next(iter(await self._rows(conn, _AlarmState, "state", {"now": now})), None)
            if state is None:
                return None
            of: dict[str, Any] = {**self._row, "mail_id": state.mail_id or uuid4()}
            if state.mail_id is None:
                if state.last_sent_at and now < state.last_sent_at + ALARMS_APART:
                    return None
                row = await (await conn.execute(self._query("mark"), of)).fetchone()
                if not row or not row[0]:
                    return None
            await conn.execute(self._query("claim_notice"), {**of, "now": now, "lost_at": lost_at})
            changes = await self._rows(conn, AlarmChange, "changes_of", of)
            refused = await self._rows(conn, Refused, "refused_of", of)
            return AlarmClaim(of["mail_id"], state.mail_at or now, state.failures, changes, refused)

    async def sent(self, claim: AlarmClaim, *, now: dt.datetime) -> None:
        """The receiver has the message."""
        await self._run("notice_sent", row={"mail_id": claim.mail_id, "now": now})

    async def not_sent(
        self, claim: AlarmClaim, *, next_attempt_at: dt.datetime, problem: str, is_unknown: bool
    ) -> None:
        """The receiver has not taken the message, or may have (is_unknown)."""
        row = {"next_attempt_at": next_attempt_at, "problem": problem, "is_unknown": is_unknown}
        await self._run(*([] if is_unknown else ["unmark"]), "notice_not_sent", row={"mail_id": claim.mail_id, **row})

    def _query(self, name: str) -> compose.Composed:
        area = next(one for one in self._areas if has_query(one, name))
        return compose.SQL(query(area, name)).format(**self._names)

    async def _run(self, *names: str, row: Mapping[str, Any]) -> None:
        async with self._pool.connection() as conn, conn.transaction():
            for name in names:
                await conn.execute(self._query(name), {**self._row, **row})

    async def _rows(self, conn: AsyncConnection[Any], kind: type[Row], name: str, row: Mapping[str, Any]) -> list[Row]:
        async with conn.cursor(row_factory=class_row(kind)) as cur:
            return await (await cur.execute(self._query(name), {**self._row, **row})).fetchall()
