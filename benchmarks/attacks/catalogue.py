"""All attacks."""

from __future__ import annotations

from benchmarks.attacks import feeds, originals, pages, redirects, statements
from benchmarks.attacks.attack import Attack

ATTACKS = [
    one
    for module in (redirects, feeds, pages, originals, statements)
    for one in vars(module).values()
    if isinstance(one, Attack)
]
