"""`dateline reprocess`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click
import orjson

from dateline.cli.context import Context, pass_context
from dateline.cli.progress import counter
from dateline.cli.since import parse_since
from dateline.clock import utc_now
from dateline.errors import UsageError
from dateline.text import quantity

if TYPE_CHECKING:
    from scheduler.commands.reprocess import ReprocessSummary, Result
    from sql.articles.reprocess import Selection
    from sql.database import Pool


@click.command()
@click.option("--host", metavar="H", help="Only articles of this host and its subdomains.")
@click.option("--source", metavar="S", help="Only articles of this source.")
@click.option("--since", metavar="WHEN", help="Only articles stored since then: a date, or an age such as 2d or 12h.")
@click.option("--limit", type=click.IntRange(1), help="Maximum number of articles.")
@click.option("--all", "everything", is_flag=True, help="Include articles already read by the current extractor.")
@click.option("--dry-run", is_flag=True, help="Change nothing: print the URLs of articles whose text would change.")
@click.option(
    "--names",
    "only_names",
    is_flag=True,
    help="Read no pages: look for names in the articles that wait for it.",
)
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
    only_names: bool,
    as_json: bool,
) -> None:
    """Extract archived pages again, without fetching anything.

    Covers articles that an older extractor read, and articles with a line that is now known as boilerplate, or no longer
    is. A changed text becomes a new revision with the cause "re-extraction" or "boilerplate"; it does not count as an edit
    by the publisher. You can stop the command and start it again at any time.

    With --names it looks for the list of names (`dateline names`) in the articles that wait for it, or with --all in every
    article; plug-ins that recognise names read them, too.

    Exits with 0 if every page was read, 3 if some could not be read, a plug-in could not be loaded, or the command was
    stopped. Pages that are no longer in the archive are counted, but are not failures.
    """
    from sql.articles.reprocess import Selection

    if only_names:
        if host or source or since or limit or dry_run:
            raise UsageError("--names can be combined with --all and --json only")
        read, left, is_whole = _look_for_names(context, everything)
        click.echo(orjson.dumps({"articles": read, "waiting": left}) if as_json else f"{read} articles read for names")
        if not is_whole:
            click.echo(
                "a plug-in can't be loaded, so articles wait; repair or remove it and run the command again", err=True
            )
        elif left and not as_json:
            click.echo(f"stopped with {left} articles left; run the command again to continue", err=True)
        sys.exit(0 if is_whole and not left else 3)
    stored_since = parse_since(since, now=utc_now()) if since else None
    wanted = Selection(host=host, source=source, since=stored_since, limit=limit, everything=everything)
    with context.database() as url, counter("articles") as advance:
        if source:
            _check_source(url, source)

        def note(result: Result) -> None:
            advance()
            if dry_run and result.outcome == "changed" and not as_json:
                click.echo(result.article.url)

        summary = asyncio.run(_run(context, url, wanted, dry_run, note))
    counts = summary.to_json()
    click.echo(orjson.dumps(counts) if as_json else summary_text(counts), err=not as_json)
    sys.exit(3 if summary.failed or summary.is_cut else 0)


def _look_for_names(context: Context, everything: bool) -> tuple[int, int, bool]:
    """How many articles were looked through, how many still wait, and whether all plug-ins could be loaded."""
    from pipelines.entities.plug_ins import installed
    from pipelines.mentions.step import NameMatcher
    from scheduler.processes.signals import stop_on_signals
    from sql.database import open_pool
    from sql.names.entities import Entities
    from sql.names.names import Names

    async def work(url: str) -> tuple[int, int, bool]:
        stop = asyncio.Event()
        stop_on_signals(stop)
        async with open_pool(url, max_size=2, application_name="dateline reprocess") as pool:
            names = Names(pool)
            if everything:
                await names.queue_all(now=utc_now())
            read = await NameMatcher(names).step(listener=advance, stop=stop)
            has_plug_ins = bool(installed())
            is_whole = not has_plug_ins or await _have_models_read(context, pool, everything, stop)
            if is_whole and not stop.is_set():
                return read, 0, True
            left = await (Entities(pool).left() if has_plug_ins else names.waiting())
            return read, left, is_whole

    with context.database() as url, counter("articles") as advance:
        return asyncio.run(work(url))


async def _have_models_read(context: Context, pool: Pool, everything: bool, stop: asyncio.Event) -> bool:
    """Have plug-ins read the articles that wait for them, or all; whether all plug-ins could be loaded."""
    from pipelines.entities.step import EntityReader
    from sql.names.entities import Entities

    reader = EntityReader.of(context.settings, pool)
    try:
        if everything and await reader.begin():
            await Entities(pool).queue_all(now=utc_now())
        with counter("articles read by models") as advance:
            await reader.step(listener=advance, stop=stop)
        return await reader.begin()
    finally:
        reader.close()


def _check_source(url: str, name: str) -> None:
    from sql.articles.forget import find_source
    from sql.database import connect

    with connect(url) as connection:
        if find_source(connection, name) is None:
            raise UsageError(f"Unknown source {name!r}. `dateline sources list` shows the names", subject=name)


async def _run(
    context: Context, url: str, wanted: Selection, dry_run: bool, note: Callable[[Result], None]
) -> ReprocessSummary:
    from scheduler.commands.reprocess import run_reprocess
    from scheduler.processes.signals import stop_on_signals

    stop = asyncio.Event()
    stop_on_signals(stop)
    return await run_reprocess(context.settings, url, wanted, dry_run=dry_run, stop=stop, listener=note)


def summary_text(counts: dict[str, Any]) -> str:
    """The summary in a few lines for people."""
    verb = "would change" if counts["dry_run"] else "changed"
    lines = [
        f"{quantity(counts['articles'], 'article')} for {counts['extractor']}: {verb} {counts['changed']}, "
        f"unchanged {counts['unchanged']}, page no longer archived {counts['gone']}"
    ]
    for word, name in (("unchanged because no longer recognised as articles", "refused"), ("failed", "failed")):
        if counts[name]:
            lines.append(f"{word}: " + ", ".join(f"{reason} {number}" for reason, number in counts[name].items()))
    if counts["overtaken"]:
        lines.append(f"fetched again or forgotten in the meantime: {counts['overtaken']}")
    if counts["interrupted"]:
        lines.append("stopped; run the command again to continue")
    return "\n".join(lines)
