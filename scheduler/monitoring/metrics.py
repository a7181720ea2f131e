"""The metrics in Prometheus' words, from what was read of the database and of the processes. Pure.

All processes together, wherever they run: one scrape of one of them is enough. Names follow Prometheus' own practice
(https://prometheus.io/docs/practices/naming/): base units, `_total` for what only grows.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Iterator, Sequence

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from dateline import __version__
from sql.service.metrics import (
    HubSubscriptions,
    MetricsSnapshot,
    ProcessFigures,
    ServiceState,
    SourceAlarm,
    SourceAnswer,
    Total,
)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
URL_STATES = ("pending", "stored", "duplicate", "ended", "failed", "forgotten")
SUBSCRIPTION_STATES = ("wanted", "asked", "active", "denied", "ending")
FETCH_RESULTS = ("new", "copy", "revised", "unchanged", "alias", "rejected", "removed", "retry", "failed")
ARTICLE_RESULTS = FETCH_RESULTS[:5]
"""Results of fetches that led to an article."""
ARCHIVED = (
    ("article", "articles", "articles"),
    ("revision", "revisions", "earlier revisions of articles"),
    ("copy", "copies", "links from a copy to its original"),
)
DELAY_BOUNDS = (15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400, 259200, 604800)
"""Upper bounds of the histogram's buckets, seconds; as in dateline.count_fetches."""
ROLES = ("scheduler", "worker")
Together = Callable[[Iterable[float]], float]
BY_MACHINE: dict[str, tuple[str, str, Together]] = {
    "resident_bytes": ("process_resident_memory_bytes", "resident memory of these processes together", sum),
    "descriptors": ("process_open_fds", "open file descriptors of these processes together", sum),
    "pool_size": ("pool_connections", "database connections that the processes' pools hold", sum),
    "pool_free": ("pool_connections_free", "of these, idle", sum),
    "pool_waiting": (
        "pool_requests_waiting",
        "pieces of work that wait for a connection; above 0 for long: too few",
        sum,
    ),
    "late_s": ("heartbeat_late_seconds", "how late a process was with its last heartbeat, the worst of them", max),
    "archive_bytes": ("archive_bytes", "size of the archive's folder", max),
    "archive_files": ("archive_files", "files in the archive's folder", max),
    "archive_free_bytes": (
        "archive_free_bytes",
        "free bytes on the archive's disk; fetching pauses below min_free_mb",
        min,
    ),
}
"""What processes report about themselves: the metric, its help, and how those of one role on one machine are combined."""


def exposition(reading: MetricsSnapshot | None, *, seconds: float, data_free_bytes: int | None = None) -> bytes:
    """The page that Prometheus scrapes; without a reading (the database is away) only what does not need one."""
    found = list(_families(reading, seconds, data_free_bytes))
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families(found))
    return generate_latest(registry)


