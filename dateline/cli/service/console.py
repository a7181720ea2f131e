"""`dateline console`."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import sys

import click

from dateline.cli.context import Context, pass_context

YIELDS = 5
"""Niceness: on a busy machine, collecting has priority over the console."""


@click.command()
@click.option(
    "--host", help="Address to listen at. Other than loopback only with a password or a user.  [default: 127.0.0.1]"
)
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen at.  [default: 8765]")
@pass_context
def console(context: Context, host: str | None, port: int | None) -> None:
    """Serve the console, a website for operators and analysts. `dateline up` includes this.

    To make it reachable from other machines, add users (`dateline user add NAME`) or set DATELINE_CONSOLE_PASSWORD (or
    DATELINE_CONSOLE_PASSWORD_FILE), add the host names that browsers use to DATELINE_CONSOLE_HOSTS, and put a TLS proxy in front.
    """
    from dateline.console.access.origin import check_exposure
    from dateline.console.server.serve import any_user, serve_console
    from scheduler.supervisor import run_with_signals

    given = context.settings
    settings = dataclasses.replace(
        given, console_host=host or given.console_host, console_port=port or given.console_port or 8765
    )
    os.nice(YIELDS)
    with context.database(migrated=context.settings.database_url is None) as url:
        check_exposure(settings, has_users=any_user(url))
        if sys.stderr.isatty():  # elsewhere the log says it, whose lines may be JSON
            click.echo(f"http://{settings.console_host}:{settings.console_port}{settings.console_prefix}", err=True)
        asyncio.run(run_with_signals(lambda stop: serve_console(settings, url, stop)))
