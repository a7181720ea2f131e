"""A source (a publisher) and the pages that are watched for its new articles."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from dateline.types.article import Candidate
from dateline.urls import UrlIdentity

FeedKind = Literal["feed", "wordpress", "news_sitemap", "sitemap", "section", "home", "auto"]
"""What a watched page is: "feed" is RSS, Atom or JSON Feed; "wordpress" the posts of its REST
interface; "auto" is decided by its bytes at the first fetch."""


@dataclass(frozen=True, slots=True)
class WatchedPage:
    """A feed, sitemap, section or home page that names a source's articles."""

    url: str
    kind: FeedKind


@dataclass(frozen=True, slots=True)
class Politeness:
    """Fetching rules for one source that differ from the settings; None means as set there.

    delay_s: seconds between requests to one host; concurrency: requests at once to one host;
    obey_robots: False only for the operator's own sites; max_pages_a_day: a limit on page fetches;
    max_visits_a_day: a budget of visits to all its watched pages on the adaptive schedule;
    ca_file: certificates (PEM) that are trusted for its own site besides the system's; fetch_pages: False where no page is
    fetched and its articles are what its feeds say.
    cookies_file: path of a Netscape cookies.txt; headers: sent besides; proxy: where all its requests go through;
    proxy_resolves: the proxy looks its hosts' names up. Secrets are only named here, as ${NAME}.
    """

    delay_s: float | None = None
    concurrency: int | None = None
    obey_robots: bool = True
    max_pages_a_day: int | None = None
    max_visits_a_day: int | None = None
    ca_file: str | None = field(default=None, repr=False)
    fetch_pages: bool = True
    cookies_file: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    proxy: str | None = None
    proxy_resolves: bool = False
    user_agent: str | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """How a source's servers are asked: what of its politeness a request needs, and its home page: that site gets the login.

    Secrets are only named: `crawler.access` reads them for each request.
    """

    home: str = ""
    ca: str | None = field(default=None, repr=False)
    cookies_file: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    proxy: str | None = None
    proxy_resolves: bool = False
    user_agent: str | None = None

    @property
    def has_login(self) -> bool:
        """Whether its site is sent cookies or headers."""
        return bool(self.cookies_file or self.headers)

    @property
    def without_login(self) -> Access:
        """The same for a site's files of rules, which are the same for everybody."""
        return replace(self, cookies_file=None, headers=())


def access_of(home: str, polite: Politeness) -> Access:
    """How the servers of the source with this home page are asked."""
    headers = tuple(sorted(polite.headers.items()))
    ways = (polite.proxy, polite.proxy_resolves, polite.user_agent)
    return Access(home, polite.ca_file, polite.cookies_file, headers, *ways)


@dataclass(frozen=True, slots=True)
class ExtractionOverrides:
    """Per-source rules for extraction: a fixed language, names of the outlet to cut from titles.

    `store_all` stores the pages that the article score takes for something else, too. `render` has a browser run the scripts of
    pages that need it.
    """

    language: str | None = None
    site_names: tuple[str, ...] = ()
    store_all: bool = False
    render: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """A publisher, as in `sources.toml` and the table `dateline.source`.

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
    """When a feed itself asks clients to poll it.

    interval: ttl, or sy:updatePeriod divided by sy:updateFrequency; base: a time from which these intervals are counted
    (sy:updateBase); skip_hours: hours of the day (GMT) and skip_days: days (0 is Monday) without a poll.
    """

    interval: dt.timedelta | None = None
    base: dt.datetime | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Discovery:
    """The content of one watched page: its candidates, further pages to watch (a sitemap index's sitemaps), its polling hints,
    and warnings about what was ill-formed.

    `hub_url` is a WebSub hub, `self_url` the page's topic URL there. `found_kind` is what the bytes were.
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
    identities: Mapping[str, UrlIdentity] = field(default_factory=dict, compare=False, repr=False)
    """The identities of the candidates' URLs, found in the parser pool with everything else that the page's bytes decide."""


@dataclass(frozen=True, slots=True)
class ChildPage:
    """A sitemap that a sitemap index names, with its lastmod."""

    url: str
    modified_at: dt.datetime | None = None
