"""Reads a list of a source's past: which articles it names, and which lists are to be read because of it; pure.

    home page, robots.txt ─► WordPress REST │ archived feeds │ sitemaps │ section pages │ captures ─► articles, further lists

A list of another site is never read: it is not this source's history, and a link there may lead anywhere.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urljoin

from lxml.html import HtmlElement

from crawler.discovery.discover import discover
from crawler.discovery.gunzip import unpack
from crawler.discovery.limits import DiscoveryLimits
from crawler.discovery.sitemaps import period_of, robots_sitemaps
from crawler.history.feed_pages import earlier_feed
from crawler.history.lists import ListedArticle, Listing, ListToRead, Window, are_past, listed, period_page
from crawler.history.posts import first_posts, further_posts, page_number, shorter_posts
from crawler.history.wayback import first_captures, read_captures
from crawler.source_finder.wordpress import api_of, find_api, usual_api
from dateline.html import decode_html, parse_html
from dateline.instants.spans import Span
from dateline.types.source import ChildPage, Discovery, FeedKind
from dateline.urls import is_home, site_of
from dateline.urls.links import page_links
from dateline.urls.next_page import next_list
from dateline.urls.wrappers import unwrap

MOST_LEVELS = 4
"""Sitemap indexes above a sitemap: the protocol allows one (sitemaps.org); some sites have two."""
SHORTEST_MONTH = dt.timedelta(days=28)
MOST_LISTS = 20_000
"""Sitemaps that are taken from an index."""
_LIMITS = DiscoveryLimits(max_children=50_000)
_OF_LISTS = re.compile(r"/(?:wp-sitemap-(?:taxonomies|users)-[^/]*|(?:category|post_tag|author|page)-sitemap\d*\.xml)$")
"""Sitemaps of a WordPress site that name no articles."""
_ARCHIVE = re.compile(
    r"/(?:news-?)?(?:archiv(?:es?|e?s?|o|io|um)|archief|archiwum|arkiv|arquivo|arsiv|arsip|hemeroteca)/?(?:\.\w{2,5})?$",
    re.IGNORECASE,
)
"""The page that leads to a site's older articles."""
_NUMBERS = re.compile(r"\d+")
_TOO_MANY = frozenset({"http_400", "http_413", "http_500", "http_502", "http_503", "http_504", "timeout", "too_large"})
"""Why a list of posts can't be read that is too long for its site."""
_USUAL_SITEMAPS = ("/sitemap.xml", "/sitemap_index.xml", "/wp-sitemap.xml")


@dataclass(frozen=True, slots=True)
class Reading:
    """A list as it was fetched, and what is asked of it. `sites` are the source's own."""

    way: str
    url: str
    depth: int
    content_type: str | None
    headers: tuple[tuple[str, str], ...]
    window: Window
    sites: tuple[str, ...]
    now: dt.datetime


def first_lists(
    home: str, watched: Iterable[tuple[str, FeedKind]], window: Window, *, wayback_url: str | None
) -> tuple[ListToRead, ...]:
    """The lists to begin with: the home page and robots.txt, which name others, and the pages that the source watches."""
    ways: dict[FeedKind, str] = {
        "wordpress": "wordpress",
        "feed": "feed_archive",
        "sitemap": "sitemap",
        "news_sitemap": "sitemap",
        "section": "section",
        "home": "section",
    }
    pages = [
        ListToRead(ways.get(kind, "section"), first_posts(api_of(url), window) if kind == "wordpress" else url)
        for url, kind in watched
    ]
    start = [ListToRead("start", urljoin(home, "/robots.txt"), is_guess=True), ListToRead("start", home)]
    captures = [ListToRead("wayback", first_captures(wayback_url, site_of(home), window))] if wayback_url else []
    return (*start, *pages, ListToRead("section", home), *captures)


def read_list(body: bytes, *, reading: Reading) -> Listing:
    """What the list names. Never raises, whatever bytes a site sent."""
    match reading.way:
        case "start":
            found = _read_start(body, reading)
        case "wayback":
            found = _read_captures(body, reading)
        case "wordpress":
            found = _read_posts(body, reading)
        case "feed_archive":
            found = _read_feed(body, reading)
        case "sitemap":
            found = _read_sitemap(body, reading)
        case _:
            found = _read_section(body, reading)
    return _own(found, reading)


