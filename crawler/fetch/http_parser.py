"""Twisted's HTTP/1.1 parser with limits on headers and bodies; keeps the head as received.

Twisted limits the length of a header line but not the number of lines, and loses the order and spelling of
headers, which the archive needs. It also refuses answers that browsers and curl read: those are put right here, before
Twisted's parser sees them.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from twisted.web._newclient import HEADER, STATUS, HTTP11ClientProtocol, HTTPClientParser, ParseError, ResponseFailed
from twisted.web.client import ResponseDone, _HTTP11ClientFactory
from twisted.web.http import PotentialDataLoss, _DataLoss

from crawler.exchange import NoFetch
from crawler.fetch.framing import ChunkReader, settle_framing

MAX_HEADER_BYTES = 256 * 1024
"""Status line and headers together, interim (1xx) responses included, as in browsers; curl allows 300 KB."""
_STATUS_LINE = re.compile(rb"\s*HTTP/(\d)(?:\.(\d+))?\s+([1-9]\d\d)(?!\d)\s*(.*)", re.IGNORECASE)
_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


@dataclass(slots=True, eq=False)
class Head:
    """Status line and header pairs as received, with the server's address and a function that aborts the connection.

    `length` is what Content-Length says, where that decides how long the body is.
    """

    status_line: bytes
    pairs: list[tuple[bytes, bytes]]
    address: str
    abort: Callable[[], None]
    length: int | None = None


class CappedParser(HTTPClientParser):
    """Reads one response and stores its head as `head` on it."""

    head: Head
    MAX_LENGTH = MAX_HEADER_BYTES
    _bytes_read = 0
    _transferDecoders = {b"chunked": ChunkReader}  # type: ignore[dict-item]  # noqa: RUF012 -- Twisted's attribute

    def lineReceived(self, line: bytes) -> None:
        """Read one line of the head; lines without a colon or a header to continue are skipped, as browsers do."""
        self._bytes_read += len(line) + 1
        if self._bytes_read > MAX_HEADER_BYTES:
            raise NoFetch("headers_too_large", f"more than {MAX_HEADER_BYTES} bytes of headers", is_temporary=False)
        line = line.rstrip(b"\r")
        if self._is_readable(line):
            super().lineReceived(line)  # type: ignore[no-untyped-call]

    def _is_readable(self, line: bytes) -> bool:
        if self.state == STATUS:
            return bool(line.strip())
        if self.state != HEADER or not line:
            return True
        return self._partialHeader is not None if line[:1] in b" \t" else b":" in line

    def lineLengthExceeded(self, line: bytes) -> None:
        """Refuse a line longer than all headers may be."""
        raise NoFetch("headers_too_large", f"a header of more than {self.MAX_LENGTH} bytes", is_temporary=False)

    def statusReceived(self, status: bytes) -> None:
        """Start a new head (again after an interim response)."""
        self.head.status_line, self.head.pairs = status, []
        found = _STATUS_LINE.fullmatch(status)
        if found is None:  # int() would read a status of any length, which no column holds
            raise ParseError("no status line", status)  # type: ignore[no-untyped-call]
        line = b"HTTP/%b.%b %b %b" % (found[1], found[2] or b"0", found[3], found[4])
        super().statusReceived(line)  # type: ignore[no-untyped-call]
        self.response.head = self.head

    def headerReceived(self, name: bytes, value: bytes) -> None:
        """Keep the pair, without blanks around its name; a name that is not a token means nothing to the framing."""
        name = name.strip()
        if name:
            self.head.pairs.append((name, value))
        if _TOKEN.fullmatch(name):
            super().headerReceived(name, value)  # type: ignore[no-untyped-call]

    def allHeadersReceived(self) -> None:
        """Decide where the body ends, leniently, before Twisted does."""
        self.head.length = settle_framing(self.connHeaders)
        super().allHeadersReceived()  # type: ignore[no-untyped-call]


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


@dataclass(frozen=True, slots=True)
class HttpBody:
    """A body without its chunked framing. `cut` says why its end may be missing; empty: it is complete."""

    content: bytes
    cut: str = ""


class BodyReader(Protocol):
    """Collects a response's body into `done`; a body larger than `max_bytes` aborts the connection."""

    def __init__(self, head: Head, max_bytes: int) -> None:
        self.done: asyncio.Future[HttpBody] = asyncio.get_running_loop().create_future()
        self._head = head
        self._max_bytes = max_bytes
        self._chunks: list[bytes] = []
        self._size = 0

    @property
    def size(self) -> int:
        """How many bytes came so far."""
        return self._size

    @property
    def so_far(self) -> bytes:
        """What came so far."""
        return b"".join(self._chunks)

    @property
    def measure(self) -> str:
        """How much came, in words."""
        of = f" of {self._head.length}" if self._head.length is not None else ""
        return f"{self._size}{of} bytes came"

    def stop(self, cut: str) -> None:
        """End with what came so far, and leave the connection."""
        self._end(HttpBody(self.so_far, cut))
        self._head.abort()

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
            self._end(HttpBody(self.so_far))
        elif (loss := _data_loss(error)) is not None:
            self._end(HttpBody(self.so_far, f"{loss} ({self.measure})" if loss.args else self.measure))
        else:
            self._end(error)

    def _end(self, result: HttpBody | BaseException) -> None:
        if self.done.done():
            return
        if isinstance(result, HttpBody):
            self.done.set_result(result)
        else:
            self.done.set_exception(result)


def _data_loss(error: BaseException) -> _DataLoss | None:
    """The loss of a body's end among the causes of a failed response."""
    causes = [failure.value for failure in error.reasons] if isinstance(error, ResponseFailed) else []
    return next((cause for cause in causes if isinstance(cause, _DataLoss)), None)


def too_large(max_bytes: int) -> NoFetch:
    """The NoFetch for a body that is larger than a page may be."""
    return NoFetch("too_large", f"more than {max_bytes} bytes", is_temporary=False)
