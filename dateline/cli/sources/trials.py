"""`dateline sources add` and `check`: the two commands that use the network."""

from __future__ import annotations

import asyncio
import dataclasses
import sys
from collections.abc import Callable, Coroutine, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import click
import orjson

from dateline.cli.context import Context, pass_context
from dateline.cli.sources.access import access_options, login_notes, print_notes, refuse_options
from dateline.errors import FetchError, UsageError
from dateline.types.source import Politeness, Source

if TYPE_CHECKING:
    from crawler.source_finder.finder import FoundSource, SourceFinder, TriedPage
    from dateline.config import Settings
    from scheduler.commands.source_samples import Sample

T = TypeVar("T")

_SOURCES_AT_ONCE = 16


@click.command()
@click.argument("address", metavar="URL")
@click.option("--name", help="Short name.  [default: made from the title]")
@click.option("--title", help="Name of the outlet.  [default: from its home page]")
@click.option("--country", metavar="CC", help="Country, two letters.")
@click.option("--language", "languages", multiple=True, metavar="LL", help="Language, two letters; may be repeated.")
@click.option("--tag", "tags", multiple=True, metavar="WORD", help="Tag; may be repeated.")
@click.option(
    "--schedule",
    default="adaptive",
    show_default=True,
    help='adaptive, "every 15m", or a cron expression with five fields.',
)
@click.option("--timezone", default="UTC", show_default=True, help="Time zone of a cron expression.")
@click.option(
    "--delay",
    type=click.FloatRange(0),
    metavar="SECONDS",
    help="Delay between requests to the host, also for its visits.",
)
@access_options
@click.option("--dry-run", is_flag=True, help="Find and try the pages, but do not add the source.")
@click.option(
    "--samples",
    type=click.IntRange(0, 20),
    default=0,
    show_default=True,
    help="Number of its newest articles to fetch and print, without storing them.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object: the source, and each page that was tried."
)
@pass_context
def add(
    context: Context,
    address: str,
    name: str | None,
    title: str | None,
    country: str | None,
    languages: tuple[str, ...],
    tags: tuple[str, ...],
    schedule: str,
    timezone: str,
    delay: float | None,
    access: Politeness,
    dry_run: bool,
    samples: int,
    as_json: bool,
) -> None:
    """Add a source, and find the pages to watch.

    Finds and tries its feeds, its news sitemaps and the sitemaps in robots.txt. The page at the URL is watched itself, too,
    be it a home page, a section, a feed or a sitemap. A section or feed of a known source is added to that source. Exits
    with 2, and changes nothing, if all of it is known already.
    """
    from scheduler.cadence.calendar import parse_schedule
    from sql.database import connect
    from sql.frontier.sources import upsert_source

    parse_schedule(schedule, timezone)
    politeness = dataclasses.replace(access, delay_s=delay)
    given = {"title": title, "country": country, "languages": languages, "tags": tags}
    draft = _checked(
        {"schedule": schedule, "timezone": timezone} | {key: value for key, value in given.items() if value}
    )
    home = _address(address)
    with context.database() as url:
        known = _known(url, name, home)
        print_notes(Source(name or home, "", home, politeness=politeness), context.settings, is_typed=True)
        look = partial(_look, is_quiet=as_json, samples=samples)
        try:
            found, read = _with_finder(context, partial(look, home=home), politeness=politeness, home=home)
        except FetchError as error:
            if "//" in address or error.reason not in _NO_HTTPS:
                raise
            home = home.replace("https:", "http:", 1)
            found, read = _with_finder(context, partial(look, home=home), politeness=politeness, home=home)
        extended = _extended(found, known)
        if extended is not None:
            refuse_options(extended, draft, politeness)
        source = extended or _source(found, draft, politeness, name, {one.name for one in known})
        if not source.watched:
            raise FetchError(
                f"Found no feed, sitemap or section page at {home}. Give the URL of a feed or sitemap",
                reason="nothing_found",
                subject=home,
            )
        if not dry_run:
            with connect(url) as conn:
                upsert_source(conn, source)
    is_new = source.name not in {one.name for one in known}
    _print_added(source, found, read, as_json=as_json, is_added=not dry_run, is_new=is_new)


_NO_HTTPS = frozenset({"connect_refused", "connect_reset", "connect_closed", "tls"})
"""Reasons for which an address that was written without a scheme is tried over http: nothing there speaks TLS."""


