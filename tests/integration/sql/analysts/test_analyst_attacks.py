"""What a read-only analyst may try against the service, and what keeps it whole: refused, bounded, or ended by the watch.

Long because most of it is a table of attacks.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import errors

from scheduler.jobs import LOOK_EVERY_S, make_app
from sql.analysts.logins import add_analyst, list_analysts, remove_analyst
from sql.articles.counts import Overdue, end_overdue_queries
from sql.database import Pool, connect, open_queue_pool
from sql.schema.migrate import SQL_DIR
from sql.service.leases import Upkeep

REFUSED = errors.InsufficientPrivilege, errors.ObjectNotInPrerequisiteState, errors.UndefinedFunction
ATTACKS = {
    "a session's advisory lock": "SELECT pg_advisory_lock(7)",
    "the lock of stories": "SELECT pg_advisory_xact_lock(1684830)",
    "the lock of identities": "SELECT pg_advisory_lock(1684828, b) FROM generate_series(0, 65535) AS b",
    "a full lock table": "SELECT count(pg_try_advisory_lock_shared(n)) FROM generate_series(1, 1000000) AS n",
    "locks let go": "SELECT pg_advisory_unlock_all()",
    "a large object": "SELECT lo_from_bytea(0, convert_to(repeat('x', 1000000), 'UTF8'))",
    "many large objects": "SELECT count(lo_create(0)) FROM generate_series(1, 100000)",
    "the server's files by large objects": "SELECT lo_import('/etc/hostname')",
    "write-ahead log": "SELECT pg_logical_emit_message(false, 'x', repeat('x', 1000000))",
    "notices by the million": "SELECT count(pg_notify('procrastinate_any_queue_v1', n::text)) FROM generate_series(1, 9) AS n",
    "a program": "COPY (SELECT 1) TO PROGRAM 'true'",
    "a file of the server written": "COPY (SELECT 1) TO '/tmp/x'",
    "a file of the server read": "SELECT pg_read_file('postgresql.conf')",
    "a folder of the server": "SELECT pg_ls_dir('.')",
    "another server by function": "SELECT dblink('host=/tmp', 'SELECT 1')",
    "the service's role": "SET ROLE dateline_ingest",
    "the owner's role": "SET ROLE dateline",
    "the session's owner": "SET SESSION AUTHORIZATION dateline",
    "a temporary table": "CREATE TEMP TABLE t AS SELECT 1 AS a",
    "a table by SELECT INTO": "SELECT 1 AS a INTO TEMP t",
    "a function": "CREATE FUNCTION news.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "the limit of its files": "SET temp_file_limit = -1",
    "the log's level": "SET log_min_messages = debug5",
    "the log of statements": "SET log_statement = 'all'",
    "an exclusive lock": "BEGIN; LOCK TABLE news.articles IN ACCESS EXCLUSIVE MODE",
    "a share lock": "BEGIN; LOCK TABLE news.articles IN SHARE MODE",
    "rows locked": "SELECT 1 FROM news.articles FOR UPDATE",
    "the service's sessions": "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'dateline'",
    "other sessions' settings": "ALTER SYSTEM SET work_mem = '1GB'",
    "the database's settings": "ALTER ROLE dateline SET statement_timeout = 1",
    "passwords": "SELECT rolpassword FROM pg_authid",
    "a replication slot": "SELECT pg_create_physical_replication_slot('s', true)",
    "a prepared transaction": "BEGIN; SELECT 1; PREPARE TRANSACTION 'x'",
    "secrets of the service": "SELECT secret FROM dateline.watch",
    "transaction numbers": "SELECT pg_current_xact_id()",
    "transaction numbers by their old name": "SELECT txid_current()",
    "a library": "LOAD 'auto_explain'",
    "a schema": "CREATE SCHEMA x",
    "a publication": "CREATE PUBLICATION p FOR ALL TABLES",
    "more connections": "ALTER ROLE mallory CONNECTION LIMIT -1",
    "more rights": "ALTER ROLE mallory CREATEROLE",
    "the limit of its files for later": "ALTER ROLE mallory SET temp_file_limit = -1",
    "triggers and keys off": "SET session_replication_role = replica",
    "statistics reset": "SELECT pg_stat_reset()",
    "settings read again": "SELECT pg_reload_conf()",
    "another file of write-ahead log": "SELECT pg_switch_wal()",
    "a backup that never ends": "SELECT pg_backup_start('x')",
    "a checkpoint": "CHECKPOINT",
    "the settings' files": "SELECT * FROM pg_file_settings",
    "the rules of access": "SELECT * FROM pg_hba_file_rules",
    "passwords of other servers": "SELECT umoptions FROM pg_user_mapping",
    "passwords of subscriptions": "SELECT subconninfo FROM pg_subscription",
    "columns' statistics": "SELECT stavalues1 FROM pg_statistic",
    "the data folder": "SHOW data_directory",
    "memory of other sessions": "SELECT pg_log_backend_memory_contexts(pid) FROM pg_stat_activity",
}  # fmt: skip


@pytest.fixture
def owner(database: str) -> Iterator[psycopg.Connection]:
    with connect(database, autocommit=True) as opened:
        opened.execute((SQL_DIR / "roles.sql").read_bytes())
        others = {one.name for one in list_analysts(opened)}
        yield opened
        for name in {one.name for one in list_analysts(opened)} - others:
            remove_analyst(opened, name)


@pytest.fixture
def analyst_url(owner: psycopg.Connection, database: str) -> str:
    made = add_analyst(owner, "mallory", database, timeout_s=300)
    return made.url


@pytest.fixture
def mallory(analyst_url: str) -> Iterator[psycopg.Connection]:
    opened = psycopg.connect(analyst_url, autocommit=True)
    opened.execute("SET default_transaction_read_only = off; SET statement_timeout = 0")
    opened.execute("SET idle_in_transaction_session_timeout = 0")
    yield opened
    opened.close()


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused(attack: str, mallory: psycopg.Connection, owner: psycopg.Connection) -> None:
    if attack == "the service's sessions":
        with connect(owner.info.dsn):
            pass
    with pytest.raises(psycopg.Error) as refused:
        mallory.execute(ATTACKS[attack].encode())
    assert isinstance(refused.value, REFUSED), refused.value
    locks = owner.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'").fetchone()
    assert locks == (0,)
    assert owner.execute("SELECT count(*) FROM pg_largeobject_metadata").fetchone() == (0,)


UNPROTECTED = {
    "the lock of stories": "pg_advisory_xact_lock(bigint)",
    "locks let go": "pg_advisory_unlock_all()",
    "a large object": "lo_from_bytea(oid, bytea)",
    "write-ahead log": "pg_logical_emit_message(boolean, text, text, boolean)",
    "notices by the million": "pg_notify(text, text)",
    "transaction numbers": "pg_current_xact_id()",
}


@pytest.mark.parametrize("attack", UNPROTECTED)
def test_without_the_revoked_right_the_attack_succeeds(
    attack: str, mallory: psycopg.Connection, owner: psycopg.Connection
) -> None:
    function = UNPROTECTED[attack]
    if not owner.execute("SELECT to_regprocedure(%s)", [function]).fetchone():
        function = function.replace(", boolean)", ")")
    owner.execute(f"GRANT EXECUTE ON FUNCTION {function} TO PUBLIC".encode())
    try:
        mallory.execute(ATTACKS[attack].encode())
    finally:
        owner.execute((SQL_DIR / "roles.sql").read_bytes())


def test_no_other_database_of_the_server_can_be_opened(analyst_url: str, database: str) -> None:
    own = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
    for other in ("postgres", "template1"):
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(analyst_url.replace(f"/{own}", f"/{other}"))


async def ended(pool: Pool, **limits: float) -> list[Overdue]:
    """What the watch ends first, within ten seconds."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if found := await end_overdue_queries(pool, **({"limit_s": 300.0} | limits)):
            return found
        await asyncio.sleep(0.05)
    return []


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1",
        "DECLARE c CURSOR FOR SELECT url FROM articles",
        "LISTEN x",
        "LOCK TABLE articles IN ACCESS SHARE MODE",
    ],
)
async def test_a_transaction_that_is_left_open_is_ended(
    statement: str, mallory: psycopg.Connection, pool: Pool
) -> None:
    mallory.execute("BEGIN")
    mallory.execute(statement.encode())
    assert await end_overdue_queries(pool, limit_s=300) == []
    assert [one.why for one in await ended(pool, idle_s=0.1)] == ["it left a transaction open"]
    with pytest.raises(psycopg.OperationalError):
        mallory.execute("SELECT 1")


