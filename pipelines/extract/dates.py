"""Instants of a page: read from structured data first, each with offset, precision and origin, implausible ones dropped.

htmldate is asked only where nothing structured has a date, since it costs as much as the rest of the metadata together.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import htmldate
from lxml.html import HtmlElement

from dateline.text import storable_line
from dateline.types.article import Hints, Instant, Origin, Precision
from pipelines.extract.jsonld import Node, text_of
from pipelines.extract.markup import Markup

EARLIEST = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
_AHEAD = dt.timedelta(days=1)
_RAW_KEPT = 100

_PUBLISHED_METAS = (
    "article:published_time",
    "article:published",
    "og:article:published_time",
    "datepublished",
    "parsely-pub-date",
    "sailthru.date",
    "cxenseparse:recs:publishtime",
    "cxenseparse:recs:published_time",
    "og:published_time",
    "publication_date",
    "publish-date",
    "publish_date",
    "published_at",
    "pubdate",
    "publishdate",
    "article.published",
    "date.published",
    "dc.date.issued",
    "dcterms.issued",
    "dc.date",
    "dcterms.date",
    "dcterms.created",
    "dc.date.created",
    "citation_publication_date",
    "datecreated",
    "date",
)
_MODIFIED_METAS = (
    "article:modified_time",
    "og:updated_time",
    "datemodified",
    "article:modified",
    "last-modified",
    "lastmod",
    "dcterms.modified",
    "dc.date.modified",
    "cxenseparse:recs:modified_time",
)
_ISO = re.compile(
    r"(?P<date>\d{4}-\d{1,2}-\d{1,2})"
    r"(?:[T\s]+(?:um\s+)?(?P<clock>\d{1,2}:\d{2}(?::\d{2})?)(?:[.,](?P<fraction>\d+))?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{1,2})?)?",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?(Z|[+-]\d{2}:?\d{2})?)?$")
_EPOCH = re.compile(r"^1\d{9}(?:\d{3})?$")
_ZONED = re.compile(r"(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}|\b[A-Z]{3,4})\s*$")
_URL_DATE = re.compile(r"(?<!\d)((?:19|20)\d{2})[/_.-](0?[1-9]|1[0-2])[/_.-](0?[1-9]|[12]\d|3[01])(?!\d)")
_EUROPE: dict[str, float] = {"UTC": 0, "GMT": 0, "Z": 0, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3}
_ASIA: dict[str, float] = {"IST": 5.5, "SGT": 8, "HKT": 8, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11}
_AMERICA: dict[str, float] = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}
_NAMED_ZONES = _EUROPE | _ASIA | _AMERICA
"""Hours from UTC of the abbreviations that pages use; CST and IST in the sense of most of the news that is written with them."""
_MONTHS = [
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
]
_ENGLISH_MONTHS = {name[:length]: number for number, name in enumerate(_MONTHS, 1) for length in (3, 4, len(name))}
_ENGLISH = re.compile(
    r"(?:(?P<month>[A-Z][a-z]{2,8})\.?\s+(?P<day>\d{1,2})|(?P<day2>\d{1,2})(?:st|nd|rd|th)?\s+(?P<month2>[A-Z][a-z]{2,8})\.?)"
    r"(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})"
    r"(?:,?\s+(?:at\s+|-\s+|–\s+|\|\s+)?(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?::\d{2})?\s*(?P<half>[AaPp]\.?[Mm]\.?)?"
    r"\s*(?P<zone>[A-Z]{2,4}\b)?)?",
)


@dataclass(frozen=True, slots=True)
class Dates:
    """The instants of a page, the raw strings that were dropped, and warnings about them."""

    published: Instant | None = None
    modified: Instant | None = None
    raw: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def choose_dates(
    root: HtmlElement, markup: Markup, article: Node, nodes: list[Node], hints: Hints, now: dt.datetime
) -> Dates:
    """When the page's article was published and last modified, as far as anything says so."""
    latest = max(now, hints.fetched_at or now) + _AHEAD
    published, dropped = _first_plausible(_published_claims(markup, article, nodes, hints), latest)
    if published is None and not dropped:  # where the page itself is wrong, a search would find the same in pieces
        published, dropped = _first_plausible(_searched_claims(root, markup, latest), latest)
    modified, late = _first_plausible(_modified_claims(markup, article, hints), latest)
    published = _with_clock(published, markup, article, nodes, hints, latest)
    warnings = ("published date implausible",) * bool(dropped) + ("modified date implausible",) * bool(late)
    return Dates(published, modified, tuple(dict.fromkeys(dropped + late)), warnings)


