"""The errors: URLs and watched pages that gave nothing, under four tabs, by reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dateline.console.pages.operations.names import chosen_source
from dateline.console.request import MAX_ID, Ask
from dateline.explain import meaning

PAGE = 40
TABS = {"failed": "Given up", "ended": "Not articles", "retrying": "Being retried", "failing": "Watched pages failing"}
"""The tabs, by the state that their lines have."""
QUERIES = {"failed": "lost", "ended": "lost", "retrying": "retrying", "failing": "failing"}


@dataclass(frozen=True, slots=True)
class ErrorClass:
    """URLs or watched pages that gave nothing for one reason.

    `state` is the tab: `failed` URLs were given up, `ended` ones are not articles, `retrying` ones wait for their next try,
    and `failing` are watched pages whose last visit failed.
    """

    state: str
    reason: str
    urls: int
    last_at: dt.datetime | None

    @property
    def meaning(self) -> str:
        """The reason in words."""
        return meaning(self.reason)


@dataclass(frozen=True, slots=True)
class FailedUrl:
    """A URL that was not stored, or a watched page that fails."""

    id: int
    url: str
    state: str
    reason: str | None
    detail: str | None
    attempts: int
    finished_at: dt.datetime | None
    discovered_at: dt.datetime
    next_attempt_at: dt.datetime | None
    source: str | None


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab and the number of its lines."""

    state: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Errors:
    """The data of the page: `classes` and `urls` are of the chosen tab, `state`."""

    title: str
    tabs: list[Tab]
    classes: list[ErrorClass]
    urls: list[FailedUrl]
    state: str
    reason: str
    source: str
    days: int
    next: str | None


async def read(ask: Ask) -> Errors:
    """The lines of a tab, newest first: of the last `days` days, of a source or all, of a reason or all."""
    days = ask.number("days", 7, low=1, high=90)
    source, reason = await chosen_source(ask), ask.text("reason", limit=60)
    classes = await read_classes(ask, days, source)
    state = chosen_tab(ask.choice("state", ("", *TABS)), reason, classes)
    wanted = await _scope(ask, days, source) | {
        "state": state,
        "reason": reason or None,
        "at": ask.instant("before"),
        "id": ask.number("id", MAX_ID),
        "limit": PAGE + 1,
    }
    urls = await ask.reader.rows(FailedUrl, "console_errors", QUERIES[state], wanted)
    last = urls[PAGE - 1] if len(urls) > PAGE else None
    return Errors(
        title="Errors",
        tabs=[
            Tab(name, label, sum(one.urls for one in classes if one.state == name)) for name, label in TABS.items()
        ],
        classes=[one for one in classes if one.state == state],
        urls=urls[:PAGE], state=state, reason=reason, source=source, days=days,
        next=ask.onward("/errors", state=state, before=place_of(last).isoformat(), id=last.id) if last else None,
    )  # fmt: skip


async def read_classes(ask: Ask, days: int, source: str = "") -> list[ErrorClass]:
    """The reasons of all tabs with their counts, of the last days."""
    return await ask.reader.rows(ErrorClass, "console_errors", "classes", await _scope(ask, days, source))


async def _scope(ask: Ask, days: int, source: str) -> dict[str, Any]:
    found = await ask.reader.value("console_errors", "source_id", {"source": source}) if source else None
    return {"since": ask.now - dt.timedelta(days=days), "source_id": found}


def chosen_tab(asked: str, reason: str, classes: Sequence[ErrorClass]) -> str:
    """The tab that is asked for; for a reason alone the tab with most lines of it; else the first."""
    if asked:
        return asked
    of_reason = [one for one in classes if reason and one.reason == reason]
    return max(of_reason, key=lambda one: one.urls).state if of_reason else next(iter(TABS))


def place_of(line: FailedUrl) -> dt.datetime:
    """What a tab's lines are ordered by: when they ended, or when they are tried next."""
    return line.finished_at or line.next_attempt_at or line.discovered_at
