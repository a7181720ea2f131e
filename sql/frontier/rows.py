"""The frontier's rows: what is due, the result of a visit, the result of a fetch."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from dateline.text import storable, storable_line
from dateline.types.article import ENTRIES, ArchiveRef, Candidate, Enclosure
from dateline.types.source import ChildPage, FeedKind, PollingHints
from dateline.urls import UrlIdentity, site_of
from sql.frontier.feeds import PermanentRedirect
from sql.frontier.quarantine import Broken
from sql.frontier.websub import Hub, HubRecord

if TYPE_CHECKING:
    from dateline.instants import Precision


@dataclass(frozen=True, slots=True)
class HostInDemand:
    """A host that a source has due, or that is queued for it. `place` counts the source's due hosts, from 1."""

    host: str
    source_id: int | None = None
    is_watched: bool = False
    is_doubtful: bool = False
    place: int = 1

    @property
    def site(self) -> str:
        """The registrable domain."""
        return site_of(f"//{self.host}/")


@dataclass(frozen=True, slots=True)
class DueFeed:
    """A watched page that is to be visited."""

    id: int
    source_id: int | None
    source: str | None
    crawl_id: int | None
    url: str
    kind: FeedKind
    depth: int
    etag: str | None
    last_modified: str | None
    body_hash: uuid.UUID | None
    failures: float
    interval_s: int | None
    next_due_at: dt.datetime
    last_visit_at: dt.datetime | None
    last_new_at: dt.datetime | None
    schedule: str
    timezone: str
    politeness: dict[str, Any]
    options: dict[str, Any]
    body_at: dt.datetime | None = None
    not_modified: int = 0
    """Answers 304 in a row since `body_at`, the last visit that brought a body."""
    validators_wrong_since: dt.datetime | None = None
    rhythm: list[float] | None = None
    within_s: float | None = None
    busy: float | None = None
    asked_interval_s: int | None = None
    asked_base: dt.datetime | None = None
    skip_hours: Sequence[int] = ()
    skip_days: Sequence[int] = ()
    source_site: str | None = None
    source_hosts: Sequence[str] = ()
    """Hosts of the pages that its source lists."""
    is_child: bool = False
    """Another page named it (a sitemap index, a page of links), not the operator."""
    moving_url: str | None = None
    moving_times: int | None = None
    moving_since: dt.datetime | None = None
    hub: str | None = None
    topic: str | None = None
    is_pushed: bool = False
    """Whether its subscription at a hub is active."""
    pushes: int = 0
    heeded: int = 0
    trust: int = 0
    idle: int = 0

    def speaks_for(self, final_url: str) -> tuple[str, ...]:
        """Returns the sites that the page may speak for: its own, where it answered, and those that its source lists.

        Its own only if an operator named it: else an index could lead through another site's redirector, and speak for that.
        """
        own = site_of(final_url if self.is_child else self.url)
        return tuple(sorted({own, site_of(final_url), *self.own_sites}))

    @property
    def own_sites(self) -> tuple[str, ...]:
        """The site of its source's home page, and those of the pages that its source lists."""
        return tuple(sorted({self.source_site or "", *map(site_of, self.source_hosts)} - {""}))

    @property
    def asked(self) -> PollingHints:
        """What the page asked of those who poll it when it was last read."""
        interval = dt.timedelta(seconds=self.asked_interval_s) if self.asked_interval_s else None
        return PollingHints(interval, self.asked_base, frozenset(self.skip_hours), frozenset(self.skip_days))


