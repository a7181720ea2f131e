"""`dateline export --wacz QUERY`: the archived pages of a search's articles in one file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dateline.cli.context import Context
from dateline.cli.progress import counter
from dateline.clock import utc_now
from dateline.errors import ArchiveError, UsageError
from dateline.files import is_special, written_whole

if TYPE_CHECKING:
    import psycopg

    from crawler.archive.archive import Archive
    from crawler.archive.wacz import ArchivedPage

PARTIAL = 3


def export_wacz(context: Context, words: str, output: Path | None) -> None:
    """Write the file. Exits with 3 if pages are missing from it, which are named on standard error."""
    from crawler.archive.shared_archive import open_archive
    from crawler.archive.wacz import write_wacz
    from sql.database import connect
    from sql.export.export import snapshot

    if output is None or str(output) == "-" or output.is_dir():
        raise UsageError("WACZ is binary: write it to a file with -o FILE.wacz")
    if output.suffix.lower() != ".wacz" and not is_special(output):
        raise UsageError(f"{output}: replay tools know WACZ by its name; end it in .wacz", subject=str(output))
    missing: list[str] = []
    with (
        context.database() as url,
        connect(url) as connection,
        snapshot(connection),
        written_whole(output) as file,
        counter("pages") as advance,
    ):
        pages = _pages(connection, words, open_archive(context.settings), missing, advance)
        count = write_wacz(file, pages, title=f"Articles found by: {words}", now=utc_now())
        if not count and not missing:
            raise UsageError(f"The search finds no article with an archived page, so nothing is written: {words}")
    click.echo(f"Pages written to {output}: {count}", err=True)
    for why in missing:
        click.echo(f"left out: {why}", err=True)
    if missing:
        sys.exit(PARTIAL)


def _pages(
    connection: psycopg.Connection[Any], words: str, archive: Archive, missing: list[str], advance: Callable[..., None]
) -> Iterator[ArchivedPage]:
    """Yields what can be read; adds to `missing` why a page can't."""
    from crawler.archive.wacz import ArchivedPage
    from dateline.types.article import ArchiveRef
    from sql.export.export import archived_pages

    for row in archived_pages(connection, words):
        try:
            span, response = archive.read_raw(ArchiveRef(row.file, row.offset, row.length))
            yield ArchivedPage(span, response, row.title)
        except ArchiveError as error:
            missing.append(str(error))
        advance()
