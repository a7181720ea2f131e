"""Brings a database up to date: migrations run once and in order; functions, views and roles run when they changed.

    job queue's schema → migrations/NNNN_name.sql → functions/*.sql → views/*.sql and roles.sql

An advisory lock lets one process migrate at a time, and dateline.migration records the hash of each file. Functions and
views are two steps of their own. Each runs again when its files changed, or when a step before it ran: so their files
must be repeatable (CREATE OR REPLACE, or DROP IF EXISTS first).

A migration runs before functions/ on a new database, and after an older functions/ on an existing one. So it must not
call a function of that folder. A function that a stored column or an index is computed with belongs in a migration:
changing it must also rewrite what it computed.

Each step is one transaction whose statements wait at most `lock_timeout_s` for a lock, because all inserts queue behind
a migration that waits for a long query. The step is then tried again after a pause.

A file that begins with `-- dateline: no-transaction` runs outside a transaction (for CREATE INDEX CONCURRENTLY); lines
`-- dateline: next` separate its statements. It must be repeatable: a crash may leave it done but not recorded.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, LiteralString

import psycopg
from psycopg import Connection, errors
from psycopg.rows import class_row

from dateline import log
from dateline.errors import DatabaseError, MigrationError
from sql.database import connect, redact

logger = log.get(__name__)

SQL_DIR = Path(__file__).parent
OLDEST_SERVER = 150_000
LOCK_KEY = 0x646174656C696E65  # "dateline" in ASCII; advisory locks are known by a number
WAIT_FOR_OTHERS_S = 600
ATTEMPTS = 8
QUEUE = "procrastinate/"
FUNCTIONS, VIEWS = "functions", "views"
REPEATABLE = {FUNCTIONS, VIEWS}

MigrationState = Literal["applied", "pending", "changed", "unknown"]

BOOTSTRAP: LiteralString = """
    CREATE SCHEMA IF NOT EXISTS dateline;
    CREATE TABLE IF NOT EXISTS dateline.migration (
        name text PRIMARY KEY,
        sha256 text NOT NULL,
        applied_by text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now());
    COMMENT ON TABLE dateline.migration IS 'Migration files that ran on this database.';
    COMMENT ON COLUMN dateline.migration.name IS 'File name without .sql; procrastinate/… are the job queue''s own.';
    COMMENT ON COLUMN dateline.migration.sha256 IS 'Of the file''s text: an edited file is refused.';
    COMMENT ON COLUMN dateline.migration.applied_by IS 'Versions of Dateline and the job queue that ran it.';
    COMMENT ON COLUMN dateline.migration.applied_at IS 'When it was committed.';
"""
RECORD: LiteralString = """
    INSERT INTO dateline.migration (name, sha256, applied_by) VALUES (%s, %s, %s)
    ON CONFLICT (name) DO UPDATE
    SET sha256 = excluded.sha256, applied_by = excluded.applied_by, applied_at = excluded.applied_at
"""
# The queue's functions and triggers name its tables without a schema: with this they work on any connection.
PIN_QUEUE_FUNCTIONS: LiteralString = """
    DO $$ DECLARE routine regprocedure; BEGIN
        FOR routine IN SELECT oid FROM pg_proc WHERE pronamespace = 'procrastinate'::regnamespace LOOP
            EXECUTE format('ALTER ROUTINE %s SET search_path = procrastinate, pg_temp', routine);
        END LOOP;
    END $$;
"""


@dataclass(frozen=True, slots=True)
class SchemaStep:
    """One text to be run once; `also` are names that count as applied with it."""

    name: str
    text: str
    search_path: str = "public"
    also: tuple[str, ...] = ()

    @property
    def sha256(self) -> str:
        """Of the text; the same however a checkout ends its lines."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def is_transactional(self) -> bool:
        """False for files marked as running outside a transaction."""
        return not self.text.startswith("-- dateline: no-transaction")

    @property
    def statements(self) -> list[str]:
        """Of a file outside a transaction: each is sent by itself."""
        return [part for part in re.split(r"^-- dateline: next\s*$", self.text, flags=re.MULTILINE) if part.strip()]


@dataclass(frozen=True, slots=True)
class Applied:
    """A row of dateline.migration."""

    name: str
    sha256: str
    applied_at: datetime


@dataclass(frozen=True, slots=True)
class MigrationStatus:
    """What became of one file: `changed` was edited after it ran, `unknown` ran from a newer version of Dateline."""

    name: str
    state: MigrationState
    applied_at: datetime | None


def migrate(
    url: str,
    *,
    folder: Path = SQL_DIR,
    lock_timeout_s: float = 5,
    pause: Callable[[float], object] = time.sleep,
    beside_others: bool = True,
) -> list[str]:
    """Bring the database up to date; returns the names of what was applied, empty when nothing was to be done.

    `folder` holds migrations/, and optionally functions/, views/ and roles.sql. Without `beside_others` a MigrationError in
    place of a first schema in a database that has tables of another program.
    """
    with _session(url) as connection:
        applied = _applied(connection)
        if not _pending(folder, applied):
            return []
        if not (beside_others or applied) and connection.execute(HAS_TABLES).fetchone() == (True,):
            raise MigrationError(
                f"The {redact(url)} has tables of another program and none of Dateline's. Give an empty database, or run "
                "`dateline db migrate` to put Dateline's schema beside them"
            )
        _lock(connection, pause)
        connection.execute(BOOTSTRAP)
        steps = _pending(folder, _applied(connection))
        for step in steps:
            _apply(connection, step, lock_timeout_s, pause)
        return [step.name for step in steps]


