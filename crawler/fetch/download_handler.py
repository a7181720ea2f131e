"""Scrapy's download handler: one HTTP exchange at the host's pace, over a connection that the guard permits.

Scrapy's own handlers don't fit: a resolve rule may change the port, the socket must connect to exactly the address that was
checked, and the archive needs the head as received. They also send a signal for each chunk, and load the system's root
certificates for each connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from OpenSSL import SSL
from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.crawler import Crawler
from scrapy.http import Headers, Response
from service_identity import VerificationError
from twisted.internet import error as twisted_error
from twisted.internet.defer import Deferred
from twisted.web._newclient import RequestNotSent, RequestTransmissionFailed
from twisted.web.client import Agent, HTTPConnectionPool, ResponseFailed
from twisted.web.http_headers import Headers as TwistedHeaders
from twisted.web.iweb import UNKNOWN_LENGTH

from crawler.access.login import Proxy
from crawler.exchange import META_KEY, FetchRequest, NoFetch, PendingFetch, RawExchange
from crawler.fetch.body import read_body
from crawler.fetch.connect import GuardedEndpoints, ProxyWay, Trust
from crawler.fetch.connection_failures import CertificateRefused, silent_failure, tls_failure
from crawler.fetch.http_parser import BodyReader, CappedFactory, Head, HttpBody, too_large
from crawler.fetch.missing_issuers import MOST_ISSUERS, fetch_issuer, missing_issuer
from crawler.fetch.outcome import header_values
from crawler.fetch.spider import CrawlContext
from crawler.politeness.guard import host_key
from crawler.politeness.resolve import AddressBook
from crawler.politeness.retry_after import backoff_until
from dateline.clock import utc_now
from dateline.urls import site_of

_IDLE_CONNECTION_S = 30
_MAX_IDLE_PER_HOST = 4
_GOODBYE_S = 1.0
_SILENCE_S = 5.0
"""A body that is whole but shorter than announced is taken after so long without a byte."""
_PROXY_S = 10.0
"""So long a proxy may take to open a tunnel, if the whole time for a URL is twice as long."""
_END_EARLY_S = 0.1
"""So much before the time is over the body is judged by what came."""


def pages_a_day(order: FetchRequest, url: str) -> int | None:
    """Page fetches per day from the host of this URL, redirects included; None where they are not limited.

    Links and redirects of other sites may use up half of a host's pages: the rest stays for what its own site names.
    """
    if order.role != "page" or order.pages_a_day is None:
        return None
    is_own = not order.named_by or site_of(url) in order.named_by
    return order.pages_a_day if is_own else max(1, order.pages_a_day // 2)


class PoliteHandler(BaseDownloadHandler):
    """Fetches http and https. Expected failures become NoFetch; unexpected exceptions pass through."""

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        from twisted.internet import reactor

        super().__init__(crawler)
        self._crawl_context = CrawlContext.of(crawler)
        self._addresses = AddressBook(self._crawl_context.guard, self._crawl_context.lookup)
        self._reactor = reactor
        self._clients: dict[tuple[str, Proxy | None], Client] = {}

    async def download_request(self, request: Request) -> Response:
        """The response as received, its body still encoded; stores the exchange as `raw` on the pending fetch."""
        pending: PendingFetch = request.meta[META_KEY]
        order = pending.fetch_request
        async with self._crawl_context.gate.turn(
            host_key(request.url),
            delay_s=pending.delay_s,
            concurrency=pending.order_at(request.url).concurrency,
            a_day=pages_a_day(order, request.url),
            is_committed_next=order.role == "feed" and not pending.is_robots,
        ) as turn:
            if order.permit is not None and not pending.is_robots:
                await order.permit()
            raw, status = await self._exchange(request, pending)
            response = _response(request, raw, status)
            asked = response.headers.get("Retry-After", b"") or b""
            turn.backoff_until = backoff_until(status, asked.decode("latin-1"), now=raw.fetched_at)
        pending.raw = replace(raw, headers=pending.login.hidden_answer(raw.headers))
        return response

    async def close(self) -> None:
        """Close the idle connections; don't wait for peers that never answer TLS's closing message."""
        closing: list[Deferred[Any]] = [client.pool.closeCachedConnections() for client in self._clients.values()]
        if closing:
            loop = asyncio.get_running_loop()
            await asyncio.wait({one.asFuture(loop) for one in closing}, timeout=_GOODBYE_S)

    def _client(self, own: str, proxy: Proxy | None) -> Client:
        """The client that trusts these certificates besides the system's and uses this proxy; no two share connections."""
        if (own, proxy) not in self._clients:
            way = self._way(proxy) if proxy else None
            self._clients[own, proxy] = _client(self._reactor, self._addresses, Trust(own), way)
        return self._clients[own, proxy]

    def _way(self, proxy: Proxy) -> ProxyWay:
        context = self._crawl_context
        addresses = AddressBook(context.guard.for_proxy(proxy.address.port), context.lookup)
        return ProxyWay(proxy, addresses, self._client("", None).trust, min(_PROXY_S, context.settings.timeout_s / 2))

    async def _exchange(self, request: Request, pending: PendingFetch) -> tuple[RawExchange, int]:
        """One exchange within the time that the pending fetch has left."""
        settings = self._crawl_context.settings
        loop = asyncio.get_running_loop()
        began = loop.time()
        until = began + settings.timeout_s - pending.spent_s
        try:
            async with asyncio.timeout_at(until):
                return await self._send_and_read(request, pending, settings.max_bytes, until - _END_EARLY_S)
        except TimeoutError as error:
            through = f" (through {pending.login.proxy.shown})" if pending.login.proxy else ""
            raise NoFetch("timeout", f"more than {settings.timeout_s:g} s in total{through}") from error
        except Exception as error:
            failure = _expected(error, request.url)
            if failure is None:
                raise
            failure.detail = pending.login.hidden(failure.detail)
            raise failure from error
        finally:
            pending.spent_s += loop.time() - began

    async def _send(self, request: Request, pending: PendingFetch) -> Any:
        """The answer's head; where a chain lacks certificates, they are fetched, unless the operator's own are in use."""
        own = pending.fetch_request.access.ca
        is_own_site = site_of(request.url) == site_of(pending.fetch_request.url)
        client = self._client(own if own and is_own_site else "", pending.login.proxy)
        for missing in range(MOST_ISSUERS + 1):
            sent: Deferred[Any] = client.agent.request(
                request.method.encode(), request.url.encode("ascii"), TwistedHeaders(dict(request.headers))
            )
            try:
                return await sent.asFuture(asyncio.get_running_loop())
            except Exception as error:
                refused = missing_issuer(list(_causes(error)))
                if refused is None or client.trust.has_own or missing == MOST_ISSUERS:
                    raise
                issuer = await fetch_issuer(client.agent, refused, self._crawl_context.guard)
                client.trust.learn_issuer(urlsplit(request.url).hostname or "", issuer)
        raise NoFetch("tls_incomplete_chain")

    async def _send_and_read(
        self, request: Request, pending: PendingFetch, max_bytes: int, until: float
    ) -> tuple[RawExchange, int]:
        answer = await self._send(request, pending)
        head: Head = answer.head
        body = await _read_body(answer, head, max_bytes, until, pending.is_robots)
        raw = RawExchange(
            url=request.url,
            status_line=head.status_line,
            headers=tuple(head.pairs),
            body=body.content,
            request_headers=pending.login.hidden_request(_pairs(answer.request.headers)),
            address=head.address,
            fetched_at=utc_now(),
            cut=body.cut,
        )
        return raw, int(answer.code)