Claim = tuple[str | dt.datetime, Origin]


def _published_claims(markup: Markup, article: Node, nodes: list[Node], hints: Hints) -> Iterator[Claim]:
    yield from ((text_of(article.get(name)), "json-ld") for name in ("datePublished",))
    for name in _PUBLISHED_METAS[:4]:
        yield from ((value, "meta") for value in markup.metas.get(name, ())[:1])
    yield from ((text_of(article.get(name)), "json-ld") for name in ("dateCreated", "uploadDate"))
    for name in _PUBLISHED_METAS[4:]:
        yield from ((value, "meta") for value in markup.metas.get(name, ())[:1])
    yield from ((text_of(node.get("datePublished")), "json-ld") for node in nodes if "datePublished" in node)
    yield from ((value, "microdata") for value, is_publication in markup.times if is_publication)
    if hints.candidate and hints.candidate.published_at:
        yield hints.candidate.published_at, "sitemap" if "sitemap" in hints.candidate.via else "feed"
    if len({value for value, _ in markup.times}) == 1:
        yield markup.times[0][0], "microdata"


def _modified_claims(markup: Markup, article: Node, hints: Hints) -> Iterator[Claim]:
    yield text_of(article.get("dateModified")), "json-ld"
    for name in _MODIFIED_METAS:
        yield from ((value, "meta") for value in markup.metas.get(name, ())[:1])
    if hints.candidate and hints.candidate.modified_at:
        yield hints.candidate.modified_at, "sitemap" if "sitemap" in hints.candidate.via else "feed"


def _searched_claims(root: HtmlElement, markup: Markup, latest: dt.datetime) -> Iterator[Claim]:
    """What the URL's path says, then what htmldate finds in the text (days only)."""
    if match := _URL_DATE.search(markup.url):
        yield "-".join(match.groups()), "url"
    yield from ((value, "microdata") for value, _ in markup.times[:1])
    found = _htmldate(root, latest)
    if found:
        yield found, "text"


def _htmldate(root: HtmlElement, latest: dt.datetime) -> str | None:
    try:
        found: Any = htmldate.find_date(
            root,
            original_date=True,
            extensive_search=False,
            min_date=EARLIEST.replace(tzinfo=None),
            max_date=latest.replace(tzinfo=None),
            deferred_url_extractor=True,
        )
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return None  # htmldate trips over odd markup; a page without a date is no failure
    return str(found) if found else None


def _first_plausible(claims: Iterable[Claim], latest: dt.datetime) -> tuple[Instant | None, tuple[str, ...]]:
    """The first claim that can be read and believed, and the raw strings of unbelievable ones before it."""
    dropped: list[str] = []
    for value, origin in claims:
        instant = value_instant(value, origin) if value else None
        if instant is None:
            continue
        if is_plausible(instant.at, latest):
            return instant, tuple(dropped)
        dropped.append(instant.raw)
    return None, tuple(dropped)


def is_plausible(at: dt.datetime, latest: dt.datetime) -> bool:
    """Whether news can be of that instant: the web is no older than 1990, and clocks are wrong by a day at most."""
    return EARLIEST <= at <= latest


def _with_clock(
    published: Instant | None, markup: Markup, article: Node, nodes: list[Node], hints: Hints, latest: dt.datetime
) -> Instant | None:
    """The most precise claim of the same instant: a clock is better than none, an offset better than none."""
    if published is None or (published.precision == "minute" and _ZONED.search(published.raw)):
        return published
    for value, origin in _published_claims(markup, article, nodes, hints):
        instant = value_instant(value, origin) if value else None
        if (
            instant
            and instant.precision == "minute"
            and is_plausible(instant.at, latest)
            and _refines(instant, published)
        ):
            return instant
    return published


