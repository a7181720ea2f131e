"""`dateline db …`, and `dateline psql`: the database itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress

import click

from dateline.cli.context import Context, pass_context


@click.group("db")
def db() -> None:
    """Migrate the database, see its state, get its URL."""


@db.command("migrate")
@pass_context
def migrate_command(context: Context) -> None:
    """Run the migrations that are missing."""
    from sql.schema.migrate import migrate

    with context.database(migrated=False) as url:
        applied = migrate(url)
    for name in applied:
        click.echo(f"applied {name}")
    if not applied:
        click.echo("nothing to do: the database is up to date")


@db.command("status")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@pass_context
def status_command(context: Context, as_json: bool) -> int:
    """Show every migration and its state; exit code 1 unless all are applied."""
    from sql.schema.migrate import MigrationStatus, status

    def line(row: MigrationStatus) -> str:
        when = row.applied_at.isoformat(timespec="seconds") if row.applied_at else None
        if as_json:
            return json.dumps({"name": row.name, "state": row.state, "applied_at": when})
        return f"{row.state:<8}  {when or '-':<25}  {row.name}"

    with context.database(migrated=False) as url:
        rows = status(url)
    for row in rows:
        click.echo(line(row))
    return 0 if all(row.state == "applied" for row in rows) else 1


@db.command("url")
@click.option("--minutes", default=15.0, show_default=True, help="How long the embedded server stays up for you.")
@pass_context
def url_command(context: Context, minutes: float) -> None:
    """Print the database's URL; an embedded server is started and stays up for a while."""
    with context.database() as url:
        if not context.settings.database_url:
            _stay_up(context, minutes)
        click.echo(url)


def _stay_up(context: Context, minutes: float) -> None:
    """Leave a process behind that counts as a user of the embedded server until its time is over."""
    command = [sys.executable, "-m", "sql.server.embedded", str(context.settings.data_dir), str(minutes * 60)]
    holder = subprocess.Popen(  # noqa: S603 - this very program, no shell
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )
    assert holder.stdout is not None
    holder.stdout.readline()  # it has its seat now
    click.echo(f"the server stays up for {minutes:g} minutes, and while other Dateline commands use it", err=True)


@click.command("psql", context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@pass_context
def psql(context: Context, arguments: tuple[str, ...]) -> int:
    """Open psql on the database, the views of schema news at hand (arguments are passed on)."""
    from sql.server.placement import wheel_bin_dir

    path = f"{os.environ.get('PGOPTIONS', '')} -c search_path=news,public".strip()
    with context.database() as url, suppress(KeyboardInterrupt):
        command = [str(wheel_bin_dir() / "psql"), url, *arguments]
        return subprocess.run(command, check=False, env=os.environ | {"PGOPTIONS": path}).returncode  # noqa: S603
    return 130