@dataclass(frozen=True, slots=True)
class Client:
    """An HTTP client with what it trusts and its open connections."""

    agent: Any
    pool: Any
    trust: Trust


def _client(reactor: Any, addresses: AddressBook, trust: Trust, way: ProxyWay | None) -> Client:
    pool: Any = HTTPConnectionPool(reactor)  # type: ignore[no-untyped-call]
    pool._factory = CappedFactory
    pool.maxPersistentPerHost = _MAX_IDLE_PER_HOST
    pool.cachedConnectionTimeout = _IDLE_CONNECTION_S
    endpoints = GuardedEndpoints(addresses, trust, way)
    agent = Agent.usingEndpointFactory(reactor, endpoints, pool)  # type: ignore[no-untyped-call]
    return Client(agent, pool, trust)


async def _read_body(answer: Any, head: Head, max_bytes: int, until: float, is_robots: bool) -> HttpBody:
    """The body without its chunked framing; a cancelled read aborts the connection."""
    if answer.length == 0:  # deliverBody would wait forever
        return HttpBody(b"")
    if answer.length is not UNKNOWN_LENGTH and answer.length > max_bytes and not _is_html(head):
        head.abort()
        raise too_large(max_bytes)
    reader = BodyReader(head, max_bytes)
    answer.deliverBody(reader)
    try:
        await _wait_for_end(reader, head, max_bytes, until, is_robots)
        return await reader.done
    except asyncio.CancelledError:
        head.abort()
        raise


