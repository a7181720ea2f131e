"""`dateline user` and `dateline token`: what is stored, shown and refused."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from dateline.cli.admin.token import token
from dateline.cli.admin.user import user
from dateline.cli.context import Context
from dateline.cli.since import parse_ahead
from dateline.config import Settings
from dateline.console.access.request_budget import RequestBudget
from dateline.console.access.secrets import hash_of_token, is_password_of, is_token_like
from dateline.errors import UsageError

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
Run = Callable[..., Result]


@pytest.fixture
def run(database: str, tmp_path: Path) -> Run:
    context = Context(Settings(data_dir=tmp_path, database_url=database))

    def call(command: str, *arguments: str, given: str = "") -> Result:
        group = {"user": user, "token": token}[command]
        return CliRunner().invoke(group, arguments, obj=context, input=given)  # type: ignore[arg-type]

    return call


def test_a_password_is_stored_as_a_hash(run: Run, database: str) -> None:
    assert run("user", "add", "ada", "--role", "operator", "--password-stdin", given="under the pier\n").exit_code == 0
    with psycopg.connect(database) as connection:
        [(stored,)] = connection.execute("SELECT password_hash FROM dateline.console_user").fetchall()
    assert stored.startswith("$argon2id$")
    assert is_password_of("under the pier", stored)
    assert not is_password_of("over the pier", stored)
    asked = run("user", "password", "ada", given="another pier\nanother pier\n")
    assert asked.exit_code == 0, asked.output
    assert "another" not in asked.output
    assert json.loads(run("user", "list", "--json").output)["role"] == "operator"
    assert run("user", "role", "ada", "reader").output == "ada is a reader now\n"
    assert run("user", "remove", "ada").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "given", "said"),
    [
        (("user", "add", "ada", "--password-stdin"), "short\n", "8 to 1,000"),
        (("user", "add", "ada", "--password-stdin"), "", "8 to 1,000"),
        (("user", "add", "Ada Pike", "--password-stdin"), "long enough\n", "Invalid name"),
        (("user", "add", "ada"), "", "--password-stdin"),
        (("user", "remove", "nobody"), "", "dateline user list"),
        (("user", "remove", "a\0b"), "", "dateline user list"),
        (("token", "revoke", "none"), "", "dateline token list"),
        (("token", "add", "t", "--user", "nobody"), "", "dateline user list"),
        (("token", "add", "t", "--expires", "soon"), "", "90d"),
        (("token", "add", "t", "--expires", "2020-01-01"), "", "not in the future"),
        (("token", "add", "t\n"), "", "Invalid name"),
    ],
)
def test_what_is_wrong_is_said(run: Run, arguments: tuple[str, ...], given: str, said: str) -> None:
    result = run(*arguments, given=given)
    assert isinstance(result.exception, UsageError), result.output
    assert said in str(result.exception)


def test_a_token_is_shown_once_and_revoked(run: Run, database: str) -> None:
    made = run("token", "add", "reports", "--expires", "never").stdout.strip()
    assert is_token_like(made)
    with psycopg.connect(database) as connection:
        rows = connection.execute("SELECT t::text, token_hash FROM dateline.api_token t").fetchall()
    assert made not in rows[0][0]
    assert bytes(rows[0][1]) == hash_of_token(made)
    listed = json.loads(run("token", "list", "--json").output)
    assert (listed["name"], listed["scope"], listed["state"], listed["expires_at"]) == (
        "reports",
        "read",
        "active",
        None,
    )
    assert isinstance(run("token", "add", "reports").exception, UsageError), "the name is taken"
    assert run("token", "revoke", "reports").exit_code == 0
    assert run("token", "add", "reports").exit_code == 0, "a revoked one keeps no name"
    assert "revoked" in run("token", "list").output


def test_a_readers_token_cannot_operate(run: Run) -> None:
    assert run("user", "add", "rob", "--password-stdin", given="reads the pier\n").exit_code == 0
    assert isinstance(run("token", "add", "t", "--scope", "operate", "--user", "rob").exception, UsageError)
    assert run("token", "add", "t", "--user", "rob").exit_code == 0


def test_an_end_is_an_age_a_date_or_never() -> None:
    assert parse_ahead("90d", now=NOW) == NOW + dt.timedelta(days=90)
    assert parse_ahead("2026-06-01", now=NOW) == dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
    assert parse_ahead("never", now=NOW) is None
    for wrong in ("", "d", "-1d", "\u0663d\u0663", "9" * 400 + "d", "0d", "1e9d"):
        with pytest.raises(UsageError):
            parse_ahead(wrong, now=NOW)


def test_a_budget_fills_again() -> None:
    budget = RequestBudget(60)
    assert [budget.takes("one", 0.0) for _ in range(61)] == [True] * 60 + [False]
    assert budget.takes("other", 0.0)
    assert budget.takes("one", 1.0)
    assert not budget.takes("one", 1.0)
    assert all(RequestBudget(0).takes("one", 0.0) for _ in range(9))
