"""`dateline import FILE…`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import orjson

from dateline.cli.context import Context, pass_context

SHOWN = 20
"""Bad lines that are named; of a file that is no JSON at all thousands would be."""


@click.command(name="import")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE…"
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object.")
@pass_context
def import_command(context: Context, files: tuple[Path, ...], as_json: bool) -> None:
    """Bring in articles that others extracted (.jsonl) or pages that others fetched (.warc, .warc.gz).

    A line is {"url", "title", "text", "published_at", "authors", …}: the fields that `dateline extract` prints; the
    language is detected where it is absent. They go down the same steps as fetched pages, so that nothing is stored
    twice. Exits with 0 when every input has its final state in the ledger, 3 when some could not be read.
    """
    from scheduler.commands.import_files import run_import

    with context.database() as url, _progress() as advance:
        summary = asyncio.run(run_import(context.settings, url, files, advance=advance))
    counts = summary.to_json()
    for bad in summary.unreadable[:SHOWN]:
        click.echo(f"{bad.file} line {bad.place}: {bad.why}", err=True)
    if len(summary.unreadable) > SHOWN:
        click.echo(f"… and {len(summary.unreadable) - SHOWN} more that could not be read", err=True)
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
    sys.exit(3 if summary.unreadable else 0)


@contextmanager
def _progress() -> Iterator[Callable[[int], None]]:
    """A count on a terminal; nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda count: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.completed} inputs"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda count: progress.update(task, advance=count)
