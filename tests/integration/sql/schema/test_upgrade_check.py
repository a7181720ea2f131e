"""`dateline upgrade-check`: what it finds in a database before a version takes it over, and that it changes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from dateline.cli import cli
from sql.schema.migrate import status
from sql.schema.upgrade import DatabaseFacts, database_findings
from tests.integration.conftest import WORDS, Desk


def check(database: str) -> tuple[int, dict[str, tuple[str, str]]]:
    """The exit code, and (level, text) of each check."""
    done = CliRunner().invoke(
        cli, ["upgrade-check", "--json"], env={"DATELINE_DATABASE_URL": database}, standalone_mode=False
    )
    told = json.loads(done.stdout)
    assert told["is_possible"] is (done.return_value == 0)
    return done.return_value, {row["check"]: (row["level"], row["text"]) for row in told["findings"]}


def execute(database: str, statement: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(statement.encode())


def test_current_database_needs_nothing(database: str) -> None:
    code, found = check(database)
    assert code == 0 and {level for level, _ in found.values()} == {"ok"}
    assert found["schema"][1].startswith("Up to date") and "No process" in found["processes"][1]


def test_a_folder_without_a_database_is_refused_and_stays_empty(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["--data-dir", str(tmp_path), "upgrade-check"], env={"DATELINE_DATABASE_URL": ""})
    assert f"{tmp_path} contains no database" in str(done.exception) and not list(tmp_path.iterdir())


def test_pending_migrations_are_named_and_not_applied(database: str) -> None:
    name = [row.name for row in status(database) if row.name[:4].isdigit()][-1]
    execute(database, f"DELETE FROM dateline.migration WHERE name IN ('{name}', 'views')")
    code, found = check(database)
    assert (
        code == 0 and found["schema"][0] == "warning" and name in found["schema"][1] and "backup" in found["schema"][1]
    )
    assert {row.name for row in status(database) if row.state == "pending"} == {name, "views"}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ("INSERT INTO dateline.migration (name, sha256, applied_by) VALUES ('9001_later', 'x', 'y')", "9001_later"),
        ("UPDATE dateline.migration SET sha256 = 'x' WHERE name = '0001_baseline'", "0001_baseline"),
    ],
)
def test_newer_or_edited_schema_prevents_the_upgrade(database: str, change: str, text: str) -> None:
    execute(database, change)
    code, found = check(database)
    assert code == 1 and found["schema"][0] == "error" and text in found["schema"][1]


def test_running_processes_and_open_transactions_are_named(database: str) -> None:
    execute(
        database,
        "INSERT INTO dateline.heartbeat (process, role, machine, started_at, seen_at) VALUES ('w7', 'worker', 'm', now(), now())",
    )
    _, found = check(database)
    assert found["processes"][0] == "warning" and "worker w7" in found["processes"][1] and "locks" not in found


async def test_older_texts_are_counted(database: str, desk: Desk) -> None:
    await desk.put("https://post.test/a", WORDS)
    before = check(database)[1]
    execute(database, "UPDATE dateline.article SET extractor = 'dateline/1'")
    after = check(database)[1]
    assert "texts" not in before and after["texts"][1].startswith("Articles extracted by an older version: 1.")


@pytest.mark.parametrize(
    ("facts", "level", "text"),
    [
        (DatabaseFacts(5_000_000, is_read_only=True, may_create=True, long_transactions=0), "error", "standby"),
        (
            DatabaseFacts(5_000_000, is_read_only=False, may_create=False, long_transactions=0),
            "error",
            "may not create",
        ),
        (DatabaseFacts(5_000_000, is_read_only=False, may_create=True, long_transactions=2), "warning", "minute: 2"),
    ],
)
def test_state_of_the_server_is_judged(facts: DatabaseFacts, level: str, text: str) -> None:
    worst = list(database_findings(facts))[-1]
    assert worst.level == level and text in worst.text


def test_empty_database_can_be_used(empty_database: str) -> None:
    code, found = check(empty_database)
    assert code == 0 and "empty" in found["schema"][1]
    with psycopg.connect(empty_database) as connection:
        assert connection.execute("SELECT to_regnamespace('dateline') IS NULL").fetchone() == (True,)
