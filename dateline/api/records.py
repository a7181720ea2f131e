"""The rows that programs get, the same over HTTP and in Python. The JSON of an article is the one of `dateline search --json`."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from dateline.types.article_fields import SHOWN_FIELDS, ArticleRow
from sql.articles.articles import to_record

if TYPE_CHECKING:
    from sql.search.search import Hit

    @dataclass(frozen=True, slots=True)
    class Article(ArticleRow):
        """An article: the fields of docs/reference-article.md, and what a search adds."""

        dated_at: dt.datetime
        snippet: str | None = None
        rank: float | None = None

else:
    Article = dataclasses.make_dataclass(
        "Article",
        [
            *((field.name, Annotated[field.type, Meta(description=field.column.comment)]) for field in SHOWN_FIELDS),
            ("dated_at", Annotated[dt.datetime, Meta(description="By which it is sorted: publication, or storage.")]),
            ("snippet", Annotated[str | None, Meta(description="The passage with the words searched for.")], None),
            ("rank", Annotated[float | None, Meta(description="How well it matches, with order=rank.")], None),
        ],
        frozen=True,
        slots=True,
    )
    Article.__module__ = __name__


def hit_record(hit: Hit) -> dict[str, Any]:
    """The article as `dateline extract` gives it, with what the search adds; marks are left out."""
    return to_record(hit.article) | {
        "snippet": hit.snippet.replace("\ue000", "").replace("\ue001", ""),
        "rank": hit.rank,
        "dated_at": hit.dated_at.isoformat(),
    }


@dataclass(frozen=True, slots=True)
class Revision:
    """A revision of an article, as `dateline revisions --json` gives it."""

    url: str
    number: int
    title: str | None
    word_count: int
    seen_at: dt.datetime
    modified_at: dt.datetime | None
    cause: str
    is_silent: bool | None
    is_present: bool
    text: str


@dataclass(frozen=True, slots=True)
class CopyLine:
    """A copy beside its original, both with the time of publication and of storage."""

    article_id: int
    title: str | None
    url: str
    taker: str
    original_id: int
    original_title: str | None
    original_url: str
    giver: str
    kind: str
    containment: float
    is_known: bool
    dated_at: dt.datetime
    published_at: dt.datetime | None
    published_precision: str | None
    first_seen_at: dt.datetime
    original_published_at: dt.datetime | None
    original_published_precision: str | None
    original_first_seen_at: dt.datetime
    lag_min: float | None


@dataclass(frozen=True, slots=True)
class HourLine:
    """One source and hour, as news.coverage has it."""

    source: str
    hour: dt.datetime
    state: str
    is_covered: bool
    visits: int
    unchanged: int
    changed: int
    failed: int
    new_articles: int
    expected_articles: float | None
    minutes_up: int


@dataclass(frozen=True, slots=True)
class WatchLine:
    """A watch. Of its webhook only the host is shown, since path and query may be secret; and no mail address."""

    name: str
    query: str
    webhook: str | None
    has_feed: bool
    created_at: dt.datetime
    told: int
    last_told_at: dt.datetime | None
    pending: int
    dead: int
    problem: str | None
    recipients: int


@dataclass(frozen=True, slots=True)
class Period:
    """The number of hits in a time, of all articles in it, and the share."""

    at: dt.datetime
    count: int
    total: int | None
    share: float | None


@dataclass(frozen=True, slots=True)
class Count:
    """A number of hits."""

    count: int
