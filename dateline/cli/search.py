"""`dateline search 'WORDS'`."""

from __future__ import annotations

import click
import orjson

from dateline.cli.context import Context, pass_context


@click.command()
@click.argument("words")
@click.option("--json", "as_json", is_flag=True, help="A JSON line an article, in the form that extract gives.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=20, show_default=True, help="Articles at most.")
@pass_context
def search(context: Context, words: str, as_json: bool, limit: int) -> None:
    """Find articles that hold the words, newest first: "a phrase", OR, and -not are understood."""
    from sql.articles import in_its_zone, search_articles, to_record
    from sql.database import connect

    count = 0
    with context.database() as url, connect(url, autocommit=True) as connection:
        for row in search_articles(connection, words.replace("\x00", ""), limit=limit):
            count += 1
            if as_json:
                click.echo(orjson.dumps(to_record(row)))
            else:
                when = (in_its_zone(row.published_at, row.published_offset_s) or "no date")[:16].replace("T", " ")
                click.echo(f"{when:16}  {row.site:28}  {row.title or '(no title)'}\n{'':18}{row.url}")
    if not count and not as_json:
        click.echo("nothing found", err=True)
