"""`dateline import FILE…`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click
import orjson

from dateline.cli.context import Context, pass_context
from dateline.cli.progress import counter
from dateline.errors import UsageError
from dateline.text import quantity

SHOWN = 20
"""Unreadable inputs that are listed; a file in another format could have thousands."""


@click.command(name="import")
@click.argument(
    "files",
    nargs=-1,
    type=click.Path(exists=True, dir_okay=False, path_type=Path, allow_dash=True),
    metavar="FILE…|-",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object.")
@pass_context
def import_command(context: Context, files: tuple[Path, ...], as_json: bool) -> None:
    """Import extracted articles or fetched pages.

    FILE has articles (.jsonl) or pages (.warc, .arc, or these with .gz, or .wacz). Without FILE, or with -, JSON lines come from
    standard input: `dateline extract FOLDER | dateline import`.

    Each line of a .jsonl file is an object with the fields that `dateline extract` prints: "url", "title", "text",
    "published_at", "authors", … The names that news-please, newspaper, Fundus and Media Cloud give them are read, too.
    If "url" is empty, "canonical_url" is the address. A missing language is detected. Imported articles pass the same
    steps as fetched ones, so importing a file twice stores nothing twice. What Dateline read from a site itself stays as
    it is if the file's page is older, or has no time (.jsonl). Exits with 0 on success, 3 if some inputs could not be
    read.
    """
    from scheduler.commands.import_files import STDIN, run_import

    if not files and sys.stdin.isatty():
        raise UsageError("Give a FILE, or pipe JSON lines in: dateline extract FOLDER | dateline import")
    files = files or (Path(STDIN),)
    with context.database() as url, counter("inputs") as advance:
        summary = asyncio.run(run_import(context.settings, url, files, advance=advance))
    counts = summary.to_json()
    for bad in summary.unreadable[:SHOWN]:
        click.echo(f"{bad.file} {bad.unit} {bad.place}: {bad.why}", err=True)
    if len(summary.unreadable) > SHOWN:
        click.echo(f"… and {len(summary.unreadable) - SHOWN} more that could not be read", err=True)
    for name in summary.empty:
        click.echo(f"{'standard input' if name == STDIN else name} is empty: there is nothing to import", err=True)
    if as_json:
        click.echo(orjson.dumps(counts))
    else:
        rejected = ", ".join(f"{reason} {number}" for reason, number in counts["rejected"].items()) or "0"
        click.echo(
            f"new {counts['new']} ({counts['copies']} of them copies), changed {counts['changed']}, "
            f"unchanged {counts['unchanged']}, duplicate {counts['duplicate']}, rejected: {rejected}, "
            f"unreadable {counts['unreadable']}; {summary.inputs} inputs in {summary.seconds:.1f} s",
            err=True,
        )
    if summary.unread_dates:
        have = f"{quantity(summary.unread_dates, 'input')} {'has' if summary.unread_dates == 1 else 'have'}"
        click.echo(
            f"{have} a date of publication that can't be read or is in the future, such as {summary.first_unread_date!r}",
            err=True,
        )
    sys.exit(3 if summary.unreadable else 0)
