"""Explain a URL: what happened to it, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from dateline.console.pages.operations.names import source_names
from dateline.console.request import Ask
from dateline.explain import ExplanationStep, steps_of, with_scheme
from dateline.urls import site_of
from sql.frontier.explain import UrlFacts, facts
from sql.search.search import run_async


@dataclass(frozen=True, slots=True)
class WatchedSite:
    """A source of the URL's site."""

    name: str
    title: str
    is_paused: bool


@dataclass(frozen=True, slots=True)
class Explained:
    """The data of the page."""

    title: str
    url: str
    verdict: str
    steps: list[ExplanationStep]
    article_id: int | None
    sources: list[WatchedSite]
    story: UrlFacts | None
    problem: str = ""


async def read(ask: Ask) -> Explained:
    """The history of the URL in `url`; without one, the empty form."""
    given = ask.text("url")
    url = with_scheme(given) or ""
    if not url:
        problem = f"Not a URL: “{given}”. Enter an address such as https://example.org/news/story." if given else ""
        return Explained("Explain a URL", given, "", [], None, [], None, problem)
    story = await ask.reader.on_connection(lambda connection: run_async(connection, facts(url)))
    titles = {one.name: one.title for one in await source_names(ask)}
    steps = steps_of(with_titles(story, titles), now=ask.now)
    sources = await ask.reader.rows(WatchedSite, "console", "sources_of_site", {"site": site_of(url)})
    article_id = story.article.id if story.article else None
    return Explained("Explain a URL", url, _verdict(story), steps, article_id, sources, story)


def with_titles(story: UrlFacts, titles: Mapping[str, str]) -> UrlFacts:
    """The same facts, in which sources are called by their titles."""
    line = story.line and replace(story.line, source=titles.get(story.line.source or "", story.line.source))
    watched = tuple(replace(one, source=titles.get(one.source or "", one.source)) for one in story.watched)
    return replace(story, line=line, watched=watched)


def _verdict(story: UrlFacts) -> str:
    """stored, waiting, lost, forgotten, watched or unknown."""
    if story.is_forgotten:
        return "forgotten"
    if story.article:
        return "stored"
    if story.line is None:
        return "watched" if story.watched else "unknown"
    return "waiting" if story.line.state == "pending" else "lost"
