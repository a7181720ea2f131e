"""Date ranges in a search: `2026-05..2026-06`, `2026`, `..2026-05-01`, `7d`, `today`. Days are in UTC."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from dateline.errors import QueryError

_CURE = (
    "write a day, month or year (2026-05-01, 2026-05, 2026), a range (2026-05..2026-06, 2026-05..), 7d, 24h or today"
)
_CALENDAR = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_RELATIVE = re.compile(r"(\d{1,5})([hdwmy])")
_EARLIEST = dt.datetime(1000, 1, 1, tzinfo=dt.UTC)
_UNIT_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


@dataclass(frozen=True, slots=True)
class DateRange:
    """From `since` on and before `until`; or the period `last` up to now; or the day `days_ago` days ago."""

    since: dt.datetime | None = None
    until: dt.datetime | None = None
    last: dt.timedelta | None = None
    days_ago: int | None = None

    def bounds(self, now: dt.datetime) -> tuple[dt.datetime | None, dt.datetime | None]:
        """Its start (inclusive) and its end (exclusive)."""
        if self.last is not None:
            return now - min(self.last, now - _EARLIEST), None
        if self.days_ago is not None:
            day = now.astimezone(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
            day -= dt.timedelta(days=self.days_ago)
            return day, day + dt.timedelta(days=1)
        return self.since, self.until


def parse_range(text: str, *, query: str, position: int) -> DateRange:
    """The range that a text means; a QueryError at `position` of `query` if it can't be read."""
    plain = text.strip().lower()
    if plain in {"today", "yesterday"}:
        return DateRange(days_ago=("today", "yesterday").index(plain))
    if relative := _RELATIVE.fullmatch(plain):
        count, unit = int(relative[1]), relative[2]
        return DateRange(last=dt.timedelta(hours=count) if unit == "h" else dt.timedelta(days=count * _UNIT_DAYS[unit]))
    first, dots, last = plain.partition("..")
    begins, ends = _span(first), _span(last) if dots else _span(first)
    unread = (first and begins is None) or (dots and last and ends is None) or not (begins or ends)
    if unread or (begins and ends and begins[0] >= ends[1]):
        why = "is not a date" if unread else "ends before it begins"
        raise QueryError(f"{text!r} {why}", query=query, position=position, cure=_CURE)
    return DateRange(begins[0] if begins else None, ends[1] if ends else None)


def _span(text: str) -> tuple[dt.datetime, dt.datetime] | None:
    """The start of a day, month or year, and the start of the next one."""
    found = _CALENDAR.fullmatch(text)
    if found is None:
        return None
    year, month, day = int(found[1]), int(found[2] or 1), int(found[3] or 1)
    try:
        begin = dt.datetime(year, month, day, tzinfo=dt.UTC)
        if found[3]:
            return begin, begin + dt.timedelta(days=1)
        if found[2]:
            return begin, dt.datetime(year + month // 12, month % 12 + 1, 1, tzinfo=dt.UTC)
        return begin, dt.datetime(year + 1, 1, 1, tzinfo=dt.UTC)
    except (ValueError, OverflowError):
        return None
