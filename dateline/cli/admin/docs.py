"""`dateline docs …`: documentation generated from the program."""

from __future__ import annotations

from pathlib import Path

import click

from dateline.cli.context import Context, pass_context


@click.group("docs")
def docs() -> None:
    """Generate the reference documentation."""


@docs.command("schema")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to this file instead of standard output.",
)
@pass_context
def schema_command(context: Context, output: Path | None) -> None:
    """Print the reference of the schema.

    It lists all views, tables, columns and functions with their comments in the database."""
    from sql.database import connect
    from sql.schema.docs import schema_docs

    with context.database() as url, connect(url, autocommit=True) as connection:
        text = schema_docs(connection)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
