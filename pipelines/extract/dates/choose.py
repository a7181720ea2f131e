"""Instants of a page: read from structured data first, each with offset, precision and origin, implausible ones dropped.

htmldate is asked only where neither a declaration nor a visible date says when. Its extensive search is left out: of what
it finds beyond that half is wrong.
"""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
import re
import zoneinfo
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import htmldate
from lxml.html import HtmlElement

from dateline.instants import Precision, Wording, is_plausible, read_instant
from dateline.instants.reading import EARLIEST, NO_WORDING
from dateline.text import storable_line
from dateline.types.article import Candidate, Hints, Instant, Origin
from pipelines.extract.dates.visible import VisibleDate, is_dated, visible_dates
from pipelines.extract.jsonld import ARTICLE_TYPES, Node, text_of, types_of
from pipelines.extract.markup import Markup
from pipelines.extract.scope import Scope

_RAW_KEPT = 100
_BELIEVED = 1.5
_SURE = 3.0
_PAGE_TYPES = frozenset({*ARTICLE_TYPES[:17], "webpage", "itempage", "creativework"})

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
_URL_DATE = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d{2})[/_.-]?(?P<month>0[1-9]|1[0-2]|(?<=[/_.-])[1-9](?=[/_.-]))[/_.-]?(?P<day>0[1-9]|[12]\d|3[01]|(?<=[/_.-])[1-9])(?!\d)"
    r"|/(?P<year2>(?:19|20)\d{2})[/-](?P<month2>[a-z]{3,9})[/-](?P<day2>\d{1,2})(?!\d)",
    re.IGNORECASE,
)
_STATE_DATE = re.compile(
    r"\\?\"(?:date_?published|published_?(?:at|date|on)|publish_?date|publication_?date|first_?published(?:_?at)?)\\?\"\s*:\s*"
    r"\\?\"(\d{4}-\d\d-\d\d[^\"\\]{0,30})",
    re.IGNORECASE,
)
_NOT_SEARCHED = ("header", "footer", "nav", "aside", "script", "style", "form", "iframe")
_YEAR_ONLY = "-01-01"


@dataclass(frozen=True, slots=True)
class Dates:
    """The instants of a page, the raw strings that were dropped, and warnings about them."""

    published: Instant | None = None
    modified: Instant | None = None
    raw: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


Claim = tuple[str | Instant, Origin]


@dataclass(frozen=True, slots=True)
class _Page:
    """All that a page's instants are chosen from."""

    scope: Scope
    markup: Markup
    article: Node
    nodes: list[Node]
    hints: Hints
    wording: Wording
    now: dt.datetime


def choose_dates(
    scope: Scope, markup: Markup, article: Node, nodes: list[Node], hints: Hints, now: dt.datetime, language: str | None
) -> Dates:
    """When the page's article was published and last modified, as far as anything says so."""
    latest = max(now, hints.fetched_at or now)
    wording = Wording.of(markup.html_language or language or "", markup.url, latest=latest, zone=_zone(hints.timezone))
    page = _Page(scope, markup, article, nodes, hints, wording, latest)
    published, dropped = _first_plausible(_published_claims(page), page)
    modified, late = _first_plausible(_modified_claims(page), page)
    seen = visible_dates(scope, wording) if published is None or published.precision != "minute" else []
    if published is None and not dropped:  # where the page itself is wrong, a search would find the same in pieces
        published, dropped = _first_plausible(_searched_claims(page, seen, modified), page)
    if modified is None:
        modified = next((_instant_of(one) for one in seen if one.is_update), None)
    published = _with_clock(published, page, seen)
    warnings = ("published date implausible",) * bool(dropped) + ("modified date implausible",) * bool(late)
    return Dates(published, modified, tuple(dict.fromkeys(dropped + late)), warnings)


def _zone(name: str | None) -> dt.tzinfo | None:
    try:
        return zoneinfo.ZoneInfo(name) if name else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return None


def _published_claims(page: _Page) -> Iterator[Claim]:
    """What the page declares, best first, then what its feed said."""
    markup, article = page.markup, page.article
    yield text_of(article.get("datePublished")), "json-ld"
    for name in _PUBLISHED_METAS[:4]:
        yield from ((value, "meta") for value in markup.metas.get(name, ())[:1])
    yield from ((text_of(article.get(name)), "json-ld") for name in ("dateCreated", "uploadDate"))
    for name in _PUBLISHED_METAS[4:]:
        yield from ((value, "meta") for value in markup.metas.get(name, ())[:1])
    for node in page.nodes:
        if "datePublished" in node and _PAGE_TYPES & set(types_of(node)):
            yield text_of(node.get("datePublished")), "json-ld"
    yield from ((value, "microdata") for element, value in markup.times if not page.scope.is_foreign(element))
    yield from _candidate_claims(page.hints.candidate, "published", page.wording)


def _candidate_claims(candidate: Candidate | None, which: str, wording: Wording) -> Iterator[Claim]:
    """What the feed or sitemap said of the article, its bare clock in the source's zone."""
    at: dt.datetime | None = getattr(candidate, f"{which}_at", None)
    if candidate is None or at is None:
        return
    precision: Precision = getattr(candidate, f"{which}_precision")
    origin: Origin = "sitemap" if "sitemap" in candidate.via else "feed"
    raw = at.isoformat()
    if precision == "local" and wording.zone is not None:
        at, precision = at.replace(tzinfo=wording.zone), "minute"
    aware = at if at.tzinfo else at.replace(tzinfo=dt.UTC)
    yield Instant(aware, precision, origin, raw), origin


