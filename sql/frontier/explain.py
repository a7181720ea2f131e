"""What is known of one URL, as facts that `dateline explain` tells in plain words."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, TypeVar

import psycopg

from dateline.urls import host_of, site_of, unwrap, url_key
from sql.search.search import Plan, named, run


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """The ledger's line of a URL."""

    id: int
    url: str
    state: str
    reason: str | None
    detail: str | None
    attempts: int
    next_attempt_at: dt.datetime | None
    discovered_at: dt.datetime
    finished_at: dt.datetime | None
    via: str
    hints: dict[str, Any]
    source: str | None
    found_on: str | None
    article_id: int | None
    crawl_id: int | None


@dataclass(frozen=True, slots=True)
class ArticleFacts:
    """The article that a URL leads to; `why` is "itself" or what makes the URL an alias. `others` have the same text; their
    family is known by `copy_lead`, which is None if it is this article."""

    id: int
    url: str
    title: str | None
    kind: str
    first_seen_at: dt.datetime
    last_seen_at: dt.datetime
    revision: int
    removed_at: dt.datetime | None
    copy_of: str | None
    copy_lead: str | None
    others: int
    copy_first_by: str | None
    copy_confidence: str | None
    copy_why: str | None
    why: str
    archive_file: str | None
    archive_offset: int | None
    archive_expired_at: dt.datetime | None
    text_origin: str = "page"
    no_page_text_because: str | None = None
    is_rendered: bool = False


@dataclass(frozen=True, slots=True)
class FetchFacts:
    """One attempt."""

    fetched_at: dt.datetime
    status: int | None
    final_url: str | None
    bytes: int
    result: str
    reason: str | None
    archive_file: str | None
    archive_offset: int | None


@dataclass(frozen=True, slots=True)
class RevisionFacts:
    """An earlier revision of the article."""

    number: int
    title: str | None
    seen_at: dt.datetime
    cause: str


@dataclass(frozen=True, slots=True)
class RightFacts:
    """A publisher's statement about the use of the article."""

    kind: str
    value: str
    origin: str
    seen_at: dt.datetime
    gone_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class QuarantineFacts:
    """A step that the page broke."""

    step: str
    error: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class WatchedFacts:
    """The URL as a page that names articles: watched for a source, or read by one-off crawls."""

    kind: str
    source: str | None
    is_paused: bool
    visited_at: dt.datetime | None
    outcome: str | None
    found: int | None
    next_due_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class UrlFacts:
    """All that is known of a URL."""

    url: str
    is_forgotten: bool
    line: LedgerLine | None
    article: ArticleFacts | None
    fetches: tuple[FetchFacts, ...] = ()
    revisions: tuple[RevisionFacts, ...] = ()
    quarantine: tuple[QuarantineFacts, ...] = ()
    watched: tuple[WatchedFacts, ...] = ()
    rights: tuple[RightFacts, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether anything but its address is known."""
        return bool(self.line or self.article or self.is_forgotten or self.watched)


Row = TypeVar("Row")


def watched_page(url: str) -> dict[str, Any]:
    """The parameters of the query `watched_as`: watched pages are known by their exact address, but for a last slash."""
    return {"host": host_of(url), "urls": [url, url.rstrip("/"), f"{url.rstrip('/')}/"]}


def facts_of_url(connection: psycopg.Connection[Any], url: str) -> UrlFacts:
    """The facts about a URL; where none are known of a redirector's URL, those about its target."""
    return run(connection, facts(url))


def facts(url: str) -> Plan[UrlFacts]:
    """The plan of `facts_of_url`, for connections of both kinds."""
    found = yield from _facts_of(url)
    target = unwrap(url)
    return (yield from _facts_of(target)) if not found.is_known and target != url else found


def _facts_of(url: str) -> Plan[UrlFacts]:
    key = {"url_key": url_key(url)}
    [(is_forgotten,)] = [
        row.values() for row in (yield named("articles", "is_forgotten", key | {"site": site_of(url)}))
    ]
    lines = yield from _rows(LedgerLine, "ledger_line", key)
    found = yield from _rows(ArticleFacts, "article_of_key", key)
    fetches = (yield from _rows(FetchFacts, "fetches_of", {"url_id": lines[0].id})) if lines else ()
    revisions = (yield from _rows(RevisionFacts, "revisions_of", {"article_id": found[0].id})) if found else ()
    which = {"article_id": found[0].id if found else None}
    rights = yield from _rows(RightFacts, "of_article", which, area="rights")
    return UrlFacts(
        url=url,
        is_forgotten=bool(is_forgotten),
        line=lines[0] if lines else None,
        article=found[0] if found else None,
        fetches=fetches,
        revisions=revisions,
        quarantine=(yield from _rows(QuarantineFacts, "quarantined", key)),
        watched=(yield from _rows(WatchedFacts, "watched_as", watched_page(url))),
        rights=rights,
    )


def _rows(kind: type[Row], name: str, params: dict[str, Any], *, area: str = "articles") -> Plan[tuple[Row, ...]]:
    return tuple(kind(**row) for row in (yield named(area, name, params)))
