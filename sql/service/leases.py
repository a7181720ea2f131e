"""Leases, heartbeats and upkeep in PostgreSQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from psycopg.types.json import Jsonb

from dateline.clock import utc_now
from sql import query
from sql.frontier.crawls import CRAWL_SILENT_S
from sql.statements import PoolQueries

ProcessRole = Literal["scheduler", "worker", "crawl"]
SILENT_S = 2.0
"""A process without a connection counts as dead when it has been silent for this long: two missed beats."""
SETTLE_S = 5.0
"""After an outage of the server, no process counts as dead for this long: living ones reconnect within RECONNECT_S."""


@dataclass(frozen=True, slots=True)
class LatePages:
    """How many pages are late, and by how many seconds the first of them."""

    pages: int = 0
    longest_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Process:
    """A running process."""

    process: str
    role: ProcessRole
    machine: str
    started_at: dt.datetime
    seen_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Figures:
    """The archive in numbers."""

    sources: int
    paused: int
    articles: int
    revisions: int
    copies: int
    overdue: int
    last_visit_at: dt.datetime | None
    last_article_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class LedgerCount:
    """How many URLs are in a state for a reason."""

    state: str
    reason: str
    urls: int


@dataclass(frozen=True, slots=True)
class FreedJob:
    """A job that was removed from the queue because no process works on it."""

    id: int
    host: str | None
    why: str


class Upkeep(PoolQueries, area="service"):
    """Reads and writes leases, heartbeats and counts."""

    async def take_lease(self, name: str, holder: str, *, life_s: float) -> int | None:
        """The lease's term when `holder` has it now, None when another does.

        Committed by itself: a holder that freezes between statement and COMMIT would keep the row, and with it everybody.
        """
        term = await self._value("take_lease", {"name": name, "holder": holder, "life_s": life_s})
        return None if term is None else int(term)

    async def drop_lease(self, name: str, holder: str) -> None:
        """Give a lease back, so that the next one need not wait until it runs out."""
        await self._run("drop_lease", {"name": name, "holder": holder})

    async def beat(
        self, process: str, role: ProcessRole, machine: str, figures: Mapping[str, float] = MappingProxyType({})
    ) -> None:
        """Record that a process is alive, and its figures."""
        told = Jsonb(dict(figures))
        await self._run("beat", {"process": process, "role": role, "machine": machine, "figures": told})

    async def know_worker(self, process: str, role: ProcessRole, machine: str, worker_id: int) -> None:
        """Note under which number the job queue knows a process."""
        row = {"process": process, "role": role, "machine": machine, "worker_id": worker_id}
        await self._run("know_worker", row)

    async def end_beat(self, process: str) -> None:
        """Say that a process ends in good order."""
        await self._run("end_beat", {"process": process})

    async def free_jobs(self, *, stalled_s: float, heartbeat_s: float, settle_s: float = SETTLE_S) -> list[FreedJob]:
        """Remove jobs from the queue that no process works on; any process may call it, as often as it likes.

        The pool must have an application_name of this process's own.
        """
        limits = {"silent_s": SILENT_S, "settle_s": settle_s, "stalled_s": stalled_s, "heartbeat_s": heartbeat_s}
        limits["crawl_silent_s"] = CRAWL_SILENT_S
        return await self._rows(FreedJob, "free_jobs", limits)

    async def end_silent(self, *, stalled_s: float, heartbeat_s: float, settle_s: float = SETTLE_S) -> dict[str, int]:
        """End the connections of processes that have been silent for `stalled_s`; how many, by process."""
        limits = {"settle_s": settle_s, "stalled_s": stalled_s, "heartbeat_s": heartbeat_s}
        async with self._pool.connection() as conn, conn.cursor() as cur:
            await cur.execute(query("service", "end_silent"), limits)
            return dict(await cur.fetchall())

    async def release_dead(self, prefix: str) -> int | None:
        """Release what a process held that is known to have ended; how many jobs those were.

        None: the server has not seen its end yet, or never knew it. `prefix` is how its name begins.
        """
        jobs = await self._value("release_dead", {"prefix": prefix})
        return None if jobs is None else int(jobs)

    async def repair_future_dates(self) -> tuple[int, int]:
        """Make due what a clock that was ahead has put off; how many watched pages and URLs those were."""
        async with self._pool.connection() as conn, conn.cursor() as cur:
            await cur.execute(query("service", "repair_future_dates"))
            return await cur.fetchone() or (0, 0)

    async def server_clock(self) -> float:
        """The wall clock of the database's machine, in seconds since 1970."""
        [at] = await self._values("server_clock")
        return float(at)

    async def clock_set_back(self, back_s: float) -> None:
        """Shorten all waits by so many seconds, by which the wall clock was set back."""
        await self._run("clock_set_back", {"back_s": back_s})

    async def open_crawls(self) -> list[int]:
        """The one-off crawls that any worker may help."""
        return await self._values("open_crawls")

    async def prune_processes(self) -> None:
        """Take long-dead processes off the list."""
        await self._run("prune_processes")

    async def live_processes(self, *, within_s: float = 15.0) -> list[Process]:
        """Processes that have been heard of lately."""
        return await self._rows(Process, "live_processes", {"within_s": within_s})

    async def late_pages(self, *, late_s: float) -> LatePages:
        """Watched pages of healthy sources that have been due for longer than this."""
        return await self._row(LatePages, "late_pages", {"late_s": late_s}) or LatePages()

    async def figures(self) -> Figures:
        """The archive in numbers."""
        found = await self._row(Figures, "figures")
        if found is None:
            raise LookupError("service.figures gave no row")
        return found

    async def ledger_counts(self) -> list[LedgerCount]:
        """The ledger by state and reason, most first."""
        return await self._rows(LedgerCount, "ledger_counts")

    async def has_leader(self, name: str) -> bool:
        """Whether anybody holds the lease."""
        return bool(await self._value("has_leader", {"name": name}))

    async def prune(self, *, days: int) -> None:
        """Drop records of work older than that."""
        await self._run("prune", {"days": days})

    async def prune_sketches(self, *, days: int) -> None:
        """Drop the sketches of articles that are no longer compared."""
        async with self._pool.connection() as conn:
            since = utc_now() - dt.timedelta(days=days)
            await conn.execute(query("copies", "prune_sketches"), {"since": since})

    async def forget_archive_files(self, files: Sequence[str], *, now: dt.datetime) -> None:
        """Rows no longer name these deleted archive files; articles tell since when."""
        await self._run("forget_archive_files", {"files": list(files), "now": now})
