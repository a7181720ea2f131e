"""When a page or feed that breaks its reader is tried again, and when it is held; pure."""

from __future__ import annotations

import datetime as dt

FAILURES_TO_HOLD = 3
"""Twice may be an accident of the machine (memory, a kill); news.quarantine has the same number."""
PAGE_WAIT = dt.timedelta(minutes=10)
ONE_OFF_WAIT = dt.timedelta(seconds=1)
"""Somebody waits for a one-off crawl."""
FEED_WAIT = dt.timedelta(days=7)
"""A feed that is held is looked at once a week: most are mended some day, and nobody is told."""
PARSE_ENDS = frozenset({"parse_timeout", "parse_memory", "parse_crash"})


def page_retry_at(failures: int, *, now: dt.datetime, is_one_off: bool) -> dt.datetime | None:
    """When a page that broke its reader for the n-th time is tried again; None: it is held."""
    if failures >= FAILURES_TO_HOLD:
        return None
    return now + (ONE_OFF_WAIT if is_one_off else PAGE_WAIT * failures)


def feed_retry_at(failures: int, *, now: dt.datetime) -> dt.datetime | None:
    """Not before this may a watched page be visited that broke its reader for the n-th time; None: as any failing one."""
    return now + FEED_WAIT if failures >= FAILURES_TO_HOLD else None
