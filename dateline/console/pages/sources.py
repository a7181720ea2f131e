"""The sources and how they fare: filter, order, page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dateline.console.ask import Ask

PAGE = 50
QUIET_EXPECTED = 7.0
"""A source is quiet when this many articles were to be expected since its last: by Poisson, one in a thousand lasts as long."""
QUIET_AT_LEAST_H = 6.0


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


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A source in the list."""

    name: str
    title: str
    site: str
    country: str | None
    languages: list[str]
    health: str
    why: str
    last_article_at: dt.datetime | None
    last_ok_at: dt.datetime | None
    next_due_at: dt.datetime | None
    day_articles: int
    a_day: float
    pages: int
    failing: int


@dataclass(frozen=True, slots=True)
class Sources:
    """The page."""

    title: str
    sources: list[SourceLine]
    health: dict[str, int]
    found: int
    page: int
    pages: int
    filter: str
    only: str
    order: str


HEALTHS = ("quiet", "failing", "silent", "new", "fine", "paused")
"""Worst first."""
ORDERS: dict[str, Callable[[SourceLine], Any]] = {
    "health": lambda s: (HEALTHS.index(s.health), s.name),
    "name": lambda s: s.name,
    "last": lambda s: (s.last_article_at is not None, s.last_article_at or 0, s.name),
    "volume": lambda s: (-s.a_day, s.name),
    "failing": lambda s: (-s.failing, s.name),
}


async def read(ask: Ask) -> Sources:
    """The sources that match, a page of them."""
    facts = await ask.reader.rows(SourceFacts, "console", "sources", {"now": ask.now})
    lines = [line_of(one, ask.now) for one in facts]
    words, only, order = (
        ask.text("q", limit=200),
        ask.choice("health", ("", *HEALTHS)),
        ask.choice("order", tuple(ORDERS)),
    )
    named = [line for line, one in zip(lines, facts, strict=True) if matches(one, words)]
    found = sorted((line for line in named if only in ("", line.health)), key=ORDERS[order])
    pages = max(1, -(-len(found) // PAGE))
    page = ask.number("page", 1, low=1, high=pages)
    return Sources(
        title="Sources",
        sources=found[(page - 1) * PAGE : page * PAGE],
        health={health: sum(line.health == health for line in named) for health in HEALTHS},
        found=len(found), page=page, pages=pages, filter=words, only=only, order=order,
    )  # fmt: skip


def matches(source: SourceFacts, words: str) -> bool:
    """Whether a source has every word in its name, title, site, country, languages or tags."""
    text = " ".join(
        [source.name, source.title, source.site, source.country or "", *source.languages, *source.tags]
    ).casefold()
    return all(word in text for word in words.casefold().split())


def line_of(source: SourceFacts, now: dt.datetime) -> SourceLine:
    """The source in the list, with its health."""
    days = min(28.0, max(1.0, (now - source.created_at).total_seconds() / 86400))
    health, why = health_of(source, source.month_articles / days, now)
    return SourceLine(
        source.name, source.title, source.site, source.country, source.languages, health, why, source.last_article_at,
        source.last_ok_at, source.next_due_at, source.day_articles, source.month_articles / days, source.pages, source.failing,
    )  # fmt: skip


def health_of(source: SourceFacts, a_day: float, now: dt.datetime) -> tuple[str, str]:
    """How a source fares, in a word and in a sentence."""
    if source.is_paused:
        return "paused", "It is paused."
    if source.pages and source.failing >= source.pages and source.failures >= 1:
        return "failing", f"All of its {source.pages} watched pages fail."
    if source.last_article_at is None:
        return (
            ("new", "Nothing was stored yet.")
            if source.last_ok_at is None
            else ("silent", "It answers, but nothing was stored.")
        )
    silent_h = (now - source.last_article_at).total_seconds() / 3600
    expected = a_day * silent_h / 24
    if silent_h >= QUIET_AT_LEAST_H and expected >= QUIET_EXPECTED:
        return "quiet", f"No article for {silent_h:.0f} h, in which about {expected:.0f} were to be expected."
    return "fine", f"{source.failing} of its watched pages fail." if source.failing else "All is well."
