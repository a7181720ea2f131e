"""The lists of posts of WordPress' REST interface, newest first; pure.

A list is asked for by the date before which its posts were published, so that new posts don't move it. Where a site ignores
that, or where one second has more posts than a list holds, it is asked for by its page's number.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit

from crawler.history.lists import Window
from crawler.source_finder.wordpress import posts_url
from dateline.instants.spans import DAY

FEWER_POSTS = (20, 10)
"""Posts in a list where a site refuses more; 10 is WordPress' own default."""
_SECOND = dt.timedelta(seconds=1)


def first_posts(api: str, window: Window) -> str:
    """The newest list within the dates, whose zone is the site's: a day more on both sides."""
    return posts_url(api, after=_clock(window.since - DAY), before=_clock(window.until + DAY))


def further_posts(url: str, dates: Sequence[dt.datetime | None]) -> str | None:
    """The list that follows one with posts of these dates (the site's own clock); None where it had no posts."""
    asked = parse_qs(urlsplit(url).query)
    before, page = asked.get("before", [""])[0], int(asked.get("page", ["1"])[0])
    if not dates:
        return None
    end, known = dt.datetime.fromisoformat(before), [at for at in dates if at is not None]
    oldest, newest = min(known, default=end) + _SECOND, max(known, default=end)
    is_ignored, leads_nowhere = newest > end, oldest >= end
    if is_ignored or leads_nowhere or (len(known) > 1 and newest < oldest):
        return _with(url, page=str(page + 1), before=before)
    return _with(url, page="1", before=_clock(oldest))


def shorter_posts(url: str) -> str | None:
    """The first list with fewer posts, since some sites allow fewer than WordPress does; None if it has few already."""
    asked = int(parse_qs(urlsplit(url).query).get("per_page", ["0"])[0])
    fewer = next((number for number in FEWER_POSTS if number < asked), None)
    return _with(url, per_page=str(fewer)) if fewer and page_number(url) == 1 else None


def page_number(url: str) -> int:
    """The number of a list among those before the same date."""
    return int(parse_qs(urlsplit(url).query).get("page", ["1"])[0])


def _clock(at: dt.datetime) -> str:
    return at.replace(tzinfo=None, microsecond=0).isoformat()


def _with(url: str, **changed: str) -> str:
    """The address with these parameters instead of those it has."""
    head, _, query = url.partition("?")
    kept = [pair for pair in query.split("&") if pair.partition("=")[0] not in changed]
    added = [f"{name}={value}" for name, value in changed.items() if (name, value) != ("page", "1")]
    return f"{head}?{'&'.join(kept + added)}"
