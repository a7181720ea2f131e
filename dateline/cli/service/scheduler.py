"""`dateline scheduler`: one scheduler process."""

from __future__ import annotations

import asyncio

import click

from dateline.cli.context import Context, pass_context


@click.command()
@pass_context
def scheduler(context: Context) -> None:
    """Run one scheduler. It queues the visits that are due.

    Several may run for failover: one of them is the leader, the others wait.
    """
    from scheduler.leader import run_scheduler
    from scheduler.supervisor import run_with_signals

    with context.database(migrated=context.settings.database_url is None) as url:
        asyncio.run(run_with_signals(lambda stop: run_scheduler(context.settings, url, stop)))
