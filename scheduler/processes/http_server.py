"""The HTTP server that health endpoints, WebSub callbacks and the console share: it runs within another event loop.

Strangers can hold none of it: the head of a request has to come within HEAD_S, its body within BODY_S. One address has a share of
the connections at most, and beyond half of all, the connection that has waited longest for its head makes room.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import h11
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.h11_impl import H11Protocol

from dateline.errors import ConfigError

HEAD_S, BODY_S = 10.0, 30.0
SHARE = 4
"""One address may have a quarter of the connections."""
LOOPBACK_NAMES = frozenset({"localhost", "localhost.localdomain", "ip6-localhost"})


class InnerServer(uvicorn.Server):
    """Uvicorn without signal handlers: the command, or its parent, handles signals."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def inner_server(app: ASGIApp, *, connections: int, proxies: Collection[str] = ()) -> InnerServer:
    """Returns a server of the application. `proxies` are addresses and networks whose X-Forwarded headers are believed."""
    behind = ProxyHeadersMiddleware(app, trusted_hosts=list(proxies)) if proxies else app  # type: ignore[arg-type]
    return InnerServer(
        uvicorn.Config(
            from_proxies_only(behind, proxies),  # type: ignore[arg-type]
            http=bounded_protocol(connections, proxies),
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            limit_concurrency=connections,
            proxy_headers=False,
        )
    )


def from_proxies_only(app: ASGIApp, proxies: Collection[str]) -> ASGIApp:
    """Returns the application without X-Forwarded-Prefix from all but the proxies."""
    networks = [ipaddress.ip_network(each, strict=False) for each in proxies]

    async def cleaned(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not _is_within((scope.get("client") or ("",))[0], networks):
            headers = [(name, value) for name, value in scope["headers"] if name.lower() != b"x-forwarded-prefix"]
            scope = {**scope, "headers": headers}
        await app(scope, receive, send)

    return cleaned


def _is_within(address: str, networks: Collection[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    try:
        return any(ipaddress.ip_address(address) in network for network in networks)
    except ValueError:
        return False


def bounded_protocol(connections: int, proxies: Collection[str]) -> type[H11Protocol]:
    """Returns uvicorn's protocol with bounds that all connections of one server share."""
    networks = [ipaddress.ip_network(each, strict=False) for each in proxies]
    held = Counter[str]()
    headless = dict[H11Protocol, None]()

    class Bounded(H11Protocol):
        _timer: asyncio.TimerHandle | None = None
        _phase: object = None
        _key = ""

        def connection_made(self, transport: Any) -> None:
            """Take a connection; one too many of an address is closed without an answer."""
            super().connection_made(transport)
            self._key = _address_key(self.client[0] if self.client else "", networks)
            held[self._key] += 1
            if self._key and held[self._key] > max(1, connections // SHARE):
                transport.abort()
                return
            self._watch()

        def connection_lost(self, exc: Exception | None) -> None:
            """Give the connection's share back."""
            super().connection_lost(exc)
            held[self._key] -= 1
            if not held[self._key]:
                del held[self._key]
            self._wait_for(None, 0)

        def data_received(self, data: bytes) -> None:
            """Read, and start or end the time that the next part has."""
            super().data_received(data)
            self._watch()

        def _watch(self) -> None:
            their_state = self.conn.their_state
            if their_state is h11.IDLE:
                self._wait_for(h11.IDLE, HEAD_S)
            elif their_state is h11.SEND_BODY:
                self._wait_for(h11.SEND_BODY, BODY_S)
            else:
                self._wait_for(None, 0)

        def _wait_for(self, phase: object, seconds: float) -> None:
            if phase is self._phase:
                return
            self._phase = phase
            headless.pop(self, None)
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            if phase is None:
                return
            self._timer = self.loop.call_later(seconds, self.transport.abort)
            if phase is h11.IDLE:
                headless[self] = None
                if len(headless) > connections // 2:
                    next(iter(headless)).transport.abort()

    return Bounded


def _address_key(address: str, proxies: Collection[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> str:
    """Returns what counts as one address: an IPv6 network of 64 bits; "" for a proxy, which brings many people."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if any(found.version == one.version and found in one for one in proxies):
        return ""
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)


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


def is_own_host(authority: str, names: Collection[str]) -> bool:
    """Whether a Host header names this service: DNS rebinding comes with a name of the attacker's, never with an address."""
    name = host_name(authority)
    return is_address(name) or name in LOOPBACK_NAMES or name in names


def listen(host: str, port: int, *, name: str, setting: str) -> socket.socket:
    """A listening socket; a ConfigError says what is in the way, and which setting names the port.

    The protocol is named, which `socket.create_server` does not do: asyncio sets TCP_NODELAY only then, and without it each
    answer takes 40 ms more (Nagle's algorithm against delayed acknowledgements).
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
        )[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(128)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise ConfigError(
            f"{name} can't listen at {host}:{port} ({error.strerror}): set {setting} to a free port"
        ) from error
    return listener
