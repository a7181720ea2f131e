"""The value of --since: a date, an instant, or an age."""

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
