"""Logs when something blocked the event loop: after STALLED_AFTER_S the queue takes a live worker for dead."""

from __future__ import annotations

import asyncio

from dateline import log

HELD_S = 1.0
"""Logged from here on: a thirtieth of what would cost a worker its jobs (jobs.STALLED_AFTER_S)."""

logger = log.get(__name__)


async def sleep_watching(seconds: float) -> float:
    """Sleep, and log if the loop came back late; returns by how many seconds."""
    loop = asyncio.get_running_loop()
    due = loop.time() + seconds
    await asyncio.sleep(seconds)
    late_s = loop.time() - due
    if late_s >= HELD_S:
        logger.warning("the event loop was blocked", seconds=round(late_s, 1))
    return late_s
