"""The rows of backfills: a backfill, what is to be read and asked for next, and how far it is."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from dateline.types.article import Candidate
from dateline.urls import site_of
from sql.frontier.rows import candidate_of


class Listed(Protocol):
    """A list that is to be read."""

    @property
    def way(self) -> str: ...
    @property
    def rank(self) -> int: ...
    @property
    def url(self) -> str: ...
    @property
    def newest_at(self) -> dt.datetime | None: ...
    @property
    def depth(self) -> int: ...
    @property
    def is_guess(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class BackfillSource:
    """A source, and when a visit of its pages was last answered."""

    id: int
    name: str
    home: str
    site: str
    politeness: dict[str, Any]
    last_ok_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class OpenBackfill:
    """A backfill that is not done."""

    id: int
    since: dt.datetime
    until: dt.datetime
    state: str


@dataclass(frozen=True, slots=True)
class Backfill:
    """A backfill that this process works on."""

    id: int
    source_id: int
    source: str
    crawl_id: int
    home: str
    site: str
    since: dt.datetime
    until: dt.datetime
    with_wayback: bool
    politeness: dict[str, Any]
    budget: int
    host: str
    source_hosts: Sequence[str]

    @property
    def sites(self) -> tuple[str, ...]:
        """The sites that its lists may speak for, its own first: others are not its history."""
        others = {site_of(self.home), *(site_of(f"//{host}/") for host in self.source_hosts)} - {self.site}
        return (self.site, *sorted(others))

    @property
    def options(self) -> dict[str, Any]:
        """What its ledger lines carry."""
        return {"since": self.since.isoformat(), "until": self.until.isoformat()}


@dataclass(frozen=True, slots=True)
class WaitingPage:
    """A list that is to be read now."""

    id: int
    way: str
    url: str
    newest_at: dt.datetime | None
    depth: int
    is_guess: bool
    tries: int


@dataclass(frozen=True, slots=True)
class WaitingItem:
    """An address that is to be asked for now."""

    id: int
    url_key: uuid.UUID
    url: str
    way: str
    via: str
    hints: dict[str, Any]
    content: str | None
    said: uuid.UUID | None
    tries: int

    @property
    def candidate(self) -> Candidate:
        """As the list named it."""
        return replace(candidate_of(self.url, self.via, self.hints), content=self.content, said=self.said)


@dataclass(frozen=True, slots=True)
class WayState:
    """Lists of a way in a row that named nothing new, or could not be read; articles in a row that are too old."""

    idle: int
    failed: int
    stale: int
    ended: str | None


@dataclass(frozen=True, slots=True)
class BackfillStatus:
    """How far a backfill is. `counts` are addresses by outcome, `reached_at` is the date of the oldest one so far."""

    id: int
    source: str
    state: str
    since: dt.datetime
    until: dt.datetime
    budget: int
    host: str
    with_wayback: bool
    started_at: dt.datetime
    ended_at: dt.datetime | None
    wait_until: dt.datetime | None
    waits_for: str | None
    requests: int
    requests_today: int
    counts: dict[str, int]
    reached_at: dt.datetime | None
    ways: list[dict[str, Any]]
    is_paused: bool
    is_held: bool
