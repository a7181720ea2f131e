"""Undoes Content-Encoding in chunks and within limits, so that a bomb takes no more memory than the largest page."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import brotli
import zstandard

from crawler.exchange import NoFetch

ACCEPT_ENCODING = "gzip, br, zstd"
MAX_LAYERS = 2
GZIP_MAGIC, ZSTD_MAGIC = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_CHUNK = 65_536
_ZSTD_WINDOW = 8 * 1024 * 1024
"""RFC 9659: a zstd content encoding's window is 8 MB at most."""
_NOT_ENCODINGS = frozenset({"", "identity", "none", "binary", "utf-8", "utf8", "aws-chunked"})
"""Values that servers send although they are not encodings; browsers ignore them too."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A body without its encodings. `cut` says why its end may be missing or wrong, `notes` what was wrongly declared.

    `is_checked`: an encoding's own end or checksum shows that nothing is missing.
    """

    content: bytes
    cut: str = ""
    notes: tuple[str, ...] = ()
    is_checked: bool = False


def decode(body: bytes, encodings: Sequence[str], *, max_bytes: int) -> bytes:
    """The body without the encodings that its Content-Encoding headers list (RFC 9110, 8.4: in the order applied).

    Raises NoFetch: `too_large`, or `bad_encoding` where the body is cut off, corrupt or in an unknown encoding.
    """
    decoded = decode_what_came(body, encodings, max_bytes=max_bytes)
    if decoded.cut:
        raise NoFetch("bad_encoding", decoded.cut)
    return decoded.content


def decode_what_came(body: bytes, encodings: Sequence[str], *, max_bytes: int) -> Decoded:
    """Like `decode`, but of a body that is cut off or corrupt the part that can be decoded."""
    layers = [word for header in encodings for word in header.lower().replace(" ", "").split(",")]
    layers = [word for word in layers if word not in _NOT_ENCODINGS]
    if len(layers) > MAX_LAYERS:
        raise NoFetch("bad_encoding", f"{len(layers)} layers of Content-Encoding", is_temporary=False)
    decoded = Decoded(body)
    for layer in reversed(layers):
        found = _decode_layer(decoded.content, layer, max_bytes)
        decoded = Decoded(found.content, decoded.cut or found.cut, (*decoded.notes, *found.notes), found.is_checked)
    if len(decoded.content) > max_bytes:
        raise _too_large(max_bytes)
    return decoded


def _decode_layer(body: bytes, layer: str, max_bytes: int) -> Decoded:
    actual = _actual(body, layer)
    notes = (
        () if actual == layer else (f"Content-Encoding says {layer[:40]}, but the body is {actual or 'not encoded'}",)
    )
    read = _READERS.get(actual)
    if not actual or (not body and read):
        return Decoded(body, notes=notes)
    if read is None:
        raise NoFetch("bad_encoding", f"unknown encoding {layer[:40]!r}", is_temporary=False)
    out = bytearray()
    try:
        for chunk in read(body):
            out += chunk
            if len(out) > max_bytes:
                raise _too_large(max_bytes)
    except (zlib.error, brotli.error, zstandard.ZstdError, EOFError) as error:
        if not out:
            raise NoFetch("bad_encoding", f"{layer}: {error}") from error
        return Decoded(bytes(out), f"{layer}: {error}", notes)
    return Decoded(bytes(out), notes=notes, is_checked=True)


def _actual(body: bytes, layer: str) -> str:
    """The encoding that the body has by its first bytes, where they show it; empty: none. Some servers declare another."""
    if body.startswith(GZIP_MAGIC):
        return layer if layer == "x-gzip" else "gzip"
    if body.startswith(ZSTD_MAGIC):
        return "zstd"
    if _looks_like_text(body) or (layer in ("gzip", "x-gzip") and body and not _is_zlib(body)):
        return ""
    return "deflate" if layer in ("gzip", "x-gzip") and body else layer


def _looks_like_text(body: bytes) -> bool:
    """Whether the body begins as HTML, XML or JSON do, and not as compressed data would."""
    start = body[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    return start[:1] in (b"<", b"{", b"[") and all(32 <= byte < 127 or byte in b"\r\n\t" for byte in start[:16])


def _is_zlib(body: bytes) -> bool:
    return len(body) > 1 and body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0


def _too_large(max_bytes: int) -> NoFetch:
    return NoFetch("too_large", f"more than {max_bytes} bytes after decompression", is_temporary=False)


def _gunzip(body: bytes) -> Iterator[bytes]:
    """All members of a gzip file; bytes after the last one are dropped.

    The data goes before its trailer: zlib alone would keep back the last part of a member whose checksum is wrong or
    missing, which browsers show.
    """
    while body.startswith(GZIP_MAGIC):
        member, check = zlib.decompressobj(wbits=-15), 0
        for chunk in _drain(member, body[_gzip_header_size(body) :]):
            check = zlib.crc32(chunk, check)
            yield chunk
        trailer, body = member.unused_data[:8], member.unused_data[8:]
        if len(trailer) < 8:
            raise EOFError("its trailer is cut off")
        if struct.unpack("<I", trailer[:4])[0] != check:
            raise EOFError("its checksum is wrong")


def _gzip_header_size(body: bytes) -> int:
    """Where the data of a gzip member begins (RFC 1952, 2.3); the end where the header is cut off."""
    flags, at = body[3] if len(body) > 3 else 0, 10
    if flags & 4:
        at += 2 + int.from_bytes(body[at : at + 2], "little")
    for flag in (8, 16):  # name, comment
        if flags & flag:
            end = body.find(b"\0", at)
            at = len(body) if end < 0 else end + 1
    return at + (2 if flags & 2 else 0)


def _inflate(body: bytes) -> Iterator[bytes]:
    """Undo deflate: zlib's format (RFC 9110, 8.4.1.2), or the raw deflate that some servers send."""
    return _drain(zlib.decompressobj(wbits=-15), body[2:] if _is_zlib(body) else body)


def _drain(stream: zlib._Decompress, body: bytes) -> Iterator[bytes]:
    rest = body
    while rest and not stream.eof:
        yield stream.decompress(rest, _CHUNK)
        rest = stream.unconsumed_tail
    # The input can end while output is still buffered.
    while not stream.eof and (chunk := stream.decompress(b"", _CHUNK)):
        yield chunk
    if not stream.eof:
        raise EOFError("the body is cut off")


def _unbrotli(body: bytes) -> Iterator[bytes]:
    stream = brotli.Decompressor()
    chunk = stream.process(body, output_buffer_limit=_CHUNK)
    while chunk:
        yield chunk
        chunk = b"" if stream.is_finished() else stream.process(b"", output_buffer_limit=_CHUNK)
    if not stream.is_finished():
        raise EOFError("the body is cut off")


def _unzstd(body: bytes) -> Iterator[bytes]:
    decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    with decompressor.stream_reader(io.BytesIO(body), read_across_frames=True) as reader:
        while chunk := reader.read(_CHUNK):
            yield chunk
    if not _has_last_zstd_block(body):
        raise EOFError("the body is cut off")


def _has_last_zstd_block(body: bytes) -> bool:
    """Whether the first frame's last block is there (RFC 8878, 3.1.1.2); the reader says nothing of a frame that is cut."""
    at = zstandard.frame_header_size(body)
    while at + 3 <= len(body):
        block = int.from_bytes(body[at : at + 3], "little")
        at += 3 + (1 if block >> 1 & 3 == 1 else block >> 3)
        if block & 1:
            return at <= len(body)
    return False


_READERS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
