"""Articles as records: what `dateline extract` prints of a page, read back from the database."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import class_row

from sql import query


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """An article with the columns of a record."""

    id: int
    url: str
    title: str | None
    text: str
    authors: list[str]
    published_at: dt.datetime | None
    published_offset_s: int | None
    published_precision: str | None
    published_origin: str | None
    modified_at: dt.datetime | None
    modified_offset_s: int | None
    language: str | None
    section: str | None
    tags: list[str]
    image_url: str | None
    summary: str | None
    site_name: str | None
    site: str
    kind: str
    warnings: list[str]
    canonical_url: str | None
    alternative_titles: list[str]
    credited_to: str | None
    copy_of: str | None
    is_accessible_for_free: bool | None
    directives: list[str]
    revision: int
    word_count: int
    quality: float | None
    extractor: str
    first_seen_at: dt.datetime


def read_articles(connection: psycopg.Connection[Any], ids: Sequence[int]) -> list[ArticleRow]:
    """The articles with these ids, in the order of the ids."""
    with connection.cursor(row_factory=class_row(ArticleRow)) as cur:
        rows = {row.id: row for row in cur.execute(query("articles", "by_id"), {"ids": list(ids)})}
    return [rows[one] for one in ids if one in rows]


@dataclass(frozen=True, slots=True)
class RevisionRow:
    """An article as it stood at a time."""

    number: int
    title: str | None
    text: str
    word_count: int
    seen_at: dt.datetime
    modified_at: dt.datetime | None
    cause: str
    is_silent: bool | None
    is_present: bool


def read_revisions(connection: psycopg.Connection[Any], article_id: int) -> list[RevisionRow]:
    """An article as it stood at each time, the present one last."""
    with connection.cursor(row_factory=class_row(RevisionRow)) as cur:
        return cur.execute(query("articles", "revision_texts"), {"article_id": article_id}).fetchall()


def article_id_of(connection: psycopg.Connection[Any], key: uuid.UUID) -> int | None:
    """The article that a URL leads to, as itself or as an alias."""
    row = connection.execute(query("articles", "article_of_key"), {"url_key": key}).fetchone()
    return None if row is None else int(row[0])


def to_record(row: ArticleRow) -> dict[str, Any]:
    """The record of an article, in the form that `dateline extract` gives."""
    return {
        "id": row.id,
        "url": row.url,
        "title": row.title,
        "text": row.text,
        "authors": row.authors,
        "published_at": in_its_zone(row.published_at, row.published_offset_s),
        "modified_at": in_its_zone(row.modified_at, row.modified_offset_s),
        "language": row.language,
        "section": row.section,
        "tags": row.tags,
        "image_url": row.image_url,
        "summary": row.summary,
        "site_name": row.site_name,
        "kind": row.kind,
        "warnings": row.warnings,
        "site": row.site,
        "canonical_url": row.canonical_url,
        "alternative_titles": row.alternative_titles,
        "published_precision": row.published_precision,
        "published_origin": row.published_origin,
        "credited_to": row.credited_to,
        "copy_of": row.copy_of,
        "is_accessible_for_free": row.is_accessible_for_free,
        "directives": row.directives,
        "quality": row.quality,
        "extractor": row.extractor,
        "revision": row.revision,
        "word_count": row.word_count,
        "first_seen_at": row.first_seen_at.astimezone(dt.UTC).isoformat(),
    }


def in_its_zone(at: dt.datetime | None, offset_s: int | None) -> str | None:
    """An instant in ISO 8601 with the publisher's own offset."""
    if at is None:
        return None
    return at.astimezone(dt.timezone(dt.timedelta(seconds=offset_s or 0))).isoformat()
