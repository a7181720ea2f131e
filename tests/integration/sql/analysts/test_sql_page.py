"""Statements of the SQL page: bounded in size row by row, and in time whatever the session says."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import psutil
import psycopg
import pytest

from sql.analysts import queries as module
from sql.analysts.logins import add_analyst, list_analysts, remove_analyst
from sql.analysts.queries import MAX_BYTES, AnalystQueries, SqlAnswer, SqlError
from sql.database import connect
from sql.schema.migrate import SQL_DIR


@pytest.fixture
def queries(database: str) -> Iterator[AnalystQueries]:
    with connect(database, autocommit=True) as owner:
        owner.execute((SQL_DIR / "roles.sql").read_bytes())
        others = {one.name for one in list_analysts(owner)}
        yield AnalystQueries(add_analyst(owner, "page", database, timeout_s=30).url)
        for name in {one.name for one in list_analysts(owner)} - others:
            remove_analyst(owner, name)


async def run(queries: AnalystQueries, statement: str) -> SqlAnswer:
    return await queries.run(statement, run="1", owner="me")


@pytest.mark.parametrize(
    ("statement", "rows", "types"),
    [
        ("SELECT 1 AS a, true AS b, NULL AS c, '{\"x\": 1}'::jsonb AS d", [("1", "t", None, '{"x": 1}')], (23, 16, 25, 3802)),
        ("SELECT 1 AS a, 2 AS a", [("1", "2")], (23, 23)),
        ("VALUES (1), (2)", [("1",), ("2",)], (23,)),
        ("WITH t AS (SELECT 3 AS n) SELECT n FROM t;", [("3",)], (23,)),
        ("SELECT n FROM generate_series(3, 1, -1) AS n ORDER BY n -- the end", [("1",), ("2",), ("3",)], (23,)),
        ("SELECT 'a'::char(3), ROW(1, 'x'), pg_sleep(0), ARRAY[1]", [("a  ", "(1,x)", "", "{1}")], (1042, 2249, 2278, 1007)),
        ("SELECT", [()], ()),
        ("SELECT 1 WHERE false", [], (23,)),
        ("TABLE credits", [], None),
        ("SHOW search_path", [("news",)], (25,)),
    ],
)  # fmt: skip
async def test_answers_are_as_the_server_writes_them(
    statement: str, rows: list[tuple[str, ...]], types: tuple[int, ...] | None, queries: AnalystQueries
) -> None:
    answer = await run(queries, statement)
    assert list(answer.rows) == rows
    assert types is None or answer.types == types


async def test_a_plan_is_shown(queries: AnalystQueries) -> None:
    answer = await run(queries, "EXPLAIN (ANALYZE) SELECT 1")
    assert answer.columns == ("QUERY PLAN",)
    assert "Result" in str(answer.rows[0][0])


@pytest.mark.parametrize("statement", [
    "SELECT repeat('x', 100000000)",
    "SELECT repeat('x', 40000000) AS a, repeat('y', 40000000) AS b, repeat('z', 40000000) AS c",
    "EXPLAIN VERBOSE SELECT repeat('x', 50000000)",
    "SELECT n, repeat('x', 60000000) FROM generate_series(1, 1000) AS n",
    "SELECT n, CASE WHEN n > 3 THEN repeat('x', 100000000) END FROM generate_series(1, 1000) AS n",
])  # fmt: skip
async def test_an_answer_never_has_more_than_its_bytes(statement: str, queries: AnalystQueries) -> None:
    before, most = psutil.Process().memory_info().rss, 0
    work = asyncio.create_task(run(queries, statement))
    while not work.done():
        most = max(most, psutil.Process().memory_info().rss - before)
        await asyncio.sleep(0.005)
    try:
        answer = await work
        assert sum(len(cell or "") for row in answer.rows for cell in row) <= MAX_BYTES
        assert answer.is_cut or statement.startswith("EXPLAIN")
    except SqlError as error:
        assert "MB" in str(error) or "memory" in str(error)
    assert most < 60_000_000, "the console itself never held it"


@pytest.mark.parametrize("statement", [
    "SELECT set_config('statement_timeout', '0', false), n, pg_sleep(0.03) FROM generate_series(1, 900) AS n",
    "SELECT pg_sleep(0.2) FROM generate_series(1, 900)",
    "SELECT set_config('statement_timeout', '0', false), pg_sleep(20)",
    "EXPLAIN ANALYZE SELECT set_config('statement_timeout', '0', true), pg_sleep(20)",
])  # fmt: skip
async def test_time_is_kept_outside_of_the_session(
    statement: str, queries: AnalystQueries, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STATEMENT_S", 1.0)
    began = time.monotonic()
    with pytest.raises(SqlError, match="longer"):
        await run(queries, statement)
    assert time.monotonic() - began < 15
    with psycopg.connect(database, autocommit=True) as owner:
        for _ in range(100):
            left = owner.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = 'page'").fetchone()
            if left == (0,):
                break
            await asyncio.sleep(0.05)
        assert left == (0,), "the server has let it go"


async def test_an_error_names_its_place(queries: AnalystQueries) -> None:
    with pytest.raises(SqlError) as failed:
        await run(queries, "SELECT nothing_of_this FROM articles")
    assert failed.value.position == 8
    for two in ("SELECT 1; SELECT 2", "SELECT 1) AS t; DROP VIEW news.articles; --"):
        with pytest.raises(SqlError):
            await run(queries, two)
