"""Where a body ends: chunks and lengths as lenient browsers and curl read them, not as Twisted does."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from twisted.web.http import _DataLoss

_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9a-fA-F]{1,15})[ \t]*(?:;.*)?")
_MAX_LINE = 4096
_OWN_DECODING = frozenset({b"", b"identity"})


class ChunkReader:
    """Undoes chunked framing (RFC 9112, 7.1) for Twisted's response parser.

    Blanks beside a chunk's size, bare line feeds and a missing end after the last chunk are read. A body that is not
    chunked at all is taken as it is. What can't be read ends the body: `problem` says what it was.
    """

    def __init__(self, take: Callable[[bytes], None], finish: Callable[[bytes], None]) -> None:
        self._take, self._finish = take, finish
        self._buffer = bytearray()
        self._step: Callable[[], bool] = self._read_size
        self._left = 0
        self._is_first = True
        self.problem = "the last chunk is missing"

    def dataReceived(self, data: bytes) -> None:
        """Read what came; data after a problem is dropped."""
        self._buffer += data
        while self._buffer and self._step():
            pass

    def noMoreData(self) -> None:
        """Raise _DataLoss with the problem unless the last chunk has come or the body is not chunked."""
        if self._step == self._read_trailer:
            self._end()
        if self._step not in (self._done, self._copy):
            raise _DataLoss(self.problem)

    def _read_size(self) -> bool:
        if self._is_first and self._buffer[:4].lstrip(b"\xef\xbb\xbf").startswith(b"<"):
            self._step = self._copy
            return True
        line = self._line()
        if line is None:
            return False
        size = _CHUNK_SIZE.fullmatch(line)
        self._is_first = False
        if size is None:
            self.problem = f"a chunk's size can't be read: {line[:40]!r}"
            self._step = self._drop
            return True
        self._left = int(size[1], 16)
        self._step = self._read_chunk if self._left else self._read_trailer
        return True

    def _read_chunk(self) -> bool:
        part = bytes(self._buffer[: self._left])
        del self._buffer[: self._left]
        self._left -= len(part)
        if not self._left:
            self._step = self._read_chunk_end
        self._take(part)
        return True

    def _read_chunk_end(self) -> bool:
        if self._buffer == b"\r":
            return False
        end = 2 if self._buffer.startswith(b"\r\n") else 1 if self._buffer.startswith(b"\n") else 0
        del self._buffer[:end]  # without one, the next size follows at once
        self._step = self._read_size
        return True

    def _read_trailer(self) -> bool:
        line = self._line()
        if line is None:
            return False
        if not line:
            self._end()
        return True

    def _line(self) -> bytes | None:
        """The next line without its end; None until it is there. A line without end counts as one."""
        end = self._buffer.find(b"\n")
        if end < 0:
            if len(self._buffer) <= _MAX_LINE:
                return None
            end = len(self._buffer)
        line = bytes(self._buffer[:end]).rstrip(b"\r")
        del self._buffer[: end + 1]
        return line

    def _end(self) -> None:
        rest = bytes(self._buffer)
        self._buffer.clear()
        self._step = self._done
        self._finish(rest)

    def _copy(self) -> bool:
        data = bytes(self._buffer)
        self._buffer.clear()
        self._take(data)
        return False

    def _drop(self) -> bool:
        self._buffer.clear()
        return False

    def _done(self) -> bool:
        raise RuntimeError("data after the last chunk")


def unchunked(body: bytes) -> bytes:
    """The body without its chunked framing and what follows it, unchanged if it has none: many archives undo the framing and
    keep its header."""
    found = bytearray()
    reader = ChunkReader(found.extend, lambda rest: None)
    reader.dataReceived(body)
    try:
        reader.noMoreData()
    except _DataLoss:
        return bytes(found) or body
    return bytes(found)


def settle_framing(headers: Any) -> int | None:
    """Make Transfer-Encoding and Content-Length (Twisted's connection headers) unambiguous; returns the length, if any.

    Chunks go before a length (RFC 9112, 6.3). A length that can't be read is left out; of several the largest counts,
    so that nothing is cut off.
    """
    codings = _words(headers.getRawHeaders(b"transfer-encoding", []))
    unknown = [word for word in codings if word not in _OWN_DECODING]
    headers.removeHeader(b"transfer-encoding")
    if unknown:
        headers.setRawHeaders(b"transfer-encoding", [b"chunked" if b"chunked" in unknown else unknown[-1]])
    lengths = [int(word) for word in _words(headers.getRawHeaders(b"content-length", [])) if _is_length(word)]
    headers.removeHeader(b"content-length")
    if unknown or not lengths:
        return None
    headers.setRawHeaders(b"content-length", [b"%d" % max(lengths)])
    return max(lengths)


def _words(values: Sequence[bytes]) -> list[bytes]:
    return [word.strip().lower() for value in values for word in value.split(b",")]


def _is_length(word: bytes) -> bool:
    return word.isdigit() and len(word) < 16
