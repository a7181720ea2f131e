"""Settings: from `dateline.toml` in the data folder, overridden by the environment (DATELINE_NAME), read once at start.

The dataclass `Settings` is the only list of settings: name, type, default, section, help and the values it accepts are
declared together. `dateline config show` prints it, and `problems()` says what is wrong and how to fix it. Nothing
reads the environment after `load()`.

Why not pydantic-settings (2.16): comma-separated lists, DATELINE_NAME_FILE, the password that joins the database URL and
errors that name the file or variable would all be code of our own there too, for five more packages and 0.2 s at each start
of a command.
"""

from __future__ import annotations

import dataclasses
import difflib
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints
from urllib.parse import quote, urlsplit, urlunsplit

from dateline.errors import ConfigError
from dateline.unicode_text import decode_unicode

UNSET_CONTACT = "no contact configured"


def _section(title: str) -> Callable[..., Any]:
    """A function that declares the fields of one section of Settings.

    least: the smallest value that is accepted; choices: all that are; is_secret: the value is never shown.
    """

    def setting(
        default: Any, text: str, *, least: float | None = None, choices: Iterable[str] = (), is_secret: bool = False
    ) -> Any:
        rules = {"least": least, "choices": tuple(choices), "is_secret": is_secret}
        return field(default=default, metadata={"help": text, "section": title} | rules)

    return setting


