"""Stories for people and scripts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import class_row

from sql import query


@dataclass(frozen=True, slots=True)
class StoryLine:
    """An event with the number of articles about it."""

    story_id: int
    headline: str | None
    first_published_at: dt.datetime
    last_published_at: dt.datetime
    articles: int
    articles_with_copies: int
    outlets: int
    sites: list[str]
    languages: list[str]


@dataclass(frozen=True, slots=True)
class StoryRow(StoryLine):
    """The same with its articles by hour."""

    growth: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class OutletRow:
    """An outlet of a story, with its first article."""

    place: int
    site: str
    url: str
    title: str | None
    published_at: dt.datetime
    published_precision: str
    minutes_after_first: float | None
    is_certain: bool
    is_copy: bool
    copy_of: str | None
    articles: int


def recent_stories(
    connection: psycopg.Connection[Any], *, since: dt.datetime, outlets: int, limit: int
) -> list[StoryRow]:
    """Stories with an article since then that so many outlets tell, most outlets first."""
    with connection.cursor(row_factory=class_row(StoryRow)) as cur:
        return cur.execute(
            query("stories", "recent"), {"since": since, "outlets": outlets, "limit": limit, "after": None}
        ).fetchall()


def first_tellers(connection: psycopg.Connection[Any], story_id: int) -> list[OutletRow]:
    """The outlets of a story, or of the one that it was merged into, in the order of their first articles."""
    with connection.cursor(row_factory=class_row(OutletRow)) as cur:
        return cur.execute(query("stories", "tellers"), {"story_id": story_id}).fetchall()
