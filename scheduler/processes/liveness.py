"""The pulse of a part of the service: its event loop writes a byte a second to its parent.

A loop that hangs writes none. A thread could go on writing for it, so none does; and neither database nor network is needed.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

VARIABLE = "DATELINE_PULSE"
PULSE_S = 1.0
START_S = 120.0
"""What a part may take for its imports before its loop begins, on a machine that is starved of everything."""


async def beat() -> None:
    """Write a byte a second to the descriptor that the parent handed over, for good; at once nothing where there is none."""
    descriptor = os.environ.get(VARIABLE)
    if descriptor is None:
        return
    os.set_blocking(int(descriptor), False)
    while True:
        with suppress(BlockingIOError, BrokenPipeError):  # a parent that reads no more is not this part's affair
            os.write(int(descriptor), b".")
        await asyncio.sleep(PULSE_S)


@contextmanager
def beating() -> Iterator[None]:
    """Within the block this loop's pulse can be felt."""
    task = asyncio.get_running_loop().create_task(beat())
    try:
        yield
    finally:
        task.cancel()


class Pulse:
    """A child's pulse, felt by the parent. `writer` is the descriptor that the child inherits."""

    def __init__(self, *, start_s: float = START_S) -> None:
        self._reader, self.writer = os.pipe()
        os.set_blocking(self._reader, False)
        self._felt_at = time.monotonic() + start_s
        self._first_at: float | None = None
        asyncio.get_running_loop().add_reader(self._reader, self._feel)

    @property
    def silent_s(self) -> float:
        """Seconds since it was felt last; before the first, since it should have been."""
        return max(0.0, time.monotonic() - self._felt_at)

    @property
    def lived_s(self) -> float:
        """Seconds since it was felt first: since the part's loop began, its imports left aside; 0 where it never was."""
        return 0.0 if self._first_at is None else time.monotonic() - self._first_at

    def _feel(self) -> None:
        if os.read(self._reader, 4096):
            self._felt_at = time.monotonic()
            self._first_at = self._first_at or self._felt_at
        else:
            asyncio.get_running_loop().remove_reader(self._reader)

    def handed_over(self) -> None:
        """The child has its end; ours is closed, so that its death shows."""
        if self.writer >= 0:
            os.close(self.writer)
            self.writer = -1

    def close(self) -> None:
        """Feel no more."""
        self.handed_over()
        asyncio.get_running_loop().remove_reader(self._reader)
        os.close(self._reader)
