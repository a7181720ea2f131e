"""Every question that can be asked: its path over HTTP, its method in Python, its parameters, its rows, and its plan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dateline.api import parameters, reads, records
from dateline.api.parameters import Asked
from sql.articles.stories import OutletRow, StoryRow
from sql.frontier.explain import UrlFacts
from sql.frontier.sources import ListedSource
from sql.search.search import Plan

NO_ADDRESS = "Nothing has this address"
"""What /api/v1 says of an address that no question has."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A question. `row` is the type of each row where `is_list`, else of the whole answer; `is_paged`: it takes a cursor."""

    name: str
    path: str
    summary: str
    asked: type[Asked]
    row: Any
    plan: Callable[[Any, dt.datetime], Plan[Any]]
    is_list: bool = True

    @property
    def is_paged(self) -> bool:
        """Whether its rows come page by page."""
        return issubclass(self.asked, parameters.OfRows)


_A, _P = records.Article, parameters
ENDPOINTS = (
    Endpoint("articles", "/articles", "Articles, newest first or as they were stored", _P.OfArticles, _A, reads.articles),
    Endpoint(
        "article_at", "/articles/at", "The article that a URL leads to", _P.OfArticleAt, _A, reads.article_at, False
    ),
    Endpoint("article", "/articles/{id}", "One article", _P.OfArticle, _A, reads.article, False),
    Endpoint(
        "revisions", "/articles/{id}/revisions", "The revisions of an article, the present one last", _P.OfArticle,
        records.Revision, reads.revisions,
    ),
    Endpoint("headlines", "/headlines", "Items that have no text", _P.OfHeadlines, _A, reads.headlines),
    Endpoint("search", "/search", "The articles that a search finds, with the passage", _P.OfSearch, _A, reads.hits),
    Endpoint("count", "/count", "How many articles a search finds", _P.OfHits, records.Count, reads.number, False),
    Endpoint("counts", "/counts", "Hits over time beside all articles", _P.OfCounts, records.Period, reads.counts),
    Endpoint(
        "facets", "/facets", "Hits by site, source, language, section, kind, author and day", _P.OfFacets,
        dict[str, dict[str, int]], reads.facet_counts, False,
    ),
    Endpoint("copies", "/copies", "Which outlets take which texts from which", _P.OfCopies, records.CopyLine, reads.copies),
    Endpoint("stories", "/stories", "Stories of many outlets, most outlets first", _P.OfStories, StoryRow, reads.stories),
    Endpoint("story", "/stories/{id}", "The outlets of a story, first ones first", _P.OfStory, OutletRow, reads.story),
    Endpoint("sources", "/sources", "The watched sources", _P.OfSources, ListedSource, reads.sources),
    Endpoint(
        "coverage", "/coverage", "For each source and hour: was Dateline looking, and if not, why", _P.OfCoverage,
        records.HourLine, reads.coverage,
    ),
    Endpoint("explain", "/explain", "What happened to a URL, and why", _P.OfUrl, UrlFacts, reads.explain, False),
    Endpoint("watches", "/watches", "The saved searches", _P.OfRows, records.WatchLine, reads.watches),
)  # fmt: skip
"""In the order of the documentation."""

BY_NAME = {one.name: one for one in ENDPOINTS}
