"""The health of a source: its most severe active alarm, or retrying, new, fine or paused. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from scheduler.monitoring.alarm_rules import SEVERITY

ALARMS = (
    "failing",
    "signed_out",
    "not_stored",
    "empty_texts",
    "quiet",
    "silent",
    "missing_dates",
    "short_texts",
    "page_failing",
    "needs_browser",
)
"""Kinds of news.alarms, worst first."""
HEALTHS = (*ALARMS, "retrying", "new", "fine", "paused")
"""Worst first."""
TONES = {"critical": "bad", "warning": "warn", "notice": "warn"}
HEALTH_TONES = {kind: TONES[SEVERITY[kind]] for kind in ALARMS} | {
    "retrying": "warn", "new": "calm", "fine": "good", "paused": "calm",
}  # fmt: skip
"""The colour of a health's badge, the same on every page."""
WINDOW_DAYS = 28.0


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """A source with its counts of articles (last 28 days, last day) and its most severe active alarm."""

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
    """Articles per day between the start of the window (or of the source) and its last article."""
    started = max(source.created_at, now - dt.timedelta(days=WINDOW_DAYS))
    last = source.last_article_at or now
    return source.month_articles / max(1.0, (last - started).total_seconds() / 86400)


def health_of(source: SourceFacts) -> tuple[str, str]:
    """The health of a source, as a word and as a sentence."""
    if source.is_paused:
        return "paused", "Paused."
    if source.alarm:
        return source.alarm, source.alarm_says or ""
    if source.failing:
        return (
            "retrying",
            f"{source.failing} of {max(source.pages, source.failing)} watched pages failed at the last visit.",
        )
    if source.last_article_at is None:
        return "new", "No article stored yet."
    return "fine", "No problems."
