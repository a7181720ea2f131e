"""How much of a feed, sitemap or page discovery reads, so that no publisher can make a visit cost more."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DiscoveryLimits:
    """Limits for one watched page.

    max_bytes: of the body after decompression; max_entries: of a feed or a section page (feeds of 100,000 entries
    are an archive or an attack); max_sitemap_urls: 50,000 by the protocol (sitemaps.org, "Sitemap index files");
    max_children: sitemaps taken from an index, newest first; sitemap_recent_days: how old a sitemap and its entries
    may be (None: no limit; undated ones are kept).
    """

    max_bytes: int = 10 * 1024 * 1024
    max_entries: int = 2_000
    max_sitemap_urls: int = 50_000
    max_children: int = 500
    sitemap_recent_days: int | None = None
