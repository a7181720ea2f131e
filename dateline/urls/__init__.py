"""URL identity: which URLs mean the same page. Import from here.

    identity   url_key, normalise_url, host_of, site_of, identify
    aliases    rel=canonical, redirects, home pages and lists
    wrappers   redirectors and AMP caches
    rules      the tables
    links      references and anchors of a page (import it directly)

All pure: no network, no disk. The ledger stores each URL as fetched beside its key, an article its address without
tracking parameters; a key only answers whether two URLs mean the same page.
"""

from __future__ import annotations

from dateline.urls.aliases import (
    ALIAS_CONTAINMENT,
    CanonicalDecision,
    canonical_decision,
    is_home,
    is_home_or_section,
    redirect_is_trusted,
)
from dateline.urls.identity import UrlIdentity, host_of, identify, normalise_url, site_of, url_key, without_tracking
from dateline.urls.wrappers import unwrap

__all__ = [
    "ALIAS_CONTAINMENT",
    "CanonicalDecision",
    "UrlIdentity",
    "canonical_decision",
    "host_of",
    "identify",
    "is_home",
    "is_home_or_section",
    "normalise_url",
    "redirect_is_trusted",
    "site_of",
    "unwrap",
    "url_key",
    "without_tracking",
]
