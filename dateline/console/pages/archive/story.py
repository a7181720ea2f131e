"""One story: which outlet published first, which articles are copies, how the story grew."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dateline.console.rendering.charts import Chart, chart_of
from dateline.console.request import Ask, MissingPageError
from sql.articles.stories import StoryLine

HOURS = 24 * 4
MOST_STEPS = 400


@dataclass(frozen=True, slots=True)
class FirstArticle:
    """The first article of an outlet about the story."""

    place: int
    site: str
    article_id: int
    url: str
    title: str | None
    published_at: dt.datetime
    published_precision: str
    minutes_after_first: float | None
    is_certain: bool
    is_copy: bool
    copy_of: str | None
    articles: int


@dataclass(frozen=True, slots=True)
class StoryArticle:
    """An article of the story."""

    article_id: int
    url: str
    title: str | None
    site: str
    published_at: dt.datetime
    published_precision: str
    first_seen_at: dt.datetime
    is_copy: bool


@dataclass(frozen=True, slots=True)
class StoryHour:
    """Articles of an hour."""

    hour: dt.datetime
    articles: int
    articles_with_copies: int


@dataclass(frozen=True, slots=True)
class StoryPage:
    """The data of the page."""

    title: str
    story: StoryLine
    tellers: list[FirstArticle]
    members: list[StoryArticle]
    charts: list[Chart]


async def read(ask: Ask) -> StoryPage:
    """The story that `id` names, or the one that it was merged into."""
    number = ask.maybe_number("id")
    which = {"id": number}
    story = await ask.reader.row(StoryLine, "console", "story", which) if number is not None else None
    if story is None:
        raise MissingPageError(f"No story has the number {ask.text('id', limit=30)!r}.")
    which = {"id": story.story_id}
    unit, hours = steps_of(await ask.reader.rows(StoryHour, "console", "story_growth", which))
    at = [one.hour for one in hours]
    columns = (
        ("articles", [one.articles for one in hours]),
        ("with copies", [one.articles_with_copies for one in hours]),
    )
    return StoryPage(
        title=story.headline or f"Story {story.story_id}",
        story=story,
        tellers=await ask.reader.rows(FirstArticle, "console", "story_tellers", which),
        members=await ask.reader.rows(StoryArticle, "console", "story_members", which),
        charts=[chart_of("growth", f"Articles per {unit}", at, *columns)],
    )


def steps_of(found: list[StoryHour]) -> tuple[str, list[StoryHour]]:
    """The unit and the counts of each hour, or of each day of a story that lasts longer than HOURS; empty ones too."""
    if not found:
        return "hour", []
    is_long = found[-1].hour - found[0].hour > dt.timedelta(hours=HOURS)
    unit, step = ("day", dt.timedelta(days=1)) if is_long else ("hour", dt.timedelta(hours=1))
    first = found[0].hour.astimezone(dt.UTC).replace(hour=0) if is_long else found[0].hour
    counts = [StoryHour(first + step * place, 0, 0) for place in range((found[-1].hour - first) // step + 1)][
        :MOST_STEPS
    ]
    for one in found:
        if (place := (one.hour - first) // step) < len(counts):
            sums = counts[place]
            counts[place] = StoryHour(
                sums.hour, sums.articles + one.articles, sums.articles_with_copies + one.articles_with_copies
            )
    return unit, counts
