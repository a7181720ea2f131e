"""The overview: whether everything is being collected."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dateline.console.pages.operations.alarms import read_active_alarms
from dateline.console.pages.operations.errors import TABS, read_classes
from dateline.console.rendering.charts import Chart, chart_of
from dateline.console.rendering.source_state import ALARMS, HEALTH_TONES
from dateline.console.request import Ask
from dateline.text import quantity
from sql.service.alarms import Alarm
from sql.service.leases import Process


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
    is_archive_blocked: bool


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
    """What the page of errors lists for one day, by tab (`state`) and reason; `of` is page or visit."""

    of: str
    state: str
    reason: str
    failures: int
    last_at: dt.datetime | None

    @property
    def where(self) -> str:
        """The tab of the page of errors that lists them."""
        return TABS[self.state]


@dataclass(frozen=True, slots=True)
class AlarmCount:
    """The active alarms of a kind; `sources` have alarms of any kind."""

    kind: str
    alarms: int
    sources: int


@dataclass(frozen=True, slots=True)
class Overview:
    """The data of the page; `state` is the whole headline in words, `tone` its colour."""

    title: str
    state: str
    tone: str
    attention: list[AlarmCount]
    figures: Figures
    freshness: Freshness
    processes: list[Process]
    missing: list[str]
    alarms: list[Alarm]
    errors: list[RecentError]
    charts: list[Chart]

    @property
    def service(self) -> str:
        """The headline about the service as a whole."""
        return state_of(self.figures, self.missing, self.attention)

    @property
    def needs(self) -> str:
        """The headline about sources, without their problems."""
        return needs_of(self.attention)


SILENT_S = 15.0
NOTHING = Figures(0, 0, 0, False, 0, 0, 0, None, None, False)


async def read(ask: Ask) -> Overview:
    """The overview now."""
    at = {"now": ask.now}
    figures = await ask.reader.row(Figures, "console", "figures", at) or NOTHING
    attention = by_severity(await ask.reader.rows(AlarmCount, "console", "alarm_counts"))
    processes = await ask.reader.rows(Process, "console", "processes")
    processes = [one for one in processes if (ask.now - one.seen_at).total_seconds() < SILENT_S]
    missing = sorted({"scheduler", "worker"} - {one.role for one in processes})
    hours = await ask.reader.rows(HourlyWork, "console", "throughput", at)
    return Overview(
        title="Overview",
        state=" ".join(filter(None, (state_of(figures, missing, attention), attention_of(attention)))),
        tone=tone_of(figures, missing, attention),
        attention=attention,
        figures=figures,
        freshness=await ask.reader.row(Freshness, "console", "freshness", at) or Freshness(0, None, None),
        processes=processes,
        missing=missing,
        alarms=await read_active_alarms(ask),
        errors=await read_recent_errors(ask),
        charts=[
            chart_of("articles", "Articles stored per hour", [h.hour for h in hours], ("articles", [h.articles for h in hours])),
            chart_of(
                "work", "Pages fetched and visits per hour", [h.hour for h in hours],
                ("pages", [h.fetches for h in hours]), ("visits", [h.visits for h in hours]),
            ),
        ],
    )  # fmt: skip


async def read_recent_errors(ask: Ask) -> list[RecentError]:
    """The reasons on the page of errors, the most frequent first."""
    found = await read_classes(ask, days=1)
    return [
        RecentError("visit" if one.state == "failing" else "page", one.state, one.reason, one.urls, one.last_at)
        for one in sorted(found, key=lambda one: (-one.urls, one.state, one.reason))
    ]


def by_severity(counts: list[AlarmCount]) -> list[AlarmCount]:
    """The kinds of active alarms, the most severe first."""
    return sorted(counts, key=lambda one: ALARMS.index(one.kind))


def trouble_of(figures: Figures, missing: list[str]) -> str:
    """Why the service as a whole is not collecting, or not in time; "" where it is."""
    if missing:
        return f"Not collecting: no {' and no '.join(missing)} is running."
    if not figures.sources:
        return "No sources yet."
    if figures.paused >= figures.sources:
        return "Nothing is being collected: all sources are paused."
    if figures.is_archive_blocked:
        return "Not collecting: the archive can't be written."
    if figures.overdue > max(5, figures.sources // 10):
        return f"Behind: {quantity(figures.overdue, 'visit')} {'is' if figures.overdue == 1 else 'are'} overdue."
    return ""


def state_of(figures: Figures, missing: list[str], attention: list[AlarmCount]) -> str:
    """The state of the service in a sentence; "" where all that is wrong are alarms about sources."""
    return trouble_of(figures, missing) or ("" if attention else "Everything is being collected.")


def attention_of(counts: list[AlarmCount]) -> str:
    """Which sources have active alarms, in a sentence."""
    kinds = ", ".join(f"{one.alarms} {words_of(one.kind)}" for one in counts)
    return f"{needs_of(counts)}: {kinds}." if counts else ""


def needs_of(counts: list[AlarmCount]) -> str:
    """How many sources have active alarms."""
    sources = counts[0].sources if counts else 0
    return "1 source needs attention" if sources == 1 else f"{sources} sources need attention" if sources else ""


def words_of(kind: str) -> str:
    """A kind of alarm in words."""
    return kind.replace("_", " ")


def tone_of(figures: Figures, missing: list[str], attention: list[AlarmCount]) -> str:
    """The colour of the headline: of the worst that it says."""
    if trouble_of(figures, missing) and figures.sources:
        return "bad"
    tones = [HEALTH_TONES[one.kind] for one in attention]
    return "bad" if "bad" in tones else "warn" if tones else ""
