"""`dateline metrics`: the Prometheus metrics."""

from __future__ import annotations

import asyncio

import click

from dateline.cli.context import Context, pass_context


@click.command()
@click.option("--serve", is_flag=True, help="Serve /healthz, /readyz and /metrics over HTTP until SIGTERM.")
@pass_context
def metrics(context: Context, serve: bool) -> None:
    """Print or serve the Prometheus metrics.

    `dateline up` serves them already; use --serve where scheduler and workers run without it.
    """
    from scheduler.monitoring.health_server import scrape, serve_health
    from scheduler.supervisor import run_with_signals
    from sql.database import open_pool

    settings = context.settings

    async def once(url: str) -> bytes:
        async with open_pool(url, application_name="dateline-metrics") as pool:
            return await scrape(pool, settings.data_dir)

    with context.database(migrated=settings.database_url is None) as url:
        if serve:
            asyncio.run(run_with_signals(lambda stop: serve_health(settings, url, stop)))
        else:
            click.echo(asyncio.run(once(url)), nl=False)
