"""The stories that many outlets cover now."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dateline.console.request import Ask
from sql.articles.stories import StoryLine

PAGE = 40


@dataclass(frozen=True, slots=True)
class Stories:
    """The data of the page."""

    title: str
    stories: list[StoryLine]
    days: int
    outlets: int
    page: int
    next: str | None
    previous: str | None


async def read(ask: Ask) -> Stories:
    """Stories of the last `days` days that at least `outlets` outlets cover, those with most outlets first."""
    days, outlets = ask.number("days", 2, low=1, high=30), ask.number("outlets", 2, low=1, high=1000)
    page = ask.number("page", 1, low=1, high=10_000)
    since = ask.now - dt.timedelta(days=days)
    wanted = {"since": since, "outlets": outlets, "skip": (page - 1) * PAGE, "limit": PAGE + 1}
    found = await ask.reader.rows(StoryLine, "console", "stories", wanted)
    return Stories(
        title="Stories", stories=found[:PAGE], days=days, outlets=outlets, page=page,
        next=ask.onward("/stories", page=page + 1) if len(found) > PAGE else None,
        previous=ask.onward("/stories", page=page - 1) if page > 1 else None,
    )  # fmt: skip
