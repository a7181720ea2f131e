"""When a mail is due. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

AT_LEAST_APART = dt.timedelta(minutes=5)
"""Between two mails of one watch to one recipient who wants each match at once."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 60.0, 900.0
FIRST_REFUSED_S, LONGEST_REFUSED_S = 3600.0, 86_400.0


@dataclass(frozen=True, slots=True)
class MailHours:
    """The operator's clock: when daily digests go out, and the hours in which no alarm is mailed."""

    zone: ZoneInfo
    day_at: dt.time
    quiet: tuple[dt.time, dt.time] | None = None

    @classmethod
    def of(cls, zone: str, day_at: str, quiet: str) -> MailHours:
        """The clock of the settings, which were checked when they were read."""
        first, dash, last = quiet.partition("-")
        hours = (dt.time.fromisoformat(first.strip()), dt.time.fromisoformat(last.strip())) if dash else None
        return cls(ZoneInfo(zone), dt.time.fromisoformat(day_at), hours)

    def is_quiet(self, now: dt.datetime) -> bool:
        """Whether the quiet hours hold, also across midnight."""
        if self.quiet is None:
            return False
        (first, last), at = self.quiet, now.astimezone(self.zone).time()
        return first <= at < last if first <= last else at >= first or at < last


def due_at(every: str, oldest_at: dt.datetime, last_sent_at: dt.datetime | None, clock: MailHours) -> dt.datetime:
    """When what waits since `oldest_at` is to be sent: at once but not in a burst, at the full hour, or at the day's time."""
    if every == "match":
        return max(oldest_at, last_sent_at + AT_LEAST_APART) if last_sent_at else oldest_at
    if every == "hour":
        return oldest_at.replace(minute=0, second=0, microsecond=0) + dt.timedelta(hours=1)
    day = oldest_at.astimezone(clock.zone).date()
    today, tomorrow = (_at(day + dt.timedelta(days=n), clock) for n in (0, 1))
    return today if oldest_at < today else tomorrow


def _at(day: dt.date, clock: MailHours) -> dt.datetime:
    return dt.datetime.combine(day, clock.day_at, clock.zone).astimezone(dt.UTC)


def pause_s(failures: int, *, is_refused: bool = False) -> float:
    """Seconds until the next attempt: from one minute to a quarter of an hour; for a refused address, an hour to a day."""
    first, longest = (FIRST_REFUSED_S, LONGEST_REFUSED_S) if is_refused else (FIRST_PAUSE_S, LONGEST_PAUSE_S)
    return float(min(longest, first * 2 ** min(max(failures, 0), 20)))
