"""A row names a record of the archive only once that is on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Protocol

from dateline.types.article import ArchiveRef


class Durable(Protocol):
    """An archive that can say that records are on disk."""

    def sync(self, refs: Sequence[ArchiveRef]) -> None: ...


async def on_disk(archive: Durable | None, refs: Iterable[ArchiveRef | None]) -> None:
    """Returns when the records at these places are on disk; all that wait at the same time share one flush."""
    written = [ref for ref in refs if ref is not None]
    if archive is not None and written:
        await asyncio.to_thread(archive.sync, written)
