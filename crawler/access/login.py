"""What a request sends of its source's login, and what must not be written down of it afterwards."""

from __future__ import annotations

import datetime as dt
import re
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from crawler.access.cookies_file import (
    LARGEST,
    CookiesFileError,
    FileCookie,
    SiteCookies,
    cookies_for,
    read_cookies,
)
from crawler.access.secrets import Secrets, read_small, unreadable
from crawler.cookies import Cookie
from dateline.sources.access_fields import ProxyAddress, proxy_address
from dateline.types.source import Access
from dateline.urls import site_of

HIDDEN = "***"
_SHORTEST = 6
"""A value of fewer characters is too common to be looked for in answers."""
_MOST_FILES = 200
_SIGN_OUT = re.compile(
    r"[/=?&:](?:(?:user[-_]?)?(?:log|sign)[-_]?(?:out|off)|abmelden|ausloggen|d[eé]connexion|cerrar[-_]?sesi[oó]n|uitloggen|esci"
    r"|sair|wyloguj)(?:\.[a-z]{2,5})?(?=[/?&#;=]|$)",
    re.IGNORECASE,
)
"""A part of a path, or a name or value of a query, that ends a login."""

RequestHeaders = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy with its login; only `shown` may be written anywhere."""

    address: ProxyAddress
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    resolves: bool = False

    @property
    def shown(self) -> str:
        """Its address without the login."""
        return self.address.shown


@dataclass(frozen=True, slots=True)
class Login:
    """The cookies and headers of one source, and its proxy; `site` alone gets the first two.

    Headers go over plain http only where the source's own home page is http; cookies say themselves whether they may.
    """

    site: str = ""
    is_plain: bool = False
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    cookies: tuple[Cookie, ...] = field(default=(), repr=False)
    proxy: Proxy | None = None

    def headers_for(self, url: str) -> tuple[tuple[str, str], ...]:
        """The headers that a request for this URL carries."""
        is_safe = (self.is_plain or urlsplit(url).scheme == "https") and not signs_out(url)
        return self.headers if self.headers and is_safe and site_of(url) == self.site else ()

    @property
    def _values(self) -> set[str]:
        """What must be found nowhere, in the spellings in which a server may repeat it."""
        values = {value for _, value in self.headers} | {one.value for one in self.cookies}
        values |= {word for value in values for word in value.split()}
        if self.proxy:
            values |= {self.proxy.user, self.proxy.password}
        values = {value for value in values if len(value) >= _SHORTEST}
        return values | {quote(value, safe="", encoding="latin-1") for value in values}

    def hidden(self, text: str) -> str:
        """The text without what is secret."""
        return _without(text, self._values)

    def hidden_request(self, pairs: RequestHeaders) -> RequestHeaders:
        """The headers of a request as they may be archived."""
        if not (self.headers or self.cookies):
            return pairs
        own = {name.lower().encode() for name, _ in self.headers} | {b"cookie"}
        return tuple((name, HIDDEN.encode() if name.lower() in own else value) for name, value in pairs)

    def hidden_answer(self, pairs: RequestHeaders) -> RequestHeaders:
        """The headers of an answer as they may be archived: cookies of the session, and echoes of what was sent, are hidden."""
        if not (self.headers or self.cookies):
            return pairs
        hide, values = {b"set-cookie", b"set-cookie2"}, self._values
        return tuple(
            (name, (HIDDEN if name.lower() in hide else _without(value.decode("latin-1"), values)).encode("latin-1"))
            for name, value in pairs
        )


class Logins:
    """Reads logins for requests; a file is read again only when it has changed."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._files: OrderedDict[str, tuple[tuple[int, int], tuple[FileCookie, ...]]] = OrderedDict()

    def of(self, access: Access, *, now: dt.datetime) -> Login:
        """The login of a source; an Unreadable says what of it can't be read."""
        if not access.has_login and access.proxy is None:
            return Login()
        headers = tuple((name, self._secrets.fill(value)) for name, value in access.headers)
        cookies = self.cookies_of(access, now=now).usable if access.cookies_file else ()
        is_plain = access.home.lower().startswith("http:")
        return Login(_site(access), is_plain, headers, cookies, self._proxy(access))

    def cookies_of(self, access: Access, *, now: dt.datetime) -> SiteCookies:
        """The cookies of its file for a source's site; an Unreadable says why there are none."""
        path = access.cookies_file or ""
        try:
            found = Path(path).stat()
            stamp = (found.st_mtime_ns, found.st_size)
        except (OSError, ValueError) as error:
            raise unreadable(f"can't read {path}: {getattr(error, 'strerror', None) or error}") from error
        known = self._files.get(path)
        if known is None or known[0] != stamp:
            known = self._files[path] = (stamp, _read(path))
        self._files.move_to_end(path)
        while len(self._files) > _MOST_FILES:
            self._files.popitem(last=False)
        return cookies_for(known[1], _site(access), now=now)

    def _proxy(self, access: Access) -> Proxy | None:
        if access.proxy is None:
            return None
        address = proxy_address(access.proxy)
        user, password = self._secrets.fill(address.user), self._secrets.fill(address.password)
        return Proxy(address, user, password, access.proxy_resolves)


def signs_out(url: str) -> bool:
    """Whether an address is one that ends a login, to which it must not be sent."""
    parts = urlsplit(url)
    return bool(_SIGN_OUT.search(f"{unquote(parts.path)}?{unquote(parts.query)}"))


def _without(text: str, values: set[str]) -> str:
    for value in values:
        text = text.replace(value, HIDDEN)
    return text


def _site(access: Access) -> str:
    return site_of(access.home) if access.home else ""


def _read(path: str) -> tuple[FileCookie, ...]:
    try:
        return read_cookies(read_small(Path(path), LARGEST))
    except CookiesFileError as error:
        raise unreadable(f"{path}: {error}", is_temporary=False) from error
