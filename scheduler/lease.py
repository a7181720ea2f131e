"""Which of several schedulers leads: the one that holds the lease."""

from __future__ import annotations

import time
from collections.abc import Callable

from dateline import log
from sql.service.leases import Upkeep

LEASE = "scheduler"
LEASE_S = 6.0
"""A dead leader's lease expires after this; another takes it at its next try, at most a quarter of it later."""

logger = log.get(__name__)


def boot_clock() -> float:
    """Seconds that also pass while the machine sleeps: a lease expires by them."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class Leadership:
    """One scheduler's hold of the lease."""

    def __init__(self, name: str, upkeep: Upkeep, *, clock: Callable[[], float] = boot_clock) -> None:
        self.name = name
        self._upkeep, self._clock = upkeep, clock
        self._leads_until = float("-inf")

    @property
    def is_leader(self) -> bool:
        """Whether the lease that was last granted is still valid, by this process's own clock.

        So a leader that was frozen, or can't reach the database, stops by itself before another may start.
        """
        return self._clock() < self._leads_until

    async def hold(self) -> None:
        """Take or renew the lease."""
        led, asked_at = self.is_leader, self._clock()
        term = await self._upkeep.take_lease(LEASE, self.name, life_s=LEASE_S)
        self._leads_until = asked_at + LEASE_S if term is not None else float("-inf")
        if self.is_leader != led:
            logger.info("became leader" if self.is_leader else "no longer leader", term=term, process=self.name)

    async def drop(self) -> None:
        """Give the lease back, so that the next leader need not wait until it expires."""
        self._leads_until = float("-inf")
        await self._upkeep.drop_lease(LEASE, self.name)
