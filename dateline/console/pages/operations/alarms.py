"""The alarms: problems of sources, active and recently ended (docs/explanation/coverage.md)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dateline.console.rendering.source_state import ALARMS
from dateline.console.request import Ask
from sql.service.alarms import Alarm

PAGE = 200
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


async def read(ask: Ask) -> AlarmsPage:
    """The alarms of a kind or of all."""
    kind, days = ask.choice("kind", ("", *ALARMS)), ask.number("days", 14, low=1, high=MOST_DAYS)
    wanted = {"since": ask.now - dt.timedelta(days=days), "kind": kind, "limit": PAGE}
    found = await ask.reader.rows(Alarm, "alarms", "lately", wanted)
    return AlarmsPage(
        title="Alarms",
        standing=[one for one in found if one.until is None],
        ended=[one for one in found if one.until],
        kinds=ALARMS,
        kind=kind,
        days=days,
    )


async def read_active_alarms(ask: Ask) -> list[Alarm]:
    """The active alarms, most severe first."""
    return await ask.reader.rows(Alarm, "alarms", "standing", {"limit": PAGE})
