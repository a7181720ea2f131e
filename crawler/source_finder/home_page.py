"""Reads an outlet's home page for `dateline sources add`; pure, and run in the parser pool."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from lxml.html import HtmlElement

from crawler.discovery.discover import discover
from crawler.source_finder.probe import FoundLink, feed_links
from crawler.source_finder.wordpress import find_api
from dateline.html import parse_html
from dateline.sources.fields import slugify
from dateline.text import storable_line
from dateline.types.source import Discovery
from dateline.urls import is_home, site_of
from dateline.urls.article_url import score_url
from dateline.urls.link_score import LINK_POINTS, list_evidence

_LONGEST_TITLE = 200
_LONGEST_SCRIPT = 100_000
_ARTICLE_TYPE = re.compile(r'"@type"\s*:\s*"(?:News|Opinion|Reportage)?(?:NewsArticle|Article|BlogPosting)"')
_LANGUAGE = re.compile(r"([a-z]{2})(?:$|[-_])")
_SEPARATORS = re.compile(r"\s+[–—·•-]\s+|\s*[|»]\s*|:\s+")


@dataclass(frozen=True, slots=True)
class FrontPage:
    """A home page: the outlet's name, its language, the feeds that the page links to, and the articles that it names.

    `is_article`: it is an article itself, not a list. `api` is the root of WordPress' REST interface.
    """

    title: str | None
    language: str | None
    feeds: tuple[FoundLink, ...]
    discovery: Discovery
    is_article: bool = False
    api: str | None = None


def read_front_page(
    body: bytes, *, url: str, content_type: str | None, headers: Sequence[tuple[str, str]] = (), now: dt.datetime
) -> FrontPage:
    """The home page's facts; of a feed or sitemap in its place, the facts that it gives."""
    discovery = discover(body, url=url, content_type=content_type, kind="auto", now=now)
    if discovery.found_kind not in {"home", "section"}:
        return FrontPage(discovery.title, _code(discovery.language or ""), (), discovery)
    root = parse_html(body, content_type)
    language = _code(root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or "")
    feeds = tuple(feed_links(body, url, content_type, headers))
    api = find_api(root, url, headers)
    return FrontPage(_title(root, url), language, feeds, discovery, _is_article(root, url), api)


def _is_article(root: HtmlElement, url: str) -> bool:
    """Whether the page is an article: by its address or its own word, and not by its links a list."""
    if is_home(url) or list_evidence(root, url):
        return False
    types = root.xpath("//meta[@property='og:type']/@content") + root.xpath(
        "//script[contains(@type, 'ld+json')]/text()"
    )
    says_so = any(str(text).strip() == "article" or _ARTICLE_TYPE.search(str(text)[:_LONGEST_SCRIPT]) for text in types)
    return says_so or score_url(url).points > LINK_POINTS


def _title(root: HtmlElement, url: str) -> str | None:
    """The outlet's name: og:site_name, else the part of the title that is most similar to the site's address."""
    named = str(root.xpath("string(//meta[@property='og:site_name' or @name='application-name']/@content)"))
    if named.strip():
        return storable_line(named, _LONGEST_TITLE)
    parts = _SEPARATORS.split(storable_line(str(root.xpath("string(//title)")), _LONGEST_TITLE))
    label = site_of(url).partition(".")[0]
    return max(parts, key=lambda part: SequenceMatcher(None, slugify(part), label).ratio()) or None


def _code(language: str) -> str | None:
    """The ISO 639-1 code that a language tag begins with."""
    found = _LANGUAGE.match(language.strip().lower())
    return found[1] if found else None
