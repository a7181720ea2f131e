"""What the alarms say: sources that went quiet, or whose pages are read worse than before."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dateline.console.ask import Ask


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that an operator should look at."""

    source: str
    kind: str
    since: dt.datetime | None
    detail: str


async def read_alarms(ask: Ask, *, limit: int) -> list[Alarm]:
    """The alarms that stand now, newest first."""
    return []


async def alarms_of(ask: Ask, source: str) -> list[Alarm]:
    """The alarms of one source."""
    return [alarm for alarm in await read_alarms(ask, limit=1000) if alarm.source == source]
