"""Recognises URLs of crawler traps by their path: endless calendars, links that keep growing."""

from __future__ import annotations

MOST_SEGMENTS = 20
"""As in Heritrix's TooManyPathSegmentsDecideRule; the deepest article path of the corpora has 9."""
MOST_REPEATS = 2
"""How often the same segments may be repeated in a row, as in Heritrix's PathologicalPathDecideRule."""


def trap_in(path: str) -> str | None:
    """Why the path looks like a trap's, or None. Repeated numbers are allowed, as dates have them ("/2005/05/05/")."""
    segments = [segment for segment in path.split("/") if segment]
    if len(segments) > MOST_SEGMENTS:
        return f"{len(segments)} path segments; at most {MOST_SEGMENTS} are allowed"
    for size in range(1, len(segments) // (MOST_REPEATS + 1) + 1):
        for start in range(len(segments) - size * (MOST_REPEATS + 1) + 1):
            unit = segments[start : start + size]
            if unit * (MOST_REPEATS + 1) == segments[start : start + size * (MOST_REPEATS + 1)] and _is_named(unit):
                return f"its path repeats {'/'.join(unit)[:100]!r}"
    return None


def _is_named(unit: list[str]) -> bool:
    return not all(segment.isdigit() for segment in unit)
