"""The alarms: sources that went quiet, that fail, or that answer and bring nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dateline.console.ask import Ask
from dateline.console.health import SourceFacts, health_of

ALARMING = ("quiet", "failing", "silent")


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that an operator should look at."""

    source: str
    kind: str
    since: dt.datetime | None
    detail: str


async def read_alarms(ask: Ask) -> list[Alarm]:
    """The alarms that stand now, the worst first, those of long ago last."""
    facts = await ask.reader.rows(SourceFacts, "console", "sources", {"now": ask.now})
    found = [alarm for one in facts if (alarm := alarm_of(one, ask.now)) is not None]
    return sorted(found, key=lambda one: (ALARMING.index(one.kind), -(one.since or ask.now).timestamp(), one.source))


def alarm_of(source: SourceFacts, now: dt.datetime) -> Alarm | None:
    """The alarm about a source; None where all is well."""
    health, why = health_of(source, now)
    if health not in ALARMING:
        return None
    return Alarm(source.name, health, source.last_article_at if health == "quiet" else source.last_ok_at, why)
