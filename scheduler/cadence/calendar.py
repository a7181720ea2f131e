"""Schedules as people write them, and when they fall next: pure functions of the text, the zone and an instant.

"adaptive", "every 15m" (s, m, h, d), or a cron line of five fields (crontab(5)), read in an IANA zone. The fields are
APScheduler's CronTrigger, asked for wall-clock times alone; what it leaves out is done here: crontab's numbering of
weekdays, its "either" of day and weekday, and every change of a zone's offset. APScheduler loses the firing of a midnight
that a zone skips (Santiago, Cairo) and one on a day that never was (Apia, 30 December 2011).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apscheduler.triggers.cron import CronTrigger

from dateline.errors import ConfigError

WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
SHORTEST_INTERVAL_S, LONGEST_INTERVAL_S = 30, 366 * 86400
SYNONYMS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
FIELDS = ("minute", "hour", "day", "month", "day_of_week")
CURE = 'write minute, hour, day, month and weekday (0 is Sunday), such as "30 6 * * 1-5"'
LONGEST_FOLD = dt.timedelta(hours=3)
"""No zone sets its clock back by more, but for days that come twice (the date line)."""


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


@lru_cache(maxsize=1_000)
def parse_schedule(text: str, timezone: str = "UTC") -> Schedule:
    """The schedule that a text means; a ConfigError says what is wrong and how to write it."""
    text = " ".join(text.split())
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(
            f"Unknown time zone {timezone!r}: write an IANA name such as Europe/Berlin", subject=timezone
        ) from error
    if text == "adaptive":
        return Schedule(text, zone)
    if match := re.fullmatch(r"every (\d+) ?([smhd])", text):
        return Schedule(text, zone, interval_s=_interval_s(text, match))
    schedule = Schedule(text, zone, cron=SYNONYMS.get(text, text))
    next(_walls(schedule, dt.datetime(2026, 1, 1)))
    return schedule


def kept_schedule(text: str, timezone: str) -> Schedule:
    """A schedule from the database: adaptive if it can't be read (any more).

    Commands accept only schedules that can be read. But an update may remove a time zone, and a visit that ends in an error
    would leave its page due again the next second.
    """
    try:
        return parse_schedule(text, timezone)
    except ConfigError:
        return parse_schedule("adaptive")


def _interval_s(text: str, match: re.Match[str]) -> int:
    seconds = int(match[1][:12]) * UNITS[match[2]]
    if not SHORTEST_INTERVAL_S <= seconds <= LONGEST_INTERVAL_S:
        raise ConfigError(
            f'schedule {text!r} is not between {SHORTEST_INTERVAL_S} s and a year; write such as "every 15m"',
            subject=text,
        )
    return seconds


def next_firing(schedule: Schedule, after: dt.datetime, *, anchor: dt.datetime | None = None) -> dt.datetime:
    """The first instant after `after` (UTC) at which an interval or cron schedule falls due.

    An interval keeps to the grid of `anchor` (the instant that was due last), so that slow visits do not shift it.
    """
    if schedule.interval_s is not None:
        if anchor is None or anchor > after:
            return after + dt.timedelta(seconds=schedule.interval_s)
        steps = (after - anchor) // dt.timedelta(seconds=schedule.interval_s) + 1
        return anchor + steps * dt.timedelta(seconds=schedule.interval_s)
    best: dt.datetime | None = None
    local = after.astimezone(schedule.zone).replace(tzinfo=None)
    for wall in _walls(schedule, local - LONGEST_FOLD):
        if best is not None and wall > best.astimezone(schedule.zone).replace(tzinfo=None) + LONGEST_FOLD:
            break
        coming = [instant for instant in _instants(schedule, wall) if instant > after]
        best = min([*coming, *([best] if best else [])], default=None)
    if best is None:
        raise ConfigError(f"schedule {schedule.text!r} never falls due; {CURE}", subject=schedule.text)
    return best


def _instants(schedule: Schedule, wall: dt.datetime) -> list[dt.datetime]:
    """When a zone's clock shows a wall-clock time (UTC): once as a rule.

    Twice where the clock is set back: a line that names its hour means the first, one for every hour means both. Never
    where it is set forward: a line that names its hour falls due as if the clock had not been, one for every hour does not.
    """
    first, second = (wall.replace(tzinfo=schedule.zone, fold=fold).astimezone(dt.UTC) for fold in (0, 1))
    names_its_hour = not re.match(r"\S+ \*", schedule.cron or "")
    if first == second or (first < second and names_its_hour):
        return [first]
    if first < second:
        return [first, second]
    return [first] if names_its_hour else []


def _walls(schedule: Schedule, start: dt.datetime) -> Iterator[dt.datetime]:
    """Wall-clock times from a start on, in order; a ConfigError where there is none."""
    triggers = _triggers(schedule)
    at = start.replace(tzinfo=dt.UTC) - dt.timedelta(minutes=1)
    while True:
        at += dt.timedelta(minutes=1)
        coming = [fire for trigger in triggers if (fire := trigger.get_next_fire_time(None, at)) is not None]
        if not coming:
            break
        at = min(coming)
        yield at.replace(tzinfo=None)
    raise ConfigError(f"schedule {schedule.text!r} never falls due; {CURE}", subject=schedule.text)


@lru_cache(maxsize=1_000)
def _triggers(schedule: Schedule) -> tuple[CronTrigger, ...]:
    """The line's wall-clock times: of either of two where it names both day and weekday, as crontab(5) has it."""
    fields = (schedule.cron or "").split()
    if len(fields) != 5:
        raise ConfigError(
            f'schedule {schedule.text!r} is neither "adaptive", nor "every 15m", nor a cron line of five fields; {CURE}',
            subject=schedule.text,
        )
    named = dict(zip(FIELDS, fields, strict=True))
    for name, field in named.items():
        _checked(schedule, name, field)
    named["day_of_week"] = _weekdays(named["day_of_week"])
    if named["day"].startswith("*") or fields[4].startswith("*"):
        return (CronTrigger(**named, second=0, timezone=dt.UTC),)
    return tuple(CronTrigger(**named | {name: "*"}, second=0, timezone=dt.UTC) for name in ("day", "day_of_week"))


def _checked(schedule: Schedule, name: str, field: str) -> None:
    """Nothing, or a ConfigError that names the field that can't be read."""
    try:
        CronTrigger(**{name: _weekdays(field) if name == "day_of_week" else field}, timezone=dt.UTC)
    except ValueError as error:
        plain = str(error).removeprefix("Error validating expression ").partition(": ")[2] or str(error)
        called = "weekday" if name == "day_of_week" else name
        raise ConfigError(
            f"schedule {schedule.text!r}: {field!r} is not a valid {called} ({plain}); {CURE}", subject=schedule.text
        ) from error


def _weekdays(field: str) -> str:
    """crontab's weekdays (0 and 7 are Sunday) as names, since APScheduler counts from Monday."""
    out: list[str] = []
    for part in field.lower().split(","):
        numbers = re.fullmatch(r"(?:([0-7])(?:-([0-7]))?|\*)(?:/(\d{1,2}))?", part)
        if not numbers or part == "*":
            out.append(part)
            continue
        first = int(numbers[1] or 0)
        last = int(numbers[2]) if numbers[2] else 6 if numbers[3] or not numbers[1] else first
        if last < first:
            raise ValueError(f"weekdays {part!r} run backwards")
        if numbers[3] == "0":
            raise ValueError("a step of 0")
        out += [WEEKDAYS[day] for day in range(first, last + 1, int(numbers[3] or 1))]
    return ",".join(dict.fromkeys(out))
