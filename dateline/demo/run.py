"""`dateline demo`: the real service against the newsroom for two scheduled rounds, then the report from the database."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import class_row, tuple_row

from crawler.render.chromium import why_no_browser
from dateline.child_process import python_command
from dateline.clock import utc_now
from dateline.demo.newsroom import Newsroom
from dateline.demo.outlets import Outlet
from dateline.demo.report import (
    AnsweredQuery,
    BackfillFact,
    CopyFact,
    ExampleQuery,
    FeedWordsFact,
    OutletFacts,
    Rejection,
    ReportFacts,
    RevisionFact,
    RoundFacts,
    StoryFact,
    TextsFact,
    example_queries,
)
from dateline.demo.server import NewsroomServer
from dateline.errors import DatelineError
from dateline.types.source import Source
from sql import query
from sql.database import connect
from sql.frontier.sources import upsert_source

ROUND_LIMIT_S = 240.0
"""A round that takes longer than this (on the slowest machine) has gone wrong."""
PAST_YEARS = 3
POLL_S = 0.25
STOP_S = 25.0

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a round is."""

    unvisited: int
    pending: int
    unplaced: int
    jobs: int
    articles: int
    urls: int

    @property
    def is_over(self) -> bool:
        """Everything was visited, and nothing waits or runs."""
        return not (self.unvisited or self.pending or self.unplaced or self.jobs)


