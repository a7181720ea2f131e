"""`dateline callback`."""

from __future__ import annotations

import asyncio

import click

from dateline.cli.context import Context, pass_context
from dateline.errors import ConfigError


@click.command()
@pass_context
def callback(context: Context) -> None:
    """Serve the WebSub callbacks. `dateline up` includes this where DATELINE_CALLBACK_URL is set.

    Listens at DATELINE_CALLBACK_HOST and DATELINE_CALLBACK_PORT. DATELINE_CALLBACK_URL is the public address of this
    server, usually through a TLS proxy.
    """
    from scheduler.supervisor import run_with_signals
    from scheduler.websub.server import serve_callback

    if not context.settings.callback_url:
        raise ConfigError("No public address for the hubs to call. Set DATELINE_CALLBACK_URL=https://host.example.org")
    with context.database(migrated=context.settings.database_url is None) as url:
        asyncio.run(run_with_signals(lambda stop: serve_callback(context.settings, url, stop)))
