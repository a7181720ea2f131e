"""`dateline schedule` and `dateline status`, as scripts and people call them."""

from __future__ import annotations

import datetime as dt
import json

import psycopg
import pytest
from click.testing import CliRunner, Result

from dateline.cli import cli
from dateline.types.source import Source, WatchedPage
from scheduler.cadence.publishing_rate import begin
from sql.frontier.sources import upsert_source

NOW = dt.datetime.now(dt.UTC)


@pytest.fixture
def watched(database: str) -> str:
    """Two sources, one page of which has a learned publishing rate; an alarm; an hour of service."""
    with psycopg.connect(database, autocommit=True) as connection:
        for name in ("bay", "cove"):
            pages = tuple(WatchedPage(f"https://{name}.test/{n}", "feed") for n in range(30))
            upsert_source(connection, Source(name, name, f"https://{name}.test/", watched=pages))
        rhythm = begin([NOW.timestamp() - n * 3600 for n in range(20)], NOW.timestamp())
        connection.execute(
            "UPDATE dateline.feed_state SET interval_s = 900, last_visit_at = now(), next_due_at = now() + interval '1 h'"
            " + make_interval(secs => feed_id)"
        )
        connection.execute(
            "INSERT INTO dateline.feed_rhythm SELECT id, %s, %s FROM dateline.feed WHERE url = 'https://bay.test/0'",
            [rhythm.numbers(), NOW],
        )
        connection.execute(
            "INSERT INTO dateline.service_hour (hour, ran) SELECT date_trunc('hour', now(), 'UTC'), repeat('1', 60)::bit(60)"
        )
        connection.execute(
            "INSERT INTO dateline.alarm (source_id, kind, severity, since, noticed_at, evidence, sentence)"
            " SELECT id, 'failing', 'critical', now() - interval '5 h', now(), '{}', 'Its page fails.'"
            " FROM dateline.source WHERE name = 'cove'"
        )
    return database


def call(database: str, *words: str) -> Result:
    return CliRunner().invoke(cli, words, env={"DATELINE_DATABASE_URL": database})


def test_the_schedule_is_sorted_bounded_and_filtered(watched: str) -> None:
    rows = json.loads(call(watched, "schedule", "--json").stdout)
    assert len(rows) == 60
    assert [row["next_due_at"] for row in rows] == sorted(row["next_due_at"] for row in rows)
    first = rows[0]
    assert (first["source"], first["interval_s"], first["why"].split(":")[0]) == ("bay", 900, "learned")
    assert 8 < first["items_a_day"] < 30
    assert {row["source"] for row in json.loads(call(watched, "schedule", "cove", "--json").stdout)} == {"cove"}
    told = call(watched, "schedule")
    assert len(told.stdout.splitlines()) == 51
    assert "10 more: --limit 0 shows all" in told.stderr
    assert len(call(watched, "schedule", "--limit", "0").stdout.splitlines()) == 61
    assert len(json.loads(call(watched, "schedule", "--limit", "2", "--json").stdout)) == 2


def test_an_unknown_source_is_an_error_of_usage(watched: str) -> None:
    wrong = call(watched, "schedule", "nobody")
    assert wrong.exit_code != 0
    assert "nobody" in str(wrong.exception)


def test_status_shows_alarms_and_coverage(watched: str) -> None:
    found = json.loads(call(watched, "status", "--json").stdout)
    assert [(one["source"], one["kind"], one["severity"]) for one in found["alarms"]] == [
        ("cove", "failing", "critical")
    ]
    assert (found["coverage"]["hours"], found["coverage"]["share"]) == (2, 1.0)
    told = call(watched, "status").stdout
    assert "alarms             1\n  critical failing        cove                       5 h  Its page fails.\n" in told
    assert "coverage 24 h      100.0 % of 2 source hours\n" in told
