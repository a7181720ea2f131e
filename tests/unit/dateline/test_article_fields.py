"""What is derived from an article's declared fields: the stored row, the statements' column lists, the reference page."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import uuid
from pathlib import Path

from dateline.types.article import Extraction, Page
from dateline.types.article_fields import ARTICLE_FIELDS, CLEANED_FIELDS, column_lists, reference
from pipelines.article_row import article_row
from sql import query
from sql.articles.reprocess import ArchivedArticle

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
URL = "https://post.test/pier"
PAGE = Path(__file__).parents[3] / "docs/reference-article.md"


def test_stored_row_has_every_written_column() -> None:
    article = ArchivedArticle(1, URL, None, uuid.uuid4(), "x", None, None, None, None, None, {}, "", None, "rss", {})
    found = Extraction(url=URL, kind="article", title="Pier", text="A pier.")
    row = article_row(
        article.due, Page(URL, URL, 200, (), b"", NOW), found, site="post.test", text_hash=uuid.uuid4(), now=NOW
    )
    assert row.keys() - {"now"} == {field.name for field in ARTICLE_FIELDS if field.column.is_written}


def test_field_from_the_page_is_an_attribute_of_the_extraction() -> None:
    attributes = {field.name for field in dataclasses.fields(Extraction)} | {"word_count"}
    assert {field.name for field in CLEANED_FIELDS} <= attributes


def test_statements_name_every_field_and_no_placeholder_is_left() -> None:
    insert, revise, record = (
        query("store", "insert_article"), query("store", "revise_article"), query("articles", "by_id")
    )  # fmt: skip
    assert "{{" not in insert + revise + record
    for field in ARTICLE_FIELDS:
        parameter = f"%({field.name})s"
        assert (field.name, parameter in insert) == (field.name, field.column.is_written)
        is_published = field.name.startswith("published_")
        assert (field.name, parameter in revise) == (field.name, field.column.is_replaced or is_published)
    assert "o.url AS copy_of" in record
    assert "coalesce(c.family_id, a.id) AS copy_family" in record


def test_every_placeholder_of_the_sql_files_has_a_column_list() -> None:
    files = (Path(__file__).parents[3] / "sql").rglob("*.sql")
    used = {name for file in files for name in re.findall(r"\{\{(\w+)\}\}", file.read_text(encoding="utf-8"))}
    assert used == column_lists().keys()


def test_reference_page_shows_the_declared_fields() -> None:
    """Renew it with: python -c 'from dateline.types.article_fields import reference; print(reference())'"""
    assert reference() in PAGE.read_text(encoding="utf-8")
