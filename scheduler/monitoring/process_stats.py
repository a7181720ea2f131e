"""What a process reports with each heartbeat: memory, descriptors, its pool, how late its loop is, its archive."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from dateline.parser_pool.pool import ParserPool
from scheduler.monitoring.disk import free_mb
from sql.database import Pool
from sql.service.metrics import add_total

ARCHIVE_LOOK_S = 60.0
"""Between two looks through the archive's folder: with thousands of files it takes a while, in a thread."""


class ProcessStats:
    """The figures of one process. `beat_s` is the time that should lie between two of them."""

    def __init__(
        self,
        pool: Pool,
        *,
        beat_s: float,
        archive: Path | None = None,
        parser_pool: ParserPool | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pool, self._beat_s, self._archive, self._parser_pool, self._clock = (
            pool,
            beat_s,
            archive,
            parser_pool,
            clock,
        )
        self._reported_deaths = 0
        self._last: float | None = None
        self._archive_at = float("-inf")
        self._archived: dict[str, float] = {}

    async def read(self) -> dict[str, float]:
        """The figures as they are now."""
        now = self._clock()
        late = 0.0 if self._last is None else max(0.0, now - self._last - self._beat_s)
        self._last = now
        if self._archive is not None and now - self._archive_at >= ARCHIVE_LOOK_S:
            self._archive_at = now
            with suppress(OSError):
                self._archived = await asyncio.to_thread(archive_figures, self._archive)
        return {"late_s": round(late, 3), **process_figures(), **pool_figures(self._pool), **self._archived}

    async def report(self) -> None:
        """Count what happened since the last time and only this process knows of."""
        deaths = self._parser_pool.deaths if self._parser_pool else 0
        if deaths > self._reported_deaths:
            await add_total(self._pool, "extraction_restarts", deaths - self._reported_deaths)
            self._reported_deaths = deaths


def process_figures() -> dict[str, float]:
    """Resident memory and open descriptors of this process, from /proc; nothing where there is none."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return {
            "resident_bytes": pages * os.sysconf("SC_PAGE_SIZE"),
            "descriptors": sum(1 for _ in Path("/proc/self/fd").iterdir()) - 1,
        }
    except OSError:
        return {}


def pool_figures(pool: Pool) -> dict[str, float]:
    """How the process's pool is used (psycopg_pool's get_stats)."""
    stats: dict[str, Any] = pool.get_stats()
    return {
        "pool_size": stats.get("pool_size", 0),
        "pool_free": stats.get("pool_available", 0),
        "pool_waiting": stats.get("requests_waiting", 0),
    }


def archive_figures(folder: Path) -> dict[str, float]:
    """Size and number of the archive's files, and the room that is left on its disk."""
    sizes = [entry.stat().st_size for entry in os.scandir(folder)] if folder.is_dir() else []
    return {
        "archive_bytes": sum(sizes),
        "archive_files": len(sizes),
        "archive_free_bytes": round(free_mb(folder) * 2**20),
    }
