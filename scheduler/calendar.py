"""Schedules as people write them, and when they fall next: pure functions of the text, the zone and an instant.

"adaptive", "every 15m" (s, m, h, d), or a cron line of five fields (crontab(5): Sunday is 0 or 7), read in an IANA zone.
Cron's fields are APScheduler's CronTrigger; this adds what it leaves out: crontab's numbering of weekdays, and one firing
where the clock is set back.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apscheduler.triggers.cron import CronTrigger

from dateline.errors import ConfigError

WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
SHORTEST_INTERVAL_S = 30
SYNONYMS = {"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *"}


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule that was read: exactly one of `interval_s` and `cron` is set, or neither ("adaptive")."""

    text: str
    zone: ZoneInfo
    interval_s: int | None = None
    cron: str | None = None

    @property
    def is_adaptive(self) -> bool:
        """True when the cadence is learned from what the source publishes."""
        return self.interval_s is None and self.cron is None


def parse_schedule(text: str, timezone: str = "UTC") -> Schedule:
    """The schedule that a text means; a ConfigError names what is wrong with it and what would be right."""
    text = " ".join(text.split())
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigError(
            f"no time zone is called {timezone!r}; write one such as Europe/Berlin", subject=timezone
        ) from error
    if text == "adaptive":
        return Schedule(text, zone)
    if match := re.fullmatch(r"every (\d+) ?([smhd])", text):
        seconds = int(match[1]) * UNITS[match[2]]
        if seconds < SHORTEST_INTERVAL_S:
            raise ConfigError(f"schedule {text!r} is shorter than {SHORTEST_INTERVAL_S} s", subject=text)
        return Schedule(text, zone, interval_s=seconds)
    schedule = Schedule(text, zone, cron=SYNONYMS.get(text, text))
    _trigger(schedule)
    return schedule


def next_firing(schedule: Schedule, after: dt.datetime, *, anchor: dt.datetime | None = None) -> dt.datetime:
    """The first instant after `after` (UTC) at which an interval or cron schedule falls due.

    An interval keeps to the grid of `anchor` (the instant that was due last), so that slow visits do not shift it.
    """
    if schedule.interval_s is not None:
        if anchor is None or anchor > after:
            return after + dt.timedelta(seconds=schedule.interval_s)
        steps = (after - anchor) // dt.timedelta(seconds=schedule.interval_s) + 1
        return anchor + steps * dt.timedelta(seconds=schedule.interval_s)
    trigger, fixed_hour = _trigger(schedule), not re.match(r"\S+ \*", schedule.cron or "")
    moment = after
    # where the clock is set back, an hour comes twice: a line that names its hour fires in the first of them only
    for _ in range(100):
        fire = trigger.get_next_fire_time(None, moment + dt.timedelta(seconds=1))
        if fire is None:
            break
        utc: dt.datetime = fire.astimezone(dt.UTC)
        if utc > after and not (fixed_hour and fire.fold):
            return utc
        moment = max(utc, moment) + dt.timedelta(minutes=1)
    raise ConfigError(f"schedule {schedule.text!r} never falls due", subject=schedule.text)


def _trigger(schedule: Schedule) -> CronTrigger:
    fields = (schedule.cron or "").split()
    if len(fields) != 5:
        raise ConfigError(
            f'schedule {schedule.text!r} is neither "adaptive", nor "every 15m", nor a cron line of five fields',
            subject=schedule.text,
        )
    minute, hour, day, month, weekday = fields
    try:
        return CronTrigger(
            minute=minute,
            hour=hour,
            day=day,
            month=month,
            day_of_week=_weekdays(weekday),
            second=0,
            timezone=schedule.zone,
        )
    except ValueError as error:
        raise ConfigError(f"schedule {schedule.text!r}: {error}", subject=schedule.text) from error


def _weekdays(field: str) -> str:
    """crontab's weekdays (0 and 7 are Sunday) as names, since APScheduler counts from Monday."""
    out: list[str] = []
    for part in field.lower().split(","):
        numbers = re.fullmatch(r"([0-7])(?:-([0-7]))?(?:/(\d+))?", part)
        if not numbers:
            out.append(part)
            continue
        first, last = int(numbers[1]), int(numbers[2] or numbers[1])
        if numbers[3] and not numbers[2]:
            last = 6
        if last < first:
            raise ValueError(f"weekdays {part!r} run backwards")
        out += [WEEKDAYS[day] for day in range(first, last + 1, int(numbers[3] or 1))]
    return ",".join(dict.fromkeys(out))