def status(url: str, *, folder: Path = SQL_DIR) -> list[MigrationStatus]:
    """Every file that this version or this database knows, in order."""
    with _session(url) as connection:
        applied = _applied(connection)
    steps = {step.name: step for step in [*queue_files(), *own_files(folder), *_repeatable(folder)]}
    found = []
    for name in [*steps, *(name for name in applied if name not in steps)]:
        row = applied.get(name)
        found.append(MigrationStatus(name, state_of(steps.get(name), row), row.applied_at if row else None))
    return found


def refuse_newer(names: Iterable[str], subject: str = "") -> None:
    """Raise a DatabaseError if one of these migrations, which a database or a dump has, is unknown to this version."""
    known = {step.name for step in [*own_files(SQL_DIR), *queue_files()]} | REPEATABLE
    _refuse_unknown(names, known, subject)


def _refuse_unknown(names: Iterable[str], known: set[str], subject: str = "") -> None:
    if unknown := sorted(set(names) - known):
        raise DatabaseError(
            f"{subject or 'the database'} has migration {unknown[-1]}, which this version of Dateline does not have: install a "
            "newer version (databases from before 0.1.0 can't be upgraded: export from them, and import into a new one)",
            subject=subject or None,
        )


def character_type_notice(url: str) -> str | None:
    """What an owner should know of a database whose character type is C; None for every other."""
    with _session(url) as connection:
        found = connection.execute("SELECT datctype FROM pg_database WHERE datname = current_database()").fetchone()
    if found not in {("C",), ("POSIX",)}:
        return None
    return (
        "The character type (LC_CTYPE) of this database is C. Searches, watches and news.words() find the words of all "
        "scripts all the same. In SQL of your own, to_tsvector() and other functions may know ASCII letters only. To change "
        "it: back up, CREATE DATABASE … TEMPLATE template0 LC_CTYPE 'C.UTF-8', and restore there"
    )


def state_of(step: SchemaStep | None, row: Applied | None) -> MigrationState:
    """What a file and its record say together."""
    if step is None:
        return "unknown"
    if row is None or (step.name in REPEATABLE and row.sha256 != step.sha256):
        return "pending"
    return "changed" if row.sha256 != step.sha256 and not step.name.startswith(QUEUE) else "applied"


def own_files(folder: Path) -> list[SchemaStep]:
    """Dateline's migrations in order; names that are not NNNN_name.sql, or a number used twice, are refused."""
    paths = sorted((folder / "migrations").glob("*.sql"))
    numbers = [path.name[:4] for path in paths if re.fullmatch(r"\d{4}_\w+\.sql", path.name)]
    if len(set(numbers)) < len(paths):
        raise MigrationError(
            f"migrations must be named NNNN_name.sql, each with its own number: {folder / 'migrations'}"
        )
    return [SchemaStep(path.stem, path.read_text(encoding="utf-8")) for path in paths]


def queue_files() -> list[SchemaStep]:
    """The job queue's own migrations, which its releases ship, in order."""
    paths = sorted((_queue_folder() / "migrations").glob("*.sql"))
    return [SchemaStep(f"{QUEUE}{path.stem}", path.read_text(encoding="utf-8"), "procrastinate") for path in paths]


def _queue_folder() -> Path:
    """The SQL files of the job queue's package, found without importing it, which takes as long as a whole command."""
    package = find_spec("procrastinate")
    assert package is not None and package.origin is not None
    return Path(package.origin).parent / "sql"


def _pending(folder: Path, applied: Mapping[str, Applied]) -> list[SchemaStep]:
    """What is to be run, in order; raises where the record contradicts the files."""
    own, queue = own_files(folder), queue_files()
    _refuse_contradictions(own, queue, applied)
    missing = [step for step in queue if step.name not in applied]
    steps = [_whole_queue(queue)] if len(missing) == len(queue) else missing
    steps += [step for step in own if step.name not in applied]
    for step in _repeatable(folder):
        if steps or state_of(step, applied.get(step.name)) == "pending":
            steps.append(step)
    return steps


def _refuse_contradictions(own: list[SchemaStep], queue: list[SchemaStep], applied: Mapping[str, Applied]) -> None:
    """Raise for an edited file, one that came too late in the order, and a database that is ahead of this version."""
    _refuse_unknown(applied, {step.name for step in [*own, *queue]} | REPEATABLE)
    last = max((step.name for step in own if step.name in applied), default="")
    for step in own:
        if state_of(step, applied.get(step.name)) == "changed":
            raise MigrationError(
                f"{step.name}.sql was edited after it ran on this database: restore it, put the change in a new file",
                subject=step.name,
            )
        if step.name not in applied and step.name < last:
            raise MigrationError(
                f"{step.name}.sql comes before {last}, which ran: give it a higher number", subject=step.name
            )


