"""The migration runner on folders of its own, and on Dateline's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from dateline.errors import DatabaseError, MigrationError
from sql.schema.migrate import ATTEMPTS, FUNCTIONS, LOCK_KEY, VIEWS, migrate, queue_files, status
from tests.conftest import with_database


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two migrations and a view."""
    write(
        tmp_path,
        "migrations/0001_first.sql",
        "CREATE TABLE dateline.box (n int);\nINSERT INTO dateline.box VALUES (1);",
    )
    write(tmp_path, "migrations/0002_second.sql", "INSERT INTO dateline.box VALUES (2);")
    write(tmp_path, "views/box.sql", "CREATE OR REPLACE VIEW dateline.boxes AS SELECT n FROM dateline.box;")
    return tmp_path


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text)


def column(url: str, statement: str) -> list[object]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute(statement.encode()).fetchall()]


def own(names: list[str]) -> list[str]:
    return [name for name in names if not name.startswith("procrastinate/")]


@contextmanager
def holding_lock(url: str, statement: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url) as connection:
        connection.execute(statement.encode())
        yield connection


def test_runs_each_file_once_and_in_order(empty_database: str, folder: Path) -> None:
    assert own(migrate(empty_database, folder=folder)) == ["0001_first", "0002_second", VIEWS]
    assert migrate(empty_database, folder=folder) == []
    assert column(empty_database, "SELECT n FROM dateline.boxes ORDER BY n") == [1, 2]
    assert {row.state for row in status(empty_database, folder=folder)} == {"applied"}
    write(folder, "migrations/0003_third.sql", "INSERT INTO dateline.box VALUES (3);")
    assert [row.name for row in status(empty_database, folder=folder) if row.state == "pending"] == ["0003_third"]
    assert migrate(empty_database, folder=folder) == ["0003_third", VIEWS]


def test_status_of_an_untouched_database_changes_nothing(empty_database: str, folder: Path) -> None:
    assert {row.state for row in status(empty_database, folder=folder)} == {"pending"}
    assert column(empty_database, "SELECT to_regclass('dateline.migration')::text") == [None]


def test_failing_file_leaves_no_trace_and_names_its_line(empty_database: str, folder: Path) -> None:
    write(
        folder,
        "migrations/0003_bad.sql",
        "INSERT INTO dateline.box VALUES (3);\nSELECT no_such_column FROM dateline.box;",
    )
    with pytest.raises(MigrationError, match=r"0003_bad failed: line 2: .*no_such_column"):
        migrate(empty_database, folder=folder)
    assert column(empty_database, "SELECT n FROM dateline.box ORDER BY n") == [1, 2]
    states = {row.name: row.state for row in status(empty_database, folder=folder)}
    assert (states["0002_second"], states["0003_bad"], states[VIEWS]) == ("applied", "pending", "pending")


def test_edited_file_is_refused(empty_database: str, folder: Path) -> None:
    migrate(empty_database, folder=folder)
    write(folder, "migrations/0001_first.sql", "CREATE TABLE dateline.box (n bigint);")
    with pytest.raises(MigrationError, match=r"0001_first\.sql was edited .* new file"):
        migrate(empty_database, folder=folder)
    assert "changed" in {row.state for row in status(empty_database, folder=folder)}


def test_line_ends_of_a_checkout_are_no_edit(empty_database: str, folder: Path) -> None:
    migrate(empty_database, folder=folder)
    path = folder / "migrations/0001_first.sql"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert migrate(empty_database, folder=folder) == []


def test_database_ahead_of_the_code_is_refused(empty_database: str, folder: Path) -> None:
    migrate(empty_database, folder=folder)
    (folder / "migrations/0002_second.sql").unlink()
    with pytest.raises(DatabaseError, match=r"0002_second, which this version .* does not have"):
        migrate(empty_database, folder=folder)
    assert ("0002_second", "unknown") in {(row.name, row.state) for row in status(empty_database, folder=folder)}


@pytest.mark.parametrize(
    ("name", "message"),
    [("0000_late", "higher number"), ("0002_twin", "its own number"), ("12_short", "named NNNN_name.sql")],
)
def test_misnumbered_file_is_refused(empty_database: str, folder: Path, name: str, message: str) -> None:
    migrate(empty_database, folder=folder)
    write(folder, f"migrations/{name}.sql", "SELECT 1;")
    with pytest.raises(MigrationError, match=message):
        migrate(empty_database, folder=folder)


