"""Connections, the pool, and work that outlives a lost connection, on a real server."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from psycopg import errors, sql
from psycopg_pool import PoolClosed, PoolTimeout

from dateline.errors import DatabaseError
from dateline.search.query import parse
from sql import parse_queries, query
from sql.database import connect, may_help_to_retry, open_pool, redact, session_options, wait_for
from sql.frontier.crawls import CrawlOptions, Crawls
from sql.schema.migrate import migrate
from sql.search.search import run, search
from tests.integration.conftest import Desk, published


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_unreachable_database_is_named_without_its_password() -> None:
    port = closed_port()
    with pytest.raises(DatabaseError, match=rf"database news at 127.0.0.1:{port}") as caught:
        connect(f"postgresql://someone:sesame@127.0.0.1:{port}/news")
    assert caught.value.is_temporary
    assert "sesame" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_unreadable_url_is_not_quoted() -> None:
    with pytest.raises(DatabaseError, match="Invalid database URL") as caught:
        connect("postgresql://someone:ses%zzame@127.0.0.1/news")
    assert "ses%zzame" not in str(caught.value)
    assert "zz" not in str(caught.value)
    assert not caught.value.is_temporary


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:sesame@h:5433/d", "database d at h:5433"),
        ("host=h dbname=d password=sesame", "database d at h"),
        ("postgresql://u@/d?host=%2Frun%2Fpg&password=sesame", "database d at /run/pg"),
        ("postgresql://u:ses%zzame@h/d", "an invalid database URL"),
        ("", "database (default) at the default host"),
        ("postgresql://u:ses/me@h/d", "an invalid database URL"),
        ("postgresql://u:s@s/me@h/d", "an invalid database URL"),
        ("postgresql://u:s/a?me@h/d", "an invalid database URL"),
        ("postgresql://u:s@h/d?application_name=a@b", "database d at h"),
    ],
)
def test_redact(url: str, shown: str) -> None:
    assert redact(url) == shown


def test_wait_for_returns_or_says_why_not(database: str) -> None:
    wait_for(database, 30)
    with pytest.raises(DatabaseError, match="Can't connect"):
        wait_for(f"postgresql://127.0.0.1:{closed_port()}/news", 0)


@pytest.mark.parametrize(
    "place",
    ["someone:ses@ame@127.0.0.1/news", "someone:ses/ame@127.0.0.1/news", "someone:5432/ame@127.0.0.1/news",
     "someone@corp:ame@127.0.0.1/news", "someone:ses?ame@x@127.0.0.1/news", "someone:ses#a@me@127.0.0.1/news"],
)  # fmt: skip
def test_a_password_with_signs_of_a_url_is_never_printed(place: str) -> None:
    url = f"postgresql://{place}"
    for attempt in (lambda: connect(url), lambda: open_pool(url), lambda: session_options(url)):
        with pytest.raises(DatabaseError, match="%40") as caught:
            attempt()
        assert "ame" not in str(caught.value)
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert redact(url) == "an invalid database URL"


UNUSUAL = {
    "datestyle": "German",
    "intervalstyle": "iso_8601",
    "timezone": "Asia/Kolkata",
    "standard_conforming_strings": "off",
    "search_path": "elsewhere",
    "extra_float_digits": "-3",
    "bytea_output": "escape",
    "array_nulls": "off",
    "default_transaction_isolation": "serializable",
    "statement_timeout": "1ms",
    "lock_timeout": "1ms",
    "idle_session_timeout": "50ms",
}


@pytest.fixture
def unusual(empty_database: str) -> str:
    """A database with other defaults for each session, and a schema whose functions have the names of PostgreSQL's own."""
    name = psycopg.conninfo.conninfo_to_dict(empty_database)["dbname"]
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA elsewhere")
        newer = {"transaction_timeout": "50ms"} if connection.info.server_version >= 17_00_00 else {}
        for setting, value in (UNUSUAL | newer).items():
            connection.execute(
                sql.SQL("ALTER DATABASE {} SET {} = {}").format(
                    sql.Identifier(str(name)), sql.Identifier(setting), sql.Literal(value)
                )
            )
    return empty_database


async def test_a_server_with_other_defaults_is_migrated_filled_and_read(unusual: str) -> None:
    migrate(unusual)
    now = dt.datetime(2026, 5, 4, 12, 30, 15, 123456, tzinfo=dt.UTC)
    async with open_pool(unusual) as pool:
        desk = Desk(pool, await Crawls(pool).begin(["test"], CrawlOptions()))
        for number in range(5):
            await desk.put(
                f"https://post.test/{number}",
                f"A ferry of U.S. Lines {number}. " * (number + 3),
                published=published(9),
            )
    with connect(unusual) as connection:
        urls, after = [], None
        while True:
            page = run(connection, search(parse("US ferry"), limit=2, after=after, order="rank"))
            urls += [hit.article.url for hit in page.hits]
            assert all(hit.article.published_at == published(9).at for hit in page.hits)
            after = page.next
            if after is None:
                break
        assert len(urls) == len(set(urls)) == 5
        row = connection.execute(
            "SELECT %s::timestamptz, %s::interval, %s::bytea, %s::text[], %s::real, dateline.fold('AT&T U.S. MH-17')",
            [now, dt.timedelta(days=3, hours=4), b"\x00\\'", ["a", None], 0.1234567],
        ).fetchone()
    assert row is not None
    assert row[:4] == (now, dt.timedelta(days=3, hours=4), b"\x00\\'", ["a", None])
    assert row[5] == "att us mh 17"
    limits = "-c statement_timeout=0 -c idle_session_timeout=0"
    with psycopg.connect(unusual, autocommit=True, options=limits) as analyst:
        if analyst.info.server_version >= 17_00_00:
            analyst.execute("SET transaction_timeout = 0")
        assert analyst.execute("SELECT news.words('U.S. OR \"MH-17 C++\" -AT&T')::text").fetchone() == (
            "'us' | 'mh' <-> '17' <-> 'cᐩᐩ' & !'att'",
        )


