"""When a stored article is asked for again: a pure function of its age, what came of the last time, and its source's past.

Most edits come within hours, most removals within days, so the waits grow with the article's age (1 h, 6 h, 1 d, 3 d, 7 d).
An article that was still being edited at the last age is asked for once more at twice its age, up to a month. At a source
where nothing ever changes the ages are stretched up to fourfold. New articles always come first; what a source's and the
day's budget do not cover waits for the next day.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dateline.errors import ConfigError

RecheckResult = Literal["changed", "unchanged", "removed", "failed"]

LONGEST = dt.timedelta(days=30)
SHORTEST = dt.timedelta(minutes=10)
"""Between two requests for one article, however its ages lie."""
MOST_FAILURES = 3
"""Times in a row without an answer after which an age is passed over."""
EXPECTED_SHARE = 0.02
"""Re-checks that find a change at a source where the ages are not stretched, at least."""
MOST_STRETCHED = 4.0
LEAST_SEEN = 50
"""Re-checks of a source before its past counts."""

_AGE = re.compile(r"(\d+)\s*([mhd])")
_UNIT = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class NextRecheck:
    """When an article is asked for next; `step` is the place of that age among the configured ones."""

    due_at: dt.datetime
    step: int
    failures: int = 0


def parse_ages(texts: Sequence[str]) -> tuple[dt.timedelta, ...]:
    """The ages at which articles are re-checked, ascending; a ConfigError names a text that can't be read."""
    found = []
    for text in texts:
        match = _AGE.fullmatch(text.strip().lower())
        if match is None:
            raise ConfigError(f"recheck_ages: {text!r} is not an age: write one such as 30m, 6h or 3d", subject=text)
        found.append(dt.timedelta(**{_UNIT[match[2]]: int(match[1])}))
    return tuple(sorted(set(found)))


def next_recheck(
    ages: Sequence[dt.timedelta],
    step: int,
    failures: int,
    outcome: RecheckResult,
    *,
    began_at: dt.datetime,
    now: dt.datetime,
    stretch: float = 1.0,
) -> NextRecheck | None:
    """When an article is asked for again after this outcome of the given step; None: no more."""
    if outcome == "failed" and failures + 1 < MOST_FAILURES:
        return NextRecheck(now + SHORTEST * 6.0 ** (failures + 1), step, failures + 1)
    planned = _at_age(ages, step + 1, began_at, now, stretch)
    if planned is None and outcome == "changed" and now - began_at < LONGEST:
        return NextRecheck(max(now + SHORTEST, min(began_at + LONGEST, now + (now - began_at))), step + 1)
    return planned


def stretch(done: int, changed: int) -> float:
    """What a source's ages are multiplied by: 1 where re-checks find something, up to 4 where they never do."""
    if done < LEAST_SEEN:
        return 1.0
    share = (changed + 1) / (done + 2)
    return min(MOST_STRETCHED, max(1.0, math.sqrt(EXPECTED_SHARE / share)))


def rechecks_left(*, done_today: int, all_today: int, pages_a_day: int, share: float, most_a_day: int) -> int:
    """How many re-checks a source may have yet today: its share of a host's pages, within what all may have."""
    return max(0, min(int(pages_a_day * share) - done_today, most_a_day - all_today))


def next_day(now: dt.datetime) -> dt.datetime:
    """When the daily budgets start again: midnight UTC."""
    return dt.datetime.combine(now.astimezone(dt.UTC).date() + dt.timedelta(days=1), dt.time(), dt.UTC)


def _at_age(
    ages: Sequence[dt.timedelta], step: int, began_at: dt.datetime, now: dt.datetime, stretch: float
) -> NextRecheck | None:
    """The first age from `step` on that is still to come; ages just passed are as good as the present look."""
    for place in range(step, len(ages)):
        due = began_at + ages[place] * stretch
        if due >= now + SHORTEST:
            return NextRecheck(due, place)
    return None
