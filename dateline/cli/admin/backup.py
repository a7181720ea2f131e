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
from dateline.text import quantity

if TYPE_CHECKING:
    from scheduler.commands.backup import Progress

MB = 2**20


@contextmanager
def _shown() -> Iterator[Progress]:
    """Show the progress of copying, on a terminal."""

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
    """Back up the database and the archive into FOLDER. The service may keep running.

    A further backup into the same folder adds a dump and copies only new archive files. The archive in FOLDER has every
    page that its dumps refer to. You may delete old dumps.

    A dump holds the secrets of webhooks: only you can read what is written.
    """
    from crawler.archive.shared_archive import SharedArchive, open_archive
    from scheduler.commands.backup import back_up

    archive = open_archive(context.settings)
    store = archive.store if isinstance(archive, SharedArchive) else None
    with context.database(migrated=False) as url, _shown() as progress:
        done = back_up(url, context.settings.archive_dir, folder, now=utc_now(), store=store, progress=progress)
    click.echo(
        f"{done.dump}\n{quantity(done.files, 'archive file')}, {done.copied_bytes / MB:.1f} MB copied in this backup"
    )


def tokens_after(url: str, *, revoke: bool) -> str:
    """What is said of who can get into a database that was just restored, and which tokens work."""
    from sql.database import connect
    from sql.service.access import list_tokens, revoke_all

    now = utc_now()
    said = "Users and passwords are those of the backup: removed users and old passwords work again."
    with connect(url) as connection:
        names = sorted(one.name for one in list_tokens(connection) if one.state(now) == "active")
        if revoke and names:
            count = quantity(revoke_all(connection, now=now), "token")
            return f"{said} {count} revoked: make new ones with `dateline token add`"
    if not names:
        return said
    return (
        f"{said} A token that was revoked since then works again. Revoke what should not work"
        f" (`dateline token revoke NAME`): {', '.join(names)}"
    )


@click.command("restore")
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--revoke-tokens",
    is_flag=True,
    help="Revoke all tokens; the backup also brings back tokens that were revoked after it was made.",
)
@pass_context
def restore_command(context: Context, source: Path, revoke_tokens: bool) -> None:
    """Restore a backup into an empty database and archive.

    The archive is in the data folder (see `dateline --data-dir`). SOURCE is the folder of a backup (its newest dump) or one
    of its dumps. Exits with 3 if archive files are missing: the articles are complete, but those archived pages cannot be
    read.
    """
    from scheduler.commands.backup import restore

    with context.database(migrated=False) as url, _shown() as progress:
        done = restore(url, context.settings.archive_dir, source, progress=progress)
        said = tokens_after(url, revoke=revoke_tokens)
    click.echo(f"restored {done.dump}\n{quantity(done.files, 'archive file')}")
    click.echo(said, err=True)
    if done.missing:
        for name in done.missing:
            click.echo(f"Archive file {name} is missing or truncated", err=True)
        sys.exit(3)
