"""The peers' visiting rules, from their documented parameters. Each takes a feed's items and returns its visits, minutes.

rss-fetcher: mediacloud/rss-fetcher, fetcher/config.py and tasks.py (_check_auto_adjust): 6 h at first, an hour less when under
33 % of the shown items are known, ten minutes more (an hour after 31 days of silence) when 67 % or more are; 10 min to 24 h.
miniflux: miniflux/v2, internal/model/feed.go (ScheduleNextCheck), scheduler entry_frequency: a week / (items of the last week),
5 min to 24 h. Its round of queueing (POLLING_FREQUENCY) is left out, in its favour.
news-crawl: commoncrawl/news-crawl, conf/crawler-conf.yaml with StormCrawler's AdaptiveScheduler: 12 h at first, a fifth less
after a change, half more after none; 90 min to 90 days.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import partial

WINDOW = 20
Rule = Callable[[Sequence[float], float, float], list[float]]
"""Items, the first visit and the end, all in minutes."""


def fixed(items: Sequence[float], first: float, end: float, *, every: float) -> list[float]:
    """A visit every so many minutes."""
    return [first % every + every * n for n in range(int((end - first % every) // every) + 1)]


def rss_fetcher(items: Sequence[float], first: float, end: float) -> list[float]:
    """Visits of rss-fetcher's auto-adjusting poll."""
    at, wait, seen, last_new, out = first, 360.0, 0, 0.0, list[float]()
    while at < end:
        place = bisect_right(items, at)
        shown, new = min(WINDOW, place), min(WINDOW, place - seen)
        if new:
            last_new = at
        known = 100.0 * (shown - new) / shown if shown else 102.0
        if out and known >= 67:
            wait = min(1440.0, wait + (10 if at - last_new <= 31 * 1440 else 60))
        elif out and known < 33:
            wait = max(10.0, 360.0 if wait > 360 else wait - 60)
        out.append(at)
        at, seen = at + wait, place
    return out


def miniflux(items: Sequence[float], first: float, end: float) -> list[float]:
    """Visits of miniflux' entry_frequency scheduler."""
    at, out = first, list[float]()
    while at < end:
        out.append(at)
        week = bisect_right(items, at) - bisect_right(items, at - 10080)
        at += min(1440.0, max(5.0, float(round(10080 / week)))) if week else 1440.0
    return out


def news_crawl(items: Sequence[float], first: float, end: float) -> list[float]:
    """Visits of StormCrawler's AdaptiveScheduler as news-crawl sets it."""
    at, wait, seen, out = first, 720.0, 0, list[float]()
    while at < end:
        place = bisect_right(items, at)
        if out:
            wait = min(129600.0, max(90.0, wait * (0.8 if place > seen else 1.5)))
        out.append(at)
        at, seen = at + wait, place
    return out


PEERS: dict[str, Rule] = {
    "rss-fetcher": rss_fetcher,
    "miniflux": miniflux,
    "news-crawl": news_crawl,
    "fixed-15": partial(fixed, every=15.0),
    "fixed-60": partial(fixed, every=60.0),
}
