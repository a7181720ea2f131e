"""False alarms and delays of the alarms, on invented histories: how often a healthy source raises one, how soon a stop does.

    histories of 26 weeks → learned again every other day → asked each hour: is it quiet?   false alarms of the last 14 weeks
    the same, stopped at a random instant                                                  delay until the alarm
    pages with faults at the source's own share, half of them in clumps → asked at each    false alarms; pages until a break

Compared on the same histories: three times the longest silence of the four weeks before, and a day without an article.
"""

from __future__ import annotations

import argparse
import itertools
import math
import random
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from benchmarks import results
from benchmarks.cadence.cadence_histories import DAY, histories
from scheduler.monitoring.expectations import (
    FAULTS,
    HOURS_A_WEEK,
    WINDOW_MOST,
    Hour,
    Text,
    Usual,
    usual_hours,
    usual_texts,
    window_of,
    worse,
)

WEEKS, LEARN_WEEKS = 26, 12
KINDS = ("wire", "daily", "blog", "weekly", "rare", "bursty", "uneven")
"""Kinds of benchmarks.cadence.cadence_histories; uneven is a daily whose days differ by chance, with holidays."""
RELEARN_H = 48
STOPS = 8
LONGEST_H = 24 * 120.0
PAGES_A_WEEK = {"wire": 1000.0, "daily": 210.0, "blog": 14.0}


@dataclass
class Tally:
    """The results for one kind of source."""

    weeks: float = 0.0
    unlearned_weeks: float = 0.0
    false: dict[str, int] = field(default_factory=lambda: {"ours": 0, "longest": 0, "day": 0})
    delays: dict[str, list[float]] = field(default_factory=lambda: {"ours": [], "longest": []})


