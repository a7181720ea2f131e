"""`dateline quarantine`: what is held because it broke what reads it, and its release."""

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
@click.option("--json", "as_json", is_flag=True, help="A JSON object a line.")
@click.pass_context
def quarantine(ctx: click.Context, as_json: bool) -> None:
    """Pages and feeds that are held: reading them failed three times, or the database refused them.

    Nobody tries a page again before it is released, by hand or by a newer version of what reads it; a feed is looked
    at once a week. Without a subcommand, lists them.
    """
    if ctx.invoked_subcommand is None:
        _list(ctx.obj, as_json=as_json)


@quarantine.command("list")
@click.option("--json", "as_json", is_flag=True, help="A JSON object a line.")
@pass_context
def list_(context: Context, as_json: bool) -> None:
    """List what is held, the latest first."""
    _list(context, as_json=as_json)


@quarantine.command("release")
@click.argument("urls", nargs=-1, metavar="[URL…]")
@click.option("--all", "is_all", is_flag=True, help="Everything that is held.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@pass_context
def release_command(context: Context, urls: tuple[str, ...], is_all: bool, as_json: bool) -> None:
    """Let pages and feeds be tried again, now. Exits with 1 when none of the URLs is in quarantine."""
    from sql.database import connect
    from sql.frontier.quarantine import release

    if bool(urls) == is_all:
        raise UsageError("name the URLs to release, or say --all")
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
    what = f"{one.kind}  {one.reason:<13}  {one.failures}x  {one.last_at:%Y-%m-%d %H:%M}{again}"
    return f"{what}  {one.url}{source}\n      {one.error}"
