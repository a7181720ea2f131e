"""Home and section pages: which of their links lead to articles, and which to further sections.

Each link is scored by the shape of its URL, by its words, and by its place on the page. A page may link to a story by a
picture, a headline and a "more" link: the best score of these counts. There are no rules for single sites.
"""

from __future__ import annotations

import re
from itertools import islice

from lxml.html import HtmlElement

from crawler.discovery.item_list import listed_urls
from crawler.discovery.limits import DiscoveryLimits
from dateline.html import parse_html
from dateline.text import quantity, storable_line
from dateline.types.article import Candidate
from dateline.types.source import Discovery, FeedKind
from dateline.urls.article_url import LIST_NAMES, SERVICE_NAMES
from dateline.urls.link_score import (
    HEADLINE,
    LINK_POINTS,
    NAVIGATION,
    ScoredLink,
    is_furniture,
    own_links,
    score_link,
    score_links,
)
from dateline.urls.links import PageLink
from dateline.urls.next_page import next_page

_MOST_SECTIONS = 200
_MOST_PAGES = 10
_MOST_WATCHED = 5
_DAY = re.compile(r"/(?:19|20)\d\d(?:[/-]?[01]\d(?:[/-]?[0-3]\d)?|/\d/\d{1,2})/?(?:index\.\w{2,5})?(?:[?#]|$)")
"""The end of an address of a day's or month's archive ("/2026/05/04/", "/archive/20260504")."""


def read_section(text: str, *, url: str, kind: FeedKind, limits: DiscoveryLimits) -> Discovery:
    """The articles that a home or section page links to, in the order of the page."""
    root = parse_html(text)
    links = [link for link in score_links(root, url) if link.score.points >= LINK_POINTS or _is_of_day(link, url)]
    found = {link.url: link.title or None for link in links}
    found |= {address: found.get(address) for address in listed_urls(root, url)}
    surplus = len(found) - limits.max_entries
    return Discovery(
        found_kind=kind,
        candidates=tuple(
            Candidate(each, "section", title) for each, title in islice(found.items(), limits.max_entries)
        ),
        title=_page_title(root),
        language=storable_line(root.get("lang") or "", 35) or None,
        warnings=(f"{quantity(surplus, 'link')} beyond {limits.max_entries}",) if surplus > 0 else (),
    )


def _is_of_day(link: ScoredLink, url: str) -> bool:
    """Whether the page lists what appeared on a day or in a month, and the link is a headline, however short its address."""
    return HEADLINE in link.score.reasons and NAVIGATION not in link.score.reasons and bool(_DAY.search(url))


def section_links(body: bytes, *, url: str, content_type: str | None = None) -> tuple[str, ...]:
    """The site's own pages that look like sections (short, plain paths), those linked from its navigation first."""
    root = parse_html(body, content_type)
    found = {link.url: is_furniture(link.element) for link in own_links(root, url) if _is_section(link)}
    return tuple(sorted(found, key=lambda address: not found[address]))[:_MOST_SECTIONS]


def further_page(body: bytes, *, url: str, content_type: str | None = None, is_watched: bool = False) -> str | None:
    """The next page of a list in several pages, up to the tenth (of a watched list the fifth): its address differs only in
    the page's number."""
    found = next_page(parse_html(body, content_type), url)
    return found.url if found and found.number <= (_MOST_WATCHED if is_watched else _MOST_PAGES) else None


def _is_section(link: PageLink) -> bool:
    """Whether a link leads to a section: one to three plain path segments; no number, service or list name."""
    path, _, query = link.url.partition("://")[2].partition("/")[2].partition("?")
    segments = [segment.lower() for segment in path.split("/") if segment]
    is_short = 1 <= len(segments) <= 3 and len(link.text) <= 40 and not query
    is_plain = not any(character.isdigit() for character in path) and score_link(link).points < LINK_POINTS
    is_named = SERVICE_NAMES.isdisjoint(segments) and LIST_NAMES.isdisjoint(segments) and "." not in path
    return is_short and is_plain and is_named and bool(link.text) and not link.is_nofollow


def _page_title(root: HtmlElement) -> str | None:
    return storable_line(root.findtext(".//title") or "", 500) or None
