"""Instants of a page: declared ones first, each with offset, precision and origin, implausible ones dropped.

Where nothing is declared, the date that a reader sees counts, then that of the address. No search through the whole page
follows: what it would find beyond that is wrong as often as right, and a wrong date is worse than none.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import zoneinfo
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml.html import HtmlElement

from dateline.instants import DateContext, Precision, is_plausible, read_instant
from dateline.instants.reading import NO_WORDING
from dateline.text import storable_line
from dateline.types.article import Candidate, Hints, Instant, Origin
from pipelines.extract.dates.visible import VisibleDate, day_without_year, visible_dates
from pipelines.extract.jsonld import ARTICLE_TYPES, Node, read_nodes, text_of, types_of
from pipelines.extract.markup import Markup
from pipelines.extract.scope import Scope
from pipelines.extract.titles import loose

_RAW_KEPT = 100
_ANOTHER_DAY = dt.timedelta(hours=36)
"""So long after its midnight in UTC a day has ended in every time zone."""
_MOST_TIMES = 40
_BELIEVED = 1.5
_SURE = 3.0
_BY_HEADLINE = 4.5
_MARKED = 6.0
_UNLIKELY = -1.0
"""Scores of visible dates: from these on they are believed, believed before the address, before a later declared date
if alone in their line, before one whatever is beside them, and possible for a change."""
_FEW_LETTERS = 4
_PAGE_TYPES = frozenset({*ARTICLE_TYPES[:17], "webpage", "itempage", "creativework"})

_PUBLISHED_META = re.compile(
    r"(?P<best>(?:^|og:)article[:.]publ.*|^date\.?published|^og:published_time)$|(?P<good>(?<!last)(?<!last[-_.])publi(?:shed|cation|sh)?)[-_.:]?(?:date|time|on|at)?$"
    r"|(?:pub|issued|created|reg|online)[-_.:]?(?:date|time|on|at)?$"
    r"|date[-_]?original$|(?:^|^dc\.|^dcterms\.|^sailthru\.)date$|^posted$"
    r"|(?:publ|post|issu|creat|displ|news|page|article|upload|releas|orig|first)\w*?[-_.:]?(?:date|time|_at)(?:$|[-_.:])"
)
"""Names of meta tags with the date of publication: `best` before JSON-LD's dateCreated, then `good` ones, then the others."""
_MODIFIED_META = re.compile(r"modif|lastmod|last[-_.]?publ|(?:^|[-_.:])updated[-_.:]?(?:date|time|on|at)$")
_OF_EVENT = re.compile(r"^event|^book|^music|^video|^profile|expir|unpubl|zone")
_URL_DATE = re.compile(
    r"(?<!\d)(?<!/web/)(?P<year>(?:19|20)\d{2})[/_.-]?(?P<month>0[1-9]|1[0-2]|(?<=[/_.-])[1-9](?=[/_.-]))[/_.-]?(?P<day>0[1-9]|[12]\d|3[01]|(?<=[/_.-])[1-9])(?=(?:(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?)?(?!\d))"
    r"|/(?P<year2>(?:19|20)\d{2})[/-](?P<month2>[a-z]{3,10})[/-](?P<day2>\d{1,2})(?!\d)"
    r"|[/-](?P<day3>\d{1,2})(?P<mark>[/-])(?P<month3>(?<=\d\d.)(?:0[1-9]|1[0-2])|[a-z]{3,10})(?P=mark)(?P<year3>(?:19|20)\d{2})(?!\d)"
    r"|(?<=[/_-])(?P<day4>1[3-9]|2\d|3[01])(?P<month4>0[1-9]|1[0-2])(?P<year4>20\d\d)(?=[/_.-]|$)",
    re.IGNORECASE,
)
_URL_MONTH = re.compile(r"/((?:19|20)\d\d)[/-]?(0[1-9]|1[0-2])(?!\d)")
_STATE_DATE = re.compile(
    r"pub(?:(?<=date_pub)|(?<=datepub)|(?<=first_pub)|(?<=firstpub)|(?<!unpub)(?<!repub)(?<!lastpub)(?<!last_pub)(?=(?:lish|lished|lication)?_?(?:at|date|on|time)))"
    r"(?:lish|lished|lication)?_?(?:at|date|on|time)?\\?[\"']\s*:\s*(?:\\?[\"'](\d{4}-\d\d-\d\d[^\"'\\]{0,30})|(1\d{9}(?:\d{3})?)\b)"
)
"""For lower case, since a pattern that begins with plain letters takes a tenth of the time."""


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
    wording: DateContext
    now: dt.datetime


