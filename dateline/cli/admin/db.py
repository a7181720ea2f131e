"""`dateline db …` and `dateline psql`: access to the database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress

import click

from dateline.child_process import python_command
from dateline.cli.context import Context, pass_context


@click.group("db")
def db() -> None:
    """Migrate the database, show its state, print its URL."""


@db.command("migrate")
@pass_context
def migrate_command(context: Context) -> None:
    """Apply the pending migrations."""
    from sql.schema.migrate import migrate

    with context.database(migrated=False) as url:
        applied = migrate(url)
    for name in applied:
        click.echo(f"applied {name}")
    if not applied:
        click.echo("up to date: nothing to apply")


@db.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@pass_context
def status_command(context: Context, as_json: bool) -> int:
    """List the migrations and their state. Exits with 1 unless all are applied."""
    from sql.schema.migrate import MigrationStatus, character_type_notice, status

    def line(row: MigrationStatus) -> str:
        when = row.applied_at.isoformat(timespec="seconds") if row.applied_at else None
        if as_json:
            return json.dumps({"name": row.name, "state": row.state, "applied_at": when})
        return f"{row.state:<8}  {when or '-':<25}  {row.name}"

    with context.database(migrated=False) as url:
        rows, notice = status(url), character_type_notice(url)
    for row in rows:
        click.echo(line(row))
    if notice:
        click.echo(notice, err=True)
    return 0 if all(row.state == "applied" for row in rows) else 1


@db.command("url")
@click.option(
    "--minutes",
    type=click.FloatRange(0),
    default=15.0,
    show_default=True,
    help="Minutes that the embedded server keeps running.",
)
@pass_context
def url_command(context: Context, minutes: float) -> None:
    """Print the URL of the database. Starts the embedded server, which then keeps running for a while."""
    with context.database() as url:
        if not context.settings.database_url:
            _stay_up(context, minutes)
        click.echo(url)


def _stay_up(context: Context, minutes: float) -> None:
    """Start a process that keeps the embedded server running for this time."""
    command = python_command("sql.server.embedded", str(context.settings.data_dir), str(minutes * 60))
    holder = subprocess.Popen(  # noqa: S603 - this very program, no shell
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )
    assert holder.stdout is not None
    holder.stdout.readline()  # it is registered now
    click.echo(f"The server keeps running for {minutes:g} minutes, and while other Dateline commands use it", err=True)


@click.command("psql", context_settings={"ignore_unknown_options": True})
@click.option("--write", "may_write", is_flag=True, help="Allow changes.  [default: a login that can only read]")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@pass_context
def psql(context: Context, may_write: bool, arguments: tuple[str, ...]) -> int:
    """Open psql on the database, read-only. The search path contains the views of schema news. ARGUMENTS go to psql."""
    from psycopg.conninfo import make_conninfo

    from sql.analysts.console_login import reader_login
    from sql.database import session_options, url_parts
    from sql.server.placement import wheel_bin_dir

    session = {"search_path": "news,public", "default_transaction_read_only": None if may_write else "on"}
    with context.database() as url, suppress(KeyboardInterrupt):
        reader = None if may_write else reader_login(url, context.settings.data_dir)
        parts = reader or url_parts(url)
        options = f"{os.environ.get('PGOPTIONS', '')} {session_options(url, session)}".strip()
        secret = {"PGPASSWORD": str(password)} if (password := parts.pop("password", None)) else {}
        command = [str(wheel_bin_dir() / "psql"), make_conninfo("", **(parts | {"options": options})), *arguments]
        if not may_write and (sys.stdin.isatty() or not reader):
            by = "" if reader else ", unless a statement changes that: Dateline has no login here that can only read"
            click.echo(f"This session is read-only{by}. To change data: dateline psql --write", err=True)
        return subprocess.run(command, check=False, env=os.environ | secret).returncode  # noqa: S603
    return 130
