"""The lists that name a source's past articles, and which of these were published between two dates; pure.

Each way into the past is a chain of lists: one names articles and further lists, newest first where it has dates. What is still
to be read is kept by its address alone, so that a way can be left at any list and resumed at the next.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from dateline.instants.spans import DAY, ZONES, Span, span_of
from dateline.types.article import Candidate
from dateline.urls import UrlIdentity

WAYS = ("start", "files", "wordpress", "feed_archive", "sitemap", "section", "wayback")
"""In the order in which they are read: those with full texts and dates first."""
NAMES = {
    "start": "home page",
    "files": "files at hand",
    "wordpress": "WordPress REST",
    "feed_archive": "archived feeds",
    "sitemap": "sitemaps",
    "section": "section pages",
    "wayback": "Internet Archive",
}
_DATED_PATH = re.compile(r"/((?:19|20)\d\d)[/-]?(0[1-9]|1[0-2])(?:[/-]?(0[1-9]|[12]\d|3[01]))?(?=[/_-])")

_PERIOD_PAGE = re.compile(
    r"(?:/(?:\w{0,12}archi\w{0,12}|arkiv|arquivo|calendar|date|m)?[-_/]?|[?&](?:m|ym|date|month|monat|mes|archive)=)"
    r"((?:19|20)\d\d)(?:[/_-]?(1[0-2]|0?[1-9])(?:[/_-](3[01]|[12]\d|0?[1-9]))?)?(?:\.\w{2,5})?/?$"
)
"""An address that ends in a year, month or day: the list of what was published then."""


@dataclass(frozen=True, slots=True)
class ListToRead:
    """A list of a way. `newest_at` is the date of its newest articles, as far as is known; `is_guess`: nothing names it."""

    way: str
    url: str
    newest_at: dt.datetime | None = None
    depth: int = 0
    is_guess: bool = False

    @property
    def rank(self) -> int:
        """The place of its way among the ways."""
        return WAYS.index(self.way)


@dataclass(frozen=True, slots=True)
class Window:
    """The two dates between which articles are wanted, both included."""

    since: dt.datetime
    until: dt.datetime

    def holds(self, span: Span) -> bool:
        """Whether a time that is known as exactly as this may be within."""
        return span.latest > self.since and span.earliest <= self.until

    def is_before(self, span: Span) -> bool:
        """Whether all of a time is earlier."""
        return span.latest <= self.since


@dataclass(frozen=True, slots=True)
class ListedArticle:
    """An article that a list names: `at` is when it was published, or at the latest; `is_wanted`: maybe within the dates."""

    candidate: Candidate
    at: dt.datetime | None
    is_wanted: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list names. `fault`: why it can't be read; `note`: what is wrong with it, or was not followed."""

    articles: tuple[ListedArticle, ...] = ()
    further: tuple[ListToRead, ...] = ()
    fault: str | None = None
    note: str | None = None
    identities: Mapping[str, UrlIdentity] = field(default_factory=dict, repr=False)
    """Of the articles' addresses, as far as they are known: found in the parser pool like the rest."""


def listed(candidate: Candidate, window: Window) -> ListedArticle:
    """The article with its date by the list's word, else by its address, else by its last change, which came later."""
    if candidate.published_at is not None:
        published = span_of(candidate.published_at, candidate.published_precision)
        return ListedArticle(candidate, candidate.published_at, window.holds(published))
    if (day := dated_path(candidate.url)) is not None:
        return ListedArticle(candidate, day.earliest + ZONES, window.holds(day))
    if (modified := candidate.modified_at) is None:
        return ListedArticle(candidate, None, True)
    return ListedArticle(candidate, modified, not window.is_before(span_of(modified, candidate.modified_precision)))


def dated_path(url: str) -> Span | None:
    """The day or month in an article's address ("/2021/03/04/…"), in whatever zone."""
    return _span_of(_DATED_PATH.search(url.partition("://")[2].partition("?")[0]))


def period_page(url: str) -> Span | None:
    """The year, month or day of a page that lists what was published then, by its address ("/archive/2021/03/", "/?m=202103")."""
    return _span_of(_PERIOD_PAGE.search(url.partition("://")[2].partition("#")[0]))


def _span_of(found: re.Match[str] | None) -> Span | None:
    """The time that a year, perhaps a month and perhaps a day mean, in whatever zone."""
    if found is None:
        return None
    try:
        first = dt.datetime(int(found[1]), int(found[2] or 1), int(found[3] or 1), tzinfo=dt.UTC)
    except ValueError:  # 31 February
        return None
    last = first if found[3] else first.replace(month=first.month if found[2] else 12)
    last = last if found[3] else last.replace(day=calendar.monthrange(last.year, last.month)[1])
    return Span(first - ZONES, last + DAY + ZONES)


def are_past(articles: tuple[ListedArticle, ...], window: Window) -> bool:
    """Whether a list, newest first, has come to articles that are older than wanted: all its dated ones are."""
    dates = [one.at for one in articles if one.at is not None and one.candidate.published_at is not None]
    return bool(dates) and max(dates) + ZONES < window.since
