"""Limits that a busy machine reaches later, so that slowness never looks like a loss."""

from __future__ import annotations

import os
import time
from pathlib import Path

LOADAVG = Path("/proc/loadavg")
MOST_PER_LOOK_S = 1.0
"""A look that comes later was held up by the machine (a frozen virtual machine, a full disk queue)."""


class Patience:
    """A limit in seconds of a machine of our own: with ten times as much work as processors they pass ten times slower.

    The work is looked at each time, not once at the start: load may come and go while something is waited for.
    """

    def __init__(self, limit_s: float) -> None:
        self._left_s = limit_s
        self._looked_at = time.monotonic()

    def is_over(self) -> bool:
        """Whether the limit is reached; to be asked again and again."""
        now = time.monotonic()
        self._left_s -= own_time_s(now - self._looked_at, work(), os.cpu_count() or 1)
        self._looked_at = now
        return self._left_s < 0


def own_time_s(passed_s: float, wanting: float, processors: int) -> float:
    """The share of the time since the last look that one of `wanting` processes could have run."""
    return min(passed_s, MOST_PER_LOOK_S) / max(1.0, wanting / processors)


def work() -> float:
    """How many processes want to run: in the last minute, or right now if those are more."""
    lately = os.getloadavg()[0]
    if LOADAVG.exists():
        return max(lately, float(LOADAVG.read_text().split()[3].partition("/")[0]))
    return lately
