"""Connections through a source's proxy: the guard checks where they lead before the proxy hears of it.

The proxy is given an address that was looked up and checked here. With `resolves` it is given the name; the guard then sees
only the name, and what the proxy makes of it is the proxy's word. Only then can a proxy without tunnels be asked for http
pages: it takes the site's name from the request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, cast

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure
from zope.interface import implementer  # type: ignore[import-untyped]

from crawler.access.login import Proxy
from crawler.exchange import NoFetch
from crawler.fetch.connection_failures import CertificateRefused
from crawler.fetch.proxy.handshake import MOST_HEAD, TunnelRefused, Want, handshake, request_through
from crawler.politeness.guard import SocketAddress, literal_address
from crawler.politeness.race import in_turn
from crawler.politeness.resolve import AddressBook

UNREACHABLE = "proxy_unreachable"
_MOST_PLACES = 3
_HTTP_PORT = 80
_OWN_NAMES = ("localhost", ".localhost", ".local", ".internal", ".localdomain", ".home.arpa")
"""Names that mean the proxy's own network."""


@implementer(IStreamClientEndpoint)
class TunnelEndpoint:
    """Connects to a host through a proxy. `reach` makes the endpoint of the proxy itself."""

    def __init__(
        self,
        addresses: AddressBook,
        reach: Callable[[], Any],
        proxy: Proxy,
        host: str,
        port: int,
        patience_s: float,
        *,
        is_plain: bool = False,
    ) -> None:
        self._addresses = addresses
        self._reach = reach
        self._proxy = proxy
        self._host = host
        self._port = port
        self._patience_s = patience_s
        self._may_forward = is_plain and proxy.resolves

    def connect(self, protocolFactory: Any) -> Deferred[Any]:
        """A Deferred of the connected protocol."""
        return Deferred.fromFuture(asyncio.ensure_future(self._connect(protocolFactory)))

    async def _connect(self, factory: Any) -> Any:
        places = await self._places()
        for place in places[:-1]:
            try:
                return (await self._tunnel(place)).hand_over(factory)
            except NoFetch as error:
                if error.reason != "proxy_failed":
                    raise
        return (await self._tunnel(places[-1])).hand_over(factory)

    async def _places(self) -> list[SocketAddress]:
        """Where the proxy is to connect to: addresses that the guard permits, or the name itself."""
        if self._proxy.resolves and literal_address(self._host) is None and not self._addresses.is_fixed(self._host):
            name = self._host.lower().rstrip(".")
            if "." not in name or name.endswith(_OWN_NAMES):
                raise NoFetch("guard", f"{name} is a name of the proxy's own network", is_temporary=False)
            return [SocketAddress(name, self._port)]
        return in_turn(await self._addresses.places(self._host, self._port))[:_MOST_PLACES]

    async def _tunnel(self, place: SocketAddress, *, is_open: bool = False) -> Tunnel:
        tunnel: Tunnel | None = None
        try:
            async with asyncio.timeout(self._patience_s):
                opening = self._reach().connect(Factory.forProtocol(lambda: Tunnel(self._proxy, place, is_open)))
                tunnel = cast("Tunnel", await opening.asFuture(asyncio.get_running_loop()))
                await tunnel.opened
                return tunnel
        except TimeoutError as error:
            _abort(tunnel)
            why = f"{self._proxy.shown} did not open a tunnel within {self._patience_s:g} s"
            raise NoFetch(UNREACHABLE, why) from error
        except NoFetch as error:
            _abort(tunnel)
            if isinstance(error, TunnelRefused) and self._may_forward:
                return await self._tunnel(place, is_open=True)
            if error.reason.startswith("proxy_") or error.reason == "local_limit":
                raise
            raise NoFetch(UNREACHABLE, f"{self._proxy.shown}: {error.detail or error.reason}") from error
        except asyncio.CancelledError:
            _abort(tunnel)
            raise