class _Families:
    """Metrics that were read already, as prometheus_client wants to collect them."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        """The metrics."""
        yield from self._families


def _families(reading: MetricsSnapshot | None, seconds: float, data_free_bytes: int | None) -> Iterator[Metric]:
    server = reading.state.server_version if reading else ""
    labels = ["version", "python", "postgresql"]
    build = GaugeMetricFamily("dateline_build_info", "1; the versions are in the labels", labels=labels)
    build.add_metric([__version__, platform.python_version(), server.partition(" ")[0]], 1)
    yield build
    yield _gauge("database_up", "1 when the database answers", 1 if reading else 0)
    yield _gauge("scrape_seconds", "time that this page took", seconds)
    if data_free_bytes is not None:
        yield _gauge(
            "data_free_bytes", "free bytes on the disk of the data folder (the embedded database's)", data_free_bytes
        )
    if reading:
        yield from _work(reading.totals)
        yield from _state(reading.state)
        yield from _sources(reading.sources)
        yield from _processes(reading.processes)
        yield _alarms(reading.alarms)
        yield _subscriptions(reading.subscriptions)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"dateline_{name}", text, value=value)


def _work(totals: Sequence[Total]) -> Iterator[Metric]:
    """What is counted in running totals."""
    fetches = _summed(totals, "fetches", FETCH_RESULTS)
    yield _counter("fetches", "fetches of pages, by what came of them", "outcome", fetches)
    articles = {result: fetches[result] for result in ARTICLE_RESULTS}
    yield _counter("articles", "fetches that led to an article, by what they did to it", "result", articles)
    misses = [one for one in totals if one.name == "fetches" and one.labels[0] not in ARTICLE_RESULTS]
    reasons = _summed(misses, "fetches", (), label=1)
    yield _counter("fetches_without_article", "fetches that led to no article, by reason", "reason", reasons)
    visits = _summed(totals, "visits", ("changed", "not_modified", "same_body"))
    yield _counter("visits", "visits of watched pages, by outcome", "outcome", visits)
    yield _delays(totals)
    urls = _summed(totals, "url", URL_STATES)
    frontier = GaugeMetricFamily("dateline_frontier_urls", "URLs of the ledger, by state", labels=["state"])
    for state, number in urls.items():
        frontier.add_metric([state], number)
    yield frontier
    for name, plural, text in ARCHIVED:
        yield _gauge(f"archived_{plural}", f"{text} in the archive", _sum(totals, name))
    restarts = _sum(totals, "extraction_restarts")
    yield CounterMetricFamily(
        "dateline_extraction_restarts", "parsing processes that were killed or died and were replaced", value=restarts
    )


def _summed(totals: Iterable[Total], name: str, expected: Sequence[str], *, label: int = 0) -> dict[str, float]:
    """Totals of that name by one label; those to be expected are there from the beginning, as Prometheus wants it."""
    found = dict.fromkeys(expected, 0.0)
    for one in totals:
        if one.name == name:
            found[one.labels[label]] = found.get(one.labels[label], 0.0) + one.value
    return found


def _sum(totals: Iterable[Total], name: str) -> float:
    return sum(one.value for one in totals if one.name == name)


def _counter(name: str, text: str, label: str, values: dict[str, float]) -> Metric:
    family = CounterMetricFamily(f"dateline_{name}", text, labels=[label])
    for value, number in values.items():
        family.add_metric([value], number)
    return family


def _delays(totals: Sequence[Total]) -> Metric:
    """From publication until stored: buckets that hold all below their bound, as Prometheus has them."""
    counted = {float(one.labels[0]): one.value for one in totals if one.name == "publish_to_store"}
    bounds = sorted({*map(float, DELAY_BOUNDS), float("inf"), *counted})
    buckets, below = [], 0.0
    for bound in bounds:
        below += counted.get(bound, 0.0)
        buckets.append(("+Inf" if bound == float("inf") else f"{bound:g}", below))
    return HistogramMetricFamily(
        "dateline_publish_to_store_seconds",
        "from an article's publication until it was stored; where the publisher gave a time of day, found by a scheduled visit",
        buckets=buckets,
        sum_value=_sum(totals, "publish_to_store_sum"),
    )


def _state(state: ServiceState) -> Iterator[Metric]:
    yield _gauge("sources", "sources that are not removed", state.sources)
    yield _gauge("sources_paused", "of these, paused", state.paused)
    yield _gauge("overdue", "watched pages that were due more than a minute ago", state.overdue)
    yield _gauge(
        "visit_lag_seconds",
        "for how long the longest due watched page has been waiting; 0 when none is overdue",
        state.lag_s,
    )
    yield _gauge("scheduler_leader", "1 when a scheduler holds the lease", int(state.is_led))
    yield CounterMetricFamily("dateline_scheduler_takeovers", "changes of the leading scheduler", value=state.takeovers)
    jobs = GaugeMetricFamily("dateline_queue_jobs", "hosts in the job queue", labels=["status"])
    jobs.add_metric(["waiting"], state.jobs_waiting)
    jobs.add_metric(["running"], state.jobs_running)
    yield jobs
    if state.last_article_at is not None:
        yield _gauge("last_article_timestamp_seconds", "when an article was last stored", state.last_article_at)
    yield _gauge("database_connections", "connections to this database", state.connections)
    yield _gauge("database_connections_max", "connections that the server allows", state.max_connections)
    yield _gauge("database_size_bytes", "size of the database", state.database_bytes)


def _sources(sources: Sequence[SourceAnswer]) -> Iterator[Metric]:
    success = GaugeMetricFamily(
        "dateline_source_last_success_timestamp_seconds",
        "when a page of the source was last answered properly; none where it never was",
        labels=["source"],
    )
    interval = GaugeMetricFamily(
        "dateline_source_visit_interval_seconds", "between two visits of its most visited page", labels=["source"]
    )
    pages = GaugeMetricFamily(
        "dateline_source_pages", "watched pages of a source that is not paused", labels=["source"]
    )
    for one in sources:
        pages.add_metric([one.name], one.pages)
        if one.last_ok_at is not None:
            success.add_metric([one.name], one.last_ok_at)
        if one.interval_s is not None:
            interval.add_metric([one.name], one.interval_s)
    yield pages
    yield success
    yield interval


def _alarms(alarms: Sequence[SourceAlarm]) -> Metric:
    family = GaugeMetricFamily(
        "dateline_source_alarm", "1 for what is wrong with a source now (news.alarms)", labels=["source", "kind"]
    )
    for one in alarms:
        family.add_metric([one.source, one.kind], 1)
    return family


def _subscriptions(found: Sequence[HubSubscriptions]) -> Metric:
    family = GaugeMetricFamily("dateline_hub_subscriptions", "subscriptions at WebSub hubs, by state", labels=["state"])
    known = {one.state: one.subscriptions for one in found}
    for state in SUBSCRIPTION_STATES:
        family.add_metric([state], known.get(state, 0))
    return family


def _processes(processes: Sequence[ProcessFigures]) -> Iterator[Metric]:
    live = GaugeMetricFamily("dateline_processes", "processes that were heard of within 15 s", labels=["role"])
    for role in (*ROLES, *sorted({one.role for one in processes} - set(ROLES))):
        live.add_metric([role], sum(one.role == role for one in processes))
    yield live
    for key, (name, text, together) in BY_MACHINE.items():
        family = GaugeMetricFamily(f"dateline_{name}", text, labels=["role", "machine"])
        for role, machine in sorted({(one.role, one.machine) for one in processes}):
            there = [one.figures for one in processes if (one.role, one.machine) == (role, machine)]
            if found := [figures[key] for figures in there if key in figures]:
                family.add_metric([role, machine], together(found))
        yield family