def choose_dates(
    scope: Scope, markup: Markup, article: Node, nodes: list[Node], hints: Hints, now: dt.datetime, language: str | None
) -> Dates:
    """When the page's article was published and last modified, as far as anything says so."""
    latest = max(now, hints.fetched_at or now)
    wording = DateContext.of(
        markup.html_language or language or "", markup.url, latest=latest, zone=_zone(hints.timezone)
    )
    page = _Page(scope, markup, article, nodes, hints, wording, latest)
    published, dropped = _first_plausible(_published_claims(page), page)
    modified, late = _first_plausible(_modified_claims(page), page)
    seen = visible_dates(scope, wording, only_near=published is not None and published.precision == "minute")
    if published is None:
        published, unbelievable = _first_plausible(_searched_claims(page, seen, modified), page)
        dropped += unbelievable
    if modified is None:
        modified = next((_instant_of(one) for one in seen if one.is_update and one.score > _UNLIKELY), None)
    if published:  # it may be the content system's date of the last change, or of a move
        is_change = modified is not None and published.at >= modified.at
        published = next((_instant_of(one) for one in seen if _is_before(one, published, is_change)), published)
    published = _with_clock(_in_order(published, page), page, seen)
    notes = {
        "published date implausible": dropped,
        "modified date implausible": late,
        "published date is that of a visible update": published and modified and published.raw == modified.raw,
    }
    warnings = tuple(note for note, is_so in notes.items() if is_so)
    return Dates(published, modified, tuple(dict.fromkeys(dropped + late)), warnings)


def _is_before(date: VisibleDate, published: Instant, is_change: bool) -> bool:
    """Whether the visible date is the article's, and a day or more before the declared one.

    It must be marked as a date or stand alone in its line, unless the declared one may be that of a change.
    """
    beside = len(date.raw) - (date.reading.end - date.reading.start)
    is_alone = beside <= _FEW_LETTERS and date.score >= _BY_HEADLINE
    is_own = date.score >= _SURE and (is_change or is_alone or date.score >= _MARKED)
    return is_own and not date.is_update and date.reading.at < published.at - _ANOTHER_DAY


def _zone(name: str | None) -> dt.tzinfo | None:
    try:
        return zoneinfo.ZoneInfo(name) if name else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return None


def _published_claims(page: _Page) -> Iterator[Claim]:
    """What the page declares, best first, then what its feed said."""
    markup, article = page.markup, page.article
    metas = _metas_of(_PUBLISHED_META, markup)
    titles = (*markup.headings, markup.title, markup.meta("og:title") or "")
    yield text_of(article.get("datePublished")), "json-ld"
    yield from ((value, "meta") for tier, value in metas if tier == "best")
    yield text_of(article.get("dateCreated")), "json-ld"
    if loose(text_of(article.get("name"))) in map(loose, titles):  # else it is the date of a video within the article
        yield text_of(article.get("uploadDate")), "json-ld"
    yield from ((value, "meta") for tier, value in metas if tier != "best")
    for node in page.nodes:
        if "datePublished" in node and _PAGE_TYPES & set(types_of(node)):
            yield text_of(node.get("datePublished")), "json-ld"
    yield from ((value, "microdata") for element, value in markup.times if not page.scope.is_foreign(element))
    yield from _candidate_claims(page.hints.candidate, "published", page.wording)


def _candidate_claims(candidate: Candidate | None, which: str, wording: DateContext) -> Iterator[Claim]:
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
    yield from ((value, "meta") for _, value in _metas_of(_MODIFIED_META, page.markup))
    yield from ((value, "microdata") for element, value in page.markup.changes if not page.scope.is_foreign(element))
    yield from _candidate_claims(page.hints.candidate, "modified", page.wording)


def _metas_of(pattern: re.Pattern[str], markup: Markup) -> list[tuple[str, str]]:
    """The first value of each meta tag of such a name with the pattern's group, best groups and names of days first."""
    found = [(name, match) for name in markup.metas if not _OF_EVENT.search(name) and (match := pattern.search(name))]
    tiers = [*pattern.groupindex, None]
    found.sort(key=lambda one: (tiers.index(one[1].lastgroup), not one[0].endswith("date")))
    return [(match.lastgroup or "", markup.metas[name][0]) for name, match in found]


def _searched_claims(page: _Page, seen: list[VisibleDate], modified: Instant | None) -> Iterator[Claim]:
    """The visible date that is surely the article's, the address's day, a likelier visible date, then that of scripts."""
    own = [one for one in seen if not one.is_update]
    day = _day_of_address(page.markup.url)
    yield from ((_instant_of(one), one.origin) for one in own if one.score >= _SURE)
    if day:
        yield day, "url"
    yield from ((_instant_of(one), one.origin) for one in own if one.score >= _BELIEVED)
    yield from ((value, "text") for value in _in_scripts(page.scope.root))
    if known := _day_of_known_year(page, modified):
        yield known.isoformat(), "text"
    if modified is None:
        # a text whose only date is a visible "Updated 4 May" is of that day, as far as a reader can know
        yield from (
            (dataclasses.replace(_instant_of(one), precision="day"), one.origin)
            for one in seen
            if one.is_update and one.origin == "text" and one.score > _UNLIKELY
        )
    if page.hints.candidate and (last := page.hints.candidate.day_of_change):
        yield Instant(last, "day", "feed", last.date().isoformat()), "feed"


