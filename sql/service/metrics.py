"""Reads what the metrics report: running totals, and the present state of the service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg.rows import class_row

from sql import query
from sql.database import Pool, autocommit


@dataclass(frozen=True, slots=True)
class Total:
    """A running total: of what, of which kind, how many."""

    name: str
    labels: list[str]
    value: float


@dataclass(frozen=True, slots=True)
class ServiceState:
    """The service in one row; instants are seconds since 1970."""

    sources: int
    paused: int
    overdue: int
    lag_s: float
    is_led: bool
    takeovers: int
    jobs_waiting: int
    jobs_running: int
    last_article_at: float | None
    connections: int
    max_connections: int
    database_bytes: int
    server_version: str


@dataclass(frozen=True, slots=True)
class SourceAnswer:
    """When a source last answered properly (seconds since 1970), seconds between two visits, and its watched pages."""

    name: str
    last_ok_at: float | None
    interval_s: int | None
    pages: int


@dataclass(frozen=True, slots=True)
class SourceAlarm:
    """Something that is wrong with a source now."""

    source: str
    kind: str


@dataclass(frozen=True, slots=True)
class HubSubscriptions:
    """How many subscriptions at WebSub hubs have this state."""

    state: str
    subscriptions: int


@dataclass(frozen=True, slots=True)
class ProcessFigures:
    """The figures that a living process reports."""

    role: str
    machine: str
    figures: dict[str, float]


@dataclass(frozen=True, slots=True)
class MetricsSnapshot:
    """All that a scrape reads from the database."""

    totals: list[Total]
    state: ServiceState
    sources: list[SourceAnswer]
    processes: list[ProcessFigures]
    alarms: list[SourceAlarm]
    subscriptions: list[HubSubscriptions]


async def read_metrics(pool: Pool) -> MetricsSnapshot:
    """What the metrics tell, in a few statements."""
    async with pool.connection() as conn, autocommit(conn):

        async def rows(kind: type[Any], name: str) -> list[Any]:
            return await (await conn.cursor(row_factory=class_row(kind)).execute(query("metrics", name))).fetchall()

        return MetricsSnapshot(
            totals=await rows(Total, "totals"),
            state=(await rows(ServiceState, "state"))[0],
            sources=await rows(SourceAnswer, "sources"),
            processes=await rows(ProcessFigures, "processes"),
            alarms=await rows(SourceAlarm, "alarms"),
            subscriptions=await rows(HubSubscriptions, "subscriptions"),
        )


async def add_total(pool: Pool, name: str, amount: float) -> None:
    """Add to a running total of which the database itself knows nothing."""
    async with pool.connection() as conn:
        await conn.execute(query("metrics", "add_total"), {"name": name, "amount": amount})


async def fold_totals(pool: Pool) -> None:
    """Add up what server processes that ended had counted."""
    async with pool.connection() as conn:
        await conn.execute(query("metrics", "fold_totals"))