def _own(found: Listing, reading: Reading) -> Listing:
    """The listing without what is of other sites or leads there, and with a note of that."""
    articles = tuple(one for one in found.articles if site_of(unwrap(one.candidate.url)) in reading.sites)
    is_own = [one.way == "wayback" or site_of(one.url) in reading.sites for one in found.further]
    further = tuple(one for one, own in zip(found.further, is_own, strict=True) if own)
    strange = next((one.url for one, own in zip(found.further, is_own, strict=True) if not own), None)
    note = f"it goes on at another site, which is not followed: {strange[:200]}" if strange else found.note
    if not note and (others := len(found.articles) - len(articles)):
        note = f"{others} addresses of other sites were left out"
    return replace(found, articles=articles, further=further, note=note)


def _discovered(body: bytes, reading: Reading, kind: FeedKind) -> Discovery:
    return discover(
        body, url=reading.url, content_type=reading.content_type, kind=kind, now=reading.now, limits=_LIMITS
    )


def _articles(found: Discovery, window: Window) -> tuple[ListedArticle, ...]:
    return tuple(listed(one, window) for one in found.candidates if not is_home(one.url))


def _read_start(body: bytes, reading: Reading) -> Listing:
    if reading.url.endswith("/robots.txt"):
        named = robots_sitemaps(unpack(body, _LIMITS.max_bytes).body, reading.url)
        return Listing(further=tuple(ListToRead("sitemap", url) for url in named) or _usual_sitemaps(reading.url))
    text = decode_html(unpack(body, _LIMITS.max_bytes).body, reading.content_type)
    api = find_api(parse_html(text), reading.url, reading.headers)
    guess = usual_api(text, reading.url) if api is None else None
    where = api or guess
    if where is None:
        return Listing()
    return Listing(further=(ListToRead("wordpress", first_posts(where, reading.window), is_guess=api is None),))


def _usual_sitemaps(url: str) -> tuple[ListToRead, ...]:
    return tuple(ListToRead("sitemap", urljoin(url, path), is_guess=True) for path in _USUAL_SITEMAPS)


def in_place_of(way: str, url: str, reason: str) -> tuple[ListToRead, ...]:
    """What to read where a list can't be: the usual sitemaps for robots.txt, shorter lists for too many posts."""
    if way == "start" and url.endswith("/robots.txt"):
        return _usual_sitemaps(url)
    shorter = shorter_posts(url) if way == "wordpress" and reason in _TOO_MANY else None
    return (ListToRead("wordpress", shorter),) if shorter else ()


def _read_posts(body: bytes, reading: Reading) -> Listing:
    found = _discovered(body, reading, "feed")
    if found.found_kind != "wordpress":
        return Listing(fault=_what(found, "a list of posts"))
    articles = _articles(found, reading.window)
    dates = [one.published_at and one.published_at.replace(tzinfo=None) for one in found.candidates]
    url = None if are_past(articles, reading.window) else further_posts(reading.url, dates)
    further = (ListToRead("wordpress", url, is_guess=page_number(url) > 1),) if url else ()
    return Listing(articles, further, note=_note(found), identities=found.identities)


def _read_feed(body: bytes, reading: Reading) -> Listing:
    found = _discovered(body, reading, "feed")
    if found.found_kind != "feed":
        return Listing(fault=_what(found, "a feed"))
    articles = _articles(found, reading.window)
    text = decode_html(unpack(body, _LIMITS.max_bytes).body, reading.content_type)
    url = None if are_past(articles, reading.window) else earlier_feed(text, reading.url, reading.headers)
    is_guess = url is not None and "paged=" in url
    further = (ListToRead("feed_archive", url, is_guess=is_guess),) if url else ()
    return Listing(articles, further, note=_note(found), identities=found.identities)


