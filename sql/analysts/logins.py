"""Logins for analysts: each is a member of dateline_analyst, which may read the views of schema news and nothing else."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, LiteralString
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import errors
from psycopg import sql as compose
from psycopg.rows import class_row

from dateline.errors import DatabaseError, UsageError
from sql import query
from sql.articles.counts import IDLE_S
from sql.database import SESSION

CONNECTIONS = 5
BOUNDS = {"temp_file_limit": "2GB", "log_min_messages": "panic", "log_min_error_statement": "panic"}
"""What only a superuser can set, and the login not change: files that sorts spill, and what its errors write to the log."""


@dataclass(frozen=True, slots=True)
class Analyst:
    """A login; `connections` are open now, of `limit` at most."""

    name: str
    limit: int
    connections: int


@dataclass(frozen=True, slots=True)
class NewLogin:
    """A login that was made: the password is kept nowhere else; `notices` say what this server did not allow."""

    url: str
    notices: tuple[str, ...]


def list_analysts(connection: psycopg.Connection[Any]) -> list[Analyst]:
    """All logins of analysts, by name."""
    with connection.cursor(row_factory=class_row(Analyst)) as cur:
        return cur.execute(query("analysts", "list")).fetchall()


def add_analyst(
    connection: psycopg.Connection[Any], name: str, url: str, *, timeout_s: float, password: str | None = None
) -> NewLogin:
    """Make a login and return its URL, with a password that is drawn where none is given."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name) or name.startswith(("pg_", "dateline")):
        raise UsageError(
            f"Invalid login {name!r}: use a-z, 0-9 and _, start with a letter, at most 40 characters, not pg_… or dateline…"
        )
    password, settings = password or secrets.token_urlsafe(24), _settings(timeout_s)
    try:
        make_login(connection, name, password, role="dateline_analyst", limit=CONNECTIONS, settings=settings)
    except errors.DuplicateObject:
        raise UsageError(
            f"Login {name} already exists: run `dateline analyst remove {name}` first, or choose another name"
        ) from None
    except (errors.InsufficientPrivilege, errors.UndefinedObject) as error:
        raise _refused(connection, error) from None
    return NewLogin(analyst_url(url, name, password), _bound_server(connection, name))


def make_login(
    connection: psycopg.Connection[Any],
    name: str,
    password: str,
    *,
    role: LiteralString,
    limit: int,
    settings: Sequence[tuple[str, str]],
) -> None:
    """Make a member of a role whose sessions begin with these settings. The server is sent the SCRAM verifier only."""
    verifier = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
    create = "CREATE ROLE {name} LOGIN CONNECTION LIMIT {limit} PASSWORD {verifier} IN ROLE "
    with connection.transaction():
        _run(connection, create + role, name, limit=limit, verifier=verifier)
        for setting, value in settings:
            _run(connection, f"ALTER ROLE {{name}} SET {setting} = {{value}}", name, value=value)


def remove_analyst(connection: psycopg.Connection[Any], name: str) -> None:
    """Drop a login and end its connections; a UsageError if it is not an analyst's."""
    if name not in {analyst.name for analyst in list_analysts(connection)}:
        raise UsageError(f"Unknown analyst {name!r}. `dateline analyst list` shows the logins")
    try:
        connection.execute(query("analysts", "disconnect"), {"name": name})
        _run(connection, "DROP OWNED BY {name}", name)
        _run(connection, "DROP ROLE {name}", name)
    except errors.InsufficientPrivilege as error:
        raise _refused(connection, error) from None
    except errors.DependentObjectsStillExist as error:
        raise DatabaseError(
            f"login {name} has rights in other databases of this server: {error.diag.message_detail}"
        ) from None


def _settings(timeout_s: float) -> Sequence[tuple[str, str]]:
    """What a session begins with. Its user can change them all: rights and the watch over queries are what binds."""
    return (
        *SESSION.items(),
        ("search_path", "news"),
        ("default_transaction_read_only", "on"),
        ("statement_timeout", f"{timeout_s:.0f}s"),
        ("idle_in_transaction_session_timeout", f"{min(timeout_s, IDLE_S):.0f}s"),
    )


def _bound_server(connection: psycopg.Connection[Any], name: str) -> tuple[str, ...]:
    """Bound what sorts may spill to disk and what errors may write to the server's log; returns what was not allowed."""
    notices = list[str]()
    try:
        with connection.transaction():
            for setting, value in BOUNDS.items():
                _run(connection, f"ALTER ROLE {{name}} SET {setting} = {{value}}", name, value=value)
    except errors.InsufficientPrivilege:
        notices.append(f"this server lets only a superuser set {', '.join(BOUNDS)} for the login: left out")
    open_to_all = connection.execute(query("analysts", "open_to_all"), {"name": name}).fetchone()
    functions, databases = open_to_all or ([], [])
    if functions:
        notices.append(
            f"the login may take advisory locks and write large objects ({', '.join(functions)}): let a superuser run"
            " sql/schema/roles.sql in this database"
        )
    if databases:
        notices.append(f"the login may open other databases of this server: {', '.join(databases)}")
    return tuple(notices)


def _run(connection: psycopg.Connection[Any], statement: str, name: str, **values: Any) -> None:
    literals = {key: compose.Literal(value) for key, value in values.items()}
    connection.execute(compose.SQL(statement).format(name=compose.Identifier(name), **literals))


def _refused(connection: psycopg.Connection[Any], error: psycopg.Error) -> DatabaseError:
    return DatabaseError(
        f"the database's user {connection.info.user} may not make logins here ({error.diag.message_primary}). Let its owner run"
        f" `ALTER ROLE {connection.info.user} CREATEROLE`, then `dateline db migrate` and this again"
    )


def analyst_url(url: str, name: str, password: str) -> str:
    """The database's URL as that login."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(name)}:{quote(password)}@{place}"))
