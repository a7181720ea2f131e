"""`dateline stories`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click
import orjson

from dateline.cli.context import Context, pass_context
from dateline.cli.since import parse_since
from dateline.clock import utc_now
from dateline.instants.spans import shown
from dateline.text import quantity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sql.articles.stories import OutletRow


@click.command()
@click.option(
    "--since",
    metavar="WHEN",
    default="3d",
    show_default=True,
    help="Only stories with an article since then: a date, or an age such as 2d or 12h.",
)
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=20, show_default=True, help="Maximum number of stories."
)
@click.option("--outlets", type=click.IntRange(1), default=2, show_default=True, help="Minimum number of outlets.")
@click.option("--id", "story_id", type=int, help="Show one story: its outlets in order of publication.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line per story (with --id: per outlet).")
@pass_context
def stories(context: Context, since: str, limit: int, outlets: int, story_id: int | None, as_json: bool) -> None:
    """List the stories that most outlets cover.

    With --id, shows which outlet published that story first. Assigns waiting articles to stories first. The id of a merged
    story leads to the story that it became part of.
    """
    from dateline.errors import UsageError
    from sql.articles.stories import first_tellers, recent_stories
    from sql.database import connect

    now = utc_now()
    cut = parse_since(since, now=now)
    with context.database() as url:
        asyncio.run(_assign_waiting(url))
        with connect(url, autocommit=True) as connection:
            if story_id is not None:
                outlets_in_order = first_tellers(connection, story_id)
                if not outlets_in_order:
                    raise UsageError(
                        f"No story has the id {story_id}. `dateline stories` lists them with their ids",
                        subject=str(story_id),
                    )
                _print_outlets(outlets_in_order, as_json=as_json)
                return
            rows = recent_stories(connection, since=cut, outlets=outlets, limit=limit)
    for row in rows:
        if as_json:
            click.echo(orjson.dumps(row, option=orjson.OPT_UTC_Z))
            continue
        copies = row.articles_with_copies - row.articles
        counts = f"{quantity(row.articles, 'article')} (+{quantity(copies, 'copy')}), {quantity(row.outlets, 'outlet')}"
        click.echo(
            f"{row.story_id:>8}  {row.last_published_at:%Y-%m-%d %H:%M}Z  {counts}\n{'':10}{row.headline or '(no headline)'}"
        )
    if not rows and not as_json:
        click.echo("no stories found; try an earlier --since or fewer --outlets", err=True)


def _print_outlets(rows: Sequence[OutletRow], *, as_json: bool) -> None:
    for row in rows:
        if as_json:
            click.echo(orjson.dumps(row, option=orjson.OPT_UTC_Z))
            continue
        what = f"copy of {row.copy_of}" if row.is_copy else row.url
        place = f"{row.place}{' ' if row.is_certain else '?'}"
        when = f"+{row.minutes_after_first:>8} min" if row.minutes_after_first is not None else _when(row)
        click.echo(f"{place:>4} {when:>20}  {row.site:28}  {row.title or '(no headline)'}\n{'':27}{what}")
    if not as_json and not all(row.is_certain for row in rows):
        click.echo("?: which outlet of this place was first is not known", err=True)


def _when(row: OutletRow) -> str:
    if row.published_precision == "seen":
        return f"by {shown(row.published_at, 'minute')}"
    return shown(row.published_at, row.published_precision)


async def _assign_waiting(url: str) -> None:
    from pipelines.stories.assignment import WHOLE_BATCH, assign_waiting
    from sql.database import open_pool

    async with open_pool(url, min_size=1, max_size=1) as pool:
        await assign_waiting(pool, now=utc_now, batch=WHOLE_BATCH, waits=True)
