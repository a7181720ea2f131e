"""`dateline stories`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click
import orjson

from dateline.cli.context import Context, pass_context
from dateline.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sql.articles.stories import TellerRow


@click.command()
@click.option(
    "--since",
    metavar="WHEN",
    default="3d",
    show_default=True,
    help="Stories with an article since: a date, or 2d, 12h.",
)
@click.option("--limit", type=click.IntRange(1, 100_000), default=20, show_default=True, help="Stories at most.")
@click.option(
    "--outlets", type=click.IntRange(1), default=2, show_default=True, help="Told by so many outlets at least."
)
@click.option("--id", "story_id", type=int, help="One story: its outlets in the order in which they told it.")
@click.option("--json", "as_json", is_flag=True, help="A JSON line a story (with --id: an outlet).")
@pass_context
def stories(context: Context, since: str, limit: int, outlets: int, story_id: int | None, as_json: bool) -> None:
    """List the stories that most outlets tell, or who was first with one of them.

    Articles that wait to be placed are placed first. A merged story's number leads to the story that it is part of.
    """
    from dateline.cli.service.crawl import parse_since
    from dateline.errors import UsageError
    from sql.articles.stories import first_tellers, recent_stories
    from sql.database import connect

    now = utc_now()
    cut = parse_since(since, now=now)
    with context.database() as url:
        asyncio.run(_place(url))
        with connect(url, autocommit=True) as connection:
            if story_id is not None:
                tellers = first_tellers(connection, story_id)
                if not tellers:
                    raise UsageError(f"there is no story {story_id}", subject=str(story_id))
                _print_tellers(tellers, as_json=as_json)
                return
            rows = recent_stories(connection, since=cut, outlets=outlets, limit=limit)
    for row in rows:
        if as_json:
            click.echo(orjson.dumps(row, option=orjson.OPT_UTC_Z))
            continue
        counts = f"{row.articles} articles (+{row.articles_with_copies - row.articles} copies), {row.outlets} outlets"
        click.echo(
            f"{row.story_id:>8}  {row.last_published_at:%Y-%m-%d %H:%M}  {counts}\n{'':10}{row.headline or '(no headline)'}"
        )
    if not rows and not as_json:
        click.echo("no such story; see --since and --outlets", err=True)


def _print_tellers(rows: Sequence[TellerRow], *, as_json: bool) -> None:
    for row in rows:
        if as_json:
            click.echo(orjson.dumps(row, option=orjson.OPT_UTC_Z, default=float))
            continue
        what = f"copy of {row.copy_of}" if row.is_copy else row.url
        click.echo(
            f"{row.place:>3}  +{row.minutes_after_first:>8} min  {row.site:28}  {row.title or '(no headline)'}\n{'':20}{what}"
        )


async def _place(url: str) -> None:
    from pipelines.stories.assignment import WHOLE_BATCH, place_waiting
    from sql.database import open_pool

    async with open_pool(url, min_size=1, max_size=1) as pool:
        await place_waiting(pool, now=utc_now, batch=WHOLE_BATCH, waits=True)
