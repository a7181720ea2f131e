"""`dateline demo`."""

from __future__ import annotations

import dataclasses
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
import orjson

from dateline.cli.context import Context, pass_context
from dateline.clock import utc_now

if TYPE_CHECKING:
    from dateline.demo.report import ReportFacts


@click.command()
@click.option("--keep", is_flag=True, help="Keep outlets and service running after the report, until Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object.")
@pass_context
def demo(context: Context, keep: bool, as_json: bool) -> None:
    """Run the real service on eleven fictional outlets.

    Makes two scheduled rounds of visits, fills in three years of one outlet, and prints a
    report. Takes about a minute, needs no network and no set-up, and deletes everything afterwards, unless you give
    --keep.
    """
    from rich.console import Console

    from dateline.demo.newsroom import Newsroom
    from dateline.demo.run import demonstration
    from dateline.demo.server import NewsroomServer

    terminal = Console(stderr=True, highlight=False, soft_wrap=True)
    newsroom = Newsroom.fresh(utc_now())
    with _folder(context) as folder, NewsroomServer(newsroom) as server:
        here = Context(dataclasses.replace(context.settings, data_dir=folder, database_url=None))
        terminal.print(f"{len(newsroom.outlets)} fictional outlets are served on port {server.port} of this machine.")
        terminal.print("Starting PostgreSQL and the service …")
        port = context.settings.console_port if keep else 0
        with here.database() as url, demonstration(url, folder, server, terminal.print, console_port=port) as facts:
            write_report(dataclasses.replace(facts, data_dir=str(folder) if keep else None), as_json=as_json)
            if keep:
                terminal.print(
                    f"\nStill running. Archive: {folder}\nDatabase: {url}\nConsole: http://127.0.0.1:{port}\nStop with Ctrl-C."
                )
                _wait_for_signal()


def write_report(facts: ReportFacts, *, as_json: bool) -> None:
    """Print the report: as one JSON object, with colours on a terminal, or as plain text."""
    from rich.console import Console

    from dateline.demo.report import plain_report, render_report

    if as_json:
        click.echo(orjson.dumps(facts, default=str))
    elif sys.stdout.isatty():
        Console().print(render_report(facts))
    else:
        click.echo(plain_report(facts))


@contextmanager
def _folder(context: Context) -> Iterator[Path]:
    """A temporary data folder for the demonstration, deleted at its end with its database."""
    from sql.server.embedded import remove_cluster

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
