"""Which URLs may be fetched and which addresses connected to: pure rules, without DNS and sockets.

The rules apply twice: `check_url` before anything is done with a URL (redirect targets included), and `permitted_places` to
the addresses that the host's name resolves to. The socket connects only to an address from its result, so a name that changes
its address in between (DNS rebinding) gains nothing.

There are two exemptions: networks that the operator allows, at any port, and resolve rules, which set a host's address.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from crawler.politeness.traps import trap_in
from dateline.errors import ConfigError
from dateline.files import decode_text
from dateline.urls.rules import MAX_URL_LENGTH

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

DEFAULT_PORTS = {"http": 80, "https": 443}

# IANA's special-purpose registries (RFC 6890 and what was registered since), multicast (RFC 5771), the reserved rest
# (RFC 1112), and the one cloud metadata address within public space.
NOT_PUBLIC_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT, and Alibaba's metadata 100.100.100.200
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's wire server
        "169.254.0.0/16",  # link-local, and most clouds' metadata 169.254.169.254
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # IETF protocol assignments, and Oracle's metadata 192.0.0.192
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays, deprecated
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
GLOBAL_UNICAST_V6 = IPv6Network("2000::/3")
"""All that is assigned for global unicast (RFC 4291, 2.4); loopback, link-local, private, multicast are elsewhere."""
NOT_PUBLIC_V6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # IETF protocol assignments: Teredo, ORCHID, benchmarking
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: carries an IPv4 address through whatever relay is near
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
NAT64 = IPv6Network("64:ff9b::/96")
"""RFC 6052: traffic goes to the IPv4 address in the last 32 bits, so the rules apply to that one."""

_NAME = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?")
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]*|[0-9]+")


@dataclass(frozen=True, slots=True)
class SocketAddress:
    """An address and port to connect to."""

    address: str
    port: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a URL is not fetched; `reason` is what the ledger records."""

    reason: Literal["guard", "bad_url", "url_too_long", "trap"]
    detail: str


@dataclass(frozen=True, slots=True)
class ResolveRules:
    """Addresses to use in place of DNS, like `curl --resolve`: scheme, Host header and certificate check stay the URL's."""

    hosts: Mapping[str, SocketAddress] = field(default_factory=dict)
    suffixes: Mapping[str, SocketAddress] = field(default_factory=dict)

    @classmethod
    def parse(cls, rules: str | Iterable[str], *, read: Callable[[str], str] | None = None) -> ResolveRules:
        """Rules from `host=address:port`, `*.suffix=address:port` and `@file`, comma-separated or one by one.

        A file has one rule per line; empty lines and those that begin with # are skipped. For a host with several rules
        the last one counts.
        """
        hosts: dict[str, SocketAddress] = {}
        suffixes: dict[str, SocketAddress] = {}
        for rule in _expanded(rules.split(",") if isinstance(rules, str) else rules, read or _read):
            name, place = _parse_rule(rule)
            if name.startswith("*."):
                suffixes[name[2:]] = place
            else:
                hosts[name] = place
        return cls(hosts, suffixes)

    def find(self, host: str) -> SocketAddress | None:
        """The place of a host: by its own rule, else by the longest `*.suffix` rule (which does not match the suffix itself)."""
        name = host.lower().rstrip(".")
        if name in self.hosts:
            return self.hosts[name]
        while self.suffixes and "." in name:
            name = name.partition(".")[2]
            if name in self.suffixes:
                return self.suffixes[name]
        return None


