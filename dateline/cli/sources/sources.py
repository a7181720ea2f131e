"""`dateline sources …`: manage the watched publishers. They are stored in the database; files are for import and export."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from dateline.cli.context import Context, pass_context
from dateline.cli.sources.access import print_notes, reopened_words
from dateline.cli.sources.settings import set_command
from dateline.cli.sources.trials import add, check, refuse_unknown
from dateline.errors import UsageError
from dateline.types.source import Source

if TYPE_CHECKING:
    from dateline.sources.opml import Opml

NAMES = click.argument("names", nargs=-1, required=True, metavar="NAME…")
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
COUNTRY = click.option("--country", metavar="CC", help="Only sources of this country (two letters).")
LANGUAGE = click.option("--language", metavar="LL", help="Only sources in this language (two letters).")
TAG = click.option("--tag", metavar="WORD", help="Only sources with this tag.")


@click.group("sources")
def sources() -> None:
    """Manage sources: the publishers that are watched."""


sources.add_command(add)
sources.add_command(check)
sources.add_command(set_command)


@sources.command("list")
@COUNTRY
@LANGUAGE
@TAG
@JSON
@pass_context
def list_command(context: Context, country: str | None, language: str | None, tag: str | None, as_json: bool) -> None:
    """List sources with their state."""
    from sql.database import connect
    from sql.frontier.sources import list_sources

    with context.database() as url, connect(url) as conn:
        found = list_sources(conn, country=_lower(country), language=_lower(language), tag=tag)
    if as_json:
        _print_json(found)
        return
    from dateline.cli.sources.tables import source_table

    click.echo(source_table(found))


@sources.command()
@NAMES
@JSON
@pass_context
def show(context: Context, names: tuple[str, ...], as_json: bool) -> None:
    """Show the definition of sources. Also prints the last visits of their watched pages, and rejected URLs by reason."""
    from dateline.cli.sources.tables import page_table, reason_line
    from dateline.sources.toml_files import source_fields, write_sources_toml
    from sql.database import connect
    from sql.frontier.sources import get_sources, refused_by_reason, watched_states

    with context.database() as url, connect(url) as conn:
        found = get_sources(conn, names)
        refuse_unknown(conn, names, {source.name for source in found})
        states = [(watched_states(conn, source.name), refused_by_reason(conn, source.name)) for source in found]
    for source, (pages, refused) in zip(found, states, strict=True):
        if as_json:
            _print_json([source_fields(source) | {"watched": pages, "refused": refused}])
        else:
            click.echo(
                write_sources_toml([source])
                + "\n"
                + page_table(pages, is_paused=source.is_paused)
                + "\n"
                + reason_line(refused)
            )


@sources.command()
@NAMES
@pass_context
def pause(context: Context, names: tuple[str, ...]) -> None:
    """Stop visiting sources until they are resumed."""
    _set_paused(context, names, is_paused=True)


@sources.command()
@NAMES
@pass_context
def resume(context: Context, names: tuple[str, ...]) -> None:
    """Resume paused sources."""
    _set_paused(context, names, is_paused=False)


def _set_paused(context: Context, names: tuple[str, ...], *, is_paused: bool) -> None:
    from sql.database import connect
    from sql.frontier.sources import set_paused

    with context.database() as url, connect(url) as conn:
        refuse_unknown(conn, names, set_paused(conn, names, is_paused=is_paused))
    click.echo(f"{'paused' if is_paused else 'resumed'}: {', '.join(names)}")


@sources.command()
@NAMES
@pass_context
def run(context: Context, names: tuple[str, ...]) -> None:
    """Make all watched pages of sources due now."""
    from sql.database import connect
    from sql.frontier.sources import paused_sources, wake_sources

    with context.database() as url, connect(url) as conn:
        refuse_unknown(conn, names, wake_sources(conn, names))
        paused = sorted(paused_sources(conn, names))
    click.echo(f"due now: {', '.join(names)}")
    if paused:
        click.echo(f"paused, so visited only once resumed: {', '.join(paused)}", err=True)


@sources.command()
@NAMES
@pass_context
def remove(context: Context, names: tuple[str, ...]) -> None:
    """Remove sources. Their articles stay; `dateline forget` deletes those."""
    from sql.database import connect
    from sql.frontier.sources import remove_sources

    with context.database() as url, connect(url) as conn:
        refuse_unknown(conn, names, remove_sources(conn, names))
    click.echo(f"removed: {', '.join(names)}; their articles stay")


@sources.command("import")
@click.argument("origin", metavar="catalogue|FILE|-")
@COUNTRY
@LANGUAGE
@TAG
@click.option("--dry-run", is_flag=True, help="Print the changes without making them.")
@JSON
@pass_context
def import_command(
    context: Context,
    origin: str,
    country: str | None,
    language: str | None,
    tag: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Import sources from a file or the built-in catalogue.

    The file is a sources.toml or an OPML file. New sources are added and existing ones updated; paused ones stay paused,
    and sources not in the file are not changed. If any part of the file is invalid, nothing is imported.
    """
    from dateline.sources.toml_files import matching
    from sql.database import connect

    found, opml = _read(origin)
    wanted = matching(found, country=country, language=language, tag=tag)
    if not found:
        raise UsageError(f"No source found in {origin}: give a sources.toml, or an OPML file with feeds")
    if not wanted:
        raise UsageError(f"No source in {origin} matches the filters")
    for source in wanted:
        print_notes(source, context.settings)
    with context.database() as url, connect(url) as conn, conn.transaction(force_rollback=dry_run):
        states = _take(conn, wanted, opml)
    for one in opml.left_out if opml else ():
        click.echo(f"left out: {one.named}: {one.why}", err=True)
    if as_json:
        by_name = {source.name: source for source in wanted}
        _print_json(
            {"name": name, "state": state, "title": by_name[name].title, "home": by_name[name].home}
            if name in by_name
            else {"name": name, "state": state}
            for name, state in states
        )
        return
    for name, state in states:
        if state != "unchanged":
            click.echo(f"{state:<8} {name}")
    counts = ", ".join(f"{sum(s == state for _, s in states)} {state}" for state in ("new", "changed", "unchanged"))
    click.echo(f"{counts}{' (dry run: nothing was changed)' if dry_run else ''}")


