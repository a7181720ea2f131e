"""The declared fields of an article agree with the table, and everything that is derived from them is complete."""

from __future__ import annotations

import datetime as dt
import types
import typing
import uuid
from typing import Any

import pytest
from psycopg.rows import tuple_row

from dateline.types.article_fields import ARTICLE_FIELDS
from sql.database import connect

SQL_TYPES: dict[Any, set[str]] = {
    int: {"bigint", "integer"},
    str: {"text"},
    bool: {"boolean"},
    float: {"real"},
    uuid.UUID: {"uuid"},
    dt.datetime: {"instant"},
    list[str]: {"text[]"},
    list[dict[str, str]]: {"jsonb"},
}
OF_OTHER_TABLES = {"copy_of", "copy_family"}
KEPT_BY_STATEMENTS = {
    "revised_at",
    "revision_cause",
    "removed_at",
    "archive_expired_at",
    "dated_at",
    "search",
    "text_seen_at",
    "absent_at",
    "sought_at",
}
"""Columns that statements or the database itself keep; no page gives them and no record shows them."""


@pytest.fixture
def columns(database: str) -> dict[str, tuple[str, bool, str]]:
    """Type, whether it may be null, and comment of each column of the table, by name."""
    statement = (
        "SELECT attname::text,"
        " regexp_replace(format_type(atttypid, atttypmod), '^dateline[.]', ''),"
        " NOT attnotnull, col_description(attrelid, attnum)"
        " FROM pg_attribute WHERE attrelid = 'dateline.article'::regclass AND attnum > 0 AND NOT attisdropped"
    )
    with connect(database) as connection, connection.cursor(row_factory=tuple_row) as cur:
        return {name: (kind, is_nullable, about) for name, kind, is_nullable, about in cur.execute(statement)}


def test_every_column_is_declared_or_kept_by_statements(columns: dict[str, Any]) -> None:
    assert {field.name for field in ARTICLE_FIELDS} - OF_OTHER_TABLES == columns.keys() - KEPT_BY_STATEMENTS


def test_types_and_comments_are_those_of_the_table(columns: dict[str, Any]) -> None:
    for field in ARTICLE_FIELDS:
        if field.name in OF_OTHER_TABLES:
            continue
        kind, is_nullable, about = columns[field.name]
        plain = next(iter(typing.get_args(field.type))) if isinstance(field.type, types.UnionType) else field.type
        assert kind in SQL_TYPES[plain], field.name
        assert (field.name, isinstance(field.type, types.UnionType)) == (field.name, is_nullable)
        assert (field.name, field.column.comment) == (field.name, about)
