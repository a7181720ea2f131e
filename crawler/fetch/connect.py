"""Connects only to addresses that the guard permits, and checks TLS certificates against the URL's host."""

from __future__ import annotations

import asyncio
import weakref
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from cryptography import x509
from OpenSSL import SSL
from OpenSSL.crypto import X509, X509StoreFlags
from twisted.internet import error as twisted_error
from twisted.internet._sslverify import ClientTLSOptions, _verifyCB
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint, wrapClientTLS
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.ssl import CertificateOptions, platformTrust
from twisted.python.failure import Failure
from twisted.web.client import URI
from twisted.web.iweb import IAgentEndpointFactory, IPolicyForHTTPS
from zope.interface import implementer  # type: ignore[import-untyped]

from crawler.access.login import Proxy
from crawler.exchange import NoFetch
from crawler.fetch.connection_failures import CertificateRefused, connect_failure, further_faults
from crawler.fetch.proxy.tunnel import TunnelEndpoint
from crawler.politeness.guard import SocketAddress
from crawler.politeness.race import first_connection
from crawler.politeness.resolve import AddressBook
from dateline.clock import utc_now

_CONNECT_TIMEOUT_S = 10.0
"""For each address of a host; they are tried side by side."""
_MOST_ISSUERS, _MOST_HOSTS = 5, 200
"""Issuers that one host does not send, and hosts of which they are remembered."""


@implementer(IAgentEndpointFactory)
class GuardedEndpoints:
    """Chooses the endpoint for a URL: an address that the guard permits, with TLS checked against the URL's host."""

    def __init__(self, addresses: AddressBook, trust: Trust, way: ProxyWay | None = None) -> None:
        self._addresses = addresses
        self._trust = trust
        self._way = way

    def endpointForURI(self, uri: URI) -> Any:
        """The endpoint that an Agent opens a connection with."""
        is_plain = uri.scheme != b"https"
        endpoint: Any = self._endpoint(uri.host.decode("ascii"), uri.port, is_plain)
        if not is_plain:
            return wrapClientTLS(self._trust.creatorForNetloc(uri.host, uri.port), endpoint)
        return endpoint

    def _endpoint(self, host: str, port: int, is_plain: bool) -> Any:
        if self._way is None:
            return GuardedEndpoint(self._addresses, host, port)
        way = self._way
        return TunnelEndpoint(self._addresses, way.endpoint, way.proxy, host, port, way.patience_s, is_plain=is_plain)


@dataclass(frozen=True, slots=True)
class ProxyWay:
    """The way to a proxy: its addresses, which the guard checks by the rules for proxies, and how long it may take to answer."""

    proxy: Proxy
    addresses: AddressBook
    trust: Trust
    patience_s: float

    def endpoint(self) -> Any:
        """The endpoint of the proxy itself."""
        address = self.proxy.address
        endpoint: Any = GuardedEndpoint(self.addresses, address.host, address.port)
        if address.scheme == "https":
            return wrapClientTLS(self.trust.creatorForNetloc(address.host.encode("ascii"), address.port), endpoint)
        return endpoint


@implementer(IStreamClientEndpoint)
class GuardedEndpoint:
    """Connects to the first permitted address that answers."""

    def __init__(self, addresses: AddressBook, host: str, port: int) -> None:
        self._addresses = addresses
        self._host = host
        self._port = port

    def connect(self, protocolFactory: Any) -> Deferred[Any]:
        """A Deferred of the connected protocol."""
        return Deferred.fromFuture(asyncio.ensure_future(self._connect(protocolFactory)))

    async def _connect(self, factory: Any) -> Any:
        async def connect(place: SocketAddress) -> _Reached:
            try:
                opened = _endpoint(place).connect(Factory.forProtocol(_Reached))
                return cast("_Reached", await opened.asFuture(asyncio.get_running_loop()))
            except twisted_error.TimeoutError as error:
                raise NoFetch("timeout", f"{place.address} did not answer") from error
            except (twisted_error.ConnectError, OSError) as error:  # OSError: this machine can't use the address
                raise connect_failure(error, place.address) from error

        places = await self._addresses.places(self._host, self._port)
        reached = await first_connection(places, connect, discard=lambda one: one.transport.abortConnection())
        return reached.hand_over(factory)


class _Reached(Protocol):
    """A connection that waits for the others: TLS and HTTP begin only on the one that is taken."""

    transport: Any
    _lost: Failure | None = None

    def connectionLost(self, reason: Failure | None = None) -> None:
        """Remember that the server left."""
        self._lost = reason

    def hand_over(self, factory: Any) -> Any:
        """The factory's own protocol, on this connection."""
        if self._lost is not None:
            raise NoFetch("connect_closed", "it closed the connection at once")
        protocol = factory.buildProtocol(self.transport.getPeer())
        self.transport.protocol = protocol
        protocol.makeConnection(self.transport)
        return protocol


