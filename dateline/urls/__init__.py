"""Which page a URL means. The facade of URL identity: import from here.

    url_identity   url_key, normalise_url, host_of, site_of
    url_aliases    rel=canonical, redirects, home pages and lists
    url_wrappers   redirectors and AMP caches
    url_rules      the tables

All pure: nothing touches the network or the disk. The URL as fetched is always kept beside its key; a key only ever
answers "the same page?".
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
from dateline.urls.identity import host_of, normalise_url, site_of, url_key
from dateline.urls.wrappers import unwrap

__all__ = [
    "ALIAS_CONTAINMENT",
    "CanonicalDecision",
    "canonical_decision",
    "host_of",
    "is_home",
    "is_home_or_section",
    "normalise_url",
    "redirect_is_trusted",
    "site_of",
    "unwrap",
    "url_key",
]