def _day_of_known_year(page: _Page, modified: Instant | None) -> dt.date | None:
    """The visible day without a year ("Feb 9") in the year of the address, or of the last change if it is not after that."""
    if match := _URL_MONTH.search(page.markup.url):
        day = day_without_year(page.scope, page.wording, int(match[1]))
        return day if day and day.month == int(match[2]) else None
    day = day_without_year(page.scope, page.wording, modified.at.year) if modified else None
    if not day or not modified or day <= modified.at.date():
        return day
    return day.replace(year=day.year - 1) if (day.month, day.day) != (2, 29) else None


def _in_order(published: Instant | None, page: _Page) -> Instant | None:
    """The day with day and month exchanged, where the address or a date for programs has them so ("05/04/2026")."""
    if published is None or published.precision != "day" or published.raw[:4].isdigit():
        return published
    at, times = published.at, page.markup.elements.of("time")[:_MOST_TIMES]
    stated = [_day_of_address(page.markup.url) or "", *(each.get("datetime") or "" for each in times)]
    others = (value_instant(value, published.origin, page.wording) for value in stated if value)
    return next((one for one in others if one and (one.at.month, one.at.day) == (at.day, at.month)), published)


def _instant_of(date: VisibleDate) -> Instant:
    return Instant(date.reading.at, date.reading.precision, date.origin, storable_line(date.raw, _RAW_KEPT))


def _day_of_address(url: str) -> str | None:
    """The day in an address: /2026/05/04/, /2026/may/04/, /20260504/, news-2026-05-04."""
    for match in _URL_DATE.finditer(url):
        parts = [
            match[part] or match[f"{part}2"] or match[f"{part}3"] or match[f"{part}4"]
            for part in ("year", "month", "day")
        ]
        text = "-".join(parts) if parts[1].isdigit() else f"{parts[2]} {parts[1]} {parts[0]}"
        if read_instant(text):
            return text
    return None


def _in_scripts(root: HtmlElement) -> list[str]:
    """The one instant that state data in scripts calls that of publication."""
    texts = [(script.text or "").lower() for script in root.iter("script") if not _is_read(script)]
    found = [match[1] or match[2] for text in texts for match in _STATE_DATE.finditer(text)]
    return found[:1] if len({value[:10] for value in found}) == 1 else []


def _is_read(script: HtmlElement) -> bool:
    """Whether a script is JSON-LD that has been read as such."""
    return "ld+json" in (script.get("type") or "").lower() and bool(read_nodes([script.text or ""])[0])


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
        return published and _in_own_zone(published, page)
    claims = [value_instant(value, origin, page.wording) for value, origin in _published_claims(page) if value]
    claims += [_instant_of(one) for one in seen if not one.is_update and one.score >= _BELIEVED]
    for claim in claims:
        if claim and is_plausible(claim.at, page.now) and _refines(claim, published):
            published = claim
    return published


def _in_own_zone(published: Instant, page: _Page) -> Instant:
    """The instant with the publisher's own offset, where the page has it in UTC and in its own zone."""
    if published.at.utcoffset():
        return published
    shown = [value for time in page.markup.elements.of("time") if (value := time.get("datetime") or "")]
    declared = [value for value, _ in _published_claims(page) if isinstance(value, str)]
    found = (
        value_instant(value, published.origin, page.wording) for value in (*declared, *shown[:_MOST_TIMES]) if value
    )
    return next((one for one in found if one and one.at == published.at and one.at.utcoffset()), published)


def _refines(claim: Instant, published: Instant) -> bool:
    """Whether a claim says the same with more: a clock on that day, or a zone to the same clock."""
    if published.precision == "day":
        return claim.precision != "day" and claim.at.date() == published.at.date()
    face, known = (one.at.replace(tzinfo=None, second=0, microsecond=0) for one in (claim, published))
    return claim.precision == "minute" and published.precision == "local" and face == known


def value_instant(value: str | Instant, origin: Origin, wording: DateContext = NO_WORDING) -> Instant | None:
    """The instant that a date string names, or None."""
    if isinstance(value, Instant):
        return value
    raw = storable_line(value, _RAW_KEPT)
    try:
        found = read_instant(raw, wording)
    except (ValueError, OverflowError):
        return None
    return Instant(found.at, found.precision, origin, raw) if found else None
