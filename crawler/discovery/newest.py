"""Which entries of a page that names more than the cap are read: the newest, wherever they are; pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

_MOST_DATED = 10_000
"""The dates of this many entries at each end are read; entries between them count as undated."""


def newest(items: Sequence[T], most: int, dated: Callable[[T], dt.datetime | None] = lambda item: None) -> list[T]:
    """At most `most` items, in their order: the newest by date, then undated ones from both ends.

    Feeds and sitemaps are written newest first or oldest first, so that what is new is at one of the ends.
    """
    if len(items) <= most:
        return list(items)
    ends = [min(place, len(items) - 1 - place) for place in range(len(items))]
    dates = [dated(item) if end < _MOST_DATED else None for item, end in zip(items, ends, strict=True)]
    ranked = sorted(range(len(items)), key=lambda place: (_newest_first(dates[place]), ends[place]))
    return [items[place] for place in sorted(ranked[:most])]


def _newest_first(at: dt.datetime | None) -> float:
    return -at.timestamp() if at else 0.0
