"""The cookies of one chain of redirects, by RFC 6265: kept while the chain lasts, and sent only where their site allows; pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from dateline.urls.identity import site_of_host

_MAX_COOKIES = 50
_MAX_BYTES = 4096
"""The limits that RFC 6265 (6.1) asks clients for, of one host; here they hold for the whole chain."""
_UNSENDABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Cookie:
    """One cookie. `domain` is the only host it goes to, or with `is_for_subdomains` that host and those below it."""

    name: str
    value: str
    domain: str
    path: str
    is_for_subdomains: bool
    is_secure: bool

    def goes_to(self, scheme: str, host: str, path: str) -> bool:
        """Whether a request there carries it."""
        is_host = host == self.domain or (self.is_for_subdomains and host.endswith("." + self.domain))
        below = self.path if self.path.endswith("/") else self.path + "/"
        return is_host and (path == self.path or path.startswith(below)) and (scheme == "https" or not self.is_secure)


@dataclass(slots=True)
class ChainCookies:
    """The cookies that a chain of redirects has set so far. `were_refused`: the chain set one that is not kept."""

    were_refused: bool = False
    _kept: dict[tuple[str, str, str], Cookie] = field(default_factory=dict)
    _begun_with: frozenset[Cookie] = frozenset()

    def begin_with(self, cookies: Iterable[Cookie]) -> None:
        """Send these from the start, those of a login: what the chain sets takes their place while it lasts."""
        self._kept.update({(one.domain, one.path, one.name): one for one in cookies})
        self._begun_with = frozenset(self._kept.values())

    def take(self, url: str, lines: list[str], *, now: dt.datetime) -> None:
        """Keep what these Set-Cookie lines of the answer at a URL say."""
        for line in lines:
            cookie = read_cookie(line, url)
            if cookie is None:
                self.were_refused = True
                continue
            key = (cookie.domain, cookie.path, cookie.name)
            self._kept.pop(key, None)
            if is_expired(line, now=now):
                continue
            if len(self._kept) < _MAX_COOKIES + len(self._begun_with):
                self._kept[key] = cookie
            else:
                self.were_refused = True

    def of_chain(self) -> set[Cookie]:
        """Returns what the chain itself set, without the login that it began with."""
        return set(self._kept.values()) - self._begun_with

    def hold_back(self, url: str) -> bool:
        """Whether the chain set a cookie that a request for this URL does not carry."""
        return not self.of_chain() <= set(self._fitting(url))

    def _fitting(self, url: str) -> list[Cookie]:
        parts = urlsplit(url)
        where = (parts.scheme, (parts.hostname or "").lower(), parts.path or "/")
        return sorted((one for one in self._kept.values() if one.goes_to(*where)), key=lambda one: -len(one.path))

    def header(self, url: str) -> str:
        """The Cookie header of a request for this URL; empty where it carries none."""
        fitting = self._fitting(url)
        return "; ".join(f"{one.name}={one.value}" if one.name else one.value for one in fitting)


def read_cookie(line: str, url: str) -> Cookie | None:
    """The cookie of a Set-Cookie line in the answer at a URL, or None where it is invalid or meant for another site."""
    pair, attributes = _parts(line)
    name, equals, value = pair.partition("=")
    name, value = (name.strip(), value.strip()) if equals else ("", pair.strip())
    if not (name or value) or len(pair) > _MAX_BYTES or _UNSENDABLE.search(pair):
        return None
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    domain = attributes.get("domain", "").removeprefix(".").lower()
    if domain and not _may_set(host, domain):
        return None
    path = attributes.get("path", "")
    return Cookie(
        name,
        value,
        domain or host,
        path if path.startswith("/") else default_path(parts.path),
        # a public suffix's own host (github.io) may set a cookie for itself only
        is_for_subdomains=bool(domain) and site_of_host(f"x.{domain}") == site_of_host(domain),
        is_secure="secure" in attributes,
    )


def is_expired(line: str, *, now: dt.datetime) -> bool:
    """Whether the line deletes its cookie: Max-Age first, else Expires (RFC 6265, 5.3)."""
    _, attributes = _parts(line)
    age = attributes.get("max-age", "")
    if re.fullmatch(r"-?[0-9]+", age):
        return age.startswith("-") or not age.strip("0")
    try:
        until = parsedate_to_datetime(attributes.get("expires", "").replace("-", " "))
    except ValueError:
        return False
    return (until if until.tzinfo else until.replace(tzinfo=dt.UTC)) <= now


def default_path(path: str) -> str:
    """The path of a cookie that names none (RFC 6265, 5.1.4): the folder of the URL that set it."""
    return path.rpartition("/")[0] or "/" if path.startswith("/") else "/"


def _may_set(host: str, domain: str) -> bool:
    """Whether a host may set cookies for a domain: its own name or a parent's, and not above its registrable domain."""
    within = host == domain or host.endswith("." + domain)
    site = site_of_host(host)
    return within and (domain in (host, site) or domain.endswith("." + site))


def _parts(line: str) -> tuple[str, dict[str, str]]:
    pair, *words = line.split(";")
    attributes = (word.partition("=") for word in words)
    return pair, {name.strip().lower(): value.strip() for name, _, value in attributes}
