"""An outlet's listings as bytes that readers of feeds know: RSS 2.0, Atom, JSON Feed, news sitemaps and their index."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

from dateline.demo.listings import Item
from dateline.demo.outlets import Listing, Outlet

XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
SITEMAP = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
NEWS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
CUT_OFF = "<description>"
"""Where the ill-formed feed ends: inside its last item's description, after the link."""


def rss(outlet: Outlet, listing: Listing, items: Sequence[Item]) -> str:
    """RSS 2.0. A broken one has bare ampersands and ends in mid-item, as if its writer had been interrupted."""
    parts = [
        f'{XML}<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom">',
        f"<channel><title>{escape(outlet.title)}</title><link>{outlet.home}</link>",
        f'<atom:link rel="self" type="application/rss+xml" href="http://{outlet.host}{listing.path}"/>',
        f"<description>{escape(outlet.title)}: news &amp; views</description><language>{outlet.language}</language>",
        *(_rss_item(item) for item in items),
        "</channel></rss>\n",
    ]
    whole = "\n".join(part for part in parts if part)
    return _broken(whole) if listing.is_broken else whole


def _broken(feed: str) -> str:
    end = feed.rindex(CUT_OFF) + len(CUT_OFF) + 12
    return feed[:end].replace("&amp;", "&")


def _rss_item(item: Item) -> str:
    creators = "".join(f"<dc:creator>{escape(name)}</dc:creator>" for name in item.authors)
    return (
        f"<item><title>{escape(item.title)}</title><link>{escape(item.url)}</link>"
        f'<guid isPermaLink="false">{escape(item.guid)}</guid><category>{escape(item.section)}</category>{creators}'
        f"<pubDate>{format_datetime(item.published_at)}</pubDate><description>{escape(item.summary)}</description></item>"
    )


def atom(outlet: Outlet, listing: Listing, items: Sequence[Item]) -> str:
    """Atom 1.0 (RFC 4287); each entry tells when it was last changed."""
    address = f"http://{outlet.host}{listing.path}"
    entries = "\n".join(_atom_entry(item) for item in items)
    return (
        f'{XML}<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{outlet.language}"><id>{address}</id>'
        f'<title>{escape(outlet.title)}</title><link rel="self" href="{address}"/><link href="{outlet.home}"/>'
        f"<updated>{newest_change(items).isoformat()}</updated>\n{entries}\n</feed>\n"
    )


def _atom_entry(item: Item) -> str:
    body = "".join(f"<p>{escape(text)}</p>" for text in item.paragraphs)
    content = f'<content type="html">{escape(body)}</content>' if body else ""
    authors = "".join(f"<author><name>{escape(name)}</name></author>" for name in item.authors)
    return (
        f'<entry><id>{escape(item.guid)}</id><title>{escape(item.title)}</title><link rel="alternate" '
        f"href={quoteattr(item.url)}/>{authors}<category term={quoteattr(item.section)}/>"
        f"<published>{item.published_at.isoformat()}</published><updated>{item.modified_at.isoformat()}</updated>"
        f"<summary>{escape(item.summary)}</summary>{content}</entry>"
    )


def json_feed(outlet: Outlet, listing: Listing, items: Sequence[Item]) -> str:
    """JSON Feed 1.1."""
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.title,
        "home_page_url": outlet.home,
        "feed_url": f"http://{outlet.host}{listing.path}",
        "language": outlet.language,
        "items": [_json_item(item) for item in items],
    }
    return json.dumps(document, ensure_ascii=False, indent=1)


def _json_item(item: Item) -> dict[str, object]:
    return {
        "id": item.guid,
        "url": item.url,
        "title": item.title,
        "summary": item.summary,
        "date_published": item.published_at.isoformat(),
        "date_modified": item.modified_at.isoformat(),
        "authors": [{"name": name} for name in item.authors],
        "tags": list(item.tags),
        "language": item.language,
    }


def news_sitemap(outlet: Outlet, items: Iterable[Item]) -> str:
    """A news sitemap: publication, language, instant and title of each story."""
    rows = "\n".join(
        f"<url><loc>{escape(item.url)}</loc><lastmod>{item.modified_at.isoformat()}</lastmod><news:news>"
        f"<news:publication><news:name>{escape(outlet.title)}</news:name><news:language>{item.language}</news:language>"
        f"</news:publication><news:publication_date>{item.published_at.isoformat()}</news:publication_date>"
        f"<news:title>{escape(item.title)}</news:title></news:news></url>"
        for item in items
    )
    return f"{XML}<urlset {SITEMAP} {NEWS}>\n{rows}\n</urlset>\n"


def sitemap(items: Iterable[Item]) -> str:
    """A plain sitemap: addresses with their last change."""
    rows = "\n".join(
        f"<url><loc>{escape(item.url)}</loc><lastmod>{item.modified_at.isoformat()}</lastmod></url>" for item in items
    )
    return f"{XML}<urlset {SITEMAP}>\n{rows}\n</urlset>\n"


def sitemap_index(outlet: Outlet, children: Iterable[tuple[Listing, dt.datetime]]) -> str:
    """A sitemap index: its sitemaps with their last change."""
    rows = "\n".join(
        f"<sitemap><loc>http://{outlet.host}{child.path}</loc><lastmod>{modified_at.isoformat()}</lastmod></sitemap>"
        for child, modified_at in children
    )
    return f"{XML}<sitemapindex {SITEMAP}>\n{rows}\n</sitemapindex>\n"


def newest_change(items: Iterable[Item]) -> dt.datetime:
    """When the latest of the items was last changed."""
    return max(item.modified_at for item in items)
