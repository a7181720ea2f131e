"""Backup and restore of database and archive as one consistent pair, while the service runs.

    backup:   copy archive files (most of the time goes here)
              → dump the database, one snapshot
              → copy what of the archive grew or came since
    restore:  into an empty place: archive files → database, in one transaction → create views and roles → check

A page is on the disk before the row that names it is committed. So whatever the snapshot names was in the archive before the
second copy began; and what retention deletes meanwhile is there from the first. The copy may hold pages that the snapshot does
not know yet, never the other way round. What did not change since an earlier copy is not copied again.

A dump holds the secrets of watches and the console's saved searches, so everything that is written here is for its owner only.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from crawler.archive.archive import sync_folder
from dateline.errors import ArchiveError, UsageError
from sql.schema.migrate import migrate, refuse_newer
from sql.service import backup as database

if TYPE_CHECKING:
    from crawler.archive.object_store import ObjectStore

DUMP = "dateline-{:%Y%m%dT%H%M%SZ}.dump"
ARCHIVE = "archive"
SEEN = "copied.json"
"""Beside the copies: times of each file when it was copied, or its e_tag in the object storage."""
DUMPS = "dateline-*.dump"
DUMP_BEGINS = b"PGDMP"
PARTIAL = ".partial"
"""End of the name of a file that is being written."""
Progress = Callable[[int, int], None]
"""Called with the bytes copied so far and the bytes in all."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What was written."""

    dump: Path
    files: int
    copied_bytes: int


@dataclass(frozen=True, slots=True)
class Restored:
    """What is there now. `missing` are archive files that rows name and that are not there, or not as long as they should be."""

    dump: Path
    files: int
    missing: tuple[str, ...]


def back_up(
    url: str,
    archive: Path,
    folder: Path,
    *,
    now: dt.datetime,
    store: ObjectStore | None = None,
    progress: Progress = lambda done, of: None,
) -> Backup:
    """Database and archive are in the folder; one with an earlier backup gets a further dump and what of the archive is new.

    `store` is the archive's object storage. A file that moves there while this runs is in one place or the other: the
    storage is listed after the folder was copied.
    """

    def copy() -> int:
        copied = copy_new(archive, folder / ARCHIVE, progress)
        return copied + (copy_stored(store, archive, folder / ARCHIVE, progress) if store else 0)

    with _alone_in(folder, archive):
        copied = copy()
        dump = folder / DUMP.format(now)
        database.dump(url, dump)
        copied += copy()
        sync_folder(folder)
        return Backup(dump, sum(1 for _ in _files(folder / ARCHIVE)), copied)


@contextmanager
def _alone_in(folder: Path, archive: Path) -> Iterator[None]:
    """The folder is ready for this backup and no other one; a failure to write is an error that names the cure."""
    if (folder / ARCHIVE).resolve() == archive.resolve():
        raise UsageError(f"{folder} holds the archive itself: name another folder", subject=str(folder))
    if folder.resolve().is_relative_to(archive.resolve()):
        raise UsageError(f"{folder} is in the archive: name a folder outside of it", subject=str(folder))
    with _written_to(folder):
        _make_private(folder)
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove_partial(folder)
            yield
        except BlockingIOError:
            raise UsageError(
                f"another backup into {folder} is running: wait for its end", subject=str(folder)
            ) from None
        finally:
            os.close(descriptor)


@contextmanager
def _written_to(folder: Path) -> Iterator[None]:
    """A failure of the disk or its permissions becomes an ArchiveError."""
    try:
        yield
    except BlockingIOError:
        raise
    except OSError as error:
        name, why = error.filename or folder, error.strerror or str(error)
        cure = "free space on that disk, or check who may write there; then run the command again"
        raise ArchiveError(f"{name} can't be written or read: {why}; {cure}", subject=str(name)) from error


def _make_private(folder: Path) -> None:
    """The folder is there. What a backup holds is for its owner only, also what an earlier version wrote for others to read."""
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(0o700)
    (folder / ARCHIVE).mkdir(exist_ok=True)
    (folder / ARCHIVE).chmod(0o700)
    for path in (*folder.glob(f"{DUMPS}*"), *_files(folder / ARCHIVE)):
        path.chmod(0o600)


def _remove_partial(folder: Path) -> None:
    """Delete what a backup that was killed left half written."""
    for path in (*folder.glob(f"{DUMPS}{PARTIAL}"), *(folder / ARCHIVE).glob(f"*{PARTIAL}")):
        path.unlink()


