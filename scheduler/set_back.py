"""A wall clock that is set back while the service runs: what waits for an instant would wait that much longer.

APScheduler's next runs and the instants in the tables are of the wall clock. The clock that counts since the machine started
tells how far the wall clock was set back; the runs are then due at once, and the instants are earlier by as much.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from dateline import log
from dateline.clock import utc_now
from scheduler.lease import Leadership, boot_clock
from sql.service.leases import Upkeep

LOOK_S = 1.0
TOLERATED_S = 5.0
"""A clock that is corrected by less is left alone: nothing waits noticeably longer."""

logger = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """Both clocks at one moment, in seconds."""

    wall: float
    boot: float


def set_back_s(before: Reading, now: Reading) -> float:
    """How far the wall clock was set back between two readings; 0 where it was not, or by little."""
    missing = (now.boot - before.boot) - (now.wall - before.wall)
    return missing if missing > TOLERATED_S else 0.0


async def keep_time(
    run_all: Callable[[], None],
    leadership: Leadership,
    upkeep: Upkeep,
    *,
    wall: Callable[[], dt.datetime] = utc_now,
    look_s: float = LOOK_S,
) -> None:
    """Look at the clocks for ever, and make up for each time that the wall clock is set back. `run_all` makes all tasks due."""
    before = Reading(wall().timestamp(), boot_clock())
    while True:
        await asyncio.sleep(look_s)
        now = Reading(wall().timestamp(), boot_clock())
        if back_s := set_back_s(before, now):
            logger.warning("the clock was set back: what waits does not wait longer for it", seconds=round(back_s))
            run_all()
            if leadership.is_leader:
                try:
                    await upkeep.clock_set_back(back_s)
                except Exception as error:
                    logger.warning("waits were not shortened", error=f"{type(error).__name__}: {error}")
        before = now
