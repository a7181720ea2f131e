"""How a process is known to the others: its name, and how it signs off."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Awaitable

from dateline import log
from sql.service.leases import ProcessRole

BEAT_S = 1.0
"""Seconds between two heartbeats of a process."""
SIGN_OFF_S = 2.0
"""Seconds that a process that ends waits for the database; what is not released by then expires by itself."""

logger = log.get(__name__)


def process_name(role: ProcessRole) -> str:
    """A name for this process, unique over machines and time; its connections carry it (63 bytes at most)."""
    return process_prefix(role, os.getpid()) + secrets.token_hex(3)


def process_prefix(role: str, pid: int) -> str:
    """How the name of that process on this machine begins."""
    return f"dateline-{role}-{socket.gethostname()[:24]}-{pid}-"


async def sign_off(work: Awaitable[None]) -> None:
    """Await the last statement of a process that ends; a database that is away can't keep it from ending."""
    try:
        async with asyncio.timeout(SIGN_OFF_S):
            await work
    except Exception as error:
        logger.warning("ended without signing off at the database", error=f"{type(error).__name__}: {error}")
