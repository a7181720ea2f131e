"""Locks between processes that no crash can leave behind: flock(2), which the kernel releases when its last holder ends.

A lock belongs to the open file: programs started with the descriptor (`pass_fds`) hold it too; a forked Python child
is made to forget it, since it would otherwise hold its dead parent's place.
"""

from __future__ import annotations

import fcntl
import os
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dateline.errors import DatabaseError


class LockedFile:
    """A file whose lock this process holds until `release`."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor: int | None = descriptor
        _HELD.add(self)

    @property
    def descriptor(self) -> int:
        """The open file, to be handed to a child that shall hold the lock as well."""
        if self._descriptor is None:
            raise ValueError(f"the lock on {self.path} was released")
        return self._descriptor

    @property
    def is_held(self) -> bool:
        """False after `release`, and in a forked child."""
        return self._descriptor is not None

    def release(self) -> None:
        """Close the file: its lock is free unless another program was given it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


_HELD: weakref.WeakSet[LockedFile] = weakref.WeakSet()


def _forget_held() -> None:
    for locked in list(_HELD):
        locked.release()


os.register_at_fork(after_in_child=_forget_held)


def try_lock(path: Path, *, create: bool = True) -> LockedFile | None:
    """The file, locked; None when someone else holds it. With create=False a missing file raises FileNotFoundError."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | (os.O_CREAT if create else 0)
    descriptor = os.open(path, flags, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return LockedFile(path, descriptor)


@contextmanager
def exclusive(path: Path, *, timeout_s: float, purpose: str) -> Iterator[None]:
    """Only one process at a time is inside; waits up to `timeout_s`, then says what could not be done.

    `path` is a file, made where missing, or a folder.
    """
    deadline = time.monotonic() + timeout_s
    while (locked := try_lock(path, create=not path.is_dir())) is None:
        if time.monotonic() > deadline:
            raise DatabaseError(
                f"{purpose} could not begin: another process has held {path} for {timeout_s:.0f} s",
                subject=str(path),
                is_temporary=True,
            )
        time.sleep(0.03)
    try:
        yield
    finally:
        locked.release()
