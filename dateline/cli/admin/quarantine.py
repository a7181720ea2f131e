"""`dateline quarantine`: pages and feeds that cannot be processed, and their release."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import click
import orjson

from dateline.cli.context import Context, pass_context
from dateline.clock import utc_now
from dateline.errors import UsageError

if TYPE_CHECKING:
    from sql.frontier.quarantine import Held


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@click.pass_context
def quarantine(ctx: click.Context, as_json: bool) -> None:
    """List and release pages and feeds in quarantine.

    A page or feed goes into quarantine when processing it failed three times, or the database rejected it. A page is not
    tried again until you release it, or a newer version of the extractor is installed; a feed is tried once a week.
    Without a subcommand, lists them.
    """
    if ctx.invoked_subcommand is None:
        _list(ctx.obj, as_json=as_json)


@quarantine.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@pass_context
def list_(context: Context, as_json: bool) -> None:
    """List the pages and feeds in quarantine, latest first."""
    _list(context, as_json=as_json)


@quarantine.command("release")
@click.argument("urls", nargs=-1, metavar="[URL…]")
@click.option("--all", "is_all", is_flag=True, help="Release all.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_context
def release_command(context: Context, urls: tuple[str, ...], is_all: bool, as_json: bool) -> None:
    """Release pages and feeds: they are tried again now. Exits with 1 if none of the URLs is in quarantine."""
    from sql.database import connect
    from sql.frontier.quarantine import release

    if bool(urls) == is_all:
        raise UsageError("Give the URLs to release, or --all")
    with context.database() as database, connect(database) as connection:
        count = release(connection, None if is_all else urls, now=utc_now())
    click.echo(orjson.dumps({"released": count}).decode() if as_json else f"released {count}")
    if not count and not is_all:
        click.get_current_context().exit(1)


def _list(context: Context, *, as_json: bool) -> None:
    from sql.database import connect
    from sql.frontier.quarantine import held

    with context.database() as database, connect(database, autocommit=True) as connection:
        found = held(connection)
    if as_json:
        for one in found:
            click.echo(orjson.dumps(dataclasses.asdict(one)).decode())
        return
    click.echo("\n".join(map(_line, found)) or "nothing is in quarantine")


def _line(one: Held) -> str:
    again = f", again {one.next_attempt_at:%Y-%m-%d}" if one.next_attempt_at else ""
    source = f" ({one.source})" if one.source else ""
    what = f"{one.kind}  {one.reason:<13}  {one.failures}x  {one.last_at:%Y-%m-%d %H:%M}Z{again}"
    return f"{what}  {one.url}{source}\n      {one.error}"
