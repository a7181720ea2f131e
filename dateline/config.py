"""Settings: from `dateline.toml` in the data folder, overridden by the environment (DATELINE_NAME), read once at start.

One table, `FIELDS`-free: the dataclass below is the only list of settings; `dateline config show` prints it, and
`problems()` says what is wrong and how to mend it. Nothing reads the environment after `load()`.
"""

from __future__ import annotations

import dataclasses
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints
from urllib.parse import quote, urlsplit, urlunsplit

from dateline.errors import ConfigError

UNSET_CONTACT = "no contact configured"
SECRET = {"database_url", "console_sql_url", "console_password"}


def setting(default: Any, text: str) -> Any:
    """A field of Settings with the line that `dateline config show` prints beside it."""
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set. Environment names are DATELINE_ + the upper-case field name."""

    data_dir: Path = setting(Path(), "folder of the embedded database, the archive and logs (--data-dir)")
    database_url: str | None = setting(None, "PostgreSQL >= 15 to use in place of the embedded one")
    contact: str = setting("", "address or URL that publishers can write to; part of the User-Agent")
    user_agent: str = setting("", "whole User-Agent; by default Dateline/VERSION (+CONTACT)")
    allow_networks: tuple[str, ...] = setting(
        (), "networks that may be fetched from although they are not public (CIDR)"
    )
    resolve: tuple[str, ...] = setting((), "host=address:port, *.suffix=address:port or @file: where hosts really are")
    allowed_ports: tuple[int, ...] = setting((), "ports that may be fetched from besides 80 and 443")
    delay_s: float = setting(1.0, "seconds between two requests to one host")
    concurrency: int = setting(1, "requests at once to one host")
    hosts_at_once: int = setting(32, "hosts that one worker visits at once")
    timeout_s: float = setting(30.0, "seconds for one request in all")
    max_bytes: int = setting(10 * 1024 * 1024, "bytes of one page after decompression")
    max_attempts: int = setting(5, "tries at a URL before it counts as failed")
    max_pages_a_day: int = setting(5000, "page fetches a day (UTC) from one host; none where its delay is 0")
    max_visits_a_day: int = setting(0, "visits a day in all to pages on the adaptive schedule; 0 is no limit")
    recheck_ages: tuple[str, ...] = setting(
        ("1h", "6h", "1d", "3d", "7d"), "ages at which stored articles are asked for again; empty: never"
    )
    recheck_share: float = setting(0.25, "share of max_pages_a_day that a source's re-checks may take")
    recheck_max_a_day: int = setting(20_000, "re-checks a day in all")
    sitemap_recent_days: int = setting(7, "how old a watched sitemap's entries may be; 0 is any age (crawls: any age)")
    extraction_workers: int = setting(0, "processes that parse pages; 0 is one a core")
    parse_deadline_s: float = setting(15.0, "seconds until a parse is killed")
    parse_memory_mb: int = setting(1024, "address space of a parsing process, MB")
    obey_reservations: tuple[str, ...] = setting(
        (), "reservations that keep a page out: noarchive, noai, tdm-reservation"
    )
    learn_boilerplate: bool = setting(True, "leave out of texts what a host repeats on its articles (kept as removed)")
    archive: bool = setting(True, "keep every page as fetched in the WARC archive")
    archive_retention_days: int = setting(0, "days until archive files are deleted; 0 keeps them")
    archive_max_gb: float = setting(0.0, "size of the archive at which its oldest files are deleted; 0 is no limit")
    records_retention_days: int = setting(
        90,
        "days that records of visits and fetches are kept; a fetch whose page is in the archive stays as long as that",
    )
    min_free_mb: int = setting(512, "free disk space below which fetching pauses, MB")
    analyst_timeout_s: float = setting(300.0, "seconds after which a statement of an analyst's login is ended")
    health_host: str = setting("127.0.0.1", "address of the health and metrics endpoints")
    health_port: int = setting(8766, "port of the health and metrics endpoints; 0 is none")
    callback_url: str = setting(
        "", "public base URL of the WebSub callbacks, https://host; without one no hub is asked"
    )
    callback_host: str = setting(
        "127.0.0.1", "address at which callbacks are served, best behind a proxy that speaks TLS"
    )
    callback_port: int = setting(8767, "port at which callbacks are served")
    console_host: str = setting("127.0.0.1", "address of the console; beyond this machine only with a password")
    console_port: int = setting(8765, "port of the console; 0 is none")
    console_password: str = setting("", "password of the console; without one it is served to this machine alone")
    console_hosts: tuple[str, ...] = setting((), "further names under which browsers may ask for the console")
    console_sql_url: str | None = setting(None, "read-only login for the console's SQL page; by default one of its own")
    log_level: str = setting("info", "debug, info, warning or error")
    log_format: str = setting("auto", "json, text, or auto: text on a terminal")

    @property
    def archive_dir(self) -> Path:
        """Where WARC files stand."""
        return self.data_dir / "archive"

    @property
    def effective_user_agent(self) -> str:
        """The User-Agent that is sent: product token, version, and how to reach the operator (RFC 9110, 10.1.5)."""
        from dateline import __version__

        return self.user_agent or f"Dateline/{__version__} (+{self.contact or UNSET_CONTACT})"

    @property
    def effective_extraction_workers(self) -> int:
        """Parsing processes: as set, or one a core that this process may use."""
        return self.extraction_workers or len(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else "12")


def load(environ: Mapping[str, str], *, data_dir: Path) -> Settings:
    """Settings from `data_dir`/dateline.toml and then the environment; a ConfigError names what can't be read."""
    values: dict[str, Any] = {"data_dir": data_dir}
    hints = get_type_hints(Settings)
    for name, value in _read_file(data_dir / "dateline.toml").items():
        if name not in hints or name == "data_dir":
            raise ConfigError(
                f"{data_dir / 'dateline.toml'}: no setting is called {name!r}; see `dateline config show`"
            )
        values[name] = _checked(name, value, hints[name], data_dir / "dateline.toml")
    for name, kind in hints.items():
        text = _from_environment(environ, name)
        if text is not None and name != "data_dir":
            values[name] = _parse(name, text, kind)
    settings = Settings(**values)
    return dataclasses.replace(settings, database_url=_with_password(settings.database_url, environ))


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} can't be read: {error}", subject=str(path)) from error


