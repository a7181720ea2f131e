"""Analysts' logins: what they can't do, and that what they run for too long is ended."""

from __future__ import annotations

import asyncio
import datetime as dt
import fcntl
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from dateline.errors import DatabaseError, UsageError
from sql.analysts.console_login import console_login, kept_secret, reader_login
from sql.analysts.logins import add_analyst, list_analysts, remove_analyst
from sql.articles.counts import end_overdue_queries, refresh_counts
from sql.database import connect
from sql.schema.migrate import SQL_DIR
from tests.integration.conftest import NOW, Desk, published

pytestmark = pytest.mark.asyncio


@pytest.fixture
def owner(database: str) -> Iterator[psycopg.Connection]:
    with connect(database, autocommit=True) as opened:
        # a clone has not the rights that its template has as a database
        opened.execute((SQL_DIR / "roles.sql").read_bytes())
        others = {one.name for one in list_analysts(opened)}  # logins are the whole server's
        yield opened
        for name in {one.name for one in list_analysts(opened)} - others:
            remove_analyst(opened, name)


async def test_an_analyst_reads_the_views_and_can_do_nothing_else(owner: psycopg.Connection, database: str) -> None:
    others = [one.name for one in list_analysts(owner)]  # logins are the whole server's
    made = add_analyst(owner, "ana", database, timeout_s=300)
    assert ("ana", 5) in [(one.name, one.limit) for one in list_analysts(owner)]
    verifier = owner.execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'ana'").fetchone()
    assert verifier is not None
    assert verifier[0].startswith("SCRAM-SHA-256$")
    with psycopg.connect(made.url, autocommit=True) as ana:
        assert ana.execute("SELECT current_user::text, count(*) FROM articles").fetchone() == ("ana", 0)
        assert ana.execute("SELECT count(*) FROM articles WHERE search @@ words('ferries')").fetchone() == (0,)
        assert ana.execute("SHOW temp_file_limit").fetchone() == ("2GB",)
        ana.execute("SET default_transaction_read_only = off")
        for statement in (
            "SELECT * FROM dateline.article",
            "SELECT * FROM dateline.source",
            "SELECT * FROM procrastinate.procrastinate_jobs",
            "INSERT INTO news.articles (url) VALUES ('x')",
            "DELETE FROM news.credits",
            "UPDATE news.ledger SET url = ''",
            "CREATE TEMP TABLE t (a int)",
            "CREATE TABLE public.t (a int)",
            "CREATE TABLE news.t (a int)",
            "CREATE SCHEMA s",
            "COPY news.articles TO '/tmp/x'",
            "ALTER ROLE ana SUPERUSER",
            "SET ROLE dateline_ingest",
        ):
            with pytest.raises(psycopg.errors.Error) as refused:
                ana.execute(statement.encode())
            assert isinstance(refused.value, errors.InsufficientPrivilege | errors.ObjectNotInPrerequisiteState), (
                statement
            )
    remove_analyst(owner, "ana")
    assert [one.name for one in list_analysts(owner)] == others


async def test_names_that_can_be_no_login_and_who_may_not_make_one(owner: psycopg.Connection, database: str) -> None:
    for name in ("", "Ana", "a;drop", "pg_monitor", "dateline_analyst", "1a"):
        with pytest.raises(UsageError, match="Invalid login"):
            add_analyst(owner, name, database, timeout_s=1)
    with pytest.raises(UsageError, match="Unknown analyst"):
        remove_analyst(owner, "dateline")
    made = add_analyst(owner, "ben", database, timeout_s=1)
    with pytest.raises(UsageError, match="already"):
        add_analyst(owner, "ben", database, timeout_s=1)
    with connect(made.url, autocommit=True) as ben:
        ben.execute("SET default_transaction_read_only = off")
        with pytest.raises(DatabaseError, match="may not make logins"):
            add_analyst(ben, "carl", database, timeout_s=1)


async def test_a_query_that_runs_too_long_is_ended_although_its_user_switched_the_timeout_off(
    owner: psycopg.Connection, database: str, desk: Desk
) -> None:
    made = add_analyst(owner, "dora", database, timeout_s=300)
    async with await psycopg.AsyncConnection.connect(made.url, autocommit=True) as dora:
        await dora.execute("SET statement_timeout = 0")
        slow = asyncio.create_task(dora.execute("SELECT pg_sleep(60)"))
        ended = []
        while not ended:
            assert await end_overdue_queries(desk.pool, limit_s=60) == []
            ended = await end_overdue_queries(desk.pool, limit_s=0.05)
        assert (ended[0].login, ended[0].is_done) == ("dora", True)
        with pytest.raises((errors.QueryCanceled, errors.AdminShutdown, psycopg.OperationalError)):
            await slow


