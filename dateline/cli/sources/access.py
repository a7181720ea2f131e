"""The options of `dateline sources add` that say how a source is asked, and what is wrong with its login on this machine."""

from __future__ import annotations

import functools
import shlex
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click

from dateline.clock import utc_now
from dateline.errors import UsageError
from dateline.text import quantity
from dateline.types.source import Politeness, Source, access_of

if TYPE_CHECKING:
    from dateline.config import Settings

_OPTIONS = (
    click.option(
        "--ca-file",
        metavar="FILE",
        help="Certificates (PEM) to trust for this source's site besides the system's; kept with the source.",
    ),
    click.option(
        "--cookies-file", metavar="FILE", help="Cookies (Netscape cookies.txt) of a login; only the path is kept."
    ),
    click.option(
        "--header",
        "headers",
        multiple=True,
        metavar="'NAME: VALUE'",
        help="Header to send to this source's site, as 'Authorization: Bearer ${POST_TOKEN}'; may be repeated.",
    ),
    click.option("--proxy", metavar="URL", help="Proxy for its requests: http://, https:// or socks5://host:port."),
    click.option("--proxy-resolves", is_flag=True, help="Let the proxy look up host names."),
    click.option("--user-agent", metavar="TEXT", help="User-Agent for its requests."),
)


def access_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command with options for login and proxy; it gets them read, as `access`."""

    @functools.wraps(command)
    def wrapped(
        *args: Any,
        ca_file: str | None,
        cookies_file: str | None,
        headers: tuple[str, ...],
        proxy: str | None,
        proxy_resolves: bool,
        user_agent: str | None,
        **more: Any,
    ) -> Any:
        given: dict[str, Any] = {
            "ca_file": ca_file,
            "cookies_file": cookies_file,
            "headers": _pairs(headers),
            "proxy": proxy,
        }
        given |= {"proxy_resolves": proxy_resolves, "user_agent": user_agent}
        return command(*args, access=_read({name: value for name, value in given.items() if value}), **more)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


def _pairs(lines: tuple[str, ...]) -> dict[str, str]:
    pairs = dict[str, str]()
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise UsageError("--header: write it as 'NAME: VALUE'")
        pairs[name.strip()] = value.strip()
    return pairs


def _read(given: dict[str, Any]) -> Politeness:
    from dateline.sources.fields import Problem
    from dateline.sources.toml_files import TABLES

    values = {}
    for name, value in given.items():
        try:
            values[name] = TABLES["politeness"][name](value)
        except Problem as problem:
            option = "header" if name == "headers" else name.replace("_", "-")
            shown = f" {value}" if name.endswith("_file") else ""
            raise UsageError(f"--{option}{shown}: {problem}") from problem
    return Politeness(**values)


def refuse_options(source: Source, draft: dict[str, Any], politeness: Politeness) -> None:
    """A UsageError for options that say how a source is, where only a page is added to a known one."""
    from dateline.sources.fields import changed_fields

    plain = {"schedule": "adaptive", "timezone": "UTC"}
    asked = {key: value for key, value in draft.items() if value != plain.get(key)} | changed_fields(politeness)
    if asked:
        raise UsageError(
            f"The page belongs to {source.name}, which is a source already, so nothing was added. Change the source first: "
            f"`dateline sources set {source.name} {' '.join(_settings(asked))}`; then add the page without these options",
            subject=source.name,
        )


def _settings(fields: dict[str, Any]) -> Iterator[str]:
    """Fields as `dateline sources set` takes them, quoted for a shell."""
    for name, value in fields.items():
        if name == "headers":
            yield from (shlex.quote(f"headers.{header}={text}") for header, text in value.items())
        else:
            yield shlex.quote(f"{name}={','.join(value) if isinstance(value, list | tuple) else value}")


def reopened_words(count: int) -> str:
    """What a new login sets in motion, to be put behind a source's name; empty where nothing."""
    return (
        f"; {quantity(count, 'page')} that ended at a wall {'is' if count == 1 else 'are'} fetched again"
        if count
        else ""
    )


def login_notes(source: Source, settings: Settings, *, is_typed: bool | None = None) -> list[str]:
    """What is wrong with a source's login on this machine.

    With `is_typed` a UsageError for a cookies file that can't be used anywhere, and if it is True for one that is not here.
    """
    from crawler.access.login import Logins
    from crawler.access.secrets import Secrets
    from dateline.errors import FetchError

    access = access_of(source.home, source.politeness)
    logins, notes = Logins(Secrets(settings.secrets_dir)), list[str]()
    try:
        if access.cookies_file and (note := logins.cookies_of(access, now=utc_now()).note):
            notes.append(f"{access.cookies_file}: {note}")
    except FetchError as error:
        if is_typed or (is_typed is not None and not error.is_temporary):
            raise UsageError(f"{source.name}: cookies_file: {error}", subject=source.name) from error
        return [str(error)]
    try:
        logins.of(access, now=utc_now())
    except FetchError as error:
        notes.append(f"{error}; it must be set where the service runs")
    return notes


def print_notes(source: Source, settings: Settings, *, is_typed: bool = False) -> None:
    """Print what is wrong with a source's login, or its browser, to standard error; a UsageError for a cookies file that can't be
    used."""
    from crawler.render.chromium import why_no_browser

    notes = list(login_notes(source, settings, is_typed=is_typed))
    if source.extraction.render and (why := why_no_browser(settings.chromium)):
        notes.append(f"render = true has no effect on this machine: {why}")
    for note in notes:
        click.echo(f"note: {source.name}: {note}", err=True)
