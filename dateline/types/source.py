"""A source (a publisher) and the pages that are watched for its new articles."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from dateline.types.article import Candidate

FeedKind = Literal["feed", "news_sitemap", "sitemap", "section", "home", "auto"]
"""What a watched page is: "feed" is RSS, Atom or JSON Feed; "auto" is told from its bytes at the first fetch."""


@dataclass(frozen=True, slots=True)
class WatchedPage:
    """A feed, sitemap, section or home page that names a source's articles."""

    url: str
    kind: FeedKind


@dataclass(frozen=True, slots=True)
class Politeness:
    """What a source's operator allows beyond the defaults; None is "as configured".

    delay_s: seconds between requests to one host; concurrency: requests at once to one host;
    obey_robots: False only for one's own sites; max_pages_a_day: a cap on page fetches;
    max_visits_a_day: a budget of visits to all its watched pages on the adaptive schedule.
    """

    delay_s: float | None = None
    concurrency: int | None = None
    obey_robots: bool = True
    max_pages_a_day: int | None = None
    max_visits_a_day: int | None = None


@dataclass(frozen=True, slots=True)
class ExtractionOverrides:
    """Per-source help for extraction: a fixed language, names of the outlet to cut from titles."""

    language: str | None = None
    site_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A publisher as `sources.toml` and the table `dateline.source` know it.

    `name` is a unique slug ("bbc-news"), `country` ISO 3166-1 alpha-2 lower case, `languages` ISO 639-1 codes.
    `schedule` is "adaptive", "every 15m" (s, m, h, d) or a cron line of five fields read in `timezone`.
    """

    name: str
    title: str
    home: str
    country: str | None = None
    languages: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    watched: tuple[WatchedPage, ...] = ()
    schedule: str = "adaptive"
    timezone: str = "UTC"
    politeness: Politeness = Politeness()
    extraction: ExtractionOverrides = ExtractionOverrides()
    is_paused: bool = False


@dataclass(frozen=True, slots=True)
class PollingHints:
    """What a feed itself asks of those who poll it.

    interval: ttl, or sy:updatePeriod over sy:updateFrequency; base: an instant of the grid on which that interval lies
    (sy:updateBase); skip_hours: hours of the day (GMT) and skip_days: days (0 is Monday) on which not to come.
    """

    interval: dt.timedelta | None = None
    base: dt.datetime | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Discovery:
    """What one watched page said: its candidates, further pages to watch (a sitemap index's sitemaps, a feed's next
    page), hints about when to come again, and warnings about what was ill-formed.

    `hub_url` is a WebSub hub, `self_url` the page's own name for it. `found_kind` is what the bytes were.
    """

    found_kind: FeedKind | None
    candidates: tuple[Candidate, ...] = ()
    children: tuple[ChildPage, ...] = ()
    polling_hints: PollingHints = PollingHints()
    hub_url: str | None = None
    self_url: str | None = None
    title: str | None = None
    language: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChildPage:
    """A sitemap that a sitemap index names, with its lastmod."""

    url: str
    modified_at: dt.datetime | None = None