async def test_ingest_writes_rows_and_makes_no_tables(owner: psycopg.Connection) -> None:
    with owner.transaction(force_rollback=True):
        owner.execute("SET LOCAL ROLE dateline_ingest")
        owner.execute(
            "INSERT INTO dateline.source (name, title, home, site) VALUES ('a', 'A', 'https://a.test/', 'a.test')"
        )
        with pytest.raises(errors.InsufficientPrivilege):
            owner.execute("CREATE TABLE dateline.t (a int)")


async def test_daily_counts_follow_what_is_stored_revised_and_linked(desk: Desk) -> None:
    async def counted(hours: int, **options: bool) -> tuple[int | None, list[tuple[object, ...]]]:
        async with desk.pool.connection() as conn:
            days = await refresh_counts(conn, now=NOW + dt.timedelta(hours=hours), **options)
            rows = await conn.execute(
                "SELECT day::text, site, articles, copies FROM news.daily_counts ORDER BY day, site"
            )
            return days, await rows.fetchall()

    await desk.put("https://a.test/x", published=published(8))
    assert await counted(1) == (None, [("2026-05-04", "a.test", 1, 0)])
    assert await counted(2) == (0, [("2026-05-04", "a.test", 1, 0)])
    later = NOW + dt.timedelta(hours=3)
    await desk.put("https://b.test/x", published=published(10), now=later)
    assert await counted(4) == (1, [("2026-05-04", "a.test", 1, 0), ("2026-05-04", "b.test", 1, 1)])
    async with desk.pool.connection() as conn:
        await conn.execute("DELETE FROM dateline.article WHERE site = 'b.test'")
    assert await counted(30) == (None, [("2026-05-04", "a.test", 1, 0)])


async def test_without_the_right_to_make_roles_the_rest_goes_on_with_a_notice(owner: psycopg.Connection) -> None:
    said: list[str] = []
    owner.add_notice_handler(lambda notice: said.append(str(notice.message_primary)))
    with owner.transaction(force_rollback=True):
        owner.execute("CREATE ROLE poor; GRANT ALL ON SCHEMA dateline, news TO poor; SET LOCAL ROLE poor")
        owner.execute((SQL_DIR / "roles.sql").read_bytes().replace(b"dateline_analyst", b"dateline_nobody"))
        assert owner.execute("SELECT 1").fetchone() == (1,)
    assert "poor may not create role dateline_nobody" in " ".join(said)


async def test_who_may_not_make_the_youngest_role_renews_the_rights_of_the_others(owner: psycopg.Connection) -> None:
    """Views that a new version makes again have no grants: analysts would read nothing after an upgrade."""
    granted = "SELECT has_table_privilege('dateline_analyst', 'news.articles', 'SELECT')"
    with owner.transaction(force_rollback=True):
        owner.execute("REVOKE ALL ON news.articles FROM dateline_analyst; CREATE ROLE poor")
        for what in ("SCHEMA", "ALL TABLES IN SCHEMA", "ALL SEQUENCES IN SCHEMA"):
            owner.execute(f"GRANT ALL ON {what} dateline, news, procrastinate TO poor WITH GRANT OPTION")
        owner.execute("SET LOCAL ROLE poor")
        owner.execute((SQL_DIR / "roles.sql").read_bytes().replace(b"dateline_reader", b"dateline_nobody"))
        assert owner.execute(granted).fetchone() == (True,)


async def test_psql_leaves_one_login_for_a_data_folder_and_none_where_its_secret_is_not_kept(
    database: str, owner: psycopg.Connection, tmp_path: Path
) -> None:
    logins = "SELECT rolname FROM pg_roles WHERE rolname ~ '^reader_'"
    before = set(owner.execute(logins).fetchall())
    (tmp_path / "file").write_text("")
    assert reader_login(database, tmp_path / "file" / "data") is None
    assert console_login(database, tmp_path / "file" / "data", timeout_s=1) is None
    assert set(owner.execute(logins).fetchall()) == before
    first, second = (reader_login(database, tmp_path / "new" / "data") for _ in range(2))
    assert first is not None
    assert first == second
    assert set(owner.execute(logins).fetchall()) - before == {(first["user"],)}
    owner.execute(f"DROP ROLE {first['user']}")


async def test_a_process_that_finds_another_making_the_secret_takes_that_one(tmp_path: Path) -> None:
    """Two first starts at once kept different secrets, and each refused the other's sessions."""
    with (tmp_path / "console.key").open("wb") as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        second = asyncio.create_task(asyncio.to_thread(kept_secret, tmp_path))
        await asyncio.wait([second], timeout=0.2)
        first.write(b"first" * 8)
    assert await second == kept_secret(tmp_path) == b"first" * 8
