"""`dateline analyst …`: logins that may read the archive and nothing else."""

from __future__ import annotations

import click
import orjson

from dateline.cli.context import Context, pass_context


@click.group("analyst")
def analyst() -> None:
    """Make, list and remove logins that only read the views of schema news."""


@analyst.command("add")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@pass_context
def add_command(context: Context, name: str, as_json: bool) -> None:
    """Make a login and print its URL. The password is shown this once and kept nowhere."""
    from sql.analysts.logins import add_analyst
    from sql.database import connect

    with context.database() as url, connect(url, autocommit=True) as connection:
        made = add_analyst(connection, name, url, timeout_s=context.settings.analyst_timeout_s)
    click.echo(orjson.dumps({"name": name, "url": made.url, "notices": made.notices}) if as_json else made.url)
    for notice in made.notices:
        click.echo(notice, err=True)
    if not context.settings.database_url:
        click.echo(
            "the embedded server trusts everyone who may enter its socket's folder; for logins that bind, and from other "
            "machines, set DATELINE_DATABASE_URL to a server of your own",
            err=True,
        )


@analyst.command("list")
@click.option("--json", "as_json", is_flag=True, help="A JSON object a line.")
@pass_context
def list_command(context: Context, as_json: bool) -> None:
    """Show all logins with their open connections."""
    from sql.analysts.logins import list_analysts
    from sql.database import connect

    with context.database() as url, connect(url, autocommit=True) as connection:
        found = list_analysts(connection)
    for one in found:
        row = {"name": one.name, "connections": one.connections, "limit": one.limit}
        click.echo(orjson.dumps(row) if as_json else f"{one.name:40} {one.connections} of {one.limit} connections")
    if not found and not as_json:
        click.echo("no analysts; `dateline analyst add NAME` makes one", err=True)


@analyst.command("remove")
@click.argument("name")
@pass_context
def remove_command(context: Context, name: str) -> None:
    """Drop a login and end its connections."""
    from sql.analysts.logins import remove_analyst
    from sql.database import connect

    with context.database() as url, connect(url, autocommit=True) as connection:
        remove_analyst(connection, name)
    click.echo(f"removed {name}")
