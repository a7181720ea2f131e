"""Charts as data, and as SVG that needs no script. Where scripts run, uPlot draws the same data (static/console.js).

Styles are classes only: the content security policy allows no style attribute.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup, escape

from dateline.console.rendering import wording

WIDTH, HEIGHT = 720, 190
LEFT, RIGHT, TOP, BOTTOM = 48, 8, 10, 24


@dataclass(frozen=True, slots=True)
class Series:
    """One line or row of bars; None is a gap."""

    label: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Series over instants (Unix seconds, at even steps)."""

    name: str
    title: str
    kind: Literal["bars", "lines"]
    x: tuple[int, ...]
    series: tuple[Series, ...]
    unit: Literal["count", "share"] = "count"

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(value for one in self.series for value in one.values)


def chart_of(
    name: str,
    title: str,
    at: Sequence[dt.datetime],
    *series: tuple[str, Sequence[float | None]],
    kind: Literal["bars", "lines"] = "bars",
    unit: Literal["count", "share"] = "count",
) -> Chart:
    """A chart over instants."""
    x = tuple(int(one.timestamp()) for one in at)
    return Chart(name, title, kind, x, tuple(Series(label, tuple(values)) for label, values in series), unit)


def top_of(largest: float) -> float:
    """A round number at or above the largest value: 1, 2 or 5 times a power of ten."""
    if largest <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(largest))
    return next(power * step for step in (1, 2, 2.5, 5, 10) if power * step >= largest * 0.999999)


def svg(chart: Chart) -> Markup:
    """The chart as SVG, with a text description for screen readers."""
    top = top_of(max((v for one in chart.series for v in one.values if v is not None), default=0))
    label = "; ".join(_described(one, chart.unit) for one in chart.series)
    parts = [
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(chart.title)}: {escape(label)}">'
    ]
    parts += _grid(top, chart)
    for number, one in enumerate(chart.series):
        parts += _bars(one, number, chart, top) if chart.kind == "bars" else _line(one, number, top)
    return Markup("".join(parts) + "</svg>")  # noqa: S704 - numbers, and words that were escaped


def _described(one: Series, unit: str) -> str:
    known = [value for value in one.values if value is not None]
    if not known:
        return f"{one.label}, no values"
    return f"{one.label}, last {_value(known[-1], unit)}, highest {_value(max(known), unit)}"


def _value(value: float, unit: str) -> str:
    return wording.share(value) if unit == "share" else wording.count(value)


def _grid(top: float, chart: Chart) -> list[str]:
    out = []
    for part in (0.0, 0.5, 1.0):
        y = _y(top * part, top)
        out.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        out.append(
            f'<text class="tick" x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{_value(top * part, chart.unit)}</text>'
        )
    if chart.x:
        for place, anchor in ((0, "start"), (len(chart.x) // 2, "middle"), (len(chart.x) - 1, "end")):
            x = _slot(place, len(chart.x))[0 if anchor == "start" else 1]
            out.append(
                f'<text class="tick" x="{x:.1f}" y="{HEIGHT - 6}" text-anchor="{anchor}">{_day(chart, place)}</text>'
            )
    return out


def _day(chart: Chart, place: int) -> str:
    at = dt.datetime.fromtimestamp(chart.x[place], dt.UTC)
    day, span_s = f"{at.day} {at:%b}", chart.x[-1] - chart.x[0]
    return day if span_s > 2 * 86400 else f"{day} {at:%H:%M}" if span_s >= 86400 else f"{at:%H:%M}"


def _slot(place: int, places: int) -> tuple[float, float, float]:
    """Left edge, middle and width of a place on the axis."""
    width = (WIDTH - LEFT - RIGHT) / max(1, places)
    return LEFT + place * width, LEFT + (place + 0.5) * width, width


def _y(value: float, top: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top


def _bars(one: Series, number: int, chart: Chart, top: float) -> list[str]:
    out, places, rows = [], len(one.values), len(chart.series)
    for place, value in enumerate(one.values):
        if not value:
            continue
        left, _, width = _slot(place, places)
        bar = max(0.8, width * 0.8 / rows)
        y = min(_y(value, top), HEIGHT - BOTTOM - 1)
        out.append(
            f'<rect class="s{number}" x="{left + width * 0.1 + number * bar:.1f}" y="{y:.1f}" width="{bar:.1f}" '
            f'height="{HEIGHT - BOTTOM - y:.1f}"/>'
        )
    return out


def _line(one: Series, number: int, top: float) -> list[str]:
    runs: list[list[str]] = [[]]
    for place, value in enumerate(one.values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(f"{_slot(place, len(one.values))[1]:.1f},{_y(value, top):.1f}")
    return [_run(run, number) for run in runs if run]


def _run(points: list[str], number: int) -> str:
    """Points as a line; a single one, which would be a line without length, as a dot."""
    if len(points) > 1:
        return f'<polyline class="line s{number}" points="{" ".join(points)}"/>'
    x, _, y = points[0].partition(",")
    return f'<circle class="line s{number}" cx="{x}" cy="{y}" r="3"/>'
