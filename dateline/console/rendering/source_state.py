"""How a source fares: the worst alarm that stands about it, or a word of its own. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

ALARMS = ("failing", "not_stored", "empty_texts", "quiet", "silent", "missing_dates", "short_texts", "page_failing")
"""Kinds of news.alarms, worst first."""
HEALTHS = (*ALARMS, "new", "fine", "paused")
"""Worst first."""
WINDOW_DAYS = 28.0


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """A source as the database has it; counts of articles are of the last 28 days and the last day, `alarm` is the worst."""

    name: str
    title: str
    site: str
    home: str
    country: str | None
    languages: list[str]
    tags: list[str]
    schedule: str
    is_paused: bool
    created_at: dt.datetime
    pages: int
    failing: int
    failures: float
    last_ok_at: dt.datetime | None
    next_due_at: dt.datetime | None
    last_article_at: dt.datetime | None
    month_articles: int
    day_articles: int
    alarm: str | None = None
    alarm_says: str | None = None


def articles_a_day(source: SourceFacts, now: dt.datetime) -> float:
    """How many articles a day it brought while it brought any: from the window's beginning, or its own, to its last."""
    begun = max(source.created_at, now - dt.timedelta(days=WINDOW_DAYS))
    last = source.last_article_at or now
    return source.month_articles / max(1.0, (last - begun).total_seconds() / 86400)


def health_of(source: SourceFacts) -> tuple[str, str]:
    """How a source fares, in a word and in a sentence."""
    if source.is_paused:
        return "paused", "It is paused."
    if source.alarm:
        return source.alarm, source.alarm_says or ""
    if source.last_article_at is None:
        return "new", "Nothing was stored yet."
    return "fine", f"{source.failing} of its {source.pages} watched pages fail." if source.failing else "All is well."
