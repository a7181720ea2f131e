"""All attacks."""

from __future__ import annotations

from benchmarks.attacks import feeds, originals, pages, redirects
from benchmarks.attacks.attack import Attack

ATTACKS = [
    one for module in (redirects, feeds, pages, originals) for one in vars(module).values() if isinstance(one, Attack)
]
