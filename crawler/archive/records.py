"""What the readers of archive files of every format share."""

from __future__ import annotations

from dataclasses import dataclass

HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record (or the damaged bytes after the one at `offset`) that gave no page, and why."""

    file: str
    offset: int
    reason: str
    url: str | None = None