async def test_a_login_that_takes_a_dead_process_s_name_keeps_none_of_its_work(
    mallory: psycopg.Connection, pool: Pool
) -> None:
    """Sessions name themselves; the name tells whether a process lives."""
    upkeep = Upkeep(pool)
    await upkeep.beat("dateline-worker-x-1-abc", "worker", "x")
    mallory.execute("SET application_name = 'dateline-worker-x-1-abc'")
    assert await upkeep.release_dead("dateline-worker-x-1-") == 0


async def test_a_session_that_keeps_the_service_waiting_is_ended(
    mallory: psycopg.Connection, pool: Pool, database: str
) -> None:
    mallory.execute("BEGIN")
    mallory.execute("LOCK TABLE articles IN ACCESS SHARE MODE")

    def alter() -> None:
        with connect(database, autocommit=True) as service:
            service.execute("SET lock_timeout = '20s'")
            service.execute("BEGIN; LOCK TABLE dateline.article IN ACCESS EXCLUSIVE MODE; COMMIT")

    waiting = asyncio.create_task(asyncio.to_thread(alter))
    assert [one.why for one in await ended(pool)] == ["it kept another login waiting for a lock"]
    await waiting


async def test_locks_of_an_idle_session_are_ended_where_a_superuser_did_not_take_the_functions_away(
    owner: psycopg.Connection, mallory: psycopg.Connection, pool: Pool
) -> None:
    owner.execute("GRANT EXECUTE ON FUNCTION pg_advisory_lock(bigint) TO mallory")
    mallory.execute("SELECT pg_advisory_lock(1684830)")
    assert [one.why for one in await ended(pool, idle_s=0.1)] == ["it held locks and did nothing"]
    owner.execute("REVOKE EXECUTE ON FUNCTION pg_advisory_lock(bigint) FROM mallory")


