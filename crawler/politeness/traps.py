"""Whether a URL's path is one that only a trap leads to: endless calendars, links that add to themselves."""

from __future__ import annotations

MOST_SEGMENTS = 20
"""Heritrix's TooManyPathSegmentsDecideRule has the same; the deepest of the corpora's articles has 9."""
MOST_REPEATS = 2
"""How often the same segments may follow one another: Heritrix's PathologicalPathDecideRule, too."""


def trap_in(path: str) -> str | None:
    """What makes the path a trap's, or None. Numbers may follow one another: dates do ("/2005/05/05/")."""
    segments = [segment for segment in path.split("/") if segment]
    if len(segments) > MOST_SEGMENTS:
        return f"{len(segments)} path segments, of {MOST_SEGMENTS} at most"
    for size in range(1, len(segments) // (MOST_REPEATS + 1) + 1):
        for start in range(len(segments) - size * (MOST_REPEATS + 1) + 1):
            unit = segments[start : start + size]
            if unit * (MOST_REPEATS + 1) == segments[start : start + size * (MOST_REPEATS + 1)] and _is_named(unit):
                return f"{'/'.join(unit)[:100]!r} over and over"
    return None


def _is_named(unit: list[str]) -> bool:
    return not all(segment.isdigit() for segment in unit)
