"""Whether the service as a whole does its work: its database answers, is migrated, is led, and somebody works."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scheduler.lease import LEASE
from scheduler.monitoring.disk import write_trouble
from sql.database import Pool
from sql.schema import migrate
from sql.service.leases import LatePages, Upkeep

LATE_S = 120.0
"""A healthy page that has waited longer than this for a free slot is late: `/readyz` says so."""
ANSWER_S = 5.0
"""A database that takes longer than this counts as away."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """`missing` names the parts without a heartbeat (scheduler, worker) and what else is not there; `why` says more;
    `late` counts healthy watched pages that wait for a slot."""

    missing: tuple[str, ...] = ()
    why: str = ""
    late: LatePages = LatePages()

    @property
    def is_ready(self) -> bool:
        """True when nothing is missing."""
        return not self.missing

    def to_json(self) -> dict[str, Any]:
        """As JSON."""
        found: dict[str, Any] = {"ready": self.is_ready, "missing": list(self.missing)}
        if self.why:
            found["why"] = self.why
        if self.late.pages:
            found["late"] = {"pages": self.late.pages, "longest_s": round(self.late.longest_s)}
        return found


class ReadinessCheck:
    """Finds how ready the service is. Whether the database is migrated is checked until it is."""

    def __init__(self, pool: Pool, url: str, *, archive: Path | None = None) -> None:
        self._pool, self._url, self._archive, self._is_migrated = pool, url, archive, False

    async def run(self) -> Readiness:
        """How ready the service is now; never an error, and never later than ANSWER_S."""
        try:
            async with asyncio.timeout(ANSWER_S):
                return await self._run()
        except Exception as error:
            return Readiness(("database",), f"{type(error).__name__}: {error}".rstrip(": "))

    async def _run(self) -> Readiness:
        if not self._is_migrated:
            found = await asyncio.to_thread(migrate.status, self._url)
            pending = [one.name for one in found if one.state == "pending"]
            if pending:
                return Readiness(("migrations",), f"{pending[0]} is to be applied: run `dateline db migrate`")
            self._is_migrated = True
        upkeep = Upkeep(self._pool)
        missing = sorted({"scheduler", "worker"} - {process.role for process in await upkeep.live_processes()})
        if "scheduler" not in missing and not await upkeep.has_leader(LEASE):
            missing.append("leader")
        trouble = await asyncio.to_thread(write_trouble, self._archive) if self._archive else ""
        why = f"nothing can be written in {self._archive}: {trouble}" if trouble else ""
        missing += ["archive"] if trouble else []
        return Readiness(tuple(missing), why, late=await upkeep.late_pages(late_s=LATE_S))
