"""The database's half of backup and restore: pg_dump and pg_restore as the wheel ships them, and what a restored one needs.

A dump is one snapshot (pg_dump's repeatable-read transaction), taken while everything goes on.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import make_conninfo
from psycopg.rows import class_row

from dateline.errors import DatabaseError
from sql import query
from sql.database import connect, redact, url_parts
from sql.server.placement import wheel_bin_dir


@dataclass(frozen=True, slots=True)
class NamedFile:
    """An archive file that rows name, and up to which byte."""

    name: str
    bytes: int


def dump(url: str, path: Path) -> None:
    """The database is in the file, for its owner only, in pg_dump's custom format; no half written file is left."""
    partial = path.with_name(path.name + ".partial")
    try:
        partial.touch(mode=0o600)
        _run(url, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={partial}")
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)


def load(url: str, path: Path) -> None:
    """Load a dump in one transaction; new statistics are made, and the processes of that time are forgotten."""
    _run(url, "pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", str(path))
    with connect(url, autocommit=True) as connection:
        for name in ("forget_workers", "forget_jobs", "forget_processes", "forget_claims", "apply_views_anew"):
            connection.execute(query("backup", name))
        connection.execute("ANALYZE")


def migrations_in(path: Path) -> list[str]:
    """The names of the migrations that ran on the database of a dump, which is not loaded for it."""
    rows = _output(
        str(path), "pg_restore", "--data-only", "--schema=dateline", "--table=migration", "--file=-", str(path)
    )
    _, _, rest = rows.partition("COPY dateline.migration (name,")
    return [line.partition("\t")[0] for line in rest.partition("\n\\.")[0].splitlines()[1:]]


def is_empty(url: str) -> bool:
    """Whether nothing of Dateline is in the database."""
    with connect(url) as connection:
        return connection.execute(query("backup", "is_empty")).fetchone() == (True,)


def named_files(url: str) -> list[NamedFile]:
    """The archive files that rows name, with the end of the last record of each."""
    with connect(url) as connection, connection.cursor(row_factory=class_row(NamedFile)) as cur:
        return cur.execute(query("backup", "named_files")).fetchall()


def _run(url: str, program: str, *words: str) -> None:
    """Run one of PostgreSQL's programs on the database; the password goes through the environment, where no list shows it."""
    parts = url_parts(url)
    password = parts.pop("password", None)
    secret = {"PGPASSWORD": str(password)} if password else {}
    _output(redact(url), program, f"--dbname={make_conninfo('', **parts)}", *words, **secret)


def _output(subject: str, program: str, *words: str, **environment: str) -> str:
    """What the program prints; a DatabaseError if it fails on the subject."""
    command, given = [str(wheel_bin_dir() / program), *words], os.environ | environment
    done = subprocess.run(command, env=given, capture_output=True, text=True, check=False)  # noqa: S603 - no shell
    if done.returncode != 0:
        last = " ".join(done.stderr.split())[-500:]
        raise DatabaseError(f"{program} failed on {subject}: {last}", subject=subject)
    return done.stdout