def _modified_claims(page: _Page) -> Iterator[Claim]:
    yield text_of(page.article.get("dateModified")), "json-ld"
    for name in _MODIFIED_METAS:
        yield from ((value, "meta") for value in page.markup.metas.get(name, ())[:1])
    yield from _candidate_claims(page.hints.candidate, "modified", page.wording)


def _searched_claims(page: _Page, seen: list[VisibleDate], modified: Instant | None) -> Iterator[Claim]:
    """The visible date that is surely the article's, the address's day, a likelier visible date, then htmldate's search."""
    own = [one for one in seen if not one.is_update]
    yield from ((_instant_of(one), one.origin) for one in own if one.score >= _SURE)
    if day := _day_of_address(page.markup.url):
        yield day, "url"
    yield from ((_instant_of(one), one.origin) for one in own if one.score >= _BELIEVED)
    if modified is None:
        # a text whose only date is a visible "Updated 4 May" is of that day, as far as a reader can know
        yield from (
            (dataclasses.replace(_instant_of(one), precision="day"), one.origin)
            for one in seen
            if one.is_update and one.origin == "text"
        )
    changes = {one.reading.at.date().isoformat() for one in seen if one.is_update}
    changes |= {modified.at.date().isoformat()} if modified else set()
    yield from ((value, "text") for value in _in_scripts(page.scope.root))
    if (found := _htmldate(page)) and found not in changes:
        yield found, "text"


def _instant_of(date: VisibleDate) -> Instant:
    return Instant(date.reading.at, date.reading.precision, date.origin, storable_line(date.raw, _RAW_KEPT))


def _day_of_address(url: str) -> str | None:
    """The day in an address: /2026/05/04/, /2026/may/04/, /20260504/, news-2026-05-04."""
    for match in _URL_DATE.finditer(url):
        parts = [match["year"] or match["year2"], match["month"] or match["month2"], match["day"] or match["day2"]]
        text = "-".join(parts) if parts[1].isdigit() else f"{parts[2]} {parts[1]} {parts[0]}"
        if read_instant(text):
            return text
    return None


def _in_scripts(root: HtmlElement) -> list[str]:
    """The one instant that state data in scripts calls that of publication."""
    found = [match[1] for script in root.iter("script") for match in _STATE_DATE.finditer(script.text or "")]
    return found[:1] if len({value[:10] for value in found}) == 1 else []


def _htmldate(page: _Page) -> str | None:
    """What htmldate finds in what belongs to the article; a bare year becomes no New Year's Day."""
    try:
        found: Any = htmldate.find_date(
            _without_foreign(page.scope),
            original_date=True,
            extensive_search=False,
            min_date=EARLIEST.replace(tzinfo=None),
            max_date=page.now.replace(tzinfo=None),
            deferred_url_extractor=True,
        )
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return None  # htmldate trips over odd markup; a page without a date is no failure
    return str(found) if found and not str(found).endswith(_YEAR_ONLY) else None


def _without_foreign(scope: Scope) -> HtmlElement:
    """A copy of the page without what is not the article's own."""
    foreign = [place for place, element in enumerate(scope.root.iter()) if _is_left_out(scope, element)]
    root = copy.deepcopy(scope.root)
    elements = list(root.iter())
    for place in foreign:
        elements[place].drop_tree()
    return root


def _is_left_out(scope: Scope, element: Any) -> bool:
    if not isinstance(element.tag, str) or element.getparent() is None or element.tag in {"html", "head", "body"}:
        return False
    return (
        element.tag in _NOT_SEARCHED
        or scope.is_foreign_place(element)
        or ((element.tag in {"time", "abbr"} or is_dated(element.text or "")) and scope.is_foreign(element))
    )


def _first_plausible(claims: Iterable[Claim], page: _Page) -> tuple[Instant | None, tuple[str, ...]]:
    """The first claim that can be read and believed, and the raw strings of unbelievable ones before it."""
    dropped: list[str] = []
    for value, origin in claims:
        instant = value_instant(value, origin, page.wording) if value else None
        if instant is None:
            continue
        if is_plausible(instant.at, page.now):
            return instant, tuple(dropped)
        dropped.append(instant.raw)
    return None, tuple(dropped)


def _with_clock(published: Instant | None, page: _Page, seen: list[VisibleDate]) -> Instant | None:
    """The most precise claim of the same instant: a clock is better than none, a zone better than none."""
    if published is None or published.precision == "minute":
        return published
    claims = [value_instant(value, origin, page.wording) for value, origin in _published_claims(page) if value]
    claims += [_instant_of(one) for one in seen if not one.is_update and one.score >= _BELIEVED]
    for claim in claims:
        if claim and is_plausible(claim.at, page.now) and _refines(claim, published):
            published = claim
    return published


def _refines(claim: Instant, published: Instant) -> bool:
    """Whether a claim says the same with more: a clock on that day, or a zone to the same clock."""
    if published.precision == "day":
        return claim.precision != "day" and claim.at.date() == published.at.date()
    face, known = (one.at.replace(tzinfo=None, second=0, microsecond=0) for one in (claim, published))
    return claim.precision == "minute" and published.precision == "local" and face == known


def value_instant(value: str | Instant, origin: Origin, wording: Wording = NO_WORDING) -> Instant | None:
    """The instant that a date string names, or None."""
    if isinstance(value, Instant):
        return value
    raw = storable_line(value, _RAW_KEPT)
    try:
        found = read_instant(raw, wording)
    except (ValueError, OverflowError):
        return None
    return Instant(found.at, found.precision, origin, raw) if found else None
