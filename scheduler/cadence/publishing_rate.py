"""How a watched page publishes, learned from what its visits find: pure functions over plain numbers.

The rate is a product of a level, an hour-of-day shape and a weekday shape, each a gamma posterior over decayed counts. Counts
decay forward (Cormode et al., "Forward decay", ICDE 2009): an item weighs exp((t - epoch) / SLOW_S) for good, so a visit that
finds nothing changes none of them. Two shorter memories correct the level: days (a page that falls silent or comes back) and
an hour (a burst). Instants are seconds since 1970 (UTC).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

HOUR_S, DAY_S = 3600.0, 86400.0
SLOW_S = 21 * DAY_S
RECENT_S = 1.5 * DAY_S
BURST_S = 1.5 * HOUR_S
LEVEL_ITEMS, LEVEL_DAYS = 0.03, 0.1
"""Prior of the level: as if that many items had been seen in that many days. Weak: the first visit shows up to 20."""
HOUR_ITEMS, WEEKDAY_ITEMS = 8.0, 10.0
"""Prior of the shapes: as if that many items had come evenly."""
HOURS_KNOWN_S, WEEKDAYS_KNOWN_S = 2 * DAY_S, 14 * DAY_S
"""Until so much was observed, a shape counts by the share that was seen: days without visits are not days without news."""
RECENT_ITEMS = 4.0
BURST_SLACK = 2.0
"""Items beyond the expected that do not count as a burst yet."""
FILL = 12
"""Items that may be expected until the next visit: a page that shows its last 20 must be seen before they are pushed out."""
FILL_GROWTH_S = 60 * DAY_S
CLUMPED = 0.05
"""A span this much shorter than its items take on average is a burst; a steady page is bounded by what is expected."""
REST, REST_GROWTH, BUSY_GROWTH = 5.2, -0.5, 0.35
"""How the gaps of slow pages grow beside those of busy ones, at a budget of `EVEN_WITHIN_S`. A smaller budget spreads its visits
more evenly: the factor falls, and fewer pages count as busy."""
EVEN_WITHIN_S = 500.0
FILL_WITHIN, LONGEST_WITHIN = 24.0, 120.0
"""A page of bursts waits for its shortest fill or so many times `within_s`; any page at most so many times."""
LEAST_RATE = 1e-9
"""Items per day, less than which is as good as none."""
RESCALE = 30.0
AWAKE_ITEMS, AWAKE_SPAN_S, AWAKE_SHARE = 15, 4 * HOUR_S, 0.25
"""A page that shows so many items, all of them new, over so long a span (shorter is a burst), of which no more than that share
was expected, has changed: its rate is learned afresh, from the dates of what it shows."""
WEEK_S = 7 * DAY_S


@dataclass(frozen=True, slots=True)
class VisitBudget:
    """How requests are spent: what comes at `busy` items per day or faster is seen within `within_s`, the rest less often."""

    within_s: float
    busy: float


@dataclass(frozen=True, slots=True)
class PublishingRate:
    """What is known of a page's publishing. `epoch` is the scale of the counts, `since` the start of what was observed."""

    epoch: float
    since: float
    seen_at: float
    newest_at: float
    hours: tuple[float, ...] = (0.0,) * 24
    weekdays: tuple[float, ...] = (0.0,) * 7
    total: float = 0.0
    recent: float = 0.0
    recent_expected: float = 0.0
    burst: float = 0.0
    fill_s: float = WEEK_S

    def numbers(self) -> list[float]:
        """The rate as numbers, to be stored."""
        scalars = (self.epoch, self.since, self.seen_at, self.newest_at, self.total, self.recent, self.recent_expected)
        return [*scalars, self.burst, self.fill_s, *self.hours, *self.weekdays]

    @classmethod
    def from_numbers(cls, kept: Sequence[float]) -> PublishingRate | None:
        """The rate from its stored numbers; None if their count is wrong."""
        if len(kept) != 9 + 24 + 7:
            return None
        epoch, since, seen_at, newest_at, total, recent, expected, burst, fill_s = kept[:9]
        hours, weekdays = tuple(kept[9:33]), tuple(kept[33:])
        return cls(epoch, since, seen_at, newest_at, hours, weekdays, total, recent, expected, burst, fill_s)


def begin(published: Sequence[float], now: float) -> PublishingRate:
    """What a first visit teaches: the page's own dates reach back before it."""
    dated = sorted(t for t in published if now - 60 * DAY_S < t <= now)
    since = dated[0] if dated else now - HOUR_S
    start = PublishingRate(epoch=since, since=since, seen_at=since, newest_at=since - 1.0)
    known = _taught(start, dated, now)
    return replace(known, recent_expected=known.recent)  # nothing was expected yet: the days say no more than the level


