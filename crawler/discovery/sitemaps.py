"""Sitemaps to candidates: urlset, news sitemap, sitemap index and plain text (sitemaps.org, protocol 0.9).

Element names are read without their namespaces, because many publishers omit or misspell them. Pictures and videos that
a sitemap lists beside its pages are ignored.
"""

from __future__ import annotations

import calendar
import datetime as dt
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from urllib.parse import urlsplit

from lxml import etree

from crawler.discovery.limits import DiscoveryLimits
from crawler.discovery.markup import as_markup, plain_text
from crawler.discovery.newest import newest
from crawler.discovery.xml_text import local_name, xml_body
from dateline.instants import Reading, is_plausible, read_instant
from dateline.instants.spans import DAY, Span
from dateline.languages import language_code
from dateline.types.article import Candidate
from dateline.types.source import ChildPage, Discovery, FeedKind
from dateline.urls.links import absolute_url

_UNITS = frozenset({"url", "sitemap"})
_NEWS_FIELDS = frozenset({"publication_date", "title", "language", "keywords", "name"})
_PLAIN_FIELDS = frozenset({"loc", "lastmod"})
_MOST_FIELDS = 50
_LONGEST_FIELD = 10_000
_SITEMAP_FILE = re.compile(r"sitemap[^/]*\.xml(?:\.gz)?\Z|\.xml\.gz\Z", re.IGNORECASE)
_SITEMAP_LINE = re.compile(r"^[ \t\ufeff]*site-?map[ \t]*:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)
_LONGEST_ROBOTS = 512_000  # RFC 9309, section 2.5: at least 500 kibibytes are read
_MOST_NAMED = 50
_DATE_IN_NAME = re.compile(r"(?<!\d)(20[0-4]\d)(?:[-_/.]?(0[1-9]|1[0-2]))?(?:[-_/.]?(0[1-9]|[12]\d|3[01]))?(?!\d)")


@dataclass(frozen=True, slots=True)
class _Unit:
    """One <url> or <sitemap>: its fields by local name, and whether it has news fields."""

    name: str
    said: dict[str, str]
    is_news: bool


def read_sitemap(text: str, *, url: str, now: dt.datetime, limits: DiscoveryLimits) -> Discovery:
    """The pages of an XML sitemap as candidates, an index's sitemaps as children, newest first."""
    units, faults = _units(text, limits)
    reading = _Reading(url, now, limits)
    for unit in newest(units, limits.max_sitemap_urls, partial(_date_of, now=now)):
        reading.take(unit)
    return reading.discovery(faults)


def read_text_sitemap(text: str, *, url: str, limits: DiscoveryLimits) -> Discovery:
    """The URLs of a text sitemap, one per line (sitemaps.org, "Text file"); other lines are counted."""
    lines = [line for line in text.splitlines() if line.strip()]
    urls = [absolute_url(line, url) for line in newest(lines, limits.max_sitemap_urls) if _is_absolute(line)]
    found = {address: Candidate(address, "text_sitemap") for address in urls if address}
    others = min(len(lines), limits.max_sitemap_urls) - sum(address is not None for address in urls)
    warnings = (*_counted("lines that are not URLs", others), *_beyond(len(lines), limits))
    return Discovery(found_kind="sitemap", candidates=tuple(found.values()), warnings=warnings)


def read_robots_txt(text: str, *, url: str) -> Discovery:
    """The sitemaps that robots.txt names, as children."""
    children = tuple(ChildPage(address) for address in robots_sitemaps(text, url))
    return Discovery(found_kind="sitemap" if children else None, children=children)


def robots_sitemaps(robots_txt: str | bytes, url: str = "") -> list[str]:
    """The sitemaps that robots.txt names (sitemaps.org), news sitemaps first; relative URLs are resolved by the file's own."""
    text = robots_txt.decode("utf-8", "replace") if isinstance(robots_txt, bytes) else robots_txt
    named = (absolute_url(line, url) for line in _SITEMAP_LINE.findall(text[:_LONGEST_ROBOTS].replace("\r", "\n")))
    found = dict.fromkeys(address for address in named if address)
    return sorted(found, key=lambda address: "news" not in urlsplit(address).path.lower())[:_MOST_NAMED]


def looks_like_text_sitemap(text: str) -> bool:
    """Whether the first lines are URLs and nothing else."""
    lines = [line for line in text[:20_000].splitlines()[:20] if line.strip()]
    return bool(lines) and all(_is_absolute(line) and len(line.split()) == 1 for line in lines)


class _Reading:
    """The pages and child sitemaps read from a sitemap so far."""

    def __init__(self, url: str, now: dt.datetime, limits: DiscoveryLimits) -> None:
        self._url, self._now, self._limits = url, now, limits
        days = limits.sitemap_recent_days
        self._oldest = None if days is None else now - dt.timedelta(days=days)
        self._pages: dict[str, Candidate] = {}
        self._children: dict[str, ChildPage] = {}
        self._trouble: Counter[str] = Counter()
        self._is_news = False

    def take(self, unit: _Unit) -> None:
        self._is_news |= unit.is_news
        modified, published = self._instant(unit, "lastmod"), self._instant(unit, "publication_date")
        oldest = published or modified
        if self._is_old(oldest.at if oldest else None):
            return
        address = absolute_url(unit.said.get("loc", ""), self._url)
        if address is None:
            self._trouble["entries without a URL"] += 1
        elif unit.name == "sitemap" or _names_a_sitemap(address):
            self._take_child(ChildPage(address, modified.at if modified else None))
        else:
            self._pages.setdefault(address, _candidate(address, unit, published, modified))

    def discovery(self, faults: tuple[str, ...]) -> Discovery:
        kind: FeedKind = "news_sitemap" if self._is_news else "sitemap"
        known = list(self._children.values())
        has_dates = any(child.modified_at for child in known)
        kept = newest(
            known, self._limits.max_children, lambda child: child.modified_at if has_dates else _period_end(child.url)
        )
        children = sorted(kept, key=lambda child: _newest_first(child.modified_at))
        surplus = _counted(f"sitemaps beyond {self._limits.max_children}", len(known) - len(kept))
        pages = sorted(self._pages.values(), key=lambda page: _newest_first(page.published_at or page.modified_at))
        return Discovery(
            found_kind=kind,
            candidates=tuple(pages),
            children=tuple(children),
            warnings=(*faults, *surplus, *(f"{count} {what}" for what, count in self._trouble.items())),
        )

    def _take_child(self, child: ChildPage) -> None:
        ended = None if child.modified_at else _period_end(child.url)
        if child.url != self._url and not self._is_old(ended):
            self._children.setdefault(child.url, child)

    def _instant(self, unit: _Unit, field: str) -> Reading | None:
        raw = unit.said.get(field)
        found = read_instant(raw) if raw else None
        if raw and (found is None or not is_plausible(found.at, self._now)):
            self._trouble["dates that can't be read or are implausible"] += 1
            return None
        return found

    def _is_old(self, at: dt.datetime | None) -> bool:
        return at is not None and self._oldest is not None and at < self._oldest


def _candidate(url: str, unit: _Unit, published: Reading | None, modified: Reading | None) -> Candidate:
    keywords = (plain_text(word, 200) for word in unit.said.get("keywords", "").split(",")[:30])
    return Candidate(
        url=url,
        via="news_sitemap" if unit.is_news else "sitemap",
        title=plain_text(as_markup(unit.said.get("title", ""))),
        published_at=published.at if published else None,
        modified_at=modified.at if modified else None,
        published_precision=published.precision if published else "minute",
        modified_precision=modified.precision if modified else "minute",
        language=language_code(unit.said.get("language") or ""),
        tags=tuple(dict.fromkeys(word for word in keywords if word)),
    )


def _units(text: str, limits: DiscoveryLimits) -> tuple[list[_Unit], tuple[str, ...]]:
    """The readable units, and the first fault of the XML."""
    body = xml_body(text)
    if body is None:
        return [], ("it contains no readable XML",)
    units: list[_Unit] = []
    parsing = etree.iterparse(
        io.BytesIO(body), recover=True, huge_tree=False, resolve_entities=False, no_network=True, load_dtd=False
    )
    fault = ""
    try:
        for _, element in parsing:
            if local_name(element) in _UNITS:
                units.append(_unit(element))
                element.clear()
    except etree.XMLSyntaxError as error:
        fault = error.msg
    fault = fault or next((entry.message for entry in parsing.error_log), "")
    ill_formed = (f"ill-formed XML: {fault[:200]}",) if fault else ()
    return units, (*ill_formed, *_beyond(len(units), limits))


def _date_of(unit: _Unit, *, now: dt.datetime) -> dt.datetime | None:
    """The first plausible date of a unit, for choosing among too many."""
    readings = (read_instant(unit.said.get(field, "")) for field in ("publication_date", "lastmod"))
    return next((found.at for found in readings if found and is_plausible(found.at, now)), None)


def _unit(element: etree._Element) -> _Unit:
    said: dict[str, str] = {}
    is_news = False
    for name, text, is_of_news in _fields(element):
        is_news |= is_of_news
        said.setdefault(name, text)
    return _Unit(local_name(element), said, is_news)


def _fields(element: etree._Element) -> Iterator[tuple[str, str, bool]]:
    """The unit's own fields and those of its news element, but not those of pictures, which also have a loc and a title."""
    for child in _first(element):
        name = local_name(child)
        if name in _PLAIN_FIELDS and not _is_picture(child):
            yield name, (child.text or "").strip()[:_LONGEST_FIELD], False
        elif name == "news":
            yield from ((field, text, True) for field, text in _news_fields(child))
        elif name in _NEWS_FIELDS and "news" in child.tag:
            yield name, (child.text or "").strip()[:_LONGEST_FIELD], True


def _news_fields(news: etree._Element) -> Iterator[tuple[str, str]]:
    yield "news", ""
    for child in _first(news):
        parts = _first(child) if local_name(child) == "publication" else (child,)
        for part in parts:
            if local_name(part) in _NEWS_FIELDS:
                yield local_name(part), (part.text or "").strip()[:_LONGEST_FIELD]


def _is_picture(child: etree._Element) -> bool:
    return "sitemap-image" in child.tag or "sitemap-video" in child.tag


def _first(element: etree._Element) -> Iterable[etree._Element]:
    return islice(element, _MOST_FIELDS)


def _newest_first(at: dt.datetime | None) -> float:
    """A sort key: newest first, undated last in their own order."""
    return -at.timestamp() if at else 0.0


def period_of(url: str) -> Span | None:
    """The year, month or day in an archive sitemap's name ("sitemap-2019-03.xml")."""
    named = _DATE_IN_NAME.search(url.rpartition("://")[2].partition("/")[2])
    if named is None:
        return None
    year, first, last = int(named[1]), int(named[2] or 1), int(named[2] or 12)
    days = calendar.monthrange(year, last)[1]
    begin = dt.datetime(year, first, min(int(named[3] or 1), days), tzinfo=dt.UTC)
    return Span(begin, dt.datetime(year, last, min(int(named[3] or 31), days), tzinfo=dt.UTC) + DAY)


def _names_a_sitemap(url: str) -> bool:
    """Whether an address is a sitemap's by its name: publishers list sitemaps as pages, too."""
    return _SITEMAP_FILE.search(urlsplit(url).path) is not None


def _period_end(url: str) -> dt.datetime | None:
    period = period_of(url)
    return period.latest if period else None


def _is_absolute(line: str) -> bool:
    return line.strip().lstrip("\ufeff").lower().startswith(("http://", "https://"))


def _beyond(count: int, limits: DiscoveryLimits) -> tuple[str, ...]:
    return (f"entries beyond {limits.max_sitemap_urls} left out",) if count > limits.max_sitemap_urls else ()


def _counted(what: str, count: int) -> tuple[str, ...]:
    return (f"{count} {what}",) if count > 0 else ()
