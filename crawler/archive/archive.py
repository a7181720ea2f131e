"""The archive of every page as fetched: WARC files, each written by one process and never appended to by another.

    write(exchange) → ArchiveRef          handed to the operating system when it returns: kill -9 loses nothing
    sync(ref)                             flushed to disk: called before the row that holds the ref is committed
    read(ref) → Page    erase(ref)        overwrites in place, so that all other refs stay valid

A writer that was killed may leave a torn tail behind its last record. Readers stop there, and no process appends to that
file again. A file that is being written carries an flock, which ends with its writer.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import fcntl
import itertools
import os
import re
import socket
import threading
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from crawler.archive import warc_records
from crawler.archive.warc_records import ResponseFacts, WarcExchange
from crawler.exchange import NoFetch
from crawler.fetch.content_encoding import decode_what_came
from dateline import __version__
from dateline.clock import utc_now
from dateline.errors import ArchiveError
from dateline.types.article import ArchiveRef, Page

_TEMPORARY_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.EROFS}
_NAME = re.compile(r"dateline-\d{14}-(?P<machine>.+)-\d+-\d{5,}\.warc\.gz")


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """A file of the archive; `is_live` while the process that writes it is alive."""

    name: str
    size: int
    written_at: dt.datetime
    is_live: bool


class Archive:
    """The WARC files of one folder, and the one among them that this process writes.

    Opens and creates nothing before the first write. Thread-safe.
    """

    def __init__(
        self, folder: Path, *, max_file_bytes: int = 1 << 30, writer: str = "", max_body_bytes: int = 32 << 20
    ) -> None:
        self._folder = folder
        self._max_file_bytes = max_file_bytes
        self._max_body_bytes = max_body_bytes
        self._writer = re.sub(r"[^A-Za-z0-9]+", "_", writer or socket.gethostname())[:40]
        self._counter, self._has_folder = itertools.count(1), False
        self._lock = threading.Lock()
        self._file: _OpenFile | None = None
        self._failures: dict[str, OSError] = {}

    def write(self, exchange: WarcExchange) -> ArchiveRef:
        """Append the exchange and return where it is. An ArchiveError leaves nothing behind; it is temporary (the disk is full,
        or read-only) unless the folder could never be made."""
        with self._lock:
            try:
                file = self._file_for(exchange.fetched_at)
                return file.append(warc_records.exchange_span(exchange, file.warcinfo_id))
            except OSError as error:
                self._abandon_if_torn()
                raise ArchiveError(
                    f"can't write to the archive in {self._folder}: {error.strerror}",
                    subject=exchange.final_url,
                    is_temporary=self._has_folder or error.errno in _TEMPORARY_ERRORS,
                ) from error

    def _file_for(self, at: dt.datetime) -> _OpenFile:
        """The file to append to: a new one each UTC day, and when the last one is full."""
        file = self._file
        if file and file.size < self._max_file_bytes and at.astimezone(dt.UTC).date() <= file.began_at.date():
            return file
        self._close_file()
        if not self._has_folder:  # one that vanished is not made again
            self._folder.mkdir(parents=True, exist_ok=True)
            self._has_folder = True
        self._file = _OpenFile.create(self._folder, f"{self._writer}-{os.getpid()}", self._counter, at)
        return self._file

    def finish(self, older_than: dt.datetime) -> None:
        """Flush and close the file that this process writes if it began before that time; the next write opens another."""
        with self._lock:
            if self._file and self._file.began_at < older_than:
                self._close_file()

    def _abandon_if_torn(self) -> None:
        if self._file and self._file.is_torn:
            self._close_file()

    def sync(self, ref: ArchiveRef | None = None) -> None:
        """Returns when the record at `ref` (without one, all that was written) is on disk; threads that wait share one flush."""
        with self._lock:
            file = self._file
            failure = self._failures.get(ref.file) if ref else None
        if failure:
            raise self._flush_error(failure) from failure
        if file is None or (ref and ref.file != file.name):
            return  # a file is flushed when it is closed
        try:
            file.flush(ref.offset + ref.length if ref else file.size)
        except OSError as error:
            self._abandon(file, error)
            raise self._flush_error(error) from error

    def _flush_error(self, error: OSError) -> ArchiveError:
        return ArchiveError(f"can't flush the archive in {self._folder} to disk: {error.strerror}", is_temporary=True)

    def _abandon(self, file: _OpenFile, error: OSError) -> None:
        """Append nothing more to a file whose flush failed: the kernel may have dropped what it could not write."""
        with self._lock:
            if self._file is file:
                self._file = None
                self._failures[file.name] = error
                os.close(file.descriptor)

    def read(self, ref: ArchiveRef) -> Page:
        """The page at `ref`, its body decoded; ArchiveError if it was erased, deleted or damaged."""
        span = self._read_span(ref)
        try:
            return warc_records.parse_span(span, ref, self._decode, 2 * self._max_body_bytes)
        except (ValueError, LookupError, zlib.error, NoFetch) as error:
            raise ArchiveError(f"can't read a page at {_spell(ref)}: {error}", subject=_spell(ref)) from error

    def _decode(self, body: bytes, codings: Sequence[str]) -> bytes:
        """What can be decoded: a page whose answer was cut off is archived as it came."""
        return decode_what_came(body, codings, max_bytes=self._max_body_bytes).content

    def read_raw(self, ref: ArchiveRef) -> tuple[bytes, ResponseFacts]:
        """The gzip members at `ref` as they lie in the file, and what its response is; ArchiveError like `read`."""
        span = self._read_span(ref)
        try:
            return span, warc_records.first_response(span, 2 * self._max_body_bytes)
        except (ValueError, LookupError, zlib.error) as error:
            raise ArchiveError(f"can't read a page at {_spell(ref)}: {error}", subject=_spell(ref)) from error

    def _read_span(self, ref: ArchiveRef) -> bytes:
        try:
            with self._path(ref.file).open("rb") as file:
                file.seek(ref.offset)
                return file.read(ref.length)
        except FileNotFoundError as error:
            machine = written_on(ref.file)
            cure = f": it was written on {machine}; read it there" if machine not in (None, self._writer) else ""
            raise ArchiveError(f"{_spell(ref)} is not in {self._folder}{cure}", subject=_spell(ref)) from error
        except OSError as error:
            raise ArchiveError(f"{_spell(ref)} can't be read: {error.strerror}", subject=_spell(ref)) from error

    def erase(self, ref: ArchiveRef) -> None:
        """Overwrite the exchange's bytes with a valid record of the same length.

        Also completes an erasure that was interrupted. Keeps the file's modification time, which decides on retention.
        """
        path = self._path(ref.file)
        try:
            with path.open("r+b") as file:
                _check_borders(file.fileno(), ref)
                before = path.stat()
                blank = warc_records.blank_span(ref.length, utc_now())
                os.pwrite(file.fileno(), blank, ref.offset)
                os.fsync(file.fileno())
                os.utime(file.fileno(), ns=(before.st_atime_ns, before.st_mtime_ns))
        except (OSError, ValueError) as error:
            raise ArchiveError(f"{_spell(ref)} can't be erased: {error}", subject=_spell(ref)) from error

    def files(self) -> list[ArchiveFile]:
        """The archive's files, oldest first."""
        found = []
        for path in self._folder.glob("dateline-*.warc.gz"):
            with contextlib.suppress(FileNotFoundError):
                stat = path.stat()
                written_at = dt.datetime.fromtimestamp(stat.st_mtime, dt.UTC)
                found.append(ArchiveFile(path.name, stat.st_size, written_at, _is_live(path)))
        return sorted(found, key=lambda file: (file.written_at, file.name))

    def delete(self, names: Iterable[str]) -> None:
        """Delete these files, if they exist."""
        for name in names:
            self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        if name != Path(name).name:
            raise ArchiveError(f"{name!r} is not the name of an archive file", subject=name)
        return self._folder / name

    def _close_file(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            try:
                file.close()
            except OSError as error:
                self._failures[file.name] = error
                raise

    def close(self) -> None:
        """Flush the file to disk and close it; the next write opens another."""
        self.sync()
        with self._lock:
            self._close_file()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def written_on(name: str) -> str | None:
    """The machine that wrote an archive file, read from the file's name (its host name with _ for all but letters and digits)."""
    found = _NAME.fullmatch(name)
    return found["machine"] if found else None


def plan_retention(
    files: Iterable[ArchiveFile], *, older_than: dt.datetime | None, max_bytes: int | None
) -> tuple[str, ...]:
    """The files to delete: those last written before `older_than`, then the oldest until the rest fits into `max_bytes`.

    A live file is never deleted, whatever its size.
    """
    oldest_first = sorted(files, key=lambda file: file.written_at)
    total = sum(file.size for file in oldest_first)
    doomed = []
    for file in oldest_first:
        is_old = older_than is not None and file.written_at < older_than
        if not file.is_live and (is_old or (max_bytes is not None and total > max_bytes)):
            doomed.append(file.name)
            total -= file.size
    return tuple(doomed)


class _OpenFile:
    """The file that this process writes. `is_torn` after a failed write that could not be undone.

    A record's end in the file is its ticket: it is on disk once `_flushed` has reached it.
    """

    def __init__(self, name: str, descriptor: int, warcinfo_id: str, began_at: dt.datetime) -> None:
        self.name = name
        self.descriptor = descriptor
        self.warcinfo_id = warcinfo_id
        self.began_at = began_at
        self.size = 0
        self.is_torn = False
        self._turn = threading.Condition()
        self._flushed = 0
        self._is_flushing = False
        self._failure: OSError | None = None

    @classmethod
    def create(cls, folder: Path, writer: str, counter: Iterator[int], at: dt.datetime) -> _OpenFile:
        """A new file with its warcinfo record; never an existing one."""
        at = at.astimezone(dt.UTC)
        while True:
            name = f"dateline-{at:%Y%m%d%H%M%S}-{writer}-{next(counter):05d}.warc.gz"
            try:
                descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
                break
            except FileExistsError:
                continue
        file = cls(name, descriptor, warc_records.new_record_id(), at)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)  # waits only while another process runs `_is_live`
            file.append(warc_records.warcinfo_span(file.warcinfo_id, name, f"Dateline/{__version__}", at))
            sync_folder(folder)
        except OSError:
            os.close(descriptor)
            (folder / name).unlink()
            raise
        return file

    def append(self, span: bytes) -> ArchiveRef:
        """Append `span` and return where it is; after an OSError the file is as long as before, or `is_torn`."""
        written = 0
        try:
            while written < len(span):
                written += os.pwrite(self.descriptor, span[written:], self.size + written)
        except OSError:
            try:
                os.ftruncate(self.descriptor, self.size)
            except OSError:
                self.is_torn = True
            raise
        ref = ArchiveRef(self.name, self.size, len(span))
        self.size += len(span)
        return ref

    def flush(self, ticket: int) -> None:
        """Returns when the file is on disk as far as the ticket, or raises the OSError of the flush that failed.

        One thread flushes; those that come meanwhile wait, and the next flush is for all of them. After a failure none
        succeeds: fdatasync reports an error once, and a second call would report data as written that is lost.
        """
        with self._turn:
            self._turn.wait_for(lambda: self._failure or self._flushed >= ticket or not self._is_flushing)
            if self._flushed >= ticket:
                return
            if self._failure:
                raise self._failure
            self._is_flushing = True
        covered, failure = self.size, None
        try:
            os.fdatasync(self.descriptor)
        except OSError as error:
            failure = error
        with self._turn:
            self._is_flushing = False
            if failure is None:
                self._flushed = covered
            self._failure = failure
            self._turn.notify_all()
        if failure:
            raise failure

    def close(self) -> None:
        """Flush the file to disk and close it."""
        try:
            self.flush(self.size)
        finally:
            os.close(self.descriptor)


def _check_borders(descriptor: int, ref: ArchiveRef) -> None:
    """Raise ValueError unless a gzip member starts at the span's start, and another one, or the end of the file, follows it."""
    size = os.fstat(descriptor).st_size
    starts = [ref.offset] + [ref.offset + ref.length] * (ref.offset + ref.length < size)
    if ref.offset + ref.length > size or any(os.pread(descriptor, 2, start) != b"\x1f\x8b" for start in starts):
        raise ValueError("no record starts and ends there")


def _is_live(path: Path) -> bool:
    """Whether a process that writes the file is alive."""
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def sync_folder(folder: Path) -> None:
    """Make names of new and replaced files in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _spell(ref: ArchiveRef) -> str:
    return f"{ref.file}:{ref.offset}+{ref.length}"
