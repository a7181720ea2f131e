"""What a publisher's polling hints mean for the next visit: pure functions of the feed's elements, the answer's headers and now.

A hint can postpone a visit, never bring it forward, and by no more than LONGEST (docs/explanation/cadence.md has the table).
"""

from __future__ import annotations

import datetime as dt

from dateline.types.source import PollingHints

LONGEST = dt.timedelta(hours=24)
"""No hint delays a visit by more."""
LONGEST_FRESH = dt.timedelta(hours=1)
"""An HTTP header delays a visit by no more: those who run the cache set it for whole classes of files, seldom those who
write the feed. Miniflux takes it up to 24 h, Liferea averages it with the feed's own words, NetNewsWire took it
and then gave it up for all hosts but one (its issue 4478)."""


def hinted_wait(hints: PollingHints, fresh: dt.timedelta, *, now: dt.datetime) -> dt.timedelta | None:
    """How long the next visit has to wait at least; None without hints."""
    waits = [_feed_wait(hints, now), min(fresh, LONGEST_FRESH)]
    longest = max(wait for wait in waits if wait is not None)
    return min(longest, LONGEST) or None


def _feed_wait(hints: PollingHints, now: dt.datetime) -> dt.timedelta | None:
    """The interval; with sy:updateBase until the next instant of the grid on which the feed is written."""
    if hints.interval is None or hints.base is None:
        return hints.interval
    return hints.interval - (now - hints.base) % hints.interval


def outside_skipped_hours(due_at: dt.datetime, hints: PollingHints, *, now: dt.datetime) -> dt.datetime:
    """The visit moved out of the hours (GMT) and days that the feed asks to skip, to the first that it does not."""
    latest = max(due_at, now + LONGEST)
    at = due_at
    while at < latest and _is_skipped(at, hints):
        at = at.replace(minute=0, second=0, microsecond=0) + dt.timedelta(hours=1)
    return min(at, latest)


def _is_skipped(at: dt.datetime, hints: PollingHints) -> bool:
    utc = at.astimezone(dt.UTC)
    return utc.hour in hints.skip_hours or utc.weekday() in hints.skip_days