def _address(given: str) -> str:
    from dateline.sources.fields import Problem, written_address

    try:
        return written_address(given if ":" in given or given.startswith("//") else f"https://{given}")
    except Problem as problem:
        raise UsageError(str(problem), subject=given) from problem


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields as a sources.toml would be read, or a UsageError that names the cure."""
    from dateline.sources.fields import Problem
    from dateline.sources.toml_files import FIELDS

    values = {}
    for field, value in fields.items():
        try:
            values[field] = FIELDS[field](list(value) if isinstance(value, tuple) else value)
        except Problem as problem:
            raise UsageError(f"{field}: {problem}") from problem
    return values


def _known(url: str, name: str | None, home: str) -> list[Source]:
    """The known sources; a UsageError if the name asked for, the home page or the watched page is among them."""
    from sql.database import connect
    from sql.frontier.sources import get_sources

    if name is not None:
        _checked({"name": name})
    with connect(url) as conn:
        known = get_sources(conn)
    for source in known:
        pages = {_mark(page.url) for page in source.watched}
        if source.name == name or _mark(home) in {_mark(source.home), *pages}:
            raise _known_already(source)
    return known


def _known_already(source: Source) -> UsageError:
    return UsageError(
        f"{source.name} ({source.home}) is already a source. See `dateline sources show {source.name}`; "
        f"to change it, use `dateline sources set {source.name} FIELD=VALUE`",
        subject=source.name,
    )


def _extended(found: FoundSource, known: list[Source]) -> Source | None:
    """The known source of a page that was given, with that page among those it watches; None where no source is known.

    A UsageError if there is nothing to add.
    """

    source = _publisher_of(found, known)
    if source is None:
        return None
    watched = {_mark(page.url) for page in source.watched}
    itself = _mark(found.tried[-1].url)
    pages = tuple(page for page in found.chosen if _mark(page.url) == itself and itself not in watched)
    if not pages or _mark(source.home) == itself:
        raise _known_already(source)
    return dataclasses.replace(source, watched=(*source.watched, *pages))


def _publisher_of(found: FoundSource, known: list[Source]) -> Source | None:
    """The known source that watches a page of what was found, or whose home page is the page's or its site's.

    A feed's host alone does not decide, because publishers share hosts: the source watches its home page, or the titles are
    alike.
    """
    from urllib.parse import urljoin

    chosen = {_mark(page.url) for page in found.chosen}
    for source in known:
        if any(_mark(page.url) in chosen for page in source.watched):
            return source
    homes = {_mark(found.home), _mark(urljoin(found.home, "/"))}
    at_home = (source for source in known if _mark(source.home) in homes)
    is_page = found.tried[-1].kind in ("home", "section")
    return next((one for one in at_home if is_page or _has_home(one) or _is_alike(one.title, found.title or "")), None)


def _has_home(source: Source) -> bool:
    """Whether a source is known by its home page, not only by a feed."""
    return any(page.kind == "home" and _mark(page.url) == _mark(source.home) for page in source.watched)


def _mark(url: str) -> str:
    """What two addresses of one watched page have in common."""
    from dateline.urls import normalise_url

    return normalise_url(url).lower()


def _is_alike(one: str, other: str) -> bool:
    first, second = one.casefold().strip(), other.casefold().strip()
    return bool(first and second) and (first in second or second in first)


async def _look(
    source_finder: SourceFinder, home: str, *, is_quiet: bool, samples: int
) -> tuple[FoundSource, list[Sample]]:
    """The pages that can be watched, and sample articles; prints each page after it was tried."""
    from dateline.cli.sources.tables import trial_line
    from scheduler.commands.source_samples import read_samples

    on_tried = source_finder.on_tried if is_quiet else lambda page: click.echo(trial_line(page))
    found = await dataclasses.replace(source_finder, on_tried=on_tried).find(home)
    return found, await read_samples(source_finder, found, samples)


def _source(
    found: FoundSource, draft: dict[str, Any], politeness: Politeness, name: str | None, taken: set[str]
) -> Source:
    """The source for the site, with the values that the operator gave."""
    from dateline.sources.fields import unique_slug
    from dateline.urls import host_of

    host = host_of(found.home).removeprefix("www.")
    title = draft.get("title") or found.title or host
    languages = draft.get("languages") or ((found.language,) if found.language else ())
    return Source(
        **draft | {"title": title, "languages": languages},
        name=name or unique_slug(title, taken, fallback=unique_slug(host, taken)),
        home=found.home,
        watched=found.chosen,
        politeness=politeness,
    )


def _print_added(
    source: Source, found: FoundSource, samples: list[Sample], *, as_json: bool, is_added: bool, is_new: bool
) -> None:
    from dateline.cli.sources.tables import not_watched_lines, sample_line
    from dateline.sources.toml_files import source_fields, write_sources_toml

    if as_json:
        fields = {
            "is_added": is_added,
            "is_new": is_new,
            "source": source_fields(source),
            "tried": [_row(page) for page in found.tried],
            "samples": samples,
        }
        click.echo(orjson.dumps(fields).decode())
        return
    for sample in samples:
        click.echo(sample_line(sample))
    click.echo(f"\n{write_sources_toml([source])}")
    for line in not_watched_lines(source, found.tried):
        click.echo(line)
    added = f"added {source.name}" if is_new else f"added {source.watched[-1].url} to {source.name}, a known source"
    click.echo(added if is_added else "nothing was added")


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME…]")
@click.option("--all", "is_all", is_flag=True, help="Check all sources that are not paused.")
@click.option("--delay", type=click.FloatRange(0), metavar="SECONDS", help="Delay between requests to a host.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per page.")
@pass_context
def check(context: Context, names: tuple[str, ...], is_all: bool, delay: float | None, as_json: bool) -> None:
    """Try every watched page of sources. Changes nothing.

    Prints each page's result, its number of entries, and its newest entry. Exits with 0 if all pages work, 1 if none does,
    3 if some do.
    """
    from dateline.cli.sources.tables import source_table
    from sql.database import connect
    from sql.frontier.sources import get_sources

    if bool(names) == is_all:
        raise UsageError("Give the names of the sources to check, or --all")
    with context.database() as url, connect(url) as conn:
        found = get_sources(conn, names or None)
        refuse_unknown(conn, names, {source.name for source in found})
    wanted = [source for source in found if names or not source.is_paused]
    if not wanted:
        click.echo("all sources are paused" if found else source_table([]), err=True)
        return
    check_all = partial(_check, found=wanted, settings=context.settings, delay=delay, as_json=as_json)
    pages = _with_finder(context, check_all)
    outcomes = [page.is_ok for page in pages]
    sys.exit(0 if all(outcomes) else 3 if any(outcomes) else 1)


async def _check(
    source_finder: SourceFinder, found: list[Source], settings: Settings, *, delay: float | None, as_json: bool
) -> list[TriedPage]:
    """The results of trying each page of the sources, several sources at once; printed per source."""
    places = asyncio.Semaphore(_SOURCES_AT_ONCE)
    notes = {source.name: login_notes(source, settings) for source in found}

    async def check_one(source: Source) -> list[TriedPage]:
        async with places:
            polite = _politeness(source.politeness, delay, otherwise=source_finder.politeness)
            visitor = dataclasses.replace(source_finder, politeness=polite, home=source.home)
            pages = [await visitor.try_page(page) for page in source.watched]
        _print_checked(source, pages, notes[source.name], as_json=as_json)
        return pages

    return [page for pages in await asyncio.gather(*map(check_one, found)) for page in pages]


def _politeness(own: Politeness, delay: float | None, *, otherwise: Politeness) -> Politeness:
    """A source's own politeness, with the delay of the command line, else its own, else the configured one."""
    delays = (delay, own.delay_s, otherwise.delay_s)
    return dataclasses.replace(own, delay_s=next(filter(lambda seconds: seconds is not None, delays), None))


