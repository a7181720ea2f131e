"""Sources in the database, which is their truth: added, changed, paused, removed, listed. For the command line: not async.

Every function works in the caller's transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row, scalar_row
from psycopg.types.json import Jsonb

from dateline.sources.fields import changed_fields
from dateline.text import bytes_hash
from dateline.types.source import ExtractionOverrides, FeedKind, Politeness, Source, WatchedPage
from dateline.urls import host_of, site_of
from sql import query

WALLS = ["login", "redirected_away", "http_401", "http_402", "http_403"]
"""Reasons of pages that are closed to those who have not signed in."""


@dataclass(frozen=True, slots=True)
class Upserted:
    """What adding a source did: `is_changed` is False where the database said just that before.

    `reopened` is how many pages that had ended at a wall are asked for again, since the source has another login now.
    """

    id: int
    is_new: bool
    is_changed: bool
    reopened: int = 0


@dataclass(frozen=True, slots=True)
class ListedSource:
    """A source and how it fares. `pages` are those that its definition names, `failing` counts sitemaps below them too."""

    name: str
    title: str
    home: str
    country: str | None
    languages: list[str]
    tags: list[str]
    schedule: str
    is_paused: bool
    pages: int
    failing: int
    last_ok_at: dt.datetime | None
    last_new_at: dt.datetime | None
    next_due_at: dt.datetime | None
    articles: int
    access: dict[str, Any]
    """Its cookies file, headers, proxy and User-Agent, where they are set; secrets by name only."""


@dataclass(frozen=True, slots=True)
class WatchedState:
    """A watched page and the results of its visits; `children` are the sitemaps that it names, `websub` is the state of its
    subscription at a hub (wanted, asked, active, denied)."""

    url: str
    kind: FeedKind
    next_due_at: dt.datetime | None
    last_visit_at: dt.datetime | None
    last_ok_at: dt.datetime | None
    last_new_at: dt.datetime | None
    last_outcome: str | None
    failures: float
    interval_s: int | None
    children: int
    websub: str | None = None
    hub: str | None = None
    lease_until: dt.datetime | None = None
    pushed_at: dt.datetime | None = None
    hub_problem: str | None = None


@dataclass(frozen=True, slots=True)
class _SourceRow:
    name: str
    title: str
    home: str
    country: str | None
    languages: list[str]
    tags: list[str]
    schedule: str
    timezone: str
    politeness: dict[str, Any]
    extraction: dict[str, Any]
    is_paused: bool
    watched: list[dict[str, Any]]

    def source(self) -> Source:
        """The same as the type that the rest of Dateline knows."""
        names = tuple(self.extraction.get("site_names", ()))
        return Source(
            name=self.name,
            title=self.title,
            home=self.home,
            country=self.country,
            languages=tuple(self.languages),
            tags=tuple(self.tags),
            watched=tuple(WatchedPage(page["url"], page["kind"]) for page in self.watched),
            schedule=self.schedule,
            timezone=self.timezone,
            politeness=Politeness(**self.politeness),
            extraction=ExtractionOverrides(**self.extraction | {"site_names": names}),
            is_paused=self.is_paused,
        )


def upsert_source(conn: Connection[Any], source: Source, *, is_login_renewed: bool = False) -> Upserted:
    """The source is in the database as given, new watched pages are due at once, others are no longer watched.

    A paused source stays paused, and a page's kind that was recognised from its bytes is kept. Pages that ended at a wall are
    asked for again if the source has another login now, or `is_login_renewed`: what its login names has another content.
    """
    with conn.transaction(), conn.cursor(row_factory=scalar_row) as cur:
        before, old_login = _login(conn, source.name)
        written = cur.execute(query("sources", "upsert_source"), _row(source)).fetchone()
        source_id = before if written is None else written
        if source_id is None:
            raise LookupError(f"{source.name} was removed by another process at this moment")
        changed_pages = _watch(conn, source_id, source.watched)
        _, login = _login(conn, source.name)
        is_other = before is not None and login is not None and (is_login_renewed or login != old_login)
        walls = {"source_id": source_id, "walls": WALLS}
        reopened = conn.execute(query("sources", "reopen_walls"), walls).rowcount if is_other else 0
    is_changed = written is not None or changed_pages > 0
    return Upserted(source_id, is_new=before is None, is_changed=is_changed, reopened=reopened)


def _login(conn: Connection[Any], name: str) -> tuple[int | None, Any]:
    """The id of a source and its login as it is stored; None for each that there is not."""
    return conn.execute(query("sources", "login"), {"name": name}).fetchone() or (None, None)


def _watch(conn: Connection[Any], source_id: int, pages: Sequence[WatchedPage]) -> int:
    """Watch these pages and no others; how many were touched."""
    by_hash = {bytes_hash(page.url.encode()): page for page in reversed(_where_they_are(conn, source_id, pages))}
    ordered = dict(reversed(by_hash.items()))
    columns = {
        "source_id": source_id,
        "urls": [page.url for page in ordered.values()],
        "url_hashes": list(ordered),
        "hosts": [host_of(page.url) for page in ordered.values()],
        "kinds": [page.kind for page in ordered.values()],
    }
    gone = conn.execute(query("sources", "unwatch_pages"), {"source_id": source_id, "url_hashes": list(ordered)})
    return gone.rowcount + conn.execute(query("sources", "watch_pages"), columns).rowcount


def _where_they_are(conn: Connection[Any], source_id: int, pages: Sequence[WatchedPage]) -> list[WatchedPage]:
    """The pages, those that moved for good at their present address: a file that is imported again may not know."""
    hashes = {bytes_hash(page.url.encode()): page for page in pages}
    found = conn.execute(query("feeds", "present_pages"), {"source_id": source_id, "url_hashes": list(hashes)})
    present = {hashes[url_hash].url: url for url_hash, url in found}
    return [WatchedPage(present.get(page.url, page.url), page.kind) for page in pages]


def _row(source: Source) -> dict[str, Any]:
    return {
        "name": source.name,
        "title": source.title,
        "home": source.home,
        "site": site_of(source.home),
        "country": source.country,
        "languages": list(source.languages),
        "tags": list(source.tags),
        "schedule": source.schedule,
        "timezone": source.timezone,
        "politeness": Jsonb(changed_fields(source.politeness)),
        "extraction": Jsonb(changed_fields(source.extraction)),
        "is_paused": source.is_paused,
    }


def list_sources(
    conn: Connection[Any], *, country: str | None = None, language: str | None = None, tag: str | None = None
) -> list[ListedSource]:
    """The sources that match all that is given, by name."""
    with conn.cursor(row_factory=class_row(ListedSource)) as cur:
        criteria = {"country": country, "language": language, "tag": tag, "after": None, "limit": None}
        return cur.execute(query("sources", "list_sources"), criteria).fetchall()


def get_sources(conn: Connection[Any], names: Sequence[str] | None = None) -> list[Source]:
    """The definitions of the named sources, or of all, by name; names that are not known are passed over."""
    with conn.cursor(row_factory=class_row(_SourceRow)) as cur:
        wanted = {"names": None if names is None else list(names)}
        return [row.source() for row in cur.execute(query("sources", "sources"), wanted)]


def watched_states(conn: Connection[Any], name: str) -> list[WatchedState]:
    """The results of the visits of a source's watched pages, in the order of its definition."""
    with conn.cursor(row_factory=class_row(WatchedState)) as cur:
        return cur.execute(query("sources", "watched_pages"), {"name": name}).fetchall()