@contextmanager
def running_service(
    url: str, data_dir: Path, server: NewsroomServer, *, log: Path, console_port: int = 0
) -> Iterator[subprocess.Popen[bytes]]:
    """`dateline up` as a process of its own, led to the newsroom; ended by SIGTERM."""
    environment = _environment(url, server) | {
        "DATELINE_HEALTH_PORT": os.environ.get("DATELINE_HEALTH_PORT", "0"),
        "DATELINE_CONSOLE_PORT": str(console_port),
    }
    command = python_command("dateline", "--data-dir", str(data_dir), "up")
    with log.open("ab") as out:
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out)  # noqa: S603 - our own words
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _environment(url: str, server: NewsroomServer) -> dict[str, str]:
    """The environment of the processes of the demonstration, without the settings of its caller."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DATELINE_")}
    return environment | {
        "DATELINE_DATABASE_URL": url,
        "DATELINE_RESOLVE": server.resolve_rules,
        "DATELINE_CONTACT": "demo@dateline.test",
        "DATELINE_DELAY_S": "0.02",
        "DATELINE_LOG_FORMAT": "json",
    }


@contextmanager
def demonstration(
    url: str, data_dir: Path, server: NewsroomServer, say: Say, *, console_port: int = 0
) -> Iterator[ReportFacts]:
    """What two scheduled rounds came to on this migrated database; the service runs on until the block ends."""
    newsroom, log = server.newsroom, data_dir / "service.log"
    with connect(url, autocommit=True) as connection:
        for outlet in newsroom.outlets:
            upsert_source(connection, signed_in(outlet, data_dir))
        with running_service(url, data_dir, server, log=log, console_port=console_port) as service:
            say("Round 1: everything is new.")
            rounds = [play_round(1, connection, server, service, log, say)]
            server.advance()
            say("Round 2: the outlets have published more; the service visits them as scheduled (within 30 s).")
            rounds.append(play_round(2, connection, server, service, log, say))
            say(f"Backfill: {PAST_YEARS} years of the outlet whose REST interface has them.")
            backfill = play_backfill(connection, url, data_dir, server, log)
            yield replace(read_facts(connection, newsroom, tuple(rounds)), backfill=backfill)


def signed_in(outlet: Outlet, data_dir: Path) -> Source:
    """The outlet as a source, with the cookies of a member where it has members."""
    if not outlet.member_cookie:
        return outlet.source
    path = data_dir / "secrets" / f"{outlet.name}-cookies.txt"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_text(outlet.cookies)
    return replace(outlet.source, politeness=replace(outlet.source.politeness, cookies_file=str(path.absolute())))


def wait_for_round(
    connection: psycopg.Connection[Any], since: dt.datetime, service: subprocess.Popen[bytes], log: Path, say: Say
) -> None:
    """Return when everything was visited since then and nothing is waiting; reports progress meanwhile."""
    deadline, reported = time.monotonic() + ROUND_LIMIT_S, ""
    while True:
        with connection.cursor(row_factory=class_row(Progress)) as cur:
            progress = cur.execute(query("demo", "progress"), {"since": since}).fetchone()
        if progress is None or progress.is_over:
            return
        line = f"  {progress.urls} URLs found, {progress.articles} articles stored, {progress.pending} waiting"
        if line != reported:
            say(line)
            reported = line
        if service.poll() is not None:
            raise DatelineError(
                f"The service exited with code {service.returncode}. See its log: {log}", subject=str(log)
            )
        if time.monotonic() > deadline:
            raise DatelineError(
                f"The round did not end within {ROUND_LIMIT_S:g} s ({line.strip()}). See the log of the service: {log}",
                subject=str(log),
            )
        time.sleep(POLL_S)


def play_round(
    number: int,
    connection: psycopg.Connection[Any],
    server: NewsroomServer,
    service: subprocess.Popen[bytes],
    log: Path,
    say: Say,
) -> RoundFacts:
    """Run one scheduled round, and measure it."""
    began, requests, articles = time.monotonic(), len(server.log), _count_articles(connection)
    wait_for_round(connection, utc_now(), service, log, say)
    seen = server.log[requests:]
    return RoundFacts(
        number=number,
        took_s=time.monotonic() - began,
        requests=len(seen),
        new_articles=_count_articles(connection) - articles,
        not_modified=sum(request.status == 304 for request in seen),
    )


def play_backfill(
    connection: psycopg.Connection[Any], url: str, data_dir: Path, server: NewsroomServer, log: Path
) -> BackfillFact:
    """Run `dateline backfill` for the WordPress outlet, and measure it."""
    outlet = next(one for one in server.newsroom.outlets if one.is_wordpress)
    since = server.newsroom.base - PAST_YEARS * dt.timedelta(days=366)
    began, requests, articles = time.monotonic(), len(server.log), _count_articles(connection)
    command = python_command(
        "dateline", "--data-dir", str(data_dir), "backfill", outlet.name, "--since", f"{since:%Y-%m-%d}"
    )
    with log.open("ab") as out:
        done = subprocess.run(  # noqa: S603 - our own words
            command, env=_environment(url, server), stdout=out, stderr=out, timeout=ROUND_LIMIT_S, check=False
        )
    if done.returncode:
        raise DatelineError(
            f"The backfill of {outlet.name} exited with code {done.returncode}. See the log: {log}", subject=str(log)
        )
    return BackfillFact(
        outlet=outlet.title,
        took_s=time.monotonic() - began,
        requests=len(server.log) - requests,
        articles=_count_articles(connection) - articles,
    )


def _count_articles(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute("SELECT count(*) FROM news.articles").fetchone()
    return int(row[0]) if row else 0


def read_facts(connection: psycopg.Connection[Any], newsroom: Newsroom, rounds: tuple[RoundFacts, ...]) -> ReportFacts:
    """The facts of the report, read from the database."""

    def rows(name: str) -> list[tuple[Any, ...]]:
        with connection.cursor(row_factory=tuple_row) as cur:
            return cur.execute(query("demo", name)).fetchall()

    formats = {
        outlet.title: ", ".join(
            dict.fromkeys(one.format.replace("_", " ") for one in outlet.listings if one.is_watched)
        )
        for outlet in newsroom.outlets
    }
    pages = {outlet.title: outlet.pages for outlet in newsroom.outlets}
    return ReportFacts(
        rounds=rounds,
        outlets=tuple(
            replace(OutletFacts(name, formats.get(name, site), *counts), pages=pages.get(name, ""))
            for name, site, *counts in rows("outlets")
        ),
        kinds=dict(rows("kinds")),
        languages=dict(rows("languages")),
        stories=tuple(StoryFact(*row) for row in rows("stories")),
        copies=tuple(CopyFact(*row) for row in rows("copies")),
        aliases=tuple((one, other) for one, other in rows("aliases")),
        revisions=tuple(RevisionFact(*row) for row in rows("revisions")),
        removed=tuple(url for (url,) in rows("removed")),
        rejections=tuple(Rejection(*row) for row in rows("rejections")),
        feed_words=tuple(FeedWordsFact(*row) for row in rows("feed_words")),
        queries=tuple(_answer(connection, example) for example in example_queries()),
        data_dir=None,
        warnings=(*(line for (line,) in rows("warnings")), *_undrawn(newsroom)),
        texts=TextsFact(*rows("texts")[0]),
    )


def _undrawn(newsroom: Newsroom) -> list[str]:
    """Why pages that a script draws are headlines here; nothing where a browser draws them."""
    why = why_no_browser()
    return [
        f"{outlet.host}: its pages are drawn by a script, which needs a browser. {why}"
        for outlet in newsroom.outlets
        if why and outlet.draws_with == "script"
    ]


def _answer(connection: psycopg.Connection[Any], example: ExampleQuery) -> AnsweredQuery:
    with connection.cursor(row_factory=tuple_row) as cur:
        cur.execute(example.sql.encode())
        columns = tuple(column.name for column in cur.description or ())
        return AnsweredQuery(example, columns, tuple(cur.fetchall()))
