"""The archive's disk: fetching pauses before it is full, and old files are deleted to make room.

A worker checks the folder that it writes itself: on several machines each has its own.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import errno
import os
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from crawler.archive.archive import Archive, plan_retention
from crawler.archive.shared_archive import SharedArchive, open_archive
from dateline import log
from dateline.clock import utc_now
from dateline.config import Settings
from sql.service.leases import Upkeep

LOOK_S = 2.0
TEND_S = 3600.0
MOVE_S = 60.0
RESUME_FACTOR = 1.1
"""Fetching resumes with a tenth more room than it paused at, so that it does not flicker."""

logger = log.get(__name__)


def has_room(free_mb: float, *, min_free_mb: int, is_paused: bool) -> bool:
    """Whether fetching may go on (or, when paused, begin again) with so much room on the disk."""
    return free_mb >= min_free_mb * (RESUME_FACTOR if is_paused else 1.0)


def free_mb(folder: Path) -> float:
    """Megabytes that are free on the folder's disk; of a folder that is not there yet, on the one where it will be."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free / 2**20


def write_trouble(folder: Path) -> str:
    """Why nothing can be written in the archive's folder; "" where it can. Tries it: rights alone say little."""
    probe = folder / f".probe-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        folder.mkdir(parents=folder.parent.is_dir(), exist_ok=True)
        os.close(os.open(probe, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        probe.unlink()
    except OSError as error:
        # neither is the folder's fault: too many open files here, a full disk (which `has_room` checks)
        return "" if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOSPC, errno.EDQUOT) else str(error.strerror)
    return ""


def why_paused(settings: Settings) -> str | None:
    """Why this machine's disk pauses fetching; None where it does not."""
    if not settings.archive or not settings.min_free_mb:
        return None
    folder, free = settings.archive_dir, free_mb(settings.archive_dir)
    if not has_room(free, min_free_mb=settings.min_free_mb, is_paused=False):
        return f"{free:.0f} MB are free on the disk of {folder}, fewer than min_free_mb ({settings.min_free_mb})"
    trouble = write_trouble(folder)
    return f"nothing can be written in {folder}: {trouble}" if trouble else None


class DiskWatch:
    """Watches whether the archive can be written: exactly one of `full` and `roomy` is set; each change is logged once."""

    def __init__(
        self,
        folder: Path,
        *,
        min_free_mb: int,
        measure: Callable[[Path], float] = free_mb,
        probe: Callable[[Path], str] = write_trouble,
    ) -> None:
        self._probe, self._trouble = probe, ""
        self._folder, self._min_free_mb, self._measure = folder, min_free_mb, measure
        self.full, self.roomy = asyncio.Event(), asyncio.Event()
        self.roomy.set()
        self.look()

    def look(self) -> None:
        """Measure, and log a change."""
        if self._looks_blocked():
            return
        free = self._measure(self._folder)
        is_paused = self.full.is_set()
        if has_room(free, min_free_mb=self._min_free_mb, is_paused=is_paused) is not is_paused:
            return
        if is_paused:
            logger.warning("fetching resumes: the disk has room again", folder=str(self._folder), free_mb=int(free))
            self.full.clear()
            self.roomy.set()
        else:
            logger.error(
                "fetching pauses: the archive's disk is nearly full. Make room (DATELINE_ARCHIVE_MAX_GB and "
                "DATELINE_ARCHIVE_RETENTION_DAYS delete old files), it resumes by itself",
                folder=str(self._folder),
                free_mb=int(free),
                min_free_mb=self._min_free_mb,
            )
            self.roomy.clear()
            self.full.set()

    def _looks_blocked(self) -> bool:
        trouble = self._probe(self._folder) if self._min_free_mb else ""
        if trouble and trouble != self._trouble:
            logger.error(
                "fetching pauses: nothing can be written in the archive's folder. It resumes by itself when it can",
                folder=str(self._folder),
                error=trouble,
            )
        self._trouble = trouble
        if trouble:
            self.roomy.clear()
            self.full.set()
        return bool(trouble)

    async def watch(self) -> None:
        """Look every LOOK_S, for good."""
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                self.look()
            except OSError as error:
                logger.warning("the archive's disk can't be measured", error=str(error))


@dataclass(frozen=True, slots=True)
class Retention:
    """Which archive files are to go; None keeps them."""

    days: int | None
    max_bytes: int | None

    @classmethod
    def from_settings(cls, settings: Settings) -> Retention:
        """As configured; 0 keeps files."""
        return cls(settings.archive_retention_days or None, int(settings.archive_max_gb * 1e9) or None)

    @property
    def is_endless(self) -> bool:
        """True when no file ever goes."""
        return self.days is None and self.max_bytes is None


async def retain(archive: Archive, upkeep: Upkeep, retention: Retention, *, now: dt.datetime) -> tuple[str, ...]:
    """Delete the files that are to go; their names.

    Rows forget a file before it goes: killed in between, the file goes next time, and no row ever names what is not there.
    """
    older_than = now - dt.timedelta(days=retention.days) if retention.days else None
    files = await asyncio.to_thread(archive.files)
    doomed = plan_retention(files, older_than=older_than, max_bytes=retention.max_bytes)
    if doomed:
        await upkeep.forget_archive_files(doomed, now=now)
        await asyncio.to_thread(archive.delete, doomed)
        logger.info("deleted archive files", files=len(doomed), oldest=doomed[0])
    return doomed


async def tend_archive(settings: Settings, upkeep: Upkeep) -> None:
    """Retain what is configured now and every hour, for good; a failure is logged and tried again."""
    archive, retention = open_archive(settings), Retention.from_settings(settings)
    while not retention.is_endless:
        try:
            await retain(archive, upkeep, retention, now=utc_now())
        except Exception as error:
            logger.warning("archive files could not be retained", error=f"{type(error).__name__}: {error}")
        await asyncio.sleep(TEND_S)


async def move_archive(archive: Archive | None, *, after: dt.timedelta, pause_s: float = MOVE_S) -> None:
    """Move finished archive files to the object storage, for good; without one, return at once.

    A file that is being written is finished once it is as old as `after`. A failure is logged and tried again.
    """
    while isinstance(archive, SharedArchive):
        try:
            await asyncio.to_thread(archive.finish, utc_now() - after)
            await move_finished(archive)
        except Exception as error:
            logger.warning("archive files could not be moved; trying again", error=str(error), pause_s=pause_s)
        await asyncio.sleep(pause_s)


async def move_finished(archive: SharedArchive) -> None:
    """Move finished archive files to the object storage and log their number."""
    if moved := await asyncio.to_thread(archive.move_finished):
        logger.info("moved archive files", files=len(moved), store=archive.store.url)
