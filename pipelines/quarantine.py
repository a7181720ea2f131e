"""When to try a page or feed again that breaks its reader, and when to hold it; pure."""

from __future__ import annotations

import datetime as dt

FAILURES_TO_HOLD = 3
"""Two failures may be an accident of the machine (memory, a kill). The view news.quarantine has the same number."""
PAGE_WAIT = dt.timedelta(minutes=10)
ONE_OFF_WAIT = dt.timedelta(seconds=1)
"""A user waits for a one-off crawl."""
FEED_WAIT = dt.timedelta(days=7)
"""A held feed is read once a week, because most are repaired some day without notice."""
PARSE_ENDS = frozenset({"parse_timeout", "parse_memory", "parse_crash"})


def page_retry_at(failures: int, *, now: dt.datetime, is_one_off: bool) -> dt.datetime | None:
    """Returns when to try a page again that broke its reader for the n-th time; None: hold it."""
    if failures >= FAILURES_TO_HOLD:
        return None
    return now + (ONE_OFF_WAIT if is_one_off else PAGE_WAIT * failures)


def feed_retry_at(failures: int, *, now: dt.datetime) -> dt.datetime | None:
    """Returns the earliest next visit of a feed that broke its reader for the n-th time; None: treat it as any failing feed."""
    return now + FEED_WAIT if failures >= FAILURES_TO_HOLD else None
