"""All attacks."""

from __future__ import annotations

from benchmarks.attacks import claims, feed_text, feeds, originals, pages, redirects, spellings, statements
from benchmarks.attacks.attack import Attack

ATTACKS = [
    one
    for module in (claims, redirects, feeds, feed_text, pages, originals, statements, spellings)
    for one in vars(module).values()
    if isinstance(one, Attack)
]
