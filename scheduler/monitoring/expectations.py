"""What is usual for a source, and when something is not: pure functions over its past.

**Silence.** How many articles were expected since the last one, in hours in which we were looking, is the clock: by it a source's
gaps are alike at noon and at night, on Sundays and Mondays. Gaps beyond `LONG` are taken as exponential with a rate of the
source's own (Pickands 1975: excesses over a high threshold), known as a gamma posterior; the chance of a longer one is then
(scale / (scale + x)) ** shape, the zero of a negative binomial. So bursts, holidays and irregular habits of the past make a
source's alarms slow, not false. An alarm is raised where a silence as long is expected less than `ALARMS_A_WEEK` times a week.

**Texts.** Of the last twenty pages or more, how many lack a text, a date, or are short (as the shortest tenth of its past is)?
Compared with the same in its past by the beta-binomial tail, whose spread is that of the past's own runs of pages: the
share is what it is, and clusters are not taken for a change.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

HOURS_A_WEEK = 168
ALARMS_A_WEEK = 0.002
"""False alarms a week that each rule allows a source, by its own reckoning."""
HALF_LIFE_H = 28 * 24.0
KEEP_H = 12 * HOURS_A_WEEK
"""What is older teaches nothing."""
LEAST_H, LEAST_ARTICLES = 14 * 24, 8
"""Less than this of a past tells nothing of silence."""
HOUR_ITEMS, WEEKDAY_ITEMS = 3.0, 6.0
"""Priors of the shapes by hour and weekday: as if that many articles had come evenly."""
LONG = 2.0
"""Gaps in which so many articles were expected count as long."""
LONG_SEEN, LONG_MEAN = 5.0, 1.5
"""Prior of the long gaps: as if that many had been seen, of that mean excess (1 for a Poisson process)."""
WINDOW_LEAST, WINDOW_MOST = 20, 100
"""Pages that are compared with the past: as many as come in 17 hours, within these bounds."""
NOTABLE = 0.4
RECOVERED, RECOVERED_CHANCE = 8, 0.05
PAST_LEAST, PAST_WINDOWS, LEAST_PAST = 400, 15, 40
"""How many pages of the past are looked at, and how many there must be."""
SHORT_SHARE, SHRUNK = 0.1, 0.7
CLUMPED_LEAST, CLUMPED_MOST = 0.004, 0.5


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of a source: number since 1970, articles first seen, and the share of the hour in which we were looking."""

    number: int
    articles: int
    looked: float = 1.0

    @property
    def of_week(self) -> int:
        """Its place in the week, 0 for Monday 00:00 UTC."""
        return (self.number + 72) % HOURS_A_WEEK  # 1970 began on a Thursday


@dataclass(frozen=True, slots=True)
class Gaps:
    """A source's long gaps: posterior of their excess (articles expected), and how many there are a week."""

    shape: float
    scale: float
    a_week: float

    @property
    def limit(self) -> float:
        """Articles expected in a silence that is too long to be chance."""
        often = max(1.0, self.a_week / ALARMS_A_WEEK)
        return LONG + self.scale * math.expm1(math.log(often) / self.shape)

    def as_rare_as(self, expected: float) -> float:
        """How often a week a silence as long as this is to be expected."""
        return self.a_week * math.pow(self.scale / (self.scale + max(0.0, expected - LONG)), self.shape)


@dataclass(frozen=True, slots=True)
class Share:
    """Which share of a source's pages has a fault, as a beta distribution."""

    with_fault: float
    without: float
    most: int
    """So many there were at most among `window` pages in a row."""
    window: int

    def chance(self, faults: int, of: int) -> float:
        """The chance of so many faults or more among that many pages (beta-binomial tail)."""
        return _tail(faults, of, self.with_fault, self.without)

    @property
    def notable(self) -> float:
        """Faults in a window below which no chance is computed: two fifths of the way from the most ever to all."""
        return self.most + (self.window - self.most) * NOTABLE

    @property
    def mean(self) -> float:
        """The share that is usual."""
        return self.with_fault / (self.with_fault + self.without)