def _print_checked(source: Source, pages: list[TriedPage], notes: list[str], *, as_json: bool) -> None:
    from dateline.cli.sources.tables import trial_line

    if as_json:
        lines = [orjson.dumps({"source": source.name} | _row(page) | {"notes": notes}).decode() for page in pages]
    else:
        lines = [source.name, *(f"  note {note}" for note in notes), *map(trial_line, pages)]
    click.echo("\n".join(lines))


def _with_finder(
    context: Context,
    work: Callable[[SourceFinder], Coroutine[Any, Any, T]],
    *,
    politeness: Politeness | None = None,
    home: str = "",
) -> T:
    """The result of `work`, run with a source finder that treats hosts as said, by default as configured."""
    from crawler.fetch.event_loop import run
    from crawler.source_finder.finder import open_source_finder
    from scheduler.runtime import fetch_settings

    settings = context.settings

    async def source_recovery() -> T:
        async with open_source_finder(
            fetch_settings(settings),
            politeness=_politeness(politeness or Politeness(), None, otherwise=Politeness(delay_s=settings.delay_s)),
            deadline_s=settings.parse_deadline_s,
            memory_mb=settings.parse_memory_mb,
        ) as source_finder:
            return await work(dataclasses.replace(source_finder, home=home))

    return run(source_recovery)


def _row(page: TriedPage) -> dict[str, Any]:
    return {
        "url": page.url,
        "kind": page.kind,
        "outcome": page.outcome,
        "detail": page.detail,
        "status": page.status,
        "entries": page.entries,
        "sitemaps": page.sitemaps,
        "newest_at": page.newest_at,
        "warnings": page.warnings,
    }


def refuse_unknown(conn: Any, names: Iterable[str], known: set[str]) -> None:
    """A UsageError for names that no source has, with similar names; nothing is committed then."""
    import difflib

    from sql.frontier.sources import get_sources

    unknown = [name for name in names if name not in known]
    if unknown:
        close = difflib.get_close_matches(unknown[0], known | {source.name for source in get_sources(conn)}, 3)
        cure = f". Did you mean {' or '.join(close)}?" if close else ". `dateline sources list` shows the names"
        raise UsageError(f"Unknown source {', '.join(unknown)}{cure}", subject=unknown[0])
