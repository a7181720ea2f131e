"""A wall clock that is set back while the service runs: what waits for an instant would wait that much longer.

APScheduler's next runs and the instants in the tables are of the wall clock. The clock that counts since the machine started
tells how far the wall clock was set back; the runs are then due at once, and the instants are earlier by as much as the
database's own clock was set back: that of another machine keeps its time, and so do the waits counted by it.
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
ASK_S, ANSWER_S = 60.0, 5.0
"""How often the database is asked for its clock, and how long for an answer."""
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
    before, server = Reading(wall().timestamp(), boot_clock()), None
    while True:
        if leadership.is_leader and (server is None or boot_clock() - server.boot > ASK_S):
            server = await _server_clock(upkeep)
        await asyncio.sleep(look_s)
        now = Reading(wall().timestamp(), boot_clock())
        if back_s := set_back_s(before, now):
            logger.warning("the clock was set back: what waits does not wait longer for it", seconds=round(back_s))
            run_all()
            if leadership.is_leader:
                await _shorten_waits(upkeep, back_s, server)
                server = None
        before = now


async def _shorten_waits(upkeep: Upkeep, back_s: float, server: Reading | None) -> None:
    """Make the instants in the tables earlier by as much as the database's clock was set back, where that is known."""
    now = await _server_clock(upkeep)
    if server is not None and now is not None:
        back_s = set_back_s(server, now)
    try:
        if back_s:
            await upkeep.clock_set_back(back_s)
    except Exception as error:
        logger.warning("waits were not shortened", error=f"{type(error).__name__}: {error}")


async def _server_clock(upkeep: Upkeep) -> Reading | None:
    """The database's clock beside ours that counts; None if it does not answer."""
    try:
        async with asyncio.timeout(ANSWER_S):
            return Reading(await upkeep.server_clock(), boot_clock())
    except Exception:
        return None
