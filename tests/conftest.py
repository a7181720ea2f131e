"""The database for tests: one server a session, one migrated template, and a clone of it for each test that asks.

DATELINE_TEST_DATABASE_URL names another server (a role that may create databases) to run the same tests on.
"""

from __future__ import annotations

import itertools
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psutil
import psycopg
import pytest
import structlog
from hypothesis import settings
from psycopg import sql

from dateline import log
from sql.schema.migrate import migrate
from sql.server.embedded import EmbeddedServer
from tests.memory_dirs import own_folder, remove_orphans

# how long an example takes on a machine with other work on it says nothing of the code
settings.register_profile("dateline", deadline=None)
settings.load_profile("dateline")

MEMORY, ENOUGH_MEMORY = Path("/dev/shm"), 6 << 30
"""A file system in memory (Linux), and how much must be free for a test run's databases to go there."""

_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def unconfigured_logging() -> Iterator[None]:
    """A command that ran in this process leaves its logging behind; the next test starts without it."""
    yield
    if not log._Logger.is_configured:
        return
    log._Logger.is_configured = False
    structlog.reset_defaults()
    root = logging.getLogger()
    root.handlers[:] = [each for each in root.handlers if not isinstance(each.formatter, log._Lines)]
    root.setLevel(logging.WARNING)
    for name in (*log.NOISY, *log.RETRYING):
        logging.getLogger(name).setLevel(logging.NOTSET)


@pytest.fixture(scope="session")
def short_dir() -> Iterator[Path]:
    """A folder with a short name that other accounts may get through, as a server started by root needs it.

    pytest's own tmp_path is closed to others; that case has a test of its own.
    """
    folder = Path(tempfile.mkdtemp(prefix="dl-", dir="/tmp"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def root_dir(short_dir: Path) -> Path:
    """In place of /var/lib/dateline, so that tests by root leave nothing there."""
    return short_dir / "root"


@pytest.fixture(scope="session")
def memory_dir(short_dir: Path) -> Iterator[Path]:
    """A folder in memory where there is room, as a database is cloned a thousand times; else a folder on the disk."""
    if not MEMORY.is_dir() or min(shutil.disk_usage(MEMORY).free, psutil.virtual_memory().available) < ENOUGH_MEMORY:
        yield short_dir
        return
    remove_orphans(MEMORY)
    with own_folder(MEMORY) as folder:
        yield folder


@pytest.fixture(scope="session")
def postgres_url(memory_dir: Path, root_dir: Path) -> Iterator[str]:
    """A server for the session: embedded, without fsync, or the one that DATELINE_TEST_DATABASE_URL names."""
    given = os.environ.get("DATELINE_TEST_DATABASE_URL")
    if given:
        yield given
        return
    with EmbeddedServer(memory_dir / "db", durable=False, root_dir=root_dir).running() as url:
        yield url


@pytest.fixture(scope="module")
def warm_parsers() -> Iterator[None]:
    """Parser pools of this process begin with warm parsers; for tests that don't test how a pool starts."""
    from dateline.parser_pool.workers import Forkserver  # here, since most tests need none of it
    from tests.acceptance.support.preloaded import start_forkserver

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Forkserver, "_start", start_forkserver)
        yield


@pytest.fixture(scope="session")
def template(postgres_url: str) -> Iterator[str]:
    """The name of a database with all migrations, to be cloned."""
    name = _fresh_name("template")
    _run(postgres_url, "CREATE DATABASE {} TEMPLATE template0", name)
    migrate(with_database(postgres_url, name))
    yield name
    _run(postgres_url, "DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture
def database(postgres_url: str, template: str) -> Iterator[str]:
    """The URL of a migrated database that is the test's own."""
    yield from clone(postgres_url, template)


@pytest.fixture(scope="session")
def shared_database(postgres_url: str, template: str) -> Iterator[str]:
    """The URL of a migrated database for a fixture of the session."""
    yield from clone(postgres_url, template)


def clone(url: str, template: str) -> Iterator[str]:
    """The URL of a clone of the template, dropped at the end."""
    name = _fresh_name("test")
    _run(url, "CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, template)
    yield with_database(url, name)
    _run(url, "DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture
def empty_database(postgres_url: str) -> Iterator[str]:
    """The URL of a database without any table, the test's own."""
    name = _fresh_name("empty")
    _run(postgres_url, "CREATE DATABASE {} TEMPLATE template0", name)
    yield with_database(postgres_url, name)
    _run(postgres_url, "DROP DATABASE {} WITH (FORCE)", name)


def with_database(url: str, name: str) -> str:
    """The URL of another database on the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _fresh_name(kind: str) -> str:
    return f"dl_{kind}_{os.getpid()}_{next(_numbers)}"


def _run(url: str, statement: str, *names: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