def learn(publishing: PublishingRate, published: Sequence[float], now: float, undated: int = 0) -> PublishingRate:
    """The rate after a visit at `now` that showed items published at these instants, and `undated` new ones without a date."""
    known = _taught(publishing, published, now, undated)
    return begin(published, now) if _is_awake(publishing, published, now) else known


def _taught(publishing: PublishingRate, published: Sequence[float], now: float, undated: int = 0) -> PublishingRate:
    gap = max(0.0, now - publishing.seen_at)
    keep, keep_burst = math.exp(-gap / RECENT_S), math.exp(-gap / BURST_S)
    expected = (publishing.recent_expected + _expected(publishing, publishing.seen_at, now)) * keep
    new = sorted(t for t in published if publishing.newest_at < t <= now) + [now] * undated
    if not new:
        return PublishingRate(
            publishing.epoch,
            publishing.since,
            now,
            publishing.newest_at,
            publishing.hours,
            publishing.weekdays,
            publishing.total,
            publishing.recent * keep,
            expected,
            publishing.burst * keep_burst,
            publishing.fill_s,
        )
    epoch, hours, weekdays, total = _counted(publishing, new)
    return PublishingRate(
        epoch,
        publishing.since,
        now,
        max(publishing.newest_at, new[-1]),
        hours,
        weekdays,
        total,
        publishing.recent * keep + sum(math.exp((t - now) / RECENT_S) for t in new),
        expected,
        publishing.burst * keep_burst + sum(math.exp((t - now) / BURST_S) for t in new),
        _fill_s(publishing, sorted(published), gap),
    )


def woken(publishing: PublishingRate, published: Sequence[float], now: float) -> PublishingRate:
    """The rate of a page that could not be read for a while, with the longest gap of that time cut out.

    A page that could not be read was not silent; what was learned of it stays valid until its items show otherwise.
    """
    known = sorted(t for t in published if max(publishing.newest_at, publishing.seen_at) < t < now)
    slept = max(
        later - earlier for earlier, later in pairwise([publishing.seen_at, *known, max(now, publishing.seen_at)])
    )
    return replace(
        publishing, epoch=publishing.epoch + slept, since=publishing.since + slept, seen_at=publishing.seen_at + slept
    )


def level(publishing: PublishingRate, now: float) -> float:
    """Items per day in the long run, as of `now`, corrected by the last days."""
    observed = SLOW_S / DAY_S * -math.expm1((publishing.since - now) / SLOW_S)
    slow = (LEVEL_ITEMS + publishing.total * math.exp((publishing.epoch - now) / SLOW_S)) / (LEVEL_DAYS + observed)
    return slow * (RECENT_ITEMS + publishing.recent) / (RECENT_ITEMS + publishing.recent_expected)


def rate(publishing: PublishingRate, at: float, now: float) -> float:
    """Items per day that are expected at an instant, bursts left aside."""
    return level(publishing, now) * _shape(publishing, at, math.exp((now - publishing.epoch) / SLOW_S))


def gap_s(items_a_day: float, visit_budget: VisitBudget) -> float:
    """Seconds between two visits at a steady rate, bounds left aside.

    To see the most items within m, and of the others a weight of the mean delay besides, at a price c a visit: the derivative
    of rate * min(1, m / gap) - weight * rate * gap / 2 - c / gap gives gaps of m where the rate is c / m or more, and elsewhere
    in proportion to sqrt(c / m / rate - 1).
    """
    scale = visit_budget.within_s / EVEN_WITHIN_S
    busy = visit_budget.busy * max(1.0, scale**BUSY_GROWTH)
    short = busy / max(LEAST_RATE, items_a_day) - 1.0
    if short <= 0:
        return visit_budget.within_s
    return float(visit_budget.within_s * max(1.0, REST * scale**REST_GROWTH * math.sqrt(short)))


