"""Readers of the fields that say how a source is asked: login, proxy, User-Agent. They hold the names of secrets, never secrets.

${NAME}   the environment variable NAME, or else the first line of the file NAME in the folder `secrets` of the data folder
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dateline.sources.fields import Problem, line_of_text

SECRET = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]{0,99})\}")
"""A secret's name in a value."""
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}")
_PROXY = re.compile(
    r"(?P<scheme>http|https|socks5)://(?:(?P<login>[^@]*)@)?(?P<host>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>\d{1,5}))?/?"
)
_PROXY_LOGIN = re.compile(rf"(?P<user>{SECRET.pattern})(?::(?P<password>{SECRET.pattern}))?")
_PROXY_PORTS = {"http": 8080, "https": 443, "socks5": 1080}
_MOST_HEADERS, _LONGEST_VALUE = 20, 8_000
_OWN_HEADERS = {
    "cookie": "use cookies_file",
    "user-agent": "use user_agent",
    "proxy-authorization": "write the login into proxy, as http://${PROXY_USER}:${PROXY_PASSWORD}@proxy.example:3128",
    "host": "the URL decides it",
}
_RESERVED = re.compile(
    "accept-encoding|connection|content-.*|expect|if-.*|keep-alive|proxy-.*|range|te|trailer|transfer-encoding|upgrade|set-cookie"
)
_HARMLESS = frozenset({"accept", "accept-language", "dnt", "from", "referer", "sec-gpc"})
"""Headers whose values are not secret: the database may have them."""
_OURS = ("DATELINE_", "PG")


@dataclass(frozen=True, slots=True)
class ProxyAddress:
    """A proxy as it is configured; `user` and `password` are the names of secrets in ${}."""

    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = ""

    @property
    def shown(self) -> str:
        """Its address without the login."""
        return f"{self.scheme}://{self.host}:{self.port}"


def cookies_file(value: Any) -> str:
    """The absolute path of a cookies file. What is in it is read when it is used."""
    return str(Path(line_of_text(value)).expanduser().absolute())


def user_agent(value: Any) -> str:
    """A User-Agent header: one line of ASCII."""
    text = line_of_text(value)
    if not text.isascii() or len(text) > 500:
        raise Problem("must be a line of at most 500 ASCII characters")
    return text


def headers(value: Any) -> dict[str, str]:
    """Headers by name. A value that may be a secret is named as ${NAME}; no message repeats a value."""
    if not isinstance(value, Mapping):
        raise Problem('must be a table, such as { Authorization = "Bearer ${POST_TOKEN}" }')
    if len(value) > _MOST_HEADERS:
        raise Problem(f"has {len(value)} headers; at most {_MOST_HEADERS} are sent")
    found = {str(name): _header(str(name), text) for name, text in value.items()}
    if len({name.lower() for name in found}) < len(found):
        raise Problem("names a header twice")
    return found


def _header(name: str, value: Any) -> str:
    lower = name.lower()
    if not _TOKEN.fullmatch(name):
        raise Problem(f"{name[:60]!r} is not the name of a header")
    if lower in _OWN_HEADERS or _RESERVED.fullmatch(lower):
        raise Problem(f"{name} can't be set here: {_OWN_HEADERS.get(lower, 'it belongs to the connection')}")
    if not isinstance(value, str) or not value or len(value) > _LONGEST_VALUE or not value.isprintable():
        raise Problem(f"the value of {name} must be one non-empty line of at most {_LONGEST_VALUE} characters")
    _check_names(value, name)
    if lower not in _HARMLESS and not SECRET.search(value):
        raise Problem(
            f'the value of {name} would be readable in the database: write {name} = "${{NAME}}" and put the'
            " value into the environment variable NAME or the file secrets/NAME in the data folder"
        )
    return value


def proxy(value: Any) -> str:
    """A proxy's address; its login is named as ${NAME}. No message repeats the login."""
    if not isinstance(value, str):
        raise Problem('must be text in quotes, such as "socks5://proxy.example:1080"')
    proxy_address(value)
    return value


def proxy_address(text: str) -> ProxyAddress:
    """The parts of a proxy's address; a Problem names the cure."""
    found = _PROXY.fullmatch(text)
    if found is None:
        if text.lower().startswith("socks5h://"):
            raise Problem("write socks5:// and set proxy_resolves = true: by default names are looked up here")
        raise Problem("must be http://, https:// or socks5:// with a host and a port, as socks5://proxy.example:1080")
    host, port = found["host"].strip("[]"), int(found["port"] or _PROXY_PORTS[found["scheme"]])
    if not 0 < port < 65_536:
        raise Problem(f"{port} is not a port")
    if found["login"] is None:
        return ProxyAddress(found["scheme"], host, port)
    login = _PROXY_LOGIN.fullmatch(found["login"])
    if login is None:
        raise Problem(
            "its login would be readable in the database: write it as"
            f" {found['scheme']}://${{PROXY_USER}}:${{PROXY_PASSWORD}}@{host}:{port}"
        )
    _check_names(found["login"], "proxy")
    return ProxyAddress(found["scheme"], host, port, login["user"], login["password"] or "")


def _check_names(value: str, of: str) -> None:
    """Refuse what looks like a name and is none, and names of Dateline's own settings, which no site may get."""
    if "${" in SECRET.sub("", value):
        raise Problem(f"{of} names a secret wrongly; write ${{NAME}} with letters, digits and _")
    for name in SECRET.findall(value):
        if name.upper().startswith(_OURS):
            raise Problem(f"{of} names {name}, a setting of Dateline itself; give the secret another name")
