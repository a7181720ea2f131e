"""`dateline token …`: what programs send to read or operate the archive over HTTP."""

from __future__ import annotations

import datetime as dt

import click
import orjson

from dateline.cli.context import Context, pass_context
from dateline.cli.since import parse_ahead
from dateline.clock import utc_now


@click.group("token")
def token() -> None:
    """Manage the tokens with which programs use the console.

    They are for the console's data and /api/v1. A program sends one in the header: Authorization: Bearer TOKEN
    """


@token.command("add")
@click.argument("name")
@click.option("--scope", type=click.Choice(["read", "sql", "operate"]), default="read", show_default=True,
              help="read: read everything. sql: also run read-only SQL. operate: also add sources, ask for fetches, pause"
                   " and resume.")  # fmt: skip
@click.option(
    "--expires", metavar="WHEN", default="90d", show_default=True, help="An age such as 90d, a date, or never."
)
@click.option("--user", "owner", metavar="USER", help="The user it belongs to; it is removed with that user.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_context
def add_command(context: Context, name: str, scope: str, expires: str, owner: str | None, as_json: bool) -> None:
    """Make a token and print it. It is shown only once: only a hash is stored."""
    from dateline.console.access.secrets import hash_of_token, new_token
    from sql.database import connect
    from sql.service.access import add_token

    now = utc_now()
    expires_at, made = parse_ahead(expires, now=now), new_token()
    with context.database() as url, connect(url) as connection:
        add_token(
            connection, name, scope, hash_of_token(made), owner=owner, expires_at=expires_at, now=now,  # type: ignore[arg-type]
        )  # fmt: skip
    if as_json:
        row = {"name": name, "scope": scope, "user": owner, "expires_at": expires_at, "token": made}
        click.echo(orjson.dumps(row, option=orjson.OPT_UTC_Z))
        return
    click.echo(made)
    until = f"valid until {expires_at:%Y-%m-%d %H:%M}Z" if expires_at else "valid until it is revoked"
    click.echo(f"{name}: scope {scope}, {until}. It is shown only now; keep it like a password", err=True)


@token.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@pass_context
def list_command(context: Context, as_json: bool) -> None:
    """List tokens with their scope, state, and last use. The last use is exact to ten minutes."""
    from sql.database import connect
    from sql.service.access import list_tokens

    now = utc_now()
    with context.database() as url, connect(url) as connection:
        found = list_tokens(connection)
    for one in found:
        row: dict[str, object] = {"name": one.name, "user": one.owner, "scope": one.scope, "state": one.state(now)}
        row |= {"created_at": one.created_at, "expires_at": one.expires_at}
        row |= {"last_used_at": one.last_used_at, "revoked_at": one.revoked_at}
        said = f"{one.name:30} {one.scope:8} {one.state(now):8} {_day(one.expires_at, 'never expires', 'expires'):22}"
        said += f" {_day(one.last_used_at, 'never used', 'used')}{f'  of {one.owner}' if one.owner else ''}"
        click.echo(orjson.dumps(row, option=orjson.OPT_UTC_Z) if as_json else said)
    if not found and not as_json:
        click.echo("No tokens. Make one with `dateline token add NAME`", err=True)


def _day(at: dt.datetime | None, never: str, what: str) -> str:
    return f"{what} {at:%Y-%m-%d}" if at else never


@token.command("revoke")
@click.argument("name")
@pass_context
def revoke_command(context: Context, name: str) -> None:
    """Refuse a token from now on."""
    from sql.database import connect
    from sql.service.access import revoke_token

    with context.database() as url, connect(url) as connection:
        revoke_token(connection, name, now=utc_now())
    click.echo(f"revoked {name}")
