"""Where a site's feeds and sitemaps may be, and which of them are worth watching, for `dateline sources add`.

Pure: the caller fetches the URLs and passes the results back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from crawler.discovery.link_header import links_of
from dateline.html import parse_html
from dateline.text import storable_line
from dateline.types.source import Discovery, FeedKind
from dateline.urls import site_of
from dateline.urls.links import absolute_url, base_url, page_links

_FEED_TYPES = frozenset(
    {
        "application/rss+xml",
        "application/atom+xml",
        "application/rdf+xml",
        "application/feed+json",
        "application/x-rss+xml",
        "application/xml",
        "text/xml",
    }
)

_FEED_WORD = re.compile(
    r"(?:^|[/._?=&-])(?:rss\d?|atom|feeds?|rdf|xmlfeed|feed\.json|index\.xml)(?:$|[/._?=&-])", re.IGNORECASE
)
_FEED_LABEL = re.compile(
    r"(?:rss|atom|xml|news)?[ -]?feeds?|(?:rss|atom)(?: [\d.]+)?|xml|(?:subscribe|abonnieren) (?:via|per) rss",
    re.IGNORECASE,
)
_COMMENTS = re.compile(
    r"(?:^|[/_?=&\s-])(?:comments?|kommentare?|commentaires?|comentarios|reacties|replies)(?:$|[/_?=&\s-])", re.I
)
_COMMENT_TITLE = re.compile(
    r"(?:comments? (?:on|for|to)\b|kommentare (?:zu|für)\b|commentaires? (?:sur|pour)\b|.*comments? feed$)", re.I
)
_MOST_FOUND = 50
_MOST_LINKS = 5_000
_SAME_SHARE = 0.8

_USUAL_FEEDS = (
    *("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feed/", "/rss/", "/feeds/all", "/feeds"),
    *(
        "/index.rdf",
        "/rss/index.xml",
        "/rss/all.xml",
        "/rss/news.xml",
        "/news/rss.xml",
        "/news/feed",
        "/feed/rss",
        "/feed.json",
    ),
    *("/arc/outboundfeeds/rss/?outputType=xml", "/rssfeeds", "/feeds/posts/default"),
)
_USUAL_SITEMAPS = (
    *("/news-sitemap.xml", "/sitemap_news.xml", "/sitemap-news.xml", "/sitemap.xml", "/sitemap_index.xml"),
    *("/sitemap-index.xml", "/googlenews.xml", "/sitemaps/news.xml", "/arc/outboundfeeds/news-sitemap/?outputType=xml"),
)


@dataclass(frozen=True, slots=True)
class FoundLink:
    """A feed that a page links to, with the title of the link."""

    url: str
    kind: FeedKind
    title: str | None = None


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """The discovery of a URL that was tried."""

    url: str
    discovery: Discovery


def feed_links(
    body: bytes, url: str, content_type: str | None = None, headers: Sequence[tuple[str, str]] = ()
) -> list[FoundLink]:
    """The feeds that a page declares in its Link headers or elements, then those that it links to; without comment feeds."""
    root = parse_html(body, content_type)
    found: dict[str, FoundLink] = {}
    for link in [*_in_headers(headers, url), *_declared(root, url), *_linked(root, url)]:
        if not _is_comment_feed(link.url, link.title):
            found.setdefault(link.url, link)
    return list(found.values())[:_MOST_FOUND]


def usual_paths(home: str) -> list[str]:
    """The usual URLs of feeds and sitemaps on the home page's host, likeliest first.

    For a home page in a folder ("https://site/en/") also those in its folder.
    """
    folder = urlsplit(home).path.rstrip("/")
    in_folder = [f"{folder}{path}" for path in _USUAL_FEEDS[:4]] if folder else []
    urls = (absolute_url(path, home) for path in (*in_folder, *_USUAL_FEEDS, *_USUAL_SITEMAPS))
    return list(dict.fromkeys(url for url in urls if url))


def rank_found(results: Iterable[ProbeResult]) -> list[ProbeResult]:
    """The pages worth watching, best first: feeds by their number of entries, then news sitemaps, then other sitemaps.

    Of pages that name the same articles only the best is kept (a feed at two URLs, RSS beside Atom); comment feeds,
    empty pages and HTML are left out.
    """
    worthy = [result for result in results if _is_worthy(result.discovery, result.url)]
    kept: list[ProbeResult] = []
    for result in sorted(worthy, key=_rank):
        if not any(_name_the_same(result.discovery, other.discovery) for other in kept):
            kept.append(result)
    return kept


def _rank(result: ProbeResult) -> tuple[int, int]:
    order: dict[FeedKind | None, int] = {"feed": 0, "wordpress": 1, "news_sitemap": 2, "sitemap": 3}
    return order[result.discovery.found_kind], -len(result.discovery.candidates)


def _is_worthy(discovery: Discovery, url: str) -> bool:
    is_machine_made = discovery.found_kind in {"feed", "wordpress", "news_sitemap", "sitemap"}
    has_comments = _is_comment_feed(url, discovery.title) or any(
        "#comment" in (page.guid or "") for page in discovery.candidates
    )
    return is_machine_made and bool(_named(discovery)) and not has_comments


def _name_the_same(one: Discovery, other: Discovery) -> bool:
    """Whether two pages of one kind name the same articles: nearly all, as new ones may appear between two fetches."""
    mine, theirs = _named(one), _named(other)
    return one.found_kind == other.found_kind and len(mine & theirs) >= _SAME_SHARE * len(mine | theirs)


def _named(discovery: Discovery) -> frozenset[str]:
    pages = (page.url.partition("?")[0] or page.url for page in discovery.candidates)
    return frozenset(pages) | frozenset(child.url for child in discovery.children)


def _in_headers(headers: Sequence[tuple[str, str]], url: str) -> Iterator[FoundLink]:
    for target, relations, kind in links_of(headers, url):
        if _is_declared(relations, kind, target):
            yield FoundLink(target, "feed")


def _declared(root: HtmlElement, url: str) -> Iterator[FoundLink]:
    base = base_url(root, url)
    for link in root.iter("link"):
        target = absolute_url(link.get("href") or "", base)
        if target and _is_declared((link.get("rel") or "").lower().split(), link.get("type") or "", target):
            yield FoundLink(target, "feed", storable_line(link.get("title") or "", 200) or None)


def _is_declared(relations: Sequence[str], media_type: str, target: str) -> bool:
    """Whether a link is rel=alternate of a feed's type (RSS Advisory Board, "RSS Autodiscovery"), or rel=feed.

    XML and JSON are also what oEmbed links have, JSON that of wp-json, too: taken for a feed only if the URL looks like one.
    """
    kind = media_type.partition(";")[0].strip().lower()
    is_feed = kind in _FEED_TYPES or (kind == "application/json" and _looks_like_feed(target))
    return "feed" in relations or ("alternate" in relations and is_feed and "oembed" not in target.lower())


def _linked(root: HtmlElement, url: str) -> Iterator[FoundLink]:
    for link in islice(page_links(root, url), _MOST_LINKS):
        is_feed = _looks_like_feed(link.url) or _FEED_LABEL.fullmatch(link.text)
        if is_feed and site_of(link.url) == site_of(url):
            yield FoundLink(link.url, "feed", link.text or None)


def _looks_like_feed(url: str) -> bool:
    parts = urlsplit(url)
    return bool(_FEED_WORD.search(f"{parts.path}?{parts.query}"))


def _is_comment_feed(url: str, title: str | None) -> bool:
    parts = urlsplit(url)
    return bool(_COMMENTS.search(f"{unquote(parts.path)}?{parts.query}") or _COMMENT_TITLE.match(title or ""))
