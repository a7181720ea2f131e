"""The stories that many outlets cover now."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dateline.console.request import Ask
from sql.articles.stories import StoryLine

PAGE = 50


@dataclass(frozen=True, slots=True)
class Stories:
    """The data of the page."""

    title: str
    stories: list[StoryLine]
    days: int
    outlets: int


async def read(ask: Ask) -> Stories:
    """Stories of the last `days` days that at least `outlets` outlets cover, those with most outlets first."""
    days, outlets = ask.number("days", 2, low=1, high=30), ask.number("outlets", 2, low=1, high=1000)
    wanted = {"since": ask.now - dt.timedelta(days=days), "outlets": outlets, "limit": PAGE}
    return Stories("Stories", await ask.reader.rows(StoryLine, "console", "stories", wanted), days, outlets)
