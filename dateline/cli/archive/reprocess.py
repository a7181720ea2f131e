"""`dateline reprocess`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click
import orjson

from dateline.cli.context import Context, pass_context
from dateline.clock import utc_now
from dateline.errors import UsageError

if TYPE_CHECKING:
    from scheduler.commands.reprocess import ReprocessSummary, Result
    from sql.articles.reprocess import Selection


@click.command()
@click.option("--host", metavar="H", help="Only articles of this host and of those below it.")
@click.option("--source", metavar="S", help="Only articles that this source led to.")
@click.option("--since", metavar="WHEN", help="Only what was stored since: a date, or 2d, 12h.")
@click.option("--limit", type=click.IntRange(1), help="At most so many articles.")
@click.option("--all", "everything", is_flag=True, help="Also articles that the present extractor has read.")
@click.option("--dry-run", is_flag=True, help="Write nothing: name the articles whose text would change.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object.")
@pass_context
def reprocess(
    context: Context,
    host: str | None,
    source: str | None,
    since: str | None,
    limit: int | None,
    everything: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Read archived pages again with the present extractor, without fetching anything.

    Takes the articles that an older extractor read, and those with a line that was found since to be boilerplate of
    their host. A changed text becomes a revision with the cause "re-extraction" (or "boilerplate"), which is not counted
    as an edit of the publisher; the earlier text stays as a revision. Can be stopped and started again at any time.

    Exits with 0 when every page was read, 3 when some could not be read or it was stopped. Pages that are not in the
    archive any more are counted, and are no failure.
    """
    from dateline.cli.service.crawl import parse_since
    from sql.articles.reprocess import Selection

    stored_since = parse_since(since, now=utc_now()) if since else None
    wanted = Selection(host=host, source=source, since=stored_since, limit=limit, everything=everything)
    with context.database() as url, _progress() as advance:
        if source:
            _check_source(url, source)

        def told(result: Result) -> None:
            advance()
            if dry_run and result.outcome == "changed" and not as_json:
                click.echo(result.article.url)

        summary = asyncio.run(_run(context, url, wanted, dry_run, told))
    counts = summary.to_json()
    click.echo(orjson.dumps(counts) if as_json else summary_text(counts), err=not as_json)
    sys.exit(3 if summary.failed or summary.is_cut else 0)


def _check_source(url: str, name: str) -> None:
    from sql.articles.forget import find_source
    from sql.database import connect

    with connect(url) as connection:
        if find_source(connection, name) is None:
            raise UsageError(f"no source is called {name!r}; see `dateline sources list`", subject=name)


async def _run(
    context: Context, url: str, wanted: Selection, dry_run: bool, told: Callable[[Result], None]
) -> ReprocessSummary:
    from scheduler.commands.reprocess import run_reprocess
    from scheduler.processes.signals import stop_on_signals

    stop = asyncio.Event()
    stop_on_signals(stop)
    return await run_reprocess(context.settings, url, wanted, dry_run=dry_run, stop=stop, listener=told)


def summary_text(counts: dict[str, Any]) -> str:
    """The summary in a few lines for people."""
    verb = "would change" if counts["dry_run"] else "changed"
    lines = [
        f"{counts['articles']} articles for {counts['extractor']}: {verb} {counts['changed']}, "
        f"unchanged {counts['unchanged']}, page no longer archived {counts['gone']}"
    ]
    for word, name in (("left alone, no article by now", "refused"), ("failed", "failed")):
        if counts[name]:
            lines.append(f"{word}: " + ", ".join(f"{reason} {number}" for reason, number in counts[name].items()))
    if counts["overtaken"]:
        lines.append(f"fetched anew or forgotten in the meantime: {counts['overtaken']}")
    if counts["interrupted"]:
        lines.append("stopped; start it again to go on")
    return "\n".join(lines)


@contextmanager
def _progress() -> Iterator[Callable[[], None]]:
    """A count on a terminal; nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.completed} articles"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda: progress.update(task, advance=1)
