"""What each question may be asked with: names, types, limits and meanings, for HTTP, Python and the OpenAPI description."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

Instant: TypeAlias = Annotated[dt.datetime, Meta(tz=True)]
Limit: TypeAlias = Annotated[int, Meta(ge=1, le=1000, description="Most rows in one answer.")]
After: TypeAlias = Annotated[
    Annotated[str, Meta(max_length=200)] | None,
    Meta(description="Continue after this cursor: the `next` of the answer before."),
]
Words: TypeAlias = Annotated[str, Meta(max_length=2000, description="A search, as in `dateline search`.")]
Fields: TypeAlias = Annotated[
    Annotated[str, Meta(max_length=2000)] | None,
    Meta(description="Names of the fields that are wanted, with commas between them."),
]
Key: TypeAlias = Annotated[int, Meta(ge=1, le=2**63 - 1)]
Name: TypeAlias = Annotated[str, Meta(max_length=100)]
Url: TypeAlias = Annotated[str, Meta(min_length=1, max_length=4000, description="An address, be it known or not.")]
Until: TypeAlias = Annotated[Instant | None, Meta(description="Before this instant (RFC 3339).")]
Unit: TypeAlias = Literal["day", "hour", "week", "month", "year"]


class Asked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Without parameters."""


class OfRows(Asked, frozen=True, kw_only=True):
    """Rows, page by page."""

    limit: Limit = 50
    after: After = None
    fields: Fields = None


class OfArticles(OfRows, frozen=True, kw_only=True):
    """Articles in an order."""

    q: Words = ""
    order: Annotated[
        Literal["newest", "stored"],
        Meta(description="newest: latest first. stored: as they were stored, oldest first; nothing is lost or doubled"
                         " while articles arrive, and the last cursor goes on with those that are stored later."),
    ] = "newest"  # fmt: skip


class OfHeadlines(OfArticles, frozen=True, kw_only=True):
    """Items without a text."""


class OfSearch(OfRows, frozen=True, kw_only=True):
    """Hits of a search."""

    q: Annotated[str, Meta(min_length=1, max_length=2000, description="A search, as in `dateline search`.")]
    order: Annotated[
        Literal["newest", "rank"], Meta(description="newest: latest first. rank: best first, among the newest 2,000.")
    ] = "newest"


class OfArticle(Asked, frozen=True, kw_only=True):
    """One article by its key."""

    id: Key
    fields: Fields = None


class OfUrl(Asked, frozen=True, kw_only=True):
    """One URL."""

    url: Url


class OfArticleAt(OfUrl, frozen=True, kw_only=True):
    """One article by its URL."""

    fields: Fields = None


class OfCopies(OfRows, frozen=True, kw_only=True):
    """Copies between outlets."""

    since: Annotated[Instant | None, Meta(description="Taken since then; else in the last 30 days.")] = None
    until: Until = None
    taker: Annotated[Annotated[str, Meta(max_length=300)] | None, Meta(description="The site that copied.")] = None
    giver: Annotated[
        Annotated[str, Meta(max_length=300)] | None, Meta(description="The site that had the text first.")
    ] = None


class OfStories(OfRows, frozen=True, kw_only=True):
    """Stories of many outlets."""

    since: Annotated[Instant | None, Meta(description="With an article since then; else of three days.")] = None
    outlets: Annotated[int, Meta(ge=1, le=100_000, description="Covered by so many outlets at least.")] = 2


class OfStory(Asked, frozen=True, kw_only=True):
    """One story."""

    id: Key


class OfSources(OfRows, frozen=True, kw_only=True):
    """Watched sources."""

    country: Annotated[Annotated[str, Meta(max_length=10)] | None, Meta(description="ISO 3166 code.")] = None
    language: Annotated[Annotated[str, Meta(max_length=20)] | None, Meta(description="ISO 639 code.")] = None
    tag: Name | None = None


class OfCoverage(OfRows, frozen=True, kw_only=True):
    """Hours of sources: `limit` counts sources."""

    limit: Annotated[int, Meta(ge=1, le=200, description="Most sources in one answer.")] = 20
    source: Annotated[
        Annotated[str, Meta(max_length=100)] | None, Meta(description="The short name of one source.")
    ] = None
    since: Annotated[Instant | None, Meta(description="From then on; else of two days. At most 31 days.")] = None
    until: Until = None


class OfCounts(Asked, frozen=True, kw_only=True):
    """Hits over time."""

    q: Words = ""
    unit: Unit = "day"


class OfHits(Asked, frozen=True, kw_only=True):
    """A search as a whole."""

    q: Words = ""


class OfFacets(OfHits, frozen=True, kw_only=True):
    """Hits by site, source, language, section, kind, author and day."""

    top: Annotated[
        int, Meta(ge=1, le=1000, description="Values of each facet, but for days, of which all are given.")
    ] = 20
