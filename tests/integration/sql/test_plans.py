"""Frequent queries find their rows by index in filled tables, whatever values a prepared statement gets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from sql import query
from tests.conftest import clone
from tests.integration.conftest import NOW
from tests.integration.support.plans import generic_plan

FILL = """
INSERT INTO dateline.boilerplate_host (scope, site, stories, halved_on, pruned_on)
SELECT n || '.test', n || '.test', 5, '2026-05-01', '2026-05-01' FROM generate_series(1, 2000) AS n;
INSERT INTO dateline.paragraph (host_id, key, stories, story_id, halved_on, first_on)
SELECT h.id, n, 2, h.id * 10 + n, '2026-05-01', '2026-05-01' FROM dateline.boilerplate_host h, generate_series(1, 10) AS n;
INSERT INTO dateline.lesson (article_id, host_id, story_id, keys, length, stripped, fingerprint)
SELECT h.id * 10 + n, h.id, h.id * 10 + n, ARRAY[n], 500, '{}', gen_random_uuid()
FROM dateline.boilerplate_host h, generate_series(1, 10) AS n;

INSERT INTO dateline.url (url_key, url, host, feed_id, via, state, next_attempt_at)
SELECT gen_random_uuid(), 'https://a.test/' || n, 'a.test', n / 10, 'rss', 'pending', now() - interval '1 hour'
FROM generate_series(1, 20000) AS n;
INSERT INTO dateline.fetch (url_id, article_id, fetched_at, result, archive_file, archive_offset, archive_length)
SELECT n, n, now(), 'stored', 'pages-' || n / 20, 0, 1 FROM generate_series(1, 20000) AS n;
INSERT INTO dateline.article (url_key, url, site, kind, text, content_hash, word_count, revised_at, first_seen_at, extractor)
SELECT gen_random_uuid(), 'https://a.test/' || n, 'a.test', 'article', '', gen_random_uuid(), 0, now(), now(), 'x'
FROM generate_series(1, 5000) AS n;

INSERT INTO dateline.watch (name, query, has_feed, created_at)
SELECT 'w' || n, 'ferry', true, now() FROM generate_series(1, 1000) AS n;
INSERT INTO dateline.watch_delivery (watch_id, article_id, body, state, created_at, next_attempt_at)
SELECT n / 20, n, '', 'pending', now(), now() FROM generate_series(1, 20000) AS n;
INSERT INTO dateline.article_task (article_id, task, since)
SELECT n, task, now() FROM generate_series(1, 10000) AS n, unnest(ARRAY['story', 'watch']) AS task;
"""
KEY = "0" * 32
BY_FOREIGN_KEY = "UPDATE ONLY dateline.url SET feed_id = NULL WHERE feed_id = %(feed_id)s"
"""What PostgreSQL asks for each feed that is deleted."""


@pytest.fixture(scope="module")
def filled(postgres_url: str, template: str) -> Iterator[psycopg.Connection]:
    """An archive in which reading a whole table costs more than an index."""
    with contextmanager(clone)(postgres_url, template) as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # rows without those that they refer to
        connection.execute(FILL)
        connection.execute("VACUUM ANALYZE")
        connection.execute("SET plan_cache_mode = force_generic_plan")
        yield connection


@pytest.mark.parametrize(
    ("statement", "where", "index"),
    [
        (query("boilerplate", "ask"), {"scope": "7.test", "keys": [1], "today": NOW.date(), "fingerprint": KEY, "url_key": KEY},
         "paragraph_pkey"),
        (query("boilerplate", "tellings"), {"scope": "7.test", "keys": [1, 2], "article_id": None}, "paragraph_pkey"),
        (query("boilerplate", "unlearn"), {"article_ids": [1]}, "lesson_pkey"),
        (query("service", "forget_archive_files"), {"files": ["pages-1"], "now": NOW}, "fetch_archive"),
        (query("service", "repair_future_dates"), {}, "url_due"),
        (BY_FOREIGN_KEY, {"feed_id": 1}, "url_feed"),
        (query("watches", "claim"), {"watch_id": 1, "now": NOW, "lost_at": NOW}, "watch_delivery_due"),
        (query("watches", "take_tasks"), {"limit": 10, "models_since": NOW}, "article_task_of"),
    ],
    ids=["ask", "tellings", "unlearn", "forget_archive_files", "repair_future_dates", "foreign_key", "claim", "take_tasks"],
)  # fmt: skip
def test_finds_its_rows_by_index(
    filled: psycopg.Connection, statement: str, where: dict[str, object], index: str
) -> None:
    plan = generic_plan(filled, statement, where)
    assert index in plan, plan
    big = ("boilerplate_host", "paragraph", "lesson", "url", "fetch", "article", "watch_delivery", "article_task")
    assert [table for table in big if f"Seq Scan on {table} " in plan] == [], plan


def test_a_scan_of_a_whole_table_is_seen(filled: psycopg.Connection) -> None:
    assert "Seq Scan on url " in generic_plan(filled, "SELECT id FROM dateline.url WHERE via = %(via)s", {"via": "rss"})
