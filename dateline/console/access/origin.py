"""Where a request may come from: names that a browser may ask for, and addresses that may be listened on. Pure."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from dateline.config import Settings
from dateline.errors import ConfigError
from scheduler.processes.http_server import LOOPBACK_NAMES, is_address


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a listener there."""
    return host in LOOPBACK_NAMES or (is_address(host) and ipaddress.ip_address(host).is_loopback)


def is_same_origin(origin: str, authority: str) -> bool:
    """Whether an Origin header names the host that was asked; its scheme may differ behind a proxy that ends TLS."""
    return urlsplit_or_none(origin) == authority.lower()


def urlsplit_or_none(url: str) -> str | None:
    """The authority of an http(s) URL, lower case."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts.netloc.lower() if parts.scheme in ("http", "https") else None


def check_exposure(settings: Settings, *, has_users: bool = False) -> None:
    """Raise a ConfigError where no one could log in to a console that others can reach."""
    if not settings.console_password and not has_users and not is_loopback(settings.console_host):
        raise ConfigError(
            f"The console would be open to everyone who can reach {settings.console_host}. Add a user (`dateline user add"
            " NAME`), set DATELINE_CONSOLE_PASSWORD (or DATELINE_CONSOLE_PASSWORD_FILE), or leave DATELINE_CONSOLE_HOST at"
            " 127.0.0.1"
        )
