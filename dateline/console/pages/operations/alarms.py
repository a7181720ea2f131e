"""The alarms: problems of sources, active and recently ended (docs/explanation/coverage.md)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dateline.console.rendering.source_state import ALARMS
from dateline.console.request import Ask
from sql.service.alarms import Alarm
from sql.watches.mail import MailBox

PAGE = 40
MOST_ACTIVE = 200
"""Active alarms that the overview reads; it shows the first few."""
MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class AlarmsPage:
    """The data of the page: active alarms, and those that ended in the last days."""

    title: str
    standing: list[Alarm]
    ended: list[Alarm]
    kinds: tuple[str, ...]
    kind: str
    days: int
    page: int
    next: str | None
    previous: str | None
    recipients: list[str]
    """Addresses that were added here and get alarms by mail; only operators see them."""


async def read(ask: Ask) -> AlarmsPage:
    """The alarms of a kind or of all."""
    kind, days = ask.choice("kind", ("", *ALARMS)), ask.number("days", 14, low=1, high=MOST_DAYS)
    page = ask.number("page", 1, low=1, high=10_000)
    since = ask.now - dt.timedelta(days=days)
    wanted = {"since": since, "kind": kind, "skip": (page - 1) * PAGE, "limit": PAGE + 1}
    found = await ask.reader.rows(Alarm, "alarms", "lately", wanted)
    return AlarmsPage(
        title="Alarms",
        standing=[one for one in found[:PAGE] if one.until is None],
        ended=[one for one in found[:PAGE] if one.until],
        kinds=ALARMS,
        kind=kind,
        days=days,
        page=page,
        next=ask.onward("/alarms", page=page + 1) if len(found) > PAGE else None,
        previous=ask.onward("/alarms", page=page - 1) if page > 1 else None,
        recipients=await ask.reader.through(lambda pool: MailBox(pool).alarm_recipients()) if ask.is_operator else [],
    )


async def read_active_alarms(ask: Ask) -> list[Alarm]:
    """The active alarms, most severe first."""
    return await ask.reader.rows(Alarm, "alarms", "standing", {"limit": MOST_ACTIVE})