async def _wait_for_end(reader: BodyReader, head: Head, max_bytes: int, until: float, is_robots: bool) -> None:
    """Wait for the body's end. Where the server sends nothing more although it promised to, end with a whole document.

    A robots.txt does not show its end: the robots middleware judges what came of it.
    """
    loop, size = asyncio.get_running_loop(), 0
    while not reader.done.done():
        is_over = loop.time() >= until
        if is_over or (reader.size == size > 0):
            cut = f"{reader.measure} until the time was up" if is_over else f"{reader.measure}, then nothing more"
            if is_robots or _is_whole(reader, head, cut, max_bytes):
                reader.stop(cut)
                return
            if is_over:
                head.abort()
                raise NoFetch("timeout", cut)
        size = reader.size
        await asyncio.wait({reader.done}, timeout=max(0.0, min(_SILENCE_S, until - loop.time())))


def _is_whole(reader: BodyReader, head: Head, cut: str, max_bytes: int) -> bool:
    try:
        encodings = header_values(head.pairs, b"content-encoding")
        kind = next(iter(header_values(head.pairs, b"content-type")), "")
        return read_body(reader.so_far, encodings, kind, cut=cut, max_bytes=max_bytes).is_whole
    except NoFetch:
        return False


def _is_html(head: Head) -> bool:
    return any("html" in value.lower() for value in header_values(head.pairs, b"content-type"))


def _response(request: Request, raw: RawExchange, status: int) -> Response:
    headers = Headers()
    for name, value in raw.headers:
        headers.appendlist(name, value)
    return Response(
        request.url,
        status=status,
        headers=headers,
        body=raw.body,
        request=request,
        ip_address=ip_address(raw.address.partition("%")[0]) if raw.address else None,
    )


def _pairs(headers: TwistedHeaders) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((name, value) for name, values in headers.getAllRawHeaders() for value in values)


def _expected(error: Exception, url: str) -> NoFetch | None:
    """The NoFetch that a network failure is, or None for anything else."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, NoFetch):
            return cause
    if any(isinstance(cause, SSL.Error | VerificationError | CertificateRefused) for cause in causes):
        return tls_failure(causes)
    if (silent := silent_failure(causes, url)) is not None:
        return silent
    if any(isinstance(cause, twisted_error.ConnectionClosed) for cause in causes):
        return NoFetch("connection_lost", "the connection broke off")
    if isinstance(error, ResponseFailed | RequestTransmissionFailed | RequestNotSent):
        return NoFetch("bad_response", str(causes[-1])[:200])
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    yield error
    for failure in getattr(error, "reasons", ()):
        yield from _causes(failure.value)
