"""`dateline up`: the whole service in the foreground."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from dateline.cli.context import Context, pass_context
from dateline.errors import UsageError


@click.command()
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Number of worker processes.")
@pass_context
def up(context: Context, workers: int) -> None:
    """Run the whole service in the foreground.

    Starts database, scheduler, workers, console and health endpoint. Stop it with SIGTERM or Ctrl-C; it ends within 20 seconds.
    Only one service may run on a data folder.
    """
    from dateline import log
    from scheduler.supervisor import run_service, warm_starts

    say = log.get(__name__).info
    with (
        _only_one(context.settings.data_dir),
        warm_starts(context.settings) as starter,
        context.kept_database(say=say) as (url, server),
    ):
        say("starting scheduler, workers and console", workers=workers)
        run_service(context.settings, url, workers=workers, server=server, starter=starter)


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """No other service runs on the data folder; a UsageError names the one that does."""
    from sql.server.locks import try_lock

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "up.lock"
    locked = try_lock(path)
    if locked is None:
        pid = path.read_text(encoding="ascii", errors="replace").strip()
        raise UsageError(
            f"a service is already running on {folder}{f' (process {pid})' if pid else ''}: stop it first,"
            " or start this one with another --data-dir",
            subject=str(folder),
        )
    try:
        path.write_text(f"{os.getpid()}\n", encoding="ascii")
        yield
    finally:
        locked.release()
