"""The queue: what is being fetched now, and what waits and why."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dateline.console.pages.operations.names import chosen_source
from dateline.console.request import MAX_ID, Ask
from dateline.explain import meaning
from sql.frontier.crawls import CRAWL_SILENT_S

PAGE = 40
MOST_COUNTED = 100_000
"""More URLs than these are not counted."""


@dataclass(frozen=True, slots=True)
class BusyHost:
    """A host that a worker visits, or that waits for a worker. `busy`: requests that it has not answered yet."""

    host: str
    is_running: bool
    source: str | None
    busy: int
    due: int


@dataclass(frozen=True, slots=True)
class WaitingUrl:
    """A URL that waits, and why."""

    id: int
    url: str
    host: str
    source: str | None
    attempts: int
    next_attempt_at: dt.datetime
    discovered_at: dt.datetime
    why: str


@dataclass(frozen=True, slots=True)
class Queue:
    """The data of the page; `pending` and `due` are counted up to MOST_COUNTED."""

    title: str
    pending: int
    due: int
    hosts: list[BusyHost]
    urls: list[WaitingUrl]
    source: str
    host: str
    next: str | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """What decides why a URL waits."""

    id: int
    url: str
    host: str
    source: str | None
    attempts: int
    reason: str | None
    via: str
    discovered_at: dt.datetime
    next_attempt_at: dt.datetime
    is_paused: bool
    is_removed: bool
    backoff_until: dt.datetime | None
    is_of_crawl: bool
    is_worked_on: bool


@dataclass(frozen=True, slots=True)
class _Counts:
    pending: int
    due: int


async def read(ask: Ask) -> Queue:
    """What waits, of a source or host or all, those due first."""
    source, host = await chosen_source(ask), ask.text("host", limit=300)
    counts = await ask.reader.row(_Counts, "console_queue", "counts", {"now": ask.now}) or _Counts(0, 0)
    wanted = {
        "source": source or None, "host": host or None, "at": ask.instant("after"), "id": ask.number("id", MAX_ID),
        "limit": PAGE + 1, "now": ask.now, "crawl_silent_s": CRAWL_SILENT_S,
    }  # fmt: skip
    found = await ask.reader.rows(Waiting, "console_queue", "waiting", wanted)
    last = found[PAGE - 1] if len(found) > PAGE else None
    return Queue(
        title="Queue",
        pending=counts.pending,
        due=counts.due,
        hosts=await ask.reader.rows(BusyHost, "console_queue", "hosts", {"now": ask.now, "limit": PAGE}),
        urls=[line_of(one, ask.now) for one in found[:PAGE]],
        source=source,
        host=host,
        next=ask.onward("/queue", after=last.next_attempt_at.isoformat(), id=last.id) if last else None,
    )


def line_of(one: Waiting, now: dt.datetime) -> WaitingUrl:
    """The URL as it is shown."""
    return WaitingUrl(
        one.id,
        one.url,
        one.host,
        one.source,
        one.attempts,
        one.next_attempt_at,
        one.discovered_at,
        why_waiting(one, now),
    )


def why_waiting(one: Waiting, now: dt.datetime) -> str:
    """Why a URL is not fetched yet: the reason that will hold longest."""
    tried = f"failed ({meaning(one.reason)}); " if one.attempts and one.reason else ""
    if one.is_paused or one.is_removed:
        return f"{tried}its source is {'removed' if one.is_removed else 'paused'}"
    if one.next_attempt_at > now:
        return f"{tried}tried again later" if one.attempts else "fetched later, as its page asks"
    if one.backoff_until:
        return f"{tried}its host asked to be left alone"
    if one.is_of_crawl:
        return f"{tried}a one-off crawl fetches it"
    return f"{tried}its host is being visited now" if one.is_worked_on else f"{tried}waits for a worker"
