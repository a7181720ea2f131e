"""An archive that several machines share: finished files move to object storage, under the same names and offsets.

    write, sync      in the local folder, as ever: a row is committed when its record is on the local disk
    move_finished    local file → object of the same name → local file deleted
    read             the local file, or else a range of the object
    erase            the local file and the object, whichever there are

No row changes when a file moves, so a kill at any time loses nothing: what was not moved is moved later. Objects appear whole
or not at all. An object is never overwritten by a move, because another machine may have erased a record in it meanwhile.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.archive.archive import Archive, ArchiveFile, written_on
from dateline.config import Settings
from dateline.errors import ArchiveError, ConfigError
from dateline.types.article import ArchiveRef

if TYPE_CHECKING:
    from crawler.archive.object_store import ObjectStore

LOCK = ".moving"
"""Held while a file moves or a record is erased, so that no erased record is uploaded from before."""
COPY = ".erasing-"
"""Begins the names of folders with the copy of an object that is being erased."""


def open_archive(settings: Settings) -> Archive:
    """The archive as configured: the local folder, with object storage behind it if there is one."""
    if not settings.archive_store:
        return Archive(settings.archive_dir)
    try:
        from crawler.archive.object_store import ObjectStore
    except ImportError as error:
        raise ConfigError(
            "archive_store needs one more package: pip install 'dateline[s3]'", subject=error.name
        ) from error
    store = ObjectStore(
        settings.archive_store,
        endpoint=settings.archive_store_endpoint,
        region=settings.archive_store_region,
        key_id=settings.archive_store_key_id,
        secret_key=settings.archive_store_secret_key,
    )
    return SharedArchive(settings.archive_dir, store)


class SharedArchive(Archive):
    """An archive whose finished files are in object storage. Methods that read or move files raise ArchiveErrors of it."""

    def __init__(self, folder: Path, store: ObjectStore, *, writer: str = "") -> None:
        super().__init__(folder, writer=writer)
        self.store = store

    def move_finished(self) -> list[str]:
        """Move the local files that no process writes; returns their names. Raises an ArchiveError at the first failure."""
        with self._alone():
            for left in self._folder.glob(f"{COPY}*"):
                shutil.rmtree(left, ignore_errors=True)
        moved = []
        for file in self.local_files():
            if file.is_live:
                continue
            with self._alone():
                path = self._path(file.name)
                if not path.exists():  # another process of this machine was quicker
                    continue
                stored = self.store.size(file.name)
                if stored is None:
                    self.store.put(path)
                    stored = self.store.size(file.name)
                if stored is None:
                    raise ArchiveError(
                        f"{self.store.url} took {file.name} and does not have it: it is not object storage, or another server "
                        "answers for it; check archive_store_endpoint. The file stays here",
                        subject=file.name,
                        is_temporary=True,
                    )
                if stored != path.stat().st_size:
                    raise ArchiveError(
                        f"{file.name} has {path.stat().st_size} bytes here and {stored} in {self.store.url}: "
                        "another file has its name; move one of the two away",
                        subject=file.name,
                    )
                path.unlink()
            moved.append(file.name)
        return moved

    def files(self) -> list[ArchiveFile]:
        """The files here and in the object storage, oldest first; a file that is in both counts once."""
        here = {file.name: file for file in self.local_files()}
        there = [ArchiveFile(file.name, file.size, file.stored_at, is_live=False) for file in self.store.files()]
        found = [*here.values(), *(file for file in there if file.name not in here)]
        return sorted(found, key=lambda file: (file.written_at, file.name))

    def local_files(self) -> list[ArchiveFile]:
        """The files of the local folder, oldest first."""
        return super().files()

    def delete(self, names: Iterable[str]) -> None:
        """Delete these files here and in the object storage, where they exist."""
        wanted = list(names)
        super().delete(wanted)
        self.store.delete(wanted)

    def erase(self, ref: ArchiveRef) -> None:
        """Overwrite the record wherever it lies. An object is replaced as a whole: one command at a time may do that."""
        with self._alone():
            is_here = self._path(ref.file).exists()
            if is_here:
                super().erase(ref)
            if not self._erase_object(ref) and not is_here:
                raise ArchiveError(f"{self._where(ref)}{self._cure(ref)}", subject=ref.file)

    def _erase_object(self, ref: ArchiveRef) -> bool:
        """Replace the object by a copy whose record is erased; returns False if the object does not exist."""
        with tempfile.TemporaryDirectory(dir=self._folder, prefix=COPY) as folder:
            copy = Path(folder) / ref.file
            if not self.store.fetch(ref.file, copy):
                return False
            Archive(Path(folder)).erase(ref)
            self.store.put(copy)
        return True

    def _read_span(self, ref: ArchiveRef) -> bytes:
        if self._path(ref.file).exists():
            try:
                return super()._read_span(ref)
            except ArchiveError:
                if self._path(ref.file).exists():
                    raise  # else it moved meanwhile
        span = self.store.read(ref.file, ref.offset, ref.length)
        if span is None:
            raise ArchiveError(f"{self._where(ref)}{self._cure(ref)}", subject=ref.file)
        return span

    def _where(self, ref: ArchiveRef) -> str:
        return f"{ref.file} is neither in {self._folder} nor in {self.store.url}"

    def _cure(self, ref: ArchiveRef) -> str:
        machine = written_on(ref.file)
        return f": {machine} may not have moved it there yet; try again later" if machine != self._writer else ""

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """No other process of this machine moves or erases until the block ends."""
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
