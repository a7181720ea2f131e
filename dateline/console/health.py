"""How a source fares, told from what its visits and articles came to. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

HEALTHS = ("quiet", "failing", "silent", "new", "fine", "paused")
"""Worst first."""
QUIET_EXPECTED = 7.0
"""A source is quiet when so many articles were to be expected since its last: by Poisson, one silence in a thousand."""
QUIET_AT_LEAST_H = 6.0
NIGHT_H = 10.0
"""Outlets sleep: so many hours are taken off a silence before articles are expected in it."""
WINDOW_DAYS = 28.0


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """A source as the database has it; counts of articles are of the last 28 days and the last day."""

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


def articles_a_day(source: SourceFacts, now: dt.datetime) -> float:
    """How many articles a day it brought while it brought any: from the window's beginning, or its own, to its last."""
    begun = max(source.created_at, now - dt.timedelta(days=WINDOW_DAYS))
    last = source.last_article_at or now
    return source.month_articles / max(1.0, (last - begun).total_seconds() / 86400)


def health_of(source: SourceFacts, now: dt.datetime) -> tuple[str, str]:
    """How a source fares, in a word and in a sentence."""
    if source.is_paused:
        return "paused", "It is paused."
    if source.pages and source.failing >= source.pages and source.failures >= 1:
        return (
            "failing",
            "Its watched page fails." if source.pages == 1 else f"All of its {source.pages} watched pages fail.",
        )
    if source.last_article_at is None:
        answered = source.last_ok_at is not None
        return ("silent", "It answers, but nothing was stored.") if answered else ("new", "Nothing was stored yet.")
    silent_h = (now - source.last_article_at).total_seconds() / 3600
    expected = articles_a_day(source, now) * max(0.0, silent_h - NIGHT_H) / 24
    if silent_h >= QUIET_AT_LEAST_H and expected >= QUIET_EXPECTED:
        return "quiet", f"No article for {silent_h:.0f} h, in which about {expected:.0f} were to be expected."
    return "fine", f"{source.failing} of its {source.pages} watched pages fail." if source.failing else "All is well."
