"""Unicode as editors and spreadsheets save it: UTF-8 with or without a byte order mark, UTF-16, UTF-32; pure."""

from __future__ import annotations

import codecs
import io
import itertools
from collections.abc import Iterator
from typing import BinaryIO

_WIDE_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}


def decode_unicode(content: bytes) -> str:
    """The text of a file without its byte order mark, line ends as LF; a UnicodeDecodeError for a legacy charset."""
    encoding = wide_encoding(content)
    return plain_lines(content.decode(encoding, "replace") if encoding else content.decode("utf-8"))


def plain_lines(text: str) -> str:
    """The text without byte order marks and zero bytes, its line ends as LF."""
    return text.lstrip("\ufeff").replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")


LONGEST_LINE = 512 << 20
"""Bytes of a line that is read: a compressed file of some megabytes may hold a line that no memory has room for."""


def utf8_lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines of a file, one after the other, as UTF-8 without a byte order mark; a lone CR ends one, too."""
    buffered = io.BufferedReader(file) if isinstance(file, io.RawIOBase) else file
    first = _line(buffered)
    encoding = wide_encoding(first)
    if encoding is None:
        for line in itertools.chain((first.removeprefix(codecs.BOM_UTF8),), iter(lambda: _line(buffered), b"")):
            yield from line.splitlines(keepends=True) if b"\r" in line else (line,)
        return
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    waiting = decoder.decode(first).lstrip("\ufeff")
    for piece in iter(lambda: _line(buffered), b""):
        *whole, waiting = (waiting + decoder.decode(piece)).split("\n")
        yield from (f"{line}\n".encode("utf-8", "replace") for line in whole)
    yield (waiting + decoder.decode(b"", final=True)).encode("utf-8", "replace")


def _line(file: BinaryIO | io.BufferedReader) -> bytes:
    line = file.readline(LONGEST_LINE + 1)
    if len(line) > LONGEST_LINE:
        raise OSError(f"a line is longer than {LONGEST_LINE >> 20} MB; give each article a line of its own")
    return line


def wide_encoding(head: bytes) -> str | None:
    """UTF-16 or UTF-32, by the byte order mark or by where the first characters have their zero bytes; else None."""
    marked = next((name for mark, name in _WIDE_MARKS.items() if head.startswith(mark)), None)
    if marked or len(head) < 4:
        return marked
    zeros = [byte == 0 for byte in head[:4]]
    shapes = {
        (False, True, False, True): "utf-16-le",
        (True, False, True, False): "utf-16-be",
        (False, True, True, True): "utf-32-le",
        (True, True, True, False): "utf-32-be",
    }
    return shapes.get((zeros[0], zeros[1], zeros[2], zeros[3]))
