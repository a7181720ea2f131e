"""`dateline analyst …`: database logins that can only read the archive."""

from __future__ import annotations

import click
import orjson

from dateline.cli.context import Context, pass_context


@click.group("analyst")
def analyst() -> None:
    """Manage database logins for analysts. They can only read the views of schema news."""


@analyst.command("add")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_context
def add_command(context: Context, name: str, as_json: bool) -> None:
    """Create a login and print its URL.

    The URL contains the password. It is shown only once and not stored."""
    from sql.analysts.logins import add_analyst
    from sql.database import connect

    with context.database() as url, connect(url, autocommit=True) as connection:
        made = add_analyst(connection, name, url, timeout_s=context.settings.analyst_timeout_s)
    click.echo(orjson.dumps({"name": name, "url": made.url, "notices": made.notices}) if as_json else made.url)
    for notice in made.notices:
        click.echo(notice, err=True)
    if not context.settings.database_url:
        click.echo(
            "Warning: the embedded server does not check passwords; it trusts every user who can open its socket. For real "
            "access control, or access from other machines, set DATELINE_DATABASE_URL to your own PostgreSQL server",
            err=True,
        )


@analyst.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@pass_context
def list_command(context: Context, as_json: bool) -> None:
    """List the logins and their open connections."""
    from sql.analysts.logins import list_analysts
    from sql.database import connect

    with context.database() as url, connect(url, autocommit=True) as connection:
        found = list_analysts(connection)
    for one in found:
        row = {"name": one.name, "connections": one.connections, "limit": one.limit}
        click.echo(orjson.dumps(row) if as_json else f"{one.name:40} {one.connections} of {one.limit} connections")
    if not found and not as_json:
        click.echo("No analyst logins. Create one with `dateline analyst add NAME`", err=True)


@analyst.command("remove")
@click.argument("name")
@pass_context
def remove_command(context: Context, name: str) -> None:
    """Delete a login and close its connections."""
    from sql.analysts.logins import remove_analyst
    from sql.database import connect

    with context.database() as url, connect(url, autocommit=True) as connection:
        remove_analyst(connection, name)
    click.echo(f"removed {name}")
