"""The hot questions of the store use their indexes, whatever the statistics say of heavy hashes."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator

import psycopg
import pytest

from pipelines.copies.match import HASH_ROWS
from pipelines.dedupe import LONGEST_PROVED
from pipelines.revisions.repeated_body import MOST_WORDS
from sql import query
from tests.integration.conftest import NOW
from tests.integration.support.plans import generic_plan

KEY = uuid.UUID(int=7)
KNOWN: dict[str, object] = {"longest_proved": LONGEST_PROVED, "most_words": MOST_WORDS}


@pytest.fixture
def archive(database: str) -> Iterator[psycopg.Connection]:
    """20,000 articles' sketches, as a sample of ten million rows sees them: the same heavy hashes again and again."""
    conn = psycopg.connect(database, autocommit=True)
    conn.execute(
        "INSERT INTO dateline.sketch (hash, article_id)"
        " SELECT n % 2, a FROM generate_series(1, 20000) AS a, generate_series(0, 4) AS n"
    )
    conn.execute(
        "INSERT INTO dateline.article (url_key, url, site, kind, text, content_hash, word_count, revised_at, first_seen_at,"
        " extractor) SELECT gen_random_uuid(), 'https://a.test/' || n, 'a.test', 'article', '', gen_random_uuid(), 0, %(now)s,"
        " %(now)s, 'x' FROM generate_series(1, 3000) AS n",
        {"now": NOW},
    )
    conn.execute("VACUUM ANALYZE dateline.sketch")
    conn.execute("VACUUM ANALYZE dateline.article")
    conn.execute("SET plan_cache_mode = force_generic_plan")
    yield conn
    conn.close()


def test_sketch_lookup_uses_the_hash_index(archive: psycopg.Connection) -> None:
    found = generic_plan(
        archive,
        query("copies", "holders"),
        {"hashes": [1, 2, 3], "hash_rows": HASH_ROWS, "since": NOW - dt.timedelta(days=60)},
    )
    assert "Index Scan using sketch_hash" in found
    assert "Seq Scan on sketch" not in found
    assert "Bitmap" not in found


@pytest.mark.parametrize(
    ("area", "name", "where"),
    [
        ("copies", "neighbours", {"ids": [1, 2], "with_texts": True}),
        ("store", "known", {"url_keys": [KEY], "content_hash": KEY, "canonical_key": KEY, "asked_key": KEY} | KNOWN),
        ("store", "outlook", {"url_keys": [KEY], "content_hashes": [KEY], "url_ids": [1], "nows": [NOW]}),
        ("store", "met_before", {"url_keys": [KEY], "canonical_keys": [KEY], "content_hashes": [KEY], "sites": ["a"]}),
    ],
)
def test_articles_are_found_by_their_keys(
    archive: psycopg.Connection, area: str, name: str, where: dict[str, object]
) -> None:
    assert "Seq Scan on article" not in generic_plan(archive, query(area, name), where)