@dataclass(frozen=True, slots=True)
class Text:
    """What a page gave: no text (`words` 0), or an article of so many words, with or without a date."""

    words: int
    has_date: bool


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual for a source; None where its past is too short."""

    hourly: tuple[float, ...] = ()
    gaps: Gaps | None = None
    pages_a_week: float = 0.0
    empty: Share | None = None
    undated: Share | None = None
    short: Share | None = None
    short_below: float = 0.0
    words: float = 0.0

    @property
    def text_limit(self) -> float:
        """The chance below which faults are none: by how many windows of pages there are a week."""
        return ALARMS_A_WEEK / max(1.0, self.pages_a_week / window_of(self.pages_a_week))

    def learned(self) -> dict[str, Any]:
        """All but the hours, as JSON that is kept."""
        return {name: value for name, value in asdict(self).items() if name != "hourly"}

    @classmethod
    def from_learned(cls, hourly: Sequence[float], kept: Mapping[str, Any]) -> Usual:
        """What was kept."""
        made: dict[str, Any] = dict(kept)
        for name, kind in (("gaps", Gaps), ("empty", Share), ("undated", Share), ("short", Share)):
            if made.get(name):
                made[name] = kind(**made[name])
        return cls(hourly=tuple(hourly), **made)

    def expected(self, start: float, end: float, looked: Mapping[int, float] | None = None) -> float:
        """Articles expected between two instants (hours since 1970); `looked` names hours in which we looked less than whole."""
        if not self.hourly or end <= start:
            return 0.0
        whole_weeks = int((end - start) // HOURS_A_WEEK) if not looked else 0
        found, at = whole_weeks * sum(self.hourly), start + whole_weeks * HOURS_A_WEEK
        while at < end:
            step = min(math.floor(at) + 1.0, end) - at
            found += step * self.hourly[(math.floor(at) + 72) % HOURS_A_WEEK] * (looked or {}).get(math.floor(at), 1.0)
            at += step
        return found


def usual_hours(hours: Sequence[Hour]) -> tuple[tuple[float, ...], Gaps | None]:
    """Articles expected in each hour of the week, and the gaps between them; nothing where the past is too short."""
    seen = [one for one in hours[-KEEP_H:] if one.looked > 0]
    if sum(one.looked for one in seen) < LEAST_H or sum(one.articles for one in seen) < LEAST_ARTICLES:
        return (), None
    hourly = _hourly(seen)
    return hourly, _gaps(seen, hourly)


def window_of(pages_a_week: float) -> int:
    """How many of the newest pages are compared with the past."""
    return int(max(WINDOW_LEAST, min(WINDOW_MOST, pages_a_week / 10)))


def past_of(pages_a_week: float) -> int:
    """How many pages of the past are looked at."""
    return max(PAST_LEAST, PAST_WINDOWS * window_of(pages_a_week))


def usual_texts(past: Sequence[Text], pages_a_week: float) -> dict[str, Any]:
    """The shares of pages without text, without date, and short, as fields of `Usual`; oldest first."""
    known, window = past[-past_of(pages_a_week) :], window_of(pages_a_week)
    if len(known) < max(LEAST_PAST, 2 * window):
        return {}
    articles = [one for one in known if one.words]
    found: dict[str, Any] = {"pages_a_week": pages_a_week, "empty": _share([not one.words for one in known], window)}
    if len(articles) >= max(LEAST_PAST, 2 * window):
        lengths = sorted(one.words for one in articles)
        below = float(lengths[int(len(lengths) * SHORT_SHARE)])
        found["undated"] = _share([not one.has_date for one in articles], window)
        found["short"] = _share([one.words < below for one in articles], window)
        found |= {"short_below": below, "words": float(lengths[len(lengths) // 2])}
    return found


@dataclass(frozen=True, slots=True)
class Worse:
    """A fault that is more frequent than is usual; `place` is the first page with it among the recent ones."""

    kind: str
    faults: int
    of: int
    usual: float
    chance: float
    place: int


FAULTS = ("empty_texts", "missing_dates", "short_texts")


def worse(usual: Usual, recent: Sequence[Text], standing: frozenset[str] = frozenset()) -> list[Worse]:
    """The faults that are unusual in the recent pages (oldest first); a present alarm ends when the newest pages are as usual."""
    found = []
    for kind in FAULTS:
        share, faults = _faults(kind, usual, recent)
        if share is None or not faults:
            continue
        flags = faults[-(RECOVERED if kind in standing else share.window) :]
        number, chance = sum(flags), share.chance(sum(flags), len(flags))
        if kind in standing:
            is_worse = number > 0 and chance <= RECOVERED_CHANCE
        else:
            is_worse = number >= share.notable and chance <= usual.text_limit and _matters(kind, usual, recent)
        if is_worse:
            place = len(faults) - len(flags) + flags.index(True)
            found.append(Worse(kind, number, len(flags), share.mean, chance, place))
    return found


def _faults(kind: str, usual: Usual, recent: Sequence[Text]) -> tuple[Share | None, list[bool]]:
    articles = [one for one in recent if one.words]
    if kind == "empty_texts":
        return usual.empty, [not one.words for one in recent]
    if kind == "missing_dates":
        return usual.undated, [not one.has_date for one in articles]
    return usual.short, [one.words < usual.short_below for one in articles]


def _matters(kind: str, usual: Usual, recent: Sequence[Text]) -> bool:
    """Whether the texts shrank by as much as anybody would mind; the other faults always matter."""
    articles = [one.words for one in recent if one.words]
    lengths = sorted(articles[-window_of(usual.pages_a_week) :])
    return kind != "short_texts" or lengths[len(lengths) // 2] < SHRUNK * usual.words


def failing_chance(failed: int, usual_share: float) -> float:
    """The chance of so many failed visits in a row where each fails with the usual share."""
    return usual_share**failed


def usual_failures(visits: int, failed: int) -> float:
    """The share of visits that fails, a priori one in twenty (Beta(1, 19))."""
    return (failed + 1.0) / (visits + 20.0)


def _hourly(seen: Sequence[Hour]) -> tuple[float, ...]:
    """Level x hour of day x weekday, each the mean of a gamma posterior over decayed counts."""
    end = seen[-1].number
    by_hour, by_day, looked_hour, looked_day = [0.0] * 24, [0.0] * 7, [0.0] * 24, [0.0] * 7
    for one in seen:
        weight = 2.0 ** ((one.number - end) / HALF_LIFE_H)
        hour, day, articles = one.of_week % 24, one.of_week // 24, weight * one.articles
        looked_hour[hour] += weight * one.looked
        looked_day[day] += weight * one.looked
        by_day[day] += articles
        if articles:
            by_hour[hour - 1] += articles / 4
            by_hour[hour] += articles / 2
            by_hour[(hour + 1) % 24] += articles / 4
    level = sum(by_day) / sum(looked_day)
    hours = [(n + HOUR_ITEMS) / (level * t + HOUR_ITEMS) for n, t in zip(by_hour, looked_hour, strict=True)]
    days = [(n + WEEKDAY_ITEMS) / (level * t + WEEKDAY_ITEMS) for n, t in zip(by_day, looked_day, strict=True)]
    norm = HOURS_A_WEEK / (sum(hours) * sum(days))
    return tuple(level * norm * day * hour for day in days for hour in hours)


def _gaps(seen: Sequence[Hour], hourly: Sequence[float]) -> Gaps:
    """The long gaps between articles, those of an hour taken as evenly spaced. Old ones weigh as much as new: they are few."""
    last, number, excess, clock, articles = math.nan, 0, 0.0, 0.0, 0
    for one in seen:
        here = hourly[one.of_week] * one.looked
        if one.articles:
            articles += one.articles
            spacing = here / one.articles
            for gap, number_of in ((clock + spacing / 2 - last, 1), (spacing, one.articles - 1)):
                if gap > LONG:
                    number += number_of
                    excess += number_of * (gap - LONG)
            last = clock + here - spacing / 2
        clock += here
    weeks = sum(one.looked for one in seen) / HOURS_A_WEEK
    chance = articles * math.exp(-LONG)  # a Poisson process has so many, and as much excess
    # regular habits, or gaps within an hour, show no excess
    long, beyond = (number, excess) if excess > chance else (chance, chance)
    return Gaps(LONG_SEEN + long, LONG_SEEN * LONG_MEAN + beyond, (long + 0.5) / weeks)


def _share(faults: Sequence[bool], window: int) -> Share:
    """The share of faults as a beta distribution, as wide as the windows of pages in it differ (by moments)."""
    share = (sum(faults) + 0.5) / (len(faults) + 1)
    sums = [sum(faults[at : at + window]) for at in range(len(faults) - window + 1)]
    spread = sum((one - window * share) ** 2 for one in sums) / len(sums) / (window * share * (1 - share))
    clumped = min(CLUMPED_MOST, max(CLUMPED_LEAST, (spread - 1) / (window - 1)))
    weight = min(1 / clumped - 1, len(faults) + 1.0)
    return Share(share * weight, (1 - share) * weight, max(sums), window)


@lru_cache(maxsize=10_000)
def _tail(least: int, n: int, a: float, b: float) -> float:
    return min(1.0, sum(_beta_binomial(k, n, a, b) for k in range(least, n + 1)))


def _beta_binomial(k: int, n: int, a: float, b: float) -> float:
    log = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    log += math.lgamma(k + a) + math.lgamma(n - k + b) - math.lgamma(n + a + b)
    return math.exp(log + math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b))
