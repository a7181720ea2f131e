"""A scheduler's leadership and its tick, without the clock that calls them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from scheduler.jobs import JobQueue
from scheduler.leader import PeriodicTask, guarded
from scheduler.leader_tasks import queue_due_hosts
from scheduler.lease import Leadership, boot_clock
from sql.database import Pool
from sql.frontier.frontier import Frontier
from sql.service.leases import Upkeep


class Candidate(Leadership):
    """A scheduler that may lead; `tick` queues what is due if it does."""

    def __init__(self, name: str, app: JobQueue, pool: Pool, *, clock: Callable[[], float] = boot_clock) -> None:
        super().__init__(name, Upkeep(pool), clock=clock)
        self.tick = guarded(
            PeriodicTask("tick", 1, partial(queue_due_hosts, app, Frontier(pool), Upkeep(pool), slots_per_worker=32)),
            self,
        )