def test_file_outside_a_transaction(empty_database: str, folder: Path) -> None:
    text = (
        "-- dateline: no-transaction\nDROP INDEX CONCURRENTLY IF EXISTS dateline.box_n;\n"
        "-- dateline: next\nCREATE INDEX CONCURRENTLY box_n ON dateline.box (n);\n"
    )
    write(folder, "migrations/0003_index.sql", text)
    assert "0003_index" in migrate(empty_database, folder=folder)
    assert column(empty_database, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'dateline.box_n'::regclass") == [
        True
    ]


def test_waits_briefly_for_a_lock_then_tries_again(empty_database: str, folder: Path) -> None:
    migrate(empty_database, folder=folder)
    write(folder, "migrations/0003_wider.sql", "ALTER TABLE dateline.box ADD COLUMN label text;")
    pauses: list[float] = []
    with holding_lock(empty_database, "SELECT * FROM dateline.box") as analyst:

        def pause(seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) == 2:
                analyst.rollback()

        assert "0003_wider" in migrate(empty_database, folder=folder, lock_timeout_s=0.05, pause=pause)
    assert pauses == [0.5, 1.0]


def test_gives_up_on_a_lock_in_the_end(empty_database: str, folder: Path) -> None:
    migrate(empty_database, folder=folder)
    write(folder, "migrations/0003_wider.sql", "ALTER TABLE dateline.box ADD COLUMN label text;")
    pauses: list[float] = []
    with (
        holding_lock(empty_database, "SELECT * FROM dateline.box"),
        pytest.raises(MigrationError, match="did not get its locks") as caught,
    ):
        migrate(empty_database, folder=folder, lock_timeout_s=0.02, pause=pauses.append)
    assert caught.value.is_temporary
    assert len(pauses) == ATTEMPTS - 1
    assert pauses == sorted(pauses)


def test_several_at_once_apply_each_file_once(empty_database: str, folder: Path) -> None:
    barrier = threading.Barrier(4)

    def run(_: int) -> list[str]:
        barrier.wait()
        return migrate(empty_database, folder=folder)

    with ThreadPoolExecutor(4) as threads:
        outcomes = [names for names in threads.map(run, range(4)) if names]
    assert [own(names) for names in outcomes] == [["0001_first", "0002_second", VIEWS]]
    assert column(empty_database, "SELECT n FROM dateline.box ORDER BY n") == [1, 2]


def test_waits_for_another_who_migrates(empty_database: str, folder: Path) -> None:
    with psycopg.connect(empty_database, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [LOCK_KEY])
        asked: list[float] = []

        def pause(seconds: float) -> None:
            asked.append(seconds)
            if len(asked) == 3:
                other.execute("SELECT pg_advisory_unlock(%s)", [LOCK_KEY])

        assert migrate(empty_database, folder=folder, pause=pause)
    assert len(asked) == 3


def test_views_are_applied_again_when_their_files_change(empty_database: str, folder: Path) -> None:
    migrate(empty_database, folder=folder)
    write(folder, "views/box.sql", "CREATE OR REPLACE VIEW dateline.boxes AS SELECT n * 10 AS n FROM dateline.box;")
    assert migrate(empty_database, folder=folder) == [VIEWS]
    assert column(empty_database, "SELECT n FROM dateline.boxes ORDER BY n") == [10, 20]
    write(folder, "roles.sql", "COMMENT ON VIEW dateline.boxes IS 'after views';")
    assert migrate(empty_database, folder=folder) == [VIEWS]
    assert column(empty_database, "SELECT obj_description('dateline.boxes'::regclass)") == ["after views"]


def test_functions_are_applied_again_when_their_files_change(empty_database: str, folder: Path) -> None:
    write(folder, "functions/box.sql", function("n + 1"))
    write(
        folder,
        "views/box.sql",
        "CREATE OR REPLACE VIEW dateline.boxes AS SELECT dateline.next(n) AS n FROM dateline.box;",
    )
    assert own(migrate(empty_database, folder=folder)) == ["0001_first", "0002_second", FUNCTIONS, VIEWS]
    assert column(empty_database, "SELECT n FROM dateline.boxes ORDER BY n") == [2, 3]
    write(folder, "functions/box.sql", function("n + 10"))
    assert [row.name for row in status(empty_database, folder=folder) if row.state == "pending"] == [FUNCTIONS]
    assert migrate(empty_database, folder=folder) == [FUNCTIONS, VIEWS]
    assert column(empty_database, "SELECT n FROM dateline.boxes ORDER BY n") == [11, 12]


