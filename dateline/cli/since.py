"""The values of --since and --expires: a date, an instant, or a number of days, hours or minutes."""

from __future__ import annotations

import datetime as dt

from dateline.errors import UsageError


def parse_since(text: str, *, now: dt.datetime) -> dt.datetime:
    """The instant that --since means: an ISO date or instant, or an age in days (d), hours (h) or minutes (m)."""
    if text[:-1].isdigit() and text[-1] in "dhm":
        unit = {"d": "days", "h": "hours", "m": "minutes"}[text[-1]]
        return now - dt.timedelta(**{unit: int(text[:-1])})
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"Invalid --since {text!r}: give a date such as 2026-05-04, or an age such as 2d, 12h or 30m", subject=text
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


LONGEST_D = 36_500


def parse_ahead(text: str, *, now: dt.datetime) -> dt.datetime | None:
    """The instant that --expires means: days (d), hours (h) or minutes (m) from now, or an ISO date; None for "never"."""
    if text == "never":
        return None
    number, unit = text[:-1], text[-1:]
    try:
        if number.isdecimal() and unit in ("d", "h", "m"):
            found = now + min(int(number[:12]), LONGEST_D * 1440) * {"d": _DAY, "h": _DAY / 24, "m": _DAY / 1440}[unit]
        else:
            found = dt.datetime.fromisoformat(text)
            found = found if found.tzinfo else found.replace(tzinfo=dt.UTC)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"Invalid --expires {text[:60]!r}: give an age such as 90d or 12h, a date such as 2027-05-04, or never"
        ) from error
    if found <= now:
        raise UsageError(f"--expires {text[:60]!r} is not in the future")
    return found


_DAY = dt.timedelta(days=1)