FLOODS = {
    "generate_series": "SELECT count(*) FROM generate_series(1, 1000000000000) AS n",
    "a recursive query": "WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t",
    "a product of views": "SELECT count(*) FROM generate_series(1, 1000000) AS a, generate_series(1, 1000000) AS b",
    "an expression": "SELECT count(*) FROM generate_series(1, 100000000) AS n WHERE repeat(n::text, 100) ~ '(a*)*b'",
    "sleep": "SELECT pg_sleep(600)",
    "a block that commits again and again": "DO $$ BEGIN LOOP PERFORM 1; COMMIT; END LOOP; END $$",
    "a block that notifies and commits": "DO $$ BEGIN LOOP NOTIFY x; COMMIT; END LOOP; END $$",
    "a program in a block that writes to the log": "DO $$ BEGIN LOOP RAISE LOG 'x'; END LOOP; END $$",
}


@pytest.mark.parametrize("flood", FLOODS)
async def test_a_flood_ends_at_the_limit_although_its_timeout_was_lifted(
    flood: str, analyst_url: str, pool: Pool
) -> None:
    async with await psycopg.AsyncConnection.connect(analyst_url, autocommit=True) as mallory:
        await mallory.execute("SET statement_timeout = 0")
        running = asyncio.create_task(mallory.execute(FLOODS[flood].encode()))
        assert [one.why for one in await ended(pool, limit_s=0.3)] == ["it ran for too long"]
        with pytest.raises((errors.QueryCanceled, psycopg.OperationalError)):
            await running


