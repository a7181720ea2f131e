"""`dateline explain URL`: what happened to a URL."""

from __future__ import annotations

import dataclasses
import sys

import click
import orjson

from dateline.cli.context import Context, pass_context
from dateline.clock import utc_now
from dateline.errors import UsageError


@click.command()
@click.argument("url")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_context
def explain(context: Context, url: str, as_json: bool) -> None:
    """Show what happened to a URL, and why.

    Shows where it was found, when it was fetched, and what was stored.
    """
    from dateline.explain import stamp, steps_of, with_scheme
    from dateline.log import without_credentials
    from sql.database import connect
    from sql.frontier.explain import facts_of_url

    given, url = url, with_scheme(url) or ""
    if not url:
        raise UsageError(
            f"{given!r} is not a URL: give an address such as https://example.org/news/story", subject=given
        )
    with context.database() as database, connect(database, autocommit=True) as connection:
        story = dataclasses.replace(facts_of_url(connection, url), url=without_credentials(url))
    if as_json:
        click.echo(orjson.dumps(dataclasses.asdict(story), default=str))
    else:
        click.echo(story.url)
        for step in steps_of(story, now=utc_now()):
            when = f"{stamp(step.at)}  " if step.at else f"{'':14} " if step.is_detail else ""
            click.echo(f"  {when}{step.text}")
    sys.exit(0 if story.is_known else 1)
