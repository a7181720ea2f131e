"""`dateline backup`, `dateline restore`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dateline.cli.context import Context, pass_context
from dateline.clock import utc_now

if TYPE_CHECKING:
    from scheduler.commands.backup import Progress

MB = 2**20


@contextmanager
def _shown() -> Iterator[Progress]:
    """Tells how far the copying is, on a terminal."""

    def show(done: int, total: int) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r{done // MB} of {total // MB} MB copied", err=True, nl=False)

    yield show
    if sys.stderr.isatty():
        click.echo("\r\033[K", err=True, nl=False)


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@pass_context
def backup(context: Context, folder: Path) -> None:
    """Write database and archive into FOLDER, while the service runs.

    Further backups into the same folder add a dump each, and copy only what of the archive is new. Every page that a dump
    names is in the archive beside it. Old dumps may be deleted.
    """
    from scheduler.commands.backup import back_up

    with context.database(migrated=False) as url, _shown() as progress:
        done = back_up(url, context.settings.archive_dir, folder, now=utc_now(), progress=progress)
    click.echo(f"{done.dump}\n{done.files} archive files, {done.copied_bytes / MB:.1f} MB of them copied now")


@click.command("restore")
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@pass_context
def restore_command(context: Context, source: Path) -> None:
    """Make a backup (its folder, or one of its dumps) the database and archive of --data-dir, which must be empty.

    Exits with 3 where archive files are missing: articles are whole, those pages can't be read.
    """
    from scheduler.commands.backup import restore

    with context.database(migrated=False) as url, _shown() as progress:
        done = restore(url, context.settings.archive_dir, source, progress=progress)
    click.echo(f"restored {done.dump}\n{done.files} archive files")
    if done.missing:
        for name in done.missing:
            click.echo(f"dateline: the archive file {name} is missing or cut off", err=True)
        sys.exit(3)
