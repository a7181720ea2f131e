"""kill -9 of the worker at four random points of a crawl of 120 pages: nothing lost, nothing doubled.

A cut: `make kill-matrix` kills it at each step of a page, as often as it is asked to.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from pathlib import Path

import psycopg
import pytest

from benchmarks.pipeline.corpus import SITEMAP, SavedPage, served
from crawler.archive.archive import Archive
from dateline.types.article import ArchiveRef
from dateline.types.source import Politeness, Source, WatchedPage
from dateline.urls import url_key
from sql.database import connect
from sql.frontier.sources import upsert_source
from sql.schema.migrate import migrate
from sql.server.embedded import EmbeddedServer
from tests.acceptance.support.site import environment, pages, process

PAGES = 120
KILLS = 4
LIMIT_S = 240.0

COUNT = "SELECT count(*) FROM dateline.article"
STATES = "SELECT state, count(*) FROM dateline.url GROUP BY 1"


def number(connection: psycopg.Connection[tuple[int]], statement: str) -> int:
    row = connection.execute(statement.encode()).fetchone()
    return row[0] if row else 0


def wait_until_more_than(connection: psycopg.Connection[tuple[int]], wanted: int, deadline: float) -> None:
    while number(connection, COUNT) <= wanted:
        assert time.monotonic() < deadline, f"only {number(connection, COUNT)} articles after {LIMIT_S} s"
        time.sleep(0.01)


@pytest.fixture
def durable_url(short_dir: Path, root_dir: Path) -> str:  # type: ignore[misc]
    """A server of the test's own, with fsync on."""
    with EmbeddedServer(short_dir / "kill", root_dir=root_dir).running() as url:
        migrate(url)
        yield url  # type: ignore[misc]


def test_nothing_is_lost_or_doubled_when_the_worker_is_killed(durable_url: str, tmp_path: Path) -> None:
    site = pages(PAGES)
    chance = random.Random()
    with served(site) as port, connect(durable_url, autocommit=True) as connection:
        watched = (WatchedPage(SITEMAP, "sitemap"),)
        polite = Politeness(delay_s=0, concurrency=4)
        upsert_source(
            connection, Source("index", "The Index", "http://corpus.test/", watched=watched, politeness=polite)
        )
        env = environment(durable_url, port)
        deadline = time.monotonic() + LIMIT_S
        with process("scheduler", data_dir=tmp_path, env=env, log=tmp_path / "scheduler.log"):
            for _ in range(KILLS):
                stored = number(connection, COUNT)
                with process("worker", data_dir=tmp_path, env=env, log=tmp_path / "worker.log") as worker:
                    wait_until_more_than(connection, stored + chance.randrange(0, PAGES // KILLS - 4), deadline)
                    time.sleep(chance.uniform(0, 0.05))
                    worker.kill()
            with process("worker", data_dir=tmp_path, env=env, log=tmp_path / "worker.log"):
                wait_until_more_than(connection, PAGES - 1, deadline)
                while dict(connection.execute(STATES.encode())) != {"stored": PAGES}:
                    assert time.monotonic() < deadline, dict(connection.execute(STATES.encode()))
                    time.sleep(0.05)
        compare(connection, site, tmp_path / "archive")


def compare(connection: psycopg.Connection[tuple[int]], site: list[SavedPage], archive_dir: Path) -> None:
    """Site, database and archive say the same."""
    wanted = {url_key(page.url): page for page in site}
    articles = connection.execute(
        "SELECT url_key, archive_file, archive_offset, archive_length, title FROM dateline.article"
    ).fetchall()
    doubled = [key for key, times in Counter(row[0] for row in articles).items() if times > 1]
    assert not doubled
    assert {row[0] for row in articles} == set(wanted)
    assert number(connection, "SELECT count(*) FROM dateline.revision") == 0
    archive = Archive(archive_dir)
    for key, file, offset, length, title in articles:
        page = archive.read(ArchiveRef(file, offset, length))
        assert page.body == wanted[key].body, title
