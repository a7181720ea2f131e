"""`dateline crawl TARGET…`: a one-off crawl through the same pipeline as the service's."""

from __future__ import annotations

import asyncio
import dataclasses
import importlib
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from dateline.cli.context import Context, pass_context
from dateline.cli.progress import counter
from dateline.cli.since import parse_since
from dateline.clock import utc_now

if TYPE_CHECKING:
    from dateline.parser_pool.pool import ParserPool
    from scheduler.commands.crawl import Summary
    from scheduler.commands.targets import Target
    from sql.frontier.crawls import CrawlOptions
    from sql.frontier.rows import UrlResult

_MOST_WARNINGS = 20

SHOWN = ("new", "copy", "revised", "unchanged")
"""Results that have an article to show."""


@click.command()
@click.argument("targets", nargs=-1, required=True, metavar="TARGET…")
@click.option("--json", "as_json", is_flag=True, help="Print each stored article as a JSON line.")
@click.option("--no-store", is_flag=True, help="Store nothing: print the articles that would be stored.")
@click.option("--since", metavar="WHEN", help="Skip articles known to be older: a date, or an age such as 2d or 12h.")
@click.option("--limit", type=click.IntRange(1), help="Maximum number of pages to fetch.")
@click.option(
    "--depth",
    type=click.IntRange(0, 10),
    default=1,
    show_default=True,
    help="Maximum number of links to follow from a target.",
)
@click.option(
    "--delay",
    type=click.FloatRange(0),
    metavar="SECONDS",
    help="Delay between requests to a host; 0 only for your own servers.",
)
@click.option(
    "--concurrency", type=click.IntRange(1, 64), help="Concurrent requests per host.  [default: 1; 8 with --delay 0]"
)
@click.option("--as-article", is_flag=True, help="Store the pages as articles even if they do not look like articles.")
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
    as_article: bool,
) -> None:
    """Crawl once, without adding a source.

    A TARGET is the URL of an article, feed, sitemap or home page, the name of a source, or a file of URLs; - stands for a
    list of URLs on standard input. Prints a summary of new, changed, duplicate and rejected articles with the reasons.
    Exits with 0 on success, 1 if everything failed (a 404 for a TARGET counts as a failure), 2 for wrong usage, 3 if some
    of it failed.
    """
    from scheduler.commands.targets import read_targets
    from scheduler.processes.parser_pool import make_parser_pool
    from sql.frontier.crawls import CrawlOptions

    wanted = read_targets(targets)
    options = CrawlOptions(
        since=parse_since(since, now=utc_now()) if since else None,
        limit=limit,
        depth=depth,
        delay_s=delay,
        concurrency=concurrency or (8 if delay == 0 else None),
        as_article=as_article,
    )
    with (
        closing(make_parser_pool(context.settings)) as parser_pool,
        _throw_away(context) if no_store else _kept(context) as here,
    ):
        parser_pool.begin()  # it loads the parsers in its own process, while the database starts and this one loads the rest
        with here.database(meanwhile=_load) as url:
            summary = _run(here, url, wanted, options, parser_pool, as_json=as_json or no_store)
    click.echo(summary_text(summary), err=True)
    sys.exit(summary.exit_code)


def _load() -> None:
    """Import what a crawl needs."""
    importlib.import_module("scheduler.commands.crawl")


@contextmanager
def _kept(context: Context) -> Iterator[Context]:
    yield context


@contextmanager
def _throw_away(context: Context) -> Iterator[Context]:
    """A context with a temporary database that is deleted afterwards, so that --no-store uses the same pipeline."""
    from sql.server.embedded import remove_cluster

    with tempfile.TemporaryDirectory(prefix="dateline-") as folder:
        path = Path(folder)
        try:
            yield Context(dataclasses.replace(context.settings, data_dir=path, database_url=None, archive=False))
        finally:
            remove_cluster(path)


def _run(
    context: Context, url: str, targets: list[Target], options: CrawlOptions, parser_pool: ParserPool, *, as_json: bool
) -> Summary:
    from crawler.fetch.event_loop import run
    from scheduler.commands.crawl import run_crawl
    from scheduler.processes.signals import stop_on_signals
    from sql.database import connect

    found: list[Summary] = []
    with connect(url, autocommit=True) as connection, counter("pages") as advance:

        def note(result: UrlResult) -> None:
            advance(description=f"{result.result} {(result.final_url or '')[:80]}")
            if as_json and result.article_id is not None and result.result in SHOWN:
                print_article(connection, result)

        async def main() -> None:
            stop = asyncio.Event()
            stop_on_signals(stop)
            found.append(
                await run_crawl(
                    context.settings, url, targets, options, stop=stop, listener=note, parser_pool=parser_pool
                )
            )

        run(main)
    return found[0]


def print_article(connection: Any, result: UrlResult) -> None:
    """Print the stored article as a JSON line, with the result of its fetch."""
    from sql.articles.articles import read_articles, to_record

    for row in read_articles(connection, [result.article_id or 0]):
        sys.stdout.buffer.write(
            orjson.dumps(to_record(row) | {"result": result.result}, option=orjson.OPT_APPEND_NEWLINE)
        )
        sys.stdout.buffer.flush()


def _each(reasons: dict[str, int]) -> str:
    return ", ".join(f"{reason} {number}" for reason, number in sorted(reasons.items(), key=lambda x: -x[1]))


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
            lines.append(f"{word} {sum(reasons.values())}: {_each(reasons)}")
    if counts["from_feed"]:
        lines.append(f"of these, in the archive as their feeds have them: {counts['from_feed']}")
    if counts["rejected"] or counts["failed"] or counts["feeds_failed"]:
        lines.append("`dateline explain URL` says of an address what its reason means")
    lines += [f"a list of articles, followed: {url}" for url in counts["followed"]]
    lines += [f"names no articles: {url}" for url in counts["empty"]]
    lines += [f"{one['page']}: {one['warning']}" for one in counts["warned"][:_MOST_WARNINGS]]
    if counts["older"]:
        lines.append(f"older than --since, not fetched: {counts['older']}")
    if counts["known"]:
        lines.append(f"already known, not fetched again: {counts['known']}")
    if counts["over_limit"]:
        lines.append(f"skipped because of --limit: {counts['over_limit']}")
    if counts["postponed"]:
        why = f" ({_each(counts['postponed_why'])})" if counts["postponed_why"] else ""
        lines.append(f"postponed, left to the service or a later crawl: {counts['postponed']}{why}")
    return "\n".join(lines)
