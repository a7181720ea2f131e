"""The overview: whether everything is being collected."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dateline.console.pages.operations.alarms import read_active_alarms
from dateline.console.rendering.charts import Chart, chart_of
from dateline.console.request import Ask
from sql.service.alarms import Alarm


@dataclass(frozen=True, slots=True)
class Figures:
    """The archive in numbers; `waiting_long` are URLs due for more than ten minutes, `overdue` visits."""

    sources: int
    paused: int
    articles: int
    is_estimate: bool
    pending: int
    waiting_long: int
    overdue: int
    last_visit_at: dt.datetime | None
    last_article_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Process:
    """A process of the service that has reported."""

    process: str
    role: str
    machine: str
    started_at: dt.datetime
    seen_at: dt.datetime


@dataclass(frozen=True, slots=True)
class HourlyWork:
    """Articles stored, pages fetched and visits made in one hour."""

    hour: dt.datetime
    articles: int
    fetches: int
    visits: int


@dataclass(frozen=True, slots=True)
class Freshness:
    """From publication to store, seconds."""

    articles: int
    median_s: float | None
    p95_s: float | None


@dataclass(frozen=True, slots=True)
class RecentError:
    """Failures of the last day of one kind; `of` is page or visit."""

    of: str
    reason: str
    failures: int
    last_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Overview:
    """The data of the page."""

    title: str
    state: str
    figures: Figures
    freshness: Freshness
    processes: list[Process]
    missing: list[str]
    alarms: list[Alarm]
    errors: list[RecentError]
    charts: list[Chart]


SILENT_S = 15.0


async def read(ask: Ask) -> Overview:
    """The overview now."""
    at = {"now": ask.now}
    figures = await ask.reader.row(Figures, "console", "figures", at) or Figures(0, 0, 0, False, 0, 0, 0, None, None)
    processes = await ask.reader.rows(Process, "console", "processes")
    processes = [one for one in processes if (ask.now - one.seen_at).total_seconds() < SILENT_S]
    missing = sorted({"scheduler", "worker"} - {one.role for one in processes})
    hours = await ask.reader.rows(HourlyWork, "console", "throughput", at)
    return Overview(
        title="Overview",
        state=state_of(figures, missing),
        figures=figures,
        freshness=await ask.reader.row(Freshness, "console", "freshness", at) or Freshness(0, None, None),
        processes=processes,
        missing=missing,
        alarms=await read_active_alarms(ask),
        errors=await ask.reader.rows(RecentError, "console", "recent_errors", at),
        charts=[
            chart_of("articles", "Articles stored per hour", [h.hour for h in hours], ("articles", [h.articles for h in hours])),
            chart_of(
                "work", "Pages fetched and visits per hour", [h.hour for h in hours],
                ("pages", [h.fetches for h in hours]), ("visits", [h.visits for h in hours]),
            ),
        ],
    )  # fmt: skip


def state_of(figures: Figures, missing: list[str]) -> str:
    """The state of the service in a sentence."""
    if missing:
        return f"Not collecting: no {' and no '.join(missing)} is running."
    if not figures.sources:
        return "No sources yet. Add one with the command: dateline sources add URL"
    if figures.overdue > max(5, figures.sources // 10):
        return f"Behind: {figures.overdue} visits are overdue."
    return "Everything is being collected."
