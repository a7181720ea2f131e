"""What a setting's value must be like, and where it is written in the file; pure, without knowing the settings."""

from __future__ import annotations

import dataclasses
import ipaddress
import math
import re
import sys
import tomllib
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateline.errors import UsageError
from dateline.mail_address import EXAMPLE, SEVERITIES, alarm_recipient, sender

MOST = float(2**31 - 1)
"""The largest value where a setting names none: PostgreSQL's integer."""
PORT = 65_535
DAYS = 36_500
DAY_S = 86_400

RESERVATIONS = (
    "noai",
    "noarchive",
    "nocache",
    "noimageai",
    "noindex",
    "nosnippet",
    "tdm-reservation",
    "no-ai-input",
    "no-ai-train",
    "no-bots",
    "no-search",
    "rsl",
)
"""What publishers can reserve; how it is read from their statements is in `dateline.types.rights`."""

CHAT_SERVICES = ("slack", "teams", "discord", "ntfy")

ValueRule = Callable[[str], str | None]
"""What is wrong with a text, with its cure; None where nothing is."""

_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?", re.IGNORECASE)
PATH_PREFIX = re.compile(r"(?:/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._~-]{1,100}){1,10}")
"""A path below which a proxy serves the console, without a slash at its end."""
_LINE = re.compile(r" \(at line (\d+), column \d+\)")
_MOST_REPORTED = 50
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d"


def of_value(item: dataclasses.Field[Any], value: Any) -> Iterator[str]:
    """What is wrong with a value by the limits that its field declares."""
    least, most, choices, form = (item.metadata[name] for name in ("least", "most", "choices", "form"))
    for one in value if isinstance(value, tuple) else (value,):
        if isinstance(one, int | float) and not isinstance(one, bool):
            yield from _of_number(item.name, one, least, most)
        elif choices and str(one).lower() not in choices:
            yield f"{item.name} does not know {one!r}; it takes {', '.join(filter(None, choices))}"
        elif form and one and (problem := form(one)):
            said = "can't be used" if item.metadata["is_secret"] else f"is {one!r}"
            yield f"{item.name} {said}; {problem}"


def _of_number(name: str, value: float, least: float | None, most: float) -> Iterator[str]:
    if not math.isfinite(value):
        yield f"{name} is {value}; it takes a number"
    elif least is not None and value < least:
        yield f"{name} is {value}; it must be {least:.12g} or more"
    elif value > most:
        yield f"{name} is {value}; it must be {most:.12g} or less"


