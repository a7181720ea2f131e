"""Bodies that are gzip files (sitemap.xml.gz), unpacked up to a limit."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

_MAGIC = b"\x1f\x8b"
_MAX_LAYERS = 2  # a .gz file that the server compressed once more
_GZIP_WINDOW = 31  # 15 + 16: a gzip header (zlib manual, inflateInit2)


@dataclass(frozen=True, slots=True)
class Unpacked:
    """The content of a body up to the limit or the first damage, and warnings that say so."""

    body: bytes
    warnings: tuple[str, ...] = ()


def unpack(body: bytes, max_bytes: int) -> Unpacked:
    """The body without its layers of gzip, at most `max_bytes` of it."""
    warnings: tuple[str, ...] = ()
    for _ in range(_MAX_LAYERS):
        if not body.startswith(_MAGIC):
            break
        layer = _gunzip(body, max_bytes)
        body, warnings = layer.body, (*warnings, *layer.warnings)
    if len(body) > max_bytes:
        return Unpacked(body[:max_bytes], (*warnings, f"cut at {max_bytes} bytes"))
    return Unpacked(body, warnings)


def _gunzip(packed: bytes, max_bytes: int) -> Unpacked:
    """All members of a gzip file, up to the limit, the end or the first fault."""
    parts: list[bytes] = []
    room = max_bytes
    while packed.startswith(_MAGIC) and room > 0:
        member = zlib.decompressobj(_GZIP_WINDOW)
        try:
            parts.append(member.decompress(packed, room))
        except zlib.error as error:
            return Unpacked(b"".join(parts), (f"broken gzip: {error}",))
        room -= len(parts[-1])
        packed = member.unused_data
        if not member.eof:
            return Unpacked(
                b"".join(parts), (f"cut at {max_bytes} bytes" if room <= 0 else "gzip data that is cut off",)
            )
    return Unpacked(b"".join(parts))
