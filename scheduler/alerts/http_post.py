"""One HTTP POST to where the guard permits: what the sender of alerts needs, and no more.

asyncio and h11 (uvicorn brings it) in place of a client library: the socket must go to the very address that the guard
checked, all of an exchange has one deadline, redirects are not followed, and of the answer only its status is read. Scrapy's
downloader could do it too, and would bring its reactor into the scheduler.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urlsplit

import h11

from crawler.exchange import NoFetch
from crawler.politeness.guard import DEFAULT_PORTS, GuardRules, SocketAddress, check_url
from crawler.politeness.race import first_connection
from crawler.politeness.resolve import AddressBook, Lookup, SystemLookup
from crawler.politeness.retry_after import parse_retry_after
from dateline.clock import utc_now
from dateline.config import Settings, url_origin
from dateline.errors import UsageError

TIMEOUT_S = 10.0
"""Receivers are asked to answer first and work afterwards."""
READ_BYTES = 4096
_AS_IT_IS = "%!$&'()*+,-./:;=?@[]_~|{}^`\"<>\\"
"""Signs of a path and a query that are sent as they are: all of ASCII but blanks and what ends a path."""
ENDPOINT_IS_UP = range(200, 500)
SLOW_DOWN = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class PostResult:
    """What came of an attempt: an HTTP status, or none and why. `retry_after_s` is the receiver's wish, `location` where it
    sends us on to. `is_unsent`: nothing of the message went out."""

    status: int | None
    detail: str = ""
    retry_after_s: float = 0.0
    location: str = ""
    is_unsent: bool = False

    @property
    def is_taken(self) -> bool:
        """Whether the receiver has the message."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def may_be_taken(self) -> bool:
        """Whether the receiver may have the message although it did not say so."""
        return not self.is_unsent and (self.status is None or self.status >= 500)

    @property
    def is_endpoint_up(self) -> bool:
        """Whether another message may fare better: this one alone may be what the receiver does not want."""
        return self.status in ENDPOINT_IS_UP and self.status not in SLOW_DOWN


class HttpPoster:
    """Sends bodies to URLs; what goes wrong is a PostResult too."""

    def __init__(self, rules: GuardRules, lookup: Lookup, user_agent: str, *, timeout_s: float = TIMEOUT_S) -> None:
        self._rules, self._book = rules, AddressBook(rules, lookup)
        self._user_agent, self._timeout_s = user_agent, timeout_s
        self._tls = ssl.create_default_context()

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> PostResult:
        """What the receiver said, or why there is no answer."""
        refusal = check_url(url, self._rules)
        if refusal is not None:
            return PostResult(None, refusal.detail, is_unsent=True)
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._exchange(urlsplit(url), headers, body)
        except TimeoutError:
            return PostResult(None, f"no answer within {self._timeout_s:g} s")
        except NoFetch as error:
            return PostResult(None, f"{error.reason}: {error}", is_unsent=True)
        except (OSError, ValueError, h11.ProtocolError) as error:
            return PostResult(None, f"{type(error).__name__}: {error}")

    async def _exchange(self, url: SplitResult, headers: Mapping[str, str], body: bytes) -> PostResult:
        host = url.hostname or ""
        port = url.port or DEFAULT_PORTS[url.scheme]
        tls = self._tls if url.scheme == "https" else None
        places = await self._book.places(host, port)
        try:
            reader, writer = await _connected(places, tls, host)
        except OSError as error:
            return PostResult(None, f"{type(error).__name__}: {error}", is_unsent=True)
        try:
            protocol = h11.Connection(h11.CLIENT)
            for event in (self._request(url, headers, body), h11.Data(data=body), h11.EndOfMessage()):
                writer.write(protocol.send(event) or b"")
            await writer.drain()
            return _told(await _response(protocol, reader))
        finally:
            writer.transport.abort()  # nothing more is wanted, not even a farewell that could be waited for

    def _request(self, url: SplitResult, headers: Mapping[str, str], body: bytes) -> h11.Request:
        own = {
            "Host": url.netloc,
            "User-Agent": self._user_agent,
            "Content-Length": str(len(body)),
            "Connection": "close",
        }
        target = quote((url.path or "/") + (f"?{url.query}" if url.query else ""), safe=_AS_IT_IS)
        return h11.Request(method="POST", target=target, headers=[*own.items(), *headers.items()])


async def _connected(
    places: list[SocketAddress], tls: ssl.SSLContext | None, host: str
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to the first place that takes one; the certificate must be that of the URL's host."""

    async def connect(place: SocketAddress) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        name = host if tls else None
        return await asyncio.open_connection(place.address, place.port, ssl=tls, server_hostname=name)

    return await first_connection(places, connect, discard=lambda streams: streams[1].transport.abort())


async def _response(protocol: h11.Connection, reader: asyncio.StreamReader) -> h11.Response:
    """The head of the answer; interim ones (1xx) are passed over, the body is left unread."""
    while True:
        event = protocol.next_event()
        if event is h11.NEED_DATA:
            protocol.receive_data(await reader.read(READ_BYTES))
        elif isinstance(event, h11.Response):
            return event
        elif isinstance(event, h11.ConnectionClosed):
            raise ConnectionResetError("the receiver hung up without an answer")


def _told(response: h11.Response) -> PostResult:
    status = response.status_code
    detail = (
        ""
        if 200 <= status < 300
        else f"HTTP {status}" + (" (redirects are not followed)" if 300 <= status < 400 else "")
    )
    headers = {name: value.decode(errors="replace") for name, value in reversed(list(response.headers))}
    now = utc_now()
    until = parse_retry_after(headers.get(b"retry-after", ""), now=now) or now
    return PostResult(status, detail, (until - now).total_seconds(), headers.get(b"location", ""))


def guard_rules(settings: Settings) -> GuardRules:
    """The network guard's rules: webhooks are under them as everything that Dateline asks for."""
    return GuardRules.parse(settings.allow_networks, settings.resolve, settings.allowed_ports)


def require_allowed(settings: Settings, url: str) -> None:
    """A UsageError for a URL that the network guard would not let through (addresses are looked up when it is used)."""
    refusal = check_url(url, guard_rules(settings))
    if refusal is not None:
        cure = ". To allow your own networks, set DATELINE_ALLOW_NETWORKS" if refusal.reason == "guard" else ""
        said = f"{url_origin(url)} is not allowed as a webhook: {refusal.detail}{cure}"
        raise UsageError(said, subject=url_origin(url))


def make_poster(settings: Settings, lookup: SystemLookup) -> HttpPoster:
    """A poster under the network guard's rules."""
    return HttpPoster(guard_rules(settings), lookup, settings.effective_user_agent)
