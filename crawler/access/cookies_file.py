"""Reads a Netscape cookies.txt, as browsers' add-ons and curl write it; pure. No error repeats what a line holds.

    domain <tab> subdomains <tab> path <tab> secure <tab> expires <tab> name <tab> value

A line that begins with #HttpOnly_ is a cookie like the others; other lines with # are comments. What is sent where is RFC 6265's
matter (`crawler.cookies`).
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

from crawler.cookies import Cookie
from dateline.unicode_text import wide_encoding
from dateline.urls.identity import site_of_host

LARGEST = 4 * 1024 * 1024
_LONGEST_COOKIE = 4096
_MOST_SHOWN = 3
_HTTP_ONLY = "#HttpOnly_"
_FLAGS = {"TRUE": True, "FALSE": False}
_DOMAIN = re.compile(r"\.?[A-Za-z0-9_\-.:\[\]]{1,253}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LATEST = 253_402_214_400.0
"""The last day of the year 9999, in seconds since 1970."""
_CURE = "export it again as cookies.txt in Netscape format"


class CookiesFileError(Exception):
    """The file can't be used: what is wrong with it, in which lines, and the cure."""


@dataclass(frozen=True, slots=True)
class FileCookie:
    """A cookie of a file; `expires_at` is None for one that lasts as long as its session."""

    cookie: Cookie = field(repr=False)
    expires_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class SiteCookies:
    """The cookies of a file for one site at an instant; `others` are those for other sites, which are never sent."""

    usable: tuple[Cookie, ...] = field(repr=False)
    expired: int
    others: int

    @property
    def note(self) -> str:
        """What the operator should know of them; empty where all is well."""
        if not self.usable and not self.expired:
            return f"it has no cookie for this site ({self.others} for others)"
        if not self.usable:
            all_of_them = (
                "its cookie for this site has"
                if self.expired == 1
                else f"all its {self.expired} cookies for this site have"
            )
            return f"{all_of_them} expired; sign in and export the cookies again"
        has = "has" if self.expired == 1 else "have"
        return f"{self.expired} of its {self.expired + len(self.usable)} cookies {has} expired" if self.expired else ""


def cookies_for(cookies: tuple[FileCookie, ...], site: str, *, now: dt.datetime) -> SiteCookies:
    """Those cookies that go to a site or to hosts below it, without expired ones."""
    own = [one for one in cookies if site_of_host(one.cookie.domain) == site]
    usable = tuple(one.cookie for one in own if one.expires_at is None or one.expires_at > now)
    return SiteCookies(usable, len(own) - len(usable), len(cookies) - len(own))


def read_cookies(content: bytes) -> tuple[FileCookie, ...]:
    """The cookies of a file; a CookiesFileError names the lines that can't be read."""
    found, problems = list[FileCookie](), list[str]()
    lines = (line.removesuffix("\r") for line in _text(content).split("\n"))
    for number, line in enumerate(lines, 1):
        if not line.strip() or (line.startswith("#") and not line.startswith(_HTTP_ONLY)):
            continue
        try:
            found.append(_cookie(line.removeprefix(_HTTP_ONLY)))
        except ValueError as error:
            problems.append(f"line {number} {error}")
    if problems:
        more = f"; and {len(problems) - _MOST_SHOWN} more lines" if len(problems) > _MOST_SHOWN else ""
        raise CookiesFileError(f"{'; '.join(problems[:_MOST_SHOWN])}{more}: {_CURE}")
    if not found:
        raise CookiesFileError(f"it holds no cookie: {_CURE}")
    return tuple(found)


def _text(content: bytes) -> str:
    if len(content) > LARGEST:
        raise CookiesFileError(f"it is larger than {LARGEST // 2**20} MB: export the cookies of this site only")
    if encoding := wide_encoding(content):
        raise CookiesFileError(f"it is in {encoding.upper()[:6]}: save it as UTF-8")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CookiesFileError("it is not a text in UTF-8: save it as such") from error
    if text.lstrip()[:1] in ("{", "["):
        raise CookiesFileError(f"it is JSON: {_CURE}")
    return text


def _cookie(line: str) -> FileCookie:
    fields = line.split("\t")
    if len(fields) == 6:  # some writers leave an empty value out
        fields.append("")
    elif len(fields) == 8 and not fields[7]:  # and some end every line with a tab
        fields.pop()
    if len(fields) != 7:
        raise ValueError(f"has {len(fields)} of 7 fields with tabs between them")
    domain, subdomains, path, secure, expires, name, value = (field.strip(" ") for field in fields)
    if any(map(_CONTROL.search, fields)):
        raise ValueError("has a control character in a field")
    if not _DOMAIN.fullmatch(domain) or not path.startswith("/"):
        raise ValueError("does not begin with a domain, a flag and a path")
    if subdomains.upper() not in _FLAGS or secure.upper() not in _FLAGS:
        raise ValueError("has a flag that is neither TRUE nor FALSE")
    if not (name or value) or ";" in name + value or "=" in name or len(name) + len(value) > _LONGEST_COOKIE:
        raise ValueError(f"has a name or a value that no cookie can have, or more than {_LONGEST_COOKIE} characters")
    host = domain.removeprefix(".").strip("[]").lower()
    is_whole_site = _FLAGS[subdomains.upper()] and site_of_host(f"x.{host}") == site_of_host(host)
    cookie = Cookie(_sent(name), _sent(value), host, path, is_whole_site, _FLAGS[secure.upper()])
    return FileCookie(cookie, _instant(expires))


def _sent(text: str) -> str:
    """The text as headers carry it: UTF-8, each byte as a character."""
    return text.encode().decode("latin-1")


def _instant(expires: str) -> dt.datetime | None:
    """When the cookie expires; None if it lasts as long as its session, which is written as 0, "Session" or nothing.

    An instant is written in seconds since 1970, with fractions by some add-ons, in ISO 8601, as some browsers show it, or as in
    a Set-Cookie header ("Thu, 31-Dec-2099 23:59:59 GMT").
    """
    if expires.lower() in ("", "session"):
        return None
    try:
        seconds = _seconds(expires)
        return None if seconds <= 0 else dt.datetime.fromtimestamp(min(seconds, _LATEST), dt.UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise ValueError("has an expiry that is neither a number of seconds nor a date") from error


def _seconds(expires: str) -> float:
    try:
        return float(expires)
    except ValueError:
        is_worded = expires[:1].isalpha()
        found = parsedate_to_datetime(expires.replace("-", " ")) if is_worded else dt.datetime.fromisoformat(expires)
        return (found if found.tzinfo else found.replace(tzinfo=dt.UTC)).timestamp()