@dataclass(frozen=True, slots=True)
class GuardRules:
    """The rules for which URLs may be fetched."""

    allow_networks: tuple[Network, ...] = ()
    resolve: ResolveRules = field(default_factory=ResolveRules)
    allowed_ports: frozenset[int] = frozenset(DEFAULT_PORTS.values())
    max_url_length: int = MAX_URL_LENGTH
    proxy_networks: tuple[Network, ...] = ()
    setting: str = "allow_networks"
    """What allows addresses that are not public."""

    @classmethod
    def parse(
        cls, networks: Iterable[str], resolve: Iterable[str], ports: Iterable[int], proxies: Iterable[str] = ()
    ) -> GuardRules:
        """The rules from settings as the operator wrote them; a ConfigError names what can't be read."""
        allowed = frozenset((*DEFAULT_PORTS.values(), *ports))
        proxy_networks = parse_networks(proxies, "proxy_networks")
        return cls(parse_networks(networks), ResolveRules.parse(resolve), allowed, proxy_networks=proxy_networks)

    def for_proxy(self, port: int) -> GuardRules:
        """The rules for a connection to a proxy at this port: it may be in the networks of proxies, too."""
        return replace(
            self,
            allow_networks=(*self.allow_networks, *self.proxy_networks),
            allowed_ports=frozenset({port}),
            setting="proxy_networks",
        )


def parse_networks(texts: Iterable[str], setting: str = "allow_networks") -> tuple[Network, ...]:
    """The networks (CIDR, or one address) that may be connected to although they are not public."""
    return tuple(_parse_network(text, setting) for text in texts)


def check_url(url: str, rules: GuardRules) -> Refusal | None:
    """Why this URL may not be fetched, or None; does not look up its host's name."""
    if len(url) > rules.max_url_length:
        return Refusal("url_too_long", f"{len(url)} characters; at most {rules.max_url_length} are allowed")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:  # the message may quote part of a password
        return Refusal("bad_url", "its host or its port can't be read")
    try:
        if parts.scheme not in DEFAULT_PORTS:
            return Refusal("guard", f"the scheme {parts.scheme[:20]!r} is neither http nor https")
        if not host:
            return Refusal("bad_url", "it has no host")
        if parts.username is not None or parts.password is not None:
            return Refusal("guard", "credentials in a URL are never sent")
        if (trap := trap_in(parts.path)) is not None:
            return Refusal("trap", trap)
        return _check_host(host, DEFAULT_PORTS[parts.scheme] if port is None else port, rules)
    except ValueError as error:
        return Refusal("bad_url", str(error))


def permitted_places(
    host: str, port: int, addresses: Iterable[Address], rules: GuardRules
) -> list[SocketAddress] | Refusal:
    """The places that may be connected to for a host that resolves to these addresses, or why there is none."""
    fixed = rules.resolve.find(host)
    if fixed is not None:
        return [fixed]
    places, refused = [], "its name resolves to no address"
    for address in addresses:
        objection = _objection(address, port, rules)
        if objection is None:
            places.append(SocketAddress(str(address), port))
        else:
            refused = objection
    return places or Refusal("guard", refused)


def literal_address(host: str) -> Address | None:
    """The address that a URL's host spells, or None for a name; ValueError for a number that is not an address.

    IPv4 in every spelling that browsers and inet_aton know: decimal, octal, hex, fewer than four parts (WHATWG URL,
    section 3.5, the IPv4 parser).
    """
    if ":" in host:
        return IPv6Address(host)  # a zone index ("%eth0") stays: only link-local addresses have one, and none is public
    parts = host.rstrip(".").split(".")
    if not parts[-1] or not _NUMBER.fullmatch(parts[-1]):
        return None
    if len(parts) > 4 or not all(_NUMBER.fullmatch(part) for part in parts):
        raise ValueError("its host ends in a number but is not an IPv4 address")
    *leading, last = (_number(part) for part in parts)
    if any(number > 255 for number in leading) or last >= 256 ** (5 - len(parts)):
        raise ValueError("its host is a number but not an IPv4 address")
    return IPv4Address(last + sum(number << (8 * (3 - index)) for index, number in enumerate(leading)))