def host(text: str) -> str | None:
    """A name or IP address to listen at or to be called by."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        is_name = _HOST.fullmatch(text) and not re.fullmatch(r"[\d.]+", text)
        return None if is_name else "it takes an IP address or a host name, without scheme, port and path"
    return None


def network(text: str) -> str | None:
    """An IP address or a network of them."""
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return "it takes an address or a network, such as 10.0.0.0/8"
    return None


def age(text: str) -> str | None:
    """An age such as 6h."""
    return None if re.fullmatch(r"\d{1,6}\s*[mhd]", text.strip().lower()) else "it takes ages such as 10m, 6h and 3d"


def path_prefix(text: str) -> str | None:
    """A path below which a proxy serves the console."""
    return None if PATH_PREFIX.fullmatch(text.removesuffix("/")) else "it takes a path such as /news"


def bucket(text: str) -> str | None:
    """A bucket of object storage, with an optional prefix."""
    is_bucket = re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/[A-Za-z0-9._/-]*)?", text)
    return None if is_bucket else "it takes s3://BUCKET or s3://BUCKET/PREFIX"


def endpoint(text: str) -> str | None:
    """The URL of an object storage service."""
    is_url = re.fullmatch(r"https?://[A-Za-z0-9.\[\]:_-]+/?", text)
    return None if is_url and _is_readable(text) else "it takes https://HOST or https://HOST:PORT, without a path"


def index_url(text: str) -> str | None:
    """The URL of a page on the web."""
    is_url = re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", text)
    return None if is_url and _is_readable(text) else "it takes a URL such as https://web.archive.org/cdx/search/cdx"


def public_url(text: str) -> str | None:
    """The URL of a server of ours."""
    is_url = re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", text)
    return (
        None
        if is_url and _is_readable(text)
        else "it must be the URL at which others reach this server, such as https://news.example.org"
    )


def webhook(text: str) -> str | None:
    """A URL that messages are sent to."""
    is_url = re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#@]*)?(\?[^\s#]*)?", text)
    says = "it takes the receiver's URL without a login, such as https://desk.example/hook; write @ as %40"
    return None if is_url and _is_readable(text) else says


def alarm_hook(text: str) -> str | None:
    """A webhook for alarms with its template and least severity."""
    url, *words = text.split() or [""]
    words = [one.lower() for one in words]
    if unknown := [one for one in words if one not in (*CHAT_SERVICES, *SEVERITIES)]:
        known = ", ".join((*CHAT_SERVICES, *SEVERITIES))
        return f"after the URL it takes one of {known}, not {len(unknown)} other {'word' if len(unknown) == 1 else 'words'}"
    if any(sum(one in kind for one in words) > 1 for kind in (CHAT_SERVICES, SEVERITIES)):
        return "after the URL it takes one template and one severity"
    return webhook(url)


def _is_readable(url: str) -> bool:
    """Whether the URL has a host, and a port that is a number if it has one."""
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def webhook_secret(text: str) -> str | None:
    """A key of Standard Webhooks 1.0: 24 to 64 bytes."""
    try:
        is_key = text.startswith("whsec_") and 24 <= len(b64decode(text[6:], validate=True)) <= 64
    except ValueError:
        is_key = False
    return None if is_key else "it takes whsec_ and the base64 of 24 to 64 random bytes: openssl rand -base64 32"


def alarm_mail(text: str) -> str | None:
    """An address that gets alarms, with or without the least severity that it gets."""
    problem = _unless_refused(alarm_recipient, text)
    return problem and f"{problem}, with {' or '.join(SEVERITIES[:-1])} after it if wanted"


def mail_sender(text: str) -> str | None:
    """An address to send mail from, with or without a name."""
    return _unless_refused(sender, text)


def _unless_refused(reads: Callable[[str], object], text: str) -> str | None:
    try:
        reads(text)
    except (UsageError, ValueError):
        return EXAMPLE
    return None


def server(text: str) -> str | None:
    """A host with or without a port."""
    place, colon, port = text.rpartition(":") if re.search(r"(^[^:]*|\]):\d+$", text) else (text, "", "")
    is_port = not colon or 0 < int(port[:6]) <= PORT
    is_server = is_port and host(place.removeprefix("[").removesuffix("]")) is None
    return None if is_server else "it takes a host name with or without a port, such as mail.example.org:587"


def is_loopback(text: str) -> bool:
    """Whether a server of the form above is on this machine."""
    place = re.sub(r":\d+$", "", text) if text.count(":") == 1 or text.startswith("[") else text
    try:
        return ipaddress.ip_address(place.strip("[]")).is_loopback
    except ValueError:
        return place.lower() == "localhost"


def clock_time(text: str) -> str | None:
    """A time of day."""
    return None if re.fullmatch(_TIME, text) else "it takes a time of day such as 07:00"


def clock_span(text: str) -> str | None:
    """Two times of day."""
    return None if re.fullmatch(f"{_TIME} *- *{_TIME}", text) else "it takes two times of day, such as 22:00-07:00"


def time_zone(text: str) -> str | None:
    """A time zone of the IANA database."""
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "it takes a time zone such as Europe/Madrid or UTC"
    return None


def parse_toml(text: str) -> tuple[dict[str, Any], list[tuple[int, str]]]:
    """The values of a TOML text, read without the lines that can't be read; those with their reasons."""
    lines = text.split("\n")
    wrong: list[tuple[int, str]] = []
    while len(wrong) < _MOST_REPORTED:
        try:
            return tomllib.loads("\n".join(lines)), sorted(wrong)
        except tomllib.TOMLDecodeError as error:
            first, after = _unreadable(lines, str(error))
            key = lines[first].partition("=")[0].strip()[:60]  # what comes after it may be a password
            wrong.append((first + 1, f"{key}: {_LINE.sub('', str(error)).removesuffix(' (at end of document)')}"))
            lines[first:after] = [""] * (after - first)
    return {}, sorted(wrong)


def _unreadable(lines: list[str], error: str) -> tuple[int, int]:
    """The lines (from 0, the second is excluded) that an error is about: one, or an array that is not closed."""
    place = _LINE.search(error)
    last = max(number for number, line in enumerate(lines) if line.strip())
    at = min(int(place[1]) - 1, last) if place else last
    if not error.startswith("Unclosed array"):
        return at, at + 1
    opened = next((n for n in range(at, -1, -1) if "=" in lines[n] and lines[n].count("[") > lines[n].count("]")), at)
    return opened, max(at, opened + 1)


def line_of(text: str, name: str) -> int:
    """The line on which a top-level key or table is written; 1 if it can't be found."""
    key = re.compile(rf"""\s*\[?\[?\s*["']?{re.escape(name)}["']?\s*[.=\]]""")
    return next((number for number, line in enumerate(text.split("\n"), 1) if key.match(line)), 1)


def in_order(problems: Iterable[str]) -> list[str]:
    """Problems by the line that they begin with, FILE:LINE; all others after them."""

    def line(problem: str) -> int:
        place = re.match(r"[^\n]*?\.toml:(\d+): ", problem)
        return int(place[1]) if place else sys.maxsize

    return sorted(problems, key=line)
