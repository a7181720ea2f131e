"""Settings and addresses as they may be shown: without passwords, keys, and paths that are secrets themselves."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from dateline.config.settings import Settings


def shown(settings: Settings) -> dict[str, tuple[Any, str]]:
    """Each setting with its value (passwords hidden) and its help line."""
    return {item.name: (_shown(item, settings), item.metadata["help"]) for item in dataclasses.fields(settings)}


def _shown(item: dataclasses.Field[Any], settings: Settings) -> Any:
    value = getattr(settings, item.name)
    if not item.metadata["is_secret"] or not value:
        return value
    return tuple(_hidden(one.partition(" ")[0]) for one in value) if isinstance(value, tuple) else _hidden(value)


def _hidden(value: str) -> str:
    """A URL without its password, a webhook without its path; *** for anything else."""
    if value.startswith(("https://", "http://")):
        return url_origin(value)
    return hide_password(value) if "://" in value else "***"


def url_origin(url: str) -> str:
    """Scheme and host of the URL, without the parts that may be secret: path, query, credentials.

    No host where it may be a piece of a password that was not escaped, as in `https://user:pa/ss@host/`.
    """
    if found := _ORIGIN.fullmatch(url):
        return f"{found['scheme']}://{found['host']}/…"
    return "https://…"


def hide_password(url: str) -> str:
    """The database's URL with its password replaced by ***; *** for all of it where a password may be in another part."""
    if found := _DATABASE.fullmatch(url):
        login = f"{found['user']}{':***' if found['password'] else ''}@" if found["user"] is not None else ""
        place = re.sub(r"(password=)[^&]+", r"\1***", found["place"])
        return f"{found['scheme']}://{login}{place}"
    return "***"


_HOST = r"(?:\[[0-9A-Fa-f:.]+\]|[\w.%-]*)(?::\d*)?"
_ORIGIN = re.compile(rf"(?P<scheme>https?)://(?:[^/?#\\]*@)?(?P<host>{_HOST})(?:[/?#\\][^@]*)?", re.IGNORECASE)
_DATABASE = re.compile(
    r"(?P<scheme>postgres(?:ql)?)://(?:(?P<user>[^\s/?#@:]*)(?P<password>:[^\s/?#@]*)?@)?"
    rf"(?P<place>{_HOST}(?:,{_HOST})*(?:/[^\s?#@]*)?(?:\?[^\s#@]*)?)"
)
