"""Who had a text first, through the command line: crawls of a paper and of a copier, and what `dateline explain` says."""

from __future__ import annotations

from pathlib import Path

import psycopg
from psycopg.rows import dict_row

from benchmarks.attacks.web import Answer, Web, article, rss, running
from tests.acceptance.support.site import dateline as run_dateline
from tests.acceptance.support.site import environment

PAPER, COPIER = "http://paper.test", "http://copier.test"
PAGE, COPY = f"{PAPER}/2026/11/what-the-council-heard", f"{COPIER}/2026/11/what-the-town-saw"


def dated(when: str, seed: str = "one text") -> Answer:
    return article(seed, head=f'<meta property="article:published_time" content="{when}">')


def dateline(database: str, folder: Path, web: Web, *arguments: str) -> str:
    env = environment(database, web.port) | {"DATELINE_RESOLVE": f"*.test=127.0.0.1:{web.port}"}
    done = run_dateline(*arguments, data_dir=folder, env=env)
    assert done.returncode == 0, done.stderr
    return done.stdout


def crawl(database: str, folder: Path, web: Web, *targets: str) -> None:
    dateline(database, folder, web, "crawl", *targets, "--delay", "0")


def link(database: str) -> tuple[str, str, str]:
    with psycopg.connect(database, row_factory=dict_row) as connection:
        [row] = connection.execute("SELECT original_site, first_by, confidence FROM news.copies").fetchall()
    return row["original_site"], row["first_by"], row["confidence"]


def test_a_feed_that_was_read_without_the_copy_proves_that_it_came_later(database: str, tmp_path: Path) -> None:
    feed = f"{COPIER}/feed.xml"
    with running() as web:
        web.answers = {
            PAGE: dated("2026-11-26T07:30:00Z"),
            feed: rss(f"{COPIER}/2026/11/another-report", "Another", "Tue, 24 Nov 2026 08:00:00 GMT"),
            f"{COPIER}/2026/11/another-report": article("another text"),
        }
        crawl(database, tmp_path, web, PAGE)
        crawl(database, tmp_path, web, feed)
        web.answers |= {
            feed: rss(COPY, "What the town saw", "Wed, 25 Nov 2026 08:00:00 GMT"),
            COPY: dated("2026-11-25T08:00:00Z"),
        }
        crawl(database, tmp_path, web, feed)
        assert link(database) == ("paper.test", "seen", "high")
        told = dateline(database, tmp_path, web, "explain", COPY)
        assert told.count(f"a copy of {PAGE}: we saw it at paper.test") == 1
        assert "(confidence: high)" in told


def test_an_original_that_the_dates_leave_open_is_not_known(database: str, tmp_path: Path) -> None:
    """One crawl of both, so that the order in which they came says nothing; the copier gives the day alone."""
    with running() as web:
        web.answers = {PAGE: dated("2026-11-26T07:30:00Z"), COPY: dated("2026-11-26")}
        crawl(database, tmp_path, web, COPY, PAGE)
        assert link(database)[1:] == ("unknown", "none")
        told = dateline(database, tmp_path, web, "explain", COPY) + dateline(database, tmp_path, web, "explain", PAGE)
        assert "had it first is not known" in told
        assert "a copy of" not in told
        listed = dateline(database, tmp_path, web, "search", "council")
        assert "2026-11-26 07:30Z" in listed
        assert "2026-11-26 " in listed
        assert "2026-11-26 00:00" not in listed


def test_dates_decide_where_nothing_else_does(database: str, tmp_path: Path) -> None:
    with running() as web:
        web.answers = {PAGE: dated("2026-11-26T07:30:00Z"), COPY: dated("2026-11-27")}
        crawl(database, tmp_path, web, COPY, PAGE)
        assert link(database) == ("paper.test", "date", "low")
