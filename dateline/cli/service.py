"""`dateline up`, `worker`, `scheduler`, `healthcheck`, `metrics`, `status`."""

from __future__ import annotations

import asyncio
from typing import Any

import click
import orjson

from dateline.cli.context import Context, pass_context
from dateline.errors import DatabaseError


@click.command()
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Worker processes.")
@pass_context
def up(context: Context, workers: int) -> None:
    """Run everything in the foreground: database, scheduler, workers, console, health. SIGTERM ends it within 20 s."""
    from scheduler.up import run_up

    with context.kept_database() as (url, server):
        run_up(context.settings, url, workers=workers, server=server)


@click.command()
@pass_context
def worker(context: Context) -> None:
    """Run one worker: it fetches, extracts and stores what the scheduler finds due."""
    from scheduler.worker import run_until_signal, run_worker

    with context.database(migrated=context.settings.database_url is None) as url:
        run_until_signal(lambda stop: run_worker(context.settings, url, stop))


@click.command()
@pass_context
def scheduler(context: Context) -> None:
    """Run one scheduler. Several may run; exactly one fires."""
    from scheduler.service import run_scheduler
    from scheduler.up import run_with_signals

    with context.database(migrated=context.settings.database_url is None) as url:
        asyncio.run(run_with_signals(lambda stop: run_scheduler(context.settings, url, stop)))


@click.command()
@click.option(
    "--role",
    type=click.Choice(["any", "scheduler", "worker"]),
    default="any",
    show_default=True,
    help="Ask for this one.",
)
@click.option("--anywhere", is_flag=True, help="Take a process on any machine; by default on this one.")
@pass_context
def healthcheck(context: Context, role: str, anywhere: bool) -> None:
    """Exit with 0 when the database answers and a process of that role has been heard of within 15 s.

    Starts nothing: an embedded database that does not run is no service that is well.
    """
    import socket

    from sql.database import open_pool, wait_for
    from sql.embedded import running_url
    from sql.service import Upkeep

    url = context.settings.database_url or running_url(context.settings.data_dir)
    if url is None:
        raise DatabaseError(
            f"no database runs in {context.settings.data_dir}, and DATELINE_DATABASE_URL names no other"
        )

    async def ask(url: str) -> list[str]:
        async with open_pool(url) as pool:
            live = await Upkeep(pool).live_processes()
        here = socket.gethostname()
        return [p.process for p in live if role in ("any", p.role) and (anywhere or p.machine == here)]

    wait_for(url, timeout_s=0)
    found = asyncio.run(ask(url))
    if not found:
        raise DatabaseError(f"no {'process' if role == 'any' else role} has been heard of within 15 s")
    click.echo("\n".join(found))


@click.command()
@click.option(
    "--serve", is_flag=True, help="Serve /healthz, /readyz and /metrics until SIGTERM, as `dateline up` does."
)
@pass_context
def metrics(context: Context, serve: bool) -> None:
    """Print what /metrics says, or serve it, where scheduler and workers run apart from `dateline up`."""
    from scheduler.health import scrape, serve_health
    from scheduler.up import run_with_signals
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


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@pass_context
def status(context: Context, as_json: bool) -> None:
    """Show what runs, what is in the archive, and what became of every URL."""
    from sql.database import open_pool
    from sql.service import Upkeep

    async def ask(url: str) -> dict[str, Any]:
        async with open_pool(url) as pool:
            upkeep = Upkeep(pool)
            figures, ledger = await upkeep.figures(), await upkeep.ledger_counts()
            live = await upkeep.live_processes()
        return {
            "processes": [{"process": p.process, "role": p.role, "machine": p.machine} for p in live],
            "figures": {name: getattr(figures, name) for name in figures.__slots__},
            "ledger": [{"state": c.state, "reason": c.reason, "urls": c.urls} for c in ledger],
        }

    with context.database() as url:
        found = asyncio.run(ask(url))
    if as_json:
        click.echo(orjson.dumps(found))
        return
    click.echo("running: " + (", ".join(p["process"] for p in found["processes"]) or "nothing"))
    for name, value in found["figures"].items():
        click.echo(f"{name.replace('_', ' '):18} {value if value is not None else '-'}")
    for count in found["ledger"]:
        click.echo(f"ledger {count['state']:10} {count['reason']:24} {count['urls']:8}")
