"""What is said to a proxy until it passes bytes on: CONNECT (RFC 9110, 9.3.6) and SOCKS 5 (RFC 1928, 1929).

Pure: a handshake is a generator that yields what to send and how much it must read, and ends when the tunnel is open.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Generator
from dataclasses import dataclass
from ipaddress import ip_address

from crawler.access.login import Proxy
from crawler.exchange import NoFetch

MOST_HEAD = 16 * 1024
_STATUS = re.compile(rb"HTTP/1\.\d (\d{3})(?: ([^\r\n]*))?\r?\n")
_SOCKS = {
    1: "a general failure",
    2: "not allowed by its rules",
    3: "the network is unreachable",
    4: "the host is unreachable",
    5: "the connection was refused",
    6: "the time to live expired",
    7: "it does not know the command",
    8: "it does not know this kind of address",
}
_REFUSALS = frozenset({2, 7, 8})


@dataclass(frozen=True, slots=True)
class Want:
    """The next step: bytes to send, and what to read then: so many bytes, or up to the end of an HTTP head (0)."""

    send: bytes
    size: int = 0


Handshake = Generator[Want, bytes, None]


class TunnelRefused(NoFetch):
    """An HTTP proxy opens no tunnel, to no place or to this one."""


def request_through(proxy: Proxy, place: str, request: bytes) -> bytes:
    """A request for a site as a proxy takes it that opens no tunnel (RFC 9112, 3.2.2), with the proxy's login."""
    method, _, rest = request.partition(b" ")
    line, _, head = rest.partition(b"\r\n")
    whole = method + b" http://" + place.encode("ascii") + line + b"\r\n"
    return whole + "".join(f"{each}\r\n" for each in _login(proxy)).encode("latin-1") + head


def handshake(proxy: Proxy, host: str, port: int) -> Handshake:
    """The handshake that makes a proxy connect to an address, or to a name that it looks up; raises NoFetch where it refuses."""
    return _connect(proxy, host, port) if proxy.address.scheme != "socks5" else _socks5(proxy, host, port)


def _connect(proxy: Proxy, host: str, port: int) -> Handshake:
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}", *_login(proxy)]
    head = yield Want("\r\n".join([*lines, "", ""]).encode("latin-1"))
    found = _STATUS.match(head)
    if found is None:
        raise NoFetch("proxy_failed", f"{proxy.shown} does not answer as an HTTP proxy does")
    status = int(found[1])
    if 200 <= status < 300:
        return
    if status == 407:
        raise _asks_for_login(proxy, bool(proxy.user or proxy.password))
    said = f"{proxy.shown} answered {status} to CONNECT {place}"
    if status >= 500 and status != 501:
        raise NoFetch("proxy_failed", said)
    hint = " (many open them to port 443 only; with proxy_resolves=true it is asked for http pages without one)"
    raise TunnelRefused("proxy_refused", f"{said}: it opens no tunnel there{hint * (port != 443)}")


def _login(proxy: Proxy) -> list[str]:
    if not (proxy.user or proxy.password):
        return []
    return [f"Proxy-Authorization: Basic {b64encode(f'{proxy.user}:{proxy.password}'.encode('latin-1')).decode()}"]


def _socks5(proxy: Proxy, host: str, port: int) -> Handshake:
    has_login = bool(proxy.user or proxy.password)
    answer = yield Want(b"\x05\x02\x00\x02" if has_login else b"\x05\x01\x00", 2)
    if answer[0] != 5:
        raise NoFetch("proxy_failed", f"{proxy.shown} does not answer as a SOCKS 5 proxy does")
    if answer[1] == 2 and has_login:
        user, password = proxy.user.encode("latin-1"), proxy.password.encode("latin-1")
        if max(len(user), len(password)) > 255:
            raise NoFetch("proxy_auth", f"{proxy.shown}: SOCKS 5 takes a user and a password of at most 255 bytes each")
        answer = yield Want(b"\x01" + bytes([len(user)]) + user + bytes([len(password)]) + password, 2)
        if answer[1]:
            raise _asks_for_login(proxy, has_login=True)
    elif answer[1] != 0:
        raise _asks_for_login(proxy, has_login)
    answer = yield Want(b"\x05\x01\x00" + _target(host) + port.to_bytes(2), 5)
    if answer[0] != 5 or answer[1]:
        why = _SOCKS.get(answer[1], f"code {answer[1]}")
        reason = "proxy_refused" if answer[1] in _REFUSALS else "proxy_failed"
        raise NoFetch(reason, f"{proxy.shown} did not connect to {host}:{port}: {why}")
    # the address that it bound (RFC 1928, 6), whose first byte came already
    rest = {1: 3, 3: answer[4], 4: 15}.get(answer[3])
    if rest is None:
        raise NoFetch("proxy_failed", f"{proxy.shown} does not answer as a SOCKS 5 proxy does")
    yield Want(b"", rest + 2)


def _target(host: str) -> bytes:
    try:
        address = ip_address(host)
    except ValueError:
        name = host.encode("ascii")
        return b"\x03" + bytes([len(name)]) + name
    return (b"\x01" if address.version == 4 else b"\x04") + address.packed


def _asks_for_login(proxy: Proxy, has_login: bool) -> NoFetch:
    if has_login:
        return NoFetch("proxy_auth", f"{proxy.shown} does not accept the login")
    return NoFetch("proxy_auth", f"{proxy.shown} asks for a login: write it into proxy as ${{NAME}}:${{NAME}}@")