def _whole_queue(files: list[SchemaStep]) -> SchemaStep:
    """The job queue's present schema in one go, which stands for all its migrations on a new database."""
    text = "CREATE SCHEMA IF NOT EXISTS procrastinate;\n" + (_queue_folder() / "schema.sql").read_text(encoding="utf-8")
    return SchemaStep(files[-1].name, text, "procrastinate", also=tuple(step.name for step in files))


def _repeatable(folder: Path) -> list[SchemaStep]:
    """Functions, then views; roles are part of the views' step, because a view that is created again has no grants."""
    files = {
        FUNCTIONS: sorted((folder / "functions").glob("*.sql")),
        VIEWS: [*sorted((folder / "views").glob("*.sql")), *folder.glob("roles.sql")],
    }
    return [
        SchemaStep(name, "\n".join(path.read_text(encoding="utf-8") for path in paths))
        for name, paths in files.items()
        if paths
    ]


@contextmanager
def _session(url: str) -> Iterator[Connection]:
    """A connection fit for migrations; servers before version 15 are refused, and encodings other than UTF8."""
    with connect(url, autocommit=True, application_name="dateline migrate") as connection:
        if connection.info.server_version < OLDEST_SERVER:
            raise DatabaseError(
                f"{redact(url)} runs PostgreSQL {connection.info.server_version // 10_000}; Dateline needs 15 or newer"
            )
        encoding = connection.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            raise DatabaseError(
                f"{redact(url)} has the encoding {encoding}; Dateline needs UTF8: "
                "CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8' makes one"
            )
        connection.execute("SET statement_timeout = 0; SET client_min_messages = warning")
        connection.add_notice_handler(lambda said: logger.warning(said.message_primary))
        yield connection


def _applied(connection: Connection) -> dict[str, Applied]:
    if connection.execute("SELECT to_regclass('dateline.migration')::text").fetchone() == (None,):
        return {}
    with connection.cursor(row_factory=class_row(Applied)) as cursor:
        rows = cursor.execute("SELECT name, sha256, applied_at FROM dateline.migration ORDER BY name").fetchall()
    return {row.name: row for row in rows}


HAS_TABLES = """
    SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                    WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^(pg_|information_schema$)'
                      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e'))
"""
"""Whether the database has tables, those of extensions left aside."""


def _lock(connection: Connection, pause: Callable[[float], object]) -> None:
    """Be the only one who migrates until the session ends.

    By asking again and again: a statement that waited inside pg_advisory_lock would hold a snapshot, for whose end the
    other's CREATE INDEX CONCURRENTLY would wait.
    """
    deadline = time.monotonic() + WAIT_FOR_OTHERS_S
    while connection.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_KEY]).fetchone() != (True,):
        if time.monotonic() > deadline:
            raise DatabaseError(f"another process has been migrating for {WAIT_FOR_OTHERS_S} s", is_temporary=True)
        pause(0.2)


def _apply(connection: Connection, step: SchemaStep, lock_timeout_s: float, pause: Callable[[float], object]) -> None:
    """Run one step and record it; tried again when it had to wait too long for a lock."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _run(connection, step, lock_timeout_s)
            return
        except (errors.LockNotAvailable, errors.DeadlockDetected) as error:
            if attempt == ATTEMPTS:
                raise MigrationError(
                    f"{step.name} did not get its locks in {ATTEMPTS} tries: end long queries on these tables, then "
                    "migrate again",
                    subject=step.name,
                    is_temporary=True,
                ) from error
            pause(min(8.0, 0.5 * 2 ** (attempt - 1)))
        except psycopg.Error as error:
            raise MigrationError(f"{step.name} failed: {_where(error, step)}{error}", subject=step.name) from error


def _run(connection: Connection, step: SchemaStep, lock_timeout_s: float) -> None:
    settings = [("lock_timeout", f"{lock_timeout_s * 1000:.0f}"), ("search_path", step.search_path)]
    if not step.is_transactional:
        for name, value in settings:
            connection.execute("SELECT set_config(%s, %s, false)", [name, value])
        for statement in step.statements:
            connection.execute(statement.encode())
    with connection.transaction():
        for name, value in settings:
            connection.execute("SELECT set_config(%s, %s, true)", [name, value])
        if step.is_transactional:
            connection.execute(step.text.encode())
        if step.name.startswith(QUEUE):
            connection.execute(PIN_QUEUE_FUNCTIONS)
        for name in step.also or (step.name,):
            connection.execute(RECORD, [name, step.sha256, _versions()])


def _versions() -> str:
    return f"dateline {version('dateline')}, procrastinate {version('procrastinate')}"


def _where(error: psycopg.Error, step: SchemaStep) -> str:
    """ "line 12: " if the server gave a position."""
    position = error.diag.statement_position
    return f"line {step.text.count(chr(10), 0, int(position)) + 1}: " if position and step.is_transactional else ""
