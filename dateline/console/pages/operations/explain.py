"""Explain a URL: what happened to it, step by step."""

from __future__ import annotations

from dataclasses import dataclass

from dateline.console.request import Ask
from dateline.explain import ExplanationStep, steps_of, with_scheme
from dateline.urls import site_of, unwrap, url_key
from sql.frontier.explain import (
    ArticleFacts,
    FetchFacts,
    LedgerLine,
    QuarantineFacts,
    RevisionFacts,
    UrlFacts,
    WatchedFacts,
    watched_page,
)


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
    story = await facts_of_url(ask, url)
    if not story.is_known and (target := unwrap(url)) != url:
        story = await facts_of_url(ask, target)
    steps = steps_of(story, now=ask.now)
    sources = await ask.reader.rows(WatchedSite, "console", "sources_of_site", {"site": site_of(url)})
    article_id = story.article.id if story.article else None
    return Explained("Explain a URL", url, _verdict(story), steps, article_id, sources, story)


async def facts_of_url(ask: Ask, url: str) -> UrlFacts:
    """The facts about a URL, as sql.frontier.explain has them."""
    key, read_ = {"url_key": url_key(url)}, ask.reader
    is_forgotten = bool(await read_.value("articles", "is_forgotten", key | {"site": site_of(url)}))
    line = await read_.row(LedgerLine, "articles", "ledger_line", key)
    article = await read_.row(ArticleFacts, "articles", "article_of_key", key)
    return UrlFacts(
        url=url,
        is_forgotten=is_forgotten,
        line=line,
        article=article,
        fetches=tuple(await read_.rows(FetchFacts, "articles", "fetches_of", {"url_id": line.id}) if line else ()),
        revisions=tuple(
            await read_.rows(RevisionFacts, "articles", "revisions_of", {"article_id": article.id}) if article else ()
        ),
        quarantine=tuple(await read_.rows(QuarantineFacts, "articles", "quarantined", key)),
        watched=tuple(await read_.rows(WatchedFacts, "articles", "watched_as", watched_page(url))),
    )


def _verdict(story: UrlFacts) -> str:
    """stored, waiting, lost, forgotten, watched or unknown."""
    if story.is_forgotten:
        return "forgotten"
    if story.article:
        return "stored"
    if story.line is None:
        return "watched" if story.watched else "unknown"
    return "waiting" if story.line.state == "pending" else "lost"