_storage = _section("Storage")
_identity = _section("How publishers see us")
_network = _section("What may be fetched")
_pace = _section("Pace and limits of fetching")
_schedule = _section("Visits and re-checks")
_parsing = _section("Parsing and extraction")
_retention = _section("Archive and retention")
_endpoints = _section("Health, metrics and WebSub callbacks")
_console = _section("Console and analysts")
_log = _section("Log")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set. Environment names are DATELINE_ + the upper-case field name."""

    data_dir: Path = _storage(Path(), "folder of the embedded database, the archive and logs (--data-dir)")
    database_url: str | None = _storage(None, "PostgreSQL >= 15 to use in place of the embedded one", is_secret=True)

    contact: str = _identity("", "address or URL that publishers can write to; part of the User-Agent")
    user_agent: str = _identity("", "whole User-Agent; by default Dateline/VERSION (+CONTACT)")

    allow_networks: tuple[str, ...] = _network(
        (), "networks that may be fetched from although they are not public (CIDR)"
    )
    resolve: tuple[str, ...] = _network(
        (), "addresses to use in place of DNS: host=address:port, *.suffix=address:port or @file"
    )
    allowed_ports: tuple[int, ...] = _network((), "ports that may be fetched from besides 80 and 443")

    delay_s: float = _pace(1.0, "seconds between two requests to one host", least=0)
    concurrency: int = _pace(1, "requests at once to one host", least=1)
    hosts_at_once: int = _pace(32, "hosts that one worker visits at once", least=1)
    timeout_s: float = _pace(30.0, "seconds for one URL in total, redirects included", least=0)
    max_bytes: int = _pace(10 * 1024 * 1024, "bytes of one page after decompression", least=1)
    max_attempts: int = _pace(5, "tries at a URL before it counts as failed", least=1)
    max_pages_a_day: int = _pace(
        5000, "page fetches per day (UTC) from one host; no limit where its delay is 0", least=1
    )

    max_visits_a_day: int = _schedule(
        0, "visits per day in total to pages on the adaptive schedule; 0 means no limit", least=0
    )
    recheck_ages: tuple[str, ...] = _schedule(
        ("1h", "6h", "1d", "3d", "7d"), "ages at which stored articles are fetched again; empty: never"
    )
    recheck_share: float = _schedule(0.25, "share of max_pages_a_day that a source's re-checks may take")
    recheck_max_a_day: int = _schedule(20_000, "re-checks per day in total")
    sitemap_recent_days: int = _schedule(
        7, "how old a watched sitemap's entries may be; 0 is any age (crawls: any age)"
    )

    extraction_workers: int = _parsing(0, "processes that parse pages; 0 is one per core")
    parse_deadline_s: float = _parsing(15.0, "seconds of CPU time until a parse is killed", least=0)
    parse_memory_mb: int = _parsing(1024, "address space of a parsing process, MB")
    obey_reservations: tuple[str, ...] = _parsing(
        (),
        "reservations that keep a page out: noarchive, noai, tdm-reservation",
        choices=("noarchive", "noai", "tdm-reservation"),
    )
    learn_boilerplate: bool = _parsing(True, "leave out of texts what a host repeats on its articles (kept as removed)")

    archive: bool = _retention(True, "keep every page as fetched in the WARC archive")
    archive_retention_days: int = _retention(0, "days until archive files are deleted; 0 keeps them")
    archive_max_gb: float = _retention(
        0.0, "size of the archive at which its oldest files are deleted; 0 means no limit"
    )
    records_retention_days: int = _retention(
        90,
        "days that records of visits and fetches are kept; a fetch whose page is in the archive stays as long as that",
        least=1,
    )
    min_free_mb: int = _retention(512, "free disk space below which fetching pauses, MB")

    health_host: str = _endpoints("127.0.0.1", "address of the health and metrics endpoints")
    health_port: int = _endpoints(8766, "port of the health and metrics endpoints; 0 turns them off")
    callback_url: str = _endpoints(
        "", "public base URL of the WebSub callbacks, https://host; without one no hub is contacted"
    )
    callback_host: str = _endpoints(
        "127.0.0.1", "address at which callbacks are served, best behind a proxy that speaks TLS"
    )
    callback_port: int = _endpoints(8767, "port at which callbacks are served")

    console_host: str = _console("127.0.0.1", "address of the console; beyond this machine only with a password")
    console_port: int = _console(8765, "port of the console; 0 turns it off")
    console_password: str = _console(
        "", "password of the console; without one it is served to this machine only", is_secret=True
    )
    console_hosts: tuple[str, ...] = _console((), "further host names under which browsers may open the console")
    console_sql_url: str | None = _console(
        None, "read-only login for the console's SQL page; by default one of its own", is_secret=True
    )
    analyst_timeout_s: float = _console(300.0, "seconds after which a statement of an analyst's login is cancelled")

    log_level: str = _log("info", "debug, info, warning or error", choices=("debug", "info", "warning", "error"))
    log_format: str = _log("auto", "json, text, or auto: text on a terminal")

    @property
    def archive_dir(self) -> Path:
        """The folder of the WARC files."""
        return self.data_dir / "archive"

    @property
    def effective_user_agent(self) -> str:
        """The User-Agent that is sent: product token, version, and how to reach the operator (RFC 9110, 10.1.5)."""
        from dateline import __version__

        return self.user_agent or f"Dateline/{__version__} (+{self.contact or UNSET_CONTACT})"

    @property
    def effective_extraction_workers(self) -> int:
        """Parsing processes: as set, or one per core that this process may use."""
        return self.extraction_workers or len(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else "12")


def load(environ: Mapping[str, str], *, data_dir: Path) -> Settings:
    """Settings from `data_dir`/dateline.toml and then the environment; a ConfigError names what can't be read."""
    kinds = {name: kind for name, kind in get_type_hints(Settings).items() if name != "data_dir"}
    path = data_dir / "dateline.toml"
    values: dict[str, Any] = {"data_dir": data_dir}
    for name, value in _read_file(path).items():
        if name not in kinds:
            raise ConfigError(f"{path}: unknown setting {name!r}. {_suggestion(name, kinds)}")
        values[name] = _checked(name, value, kinds[name], path)
    for name, kind in kinds.items():
        text = _from_environment(environ, name)
        if text is not None:
            values[name] = _parse(name, text, kind)
    settings = Settings(**values)
    return dataclasses.replace(settings, database_url=_with_password(settings.database_url, environ))


def _suggestion(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), 1)
    return f"Did you mean {close[0]!r}?" if close else "`dateline config show` lists all settings"


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(decode_unicode(path.read_bytes()))
    except FileNotFoundError:
        return {}
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} can't be read: {error}", subject=str(path)) from error


def _checked(name: str, value: Any, kind: Any, path: Path) -> Any:
    """The value of a setting in the file; a ConfigError where its type is another."""
    value = tuple(value) if isinstance(value, list) else value
    if not _fits(value, kind):
        raise ConfigError(f"{path}: {name} is {value!r}; it takes {_KINDS.get(kind, 'text in quotes')}")
    return value


_KINDS: dict[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    tuple[str, ...]: 'a list of texts, such as ["a", "b"]',
    tuple[int, ...]: "a list of whole numbers, such as [8080, 8443]",
}
"""What a value of each type is called in errors about the file; all others are text."""


def _fits(value: Any, kind: Any) -> bool:
    if get_origin(kind) is tuple:
        return isinstance(value, tuple) and all(_fits(one, get_args(kind)[0]) for one in value)
    if kind in (int, float):  # a bool is an int, too; a whole number is a float, too
        return isinstance(value, int | kind) and not isinstance(value, bool)
    return isinstance(value, kind)