def _read_sitemap(body: bytes, reading: Reading) -> Listing:
    found = _discovered(body, reading, "sitemap")
    if found.found_kind not in ("sitemap", "news_sitemap"):
        return Listing(fault=_what(found, "a sitemap"))
    numbered = frozenset(_stem(child) for child in found.children if period_of(child.url) is None)
    periods = {child.url: _period(child, numbered) for child in found.children}
    children = [child for child in found.children if _may_hold(child, periods[child.url], reading.window)]
    if children and reading.depth >= MOST_LEVELS:
        return Listing(note=f"{len(children)} sitemaps more than {MOST_LEVELS} indexes deep were left out")
    further = tuple(
        ListToRead("sitemap", child.url, _newest(child, periods[child.url]), depth=reading.depth + 1)
        for child in sorted(children, key=lambda child: child.url, reverse=True)
    )
    surplus = f"{len(further) - MOST_LISTS} sitemaps beyond {MOST_LISTS}" if len(further) > MOST_LISTS else None
    return Listing(
        _articles(found, reading.window),
        further[:MOST_LISTS],
        note=surplus or _note(found),
        identities=found.identities,
    )


def _stem(child: ChildPage) -> str:
    return _NUMBERS.sub("#", child.url)


def _period(child: ChildPage, numbered: Container[str]) -> Span | None:
    """The period in a sitemap's name; a year alone is none where its neighbours have other numbers in its place."""
    period = period_of(child.url)
    is_year = period is not None and period.latest - period.earliest > dt.timedelta(days=300)
    return None if is_year and _stem(child) in numbered else period


def _may_hold(child: ChildPage, period: Span | None, window: Window) -> bool:
    """Whether a sitemap may name articles within the dates: by its name, and by its last change, which came later."""
    if _OF_LISTS.search(child.url):
        return False
    changed = child.modified_at
    is_old = changed is not None and changed + dt.timedelta(days=1) < window.since
    return not is_old and (period is None or window.holds(period))


def _newest(child: ChildPage, period: Span | None) -> dt.datetime | None:
    return period.latest if period else child.modified_at


def _read_section(body: bytes, reading: Reading) -> Listing:
    found = _discovered(body, reading, "section")
    if found.found_kind not in ("section", "home"):
        return Listing(fault=_what(found, "a page of links"))
    articles = _articles(found, reading.window)
    root = parse_html(unpack(body, _LIMITS.max_bytes).body, reading.content_type)
    following = None if are_past(articles, reading.window) else next_list(root, reading.url)
    pages = [ListToRead("section", following, _latest(reading.url), reading.depth)] if following else []
    further = (*pages, *_archives(root, reading, is_empty=not articles))
    return Listing(articles, further, note=_note(found), identities=found.identities)


def _latest(url: str) -> dt.datetime | None:
    period = period_page(url)
    return period.latest if period else None


def _archives(root: HtmlElement, reading: Reading, *, is_empty: bool) -> Iterator[ListToRead]:
    """The page of the site's archive, and lists of years, months and days within the dates, as far as the page names them.

    A list of a time that names articles is not read again by its parts; it may lead to the time before it.
    """
    here = period_page(reading.url)
    for url in dict.fromkeys(link.url for link in page_links(root, reading.url)):
        period = period_page(url)
        if period is None:
            if reading.depth == 0 and _ARCHIVE.search(url):
                yield ListToRead("section", url, depth=1)
        elif reading.window.holds(period) and (here is None or (period != here and period.latest <= here.latest)):
            is_part = here is None or period.earliest >= here.earliest
            is_day = period.latest - period.earliest < SHORTEST_MONTH
            if not is_part:
                yield ListToRead("section", url, period.latest, reading.depth)
            elif reading.depth < MOST_LEVELS and not (is_day if here is None else not is_empty):
                yield ListToRead("section", url, period.latest, reading.depth + 1)


def _read_captures(body: bytes, reading: Reading) -> Listing:
    found = read_captures(unpack(body, _LIMITS.max_bytes).body, reading.url, reading.sites[0])
    if found is None:
        return Listing(fault="not a list of captures")
    candidates, following = found
    further = (ListToRead("wayback", following),) if following else ()
    return Listing(tuple(listed(one, reading.window) for one in candidates), further)


def _what(found: Discovery, wanted: str) -> str:
    is_html = found.found_kind in ("home", "section")
    return f"HTML instead of {wanted}" if is_html else "; ".join((f"not {wanted}", *found.warnings[:2]))


def _note(found: Discovery) -> str | None:
    """What was left out of a list: warnings about surplus and cut bodies."""
    notes: Sequence[str] = [text for text in found.warnings if "beyond" in text or "cut" in text]
    return "; ".join(notes[:2]) or None
