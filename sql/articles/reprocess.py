"""Finds articles whose archived pages are to be extracted again."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection

from dateline.types.article import ArchiveRef
from dateline.urls import host_of, site_of, url_key
from sql.frontier.rows import DueUrl
from sql.statements import Area

AREA = Area("reprocess")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which articles: of a host (and those below it), of a source, stored since, at most `limit`. None means any.

    `everything`: also those that the present extractor has read.
    """

    host: str | None = None
    source: str | None = None
    since: dt.datetime | None = None
    limit: int | None = None
    everything: bool = False


@dataclass(frozen=True, slots=True)
class ArchivedArticle:
    """An article with what is needed to read its page again."""

    article_id: int
    url: str
    title: str | None
    content_hash: uuid.UUID
    extractor: str
    archive_file: str | None
    archive_offset: int | None
    archive_length: int | None
    source_id: int | None
    source: str | None
    extraction: dict[str, Any]
    source_title: str
    found_url: str | None
    via: str
    hints: dict[str, Any]
    named_by: Sequence[str] = ()
    parts: Sequence[dict[str, Any]] = ()

    def part_ref(self, url: str) -> ArchiveRef | None:
        """Where a further page of it is in the archive. Raises KeyError for an address that is not one."""
        row = {url_key(part["url"]): part for part in self.parts}[url_key(url)]
        return ArchiveRef(row["file"], row["offset"], row["length"]) if row["file"] else None

    @property
    def ref(self) -> ArchiveRef | None:
        """Where its page is in the archive."""
        if self.archive_file is None or self.archive_offset is None or self.archive_length is None:
            return None
        return ArchiveRef(self.archive_file, self.archive_offset, self.archive_length)

    @property
    def due(self) -> DueUrl:
        """Its URL as it was in the ledger when it was fetched, with the fields that extraction needs."""
        url = self.found_url or self.url
        return DueUrl(
            id=0,
            url_key=url_key(url),
            url=url,
            host=host_of(url),
            source_id=self.source_id,
            source=self.source,
            crawl_id=None,
            via=self.via,
            depth=0,
            hints=self.hints,
            attempts=0,
            politeness={},
            extraction=self.extraction,
            source_title=self.source_title,
            options={},
            named_by=self.named_by,
        )


@dataclass(frozen=True, slots=True)
class LockedArticle:
    """The present revision of an article, locked."""

    title: str | None
    text: str
    content_hash: uuid.UUID
    extractor: str
    revision: int
    revised_at: dt.datetime
    revision_cause: str
    removed_at: dt.datetime | None
    first_seen_at: dt.datetime
    archive_file: str | None
    archive_offset: int | None


async def articles_to_read(
    conn: AsyncConnection[Any], wanted: Selection, *, after: int, limit: int, terms: Mapping[str, Any]
) -> list[ArchivedArticle]:
    """The next articles after that number; `terms` say which extractor is the present one and what boilerplate is."""
    host = wanted.host.lower().strip(".") if wanted.host else None
    where: dict[str, Any] = {
        "host": host,
        "site": site_of(f"https://{host}/") if host else None,
        "source": wanted.source,
    }
    where |= {"since": wanted.since, "everything": wanted.everything, "after": after, "limit": limit}
    return await AREA.rows(conn, ArchivedArticle, "to_read", {**where, **terms})


async def lock_article(conn: AsyncConnection[Any], article_id: int) -> LockedArticle | None:
    """Lock the article until the transaction ends; returns its present revision, None if it was forgotten."""
    return await AREA.row(conn, LockedArticle, "lock_article", {"article_id": article_id})
