"""The sources with their health: filtered, sorted, page by page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dateline.console.rendering.source_state import ALARMS, HEALTHS, SourceFacts, articles_a_day, health_of
from dateline.console.request import Ask

PAGE = 40


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A source in the list."""

    name: str
    title: str
    site: str
    country: str | None
    languages: list[str]
    tags: list[str]
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
    """The data of the page."""

    title: str
    sources: list[SourceLine]
    health: dict[str, int]
    found: int
    page: int
    pages: int
    filter: str
    only: str
    order: str
    tags: list[str]
    next: str | None
    previous: str | None


ORDERS: dict[str, Callable[[SourceLine], Any]] = {
    "health": lambda s: (HEALTHS.index(s.health), s.name),
    "name": lambda s: s.name,
    "last": lambda s: (s.last_article_at is not None, s.last_article_at or 0, s.name),
    "volume": lambda s: (-s.a_day, s.name),
    "failing": lambda s: (-s.failing, s.name),
}


async def read(ask: Ask) -> Sources:
    """One page of the matching sources."""
    facts = await ask.reader.rows(SourceFacts, "console", "sources", {"now": ask.now, "kinds": [*ALARMS]})
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
        tags=sorted({tag for one in facts for tag in one.tags}),
        next=ask.onward("/sources", page=page + 1) if page < pages else None,
        previous=ask.onward("/sources", page=page - 1) if page > 1 else None,
    )  # fmt: skip


def matches(source: SourceFacts, words: str) -> bool:
    """Whether a source has every word in its name, title, site, country, languages or tags."""
    text = " ".join(
        [source.name, source.title, source.site, source.country or "", *source.languages, *source.tags]
    ).casefold()
    return all(word in text for word in words.casefold().split())


def line_of(source: SourceFacts, now: dt.datetime) -> SourceLine:
    """The source in the list, with its health."""
    health, why = health_of(source)
    return SourceLine(
        source.name, source.title, source.site, source.country, source.languages, source.tags, health, why,
        source.last_article_at,
        source.last_ok_at, source.next_due_at, source.day_articles, articles_a_day(source, now), source.pages, source.failing,
    )  # fmt: skip
