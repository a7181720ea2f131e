"""Articles as records: what `dateline extract` prints of a page, read back from the database."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import psycopg
from psycopg.rows import class_row, scalar_row

from dateline.types.article_fields import SHOWN_FIELDS, ArticleRow
from sql import query


def read_articles(connection: psycopg.Connection[Any], ids: Sequence[int]) -> list[ArticleRow]:
    """The articles with these ids, in the order of the ids."""
    with connection.cursor(row_factory=class_row(ArticleRow)) as cur:
        rows = {row.id: row for row in cur.execute(query("articles", "by_id"), {"ids": list(ids)})}
    return [rows[one] for one in ids if one in rows]


@dataclass(frozen=True, slots=True)
class RevisionRow:
    """A revision of an article."""

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
    """All revisions of an article, the present one last."""
    with connection.cursor(row_factory=class_row(RevisionRow)) as cur:
        return cur.execute(query("articles", "revision_texts"), {"article_id": article_id}).fetchall()


def article_id_of(connection: psycopg.Connection[Any], key: uuid.UUID) -> int | None:
    """The article that a URL leads to, as itself or as an alias."""
    with connection.cursor(row_factory=scalar_row) as cur:
        return cast("int | None", cur.execute(query("articles", "article_of_key"), {"url_key": key}).fetchone())


def to_record(row: ArticleRow) -> dict[str, Any]:
    """Returns the record of an article, in the form that `dateline extract` prints."""
    return {field.name: _shown(row, field.name) for field in SHOWN_FIELDS}


def _shown(row: ArticleRow, name: str) -> Any:
    value = getattr(row, name)
    if not isinstance(value, dt.datetime):
        return value
    return in_its_zone(value, getattr(row, name.replace("_at", "_offset_s"), None))


def in_its_zone(at: dt.datetime | None, offset_s: int | None) -> str | None:
    """An instant in ISO 8601 with the publisher's own offset."""
    if at is None:
        return None
    return at.astimezone(dt.timezone(dt.timedelta(seconds=offset_s or 0))).isoformat()
