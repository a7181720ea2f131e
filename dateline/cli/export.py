"""`dateline export`."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from dateline.cli.context import Context, pass_context
from dateline.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator


@click.command()
@click.argument("view", required=False)
@click.option("--query", "words", metavar="WORDS", help="Articles that hold the words.")
@click.option(
    "--sql", "sql_file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The query in this file."
)
@click.option("-e", "statement", metavar="SELECT …", help="This query.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "jsonl"]),
    default="csv",
    show_default=True,
    help="How rows are written.",
)
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write; by default standard output."
)
@pass_context
def export(
    context: Context,
    view: str | None,
    words: str | None,
    sql_file: Path | None,
    statement: str | None,
    form: str,
    output: Path | None,
) -> None:
    """Write a view of schema news (articles by default), a search, or the rows of a query to a file.

    `stories` gives the story of each article (url, story_id); `news.stories` the view, a row a story.
    """
    from sql.database import connect
    from sql.export import export as write_rows
    from sql.export import search_query, stories_query, user_query, view_query

    if sum(x is not None for x in (view, words, sql_file, statement)) > 1 and not (view == "articles" and words):
        raise UsageError("give one of VIEW, --query, --sql and -e")
    with context.database() as url, connect(url) as connection:
        chosen: Any
        params = None
        if words is not None:
            chosen, params = search_query(), {"words": words.replace("\x00", "")}
        elif sql_file is not None or statement is not None:
            text = statement if statement is not None else _text_of(sql_file or Path())
            chosen = user_query(connection, text)
        elif view == "stories":
            chosen = stories_query()
        else:
            chosen = view_query(connection, view or "articles")
            connection.rollback()
        with _opened(output) as out:
            count = write_rows(connection, chosen, params, out, "csv" if form == "csv" else "jsonl")
    if output:
        click.echo(f"{count} rows written to {output}", err=True)


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} can't be read: {error}", subject=str(path)) from error


@contextmanager
def _opened(output: Path | None) -> Iterator[BinaryIO]:
    """Standard output, or a file that appears under its name only when it is whole."""
    if output is None or str(output) == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    part = output.with_name(output.name + ".part")
    try:
        with part.open("wb") as out:
            yield out
        part.replace(output)
    except OSError as error:
        raise UsageError(f"{output} can't be written: {error.strerror}", subject=str(output)) from error
    finally:
        part.unlink(missing_ok=True)
