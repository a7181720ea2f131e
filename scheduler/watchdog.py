"""The parent's watch over the parts of the service, and its notifications to systemd.

    each second:   a part without a sign of life for HUNG_S → killed; the supervisor restarts it
                   all parts live → WATCHDOG=1; else STATUS says which is silent, and systemd's watchdog time runs
    until ready:   READY=1 once the service does its work (scheduler.monitoring.readiness), then STATUS as that changes

The parent's own loop does both: if that hangs, nothing is sent, and systemd restarts the service.
"""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Protocol

from dateline import log
from scheduler.monitoring.readiness import Readiness, ReadinessCheck
from scheduler.processes.systemd import Notifier
from sql.database import open_pool

LOOK_S = 1.0
HUNG_S = 60.0
"""A loop that gave no sign for so long will not: a page takes milliseconds, and no bytes of others are parsed in it."""

SURE_LOOKS = 5
"""If the whole machine was frozen, parts come back within a second or two of their parent."""

logger = log.get(__name__)


class ServicePart(Protocol):
    """A part of the service."""

    role: str

    @property
    def silent_s(self) -> float:
        """Seconds since its last sign of life; 0 while it is not running."""
        ...

    def end(self, number: signal.Signals) -> bool:
        """Send the signal if it lives; whether it did."""
        ...


async def watch_over(parts: Sequence[ServicePart], notifier: Notifier, *, hung_s: float = HUNG_S) -> None:
    """Kill what hangs, and tell systemd while all live; for good."""
    look_s = min(LOOK_S, notifier.watchdog_s / 4) if notifier.watchdog_s else LOOK_S
    patience_s = notifier.watchdog_s / 2 if notifier.watchdog_s else hung_s
    was_silent, looks = False, Counter[int]()
    while True:
        for number, part in enumerate(parts):
            silent_s = part.silent_s
            looks[number] = looks[number] + 1 if silent_s > hung_s else 0
            if looks[number] >= SURE_LOOKS and part.end(signal.SIGKILL):
                logger.error("killed a part of the service that hung", role=part.role, silent_s=int(silent_s))
        silent = sorted({part.role for part in parts if part.silent_s > patience_s})
        if silent:
            notifier.tell(f"STATUS=no sign of life from: {', '.join(silent)}")
        elif notifier.watchdog_s:
            notifier.tell("WATCHDOG=1", *(["STATUS=all parts live again"] if was_silent else []))
        was_silent = bool(silent)
        await asyncio.sleep(look_s)


async def tell_readiness(url: str, notifier: Notifier, places: Mapping[str, str]) -> None:
    """Log when the service first does its work, with its addresses; tell systemd READY=1 then and each new status."""
    async with open_pool(url, max_size=1, application_name="dateline-ready") as pool:
        check, status, was_ready = ReadinessCheck(pool, url), "", False
        while True:
            readiness = await check.run()
            lines = ["READY=1"] if readiness.is_ready and not was_ready else []
            if lines:
                logger.info("ready", **places)
                if notifier.address is None:
                    return
            was_ready |= readiness.is_ready
            if lines or status_of(readiness) != status:
                status = status_of(readiness)
                notifier.tell(*lines, f"STATUS={status}")
            await asyncio.sleep(LOOK_S)


def status_of(readiness: Readiness) -> str:
    """One line for `systemctl status`."""
    if readiness.is_ready:
        return "ready"
    return f"not ready, missing: {', '.join(readiness.missing)}" + (f" ({readiness.why})" if readiness.why else "")
