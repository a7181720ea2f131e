"""Whether a watched page that redirects has moved: a pure decision over what its visits met.

RFC 9110, 15.4.2: who can edit links ought to take a permanent redirect's target for them. Not at its first word: a
mistaken 301 is taken back within hours, and a feed that was lost to it would not come back by itself.
"""

from __future__ import annotations

import datetime as dt

from crawler.exchange import NotModified
from dateline.types.article import Page
from sql.frontier.feeds import PermanentRedirect
from sql.frontier.rows import DueFeed

TIMES = 3
HELD = dt.timedelta(days=1)
"""So many visits in a row must have been led to one address, over so long."""


def redirect_after(
    known: PermanentRedirect | None, target: str | None, *, now: dt.datetime
) -> PermanentRedirect | None:
    """What is known of the move after a visit that was led to `target` (None: the page answered where it was asked)."""
    if target is None:
        return None
    if known is None or known.url != target:
        return PermanentRedirect(target, 1, now)
    times = min(known.times + 1, 1000)
    return PermanentRedirect(target, times, known.since, is_followed=times >= TIMES and now - known.since >= HELD)


def redirect_of(feed: DueFeed, answer: Page | NotModified, *, now: dt.datetime) -> PermanentRedirect | None:
    """What is known after this answer of where the page redirects for good."""
    known = None
    if feed.moving_url is not None and feed.moving_since is not None:
        known = PermanentRedirect(feed.moving_url, feed.moving_times or 1, feed.moving_since)
    target = answer.final_url if answer.is_moved and answer.final_url != feed.url else None
    return redirect_after(known, target, now=now)