def wait_s(publishing: PublishingRate, now: float, visit_budget: VisitBudget, longest_s: float) -> float:
    """Seconds until a visit is worth a request, or the page may overflow.

    It is worth one when as many items wait as would have come in a gap at the rate of that time. So a page is visited when a
    busy spell ends, before the items of that spell would wait through the night. At a steady rate that is after gap_s.
    A page that comes in bursts is seen about as often as a burst fills it; less often when requests are few.
    """
    base, unit = level(publishing, now), math.exp((now - publishing.epoch) / SLOW_S)
    burst = _burst_a_day(publishing, base)
    longest = min(longest_s, LONGEST_WITHIN * visit_budget.within_s)
    if _is_clumped(publishing, base):
        longest = min(longest, max(publishing.fill_s, FILL_WITHIN * visit_budget.within_s))
    waiting, at, end = 0.0, now, now + longest
    while at < end:
        step = HOUR_S - at % HOUR_S
        here = base * _shape(publishing, at, unit) + (burst * math.exp((now - at) / BURST_S) if burst else 0.0)
        here = max(LEAST_RATE, here)
        enough = min(here * gap_s(here, visit_budget), FILL * DAY_S)
        if waiting + here * step >= enough:
            return min(end, at + max(0.0, enough - waiting) / here) - now
        waiting += here * step
        at += step
    return end - now


def _shape(publishing: PublishingRate, at: float, unit: float) -> float:
    """How much more than evenly comes at this hour of this weekday; `unit` is the weight of an item of now."""
    hour, weekday = int(at // HOUR_S) % 24, int(at // DAY_S + 3) % 7
    span = publishing.seen_at - publishing.since
    even_hours = HOUR_ITEMS * unit + publishing.total * max(0.0, HOURS_KNOWN_S / max(60.0, span) - 1.0)
    even_days = WEEKDAY_ITEMS * unit + publishing.total * max(0.0, WEEKDAYS_KNOWN_S / max(60.0, span) - 1.0)
    by_hour = (24 * publishing.hours[hour] + even_hours) / (publishing.total + even_hours)
    return by_hour * (7 * publishing.weekdays[weekday] + even_days) / (publishing.total + even_days)


def _expected(publishing: PublishingRate, start: float, end: float) -> float:
    """Items that the slow level expects between two instants, at most a week apart."""
    observed = SLOW_S / DAY_S * -math.expm1((publishing.since - end) / SLOW_S)
    unit = math.exp((end - publishing.epoch) / SLOW_S)
    slow = (LEVEL_ITEMS + publishing.total / unit) / (LEVEL_DAYS + observed)
    at, found = max(start, end - WEEK_S), 0.0
    while at < end:
        step = min(HOUR_S - at % HOUR_S, end - at)
        found += step * _shape(publishing, at, unit)
        at += step
    return found * slow / DAY_S


def _is_awake(publishing: PublishingRate, published: Sequence[float], now: float) -> bool:
    if len(published) < AWAKE_ITEMS or min(published) <= publishing.newest_at:
        return False
    is_slow = max(published) - min(published) >= AWAKE_SPAN_S
    return is_slow and _expected(publishing, publishing.seen_at, now) < AWAKE_SHARE * len(published)


def _is_clumped(publishing: PublishingRate, base: float) -> bool:
    return publishing.fill_s * base < CLUMPED * FILL * DAY_S


def _burst_a_day(publishing: PublishingRate, base: float) -> float:
    excess = publishing.burst - base * BURST_S / DAY_S
    return max(0.0, excess - BURST_SLACK - 2 * math.sqrt(max(0.0, publishing.burst))) * DAY_S / BURST_S


def _counted(
    publishing: PublishingRate, new: Sequence[float]
) -> tuple[float, tuple[float, ...], tuple[float, ...], float]:
    """Epoch and counts with these items put in, each spread over the hours beside its own."""
    epoch, hours, weekdays, total = (
        publishing.epoch,
        list(publishing.hours),
        list(publishing.weekdays),
        publishing.total,
    )
    if new[-1] - epoch > RESCALE * SLOW_S:
        scale = math.exp((epoch - new[-1]) / SLOW_S)
        epoch, total = new[-1], total * scale
        hours, weekdays = [h * scale for h in hours], [d * scale for d in weekdays]
    for at in new:
        weight, hour = math.exp((at - epoch) / SLOW_S), int(at // HOUR_S)
        hours[(hour - 1) % 24] += weight / 4
        hours[hour % 24] += weight / 2
        hours[(hour + 1) % 24] += weight / 4
        weekdays[int(at // DAY_S + 3) % 7] += weight
        total += weight
    return epoch, tuple(hours), tuple(weekdays), total


def _fill_s(publishing: PublishingRate, shown: Sequence[float], gap: float) -> float:
    """The shortest span of FILL items that was seen, forgotten slowly."""
    spans = (later - earlier for earlier, later in zip(shown, shown[FILL - 1 :], strict=False))
    return min(WEEK_S, publishing.fill_s * math.exp(gap / FILL_GROWTH_S), max(300.0, min(spans, default=WEEK_S)))