@dataclass(frozen=True, slots=True)
class DueUrl:
    """A URL of the ledger that is to be fetched."""

    id: int
    url_key: uuid.UUID
    url: str
    host: str
    source_id: int | None
    source: str | None
    crawl_id: int | None
    via: str
    depth: int
    hints: dict[str, Any]
    attempts: int
    politeness: dict[str, Any]
    extraction: dict[str, Any]
    source_title: str
    options: dict[str, Any]
    named_by: Sequence[str] = ()
    """The sites that the page which named it may speak for: hints and the source's rules count for these only."""
    is_recheck: bool = False
    """The article is stored: it is fetched again to see whether it is still there and unchanged."""
    is_in_feed: bool = False
    """A feed of its own site has named it."""
    has_content: bool = False
    """That feed gives its full text, which the database keeps."""
    is_backfill: bool = False
    """A backfill asks for it: `options` has the dates between which it is wanted."""

    @property
    def candidate(self) -> Candidate:
        """What was said of the URL where it was found."""
        return candidate_of(self.url, self.via, self.hints)

    @property
    def window(self) -> tuple[dt.datetime, dt.datetime] | None:
        """The dates between which a backfill wants it; None where any will do."""
        if not self.is_backfill:
            return None
        return dt.datetime.fromisoformat(self.options["since"]), dt.datetime.fromisoformat(self.options["until"])

    @property
    def is_hearsay(self) -> bool:
        """Whether another site has named it, and its own has not."""
        return bool(self.named_by) and site_of(self.url) not in self.named_by

    @property
    def may_be_replaced(self) -> bool:
        """Whether what its site's own feed or news sitemap says may replace the page: of another site it is hearsay."""
        is_named = self.is_in_feed or self.via in ENTRIES
        return is_named and bool(self.hints.get("title")) and site_of(self.url) in self.named_by


class LearnedRow(Protocol):
    """What was learned of a page's publishing, as numbers."""

    def numbers(self) -> list[float]: ...


class PlannedVisit(Protocol):
    """When a watched page is visited next (None: never), at which interval, after which weighted failures."""

    @property
    def due_at(self) -> dt.datetime | None: ...
    @property
    def interval_s(self) -> int | None: ...
    @property
    def failures(self) -> float: ...
    @property
    def publishing(self) -> LearnedRow | None: ...


@dataclass(frozen=True, slots=True)
class Validators:
    """What the next visit is made conditional on."""

    etag: str | None
    last_modified: str | None
    body_hash: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class FeedVisit:
    """The result of one visit of a watched page, ready to be committed."""

    feed: DueFeed
    started_at: dt.datetime
    now: dt.datetime
    outcome: str
    is_ok: bool
    plan: Callable[[int], PlannedVisit]
    """When to come again, given how many URLs the ledger had not known."""
    status: int | None = None
    validators: Validators | None = None
    size: int = 0
    found_kind: FeedKind | None = None
    candidates: tuple[Candidate, ...] = ()
    left_out: tuple[Candidate, ...] = ()
    speaks_for: tuple[str, ...] = ()
    """The sites that the page may speak for; of others it only names candidates. Empty: as its own address has them."""
    identities: Mapping[str, UrlIdentity] = field(default_factory=dict)
    """Of the candidates' URLs; those that are missing are found while the visit is committed."""
    children: tuple[ChildPage, ...] = ()
    warnings: tuple[str, ...] = ()
    detail: str | None = None
    child_kind: FeedKind = "sitemap"
    child_depth: int = 0
    depth: int = 0
    priority: int = 0
    force: bool = False
    broken: Broken | None = None
    """How the page broke its reader, if it did."""
    asked: PollingHints | None = None
    """What the page asks of those who poll it; None where it was not read."""
    move: PermanentRedirect | None = None
    """Where it redirects for good."""
    hubs: tuple[Hub, ...] | None = None
    """The hub that it names, if any; None where it was not read, or no hub could call us."""
    hub_record: Callable[[int], HubRecord] | None = None
    """What its hub has shown, given how many URLs were new; None without a subscription."""
    push_due_at: dt.datetime | None = None
    """When to come again if it was pushed during the visit."""

    @property
    def is_quiet(self) -> bool:
        """Whether a source's page was as it had been, after no failure: nothing but its own state changes."""
        is_unchanged = self.outcome in ("not_modified", "same_body")
        has_more_to_say = self.says_more or self.asked is not None or self.hubs is not None
        return is_unchanged and self.feed.crawl_id is None and not self.feed.failures and not has_more_to_say

    @property
    def says_more(self) -> bool:
        """Whether there is more to keep than candidates and the page's own state: where it moves, what its hub has shown."""
        return self.move is not None or self.feed.moving_url is not None or self.hub_record is not None


