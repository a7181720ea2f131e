"""The exports of a data folder, as they lie there: each a folder, which is all there is to know of it.

    exports/ID/  asked.json → articles.csv.part → articles.csv → articles.csv.manifest.json (done) | problem.json (failed)

The process that writes an export holds a lock on its folder as long as it lives: no second one writes beside it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from dateline.api.operations import NewExport
from dateline.api.parameters import Instant
from dateline.files import written_whole

FORGOTTEN = "It may hold what was forgotten on request since it was written, so it was removed. Ask for it again."
_ID = re.compile(r"[\w-]{12}", re.ASCII)


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was asked, by whom, and when."""

    owner: str
    created_at: Instant
    asked: NewExport


@dataclass(frozen=True, slots=True)
class Kept:
    """A job's folder, and what was asked."""

    folder: Path
    owner: str
    created_at: dt.datetime
    asked: NewExport

    @property
    def file(self) -> Path:
        """Where the export is, once it is written."""
        return self.folder / f"{self.asked.view or 'articles'}.{self.asked.format}"

    @property
    def manifest(self) -> dict[str, Any] | None:
        """What `dateline export` says of the file; None until it is complete."""
        return _read(self.file.with_name(f"{self.file.name}.manifest.json"))

    @property
    def problem(self) -> str:
        """Why it failed; "" where it has not."""
        return str((_read(self.folder / "problem.json") or {}).get("problem", ""))

    @property
    def has_ended(self) -> bool:
        """Whether nothing more is to be written."""
        return bool(self.problem) or self.manifest is not None

    @property
    def is_held(self) -> bool:
        """Whether a process writes it."""
        if not (self.folder / "lock").exists():
            return False
        if (lock := self.lock()) is not None:
            os.close(lock)
        return lock is None

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        total = 0
        for one in self.folder.iterdir():
            with contextlib.suppress(FileNotFoundError):
                total += one.stat().st_size
        return total

    def lock(self) -> int | None:
        """A descriptor that holds the folder's lock; None where a process has it."""
        lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return None
        return lock

    def fail(self, problem: str) -> None:
        """Keep why it failed, and nothing of the file."""
        self.clear()
        _write(self.folder / "problem.json", {"problem": problem})

    def clear(self) -> None:
        """Delete all but the question and the lock."""
        for one in self.folder.iterdir():
            if one.name not in ("asked.json", "lock"):
                one.unlink(missing_ok=True)


def add(exports: Path, owner: str, now: dt.datetime, asked: NewExport) -> Kept:
    """A new folder, with nothing but the question."""
    folder = exports / secrets.token_urlsafe(9)
    folder.mkdir(parents=True, mode=0o700)
    _write(folder / "asked.json", Asked(owner, now, asked))
    return Kept(folder, owner, now, asked)


def find(exports: Path, number: str) -> Kept | None:
    """The job of that number; None where there is none, or one that this version can't read."""
    if not _ID.fullmatch(number):
        return None
    try:
        found = msgspec.json.decode((exports / number / "asked.json").read_bytes(), type=Asked)
    except (OSError, ValueError):
        return None
    return Kept(exports / number, found.owner, found.created_at, found.asked)


def kept_in(exports: Path) -> list[Kept]:
    """All jobs, oldest first."""
    found = [find(exports, one.name) for one in _folders(exports)]
    return sorted((one for one in found if one is not None), key=lambda one: one.created_at)


def older_in(exports: Path, instant: dt.datetime) -> Iterator[Path]:
    """The folders of jobs that began before an instant, and those that can't be read and were last changed before it."""
    for folder in _folders(exports):
        job = find(exports, folder.name)
        if (job.created_at.timestamp() if job else folder.stat().st_mtime) < instant.timestamp():
            yield folder


def drop_outdated(jobs: list[Kept], forgets: int) -> int:
    """Delete the files that may hold what was forgotten since; how many there were.

    `forgets` is how often something was forgotten until now; a file's manifest says how often until it was written.
    """
    found = [one for one in jobs if (manifest := one.manifest) is not None and manifest.get("forgets") != forgets]
    for one in found:
        one.fail(FORGOTTEN)
    return len(found)


def delete_forgotten(exports: Path, forgets: int) -> int:
    """Delete what may hold what was forgotten, also where another version wrote it; how many exports. Raises OSErrors.

    An export that was cut off keeps nothing of its file, and is written again. One that is being written tells by its
    manifest that it is outdated.
    """
    unread = [one for one in _folders(exports) if (one / "asked.json").exists() and find(exports, one.name) is None]
    for folder in unread:
        shutil.rmtree(folder)
    jobs = kept_in(exports)
    for job in jobs:
        if not job.has_ended and (lock := job.lock()) is not None:
            _clear_held(job, lock)
    return drop_outdated(jobs, forgets) + len(unread)


def _clear_held(job: Kept, lock: int) -> None:
    try:
        if not job.has_ended:  # by a process that ended meanwhile
            job.clear()
    finally:
        os.close(lock)


def _folders(exports: Path) -> list[Path]:
    return [one for one in exports.iterdir() if _ID.fullmatch(one.name) and one.is_dir()] if exports.is_dir() else []


def _read(path: Path) -> dict[str, Any] | None:
    """The object in a file; None where there is none, or a damaged one."""
    try:
        found = msgspec.json.decode(path.read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _write(path: Path, content: Any) -> None:
    with written_whole(path) as file:
        file.write(msgspec.json.encode(content))