def function(result: str) -> str:
    return f"CREATE OR REPLACE FUNCTION dateline.next(n int) RETURNS int LANGUAGE sql IMMUTABLE RETURN {result};"


def test_job_queue_works_from_any_search_path(empty_database: str, folder: Path) -> None:
    migrate(empty_database, folder=folder)
    with psycopg.connect(empty_database) as connection:
        connection.execute("SET search_path = pg_catalog")
        connection.execute("INSERT INTO procrastinate.procrastinate_jobs (queue_name, task_name) VALUES ('q', 't')")
        job = connection.execute(
            "SELECT (procrastinate.procrastinate_fetch_job_v2(NULL, NULL)).status::text"
        ).fetchone()
        events = connection.execute("SELECT type::text FROM procrastinate.procrastinate_events ORDER BY id").fetchall()
    assert job == ("doing",)
    assert events == [("deferred",), ("started",)]


def test_job_queue_is_brought_up_by_its_own_migrations(empty_database: str, folder: Path) -> None:
    """What an upgrade of the queue's package does: the record lacks its newest file, which is then run alone."""
    migrate(empty_database, folder=folder)
    newest = queue_files()[-1].name
    with psycopg.connect(empty_database) as connection:
        connection.execute("DELETE FROM dateline.migration WHERE name = %s", [newest])
        connection.execute(
            "DROP TRIGGER procrastinate_trigger_status_events_update_v1 ON procrastinate.procrastinate_jobs"
        )
    assert migrate(empty_database, folder=folder) == [newest, VIEWS]
    triggers = column(
        empty_database, "SELECT tgname FROM pg_trigger WHERE tgrelid = 'procrastinate.procrastinate_jobs'::regclass"
    )
    assert "procrastinate_trigger_status_events_update_v1" in triggers


def test_command_migrates_and_shows_the_state(empty_database: str, tmp_path: Path) -> None:
    def dateline(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from dateline.cli import main; main()", "--data-dir", str(tmp_path)]
        environment = {"DATELINE_DATABASE_URL": empty_database}
        return subprocess.run([*command, *arguments], capture_output=True, text=True, check=False, env=environment)

    before = dateline("db", "status", "--json")
    assert before.returncode == 1, before.stderr
    assert {json.loads(line)["state"] for line in before.stdout.splitlines()} == {"pending"}
    assert "applied 0001_baseline" in dateline("db", "migrate").stdout
    after = dateline("db", "status", "--json")
    assert (after.returncode, after.stderr) == (0, "")
    assert {json.loads(line)["state"] for line in after.stdout.splitlines()} == {"applied"}
    assert dateline("db", "url").stdout.strip() == empty_database


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("LC_COLLATE 'C' LC_CTYPE 'C'", "LC_CTYPE"),
        ("LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'", None),
        ("LC_COLLATE 'C' LC_CTYPE 'C' ENCODING 'LATIN1'", "needs UTF8"),
        ("LC_COLLATE 'C' LC_CTYPE 'C' ENCODING 'SQL_ASCII'", "needs UTF8"),
    ],
)
def test_a_database_of_another_locale_or_encoding_is_reported(
    postgres_url: str, options: str, said: str | None
) -> None:
    name = f"dl_options_{os.getpid()}"
    with psycopg.connect(postgres_url, autocommit=True) as owner:
        owner.execute(f"CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER libc {options}".encode())
        try:
            url = with_database(postgres_url, name)
            environment = {"DATELINE_DATABASE_URL": url}
            command = [sys.executable, "-c", "from dateline.cli import main; main()", "db", "status"]
            done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        finally:
            owner.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
    assert (said in done.stderr) if said else done.stderr == "", done.stderr
    assert "Traceback" not in done.stderr


def test_a_first_schema_is_not_made_beside_another_programs_tables_unasked(empty_database: str, folder: Path) -> None:
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA shop CREATE TABLE orders (id int)")
    with pytest.raises(MigrationError, match="tables of another program"):
        migrate(empty_database, folder=folder, beside_others=False)
    assert column(empty_database, "SELECT count(*) FROM pg_namespace WHERE nspname = 'dateline'") == [0]
    assert migrate(empty_database, folder=folder) != []
    (folder / "migrations" / "0003_third.sql").write_text("SELECT 1;")
    assert own(migrate(empty_database, folder=folder, beside_others=False))[0] == "0003_third"