@dataclass(frozen=True, slots=True)
class UrlResult:
    """What became of one attempt at a URL of the ledger.

    `result` is new, revised, unchanged, alias, copy, rejected, removed, retry or failed; `state` the ledger's.
    """

    url_id: int
    state: str
    result: str
    reason: str | None
    now: dt.datetime
    detail: str | None = None
    next_attempt_at: dt.datetime | None = None
    article_id: int | None = None
    status: int | None = None
    final_url: str | None = None
    size: int = 0
    archived: ArchiveRef | None = None
    etag: str | None = None
    last_modified: str | None = None
    is_recheck: bool = False
    page_title: str | None = None
    """Title of a page that is not an article; `article_probability` is that page's."""
    article_probability: float | None = None
    is_own_fault: bool = False
    """Our own proxy or login failed: that does not count as a try."""


GONE_REASONS = frozenset({"soft_404", "redirected_away", "http_404", "http_410"})
"""What a page that its publisher took down answers with."""


def as_recheck(line: UrlResult) -> UrlResult:
    """The line for a stored article that was asked for again.

    What can't be read as an article now is a removal where the page is gone, and else says nothing of what is stored.
    """
    if line.result not in ("rejected", "removed", "failed"):
        return dataclasses.replace(line, is_recheck=True)
    result = "removed" if line.reason in GONE_REASONS else line.result
    return dataclasses.replace(line, state="ended" if result == "removed" else "stored", result=result, is_recheck=True)


@dataclass(frozen=True, slots=True)
class Left:
    """What a crawl has still to do; `next_at` is when the next of it falls due, `jobs` whether any waits or runs."""

    feeds: int
    urls: int
    next_at: dt.datetime | None
    jobs: bool


def hints_of(candidate: Candidate) -> dict[str, Any]:
    """What a candidate says, as the ledger keeps it: cleaned, and only what is there."""
    found: dict[str, Any] = {
        "title": storable_line(candidate.title, 1000),
        "published_at": candidate.published_at.isoformat() if candidate.published_at else None,
        "modified_at": candidate.modified_at.isoformat() if candidate.modified_at else None,
        "published_precision": _unless_minute(candidate.published_precision),
        "modified_precision": _unless_minute(candidate.modified_precision),
        "summary": storable(candidate.summary, 20_000 if candidate.is_item else 2000),
        "guid": storable_line(candidate.guid, 1000),
        "language": storable_line(candidate.language, 40),
        "authors": [storable_line(name, 200) for name in candidate.authors[:20]],
        "tags": [storable_line(tag, 200) for tag in candidate.tags[:50]],
        "is_item": candidate.is_item,
        "enclosures": [
            {"url": storable_line(one.url, 8192), "media_type": storable_line(one.media_type, 100)}
            for one in candidate.enclosures
        ],
    }
    return {key: value for key, value in found.items() if value}


def _unless_minute(precision: Precision) -> Precision | None:
    return None if precision == "minute" else precision


def candidate_of(url: str, via: str, hints: dict[str, Any]) -> Candidate:
    """The candidate that `hints_of` wrote down."""

    def instant(name: str) -> dt.datetime | None:
        return dt.datetime.fromisoformat(hints[name]) if hints.get(name) else None

    return Candidate(
        url=url,
        via=via,
        title=hints.get("title"),
        published_at=instant("published_at"),
        modified_at=instant("modified_at"),
        published_precision=hints.get("published_precision", "minute"),
        modified_precision=hints.get("modified_precision", "minute"),
        summary=hints.get("summary"),
        guid=hints.get("guid"),
        language=hints.get("language"),
        authors=tuple(hints.get("authors", ())),
        tags=tuple(hints.get("tags", ())),
        is_item=bool(hints.get("is_item")),
        enclosures=tuple(Enclosure(one["url"], one["media_type"]) for one in hints.get("enclosures", ())),
    )
