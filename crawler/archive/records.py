"""What the readers of archive files of every format share."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import IO

GZIP_MAGIC = b"\x1f\x8b"
WARC_MAGIC, ARC_MAGIC = b"WARC/", b"filedesc://"
HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record (or the damaged bytes after the one at `offset`) that gave no page, and why."""

    file: str
    offset: int
    reason: str
    url: str | None = None


def begins_with(file: IO[bytes], *magics: bytes) -> bool:
    """Whether a file begins with one of these, compressed or not; it is read from its start afterwards."""
    length = max(map(len, magics))
    head = file.read(length)
    file.seek(0)
    if head.startswith(GZIP_MAGIC):
        try:
            head = gzip.GzipFile(fileobj=file).read(length)
        except (OSError, EOFError):
            return False
        finally:
            file.seek(0)
    return head.startswith(magics)