WIDE = ", ".join(f"repeat('{c}', 1000000000) AS {c}" for c in "abcdefghijklmnop")


def test_memory_is_bounded_whatever_a_session_sets(mallory: psycopg.Connection, database: str) -> None:
    with connect(database, autocommit=True) as service:
        assert 1 << 30 <= memory_limit(service.info.backend_pid) <= 1 << 40
        mallory.execute("SET work_mem = '1TB'; SET max_parallel_workers_per_gather = 0")
        with pytest.raises(errors.OutOfMemory):
            mallory.execute(f"SELECT length(a) + length(b) + length(c) FROM (SELECT {WIDE} OFFSET 0) AS t".encode())
        assert service.execute("SELECT 1").fetchone() == (1,), "no session but its own was ended"


def memory_limit(pid: int) -> int:
    """The most bytes of private memory that a process may have."""
    lines = Path(f"/proc/{pid}/limits").read_text(encoding="ascii").splitlines()
    (line,) = (line for line in lines if line.startswith("Max data size"))
    return int(line.split()[3])


def test_errors_and_files_of_an_analyst_are_bounded(mallory: psycopg.Connection) -> None:
    for setting, value in {
        "temp_file_limit": "2GB",
        "log_min_messages": "panic",
        "log_min_error_statement": "panic",
    }.items():
        assert mallory.execute(f"SHOW {setting}".encode()).fetchone() == (value,)


def test_a_cursor_that_is_held_spills_no_more_than_a_sort(
    analyst_url: str, owner: psycopg.Connection, mallory: psycopg.Connection
) -> None:
    """WITH HOLD keeps all its rows in files after the transaction, for as long as the session lives."""
    owner.execute("ALTER ROLE mallory SET temp_file_limit = '1MB'")
    with psycopg.connect(analyst_url, autocommit=True) as later:
        later.execute("SET work_mem = '64kB'")
        with pytest.raises(errors.ConfigurationLimitExceeded):
            later.execute(
                "DECLARE c CURSOR WITH HOLD FOR SELECT repeat('x', 1000) || n FROM generate_series(1, 9999) AS n"
            )


def test_a_login_s_own_settings_lift_no_bound(analyst_url: str, mallory: psycopg.Connection) -> None:
    mallory.execute("ALTER ROLE mallory RESET ALL")
    mallory.execute("ALTER ROLE mallory SET work_mem = '1TB'")
    mallory.execute("ALTER ROLE mallory SET statement_timeout = 0")
    with psycopg.connect(analyst_url) as later:
        assert later.execute("SHOW temp_file_limit").fetchone() == ("2GB",)
        assert later.execute("SHOW log_min_messages").fetchone() == ("panic",)


def test_what_others_do_is_not_shown(mallory: psycopg.Connection, owner: psycopg.Connection) -> None:
    owner.execute("SELECT 'a secret of the owner'")
    seen = (
        "SELECT count(*)::int FROM pg_stat_activity WHERE usename <> 'mallory' AND query <> '<insufficient privilege>'"
    )
    assert mallory.execute(seen).fetchone() == (0,)
    files = "SELECT count(*)::int FROM pg_settings WHERE name IN ('config_file', 'hba_file', 'data_directory')"
    assert mallory.execute(files).fetchone() == (0,)
    assert owner.execute(files).fetchone() == (3,)


def test_analysts_leave_connections_to_the_service(analyst_url: str, database: str) -> None:
    opened: list[psycopg.Connection[Any]] = []
    try:
        with pytest.raises(psycopg.OperationalError, match="too many connections"):
            for _ in range(6):
                opened.append(psycopg.connect(analyst_url))
        with connect(database) as service:
            reserved = service.execute("SHOW superuser_reserved_connections").fetchone()
            assert int((reserved or ("0",))[0]) >= 50
    finally:
        for one in opened:
            one.close()


