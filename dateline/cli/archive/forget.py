"""`dateline forget URL|SOURCE`."""

from __future__ import annotations

import asyncio

import click

from dateline.cli.context import Context, pass_context
from dateline.errors import UsageError
from dateline.text import quantity


@click.command()
@click.argument("what", metavar="URL|SOURCE")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation before a whole source is forgotten.")
@pass_context
def forget(context: Context, what: str, yes: bool) -> None:
    """Delete an article or a whole source from the database and the archive, permanently.

    Only a hash of each URL is kept, so that it is not fetched again.
    """
    from crawler.archive.shared_archive import open_archive
    from scheduler.alerts.one_off import rewrite_feeds
    from sql.articles.forget import find_source, forget_source, forget_url
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
    counts = (quantity(gone.articles, "article"), quantity(gone.urls, "URL"), quantity(gone.records, "archived page"))
    click.echo(f"forgotten: {', '.join(counts)}")
