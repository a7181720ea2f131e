"""`dateline schedule`."""

from __future__ import annotations

import datetime as dt
import shutil
import sys
from typing import Any

import click
import orjson

from dateline.cli.context import Context, pass_context
from dateline.clock import utc_now

SHOWN = 50
"""Lines without --limit; JSON has all."""
PAGE_WIDTH = 48


@click.command()
@click.argument("sources", nargs=-1)
@click.option(
    "--limit", type=click.IntRange(0), help=f"Maximum number of pages; 0 for all.  [default: {SHOWN}; all with --json]"
)
@click.option("--wide", is_flag=True, help="Do not shorten lines to the width of the terminal.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
@pass_context
def schedule(context: Context, sources: tuple[str, ...], limit: int | None, wide: bool, as_json: bool) -> None:
    """Show when each watched page is visited next, and why. Soonest first.

    SOURCES are names of sources; without any, all are shown. Times are UTC.
    """
    from dateline.errors import UsageError
    from sql.service.schedule import count_pages, planned_pages

    most = (None if as_json else SHOWN) if limit is None else limit or None
    now = utc_now()
    with context.database() as url:
        pages = planned_pages(url, now, sources=sources, limit=most)
        total = count_pages(url, sources=sources)
    if sources and not total:
        raise UsageError(
            f"No watched pages of {', '.join(sources)}. `dateline sources list` shows the names of sources"
        )
    rows = [shown(page, now=now) for page in pages]
    if as_json:
        click.echo(orjson.dumps(rows))
        return
    width = None if wide or not sys.stdout.isatty() else shutil.get_terminal_size().columns
    for line in lines(rows, now, width=width):
        click.echo(line)
    if total > len(rows):
        click.echo(f"… {total - len(rows)} more: --limit 0 shows all", err=True)


def shown(page: Any, *, now: dt.datetime) -> dict[str, Any]:
    """A watched page as the command shows it."""
    from scheduler.cadence.schedule_reason import habits, why

    known = habits(page.rhythm, now)
    names = ("source", "url", "kind", "is_child", "schedule", "timezone", "is_paused", "next_due_at", "interval_s", "failures",
             "last_outcome", "last_visit_at", "last_new_at", "host_rests_until", "websub")  # fmt: skip
    return {name: getattr(page, name) for name in names} | {
        "items_a_day": round(known.items_a_day, 3) if known else None,
        "busiest_hours": list(known.busiest) if known and known.busiest else None,
        "why": why(page, known, now),
    }


def lines(rows: list[dict[str, Any]], now: dt.datetime, *, width: int | None) -> list[str]:
    """The rows as text under a heading, cut at a width."""
    if not rows:
        return ["No watched pages. Add a source with `dateline sources add URL`."]
    name = min(28, max(6, *(len(row["source"]) for row in rows)))
    page = min(PAGE_WIDTH, max(4, *(len(row["url"]) for row in rows)))
    made = [f"{'DUE':>9}  {'AT (UTC)':12}  {'SOURCE':{name}}  {'EVERY':>6}  {'PAGE':{page}}  WHY"]
    for row in rows:
        due = None if row["is_paused"] else row["next_due_at"]
        at = "-" if due is None else f"{due:%H:%M}" if due.date() == now.date() else f"{due:%d %b %H:%M}"
        left = "-" if due is None else in_words((due - now).total_seconds())
        every = span(row["interval_s"]) if row["interval_s"] else "-"
        url = row["url"] if width is None or len(row["url"]) <= page else row["url"][: page - 1] + "…"
        made.append(f"{left:>9}  {at:12}  {row['source']:{name}}  {every:>6}  {url:{page}}  {row['why']}")
    return [line if width is None or len(line) <= width else line[: width - 1] + "…" for line in made]


def in_words(seconds: float) -> str:
    """How long until then: now, in 5 min, 2 h late."""
    if -60 <= seconds < 30:
        return "now"
    return f"in {span(seconds)}" if seconds > 0 else f"{span(-seconds)} late"


def span(seconds: float) -> str:
    """A duration in one unit."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size * (2 if unit == "d" else 1):
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
