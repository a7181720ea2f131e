"""`dateline sources set`: changes single fields of sources, by the rules by which sources.toml is read."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import click

from dateline.cli.context import Context, pass_context
from dateline.cli.sources.access import print_notes, reopened_words
from dateline.cli.sources.trials import refuse_unknown
from dateline.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from dateline.types.source import Source


@click.command("set")
@click.argument("words", nargs=-1, required=True, metavar="NAME… FIELD=VALUE…")
@pass_context
def set_command(context: Context, words: tuple[str, ...]) -> None:
    """Change fields of sources; an empty value restores the default.

    Fields are those of sources.toml: title, country, schedule, timezone …, and of its tables politeness and extraction, as
    fetch_pages=false, site_names="Bay Post,The Bay Post", cookies_file=bay.txt or headers.Authorization='Bearer ${BAY_TOKEN}'.
    """
    from sql.database import connect
    from sql.frontier.sources import get_sources, upsert_source

    names = [word for word in words if "=" not in word]
    changes = [word.partition("=")[::2] for word in words if "=" in word]
    if not names or not changes:
        raise UsageError("name a source and a field, as `dateline sources set bay fetch_pages=false`", subject=words[0])
    with context.database() as url, connect(url) as conn:
        found = get_sources(conn, names)
        refuse_unknown(conn, names, {source.name for source in found})
        changed = [_changed(source, changes) for source in found]
        typed = {name.strip().partition(".")[0] for name, _ in changes}
        for source in changed:
            print_notes(source, context.settings, is_typed="cookies_file" in typed)
        with conn.transaction():
            for source in changed:
                done = upsert_source(conn, source, is_login_renewed=bool(typed & {"cookies_file", "headers"}))
                click.echo(
                    f"{'changed' if done.is_changed else 'unchanged'}: {source.name}{reopened_words(done.reopened)}"
                )


def _changed(source: Source, changes: Sequence[tuple[str, str]]) -> Source:
    """The source with these fields; a UsageError names the field and the cure."""
    import tomlkit

    from dateline.sources.toml_files import read_source, write_sources_toml
    from scheduler.cadence.calendar import parse_schedule

    document = tomlkit.parse(write_sources_toml([source]))
    table: Any = document["source"][0]
    for name, value in changes:
        _set(table, name.strip(), value.strip())
    try:
        return read_source(table.unwrap(), check_schedule=parse_schedule)
    except ConfigError as error:
        raise UsageError(f"{source.name}: {error}", subject=source.name) from error


def _set(table: Any, name: str, value: str) -> None:
    from dateline.sources.fields import unknown_fields
    from dateline.sources.toml_files import FIELDS, TABLES, WATCHED_FIELDS

    if name in ("name", "paused"):
        cure = "`dateline sources pause` and `resume`" if name == "paused" else "remove it and add it again"
        raise UsageError(f"{name} can't be set: {cure}", subject=name)
    name, dot, header = name.partition(".") if name.startswith("headers.") else (name, "", "")
    for field, problem in unknown_fields([name], (*FIELDS, *WATCHED_FIELDS, *chain(*TABLES.values()))):
        raise UsageError(f"{field}: {problem}", subject=field)
    holder = next((title for title, fields in TABLES.items() if name in fields), None)
    target = table if holder is None else table.setdefault(holder, {})
    if dot:
        target = target.setdefault(name, {})
        name = header
    elif name == "headers" and value:
        raise UsageError(
            "headers: set one after the other, as headers.Authorization='Bearer ${POST_TOKEN}'", subject=name
        )
    if value:
        target[name] = value if dot else _read(name, value)
    elif name in target:
        del target[name]


def _read(name: str, value: str) -> object:
    """The value as TOML has it: a list, a text where the field takes it ("1984" is a title), a truth value or a number."""
    from dateline.sources.fields import Problem
    from dateline.sources.toml_files import FIELDS, LISTS, TABLES

    if name in LISTS:
        return [part.strip() for part in value.split(",") if part.strip()]
    reader = next((fields[name] for fields in (FIELDS, *TABLES.values()) if name in fields), None)
    if reader is not None:
        with contextlib.suppress(Problem):
            reader(value)
            return value
    if value.lower() in ("true", "false"):
        return value.lower() == "true"
    for number in (int, float):
        try:
            return number(value)
        except ValueError:
            continue
    return value
