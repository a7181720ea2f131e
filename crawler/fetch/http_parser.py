"""Twisted's HTTP/1.1 parser with limits on headers and bodies; keeps the head as received.

Twisted limits the length of a header line (16 KB) but not the number of lines, and loses the order and spelling of
headers, which the archive needs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from twisted.web._newclient import HEADER, HTTP11ClientProtocol, HTTPClientParser
from twisted.web.client import ResponseDone, _HTTP11ClientFactory
from twisted.web.http import PotentialDataLoss

from crawler.exchange import NoFetch

MAX_HEADER_BYTES = 64 * 1024
"""Status line and headers together, interim (1xx) responses included; browsers allow 256 KB, curl 300 KB."""


@dataclass(slots=True, eq=False)
class Head:
    """Status line and header pairs as received, with the server's address and a function that aborts the connection."""

    status_line: bytes
    pairs: list[tuple[bytes, bytes]]
    address: str
    abort: Callable[[], None]


class CappedParser(HTTPClientParser):
    """Reads one response and stores its head as `head` on it."""

    head: Head
    _bytes_read = 0

    def lineReceived(self, line: bytes) -> None:
        """Read one line of the head; lines without a colon are skipped, as browsers do."""
        self._bytes_read += len(line) + 1
        if self._bytes_read > MAX_HEADER_BYTES:
            raise NoFetch("headers_too_large", f"more than {MAX_HEADER_BYTES} bytes of headers", is_temporary=False)
        is_header = self.state == HEADER and line.rstrip(b"\r") and line[:1] not in b" \t"
        if not is_header or b":" in line:
            super().lineReceived(line)  # type: ignore[no-untyped-call]

    def lineLengthExceeded(self, line: bytes) -> None:
        """Refuse a line longer than Twisted's 16 KB."""
        raise NoFetch("headers_too_large", f"a header of more than {self.MAX_LENGTH} bytes", is_temporary=False)

    def statusReceived(self, status: bytes) -> None:
        """Start a new head (again after an interim response)."""
        self.head.status_line, self.head.pairs = status, []
        super().statusReceived(status)  # type: ignore[no-untyped-call]
        self.response.head = self.head

    def headerReceived(self, name: bytes, value: bytes) -> None:
        """Keep the pair as received."""
        self.head.pairs.append((name, value))
        super().headerReceived(name, value)  # type: ignore[no-untyped-call]


class CappedProtocol(HTTP11ClientProtocol):
    """A connection that reads its responses with CappedParser."""

    def request(self, request: Any) -> Any:
        """Send the request, and read the answer with CappedParser.

        HTTP11ClientProtocol creates its parser itself, so the class of that object is changed (as Scrapy's own handler
        does); Twisted's version is locked, and test_fetcher.py fails if this stops working.
        """
        answered = super().request(request)
        parser: Any = self._parser
        transport: Any = self.transport
        if parser is not None:
            parser.__class__ = CappedParser
            parser.head = Head(b"", [], transport.getPeer().host, transport.abortConnection)
        return answered


class CappedFactory(_HTTP11ClientFactory):
    """Makes CappedProtocols for the connection pool."""

    noisy = False

    def buildProtocol(self, addr: Any) -> HTTP11ClientProtocol:
        """The protocol of one connection."""
        return CappedProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]


class BodyReader(Protocol):
    """Collects a response's body into `done`; a body larger than `max_bytes` aborts the connection."""

    def __init__(self, head: Head, max_bytes: int) -> None:
        self.done: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._head = head
        self._max_bytes = max_bytes
        self._chunks: list[bytes] = []
        self._size = 0

    def dataReceived(self, data: bytes) -> None:
        """Keep one chunk."""
        self._size += len(data)
        if self._size > self._max_bytes:
            self._chunks.clear()
            self._end(too_large(self._max_bytes))
            self._head.abort()
        elif not self.done.done():
            self._chunks.append(data)

    def connectionLost(self, reason: Failure | None = None) -> None:
        """Finish: the body is complete, or ended with the connection (PotentialDataLoss), or was cut off."""
        error = reason.value if reason is not None else None
        if error is None or isinstance(error, ResponseDone | PotentialDataLoss):
            self._end(b"".join(self._chunks))
        else:
            self._end(error)

    def _end(self, result: bytes | BaseException) -> None:
        if self.done.done():
            return
        if isinstance(result, bytes):
            self.done.set_result(result)
        else:
            self.done.set_exception(result)


def too_large(max_bytes: int) -> NoFetch:
    """The NoFetch for a body that is larger than a page may be."""
    return NoFetch("too_large", f"more than {max_bytes} bytes", is_temporary=False)
