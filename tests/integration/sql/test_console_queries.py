"""The console's hot queries are served by the indexes that were made for them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from sql import query
from sql.database import Pool
from tests.integration.conftest import NOW

LATE = dt.datetime(9000, 1, 1, tzinfo=dt.UTC)
LOST = {"since": NOW, "state": None, "reason": None, "source": None, "before_at": LATE, "before_id": 2**62, "limit": 50}
CASES: list[tuple[str, str, dict[str, Any]]] = [
    ("failed_urls", "url_lost", LOST),
    ("failed_urls", "url_lost", LOST | {"state": "failed", "reason": "robots"}),
    ("error_classes", "url_lost", {"since": NOW}),
    ("recent_errors", "visit_at", {"now": NOW}),
    ("recent_errors", "fetch_at", {"now": NOW}),
    ("throughput", "article_first_seen", {"now": NOW}),
    ("due", "feed_due", {"after_at": NOW, "after_id": 0, "limit": 50, "now": NOW, "source": None}),
    (
        "visits_of_source",
        "visit_source",
        {"source": "x", "before": 5, "outcome": None, "only_failed": False, "limit": 50},
    ),
    ("source_articles", "article_source", {"source_id": 1}),
    ("source_urls", "url_source", {"source_id": 1, "now": NOW}),
    ("article", "article_pkey", {"id": 1}),
    ("article_copies", "copy_original", {"id": 1}),
    ("totals", "article_dated", {"unit": "day", "since": NOW, "until": LATE}),
    ("stories", "story_last", {"since": NOW, "outlets": 1, "limit": 50}),
    ("story_members", "story_member_of", {"id": 1}),
]


@pytest.mark.parametrize(("name", "index", "params"), CASES, ids=[f"{name} by {index}" for name, index, _ in CASES])
async def test_served_by_its_index(pool: Pool, name: str, index: str, params: dict[str, Any]) -> None:
    async with pool.connection() as connection:
        await connection.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        rows = await (await connection.execute(b"EXPLAIN " + query("console", name).encode(), params)).fetchall()
    assert index in "\n".join(row[0] for row in rows)
