"""`dateline healthcheck`: an exit code for container and service managers."""

from __future__ import annotations

import asyncio

import click

from dateline.cli.context import Context, pass_context
from dateline.errors import DatabaseError


@click.command()
@click.option(
    "--role",
    type=click.Choice(["any", "scheduler", "worker"]),
    default="any",
    show_default=True,
    help="Role that must be running.",
)
@click.option("--anywhere", is_flag=True, help="Accept a process on any machine, not only on this one.")
@pass_context
def healthcheck(context: Context, role: str, anywhere: bool) -> None:
    """Exit with 0 if the service is running, else with 1.

    It is running if the database answers and a process of this role has reported within the last 15 seconds. The command
    starts nothing: an embedded database that is not running counts as a failure.
    """
    import socket

    from sql.database import open_pool, wait_for
    from sql.server.embedded import running_url
    from sql.service.leases import Upkeep

    url = context.settings.database_url or running_url(context.settings.data_dir)
    if url is None:
        raise DatabaseError(
            f"No database is running in {context.settings.data_dir}. Start `dateline up`, or set DATELINE_DATABASE_URL"
        )

    async def ask(url: str) -> list[str]:
        async with open_pool(url) as pool:
            live = await Upkeep(pool).live_processes()
        here = socket.gethostname()
        return [p.process for p in live if role in ("any", p.role) and (anywhere or p.machine == here)]

    wait_for(url, timeout_s=0)
    found = asyncio.run(ask(url))
    if not found:
        where = "" if anywhere else " on this machine"
        raise DatabaseError(f"No {'process' if role == 'any' else role}{where} has reported within 15 s")
    click.echo("\n".join(found))
