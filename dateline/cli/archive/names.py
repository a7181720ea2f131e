"""`dateline names import | list | remove | export`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click
import orjson

from dateline.cli.context import Context, pass_context
from dateline.errors import UsageError
from dateline.names.name_list import KINDS
from dateline.text import quantity

if TYPE_CHECKING:
    from sql.names.names import Names

T = TypeVar("T")


@click.group()
def names() -> None:
    """Follow people, organisations, places and products.

    They are found in all articles, in all languages.

    Search for them as name:"Ada May" or name:Q64."""


@names.command("import")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True), required=False)
@click.option(
    "--builtin", metavar="LIST", help="Import a list that comes with Dateline: places (countries and large cities)."
)
@pass_context
def import_(context: Context, file: Path | None, builtin: str | None) -> None:
    """Add the names in FILE, or replace their forms.

    FILE is CSV with the columns id, kind, name, aliases, language; - is standard input. id is a Wikidata id or one of your
    own; kind is person, organisation, place or product. Aliases are separated by |. With a language (en, de …), the line
    counts in articles in that language only; an id may have a line per language. An alias in capitals (WHO) is found in
    capitals only. Articles that are stored already are looked through by the service, or by `dateline reprocess --names`."""
    from dateline.clock import utc_now
    from dateline.files import read_text_file
    from dateline.names.builtin import builtin as builtin_list
    from dateline.names.name_list import read_names

    if (file is None) == (builtin is None):
        raise UsageError("Name a file, or a list with --builtin")
    text = "" if builtin else read_text_file(_source(file))
    try:
        lines = builtin_list(builtin) if builtin else read_names(text)
    except UsageError as error:
        raise UsageError(f"{file}: {error}" if file else str(error), subject=str(file or builtin)) from error

    async def work(names: Names) -> int:
        await names.put(lines, now=utc_now())
        return await names.waiting()

    waiting = _with_names(context, work)
    forms = sum(1 + len(line.aliases) for line in lines)
    click.echo(f"imported: {quantity(len({line.id for line in lines}), 'name')} in {quantity(forms, 'form')}")
    if waiting:
        click.echo(
            f"{quantity(waiting, 'article')} to look through: a running service does so, or `dateline reprocess --names`",
            err=True,
        )


@names.command("list")
@click.argument("text", required=False)
@click.option("--kind", type=click.Choice(KINDS), help="Only names of this kind.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@pass_context
def list_(context: Context, text: str | None, kind: str | None, as_json: bool) -> None:
    """List names, and in how many articles each occurs. With TEXT, only those of which a form contains it."""
    clean = text.replace("\x00", "") if text else None
    found = _with_names(context, lambda names: names.listed(kind=kind, text=clean))
    if not found and not as_json:
        click.echo("No such names. Add some with `dateline names import FILE`", err=True)
    for one in found:
        if as_json:
            click.echo(orjson.dumps({"id": one.id, "kind": one.kind, "name": one.name, "articles": one.articles}))
        else:
            click.echo(f"{one.id:24} {one.kind:12} {one.articles:8}  {one.name}")


@names.command()
@click.argument("ids", nargs=-1, required=True)
@pass_context
def remove(context: Context, ids: tuple[str, ...]) -> None:
    """Remove the names with these IDS, and all their mentions."""
    gone = _with_names(context, lambda names: names.remove([one.replace("\x00", "") for one in ids]))
    for one in gone:
        click.echo(f"removed: {one}")
    if unknown := [one for one in ids if one not in gone]:
        raise UsageError(
            f"No name has the id {', '.join(unknown)}. `dateline names list` shows the ids", subject=unknown[0]
        )


@names.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to this file instead of standard output.",
)
@pass_context
def export(context: Context, output: Path | None) -> None:
    """Write the names as the CSV that `names import` reads."""
    from dateline.files import format_of, written_whole
    from dateline.names.name_list import write_names

    format_of(output, {"csv": (".csv",)})
    text = "".join(write_names(_with_names(context, lambda names: names.lines())))
    if output is None:
        click.echo(text, nl=False)
        return
    with written_whole(output) as file:
        file.write(text.encode())


def _source(file: Path | None) -> Path:
    return Path("/dev/stdin") if file is None or str(file) == "-" else file


def _with_names(context: Context, work: Callable[[Names], Awaitable[T]]) -> T:
    """What the work returns, done with the names of the command's database."""
    from sql.database import open_pool
    from sql.names.names import Names

    async def done(url: str) -> T:
        async with open_pool(url, max_size=1) as pool:
            return await work(Names(pool))

    with context.database() as url:
        return asyncio.run(done(url))