def _endpoint(place: SocketAddress) -> Any:
    from twisted.internet import reactor

    kind = TCP6ClientEndpoint if ":" in place.address else TCP4ClientEndpoint
    return kind(reactor, place.address, place.port, timeout=_CONNECT_TIMEOUT_S)


@implementer(IPolicyForHTTPS)
class Trust:
    """Verifies certificates with the system's roots, and `own` certificates (PEM) besides.

    They are read once for all connections: Twisted's public optionsForClientTLS reads the roots for each, which takes 7 ms of
    CPU instead of 0.1.
    """

    def __init__(self, own: str = "") -> None:
        self.has_own = bool(own)
        self._options = _options(x509.load_pem_x509_certificates(own.encode()) if own else (), are_trusted=True)
        self._issuers: OrderedDict[str, tuple[x509.Certificate, ...]] = OrderedDict()
        self._by_host: dict[str, Any] = {}

    def learn_issuer(self, host: str, issuer: x509.Certificate) -> None:
        """Use a certificate that this host does not send in the chains of this host; it is not trusted by itself.

        Not in those of others: a stranger's certificate with a known name would hide the right one.
        """
        self._issuers[host] = (*self._issuers.pop(host, ()), issuer)[-_MOST_ISSUERS:]
        self._by_host[host] = _options(self._issuers[host], are_trusted=False)
        while len(self._issuers) > _MOST_HOSTS:
            self._by_host.pop(self._issuers.popitem(last=False)[0], None)

    def creatorForNetloc(self, hostname: bytes, port: int) -> Any:
        """An object that opens TLS connections and accepts only a certificate for this host."""
        host = hostname.decode("ascii")
        return HostTLS(self._by_host.get(host, self._options)._makeTLSConnection, host)


def _options(more: Iterable[x509.Certificate], *, are_trusted: bool) -> Any:
    """Options with the system's roots and more certificates; a trusted one ends a chain, an authority's or not."""
    options: Any = CertificateOptions(trustRoot=platformTrust())  # type: ignore[no-untyped-call]
    store = options.getContext().get_cert_store()
    for certificate in more:
        store.add_cert(X509.from_cryptography(certificate))
        if are_trusted:
            store.set_flags(X509StoreFlags.PARTIAL_CHAIN)
    return options


class HostTLS(ClientTLSOptions):
    """TLS for one host whose name the guard has accepted: ASCII, with international names as A-labels.

    Twisted encodes every name by IDNA 2008 again, which raises for hosts that exist (underscores, emoji). In TLS a
    name has no trailing dot (RFC 6066, 3).
    """

    def __init__(self, create: Any, host: str) -> None:
        self._createConnection = create
        self._hostname = self._hostnameASCII = host.rstrip(".")
        self._hostnameBytes = self._hostnameASCII.encode("ascii")
        self._hostnameIsDnsName = not (isIPAddress(host) or isIPv6Address(host))
        self._sendServerName = self._hostnameIsDnsName

    def clientConnectionForTLS(self, tlsProtocol: Any) -> Any:
        """Like Twisted's, but a refused certificate fails with OpenSSL's cause: the error queue only says "failed"."""
        connection = super().clientConnectionForTLS(tlsProtocol)
        check_name = _verifyCB(tlsProtocol, self._hostnameIsDnsName, self._hostnameASCII)
        protocol, host = weakref.ref(tlsProtocol), self._hostnameASCII

        def verify(conn: SSL.Connection, certificate: Any, code: int, depth: int, is_valid: int) -> bool:
            connecting = protocol()
            if not is_valid and connecting is not None:
                issuer, own = _issuer(certificate)
                also = further_faults(own, host, code, now=utc_now()) if own and depth == 0 else ()
                refused = CertificateRefused(code, issuer, own, also)
                connecting.failVerification(Failure(refused))  # type: ignore[no-untyped-call]
            return bool(is_valid) and check_name(conn, certificate, code, depth, True)

        connection.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, verify)
        return connection


def _issuer(certificate: Any) -> tuple[str, x509.Certificate | None]:
    """The issuer's name, and the certificate; nothing where it can't be read."""
    try:
        found: x509.Certificate = certificate.to_cryptography()
        return found.issuer.rfc4514_string()[:200], found
    except ValueError:
        return "", None
