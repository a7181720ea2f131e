"""`dateline demo`."""

from __future__ import annotations

import dataclasses
import datetime as dt
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import orjson

from dateline.cli.context import Context, pass_context


@click.command()
@click.option("--keep", is_flag=True, help="Leave newsroom and service running after the report, until Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="Print the report's facts as one JSON object.")
@pass_context
def demo(context: Context, keep: bool, as_json: bool) -> None:
    """Watch the real service at work on a bundled newsroom: six fictional outlets, two scheduled rounds, then a report.

    Needs no network and no set-up, keeps nothing (but see --keep), and takes about a minute.
    """
    from rich.console import Console

    from dateline.demo.newsroom import Newsroom
    from dateline.demo.report import plain_report, render_report
    from dateline.demo.run import play_round, read_facts, running_service
    from dateline.demo.server import NewsroomServer
    from sql.database import connect
    from sql.sources import upsert_source

    terminal = Console(stderr=True)

    def say(line: str) -> None:
        terminal.print(f"  {line}", highlight=False)

    newsroom = Newsroom.fresh(dt.datetime.now(dt.UTC))
    with _folder(context) as folder, NewsroomServer(newsroom) as server:
        here = Context(dataclasses.replace(context.settings, data_dir=folder, database_url=None))
        terminal.print(f"A newsroom of {len(newsroom.outlets)} outlets answers on port {server.port} of this machine.")
        terminal.print("Starting PostgreSQL and the service …")
        with here.database() as url, connect(url, autocommit=True) as connection:
            for outlet in newsroom.outlets:
                upsert_source(connection, outlet.source)
            log = folder / "service.log"
            with running_service(url, folder, server, log=log) as service:
                terminal.print("Round 1: everything is new.")
                rounds = [play_round(1, connection, server, service, log, say)]
                server.advance()
                terminal.print("Round 2: the newsroom has moved on; the service comes by as scheduled (within 30 s).")
                rounds.append(play_round(2, connection, server, service, log, say))
                facts = read_facts(connection, newsroom, tuple(rounds), data_dir=str(folder) if keep else None)
                if as_json:
                    sys.stdout.buffer.write(orjson.dumps(facts, default=str, option=orjson.OPT_APPEND_NEWLINE))
                elif sys.stdout.isatty():
                    Console().print(render_report(facts))
                else:
                    click.echo(plain_report(facts))
                if keep:
                    terminal.print(f"\nStill running. Archive: {folder}\nDatabase: {url}\nCtrl-C ends it.")
                    _wait_for_signal()


@contextmanager
def _folder(context: Context) -> Iterator[Path]:
    """A data folder for this demonstration alone: thrown away at its end, with its database."""
    from sql.embedded import remove_cluster

    parent = context.settings.data_dir if context.settings.data_dir.exists() else None
    folder = Path(tempfile.mkdtemp(prefix="dateline-demo-", dir=parent))
    try:
        yield folder
    finally:
        remove_cluster(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for_signal() -> None:
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    done.wait()
