"""`dateline status`: the service at a glance."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import asdict
from typing import Any

import click
import orjson

from dateline.cli.context import Context, pass_context
from dateline.cli.sources.tables import instant
from dateline.clock import utc_now

LEAST_SHOWN = 5
ALARMS_SHOWN = 20


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_context
def status(context: Context, as_json: bool) -> None:
    """Show the state of the service.

    Prints running processes, counts, why this machine's disk pauses fetching if it does, active alarms, the coverage of
    the last 24 hours, and the number of URLs by state.
    """
    from scheduler.monitoring.disk import why_paused
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
        found = asyncio.run(ask(url)) | {"fetching_paused": why_paused(context.settings)}
    if as_json:
        click.echo(orjson.dumps(found))
        return
    click.echo("running: " + (", ".join(p["process"] for p in found["processes"]) or "nothing"))
    for name, value in found["figures"].items():
        shown = instant(value) if isinstance(value, dt.datetime | None) else value
        click.echo(f"{name.replace('_', ' '):18} {shown}")
    if found["fetching_paused"]:
        click.echo(f"fetching paused    {found['fetching_paused']}")
    for line in [*alarm_lines(found["alarms"], now), *coverage_lines(found["coverage"])]:
        click.echo(line)
    for count in found["ledger"]:
        click.echo(f"ledger {count['state']:10} {count['reason']:24} {count['urls']:8}")


def alarm_lines(alarms: list[dict[str, Any]], now: dt.datetime) -> list[str]:
    """The active alarms as lines of text, most severe first."""
    lines = [f"alarms             {len(alarms) or 'none'}"]
    for one in alarms[:ALARMS_SHOWN]:
        hours = (now - one["since"]).total_seconds() / 3600
        age = f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} d"
        lines.append(
            f"  {one['severity']:8} {one['kind'].replace('_', ' '):14} {one['source']:24} {age:>5}  {one['sentence']}"
        )
    if len(alarms) > ALARMS_SHOWN:
        lines.append(
            f"  … {len(alarms) - ALARMS_SHOWN} more: `dateline status --json`, or the alarms page of the console"
        )
    return lines


def coverage_lines(day: dict[str, Any]) -> list[str]:
    """The coverage of the last 24 hours as lines of text."""
    if not day["hours"]:
        return ["coverage 24 h      no data yet"]
    states = ("down", "no_archive", "overdue", "failed")
    missed = ", ".join(f"{day[name]} h {name.replace('_', ' ')}" for name in states if day[name])
    lines = [
        f"coverage 24 h      {100 * day['share']:.1f} % of {day['hours']} source hours"
        + (f"; missed: {missed}" if missed else "")
    ]
    lines += [
        f"  {one['source']:32} {one['covered']} of {one['hours']} h covered, mostly {one['mostly']} otherwise"
        for one in day["least"]
    ]
    return lines
