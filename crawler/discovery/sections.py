"""Home and section pages: which of their links lead to articles, and which to further sections.

Each link is scored by the shape of its URL, by its words, and by its place on the page. A page may link to a story by a
picture, a headline and a "more" link: the best score of these counts. There are no rules for single sites.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from lxml.html import HtmlElement

from crawler.discovery.article_url import LIST_NAMES, SERVICE_NAMES, Score, score_url
from crawler.discovery.limits import DiscoveryLimits
from dateline.html import parse_html
from dateline.text import storable_line
from dateline.types.article import Candidate
from dateline.types.source import Discovery, FeedKind
from dateline.urls import site_of
from dateline.urls.links import PageLink, page_links

LINK_POINTS = 3
"""A link with this many points or more leads to an article; measured on 20,000 links of 212 real pages."""

_MOST_LINKS = 5_000
_MOST_SECTIONS = 200
_MOST_ANCESTORS = 12
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_FURNITURE = frozenset({"nav", "header", "footer", "menu"})
_FURNITURE_NAMES = re.compile(
    r"(?:^|[\s_-])(?:nav|navi|navbar|navigation|menu|submenu|footer|breadcrumbs?|masthead|topbar|cookie|consent|social|share|"
    r"sharing|login|tags?|taglist|pagination|pager|subscribe|legal|langs?|languages?)(?:$|[\s_-])",
    re.IGNORECASE,
)
_OTHER_RELATIONS = frozenset({"tag", "author", "category", "license", "privacy-policy", "search", "me", "next", "prev"})
_WIDE_SCRIPT = re.compile("[\u0e00-\u0e7f\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True)
class ScoredLink:
    """One URL that a page links to, with its best title and the best score of all links to it."""

    url: str
    title: str
    score: Score


def read_section(text: str, *, url: str, kind: FeedKind, limits: DiscoveryLimits) -> Discovery:
    """The articles that a home or section page links to, in the order of the page."""
    root = parse_html(text)
    links = [link for link in score_links(root, url) if link.score.points >= LINK_POINTS]
    surplus = len(links) - limits.max_entries
    return Discovery(
        found_kind=kind,
        candidates=tuple(Candidate(link.url, "section", link.title or None) for link in links[: limits.max_entries]),
        title=_page_title(root),
        language=storable_line(root.get("lang") or "", 35) or None,
        warnings=(f"{surplus} links beyond {limits.max_entries}",) if surplus > 0 else (),
    )


def section_links(body: bytes, *, url: str, content_type: str | None = None) -> tuple[str, ...]:
    """The site's own pages that look like sections (short, plain paths), those linked from its navigation first."""
    root = parse_html(body, content_type)
    found = {link.url: _is_furniture(link.element) for link in _own_links(root, url) if _is_section(link)}
    return tuple(sorted(found, key=lambda address: not found[address]))[:_MOST_SECTIONS]


def score_links(root: HtmlElement, url: str) -> list[ScoredLink]:
    """Every URL of the same site that the page links to, once, with its score and its reasons."""
    found: dict[str, ScoredLink] = {}
    for link in _own_links(root, url):
        score, earlier = score_link(link), found.get(link.url)
        title = _title(link)
        if earlier is None:
            found[link.url] = ScoredLink(link.url, title, score)
        else:
            best = max(score, earlier.score, key=lambda known: known.points)
            found[link.url] = ScoredLink(link.url, max(title, earlier.title, key=len), best)
    return list(found.values())


def score_link(link: PageLink) -> Score:
    """The score of one link: by its URL's shape, its words and its place."""
    title = _title(link)
    evidence = [*_of_words(title), *_of_place(link, is_headline=_is_headline(title))]
    return score_url(link.url) + Score(sum(points for points, _ in evidence), tuple(reason for _, reason in evidence))


def _own_links(root: HtmlElement, url: str) -> Iterable[PageLink]:
    """Links to the same registrable domain, its subdomains included, but not to the page itself."""
    site = site_of(url)
    itself = url.partition("#")[0]
    links = islice(page_links(root, url), _MOST_LINKS)
    return (link for link in links if link.url != itself and site_of(link.url) == site)


def _of_words(title: str) -> list[tuple[int, str]]:
    if _is_headline(title):
        return [(2, "a headline's length")]
    if len(title.split()) >= 3 or len(_WIDE_SCRIPT.findall(title)) >= 6:
        return [(1, "several words")]
    return [(-1, "a word or two")] if title else []


def _is_headline(title: str) -> bool:
    """Whether the title is longer than names of sections; scripts without spaces are counted in characters."""
    return len(title.split()) >= 5 or len(_WIDE_SCRIPT.findall(title)) >= 10


def _of_place(link: PageLink, *, is_headline: bool) -> list[tuple[int, str]]:
    evidence = []
    if not _OTHER_RELATIONS.isdisjoint(link.rel):
        evidence.append((-4, "a relation that no article has"))
    if "sponsored" in link.rel:
        evidence.append((-9, "paid for"))
    if _heading_within(link.element) is not None or _has_ancestor(link.element, _HEADINGS, 3):
        evidence.append((3, "a headline in a heading") if is_headline else (2, "a heading"))
    elif _is_furniture(link.element):
        evidence.append((-3, "in navigation"))
    if _has_ancestor(link.element, frozenset({"article"}), _MOST_ANCESTORS):
        evidence.append((1, "in an article element"))
    return evidence


def _is_furniture(element: HtmlElement) -> bool:
    return any(
        node.tag in _FURNITURE
        or node.get("role") in {"navigation", "contentinfo", "menu"}
        or _FURNITURE_NAMES.search(f"{node.get('class') or ''} {node.get('id') or ''}"[:500])
        for node in islice(element.iterancestors(), _MOST_ANCESTORS)
        if node.tag not in {"body", "html"}
    )


def _has_ancestor(element: HtmlElement, tags: frozenset[str], nearest: int) -> bool:
    return any(node.tag in tags for node in islice(element.iterancestors(), nearest))


def _heading_within(element: HtmlElement) -> HtmlElement | None:
    return next((node for node in islice(element.iter(), 32) if node.tag in _HEADINGS), None)


def _title(link: PageLink) -> str:
    """The headline of the link: the heading inside it if there is one, else its text."""
    heading = _heading_within(link.element)
    if heading is None:
        return link.text
    return storable_line(" ".join(islice(map(str, heading.itertext()), 64)), 500) or link.text


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
