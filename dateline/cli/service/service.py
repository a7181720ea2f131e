"""`dateline up`, `worker`, `scheduler`, `healthcheck`, `metrics`, `status`."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import asdict
from typing import Any

import click
import orjson

from dateline.cli.context import Context, pass_context
from dateline.clock import utc_now
from dateline.errors import DatabaseError

LEAST_SHOWN = 5
ALARMS_SHOWN = 20


@click.command()
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Worker processes.")
@pass_context
def up(context: Context, workers: int) -> None:
    """Run everything in the foreground: database, scheduler, workers, console, health. SIGTERM ends it within 20 s."""
    from scheduler.supervisor import run_up

    with context.kept_database() as (url, server):
        run_up(context.settings, url, workers=workers, server=server)


@click.command()
@click.option(
    "--queues",
    metavar="NAME[,NAME…]",
    default="visits",
    show_default=True,
    help="What to work on: visits (what the sources have due), crawls (one-off crawls that run anywhere on this database, "
    "beside their own process), or both.",
)
@pass_context
def worker(context: Context, queues: str) -> None:
    """Run one worker: it fetches, extracts and stores what the scheduler finds due.

    Any number may run, on any number of machines, with one DATELINE_DATABASE_URL: never two of them ask one host at once.
    One-off crawls are taken first. Each machine has a data folder of its own, with its part of the archive.
    """
    from scheduler.jobs import read_queues
    from scheduler.processes.parser_pool import make_parser_pool

    named = read_queues(queues)
    # the parsers load in a process of their own while this one loads the rest: a worker is there a second sooner
    parser_pool = make_parser_pool(context.settings)
    parser_pool.begin()
    from scheduler.worker import run_until_signal, run_worker

    with context.database(migrated=context.settings.database_url is None) as url:
        run_until_signal(lambda stop: run_worker(context.settings, url, stop, queues=named, parser_pool=parser_pool))


@click.command()
@pass_context
def scheduler(context: Context) -> None:
    """Run one scheduler. Several may run; exactly one fires."""
    from scheduler.leader import run_scheduler
    from scheduler.supervisor import run_with_signals

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
    from sql.server.embedded import running_url
    from sql.service.leases import Upkeep

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


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@pass_context
def status(context: Context, as_json: bool) -> None:
    """Show what runs, which alarms stand, how well the last day was covered, and what became of every URL."""
    from sql.database import open_pool
    from sql.service.alarms import Alarms
    from sql.service.coverage import Coverage
    from sql.service.leases import Upkeep

    now = utc_now()

    async def ask(url: str) -> dict[str, Any]:
        async with open_pool(url) as pool:
            upkeep, coverage = Upkeep(pool), Coverage(pool)
            alarms = await Alarms(pool).standing()
            day, least = await coverage.last_day(now), await coverage.least_covered(now, limit=LEAST_SHOWN)
            figures, ledger = await upkeep.figures(), await upkeep.ledger_counts()
            live = await upkeep.live_processes()
        return {
            "processes": [{"process": p.process, "role": p.role, "machine": p.machine} for p in live],
            "figures": {name: getattr(figures, name) for name in figures.__slots__},
            "alarms": [asdict(one) for one in alarms],
            "coverage": asdict(day)
            | {"share": day.covered / day.hours if day.hours else None, "least": [asdict(one) for one in least]},
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
    for line in [*alarm_lines(found["alarms"], now), *coverage_lines(found["coverage"])]:
        click.echo(line)
    for count in found["ledger"]:
        click.echo(f"ledger {count['state']:10} {count['reason']:24} {count['urls']:8}")


def alarm_lines(alarms: list[dict[str, Any]], now: dt.datetime) -> list[str]:
    """The alarms that stand, the worst first."""
    lines = [f"alarms             {len(alarms) or 'none'}"]
    for one in alarms[:ALARMS_SHOWN]:
        hours = (now - one["since"]).total_seconds() / 3600
        age = f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} d"
        lines.append(
            f"  {one['severity']:8} {one['kind'].replace('_', ' '):14} {one['source']:24} {age:>5}  {one['sentence']}"
        )
    if len(alarms) > ALARMS_SHOWN:
        lines.append(f"  … {len(alarms) - ALARMS_SHOWN} more: `dateline status --json`, or the console's alarms")
    return lines


def coverage_lines(day: dict[str, Any]) -> list[str]:
    """How well the last day was covered, in a few lines."""
    if not day["hours"]:
        return ["coverage 24 h      no hour is counted yet"]
    missed = ", ".join(f"{day[name]} h {name}" for name in ("down", "overdue", "failed") if day[name])
    lines = [
        f"coverage 24 h      {100 * day['share']:.1f} % of {day['hours']} source hours"
        + (f"; not: {missed}" if missed else "")
    ]
    lines += [
        f"  {one['source']:32} {one['covered']} of {one['hours']} h, else mostly {one['mostly']}"
        for one in day["least"]
    ]
    return lines
