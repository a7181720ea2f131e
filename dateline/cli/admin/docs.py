"""`dateline docs …`: documentation generated from the program."""

from __future__ import annotations

from pathlib import Path

import click

from dateline.cli.context import Context, pass_context
from dateline.files import written_whole

output_option = click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to this file instead of standard output.",
)


@click.group("docs")
def docs() -> None:
    """Generate the reference documentation."""


@docs.command("schema")
@output_option
@pass_context
def schema_command(context: Context, output: Path | None) -> None:
    """Print the reference of the schema.

    It lists all views, tables, columns and functions with their comments in the database."""
    from sql.database import connect
    from sql.schema.docs import schema_docs

    with context.database() as url, connect(url, autocommit=True) as connection:
        text = schema_docs(connection)
    _write(text, output)


@docs.command("commands")
@output_option
def commands_command(output: Path | None) -> None:
    """Print the reference of commands."""
    from dateline.cli import cli
    from dateline.cli.admin.reference import commands_page

    _write(commands_page(cli), output)


@docs.command("settings")
@output_option
def settings_command(output: Path | None) -> None:
    """Print the reference of settings."""
    from dateline.cli.admin.reference import settings_page

    _write(settings_page(), output)


@docs.command("api")
@output_option
def api_command(output: Path | None) -> None:
    """Print the reference of the interface for programs."""
    from dateline.api.openapi import description
    from dateline.cli.admin.api_page import api_page

    _write(api_page(description()), output)


def _write(text: str, output: Path | None) -> None:
    if output is None:
        click.echo(text, nl=False)
    else:
        with written_whole(output) as file:
            file.write(text.encode())
