"""The visits: every poll of a watched page, newest first."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dateline.console.pages.operations.names import chosen_source
from dateline.console.request import MAX_ID, Ask

PAGE = 40


@dataclass(frozen=True, slots=True)
class Visit:
    """One poll."""

    id: int
    started_at: dt.datetime
    source: str | None
    page: str
    kind: str
    outcome: str
    status: int | None
    found: int
    new: int
    bytes: int
    took_s: float
    warnings: list[str]
    detail: str | None


@dataclass(frozen=True, slots=True)
class Visits:
    """The data of the page."""

    title: str
    visits: list[Visit]
    source: str
    outcome: str
    only_failed: bool
    next: str | None


async def read(ask: Ask) -> Visits:
    """The visits that match, before the one that `before` names."""
    source, outcome, only_failed = await chosen_source(ask), ask.text("outcome", limit=60), ask.is_on("failed")
    wanted = {
        "source": source,
        "outcome": outcome or None,
        "only_failed": only_failed,
        "before": ask.number("before", MAX_ID),
        "limit": PAGE,
    }
    found = await ask.reader.rows(Visit, "console", "visits_of_source" if source else "visits", wanted)
    return Visits(
        title="Visits",
        visits=found,
        source=source,
        outcome=outcome,
        only_failed=only_failed,
        next=ask.onward("/visits", before=found[-1].id) if len(found) == PAGE else None,
    )