def copy_new(source: Path, target: Path, progress: Progress = lambda done, of: None) -> int:
    """Every archive file of the source is in the target, at least as far as it reached when this began; bytes copied.

    A page that was forgotten is erased in place, which only the file's ctime tells (inode(7)): so that is remembered.
    """
    seen = _read_seen(target)
    wanted = {path: path.stat() for path in _files(source)}
    new = {path: stat for path, stat in wanted.items() if not _is_there(target / path.name, stat, seen.get(path.name))}
    total, done = sum(stat.st_size for stat in new.values()), 0
    for path, stat in new.items():
        with suppress(FileNotFoundError):  # retention was quicker: no row names it any more, or the first copy has it
            _copy(path, target / path.name)
            seen[path.name] = [stat.st_mtime_ns, stat.st_ctime_ns]
        done += stat.st_size
        progress(done, total)
    _write_seen(target, seen)
    sync_folder(target)
    return done


def copy_stored(store: ObjectStore, archive: Path, target: Path, progress: Progress = lambda done, of: None) -> int:
    """Every file of the object storage is in the target as it is there now; bytes copied.

    A file that is in the archive's folder, too, was copied from there.
    """
    seen = _read_seen(target)
    new = [
        file
        for file in store.files()
        if not (archive / file.name).exists()
        and (seen.get(file.name) != [file.e_tag] or not (target / file.name).exists())
    ]
    total, done = sum(file.size for file in new), 0
    for file in new:
        partial = target / f"{file.name}{PARTIAL}"
        partial.touch(mode=0o600)
        if store.fetch(file.name, partial):
            partial.replace(target / file.name)
            seen[file.name] = [file.e_tag]
        done += file.size
        progress(done, total)
    _write_seen(target, seen)
    sync_folder(target)
    return done


def _is_there(path: Path, stat: os.stat_result, seen: list[int | str] | None) -> bool:
    """Whether the copy is of the file as it is now."""
    return seen == [stat.st_mtime_ns, stat.st_ctime_ns] and path.exists() and path.stat().st_size == stat.st_size


def _copy(path: Path, target: Path) -> None:
    """The file is at the target, whole and on the disk; its time is the original's, by which it is retained."""
    partial = target.with_name(f"{target.name}{PARTIAL}")
    try:
        partial.touch(mode=0o600)
        shutil.copyfile(path, partial)
        stat = path.stat()
        os.utime(partial, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _read_seen(target: Path) -> dict[str, list[int | str]]:
    try:
        found: dict[str, list[int | str]] = orjson.loads((target / SEEN).read_bytes())
        return found
    except (FileNotFoundError, orjson.JSONDecodeError):
        return {}


def _write_seen(target: Path, seen: dict[str, list[int | str]]) -> None:
    partial = target / f"{SEEN}{PARTIAL}"
    partial.touch(mode=0o600)
    partial.write_bytes(orjson.dumps(seen))
    partial.replace(target / SEEN)


def _files(folder: Path) -> Iterator[Path]:
    yield from sorted(folder.glob("*.warc.gz"))


def dump_in(source: Path) -> Path:
    """The dump that is meant: the file itself, or a backup folder's newest."""
    if source.is_file():
        with source.open("rb") as file:
            is_dump = file.read(len(DUMP_BEGINS)) == DUMP_BEGINS
        if not is_dump:
            raise UsageError(f"{source} is not a dump of `dateline backup`", subject=str(source))
        return source
    found = sorted(source.glob(DUMPS))
    if not found:
        raise UsageError(
            f"{source} holds no backup: it has no {DUMPS} file",
            subject=str(source),
        )
    return found[-1]


def restore(url: str, archive: Path, source: Path, *, progress: Progress = lambda done, of: None) -> Restored:
    """A backup is the archive and database of this place, which must be empty; migrated to this version, and checked."""
    dump = dump_in(source)
    _check_restorable(dump)
    if not database.is_empty(url):
        raise UsageError(
            "the database is not empty: restore into another --data-dir, or another database", subject=str(dump)
        )
    with _written_to(archive):
        archive.mkdir(parents=True, exist_ok=True)
        copy_new(dump.parent / ARCHIVE, archive, progress)
        (archive / SEEN).unlink()
    database.load(url, dump)
    migrate(url)
    sizes = {path.name: path.stat().st_size for path in _files(archive)}
    missing = tuple(one.name for one in database.named_files(url) if sizes.get(one.name, 0) < one.bytes)
    return Restored(dump, len(sizes), missing)


def _check_restorable(dump: Path) -> None:
    """Raise before anything is loaded if the dump is of another program's database, or of a newer version's."""
    names = database.migrations_in(dump)
    if not names:
        raise UsageError(f"{dump} is a dump of a database that is not Dateline's", subject=str(dump))
    refuse_newer(names, str(dump))
