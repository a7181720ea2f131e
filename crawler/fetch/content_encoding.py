"""Undoes Content-Encoding in chunks and within limits, so that a bomb takes no more memory than the largest page."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator, Sequence

import brotli
import zstandard

from crawler.exchange import NoFetch

ACCEPT_ENCODING = "gzip, br, zstd"
MAX_LAYERS = 2
_CHUNK = 65_536
_ZSTD_WINDOW = 8 * 1024 * 1024
"""RFC 9659: a zstd content encoding's window is 8 MB at most."""
_NOT_ENCODINGS = frozenset({"", "identity", "none", "binary", "utf-8", "utf8", "aws-chunked"})
"""Values that servers send although they are not encodings; browsers ignore them too."""


def decode(body: bytes, encodings: Sequence[str], *, max_bytes: int) -> bytes:
    """The body without the encodings that its Content-Encoding headers list (RFC 9110, 8.4: in the order applied).

    Raises NoFetch: `too_large`, or `bad_encoding` where the body is cut off, corrupt or in an unknown encoding.
    """
    layers = [word for header in encodings for word in header.lower().replace(" ", "").split(",")]
    layers = [word for word in layers if word not in _NOT_ENCODINGS]
    if len(layers) > MAX_LAYERS:
        raise NoFetch("bad_encoding", f"{len(layers)} layers of Content-Encoding", is_temporary=False)
    for layer in reversed(layers):
        body = _decode_layer(body, layer, max_bytes)
    if len(body) > max_bytes:
        raise _too_large(max_bytes)
    return body


def _decode_layer(body: bytes, layer: str, max_bytes: int) -> bytes:
    out = bytearray()
    try:
        for chunk in _chunks(body, layer):
            out += chunk
            if len(out) > max_bytes:
                raise _too_large(max_bytes)
    except (zlib.error, brotli.error, zstandard.ZstdError, EOFError) as error:
        raise NoFetch("bad_encoding", f"{layer}: {error}") from error
    return bytes(out)


def _too_large(max_bytes: int) -> NoFetch:
    return NoFetch("too_large", f"more than {max_bytes} bytes after decompression", is_temporary=False)


def _chunks(body: bytes, layer: str) -> Iterator[bytes]:
    match layer:
        case "gzip" | "x-gzip":
            return _gunzip(body)
        case "deflate":
            return _inflate(body)
        case "br":
            return _unbrotli(body)
        case "zstd":
            return _unzstd(body)
    raise NoFetch("bad_encoding", f"unknown encoding {layer[:40]!r}", is_temporary=False)


def _gunzip(body: bytes) -> Iterator[bytes]:
    """All members of a gzip file; bytes after the last one are dropped, and a body that is not gzip is returned unchanged.

    Some servers declare gzip for plain bodies, or declare it twice for bodies compressed once.
    """
    if not body.startswith(b"\x1f\x8b"):
        yield body
    while body.startswith(b"\x1f\x8b"):
        member = zlib.decompressobj(wbits=31)
        yield from _drain(member, body)
        body = member.unused_data


def _inflate(body: bytes) -> Iterator[bytes]:
    """Undo deflate: zlib's format (RFC 9110, 8.4.1.2), or the raw deflate that some servers send."""
    is_zlib = len(body) > 1 and body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0
    return _drain(zlib.decompressobj(wbits=15 if is_zlib else -15), body)


def _drain(stream: zlib._Decompress, body: bytes) -> Iterator[bytes]:
    rest = body
    while rest and not stream.eof:
        yield stream.decompress(rest, _CHUNK)
        rest = stream.unconsumed_tail
    # The input can end while output is still buffered.
    while not stream.eof and (chunk := stream.decompress(b"", _CHUNK)):
        yield chunk
    if not stream.eof and body:
        raise EOFError("the body is cut off")


def _unbrotli(body: bytes) -> Iterator[bytes]:
    stream = brotli.Decompressor()
    chunk = stream.process(body, output_buffer_limit=_CHUNK)
    while chunk:
        yield chunk
        chunk = b"" if stream.is_finished() else stream.process(b"", output_buffer_limit=_CHUNK)
    if body and not stream.is_finished():
        raise EOFError("the body is cut off")


def _unzstd(body: bytes) -> Iterator[bytes]:
    decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    with decompressor.stream_reader(io.BytesIO(body), read_across_frames=True) as reader:
        while chunk := reader.read(_CHUNK):
            yield chunk
