"""The schedule reason: why a watched page is visited when it is, in a few words; pure, from its stored state."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from scheduler.cadence.next_visit import DEFAULT_BUDGET, LONGEST_S, MAX_FAILURES, SHORTEST_S
from scheduler.cadence.publishing_rate import PublishingRate, VisitBudget, level, rate, wait_s
from sql.service.schedule import PlannedPage

HOUR_S, DAYS = 3600.0, ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
EVEN_HOURS = 10
"""A page whose half takes so many hours of the day comes evenly."""
OVERDUE_S = 60.0
LONGER = 1.25
"""An interval that is this many times longer than the learned one has another cause."""


@dataclass(frozen=True, slots=True)
class Habits:
    """A page's publishing rate: items per day, expected items for each hour of the week from Monday 00:00 UTC on, and the
    hours of the day (from, to; UTC) in which half of them come; None where they come evenly."""

    items_a_day: float
    week: tuple[float, ...]
    busiest: tuple[int, int] | None
    is_for_workdays: bool

    def words(self) -> str:
        """In words: 12 items per day, half of them 08-12 UTC, few at weekends."""
        items = f"{self.items_a_day:.0f}" if self.items_a_day >= 10 else f"{self.items_a_day:.1f}"
        if self.items_a_day < 0.1:
            return "an item in ten days or fewer"
        told = [f"{items} items per day", "evenly"]
        if self.busiest:
            told[1] = f"half of them {self.busiest[0]:02}-{self.busiest[1]:02} UTC"
        return ", ".join([*told, "few at weekends"] if self.is_for_workdays else told)


def habits(numbers: Sequence[float] | None, now: dt.datetime) -> Habits | None:
    """A page's publishing rate in figures; None if nothing was learned yet."""
    publishing = PublishingRate.from_numbers(numbers or ())
    if publishing is None:
        return None
    at = now.timestamp()
    monday = (at // (24 * HOUR_S) * 24 - ((at // (24 * HOUR_S) + 3) % 7) * 24) * HOUR_S
    week = tuple(rate(publishing, monday + (hour + 0.5) * HOUR_S, at) / 24 for hour in range(168))
    by_hour = [sum(week[hour::24]) for hour in range(24)]
    by_day = [sum(week[24 * day : 24 * day + 24]) for day in range(7)]
    return Habits(level(publishing, at), week, half_of(by_hour), sum(by_day[5:]) / 2 < 0.5 * sum(by_day[:5]) / 5)


def half_of(by_hour: Sequence[float]) -> tuple[int, int] | None:
    """The shortest span of hours, over midnight too, in which half comes; None where that takes nearly half the day."""
    half, twice = sum(by_hour) / 2, [*by_hour, *by_hour]
    for length in range(1, EVEN_HOURS):
        start = max(range(24), key=lambda first: sum(twice[first : first + length]))
        if sum(twice[start : start + length]) >= half > 0:
            return start, (start + length) % 24
    return None


def why(page: PlannedPage, known: Habits | None, now: dt.datetime) -> str:
    """The schedule reason of a page, in a few words."""
    reason = _reason(page, known)
    is_late = page.next_due_at and (now - page.next_due_at).total_seconds() > OVERDUE_S and not page.is_paused
    pushed = "; pushed by its hub" if page.websub == "active" and not page.is_paused else ""
    return f"overdue; {reason}{pushed}" if is_late else f"{reason}{pushed}"


def _reason(page: PlannedPage, known: Habits | None) -> str:
    if page.is_paused:
        return "paused"
    if page.next_due_at is None:
        return "not visited again"
    if page.host_rests_until:
        return f"the host asked to be left alone until {page.host_rests_until:%H:%M} UTC"
    if page.failures >= MAX_FAILURES:
        return f"failing for a long time ({_outcome(page)}); retried weekly"
    if page.failures:
        return f"failed ({_outcome(page)}): waits longer after each failure"
    if page.last_visit_at is None:
        return "not visited yet"
    if page.schedule != "adaptive":
        zone = "" if page.timezone == "UTC" or page.schedule.startswith("every") else f" ({page.timezone})"
        return f"schedule {page.schedule}{zone}"
    return f"learned: {known.words()}{_bound(page)}" if known else "nothing learned yet"


def _outcome(page: PlannedPage) -> str:
    return (page.last_outcome or "no answer").replace("_", " ")


def _bound(page: PlannedPage) -> str:
    """What holds the interval besides the publishing."""
    publishing = PublishingRate.from_numbers(page.rhythm or ())
    if publishing is None or page.interval_s is None or page.last_visit_at is None:
        return ""
    allowed = VisitBudget(page.within_s or DEFAULT_BUDGET.within_s, page.busy or DEFAULT_BUDGET.busy)
    learned = max(SHORTEST_S, wait_s(publishing, page.last_visit_at.timestamp(), allowed, LONGEST_S))
    if page.interval_s > LONGER * learned:
        return "; no sooner than the page asks for"
    if page.interval_s <= SHORTEST_S:
        return "; as often as any page"
    return "; as seldom as any page" if page.interval_s >= LONGEST_S else ""
