"""`dateline search 'QUERY'`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import orjson

from dateline.cli.context import Context, pass_context
from dateline.instants.spans import shown
from dateline.search.query import parse

if TYPE_CHECKING:
    import psycopg

    from dateline.search.query import Query
    from sql.search.search import Hit, SearchPage

PAGE = 500
NOTHING = "no articles found"


@click.command("search")
@click.argument("query")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON line per article, in the format of `dateline extract`."
)
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=20, show_default=True, help="Maximum number of articles."
)
@click.option("--order", type=click.Choice(["newest", "rank"]), default="newest", show_default=True,
              help="newest: latest first. rank: best match first, among the newest 2,000 hits.")  # fmt: skip
@click.option("--after", metavar="CURSOR", help="Continue after this cursor, printed by the previous search.")
@click.option("--count", "counts", is_flag=True, help="Print only the number of hits.")
@click.option(
    "--facets", "faceted", is_flag=True, help="Count hits by site, source, language, section, kind, author and day."
)
@click.option("--timeline", "unit", type=click.Choice(["hour", "day", "week", "month", "year"]),
              help="Count hits over time (UTC), next to all articles of that time.")  # fmt: skip
@pass_context
def search_command(
    context: Context,
    query: str,
    as_json: bool,
    limit: int,
    order: str,
    after: str | None,
    counts: bool,
    faceted: bool,
    unit: str | None,
) -> None:
    """Search articles, newest first.

    Dates are those of publication in UTC (Z), as exactly as the page says them.

    The search syntax:

    \b
    ferry pier        both             "ferry pier"      this phrase
    ferry OR pier     either           "ferry pier"~5    within five words of each other
    ferry -pier       without          harb*             words that begin with harb
    ( )               groups           title:ferry       in the headline

    OR and NOT count in capitals alone: or and not are words of the text, and a
    single | is ignored.

    \b
    author: source: site: lang: section: credited: tag: name: kind: story: copies:no
    has:text  origin:page|feed|none  kind:headline    (or headlines without a text are left out)
    date:2026-05..2026-06, date:7d     of publication or, if no date is known, of storing
    seen:2026-05, seen:7d              of storing

    Put a query that begins with a dash after `--`: dateline search -- '-ferry'.
    """
    from sql.database import connect

    asked = parse(query)
    if counts or faceted or unit:
        say_all(asked.notices)
    with context.database() as url, connect(url, autocommit=True) as connection:
        if counts:
            _count(connection, asked, as_json)
        elif faceted:
            _facets(connection, asked, as_json)
        elif unit:
            _timeline(connection, asked, unit, as_json)
        else:
            _hits(connection, asked, limit, order, after, as_json)


def _count(connection: psycopg.Connection[Any], asked: Query, as_json: bool) -> None:
    from sql.search.search import count, run

    number = run(connection, count(asked))
    click.echo(orjson.dumps({"count": number}) if as_json else number)
    remark_archive(connection, asked)


def _facets(connection: psycopg.Connection[Any], asked: Query, as_json: bool) -> None:
    from dateline.api.reads import as_counts
    from sql.search.search import facets, run

    found = run(connection, facets(asked))
    remark_archive(connection, asked)
    if as_json:
        click.echo(orjson.dumps(as_counts(found)))
        return
    for name, values in found.items():
        for place, one in enumerate(values):
            click.echo(f"{name if place == 0 else '':10} {one.count:>10,}  {one.value}")


def _timeline(connection: psycopg.Connection[Any], asked: Query, unit: str, as_json: bool) -> None:
    from sql.search.search import run, timeline

    buckets = run(connection, timeline(asked, unit=unit, with_share=True))  # type: ignore[arg-type]
    remark_unknown(connection, asked)
    if not buckets and not as_json:
        say_all((NOTHING,))
    for bucket in buckets:
        at = bucket.at.isoformat()
        if as_json:
            click.echo(orjson.dumps({"at": at, "count": bucket.count, "total": bucket.total, "share": bucket.share}))
        else:
            click.echo(f"{at[:16].replace('T', ' ')}Z  {bucket.count:>8,}  {bucket.share or 0:>7.2%}")


def _hits(
    connection: psycopg.Connection[Any], asked: Query, limit: int, order: str, after: str | None, as_json: bool
) -> None:
    from dateline.api.records import hit_record
    from sql.search.search import run, search

    left = limit
    while left:
        page = run(connection, search(asked, limit=min(left, PAGE), after=after, order=order))  # type: ignore[arg-type]
        for hit in page.hits:
            click.echo(orjson.dumps(hit_record(hit)) if as_json else _lines(hit))
        if left == limit:
            _remark(page, is_empty=not page.hits and not as_json)
            remark_headlines(connection, asked)
        left, after = left - len(page.hits), page.next
        if after is None:
            return
    click.echo(f"more hits: --after {after}", err=True)


def _lines(hit: Hit) -> str:
    from dateline.explain import text_origin_words

    row = hit.article
    published = row.published_at
    when = shown(published, row.published_precision, row.published_offset_s) if published else "no date"
    title = _styled(hit.title or "(no title)")
    origin = "" if row.text_origin == "page" else f"[{text_origin_words(row.text_origin, row.no_page_text_because)}] "
    return f"{when:17}  {row.site:28}  {title}\n{'':19}{row.url}\n{'':19}{origin}{_styled(hit.snippet)}"


def _styled(text: str) -> str:
    """Marked words in bold. click removes the codes where the output is not a terminal."""
    return text.replace("\ue000", "\x1b[1m").replace("\ue001", "\x1b[0m")


def remark_unknown(connection: psycopg.Connection[Any], asked: Query) -> None:
    """Say which values of its fields the archive does not know: a search for them finds nothing."""
    from sql.search.search import run, unknown_values

    say_all(run(connection, unknown_values(asked)))


def remark_archive(connection: psycopg.Connection[Any], asked: Query) -> None:
    """Say what only the archive knows of a search: values that it does not know, and items without a text that it left out."""
    remark_unknown(connection, asked)
    remark_headlines(connection, asked)


def remark_headlines(connection: psycopg.Connection[Any], asked: Query) -> None:
    """Say how many items without a text a search left out."""
    from sql.search.search import HEADLINES_COUNTED, headlines_left_out, run

    if number := run(connection, headlines_left_out(asked)):
        more = " or more" if number == HEADLINES_COUNTED else ""
        what = "headline" if number == 1 else "headlines"
        cure = "has:text leaves them out without this note, origin:page,feed,none takes them in"
        click.echo(f"not counted: {number:,}{more} {what} without a text ({cure})", err=True)


def remark_query(context: Context, asked: Query) -> None:
    """Say how a query was read, and which values of its fields the archive does not know."""
    from sql.database import connect

    say_all(asked.notices)
    with context.database() as url, connect(url) as connection:
        remark_unknown(connection, asked)


def say_all(notices: tuple[str, ...]) -> None:
    """Print each on standard error."""
    for notice in notices:
        click.echo(notice, err=True)


def _remark(page: SearchPage, *, is_empty: bool) -> None:
    say_all(page.notices)
    if page.is_ranked_over_newest:
        click.echo(f"ranked among the newest {page.ranked_of:,} hits; older hits are not ranked", err=True)
    if is_empty:
        say_all((NOTHING,))