async def test_forged_notices_end_no_listener_and_no_job(
    mallory: psycopg.Connection, database: str, pool: Pool
) -> None:
    """NOTIFY needs no right at all: the queue's channels are open to every login."""
    app, heard = make_app(), asyncio.Event()

    async def hear(*, channel: str, notification: Any) -> None:
        assert notification["type"] == "job_inserted"
        heard.set()

    async with open_queue_pool(database) as queue, app.open_async(queue):
        listening = asyncio.create_task(app.job_manager.listen_for_jobs(on_notification=hear))
        for payload in ("no JSON", "{}", '{"type": "abort_job_requested", "job_id": 1}', "[" * 4000):
            heard.clear()
            while not heard.is_set():
                mallory.execute(b"NOTIFY procrastinate_any_queue_v1, '" + payload.encode() + b"'")
                await asyncio.sleep(0.05)
                assert not listening.done()
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def test_a_flood_of_notices_is_a_look_now_and_then(mallory: psycopg.Connection, database: str) -> None:
    app, looks = make_app(), 0

    async def look(*, channel: str, notification: Any) -> None:
        nonlocal looks
        looks += 1

    async with open_queue_pool(database) as queue, app.open_async(queue):
        listening = asyncio.create_task(app.job_manager.listen_for_jobs(on_notification=look))
        while not looks:
            mallory.execute("NOTIFY procrastinate_any_queue_v1")
            await asyncio.sleep(0.02)
        began = time.monotonic()
        for number in range(500):
            mallory.execute(f"NOTIFY procrastinate_any_queue_v1, '{number}'".encode())
            await asyncio.sleep(0)
        assert looks <= 2 + (time.monotonic() - began) / LOOK_EVERY_S
        before = looks
        await asyncio.sleep(3 * LOOK_EVERY_S)
        assert looks > before, "what came last is looked for, too"
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def test_a_look_that_fails_ends_the_listener_with_its_error(mallory: psycopg.Connection, database: str) -> None:
    app = make_app()

    async def look(*, channel: str, notification: Any) -> None:
        raise LookupError("the queue is not readable")

    async with open_queue_pool(database) as queue, app.open_async(queue):
        listening = asyncio.create_task(app.job_manager.listen_for_jobs(on_notification=look))
        with pytest.raises(LookupError, match="not readable"):
            async with asyncio.timeout(5):
                while not listening.done():
                    mallory.execute("NOTIFY procrastinate_any_queue_v1")
                    await asyncio.sleep(0.02)
                await listening


async def test_notices_that_fill_their_queue_end_the_analysts_sessions(
    mallory: psycopg.Connection, owner: psycopg.Connection, pool: Pool
) -> None:
    """A listener in an open transaction keeps all notices; a full queue would end every transaction that queues a job."""
    mallory.execute("LISTEN x")
    mallory.execute("BEGIN")
    mallory.execute("SELECT 1")
    assert await end_overdue_queries(pool, limit_s=300, queue_share=1e-5) == []
    owner.execute("SELECT pg_notify('x', repeat('x', 7000) || n) FROM generate_series(1, 100) AS n")
    assert [one.why for one in await ended(pool, queue_share=1e-5)] == ["notices filled their queue"]


TAKEN = (
    "DROP OWNED BY dateline_analyst CASCADE",
    "REASSIGN OWNED BY dateline_analyst TO mallory",
    "REVOKE ALL ON ALL TABLES IN SCHEMA news FROM dateline_analyst CASCADE",
    "ALTER DEFAULT PRIVILEGES FOR ROLE dateline_analyst REVOKE ALL ON TABLES FROM PUBLIC",
    "SET ROLE dateline_analyst; ALTER ROLE dateline_analyst SET search_path = x",
)


def test_a_member_of_the_analysts_role_takes_nothing_from_the_others(
    mallory: psycopg.Connection, owner: psycopg.Connection, database: str
) -> None:
    """PostgreSQL lets each member speak for the role, but not take away what others granted to it."""
    for statement in TAKEN:
        mallory.execute(statement.encode())
    other = add_analyst(owner, "olive", database, timeout_s=300)
    with psycopg.connect(other.url) as olive:
        assert olive.execute("SELECT count(*) FROM articles").fetchone() == (0,)
