"""Dateline watches news sources and keeps a clean, deduplicated, searchable archive of their articles in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dateline.api.archive import Archive

__all__ = ["Archive", "__version__"]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """`Archive`, imported when it is used: each command imports this package, and few need it."""
    if name == "Archive":
        from dateline.api.archive import Archive

        return Archive
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
