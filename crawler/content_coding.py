"""Content codings of HTTP bodies undone, with a cap on what comes out (RFC 9110, 8.4).

Partial streams give what can be had: a page that was cut at the size limit is still worth reading.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterable

import brotli
import zstandard

from dateline.errors import ParseError

_MAX_CODINGS = 3  # more than one is rare, many are an attack (CVE-2022-32206)
_ZSTD_WINDOW = 8 << 20  # bytes; RFC 9659 holds web content to it


def decode_body(body: bytes, codings: Iterable[str], *, max_bytes: int) -> bytes:
    """`body` with `codings` (the values of Content-Encoding, in the order they were applied) undone.

    A ParseError if a coding is unknown or more than `max_bytes` come out. A body that its server declared as coded,
    but sent plain, is returned as it is.
    """
    names = [name.strip().lower() for value in codings for name in value.split(",")]
    names = [name for name in names if name not in {"", "identity"}]
    if len(names) > _MAX_CODINGS:
        raise ParseError(f"{len(names)} content codings on top of each other")
    for name in reversed(names):
        body = _undo(name, body, max_bytes)
    if len(body) > max_bytes:
        raise ParseError(f"the body is larger than {max_bytes} bytes")
    return body


def _undo(name: str, body: bytes, max_bytes: int) -> bytes:
    decoder = _DECODERS.get(name)
    if decoder is None:
        raise ParseError(f"unknown content coding {name!r}")
    decoded = decoder(body, max_bytes + 1)  # one more tells "as large as allowed" from "larger"
    if decoded or not body:
        return decoded
    if body.lstrip()[:1] in {b"<", b"{", b"["}:
        return body
    raise ParseError(f"the body is no {name} stream")


def _gunzip(body: bytes, limit: int) -> bytes:
    """All members of a gzip body; what follows them is dropped."""
    decoded = b""
    while body[:2] == b"\x1f\x8b" and len(decoded) < limit:
        inflater = zlib.decompressobj(31)
        try:
            decoded += inflater.decompress(body, limit - len(decoded))
        except zlib.error:
            return decoded or _inflate_piecewise(body, 31, limit)
        if not inflater.eof:
            break
        body = inflater.unused_data
    return decoded


def _inflate(body: bytes, limit: int) -> bytes:
    """A "deflate" body: zlib's format by the letter, a bare deflate stream by many servers' habit."""
    for window in (15, -15):
        try:
            return zlib.decompressobj(window).decompress(body, limit)
        except zlib.error:
            continue
    return _inflate_piecewise(body, 15, limit)


def _inflate_piecewise(body: bytes, window: int, limit: int) -> bytes:
    """What comes out of a damaged stream before the damage."""
    inflater = zlib.decompressobj(window)
    decoded = bytearray()
    try:
        for start in range(0, len(body), 512):
            decoded += inflater.decompress(body[start : start + 512], limit - len(decoded))
            if len(decoded) >= limit:
                break
    except zlib.error:
        pass
    return bytes(decoded)


def _unbrotli(body: bytes, limit: int) -> bytes:
    decompressor = brotli.Decompressor()
    decoded = bytearray()
    piece = body
    try:
        while len(decoded) < limit:
            produced = decompressor.process(piece, output_buffer_limit=limit - len(decoded))
            piece = b""
            decoded += produced
            if not produced or decompressor.is_finished():
                break
    except brotli.error:
        pass
    return bytes(decoded[:limit])


def _unzstd(body: bytes, limit: int) -> bytes:
    decoded = bytearray()
    decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    with decompressor.stream_reader(io.BytesIO(body), read_across_frames=True) as reader:
        try:
            while len(decoded) < limit and (piece := reader.read(min(1 << 16, limit - len(decoded)))):
                decoded += piece
        except zstandard.ZstdError:
            pass
    return bytes(decoded)


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
