"""`dateline docs …`: documents that are made of what there is."""

from __future__ import annotations

from pathlib import Path

import click

from dateline.cli.context import Context, pass_context


@click.group("docs")
def docs() -> None:
    """Write documents anew from what they describe."""


@docs.command("schema")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write there instead of to standard output."
)
@pass_context
def schema_command(context: Context, output: Path | None) -> None:
    """Describe every view, table, column and function, from the comments in the database."""
    from sql.database import connect
    from sql.schema.docs import schema_docs

    with context.database() as url, connect(url, autocommit=True) as connection:
        text = schema_docs(connection)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
