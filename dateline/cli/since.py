"""The values of --since and --expires: a date, an instant, or a number of days, hours or minutes."""

from __future__ import annotations

import datetime as dt

from dateline.errors import UsageError

LONGEST_D = 36_500
_UNITS = {"d": 1440, "h": 60, "m": 1}


def parse_since(text: str, *, now: dt.datetime) -> dt.datetime:
    """The instant that --since means: an ISO date or instant, or an age in days (d), hours (h) or minutes (m)."""
    try:
        return _at(text, now=now, sign=-1)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"Invalid --since {text[:60]!r}: give a date such as 2026-05-04, or an age such as 2d, 12h or 30m",
            subject=text,
        ) from error


def parse_ahead(text: str, *, now: dt.datetime) -> dt.datetime | None:
    """The instant that --expires means: days (d), hours (h) or minutes (m) from now, or an ISO date; None for "never"."""
    if text == "never":
        return None
    try:
        found = _at(text, now=now, sign=1)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"Invalid --expires {text[:60]!r}: give an age such as 90d or 12h, a date such as 2027-05-04, or never"
        ) from error
    if found <= now:
        raise UsageError(f"--expires {text[:60]!r} is not in the future")
    if found >= now + dt.timedelta(days=LONGEST_D):
        raise UsageError(f"--expires {text[:60]!r} is a century or more ahead: give less, or never")
    return found


def _at(text: str, *, now: dt.datetime, sign: int) -> dt.datetime:
    """That long before or after now, a century at most; else the date or instant that is written."""
    number, unit = text[:-1], text[-1:]
    if number.isdecimal() and unit in _UNITS:
        return now + sign * dt.timedelta(minutes=min(int(number[:12]) * _UNITS[unit], LONGEST_D * 1440))
    found = dt.datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)
