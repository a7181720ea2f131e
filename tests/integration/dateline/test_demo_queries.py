"""The demonstration's example queries are valid on the real views."""

from __future__ import annotations

import psycopg
import pytest

from dateline.demo.report import ExampleQuery, example_queries


@pytest.mark.parametrize("query", example_queries(), ids=lambda query: query.title)
def test_each_example_query_runs_on_the_views(database: str, query: ExampleQuery) -> None:
    with psycopg.connect(database) as connection:
        cursor = connection.execute(query.sql.encode())
        assert cursor.description
        assert len(cursor.description) >= 4
