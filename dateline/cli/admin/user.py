"""`dateline user …`: the people who may log in to the console."""

from __future__ import annotations

import click
import orjson

from dateline.cli.context import Context, pass_context
from dateline.clock import utc_now
from dateline.errors import UsageError

ROLES = click.Choice(["reader", "operator"])
FROM_STDIN = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input instead of asking."
)


@click.group("user")
def user() -> None:
    """Manage the console's users, their roles and passwords.

    A reader sees all but users, tokens and mail addresses. An operator may also change sources, the queue and watches.
    """


def _password(*, from_stdin: bool) -> str:
    """The hash of the password that is asked for."""
    import sys

    from dateline.console.access.secrets import hash_of_password

    if from_stdin:
        return hash_of_password(sys.stdin.readline().rstrip("\r\n"))
    try:
        return hash_of_password(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    except click.Abort:
        if sys.stdin.isatty():
            raise
        raise UsageError("There is no terminal to ask for the password: send it with --password-stdin") from None


@user.command("add")
@click.argument("name")
@click.option("--role", type=ROLES, default="reader", show_default=True, help="What the user may do.")
@FROM_STDIN
@pass_context
def add_command(context: Context, name: str, role: str, password_stdin: bool) -> None:
    """Add a user, and ask for the password. Only a hash of it is stored."""
    from sql.database import connect
    from sql.service.access import add_user, checked_name

    hashed = _password(from_stdin=password_stdin) if checked_name(name) else ""
    with context.database() as url, connect(url) as connection:
        add_user(connection, name, role, hashed, now=utc_now())  # type: ignore[arg-type]
    click.echo(f"added {name} ({role})")


@user.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@pass_context
def list_command(context: Context, as_json: bool) -> None:
    """List the users."""
    from sql.database import connect
    from sql.service.access import list_users

    with context.database() as url, connect(url) as connection:
        found = list_users(connection)
    for one in found:
        row = {"name": one.name, "role": one.role, "created_at": one.created_at}
        said = f"{one.name:30} {one.role:9} added {one.created_at:%Y-%m-%d %H:%M}Z"
        click.echo(orjson.dumps(row, option=orjson.OPT_UTC_Z) if as_json else said)
    if not found and not as_json:
        click.echo("No users. Add one with `dateline user add NAME`", err=True)


@user.command("password")
@click.argument("name")
@FROM_STDIN
@pass_context
def password_command(context: Context, name: str, password_stdin: bool) -> None:
    """Change a user's password. The user's sessions end; tokens stay valid."""
    _change(context, "set_password", name, password_hash=_password(from_stdin=password_stdin))
    click.echo(f"changed the password of {name}")


@user.command("role")
@click.argument("name")
@click.argument("role", type=ROLES)
@pass_context
def role_command(context: Context, name: str, role: str) -> None:
    """Change what a user may do. A reader's tokens of scope operate can then only read."""
    _change(context, "set_role", name, role=role)
    click.echo(f"{name} is {'an operator' if role == 'operator' else 'a reader'} now")


@user.command("remove")
@click.argument("name")
@pass_context
def remove_command(context: Context, name: str) -> None:
    """Delete a user with all tokens; the user's sessions end."""
    _change(context, "remove_user", name)
    click.echo(f"removed {name}")


def _change(context: Context, what: str, name: str, **more: str) -> None:
    from sql.database import connect
    from sql.service.access import change_user

    with context.database() as url, connect(url) as connection:
        change_user(connection, what, name, **more)  # type: ignore[arg-type]
