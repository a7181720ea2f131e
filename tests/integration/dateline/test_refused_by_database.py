"""What a command says where the database refuses its work, and what an import says of dates that it can't read."""

from __future__ import annotations

import json
import os

import psycopg
import pytest

from sql.database import refusal
from tests.acceptance.support import preloaded

ARTICLE = {"url": "https://post.test/pier", "title": "Pier", "text": "The pier is to be rebuilt by the summer."}


def imported(database: str, *lines: dict[str, object]) -> tuple[int, str, str]:
    given = "\n".join(map(json.dumps, lines)).encode()
    done = preloaded.run(["import", "--json"], stdin=given, env=os.environ | {"DATELINE_DATABASE_URL": database})
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.mark.parametrize(
    ("setting", "why"),
    [
        ("default_transaction_read_only TO on", "cannot execute INSERT in a read-only transaction"),
        ("role TO pg_read_all_data", "permission denied"),
    ],
)
def test_a_database_that_refuses_is_quoted_in_one_line(database: str, setting: str, why: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {connection.info.dbname} SET {setting}")
    code, _, said = imported(database, ARTICLE)
    assert (code, said.startswith("dateline: the database refuses it: "), said.count("\n")) == (1, True, 1), said
    assert why in said


@pytest.mark.parametrize(
    ("code", "what"),
    [
        *(
            (code, "refuses it")
            for code in ("25006", "42501", "53100", "53200", "54000", "55P03", "57014", "40P01", "58030")
        ),
        *((code, "was lost") for code in ("08006", "57P01", "57P03", "25P03")),
    ],
)
def test_what_the_server_says_is_no_lost_connection(code: str, what: str) -> None:
    assert what in (refusal(psycopg.errors.lookup(code)("why")) or "")


def test_a_connection_without_an_answer_is_lost() -> None:
    assert "was lost" in (refusal(psycopg.OperationalError("the connection is closed")) or "")


def test_dates_that_cannot_be_read_are_counted_with_an_example(database: str) -> None:
    given = [
        "soonish",
        "2026-10",
        "2026-11-31",
        {"at": 1},
        "",
        None,
        "2026-05-04",
        1796023909,
        "2091-01-01",
        4102444800000,
    ]
    lines = [ARTICLE | {"url": f"https://post.test/{n}", "published_at": at} for n, at in enumerate(given)]
    code, out, said = imported(database, *lines)
    assert (code, json.loads(out)["unread_dates"]) == (0, 6)
    assert "6 inputs have a date of publication that can't be read or is in the future, such as 'soonish'" in said
