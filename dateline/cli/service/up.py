"""`dateline up`: the whole service in the foreground."""

from __future__ import annotations

import click

from dateline.cli.context import Context, pass_context


@click.command()
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Number of worker processes.")
@pass_context
def up(context: Context, workers: int) -> None:
    """Run the whole service in the foreground.

    Starts database, scheduler, workers, console and health endpoint. Stop it with SIGTERM or Ctrl-C; it ends within 20 seconds.
    """
    from scheduler.supervisor import run_service

    with context.kept_database() as (url, server):
        run_service(context.settings, url, workers=workers, server=server)