def is_public(address: Address) -> bool:
    """Whether an address, or the IPv4 address that it carries, is on the public internet."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in NOT_PUBLIC_V4)
    carried = carried_address(address)
    if carried is not None:
        return is_public(carried)
    return address in GLOBAL_UNICAST_V6 and not any(address in network for network in NOT_PUBLIC_V6)


def carried_address(address: Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address leads to (mapped or NAT64), else None.

    6to4 and Teredo carry one too, but are always refused.
    """
    if isinstance(address, IPv4Address):
        return None
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped


def host_key(url: str) -> str:
    """The key of a host's pace: its name, with the port unless that is 80 or 443."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    port = parts.port
    return host if port is None or port in DEFAULT_PORTS.values() else f"{host}:{port}"


def _check_host(host: str, port: int, rules: GuardRules) -> Refusal | None:
    address = literal_address(host)
    if address is None and (len(host) > 254 or not _NAME.fullmatch(host)):
        cure = "" if host.isascii() else "; write it in ASCII, as xn--…"
        return Refusal("bad_url", f"its host is not a valid name{cure}")
    if rules.resolve.find(host) is not None:
        return None
    if address is not None:
        objection = _objection(address, port, rules)
        return Refusal("guard", objection) if objection else None
    if port not in rules.allowed_ports and not rules.allow_networks:
        return Refusal("guard", f"port {port} is not in allowed_ports")
    return None


def _objection(address: Address, port: int, rules: GuardRules) -> str | None:
    """Why this address and port may not be connected to, or None."""
    candidates = (address, carried_address(address))
    if any(candidate in network for candidate in candidates if candidate for network in rules.allow_networks):
        return None
    if not is_public(address):
        return f"{address} is not a public address; the setting {rules.setting} can allow it"
    if port not in rules.allowed_ports:
        return f"port {port} is not in allowed_ports"
    return None


def _number(text: str) -> int:
    """An IPv4 part: 0x is hex, a leading zero octal; an octal with an 8 or 9 is a ValueError."""
    if text[:2] in ("0x", "0X"):
        return int(text[2:] or "0", 16)
    if len(text) > 1 and text[0] == "0":
        if not set(text) <= set("01234567"):
            raise ValueError("its host is a number but not an IPv4 address")
        return int(text, 8)
    return int(text)


def _parse_network(text: str, setting: str) -> Network:
    try:
        return ip_network(text.strip(), strict=False)
    except ValueError as error:
        raise ConfigError(f"{setting}: {text!r} is not a network; write it as 192.168.0.0/16 or ::1/128") from error


def _expanded(rules: Iterable[str], read: Callable[[str], str]) -> Iterable[str]:
    for raw in rules:
        rule = raw.strip()
        if rule.startswith("@"):
            lines = (line.strip() for line in read(rule[1:]).splitlines())
            yield from (line for line in lines if line and not line.startswith("#"))
        elif rule:
            yield rule


def _parse_rule(rule: str) -> tuple[str, SocketAddress]:
    name, equals, target = rule.partition("=")
    name = name.strip().lower().rstrip(".")
    bare = name.removeprefix("*.")
    if not equals or not (_NAME.fullmatch(bare) or ":" in bare):
        raise _bad_rule(rule, "it does not begin with host= or *.suffix=")
    address, colon, port = target.strip().rpartition(":")
    try:
        place = ip_address(address.removeprefix("[").removesuffix("]"))
    except ValueError as error:
        raise _bad_rule(rule, f"{address or target!r} is not an IP address") from error
    if not colon or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65_536:
        raise _bad_rule(rule, f"{port!r} is not a port")
    return bare.strip("[]") if name == bare else name, SocketAddress(str(place), int(port))


def _bad_rule(rule: str, why: str) -> ConfigError:
    return ConfigError(f"resolve: {rule!r}: {why}. Write host=address:port, *.suffix=address:port or @file")


def _read(path: str) -> str:
    try:
        return decode_text(Path(path).read_bytes())
    except OSError as error:
        raise ConfigError(f"resolve: can't read @{path}: {error}", subject=path) from error
