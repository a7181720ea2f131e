"""`dateline schedule`."""

from __future__ import annotations

import datetime as dt
from typing import Any

import click
import orjson

from dateline.cli.context import Context, pass_context


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON array.")
@pass_context
def schedule(context: Context, as_json: bool) -> None:
    """Show when each watched page is visited next and why: its schedule, learned rate, interval and failures."""
    from sql.frontier import planned_pages

    with context.database() as url:
        rows = [shown(page, now=dt.datetime.now(dt.UTC)) for page in planned_pages(url)]
    if as_json:
        click.echo(orjson.dumps(rows))
        return
    for row in rows:
        due = row["next_due_at"].strftime("%Y-%m-%d %H:%M") if row["next_due_at"] else "never"
        rate = "-" if row["items_a_day"] is None else f"{row['items_a_day']:.1f}/day"
        click.echo(f"{due:17} {row['source']:24} {rate:>10}  {row['why']:40} {row['url']}")


def shown(page: dict[str, Any], *, now: dt.datetime) -> dict[str, Any]:
    """A watched page as the command shows it."""
    from scheduler.rhythm import Rhythm, level

    rhythm = Rhythm.from_numbers(page.pop("rhythm") or [])
    return page | {"items_a_day": rhythm and round(level(rhythm, now.timestamp()), 3), "why": why(page)}


def why(page: dict[str, Any]) -> str:
    """Why a page is visited then, in a few words."""
    if page["is_paused"]:
        return "paused"
    if page["failures"]:
        return f"failed last ({page['last_outcome']}), waits longer"
    if page["schedule"] != "adaptive":
        return f"schedule {page['schedule']}"
    pushed = ", pushed by its hub" if page["websub"] == "active" else ""
    return f"learned rhythm{pushed}" if page["interval_s"] else "not visited yet"
