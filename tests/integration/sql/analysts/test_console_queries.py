"""The console's hot queries are served by the indexes that were made for them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import psycopg

from sql import query
from sql.database import Pool
from tests.integration.conftest import NOW

LATE = dt.datetime(9000, 1, 1, tzinfo=dt.UTC)
LOST = {"since": NOW, "state": "failed", "reason": None, "source_id": None, "at": None, "id": 2**62, "limit": 50}
LATER = {"since": NOW + dt.timedelta(days=1), "until": LATE}
WAITING = {"now": NOW, "source": None, "host": None, "at": None, "id": 0, "limit": 50, "crawl_silent_s": 120}
PLACE = {"taker": None, "giver": None, "at": None, "id": 0, "limit": 50}
CASES: list[tuple[str, str, dict[str, Any]]] = [
    ("console_errors.lost", "url_lost", LOST),
    ("console_errors.lost", "url_lost", LOST | {"reason": "robots"}),
    ("console_errors.lost", "url_lost", LOST | {"at": NOW}),
    ("console_errors.retrying", "url_retried", LOST),
    ("console_errors.classes", "url_lost", {"since": NOW, "source_id": None}),
    ("console_errors.classes", "url_retried", {"since": NOW, "source_id": None}),
    ("console_queue.waiting", "url_due", WAITING),
    ("console_copies.pairs", "copy_decided", LATER | {"most": 15_000, "most_pairs": 2_000}),
    ("console_copies.list", "copy_decided", LATER | PLACE),
    ("throughput", "article_first_seen", {"now": NOW}),
    ("due", "feed_due", {"after_at": NOW, "after_id": 0, "limit": 50, "now": NOW, "source": None}),
    (
        "visits_of_source",
        "visit_source",
        {"source": "s1", "before": 2**62, "outcome": None, "only_failed": False, "limit": 50},
    ),
    ("source_articles", "article_source", {"source_id": 1}),
    ("source_urls", "url_source", {"source_id": 1, "now": NOW}),
    ("article", "article_pkey", {"id": 1}),
    ("article_copies", "copy_family", {"id": 1}),
    ("totals", "article_dated", {"unit": "day", "since": NOW, "until": LATE}),
    ("stories", "story_last", {"since": NOW, "outlets": 1, "skip": 0, "limit": 50}),
    ("story_members", "story_member_of", {"id": 1}),
]


FILL = """
    SET LOCAL session_replication_role = replica;
    INSERT INTO dateline.source (name, title, home, site)
    SELECT 's' || n, 'S', 'https://s.test/', 's.test' FROM generate_series(1, 50) AS n;
    INSERT INTO dateline.feed (source_id, url, url_hash, host, kind)
    SELECT 1 + n %% 50, 'https://s.test/' || n, gen_random_uuid(), 'h' || n %% 500, 'feed'
    FROM generate_series(1, 5000) AS n;
    INSERT INTO dateline.feed_state (feed_id, next_due_at)
    SELECT n, %(now)s::timestamptz + n * interval '1 minute' FROM generate_series(1, 5000) AS n;
    INSERT INTO dateline.article (url_key, url, site, source_id, kind, title, text, content_hash, word_count, revised_at,
                                  first_seen_at, dated_at, extractor)
    SELECT gen_random_uuid(), 'https://s.test/' || n, 's.test', 1 + n %% 50, 'article', 'T', 'Text.', gen_random_uuid(), 1,
           at, at, at, 'test'
    FROM generate_series(1, 20000) AS n, LATERAL (SELECT %(now)s::timestamptz - n * interval '5 minutes' AS at) AS t;
    INSERT INTO dateline.article_seen (article_id, last_seen_at) SELECT id, first_seen_at FROM dateline.article;
    INSERT INTO dateline.copy (article_id, family_id, original_id, kind, containment, decided_at)
    SELECT n, n - 1, n - 1, 'whole', 1, %(now)s FROM generate_series(2, 10000, 2) AS n;
    INSERT INTO dateline.story (language, first_at, last_at, made_at)
    SELECT 'en', at, at, at
    FROM generate_series(1, 20000) AS n, LATERAL (SELECT %(now)s::timestamptz - n * interval '5 minutes' AS at) AS t;
    INSERT INTO dateline.story_member (article_id, story_id, at, placed_at)
    SELECT id, id, first_seen_at, first_seen_at FROM dateline.article;
    INSERT INTO dateline.url (url_key, url, host, source_id, via, state, next_attempt_at, discovered_at, finished_at,
                              article_id)
    SELECT gen_random_uuid(), 'https://s.test/' || n, 'h', 1 + n %% 50, 'rss',
           CASE n %% 20 WHEN 0 THEN 'failed' ELSE 'stored' END,
           NULL, at, at, n
    FROM generate_series(1, 20000) AS n, LATERAL (SELECT %(now)s::timestamptz - n * interval '5 minutes' AS at) AS t;
    INSERT INTO dateline.visit (feed_id, source_id, started_at, finished_at, outcome)
    SELECT 1 + n %% 5000, 1 + n %% 50, at, at, 'changed'
    FROM generate_series(40000, 1, -1) AS n, LATERAL (SELECT %(now)s::timestamptz - n * interval '5 minutes' AS at) AS t;
    INSERT INTO dateline.fetch (url_id, source_id, fetched_at, finished_at, result)
    SELECT 1 + n %% 20000, 1 + n %% 50, at, at, 'new'
    FROM generate_series(40000, 1, -1) AS n, LATERAL (SELECT %(now)s::timestamptz - n * interval '5 minutes' AS at) AS t;
    ANALYZE
"""
"""Enough rows that reading a whole table would cost more than its index."""


async def test_served_by_their_indexes(pool: Pool) -> None:
    """One database for all queries, because filling it takes longer than asking for the plans."""
    async with pool.connection() as connection:
        await psycopg.AsyncClientCursor(connection).execute(FILL, {"now": NOW})
        missing = []
        for name, index, params in CASES:
            area, _, own = name.rpartition(".")
            rows = await connection.execute(b"EXPLAIN " + query(area or "console", own).encode(), params)
            plan = "\n".join(row[0] for row in await rows.fetchall())
            if index not in plan:
                missing.append(f"{name} does not use {index}:\n{plan}")
    assert not missing, "\n\n".join(missing)
