"""Discovery: reads the bytes of a watched page and returns the articles that it names. Pure; clock and limits are arguments.

    bytes ─► unpacked ─► text ─► what is it? ─► feeds | json_feed | sitemaps | sections ─► Discovery

The bytes decide what a page is: servers label feeds text/html, and feed URLs answer with error pages.
"""

from __future__ import annotations

import datetime as dt
import html
import re
from dataclasses import replace
from typing import Literal
from urllib.parse import urlsplit

from crawler.discovery.feeds import read_feed
from crawler.discovery.gunzip import unpack
from crawler.discovery.json_feed import json_feed_start, read_json_feed
from crawler.discovery.limits import DiscoveryLimits
from crawler.discovery.sections import read_section
from crawler.discovery.sitemaps import looks_like_text_sitemap, read_robots_txt, read_sitemap, read_text_sitemap
from crawler.discovery.xml_text import root_name
from dateline.html import decode_html
from dateline.types.source import Discovery, FeedKind
from dateline.urls import identify, unwrap

__all__ = ["READER", "DiscoveryLimits", "DocumentForm", "discover", "sniff"]

READER = "discovery/1"
"""Name and version of the reader of watched pages: a new version tries again the pages that broke the old one."""

DocumentForm = Literal["feed", "json", "sitemap", "text_sitemap", "robots", "html", "unknown"]
"""What the bytes are, whatever their content type says."""

_DEFAULT_LIMITS = DiscoveryLimits()
_FORM_OF_ROOT: dict[str, DocumentForm] = {
    "rss": "feed",
    "channel": "feed",
    "rdf": "feed",
    "feed": "feed",
    "entry": "feed",
    "urlset": "sitemap",
    "sitemapindex": "sitemap",
}
_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body|title|meta|div|p|a|h1|script|table|main)[\s>/]", re.IGNORECASE)
_SHOWN_SOURCE = re.compile(
    r"<(?:pre|code|textarea)\b[^>]{0,200}>\s*((?:<[^>]{0,200}>\s*){0,9}&lt;(?:\?xml|rss|feed|rdf:RDF)\b.*)", re.DOTALL
)
"""A feed's source that an HTML page shows to readers."""
_TAGS = re.compile(r"<[^<>]{0,2000}>")
_SNIFFED_CHARACTERS = 65_536
_EXPECTED: dict[FeedKind, frozenset[DocumentForm]] = {
    "feed": frozenset({"feed", "json"}),
    "wordpress": frozenset({"json"}),
    "news_sitemap": frozenset({"sitemap", "text_sitemap"}),
    "sitemap": frozenset({"sitemap", "text_sitemap", "robots"}),
    "section": frozenset({"html"}),
    "home": frozenset({"html"}),
}


def discover(
    body: bytes,
    *,
    url: str,
    content_type: str | None,
    kind: FeedKind,
    now: dt.datetime,
    limits: DiscoveryLimits = _DEFAULT_LIMITS,
) -> Discovery:
    """The articles that a watched page names. Never raises, whatever bytes a site sent.

    `kind` is what the page is watched as; a warning says so where the bytes are something else. HTML in place of a
    feed or sitemap is usually an error or consent page, so its links are not followed.
    """
    unpacked = unpack(body, limits.max_bytes)
    text = decode_html(unpacked.body, content_type)
    form = sniff(text)
    if form == "unknown" and urlsplit(url).path == "/robots.txt":
        form = "robots"
    if form == "html" and kind == "feed" and (source := _SHOWN_SOURCE.search(text)):
        text = html.unescape(_TAGS.sub("", source[1]))
        form = sniff(text)
    if form == "html" and kind in {"feed", "wordpress", "news_sitemap", "sitemap"}:
        found = Discovery(found_kind="section")
    else:
        found = _read(form, text, url, kind, now, limits)
    return replace(
        found,
        warnings=(*unpacked.warnings, *_surprise(form, kind), *found.warnings),
        identities=identify(unwrap(candidate.url) for candidate in found.candidates),
    )


def sniff(text: str) -> DocumentForm:
    """What a text is: an XML feed or sitemap, JSON, a list of URLs, HTML, or unknown."""
    head = text[:_SNIFFED_CHARACTERS].lstrip("\ufeff \t\r\n")
    if head.startswith(("{", "[")):
        return "json"
    root = (root_name(text) or "").rpartition(":")[2].lower()
    if root in _FORM_OF_ROOT:
        return _FORM_OF_ROOT[root]
    if looks_like_text_sitemap(head):
        return "text_sitemap"
    if root != "html" and json_feed_start(text) is not None:
        return "json"
    return "html" if root == "html" or _HTML.search(head) else "unknown"


def _read(
    form: DocumentForm, text: str, url: str, kind: FeedKind, now: dt.datetime, limits: DiscoveryLimits
) -> Discovery:
    match form:
        case "feed":
            return read_feed(text, url=url, now=now, limits=limits)
        case "json":
            return read_json_feed(text, url=url, now=now, limits=limits)
        case "sitemap":
            return read_sitemap(text, url=url, now=now, limits=limits)
        case "text_sitemap":
            return read_text_sitemap(text, url=url, limits=limits)
        case "html":
            return read_section(text, url=url, kind=_page_kind(kind, url), limits=limits)
        case "robots":
            return read_robots_txt(text, url=url)
        case "unknown":
            return Discovery(found_kind=None)


def _page_kind(kind: FeedKind, url: str) -> FeedKind:
    if kind in {"home", "section"}:
        return kind
    return "home" if urlsplit(url).path in {"", "/"} else "section"


def _surprise(form: DocumentForm, kind: FeedKind) -> tuple[str, ...]:
    if form == "unknown":
        return ("not a feed, a sitemap or an HTML page",)
    if form in _EXPECTED.get(kind, {form}):
        return ()
    return (f"watched as {kind.replace('_', ' ')}, but it is {form.replace('_', ' ')}",)