def _refines(instant: Instant, published: Instant) -> bool:
    """Whether a claim says the same with more: a clock on that day, or an offset to the same clock."""
    if published.precision == "day":
        return instant.at.date() == published.at.date()
    is_zoned = bool(_ZONED.search(instant.raw)) and not _ZONED.search(published.raw)
    return is_zoned and instant.at.replace(tzinfo=None, second=0, microsecond=0) == published.at.replace(
        tzinfo=None, second=0, microsecond=0
    )


def value_instant(value: str | dt.datetime, origin: Origin) -> Instant | None:
    """The instant that a date string (or a datetime) names, or None; without an offset it is taken as UTC."""
    if isinstance(value, dt.datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
        return Instant(aware, "minute", origin, value.isoformat())
    raw = storable_line(value, _RAW_KEPT)
    try:
        found = _read(raw)
    except (ValueError, OverflowError):
        return None
    if found is None:
        return None
    at, precision = found
    return Instant(at, precision, origin, raw)


def _read(raw: str) -> tuple[dt.datetime, Precision] | None:
    if match := _ISO.search(raw):
        return _from_iso(match)
    if match := _COMPACT.match(raw):
        return _from_compact(match)
    if _EPOCH.match(raw):
        return dt.datetime.fromtimestamp(int(raw[:10]), dt.UTC), "minute"
    if match := _ENGLISH.search(raw):
        return _from_english(match)
    if re.match(r"^\w{3}, \d", raw):
        at = email.utils.parsedate_to_datetime(raw)
        return (at if at.tzinfo else at.replace(tzinfo=dt.UTC)), "minute"
    return None


def _from_iso(match: re.Match[str]) -> tuple[dt.datetime, Precision]:
    year, month, day = (int(part) for part in match["date"].split("-"))
    if not match["clock"]:
        return dt.datetime(year, month, day, tzinfo=dt.UTC), "day"
    clock = [int(part) for part in match["clock"].split(":")]
    micro = int(((match["fraction"] or "") + "000000")[:6])
    second = clock[2] if len(clock) > 2 else 0
    at = dt.datetime(year, month, day, clock[0] % 24, clock[1], min(second, 59), micro, tzinfo=_zone(match["zone"]))
    # a bare midnight in UTC is how content systems write a day without a clock
    return at, "day" if not any(clock) and match["zone"] in (None, "Z", "+00:00", "+0000") else "minute"


def _from_compact(match: re.Match[str]) -> tuple[dt.datetime, Precision]:
    year, month, day, hour, minute, second, zone = match.groups()
    at = dt.datetime(
        int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=_zone(zone)
    )
    return at, "minute" if hour else "day"


def _from_english(match: re.Match[str]) -> tuple[dt.datetime, Precision] | None:
    month = _ENGLISH_MONTHS.get((match["month"] or match["month2"]).lower())
    if month is None:
        return None
    year, day = int(match["year"]), int(match["day"] or match["day2"])
    if not match["hour"]:
        return dt.datetime(year, month, day, tzinfo=dt.UTC), "day"
    hour = int(match["hour"])
    if match["half"]:
        hour = hour % 12 + (12 if match["half"][0] in "Pp" else 0)
    return dt.datetime(year, month, day, hour, int(match["minute"]), tzinfo=_zone(match["zone"])), "minute"


def _zone(name: str | None) -> dt.tzinfo:
    """The offset that a zone designator names; UTC where there is none or it is unknown."""
    name = (name or "").upper()
    if name in _NAMED_ZONES:
        return dt.timezone(dt.timedelta(hours=_NAMED_ZONES[name])) if _NAMED_ZONES[name] else dt.UTC
    if match := re.match(r"^([+-])(\d{1,2}):?(\d{2})?$", name):
        offset = dt.timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
        return dt.timezone(-offset if match[1] == "-" else offset) if offset else dt.UTC
    return dt.UTC