def uneven(chance: random.Random, items: list[float]) -> list[float]:
    """A daily whose days differ by chance (gamma of shape 4) and that has four holidays with a fifth of its items."""
    days = int(max(items) // DAY) + 1
    share = [min(1.0, chance.gammavariate(4, 0.15)) for _ in range(days)]
    for day in chance.sample(range(days), 4):
        share[day] = 0.1
    return [one for one in items if chance.random() < share[int(one // DAY)]]


def sources(a_kind: int, seed: int) -> Iterator[tuple[str, list[float]]]:
    """So many sources of each kind: instants of their articles in hours."""
    chance, left = random.Random(seed), dict.fromkeys(KINDS, a_kind)
    for one in histories(100_000, WEEKS * 7, seed=seed):
        kind, items = one["kind"], one["items"]
        if kind == "daily" and not left["daily"]:
            kind, items = "uneven", uneven(chance, items)
        if left.get(kind, 0) and items:
            left[kind] -= 1
            yield kind, [item / 60 for item in items]
        if not any(left.values()):
            return


def play(kind: str, items: list[float], tally: Tally, chance: random.Random) -> None:
    """Count a source's false alarms, and stop it a few times."""
    end = WEEKS * HOURS_A_WEEK
    counts = [0] * end
    for item in items:
        counts[min(end - 1, int(item))] += 1
    hours = [Hour(number, counts[number]) for number in range(end)]
    stops = sorted(chance.uniform(LEARN_WEEKS * HOURS_A_WEEK, end - 1) for _ in range(STOPS))
    place, usual, longest = 0, Usual(), math.inf
    told: dict[str, int] = {}
    for now in range(LEARN_WEEKS * HOURS_A_WEEK, end):
        if (now - LEARN_WEEKS * HOURS_A_WEEK) % RELEARN_H == 0:
            usual, longest = learn(hours[:now], items, now)
        while place < len(items) and items[place] < now + 1:
            place += 1
        last = items[place - 1] if place else 0.0
        tally.weeks += 1 / HOURS_A_WEEK
        tally.unlearned_weeks += (usual.gaps is None) / HOURS_A_WEEK
        before = items[: place - counts[now]][-1] if place > counts[now] else 0.0
        until = float(items[place - counts[now]]) if counts[now] else now + 1.0
        for rule, is_quiet in judged(usual, longest, before, until).items():
            if is_quiet and told.get(rule) != place - counts[now]:
                tally.false[rule] += 1
                told[rule] = place - counts[now]
        while stops and stops[0] < now + 1:
            stop_delays(
                usual, longest, max((i for i in (before, last) if i <= stops[0]), default=0.0), stops.pop(0), tally
            )


def learn(hours: list[Hour], items: list[float], now: float) -> tuple[Usual, float]:
    """What is usual, and the longest silence of four weeks."""
    recent = [item for item in items if now - 4 * HOURS_A_WEEK < item < now]
    gaps = [b - a for a, b in itertools.pairwise(recent)]
    return Usual(*usual_hours(hours)), max(gaps, default=math.inf)


def judged(usual: Usual, longest: float, last: float, until: float) -> dict[str, bool]:
    """Whether each rule holds a source for quiet that has been silent between two instants."""
    return {
        "ours": usual.gaps is not None and usual.expected(last, until) > usual.gaps.limit,
        "longest": until - last > 3 * longest,
        "day": until - last > 24,
    }


def stop_delays(usual: Usual, longest: float, last: float, stop: float, tally: Tally) -> None:
    """How long after the stop each rule raises an alarm."""
    tally.delays["longest"].append(min(LONGEST_H, max(0.0, last + 3 * longest - stop)))
    if usual.gaps is None:
        return
    at = stop
    while at < stop + LONGEST_H and usual.expected(last, at) <= usual.gaps.limit:
        at += 1.0
    tally.delays["ours"].append(at - stop)


# Texts ---------------------------------------------------------------------------------------------------------------------


@dataclass
class Pages:
    """A source's pages: faults at its own shares, half of them in clumps of five."""

    chance: random.Random
    shares: tuple[float, float]
    median: float
    spread: float
    clump: list[int] = field(default_factory=lambda: [0, 0, 0])

    def next(self, broken: str | None = None) -> Text:
        """The next page; with something broken for good."""
        empty, undated, brief = (self._fault(n, share) for n, share in enumerate((*self.shares, 0.06)))
        words = int(self.median * self.chance.lognormvariate(0, self.spread) * (0.4 if brief else 1)) + 20
        if broken == "short_texts":
            words = max(1, int(words * 0.25))
        return Text(0 if empty or broken == "empty_texts" else words, not undated and broken != "missing_dates")

    def _fault(self, number: int, share: float) -> bool:
        if self.clump[number]:
            self.clump[number] -= 1
            return True
        if self.chance.random() < share / 2 / 5:
            self.clump[number] = 4
            return True
        return self.chance.random() < share / 2


def play_texts(kind: str, chance: random.Random, pages: int) -> tuple[int, float, dict[str, list[int]]]:
    """False alarms, weeks, and pages until each fault raises an alarm."""
    made = Pages(
        chance,
        (chance.choice((0, 0.01, 0.05)), chance.choice((0, 0.02, 0.1, 0.3))),
        chance.uniform(200, 900),
        chance.uniform(0.4, 0.9),
    )
    past = [made.next() for _ in range(chance.randint(80, 420))]
    usual, standing, false = learn_texts(past, kind), frozenset[str](), 0
    for number in range(pages):
        past.append(made.next())
        if number % 30 == 29:
            usual = learn_texts(past[: -window_of(PAGES_A_WEEK[kind])], kind)
        found = frozenset(one.kind for one in worse(usual, past[-WINDOW_MOST:], standing))
        false += len(found - standing)
        standing = found
    return false, pages / PAGES_A_WEEK[kind], {one: [until_told(made, usual, past, one)] for one in FAULTS}


def learn_texts(past: list[Text], kind: str) -> Usual:
    """What is usual after these pages."""
    return Usual(**usual_texts(past, PAGES_A_WEEK[kind]))


def until_told(made: Pages, usual: Usual, past: list[Text], broken: str) -> int:
    """Pages until the fault raises an alarm."""
    seen = past[-WINDOW_MOST:]
    for number in range(1, 400):
        seen = [*seen, made.next(broken)][-WINDOW_MOST:]
        if broken in {one.kind for one in worse(usual, seen)}:
            return number
    return 400


def quantile(values: list[float], share: float) -> float:
    """A quantile; NaN of nothing."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else math.nan


def silence(a_kind: int, seed: int) -> tuple[dict[str, float], list[dict[str, Any]]]:
    """Figures and rows of the silences."""
    tallies, chance = {kind: Tally() for kind in KINDS}, random.Random(seed + 1)
    for kind, items in sources(a_kind, seed):
        play(kind, items, tallies[kind], chance)
    figures, rows = dict[str, float](), list[dict[str, Any]]()
    for kind, one in tallies.items():
        per_100 = {f"false_per_100_weeks_{rule}": 100 * number / one.weeks for rule, number in one.false.items()}
        ours, longest = one.delays["ours"], one.delays["longest"]
        row = {"kind": kind, "source_weeks": round(one.weeks), "unlearned": one.unlearned_weeks / one.weeks, **per_100}
        row |= {
            "delay_median_h": quantile(ours, 0.5),
            "delay_p95_h": quantile(ours, 0.95),
            "longest_median_h": quantile(longest, 0.5),
        }
        rows.append(row)
        figures |= {f"{kind}_{name}": value for name, value in row.items() if name != "kind"}
    weeks = sum(one.weeks for one in tallies.values())
    for rule in ("ours", "longest", "day"):
        figures[f"false_per_100_weeks_{rule}"] = 100 * sum(one.false[rule] for one in tallies.values()) / weeks
    return figures, rows


def texts(a_kind: int, seed: int) -> tuple[dict[str, float], list[dict[str, Any]]]:
    """Figures and rows of the texts."""
    chance, figures, rows = random.Random(seed), dict[str, float](), list[dict[str, Any]]()
    for kind in PAGES_A_WEEK:
        false, weeks, told = 0, 0.0, {one: list[float]() for one in FAULTS}
        for _ in range(a_kind):
            here, lasted, breaks = play_texts(kind, chance, 1500 if kind != "blog" else 730)
            false, weeks = false + here, weeks + lasted
            for one, pages in breaks.items():
                told[one] += pages
        row: dict[str, Any] = {"kind": kind, "source_weeks": round(weeks), "false_per_100_weeks": 100 * false / weeks}
        row |= {
            f"{one}_pages_{name}": quantile(told[one], at)
            for one in FAULTS
            for name, at in (("median", 0.5), ("p95", 0.95))
        }
        rows.append(row)
        figures |= {f"texts_{kind}_{name}": value for name, value in row.items() if name != "kind"}
    return figures, rows


def show(title: str, rows: list[dict[str, Any]]) -> None:
    """Print rows as a table."""
    print(f"\n{title}\n  " + "  ".join(f"{name.replace('_', ' '):>{max(9, len(name))}}" for name in rows[0]))
    for row in rows:
        cells = [
            f"{value:>{max(9, len(name))}.2f}" if isinstance(value, float) else f"{value:>{max(9, len(name))}}"
            for name, value in row.items()
        ]
        print("  " + "  ".join(cells))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=int, default=40, help="sources of each kind (default: 40)")
    parser.add_argument("--seed", type=int, default=5)
    given = parser.parse_args()
    silent_figures, silent_rows = silence(given.sources, given.seed)
    text_figures, text_rows = texts(given.sources, given.seed)
    print(results.machine())
    show("Silence: false alarms per 100 source-weeks, hours from a stop to its alarm", silent_rows)
    show("Texts: false alarms per 100 source-weeks, pages from a break to its alarm", text_rows)
    print(
        f"\nall kinds, false alarms of silence per 100 source-weeks: {silent_figures['false_per_100_weeks_ours']:.2f}"
    )
    medians = [row["delay_median_h"] for row in silent_rows if not math.isnan(row["delay_median_h"])]
    print(f"median of the kinds' median delays: {statistics.median(medians):.0f} h")
    print(results.write("alarms", silent_figures | text_figures, [*silent_rows, *text_rows]))
