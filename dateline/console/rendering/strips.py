"""A row of hours as an SVG that needs no script. Each state has its own colour and height."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup, escape

STATES = ("visited", "unchanged", "nothing_due", "failed", "overdue", "down", "no_archive", "paused", "backfilled")
"""The states of news.coverage."""
CELL, HEIGHT = 10, 20
TALL = {
    "visited": 20,
    "unchanged": 15,
    "nothing_due": 9,
    "failed": 20,
    "overdue": 14,
    "down": 20,
    "no_archive": 20,
    "paused": 4,
    "backfilled": 7,
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One hour: its place from the left, and its state."""

    place: int
    state: str


def summary(cells: Sequence[Cell]) -> str:
    """The number of hours per state, in words."""
    counts = Counter(cell.state for cell in cells)
    return (
        ", ".join(f"{counts[state]} h {state.replace('_', ' ')}" for state in STATES if counts[state]) or "no data yet"
    )


def strip(cells: Sequence[Cell], width: int, of: object) -> Markup:
    """The hours from left to right, neighbours of one state drawn as one."""
    label = f"{escape(of)}: {summary(cells)}"
    box = f'viewBox="0 0 {width * CELL} {HEIGHT}" preserveAspectRatio="none"'
    parts = [f'<svg class="strip" {box} role="img" aria-label="{label}">']
    for _, run in groupby(enumerate(cells), lambda one: (one[1].state, one[1].place - one[0])):
        hours = [cell for _, cell in run]
        tall = TALL[hours[0].state]
        parts.append(
            f'<rect class="h-{hours[0].state}" x="{hours[0].place * CELL}" y="{HEIGHT - tall}" '
            f'width="{len(hours) * CELL}" height="{tall}"><title>{len(hours)} h {hours[0].state.replace("_", " ")}</title></rect>'
        )
    return Markup("".join(parts) + "</svg>")  # noqa: S704 - numbers, and words that were escaped