def _from_environment(environ: Mapping[str, str], name: str) -> str | None:
    """DATELINE_NAME, or the first line of the file that DATELINE_NAME_FILE names (how containers hand over secrets)."""
    variable = f"DATELINE_{name.upper()}"
    path = environ.get(f"{variable}_FILE")
    return environ.get(variable) if not path else _first_line(path, f"{variable}_FILE")


def _first_line(path: str, variable: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError(f"{variable} names {path}, which can't be read: {error.strerror}", subject=path) from error


def _with_password(url: str | None, environ: Mapping[str, str]) -> str | None:
    """The database URL with the password from DATELINE_DATABASE_PASSWORD_FILE put in, where one is given."""
    path = environ.get("DATELINE_DATABASE_PASSWORD_FILE")
    if not url or not path:
        return url
    parts = urlsplit(url)
    password = quote(_first_line(path, "DATELINE_DATABASE_PASSWORD_FILE"), safe="")
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{parts.username or 'postgres'}:{password}@{place}"))


def _parse(name: str, text: str, kind: Any) -> Any:
    """The value that an environment variable's text means for a field of that type."""
    try:
        if kind is bool:
            return _BOOLEANS[text.strip().lower()]
        if kind in (int, float):
            return kind(text)
        if get_origin(kind) is tuple:
            return tuple(get_args(kind)[0](part.strip()) for part in text.split(",") if part.strip())
    except (KeyError, ValueError) as error:
        takes = "whole numbers with commas between them" if get_origin(kind) else _KINDS[kind]
        raise ConfigError(f"DATELINE_{name.upper()} is {text!r}; it takes {takes}") from error
    return text or None if kind == str | None else text


_BOOLEANS = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}


def problems(settings: Settings) -> list[str]:
    """What is wrong or unwise in these settings, each with its cure; empty where all is well."""
    by_field = (text for item in dataclasses.fields(settings) for text in _of_field(item, settings))
    return [*_of_sender(settings), *by_field, *_of_forms(settings)]


def _of_field(item: dataclasses.Field[Any], settings: Settings) -> Iterator[str]:
    """What is wrong with a value by the rules that its field declares."""
    value, least, choices = getattr(settings, item.name), item.metadata["least"], item.metadata["choices"]
    if least is not None and value < least:
        yield f"{item.name} is {value}; it must be {least} or more"
    given = value if isinstance(value, tuple) else (str(value).lower(),)
    unknown = sorted(set(given) - set(choices)) if choices else []
    if unknown:
        yield f"{item.name} does not know {', '.join(map(repr, unknown))}; it takes {', '.join(choices)}"


def _of_sender(settings: Settings) -> Iterator[str]:
    if not settings.contact and not settings.user_agent:
        yield "contact is not set: publishers can't reach you. Set DATELINE_CONTACT=you@example.org"
    if settings.user_agent and not re.match(r"^[A-Za-z_-]+(/|\s|$)", settings.user_agent):
        yield "user_agent must begin with a product token of letters, _ or - (RFC 9309 matches robots.txt by it)"
    if any(ord(char) < 32 or ord(char) > 126 for char in settings.effective_user_agent):
        yield "user_agent and contact may contain printable ASCII only"


def _of_forms(settings: Settings) -> Iterator[str]:
    if not all(re.fullmatch(r"\d+\s*[mhd]", age.strip().lower()) for age in settings.recheck_ages):
        yield f"recheck_ages is {','.join(settings.recheck_ages)!r}; it takes ages such as 10m, 6h and 3d"
    if settings.callback_url and not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", settings.callback_url):
        yield (
            f"callback_url is {settings.callback_url!r}; it must be the public URL at which hubs reach this server,"
            " such as https://news.example.org"
        )


def shown(settings: Settings) -> dict[str, tuple[Any, str]]:
    """Each setting with its value (passwords hidden) and its help line."""
    return {item.name: (_shown(item, settings), item.metadata["help"]) for item in dataclasses.fields(settings)}


def _shown(item: dataclasses.Field[Any], settings: Settings) -> Any:
    value = getattr(settings, item.name)
    return _hidden(value) if item.metadata["is_secret"] and value else value


def _hidden(value: str) -> str:
    """A URL without its password; *** for anything else."""
    return hide_password(value) if "://" in value else "***"


def hide_password(url: str) -> str:
    """The URL with its password replaced by ***, for logs and messages."""
    return re.sub(r"(?<=//)([^/@:]*):[^/@]*@", r"\1:***@", re.sub(r"(password=)[^&\s]+", r"\1***", url))
