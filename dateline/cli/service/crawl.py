"""`dateline crawl TARGET…`: a one-off crawl down the same line as the service's."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from dateline.cli.context import Context, pass_context
from dateline.clock import utc_now
from dateline.errors import UsageError

if TYPE_CHECKING:
    from scheduler.commands.crawl import Summary
    from sql.frontier.rows import UrlResult

SHOWN = ("new", "copy", "revised", "unchanged")
"""Results that have an article to show."""


@click.command()
@click.argument("targets", nargs=-1, required=True, metavar="TARGET…")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON line an article as it is stored.")
@click.option("--no-store", is_flag=True, help="Keep nothing: print what would be stored.")
@click.option("--since", metavar="WHEN", help="Leave out what is known to be older: a date, or 2d, 12h.")
@click.option("--limit", type=click.IntRange(1), help="Fetch at most so many pages.")
@click.option(
    "--depth", type=click.IntRange(0, 10), default=1, show_default=True, help="Steps from a target that are followed."
)
@click.option(
    "--delay", type=click.FloatRange(0), metavar="SECONDS", help="Between requests to a host; 0 for your own servers."
)
@click.option(
    "--concurrency", type=click.IntRange(1, 64), help="Requests at once to a host  [default: 1; 8 with --delay 0]"
)
@pass_context
def crawl(
    context: Context,
    targets: tuple[str, ...],
    as_json: bool,
    no_store: bool,
    since: str | None,
    limit: int | None,
    depth: int,
    delay: float | None,
    concurrency: int | None,
) -> None:
    """Crawl articles, feeds, sitemaps, home pages, sources by name, or files of URLs, once.

    Ends with a summary of what was new, changed, duplicate or rejected and why. Exits with 0 when all went well, 1 when
    nothing did (a page that its host does not have is a failure when it was named by hand), 2 for a wrong call, 3 when
    some of it failed.
    """
    from scheduler.commands.crawl import read_targets
    from sql.frontier.crawls import CrawlOptions

    wanted = read_targets(targets)
    options = CrawlOptions(
        since=parse_since(since, now=utc_now()) if since else None,
        limit=limit,
        depth=depth,
        delay_s=delay,
        concurrency=concurrency or (8 if delay == 0 else None),
    )
    with _throw_away(context) if no_store else _kept(context) as here, here.database() as url:
        summary = _run(here, url, wanted, options, as_json=as_json or no_store)
    click.echo(summary_text(summary), err=True)
    sys.exit(summary.exit_code)


@contextmanager
def _kept(context: Context) -> Iterator[Context]:
    yield context


@contextmanager
def _throw_away(context: Context) -> Iterator[Context]:
    """The same line into a database of its own that is thrown away: one path for what is and what would be stored."""
    from sql.server.embedded import remove_cluster

    with tempfile.TemporaryDirectory(prefix="dateline-") as folder:
        path = Path(folder)
        try:
            yield Context(dataclasses.replace(context.settings, data_dir=path, database_url=None, archive=False))
        finally:
            remove_cluster(path)


def _run(context: Context, url: str, targets: list[Any], options: Any, *, as_json: bool) -> Summary:
    from crawler.fetch.event_loop import run
    from scheduler.commands.crawl import run_crawl
    from scheduler.processes.signals import stop_on_signals
    from sql.database import connect

    found: list[Summary] = []
    with connect(url, autocommit=True) as connection, _progress() as advance:

        def told(result: UrlResult) -> None:
            advance(result)
            if as_json and result.article_id is not None and result.result in SHOWN:
                print_article(connection, result)

        async def main() -> None:
            stop = asyncio.Event()
            stop_on_signals(stop)
            found.append(await run_crawl(context.settings, url, targets, options, stop=stop, listener=told))

        run(main)
    return found[0]


def print_article(connection: Any, result: UrlResult) -> None:
    """One JSON line: the article as it stands now, with what its fetch came to."""
    from sql.articles.articles import read_articles, to_record

    for row in read_articles(connection, [result.article_id or 0]):
        sys.stdout.buffer.write(
            orjson.dumps(to_record(row) | {"result": result.result}, option=orjson.OPT_APPEND_NEWLINE)
        )
        sys.stdout.buffer.flush()


@contextmanager
def _progress() -> Iterator[Any]:
    """A bar on a terminal; nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda result: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.completed} pages"),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("starting", total=None)

        def advance(result: UrlResult) -> None:
            progress.update(task, advance=1, description=f"{result.result} {(result.final_url or '')[:80]}")

        yield advance


def parse_since(text: str, *, now: dt.datetime) -> dt.datetime:
    """The instant that --since means: an ISO date or instant, or so many days (d), hours (h), minutes (m) ago."""
    if text[:-1].isdigit() and text[-1] in "dhm":
        unit = {"d": "days", "h": "hours", "m": "minutes"}[text[-1]]
        return now - dt.timedelta(**{unit: int(text[:-1])})
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--since {text!r} is neither a date (2026-05-04) nor 2d, 12h or 30m", subject=text) from error
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def summary_text(summary: Summary) -> str:
    """The summary in a few lines for people."""
    counts = summary.to_json()
    lines = [
        f"new {counts['new']}"
        + (f" ({counts['copies']} of them copies)" if counts["copies"] else "")
        + f", changed {counts['changed']}, unchanged {counts['unchanged']}, duplicate {counts['duplicate']}"
    ]
    for word, reasons in (
        ("rejected", counts["rejected"]),
        ("failed", counts["failed"]),
        ("feeds failed", counts["feeds_failed"]),
    ):
        if reasons:
            each = ", ".join(f"{reason} {number}" for reason, number in sorted(reasons.items(), key=lambda x: -x[1]))
            lines.append(f"{word} {sum(reasons.values())}: {each}")
    if counts["known"]:
        lines.append(f"known already and not fetched again: {counts['known']}")
    if counts["over_limit"]:
        lines.append(f"left out by --limit: {counts['over_limit']}")
    if counts["postponed"]:
        lines.append(f"put off by their hosts, left to the service or a later crawl: {counts['postponed']}")
    return "\n".join(lines)
