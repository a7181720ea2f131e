"""A time as exactly as it is known: a span, and which of two spans is earlier. `dateline.span` of the database is the same.

    a publisher's date → span_of        minute: that minute; local: 14 hours to both sides; day: that day
    what we saw        → appearance     after we last looked in vain, by the time when we saw it, and as the date says

Two spans that overlap have no order. A date that our own visits refute does not count.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dateline.instants.reading import Precision

EVER = dt.datetime.min.replace(tzinfo=dt.UTC)
NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)
INSTANT, MINUTE, DAY = dt.timedelta(microseconds=1), dt.timedelta(minutes=1), dt.timedelta(days=1)
ZONES = dt.timedelta(hours=14)
"""How far a clock whose zone is unknown may be from UTC."""


@dataclass(frozen=True, slots=True)
class Span:
    """Not before `earliest`, and before `latest`."""

    earliest: dt.datetime
    latest: dt.datetime

    def is_before(self, other: Span) -> bool:
        """Whether every instant of this span is earlier than every instant of the other."""
        return self.latest <= other.earliest


def span_of(at: dt.datetime, precision: Precision | None) -> Span:
    """The span that a publisher's date stands for."""
    if precision == "day":
        return Span(at, at + DAY)
    if precision == "local":
        return Span(at - ZONES, at + ZONES)
    return Span(at, at + MINUTE)


def appearance(claim: Span | None, *, absent_at: dt.datetime | None, seen_at: dt.datetime | None) -> Span:
    """When a text appeared: after we looked in vain, by the time when we saw it, and in between as its date claims.

    A claim that has no instant in common with what we saw is refuted, and does not count. Nor does a look in vain that is
    later than the sight: visits may overlap, and clocks of two machines may differ.
    """
    if absent_at and seen_at and absent_at > seen_at:
        absent_at = None
    observed = Span(absent_at or EVER, seen_at + INSTANT if seen_at else NEVER)
    if claim is None:
        return observed
    both = Span(max(claim.earliest, observed.earliest), min(claim.latest, observed.latest))
    return both if both.earliest < both.latest else observed


def shown(at: dt.datetime, precision: str | None, offset_s: int | None = None) -> str:
    """A publisher's date as exactly as it is known: UTC, a bare day, or the page's clock and that its zone is unknown."""
    here = at.astimezone(dt.timezone(dt.timedelta(seconds=offset_s or 0)))
    if precision == "day":
        return f"{here:%Y-%m-%d}"
    if precision == "local":
        return f"{here:%Y-%m-%d %H:%M} zone?"
    return f"{at.astimezone(dt.UTC):%Y-%m-%d %H:%MZ}"
