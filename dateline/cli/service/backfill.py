"""`dateline backfill SOURCE`: fills in a source's history, now and by the running service."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from dateline.cli.context import Context, pass_context
from dateline.cli.progress import counter
from dateline.cli.since import parse_since
from dateline.clock import utc_now
from dateline.errors import UsageError
from dateline.text import quantity

if TYPE_CHECKING:
    from sql.frontier.backfill_rows import BackfillStatus


@click.command()
@click.argument("source", required=False, metavar="[SOURCE]")
@click.option("--since", metavar="WHEN", help="Skip articles published earlier: a date, or an age such as 365d.")
@click.option("--until", metavar="WHEN", help="Skip articles published later.  [default: the last visit, or now]")
@click.option("--budget", type=click.IntRange(1), metavar="N", help="Requests per day (UTC) at most.  [default: 2000]")
@click.option(
    "--warc",
    "files",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    metavar="PATH",
    help="Read the source's pages in this WARC, ARC or WACZ file, or in those of a folder, first; may be repeated.",
)
@click.option("--wayback", is_flag=True, help="Also read the Internet Archive's index of the site's addresses.")
@click.option("--list", "--status", "is_list", is_flag=True, help="Show all backfills, or SOURCE's, and do nothing.")
@click.option("--stop", "stopped", metavar="SOURCE", help="Stop the backfill of a source; what it brought stays.")
@click.option("--json", "as_json", is_flag=True, help="Print the state as JSON.")
@pass_context
def backfill(
    context: Context,
    source: str | None,
    since: str | None,
    until: str | None,
    budget: int | None,
    files: tuple[Path, ...],
    wayback: bool,
    is_list: bool,
    stopped: str | None,
    as_json: bool,
) -> None:
    """Fetch what a source published between two dates.

    Reads WordPress' REST interface, archived feeds, sitemaps and numbered section pages, newest first, and stores the articles
    that are not in the archive. Works until it is done or the day's budget is spent; the running service goes on with it
    whenever nothing else is due at the host. Called again, it goes on where it was. The articles are marked as backfilled:
    watches do not report them, and coverage and freshness do not count them as found by a visit.

    Exits with 0 when it is done, 1 if no list of past articles could be read or, with --wayback, not the Internet Archive's
    index; 2 for wrong usage, 3 if more is to be done.
    """
    if is_list or stopped is not None:
        if stopped is not None and (source or is_list):
            raise UsageError("Give --stop SOURCE alone")
        _stop(context, stopped) if stopped is not None else _list(context, source, as_json=as_json)
        return
    if source is None:
        raise UsageError("Give the name of a SOURCE, or --list. `dateline sources list` shows the names")
    from scheduler.commands.backfill import Wanted, to_json
    from scheduler.commands.backfill_files import files_of

    now = utc_now()
    begin = parse_since(since, now=now) if since else None
    end = _end(until, now) if until else None
    with context.database() as url:
        found = _run(context, url, Wanted(source, begin, end, budget, wayback, files_of(files)))
    if as_json:
        click.echo(orjson.dumps(to_json(found)))
    else:
        click.echo("\n".join(lines_of(found, now=utc_now())), err=True)
    sys.exit(exit_code(found))


def _end(text: str, now: dt.datetime) -> dt.datetime:
    """The instant that --until means: a date stands for the whole day."""
    try:
        at = parse_since(text, now=now)
    except UsageError as error:
        raise UsageError(str(error).replace("--since", "--until"), subject=text) from error
    return at + dt.timedelta(days=1, microseconds=-1) if len(text) == len("2026-05-04") else at


def exit_code(found: BackfillStatus) -> int:
    """0 done, 1 nothing could be read, or not the index of captures that was asked for; 3 more is to be done."""
    if found.state != "done":
        return 3
    if any(way["way"] == "wayback" and way["note"] and not way["lists"] for way in found.ways):
        return 1
    return 0 if found.counts or not any(way["note"] for way in found.ways) else 1


def _run(context: Context, url: str, wanted: Any) -> BackfillStatus:
    from crawler.fetch.event_loop import run
    from scheduler.commands.backfill import run_backfill
    from scheduler.processes.signals import stop_on_signals

    found: list[BackfillStatus] = []
    with counter("articles") as advance:
        shown = 0

        def show(status: BackfillStatus) -> None:
            nonlocal shown
            done = sum(status.counts.values()) - status.counts.get("waiting", 0)
            advance(done - shown, description=progress_line(status))
            shown = done

        async def main() -> None:
            stop = asyncio.Event()
            stop_on_signals(stop)
            found.append(await run_backfill(context.settings, url, wanted, stop=stop, show=show))

        run(main)
    return found[0]


def progress_line(status: BackfillStatus) -> str:
    """How far it is, and how long it may take."""
    from scheduler.commands.backfill import estimate

    so_far = estimate(status)
    back = f", back to {status.reached_at:%Y-%m-%d}" if status.reached_at else ""
    if so_far.requests is None:
        return f"{status.requests} requests{back}"
    days = so_far.requests / status.budget
    left = (
        f"about {days:.0f} days at {status.budget} requests per day"
        if days >= 1
        else f"about {so_far.requests} requests"
    )
    return f"about {so_far.share:.0%}{back}; {left} to go"


def _stop(context: Context, name: str) -> None:
    async def ask(url: str) -> bool:
        from sql.database import open_pool
        from sql.frontier.backfills import Backfills

        async with open_pool(url) as pool:
            return await Backfills(pool).stop(name, now=utc_now())

    with context.database() as url:
        if not asyncio.run(ask(url)):
            raise UsageError(f"No backfill of {name!r} is running: see `dateline backfill --list`", subject=name)
    click.echo(f"stopped; `dateline backfill {name}` goes on with it")


def _list(context: Context, source: str | None, *, as_json: bool) -> None:
    from scheduler.commands.backfill import to_json

    async def ask(url: str) -> list[BackfillStatus]:
        from sql.database import open_pool
        from sql.frontier.backfills import Backfills

        async with open_pool(url) as pool:
            backfills = Backfills(pool)
            if source is not None and await backfills.source(source) is None:
                raise UsageError(f"Unknown source {source!r}. `dateline sources list` shows the names", subject=source)
            return await backfills.status(now=utc_now(), name=source)

    with context.database() as url:
        found = asyncio.run(ask(url))
    if as_json:
        click.echo(orjson.dumps([to_json(one) for one in found]))
        return
    for one in found:
        click.echo("\n".join(lines_of(one, now=utc_now())))
    if not found:
        click.echo("no backfills; start one with `dateline backfill SOURCE --since 2020-01-01`")


def lines_of(one: BackfillStatus, *, now: dt.datetime) -> list[str]:
    """A backfill in a few lines."""
    from crawler.history.lists import NAMES

    counts = {
        name: one.counts.get(name, 0) for name in ("stored", "known", "outside", "not_stored", "failed", "waiting")
    }
    lines = [
        f"{one.source}: {one.since:%Y-%m-%d} to {one.until:%Y-%m-%d}, {_state(one, now)}",
        f"  stored {counts['stored']}, already known {counts['known']}, outside the dates {counts['outside']}, "
        f"not stored {counts['not_stored']}, failed {counts['failed']}, waiting {counts['waiting']}",
        f"  {quantity(one.requests, 'request')}, {one.requests_today} of {one.budget} today",
    ]
    for way in one.ways:
        words = f"  {NAMES[way['way']]}: {quantity(way['lists'], 'list')}, {quantity(way['named'], 'address')}"
        lines.append(words + "".join(f"; {way[key]}" for key in ("ended", "note") if way[key]))
    return lines


def _state(one: BackfillStatus, now: dt.datetime) -> str:
    if one.state != "running":
        return one.state
    if one.is_paused:
        return "waiting: the source is paused or removed"
    if one.wait_until is not None and one.wait_until > now:
        why = {"budget": "today's budget is spent", "daily_limit": "half of max_pages_a_day is used"}
        reason = why.get(one.waits_for or "", (one.waits_for or "").replace("_", " "))
        return f"waiting until {one.wait_until:%Y-%m-%d %H:%M} UTC: {reason}"
    return f"{'running' if one.is_held else 'not done; the service goes on with it'}: {progress_line(one)}"
