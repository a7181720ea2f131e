"""What a process is reading at this moment, in memory that its parent still has when the process was killed.

    await reading(url, coroutine)      # each step of the coroutine runs under this mark
    Mark.read()                        # the parent: what the dead process was reading, or ""

A page that hangs or crashes a process can't be found among its neighbours: hundreds are in flight. But a process
runs one step of one coroutine at a time, and the mark names the one.
"""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Coroutine, Generator
from functools import partial
from typing import Any, Generic, TypeVar

T = TypeVar("T")

VARIABLE = "DATELINE_READING_FD"
_SIZE = 16_384
_LENGTH_BYTES = 4


class Mark:
    """The memory that holds the mark; its parent makes it, and the child finds its descriptor in the environment."""

    def __init__(self, descriptor: int | None = None) -> None:
        self.descriptor = _new_memory() if descriptor is None else descriptor
        """What the child inherits."""
        self._memory = mmap.mmap(self.descriptor, _SIZE)

    def set(self, subject: bytes) -> None:
        """Name what is read from now on; its length last, so that a mark is whole or not there."""
        self._memory[:_LENGTH_BYTES] = bytes(_LENGTH_BYTES)
        kept = subject[: _SIZE - _LENGTH_BYTES]
        self._memory[_LENGTH_BYTES : _LENGTH_BYTES + len(kept)] = kept
        self._memory[:_LENGTH_BYTES] = len(kept).to_bytes(_LENGTH_BYTES)

    def clear(self) -> None:
        """Name nothing."""
        self._memory[:_LENGTH_BYTES] = bytes(_LENGTH_BYTES)

    def read(self) -> str:
        """What was being read; empty if nothing was."""
        length = int.from_bytes(self._memory[:_LENGTH_BYTES])
        return self._memory[_LENGTH_BYTES : _LENGTH_BYTES + length].decode("utf-8", "replace")

    def close(self) -> None:
        """Give the memory back."""
        self._memory.close()
        os.close(self.descriptor)


def _new_memory() -> int:
    with tempfile.TemporaryFile() as file:
        file.truncate(_SIZE)
        return os.dup(file.fileno())


def _own_mark() -> Mark | None:
    """This process's mark; None where its parent made none."""
    descriptor = os.environ.get(VARIABLE)
    return Mark(int(descriptor)) if descriptor else None


_mark = _own_mark()


def take_mark() -> None:
    """Use the mark that the environment names now: for a process that was forked after this module was imported."""
    global _mark  # noqa: PLW0603 - one mark per process
    _mark = _own_mark()


async def reading(subject: str, work: Coroutine[Any, Any, T]) -> T:
    """What the work returns; while a step of it runs, the mark names the subject."""
    return await work if _mark is None else await _Marked(_mark, subject, work)


class _Marked(Generic[T]):
    """A coroutine whose steps run under a mark."""

    def __init__(self, mark: Mark, subject: str, work: Coroutine[Any, Any, T]) -> None:
        self._mark, self._subject, self._work = mark, subject.encode("utf-8", "replace"), work

    def __await__(self) -> Generator[Any, Any, T]:
        step = partial(self._work.send, None)
        while True:
            self._mark.set(self._subject)
            try:
                waits_for = step()
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]
            finally:
                self._mark.clear()
            try:
                answer = yield waits_for
            except BaseException as error:
                step = partial(self._work.throw, error)
            else:
                step = partial(self._work.send, answer)
