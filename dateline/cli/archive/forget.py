"""`dateline forget URL|SOURCE`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from dateline.cli.context import Context, pass_context
from dateline.errors import DatelineError, UsageError
from dateline.text import quantity


@click.command()
@click.argument("what", metavar="URL|SOURCE")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation before a whole source is forgotten.")
@pass_context
def forget(context: Context, what: str, yes: bool) -> None:
    """Delete an article or a whole source permanently.

    It is deleted from the database and the archive. Only a hash of each URL is kept, so that it is not fetched again.
    Exports that a console wrote into the data folder for programs are deleted, since they may hold it.
    """
    from crawler.archive.shared_archive import open_archive
    from scheduler.alerts.one_off import rewrite_feeds
    from sql.articles.forget import count_forgets, find_source, forget_source, forget_url
    from sql.database import connect

    archive = open_archive(context.settings)
    with context.database() as url, connect(url, autocommit=True) as connection:
        if "://" in what:
            gone = forget_url(connection, what, erase=archive.erase)
        else:
            source = find_source(connection, what)
            if source is None:
                raise UsageError(
                    f"Unknown source {what!r}. Give a URL (https://…) or a name from `dateline sources list`",
                    subject=what,
                )
            if not yes:
                click.confirm(
                    f"Permanently delete {source.name} with all its articles and archived pages?", abort=True, err=True
                )
            gone = forget_source(connection, source, erase=archive.erase)
        asyncio.run(rewrite_feeds(context.settings, url))
        exports = _delete_exports(context.settings.data_dir / "exports", count_forgets(connection))
    counts = [quantity(gone.articles, "article"), quantity(gone.urls, "URL"), quantity(gone.records, "archived page")]
    counts += [quantity(exports, "export")] if exports else []
    click.echo(f"forgotten: {', '.join(counts)}")
    if "://" in what and not gone.urls:
        click.echo("nothing was known of this URL (is it spelled right?); it is kept out from now on", err=True)


def _delete_exports(folder: Path, forgets: int) -> int:
    from dateline.console.server.export_folder import delete_forgotten

    try:
        return delete_forgotten(folder, forgets)
    except OSError as error:
        said = (
            f"It is forgotten, but exports in {folder} may hold it and can't be deleted ({error.strerror}): delete them"
        )
        raise DatelineError(said, subject=str(folder)) from error