def refused_by_reason(conn: Connection[Any], name: str) -> dict[str, int]:
    """How many of a source's URLs came to no article, by reason, the most frequent first."""
    return dict(conn.execute(query("sources", "reasons"), {"name": name}).fetchall())


def set_paused(conn: Connection[Any], names: Sequence[str], *, is_paused: bool) -> set[str]:
    """Pause or resume sources; the names that are known."""
    return _names(conn, "set_paused", names, is_paused=is_paused)


def paused_sources(conn: Connection[Any], names: Sequence[str]) -> set[str]:
    """Those of the named sources that are paused."""
    return _names(conn, "paused", names)


def tag_sources(conn: Connection[Any], names: Sequence[str], tag: str, *, is_added: bool) -> set[str]:
    """Add a tag to sources, or take it off; the names that are known."""
    return _names(conn, "tag", names, tag=tag, is_added=is_added)


def remove_sources(conn: Connection[Any], names: Sequence[str]) -> set[str]:
    """Visit sources no more; their articles stay. The names that were known."""
    return _names(conn, "remove_source", names)


def wake_sources(conn: Connection[Any], names: Sequence[str]) -> set[str]:
    """Let every watched page of these sources be due now; the names that are known."""
    return _names(conn, "wake", names)


def _names(conn: Connection[Any], name: str, names: Sequence[str], **more: object) -> set[str]:
    with conn.cursor(row_factory=scalar_row) as cur:
        return set(cur.execute(query("sources", name), {"names": list(names)} | more))
