"""Sample articles of a site that is to be added: the newest that its pages name, fetched and read, and nothing stored."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial

from crawler.exchange import FetchRequest, NotFetched
from crawler.source_finder.finder import FoundSource, SourceFinder
from dateline.errors import ParseError
from dateline.types.article import Candidate, Hints, Page
from dateline.types.source import access_of
from pipelines.worker_entry import read_page

LONG_AGO = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Sample:
    """What was found at a URL; `problem` is why there is no article, else None."""

    url: str
    title: str | None = None
    published_at: dt.datetime | None = None
    kind: str | None = None
    words: int = 0
    problem: str | None = None


async def read_samples(finder: SourceFinder, found: FoundSource, number: int) -> list[Sample]:
    """So many of the newest articles that the chosen pages name, as they would be stored."""
    return [await _sample(finder, candidate) for candidate in newest(found, number)]


def newest(found: FoundSource, number: int) -> list[Candidate]:
    """The newest candidates of the chosen pages, undated ones last; feeds before lists."""
    chosen = {page.url for page in found.chosen}
    named = [
        candidate
        for page in found.tried
        if page.url in chosen and page.discovery is not None
        for candidate in page.discovery.candidates
    ]
    by_url: dict[str, Candidate] = {}
    for candidate in named:
        by_url.setdefault(candidate.url, candidate)
    ordered = sorted(by_url.values(), key=lambda one: _timestamp(one.published_at), reverse=True)
    return ordered[:number]


def _timestamp(at: dt.datetime | None) -> float:
    return (at or LONG_AGO).timestamp()


async def _sample(finder: SourceFinder, candidate: Candidate) -> Sample:
    polite = finder.politeness
    delay_s = 1.0 if polite.delay_s is None else polite.delay_s
    request = FetchRequest(
        candidate.url, delay_s=delay_s, obey_robots=polite.obey_robots, access=access_of(finder.home, polite)
    )
    page = await finder.fetcher.fetch(request)
    if not isinstance(page, Page):
        return Sample(candidate.url, problem=page.reason if isinstance(page, NotFetched) else "http_304")
    hints = Hints(
        candidate=candidate, content_type=page.header("content-type"), headers=page.headers, fetched_at=page.fetched_at
    )
    read = partial(read_page, url=page.final_url, hints=hints, now=finder.clock())
    try:
        article = await finder.parser_pool.run(read, page.body, deadline_s=finder.deadline_s, subject=candidate.url)
    except ParseError as error:
        return Sample(candidate.url, problem=error.reason)
    published = article.published.at if article.published else None
    words = len(article.text.split())
    return Sample(candidate.url, article.title, published, article.kind, words, None if words else "no_text")
