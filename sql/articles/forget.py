"""Forgetting: an article or a source leaves rows, archive and later exports; a hash stays, so that it is not fetched again.

Rows go and erasures are planned in one transaction. The values that searches compare folded and the archive's records go after
it; what a crash in between leaves of them, the next `forget` takes out.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import class_row, scalar_row

from dateline.types.article import ArchiveRef
from dateline.urls import url_key
from sql import query
from sql.articles.boilerplate import drop_unlearned, unlearn

VALUES_A_LOCK = 100
"""Values that are looked up while storing waits: so many take an index's time, many more that of all articles."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was taken out."""

    articles: int
    urls: int
    records: int


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source that is to be forgotten."""

    id: int
    name: str
    site: str


def forget_url(connection: psycopg.Connection[Any], url: str, *, erase: Callable[[ArchiveRef], None]) -> Forgotten:
    """Take out the article that a URL leads to, under all its URLs; a URL that is not known is remembered all the same."""
    with connection.transaction():
        keys = _keys(connection, "keys_of_url", {"url_key": url_key(url)})
        counts = _drop(connection, keys)
    _drop_facets(connection)
    return Forgotten(*counts, records=carry_out_erasures(connection, erase))


def find_source(connection: psycopg.Connection[Any], name: str) -> SourceRow | None:
    """The source of that name, removed ones too."""
    with connection.cursor(row_factory=class_row(SourceRow)) as cur:
        return cur.execute(query("forget", "find_source"), {"name": name}).fetchone()


def forget_source(
    connection: psycopg.Connection[Any], source: SourceRow, *, erase: Callable[[ArchiveRef], None]
) -> Forgotten:
    """Take out a source with all that came of it; nothing is fetched from its site again."""
    where = {"source_id": source.id}
    with connection.transaction():
        connection.execute(query("forget", "remember_site"), {"site": source.site})
        counts = _drop(connection, _keys(connection, "keys_of_source", where))
        for step in ("drop_source", "drop_feeds", "drop_source_row"):
            connection.execute(query("forget", step), where)
    _drop_facets(connection)
    return Forgotten(*counts, records=carry_out_erasures(connection, erase))


def count_forgets(connection: psycopg.Connection[Any]) -> int:
    """How often something was forgotten; an export that says less may hold what is gone."""
    with connection.cursor(row_factory=scalar_row) as cur:
        return int(cur.execute(query("export", "forgets")).fetchone() or 0)


def carry_out_erasures(connection: psycopg.Connection[Any], erase: Callable[[ArchiveRef], None]) -> int:
    """Erase what is planned in the archive; returns how many records that were."""
    connection.execute(query("forget", "erase_alone"))
    try:
        with connection.cursor(row_factory=class_row(ArchiveRef)) as cur:
            planned = cur.execute(query("forget", "planned_erasures")).fetchall()
        for ref in planned:
            erase(ref)
            connection.execute(query("forget", "erased"), {"file": ref.file, "offset": ref.offset})
        return len(planned)
    finally:
        connection.execute(query("forget", "erased_alone"))


def _keys(connection: psycopg.Connection[Any], name: str, params: dict[str, Any]) -> list[uuid.UUID]:
    with connection.cursor(row_factory=scalar_row) as cur:
        return list(cur.execute(query("forget", name), params))


def _drop_facets(connection: psycopg.Connection[Any]) -> None:
    """Take out the values that no article has any more, be it since now or since before it changed."""
    with connection.cursor(row_factory=scalar_row) as cur:
        values = cur.execute(query("forget", "unused_facets")).fetchall()
    for start in range(0, len(values), VALUES_A_LOCK):
        with connection.transaction():
            connection.execute(query("forget", "wait_for_facets"))
            connection.execute(query("forget", "drop_facets"), {"values": values[start : start + VALUES_A_LOCK]})


def _drop(connection: psycopg.Connection[Any], keys: list[uuid.UUID]) -> tuple[int, int]:
    where = {"url_keys": keys}
    connection.execute(query("forget", "count"))
    connection.execute(query("forget", "remember"), where)
    connection.execute(query("forget", "plan_erasures"), where)
    connection.execute(query("forget", "hold_tasks"), where)
    learned_of = unlearn(connection, keys)
    articles = connection.execute(query("forget", "drop_articles"), where).rowcount
    drop_unlearned(connection, learned_of)
    urls = connection.execute(query("forget", "drop_urls"), where).rowcount
    connection.execute(query("forget", "drop_quarantine"), where)
    return articles, urls
