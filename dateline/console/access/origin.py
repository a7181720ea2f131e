"""Where a request may come from: names that a browser may ask for, and addresses that may be listened on. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

from dateline.config import Settings
from dateline.errors import ConfigError

LOOPBACK_NAMES = frozenset({"localhost", "localhost.localdomain", "ip6-localhost"})


def host_name(authority: str) -> str:
    """The name or address in a Host header, without its port; empty where it is none."""
    try:
        return (urlsplit(f"//{authority}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def is_address(name: str) -> bool:
    """Whether this is an IP address and no name."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a listener there."""
    return host in LOOPBACK_NAMES or (is_address(host) and ipaddress.ip_address(host).is_loopback)


def is_own_host(authority: str, names: Collection[str]) -> bool:
    """Whether a Host header names the console: DNS rebinding comes with a name of the attacker's, never with an address."""
    name = host_name(authority)
    return is_address(name) or name in LOOPBACK_NAMES or name in names


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


def check_exposure(settings: Settings) -> None:
    """Raise a ConfigError where the console would be open to others without a password."""
    if not settings.console_password and not is_loopback(settings.console_host):
        raise ConfigError(
            f"The console would be open to everyone who can reach {settings.console_host}. Set DATELINE_CONSOLE_PASSWORD"
            " (or DATELINE_CONSOLE_PASSWORD_FILE), or leave DATELINE_CONSOLE_HOST at 127.0.0.1"
        )
