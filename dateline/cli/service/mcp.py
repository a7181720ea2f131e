"""`dateline mcp`."""

from __future__ import annotations

import asyncio
import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import click

from dateline.cli.context import Context, pass_context
from dateline.errors import UsageError

if TYPE_CHECKING:
    from sql.analysts.queries import AnalystQueries

NEEDED = "Assistants need one more package: pip install 'dateline[mcp]'"
TIMEOUT_S = 30.0
CONNECTIONS = 100
VARIABLE = "DATELINE_TOKEN"


@click.command("mcp")
@click.option(
    "--url", metavar="URL", help=f"Read the archive of a console at this address, with the token in {VARIABLE}."
)
@click.option("--http", "port", type=click.IntRange(1, 65535), metavar="PORT",
              help="Serve assistants over HTTP at this port, at /api/mcp, in place of standard input and output.")  # fmt: skip
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at, with --http.")
@pass_context
def mcp_command(context: Context, url: str | None, port: int | None, host: str) -> None:
    """Give an assistant read-only access to the archive.

    It uses the Model Context Protocol. The assistant's program starts this command and talks to it over standard input and
    output. Tools: search, article, compare, stories, coverage, and sql (with --url for tokens of scope sql).

    With --http, programs send a token as they do to /api/v1; sql needs one of scope sql or operate.
    """
    try:
        from dateline.api.assistants import make_server
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("mcp", "pydantic", "mcp_types"):
            raise
        raise UsageError(NEEDED) from error
    from dateline.api.archive import Archive

    if url and port:
        raise UsageError("--http serves this machine's own archive: leave out --url")
    with ExitStack() as stack:
        if url:
            archive = stack.enter_context(Archive(url, token=os.environ.get(VARIABLE), timeout_s=TIMEOUT_S))
            archive.article(1)  # a wrong address or token is said now, and not to the assistant at its first question
            make_server(archive, archive).run()
            return
        database = stack.enter_context(context.database())
        archive, queries = stack.enter_context(Archive(database, timeout_s=TIMEOUT_S)), _queries(context, database)
        if port is None:
            make_server(archive, queries).run()
        else:
            server = make_server(archive, queries, lambda request: request.scope["access"].may_sql)
            asyncio.run(_serve(context, database, server, host, port))


def _queries(context: Context, database: str) -> AnalystQueries | None:
    """Runs statements as the console's analyst login; None where that can't be made."""
    from sql.analysts.console_login import console_login
    from sql.analysts.queries import STATEMENT_S, AnalystQueries

    settings = context.settings
    login = settings.console_sql_url or console_login(database, settings.data_dir, timeout_s=STATEMENT_S)
    return AnalystQueries(login) if login else None


async def _serve(context: Context, database: str, server: Any, host: str, port: int) -> None:
    """Serve over HTTP behind the console's guard until a signal ends it."""
    from mcp.server.transport_security import TransportSecuritySettings

    from dateline.console.server.serve import guarded
    from scheduler.processes.http_server import inner_server, listen
    from scheduler.supervisor import run_with_signals

    # the guard checks Host and Origin itself
    app = server.streamable_http_app(
        streamable_http_path="/api/mcp",
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )

    async def serve(stop: asyncio.Event) -> None:
        with listen(host, port, name="dateline mcp", setting="--http") as listening:
            async with guarded(app, context.settings, database, host=host) as behind, server.session_manager.run():
                serving = inner_server(behind, connections=CONNECTIONS, proxies=context.settings.trusted_proxies)
                running = asyncio.create_task(serving.serve(sockets=[listening]))
                click.echo(f"http://{host}:{port}/api/mcp", err=True)
                await stop.wait()
                serving.should_exit = True
                await asyncio.wait({running}, timeout=3)

    await run_with_signals(serve)