def _read(origin: str) -> tuple[list[Source], Opml | None]:
    """The sources of a file or the catalogue; if it was OPML, with what that says beside them."""
    from dateline.files import decode_text
    from dateline.sources.catalogue import load_catalogue
    from dateline.sources.opml import read_opml
    from dateline.sources.toml_files import read_sources_toml
    from scheduler.cadence.calendar import parse_schedule

    if origin == "catalogue":
        return load_catalogue(), None
    try:
        content = sys.stdin.buffer.read() if origin == "-" else Path(origin).read_bytes()
    except OSError as error:
        raise UsageError(f"Cannot read {origin}: {error.strerror}", subject=origin) from error
    text = decode_text(content)
    if text.lstrip().startswith("<"):
        opml = read_opml(content, file=origin)
        return opml.sources, opml
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if lines and all(line.lower().startswith(("http://", "https://")) for line in lines):
        cure = f"add each with `dateline sources add URL`, such as {lines[0]}"
        raise UsageError(f"{origin} is a list of addresses, not a sources.toml or OPML file: {cure}", subject=origin)
    return read_sources_toml(text, file=origin, check_schedule=parse_schedule), None


def watched_twice(taken: Sequence[Source], known: Sequence[Source]) -> Iterator[str]:
    """A line for each page of a source that another one watches already, however its address is spelt."""
    from dateline.sources.opml import plain_address

    own = {source.name for source in taken}
    owners: dict[str, str] = {}
    for source in [*(one for one in known if one.name not in own), *taken]:
        for page in source.watched:
            first = owners.setdefault(plain_address(page.url), source.name)
            if first != source.name:
                yield f"{source.name}: {page.url} is watched for {first}, too, and is visited for each of them"


def _take(conn: Any, wanted: list[Source], opml: Opml | None) -> list[tuple[str, str]]:
    """Put sources into the database; each name with "new", "changed" or "unchanged".

    OPML says less than the database knows: its sources are merged into those that are known.
    """
    from dateline.sources.opml import merge_opml
    from sql.frontier.sources import get_sources, upsert_source

    states, known = [], get_sources(conn)
    taken = merge_opml(wanted, known, guessed=opml.guessed) if opml else wanted
    for line in watched_twice(taken, known):
        click.echo(line, err=True)
    for source in taken:
        upserted = upsert_source(conn, source)
        state = "new" if upserted.is_new else "changed" if upserted.is_changed else "unchanged"
        states.append((source.name, state))
        if upserted.reopened:
            click.echo(f"{source.name}{reopened_words(upserted.reopened)}", err=True)
    return states


@sources.command()
@click.argument("names", nargs=-1, metavar="[NAME…]")
@click.option(
    "--format",
    "form",
    type=click.Choice(["toml", "opml"]),
    help="File format.  [default: by the ending of -o, else toml]",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="File to write.  [default: standard output]",
)
@COUNTRY
@LANGUAGE
@TAG
@pass_context
def export(
    context: Context,
    names: tuple[str, ...],
    form: str | None,
    output: Path | None,
    country: str | None,
    language: str | None,
    tag: str | None,
) -> None:
    """Export sources as TOML, or their feeds as OPML. Overwriting a sources.toml keeps its comments."""
    from dateline.files import format_of, written_whole
    from dateline.sources.opml import write_opml
    from dateline.sources.toml_files import matching, write_sources_toml
    from sql.database import connect
    from sql.frontier.sources import get_sources

    chosen = format_of(output, {"toml": (".toml",), "opml": (".opml", ".xml")}, named=form)
    with context.database() as url, connect(url) as conn:
        found = get_sources(conn, names or None)
        refuse_unknown(conn, names, {source.name for source in found})
    found = matching(found, country=country, language=language, tag=tag)
    if chosen == "opml":
        text = write_opml(found)
        _warn_of_what_opml_leaves_out(found)
    else:
        text = write_sources_toml(found, base=_text_of(output))
    if output is None or str(output) == "-":
        click.echo(text, nl=False)
    else:
        with written_whole(output) as file:
            file.write(text.encode())


def _text_of(path: Path | None) -> str:
    from dateline.files import read_text_file

    return read_text_file(path) if path is not None and path.is_file() else ""


def _warn_of_what_opml_leaves_out(found: Iterable[Source]) -> None:
    for source in found:
        kinds = sorted({page.kind.replace("_", " ") for page in source.watched if page.kind != "feed"})
        if all(page.kind != "feed" for page in source.watched):
            click.echo(f"left out: {source.name} has no feed, and OPML lists only feeds", err=True)
        elif kinds:
            click.echo(f"left out: {source.name}'s watched pages of kind {', '.join(kinds)}", err=True)


def _print_json(rows: Iterable[Any]) -> None:
    for row in rows:
        click.echo(orjson.dumps(row).decode())


def _lower(text: str | None) -> str | None:
    return text.lower() if text else None