async def test_a_server_s_time_limits_hold_for_its_analysts_and_not_for_us(unusual: str) -> None:
    async with open_pool(unusual) as pool, pool.connection() as pooled:
        with connect(unusual) as connection:
            for _ in range(2):
                assert connection.execute("SELECT 1 FROM pg_sleep(.1)").fetchone()
                assert await (await pooled.execute("SELECT 1 FROM pg_sleep(.1)")).fetchone()
                connection.commit()
    with psycopg.connect(unusual) as analyst, pytest.raises(psycopg.Error, match="timeout"):
        analyst.execute("SELECT pg_sleep(5)")


def test_wait_for_sees_a_database_that_comes_later(postgres_url: str, database: str) -> None:
    name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
    later = database.replace(str(name), f"{name}_later")
    with ThreadPoolExecutor(1) as threads, psycopg.connect(postgres_url, autocommit=True) as connection:
        waiting = threads.submit(wait_for, later, 60)
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(f"{name}_later")))
        waiting.result()
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(f"{name}_later")))


async def test_pool_has_the_session_settings_asked_for(database: str) -> None:
    async with (
        open_pool(database, search_path="procrastinate,public", statement_timeout_s=7) as pool,
        pool.connection() as connection,
    ):
        shown = [
            (await (await connection.execute(f"SHOW {name}".encode())).fetchone() or ("",))[0]
            for name in ("search_path", "statement_timeout", "application_name")
        ]
    assert shown == ["procrastinate,public", "7s", "dateline"]


def test_options_of_the_url_are_kept() -> None:
    url = "postgresql://h/d?options=-c%20work_mem%3D1MB"
    options = session_options(url, {"search_path": "a, b", "other": None})
    assert options.startswith("-c work_mem=1MB -c datestyle=ISO,MDY ")
    assert "-c search_path=a,\\ b" in options
    assert "other" not in options
    assert "search_path=public" not in options


async def test_pool_hands_out_no_dead_connection(database: str) -> None:
    async with open_pool(database, max_size=1) as pool:
        async with pool.connection() as connection:
            dead = connection.info.backend_pid
        end_backend(database, dead)
        async with pool.connection() as connection:
            assert connection.info.backend_pid != dead
            assert await (await connection.execute("SELECT 1")).fetchone() == (1,)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (psycopg.OperationalError("the connection is lost"), True),
        (errors.AdminShutdown(), True),
        (errors.ConnectionFailure(), True),
        (PoolTimeout(), True),
        (PoolClosed(), False),
        (errors.QueryCanceled(), False),
        (errors.DiskFull(), False),
        (errors.LockNotAvailable(), False),
    ],
)
def test_errors_that_a_retry_may_help_are_temporary(error: psycopg.OperationalError, expected: bool) -> None:
    assert may_help_to_retry(error) is expected


def test_queries_are_found_by_name() -> None:
    text = "-- a file\n\n-- name: one\n-- Its use.\nSELECT 1;\n\n-- name: two\nSELECT 2;\n"
    assert parse_queries(text) == {"one": "-- Its use.\nSELECT 1;", "two": "SELECT 2;"}
    with pytest.raises(ValueError, match="one"):
        parse_queries(text + "-- name: one\nSELECT 3;")
    with pytest.raises(LookupError, match=r"Unknown query 'nothing' in .*Choose from: \w+"):
        query("store", "nothing")
    with pytest.raises(LookupError, match="one file sql/\\*/nowhere"):
        query("nowhere", "nothing")


def end_backend(url: str, pid: int) -> None:
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT pg_terminate_backend(%s, 10000)", [pid]).fetchone() == (True,)


def create(url: str, *rows: int) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        for row in rows:
            connection.execute("INSERT INTO kept VALUES (%s)", [row])


def kept(url: str) -> list[int]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("SELECT n FROM kept ORDER BY n").fetchall()]


async def test_a_pool_goes_on_trying_at_an_even_pace(tmp_path: Path) -> None:
    """psycopg_pool's own pauses double: after half a minute without a server it would look away for as long again."""
    async with open_pool(f"postgresql://nobody@/none?host={tmp_path}", max_size=1) as pool, asyncio.timeout(15):
        # the sixth try: here after 5 s, with doubling pauses after 31
        while pool.get_stats().get("connections_errors", 0) < 6:
            await asyncio.sleep(0.05)
