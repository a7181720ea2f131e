"""The errors: URLs that were not stored, by reason."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dateline.console.request import MAX_ID, Ask
from dateline.explain import meaning

PAGE = 50
LAST = dt.datetime(9000, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class ErrorClass:
    """URLs that were not stored for one reason: failed ones were retried and given up, ended ones are not articles."""

    state: str
    reason: str
    urls: int
    last_at: dt.datetime

    @property
    def meaning(self) -> str:
        """The reason in words."""
        return meaning(self.reason)


@dataclass(frozen=True, slots=True)
class FailedUrl:
    """A URL that was not stored."""

    id: int
    url: str
    state: str
    reason: str | None
    detail: str | None
    attempts: int
    finished_at: dt.datetime
    discovered_at: dt.datetime
    source: str | None


@dataclass(frozen=True, slots=True)
class Errors:
    """The data of the page."""

    title: str
    classes: list[ErrorClass]
    urls: list[FailedUrl]
    state: str
    reason: str
    source: str
    days: int
    next: str | None


async def read(ask: Ask) -> Errors:
    """Classes of the last `days` days, and the URLs of the one that `reason` and `state` name (else of all)."""
    days = ask.number("days", 7, low=1, high=90)
    state, reason, source = (
        ask.choice("state", ("", "failed", "ended")),
        ask.text("reason", limit=60),
        ask.text("source", limit=100),
    )
    since = ask.now - dt.timedelta(days=days)
    wanted = {
        "since": since, "state": state or None, "reason": reason or None, "source": source or None,
        "before_at": ask.instant("before") or LAST, "before_id": ask.number("id", MAX_ID), "limit": PAGE,
    }  # fmt: skip
    urls = await ask.reader.rows(FailedUrl, "console", "failed_urls", wanted)
    last = urls[-1] if len(urls) == PAGE else None
    return Errors(
        title="Errors",
        classes=await ask.reader.rows(ErrorClass, "console", "error_classes", {"since": since}),
        urls=urls, state=state, reason=reason, source=source, days=days,
        next=ask.link("/errors", before=last.finished_at.isoformat(), id=last.id) if last else None,
    )  # fmt: skip