class Tunnel(Protocol):
    """A connection to a proxy: after the handshake it passes bytes on, as the transport of the site's own protocol.

    `is_open`: skip the handshake. The proxy then forwards each request by the full URL in its request line.
    """

    transport: Any

    def __init__(self, proxy: Proxy, place: SocketAddress, is_open: bool = False) -> None:
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.opened.add_done_callback(lambda done: done.cancelled() or done.exception())  # its error counts as seen
        self._proxy = proxy
        self._place = place
        self._forwards = is_open
        self._steps = handshake(proxy, place.address, place.port)
        self._want = Want(b"")
        self._received = b""
        self._inner: Any = None
        self.lost: Failure | None = None

    def connectionMade(self) -> None:
        """Begin the handshake, if there is one."""
        if self._forwards:
            self.opened.set_result(None)
        else:
            self._next(None)

    def dataReceived(self, data: bytes) -> None:
        """Go on with the handshake, or pass the bytes on."""
        if self._inner is not None:
            self._inner.dataReceived(data)
            return
        self._received += data
        while not self.opened.done() and (piece := self._piece()) is not None:
            self._next(piece)

    def connectionLost(self, reason: Failure | None = None) -> None:
        """Fail the handshake, or tell the inner protocol."""
        self.lost = reason
        if self._inner is not None:
            self._inner.connectionLost(reason)
        elif not self.opened.done():
            error = reason.value if reason is not None else None
            said = error.detail if isinstance(error, CertificateRefused) else str(error)
            why = f"{self._proxy.shown}: the connection ended before the tunnel was open ({said[:200]})"
            self.opened.set_exception(NoFetch(UNREACHABLE, why))

    def _piece(self) -> bytes | None:
        """What the handshake waits for, once it has come; what came after it stays."""
        size = self._want.size
        if not size:
            end = self._received.find(b"\r\n\r\n")
            if end < 0 and len(self._received) < MOST_HEAD:
                return None
            size = end + 4 if end >= 0 else len(self._received)
        if len(self._received) < size:
            return None
        piece, self._received = self._received[:size], self._received[size:]
        return piece

    def _next(self, piece: bytes | None) -> None:
        try:
            self._want = next(self._steps) if piece is None else self._steps.send(piece)
        except StopIteration:
            self.opened.set_result(None)
        except NoFetch as error:
            self.opened.set_exception(error)
        else:
            if self._want.send:
                self.transport.write(self._want.send)

    def hand_over(self, factory: Any) -> Any:
        """The factory's own protocol, at the other end of the tunnel."""
        if self.lost is not None:
            raise NoFetch(UNREACHABLE, f"{self._proxy.shown} closed the tunnel at once")
        self._inner = factory.buildProtocol(self.getPeer())
        self._inner.makeConnection(self)
        if self._received:
            self._inner.dataReceived(self._received)
            self._received = b""
        return self._inner

    def writeSequence(self, pieces: Iterable[bytes]) -> None:
        """Write the head of a request (Twisted writes it as one sequence) in the form that the proxy takes."""
        data = b"".join(pieces)
        place = f"{self._place.address}:{self._place.port}" if self._place.port != _HTTP_PORT else self._place.address
        self.transport.write(request_through(self._proxy, place, data) if self._forwards else data)

    def getPeer(self) -> Any:
        """The site's address as the proxy was given it; no host where that was a name."""
        address = literal_address(self._place.address)
        kind = IPv6Address if address is not None and address.version == 6 else IPv4Address
        return kind("TCP", str(address or ""), self._place.port)

    def __getattr__(self, name: str) -> Any:
        """Everything else a transport can do is done by the connection to the proxy."""
        transport = self.__dict__.get("transport")
        if transport is None:
            raise AttributeError(name)
        return getattr(transport, name)


def _abort(tunnel: Tunnel | None) -> None:
    if tunnel is not None and tunnel.lost is None:
        tunnel.transport.abortConnection()
