"""Signs of life of a part of the service: its event loop writes a byte per second to its parent.

A loop that hangs writes none. No thread writes, since it could go on while the loop hangs. No database or network is needed.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

VARIABLE = "DATELINE_LIVENESS_FD"
SIGN_S = 1.0
START_S = 120.0
"""How long a part's imports may take before its loop starts, on a machine under extreme load."""


async def beat() -> None:
    """Write a byte a second to the descriptor that the parent handed over, for good; at once nothing where there is none."""
    descriptor = os.environ.get(VARIABLE)
    if descriptor is None:
        return
    os.set_blocking(int(descriptor), False)
    while True:
        with suppress(BlockingIOError, BrokenPipeError):  # a parent that reads no more is not this part's affair
            os.write(int(descriptor), b".")
        await asyncio.sleep(SIGN_S)


@contextmanager
def showing_liveness() -> Iterator[None]:
    """Within the block this loop gives signs of life."""
    task = asyncio.get_running_loop().create_task(beat())
    try:
        yield
    finally:
        task.cancel()


class Liveness:
    """A child's signs of life, read by the parent. `writer` is the descriptor that the child inherits."""

    def __init__(self, *, start_s: float = START_S) -> None:
        self._reader, self.writer = os.pipe()
        os.set_blocking(self._reader, False)
        self._seen_at = time.monotonic() + start_s
        self._first_at: float | None = None
        asyncio.get_running_loop().add_reader(self._reader, self._read)

    @property
    def silent_s(self) -> float:
        """Seconds since the last sign; before the first, since it should have come."""
        return max(0.0, time.monotonic() - self._seen_at)

    @property
    def lived_s(self) -> float:
        """Seconds since the first sign: how long the part's loop has run, without its imports; 0 before the first."""
        return 0.0 if self._first_at is None else time.monotonic() - self._first_at

    def _read(self) -> None:
        if os.read(self._reader, 4096):
            self._seen_at = time.monotonic()
            self._first_at = self._first_at or self._seen_at
        else:
            asyncio.get_running_loop().remove_reader(self._reader)

    def handed_over(self) -> None:
        """Close our copy of the child's end, so that the child's death shows."""
        if self.writer >= 0:
            os.close(self.writer)
            self.writer = -1

    def close(self) -> None:
        """Stop reading."""
        self.handed_over()
        asyncio.get_running_loop().remove_reader(self._reader)
        os.close(self._reader)