def _checked(name: str, value: Any, kind: Any, path: Path) -> Any:
    """The value of a setting as the file has it; a ConfigError names one that is of another type."""
    value = tuple(value) if isinstance(value, list) else value
    if not _fits(value, kind):
        raise ConfigError(f"{path}: {name} is {value!r}, which is no {getattr(kind, '__name__', kind)}")
    return value


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
            return {
                "1": True,
                "true": True,
                "yes": True,
                "on": True,
                "0": False,
                "false": False,
                "no": False,
                "off": False,
            }[text.strip().lower()]
        if kind in (int, float):
            return kind(text)
        if kind == tuple[str, ...]:
            return tuple(part.strip() for part in text.split(",") if part.strip())
        if kind == tuple[int, ...]:
            return tuple(int(part) for part in text.split(",") if part.strip())
    except (KeyError, ValueError) as error:
        raise ConfigError(
            f"DATELINE_{name.upper()} is {text!r}, which is no {getattr(kind, '__name__', kind)}"
        ) from error
    return text or None if kind == str | None else text


def problems(settings: Settings) -> list[str]:
    """What is wrong or unwise in these settings, each with its cure; empty when all is well."""
    found = []
    if not settings.contact and not settings.user_agent:
        found.append("contact is not set: publishers can't reach you. Set DATELINE_CONTACT=you@example.org")
    if settings.user_agent and not re.match(r"^[A-Za-z_-]+(/|\s|$)", settings.user_agent):
        found.append(
            "user_agent must begin with a product token of letters, _ or - (RFC 9309 matches robots.txt by it)"
        )
    if any(ord(char) < 32 or ord(char) > 126 for char in settings.effective_user_agent):
        found.append("user_agent and contact may only hold printable ASCII")
    for name in ("delay_s", "timeout_s", "parse_deadline_s"):
        if getattr(settings, name) < 0:
            found.append(f"{name} is negative")
    for name in (
        "concurrency",
        "hosts_at_once",
        "max_attempts",
        "max_bytes",
        "max_pages_a_day",
        "records_retention_days",
    ):
        if getattr(settings, name) < 1:
            found.append(f"{name} must be 1 or more")
    if settings.max_visits_a_day < 0:
        found.append("max_visits_a_day is negative; 0 is no limit")
    if not all(re.fullmatch(r"\d+\s*[mhd]", age.strip().lower()) for age in settings.recheck_ages):
        found.append("recheck_ages takes ages like 10m, 6h and 3d")
    unknown = set(settings.obey_reservations) - {"noarchive", "noai", "tdm-reservation"}
    if unknown:
        found.append(f"obey_reservations knows noarchive, noai and tdm-reservation, not {', '.join(sorted(unknown))}")
    if settings.callback_url and not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", settings.callback_url):
        found.append("callback_url must be the public URL under which hubs reach us, such as https://news.example.org")
    if settings.log_level.lower() not in {"debug", "info", "warning", "error"}:
        found.append(f"log_level is {settings.log_level!r}; it takes debug, info, warning or error")
    return found


def shown(settings: Settings) -> dict[str, tuple[Any, str]]:
    """Each setting with its value (passwords hidden) and its help line."""
    out = {}
    for item in dataclasses.fields(settings):
        value = getattr(settings, item.name)
        out[item.name] = (_hidden(value) if item.name in SECRET and value else value, item.metadata["help"])
    return out


def _hidden(value: str) -> str:
    """A URL without its password; of anything else nothing."""
    return hide_password(value) if "://" in value else "***"


def hide_password(url: str) -> str:
    """The URL with its password replaced by ***, for logs and messages."""
    return re.sub(r"(?<=//)([^/@:]*):[^/@]*@", r"\1:***@", re.sub(r"(password=)[^&\s]+", r"\1***", url))
