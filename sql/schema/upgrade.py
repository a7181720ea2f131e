"""Whether this version of Dateline can take over a database, and what the owner should know before it does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from psycopg.rows import class_row

from sql import query
from sql.database import connect
from sql.schema.migrate import REPEATABLE, MigrationStatus, character_type_notice, status

MB = 1_000_000

Level = Literal["ok", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the check; an `error` prevents the upgrade, a `warning` should be read first."""

    check: str
    level: Level
    text: str


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """What the database says about itself; `bytes` is its size on disk."""

    bytes: int
    is_read_only: bool
    may_create: bool
    long_transactions: int


def examine(url: str, *, extractor: str) -> list[Finding]:
    """Returns the findings in the order they are shown. Changes nothing; raises DatabaseError if the server can't be used.

    `extractor` is the version of this Dateline's extractor: texts of older ones may be read again.
    """
    files = status(url)
    with connect(url) as connection:
        connection.execute("SET default_transaction_read_only = on")
        with connection.cursor(row_factory=class_row(DatabaseFacts)) as cursor:
            facts = cursor.execute(query("upgrade", "facts")).fetchone()
        assert facts is not None
        is_new = all(row.state == "pending" for row in files)
        running = [] if is_new else [row[0] for row in connection.execute(query("upgrade", "running")).fetchall()]
        older = (
            None if is_new else connection.execute(query("upgrade", "older_texts"), {"extractor": extractor}).fetchone()
        )
    found = [schema_finding(files), *database_findings(facts), running_finding(running)]
    if older and older[0]:
        found.append(
            Finding(
                "texts",
                "ok",
                f"Articles extracted by an older version: {older[0]}. `dateline reprocess` can read them again",
            )
        )
    if notice := character_type_notice(url):
        found.append(Finding("character type", "ok", notice))
    return found


def schema_finding(files: Sequence[MigrationStatus]) -> Finding:
    """Returns whether the migrations that ran are a beginning of those that this version has."""
    if unknown := [row.name for row in files if row.state == "unknown"]:
        return Finding(
            "schema",
            "error",
            f"A newer version of Dateline migrated this database ({unknown[-1]}). Install that version or a later one",
        )
    if changed := [row.name for row in files if row.state == "changed"]:
        return Finding(
            "schema",
            "error",
            f"Migrations differ from those that ran: {', '.join(changed)}. Install an unmodified release",
        )
    if all(row.state == "pending" for row in files):
        return Finding(
            "schema",
            "ok",
            "No schema yet: in an empty database the first start creates it, beside other tables `dateline db migrate`",
        )
    pending = [row.name for row in files if row.state == "pending"]
    tables = [name for name in pending if name not in REPEATABLE]
    if tables:
        return Finding(
            "schema",
            "warning",
            f"Migrations that will run: {', '.join(tables)}. Make a backup first: dateline backup FOLDER",
        )
    return Finding(
        "schema", "ok", "Functions and views will be replaced" if pending else "Up to date: no migration will run"
    )


def database_findings(facts: DatabaseFacts) -> Iterator[Finding]:
    """Yields what the server, its size, and open transactions mean for the migrations."""
    if facts.is_read_only:
        yield Finding("database", "error", "The server is a read-only standby. Check and upgrade its primary server")
    elif not facts.may_create:
        yield Finding(
            "database",
            "error",
            "The account of database_url may not create schemas. Use the account that owns the database",
        )
    else:
        yield Finding(
            "database", "ok", f"Size: {facts.bytes / MB:,.0f} MB. A backup needs at most this plus the page archive"
        )
    if facts.long_transactions:
        text = f"Transactions open for over a minute: {facts.long_transactions}. Migrations may wait for their locks; end them"
        yield Finding("locks", "warning", text)


def running_finding(running: Sequence[str]) -> Finding:
    """Returns which processes of the service use the database now."""
    if not running:
        return Finding("processes", "ok", "No process of the service is running")
    return Finding(
        "processes", "warning", f"Running: {', '.join(running)}. Restart each with the new version after the migration"
    )
