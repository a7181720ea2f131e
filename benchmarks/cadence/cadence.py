"""Replays publishing histories against the cadence, the peers' rules and an optimum that knows the true rates.

`python -m benchmarks.cadence.cadence [--histories FILE] [--peers NAME,...] [--seed N] [--feeds N]`.

For each peer, the cadence's visit_budget and the
optimum's are found so that their requests equal the peer's. The cadence is `scheduler.cadence` itself; its busy rate comes
from what it knew by day 14, where scoring begins. "optimum" spends visits by the same rule on each feed's rates as they were
in hindsight, with the parameters that give the least median; it, too, comes before a feed is expected to overflow.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing as mp
import random
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import mean, median
from typing import Any

from benchmarks import results
from benchmarks.cadence.cadence_histories import histories
from benchmarks.cadence.cadence_rules import PEERS, WINDOW, Rule
from scheduler.cadence.next_visit import DEFAULT_BUDGET, adaptive_interval
from scheduler.cadence.publishing_rate import FILL, PublishingRate, VisitBudget, begin, learn
from scheduler.cadence.visit_budget import busy_rate, gathered, visits_a_day, week_of

DAY = 1440.0
DAYS, FROM_DAY = 60, 14
END, START = DAYS * DAY, FROM_DAY * DAY
MONDAY_S = 1767571200.0
RESTS = (30.0, 100.0)
FACTORS = (0.95, 1.0)
SAMPLE = 200
FLOOR, CEILING = 5.0, DAY
ENOUGH, TOO_MUCH = 0.99, 1.0005
"""Requests compare as equal from a hundredth below to half a thousandth above."""
Feeds = Sequence[Sequence[float]]


def dateline(items: Sequence[float], first: float, end: float, *, within: float, busy: float) -> list[float]:
    """Visits of the cadence, which sees what a feed shows and nothing else. `within` is in minutes, as all times here."""
    return _watched(items, first, end, VisitBudget(within * 60, busy))[0]


def _watched(
    items: Sequence[float], first: float, end: float, visit_budget: VisitBudget
) -> tuple[list[float], PublishingRate | None]:
    chance, at, seen, publishing, out = random.Random(first), first, 0, None, list[float]()
    while at < end:
        out.append(at)
        place, now = bisect_right(items, at), MONDAY_S + at * 60
        changed = place > seen or publishing is None
        shown = [MONDAY_S + t * 60 for t in items[max(0, place - WINDOW) : place]] if changed else []
        publishing = learn(publishing, shown, now) if publishing else begin(shown, now)
        at += adaptive_interval(publishing, now, visit_budget, chance=chance) / 60
        seen = place
    return out, publishing


def _first_weeks(items: Sequence[float], first: float, end: float) -> list[float]:
    """The hours of the week as they are known when scoring begins."""
    publishing = _watched(items, first, START, DEFAULT_BUDGET)[1]
    assert publishing is not None
    return week_of(publishing, MONDAY_S + START * 60)


@dataclass(frozen=True)
class Known:
    """A feed's rates in hindsight, items per day: by hour of the week, times that day's level (of 15 days around it)."""

    hours: list[float]
    levels: list[float]

    def at(self, t: float) -> float:
        """The rate at a minute."""
        return self.hours[int(t // 60) % 168] * self.levels[min(DAYS - 1, int(t // DAY))]


def known(items: Sequence[float]) -> Known:
    """What the optimum knows of a feed."""
    hours, days = [0.25] * 24, [0.25] * 7
    for t in items:
        for offset, share in ((-1, 0.25), (0, 0.5), (1, 0.25)):
            hours[(int(t // 60) + offset) % 24] += share
        days[int(t // DAY) % 7] += 1
    shape = [h * 24 / sum(hours) * d * 7 / sum(days) for d in days for h in hours]
    levels = []
    for day in range(DAYS):
        low, high = max(0, day - 7), min(DAYS, day + 8)
        levels.append((bisect_left(items, high * DAY) - bisect_left(items, low * DAY) + 0.01) / (high - low))
    return Known(shape, levels)


def optimum(
    items: Sequence[float], first: float, end: float, *, within: float, busy: float, rest: float
) -> list[float]:
    """Visits that know a feed's true rates."""
    rates = known(items)
    hourly = [rates.at(hour * 60.0) for hour in range(DAYS * 24 + 25)]
    gaps = [within * max(1.0, rest * math.sqrt(max(0.0, busy / rate - 1.0))) for rate in hourly]
    at, out = first, list[float]()
    while at < end:
        out.append(at)
        left, room, moment, last = 1.0, FILL * DAY, at, at + CEILING
        while moment < last:
            hour = int(moment // 60)
            step = (hour + 1) * 60 - moment
            if step >= left * gaps[hour] or hourly[hour] * step >= room:
                moment += min(left * gaps[hour], room / hourly[hour])
                break
            left -= step / gaps[hour]
            room -= hourly[hour] * step
            moment += step
        at = max(at + FLOOR, min(last, moment))
    return out


def replay(rule: Rule, feeds: Feeds, pool: Any) -> list[list[float]]:
    """The visits of a rule to every feed; feeds begin at even phases of an hour."""
    jobs = [(items, 60.0 * (number * 0.618 % 1.0), END) for number, items in enumerate(feeds)]
    found: list[list[float]] = pool.starmap(rule, jobs, chunksize=20)
    return found


def requests(visits: Sequence[Sequence[float]]) -> int:
    """Visits from day 14 on."""
    return sum(bisect_left(one, END) - bisect_left(one, START) for one in visits)


def score(feeds: Feeds, visits: Sequence[Sequence[float]]) -> dict[str, float]:
    """Requests, median, mean and p95 delay, missed items; without items of the last day, whose visit may lie behind the end."""
    delays, missed = list[float](), 0
    for items, made in zip(feeds, visits, strict=True):
        for place in range(bisect_left(items, START), bisect_left(items, END - DAY)):
            visit = bisect_left(made, items[place])
            pushed_out = items[place + WINDOW] if place + WINDOW < len(items) else math.inf
            if visit >= len(made):
                delays.append(END - items[place])
            elif made[visit] < pushed_out:
                delays.append(made[visit] - items[place])
            else:
                missed += 1
    delays.sort()
    p95 = delays[int(0.95 * (len(delays) - 1))]
    return {"requests": requests(visits), "median": median(delays), "mean": mean(delays), "p95": p95, "missed": missed}


def budgeted(
    rule: Callable[..., list[float]], feeds: Feeds, wanted: int, pool: Any, *, start: float = 10.0
) -> tuple[list[list[float]], float]:
    """Visits of a rule whose requests are about those wanted, and its `within`: on a sample first, then on all."""
    sample = feeds[:: max(1, len(feeds) // SAMPLE)]
    within, _ = _fitted(rule, sample, wanted * len(sample) / len(feeds), pool, start, tries=6)
    within, visits = _fitted(rule, feeds, wanted, pool, within, tries=5)
    return visits, within


def _fitted(
    rule: Callable[..., list[float]], feeds: Feeds, wanted: float, pool: Any, within: float, *, tries: int
) -> tuple[float, list[list[float]]]:
    tried, best = list[tuple[float, float]](), list[list[float]]()
    for _ in range(tries):
        visits = replay(partial(rule, within=within), feeds, pool)
        made = requests(visits) / wanted
        if made <= TOO_MUCH or not best:
            best, kept = visits, within
        if ENOUGH <= made <= TOO_MUCH:
            return within, visits
        tried.append((math.log(within), math.log(made)))
        within = math.exp(_next_try(tried))
    return kept, best


def _next_try(tried: Sequence[tuple[float, float]]) -> float:
    """The logarithm of `within` that should give 0.997 of the requests wanted: between the nearest tries, else on."""
    aim = math.log(0.997)
    above = min((one for one in tried if one[1] > aim), key=lambda one: one[1], default=None)
    below = max((one for one in tried if one[1] <= aim), key=lambda one: one[1], default=None)
    if above and below:
        share = (above[1] - aim) / (above[1] - below[1])
        found = above[0] + min(0.9, max(0.1, share)) * (below[0] - above[0])
    else:
        nearest = min(tried, key=lambda one: abs(one[1] - aim))
        found = nearest[0] + (nearest[1] - aim) / 0.8
    return min(math.log(DAY), max(math.log(0.02), found))


def best_optimum(feeds: Feeds, wanted: int, pool: Any, start: float) -> list[list[float]]:
    """The optimum's visits, with the parameters of the least median."""
    sample = feeds[:: max(1, len(feeds) // SAMPLE)]
    share = wanted * len(sample) / len(feeds)
    busy = _hindsight_busy(feeds)
    best, found = math.inf, dict[str, float]()
    for rest in RESTS:
        for factor in FACTORS:
            fields = {"rest": rest, "busy": busy * factor}
            rule = partial(optimum, **fields)
            within, _ = _fitted(rule, sample, share, pool, start, tries=4)
            # a sample's busy rate is not everybody's: the choice is made on all
            visits = replay(partial(rule, within=within), feeds, pool)
            if (reached := score(feeds, visits)["median"] * requests(visits) / wanted) < best:
                best, found, start = reached, fields, within
    return budgeted(partial(optimum, **found), feeds, wanted, pool, start=start)[0]


def _hindsight_busy(feeds: Feeds) -> float:
    """The rate at which, or faster, half of all scored items came."""
    weeks = []
    for items in feeds:
        rates = known(items)
        weeks += [[rates.at(week * 7 * DAY + hour * 60) for hour in range(168)] for week in range(2, 8)]
    found = busy_rate(gathered(weeks), 0.5)
    assert found is not None
    return found


def policies(feeds: Feeds, peers: Sequence[str], pool: Any) -> Iterator[tuple[str, list[list[float]]]]:
    """Every policy's name and visits."""
    rates = gathered(replay(_first_weeks, feeds, pool))
    busy = busy_rate(rates) or DEFAULT_BUDGET.busy
    print(f"busy rate, learned by day {FROM_DAY}: {busy:.1f} items per day")
    ours = partial(dateline, busy=busy)
    visits = replay(partial(ours, within=DEFAULT_BUDGET.within_s / 60), feeds, pool)
    yield "dateline", visits
    yield "optimum", best_optimum(feeds, requests(visits), pool, DEFAULT_BUDGET.within_s / 60)
    for peer in peers:
        visits = replay(PEERS[peer], feeds, pool)
        yield peer, visits
        wanted = requests(visits)
        visits, within = budgeted(ours, feeds, wanted, pool)
        told = visits_a_day(rates, VisitBudget(within * 60, busy)) / (wanted / (DAYS - FROM_DAY))
        print(f"  within {within:.2f} min; the budget's own forecast of its requests: {told:.2f} of them")
        yield f"dateline@{peer}", visits
        yield f"optimum@{peer}", best_optimum(feeds, wanted, pool, within)


def figures(scores: dict[str, dict[str, float]], peers: Sequence[str]) -> dict[str, float]:
    """The worst ratio over all peers, at each one's requests; each policy's own figures beside."""
    out = {
        "median_delay_vs_best_peer": max(scores[f"dateline@{p}"]["median"] / scores[p]["median"] for p in peers),
        "median_delay_vs_optimum": max(
            scores[f"dateline@{p}"]["median"] / scores[f"optimum@{p}"]["median"] for p in peers
        ),
        "missed_vs_best_peer": max(scores[f"dateline@{p}"]["missed"] / max(1, scores[p]["missed"]) for p in peers),
    }
    for peer in peers:
        for figure in ("median", "mean", "p95"):
            out[f"{figure}_delay_vs_{peer}"] = scores[f"dateline@{peer}"][figure] / scores[peer][figure]
        out[f"optimum_median_delay_vs_{peer}"] = scores[f"optimum@{peer}"]["median"] / scores[peer]["median"]
    return out | {f"{name}_{figure}": value for name, one in scores.items() for figure, value in one.items()}


def main() -> None:
    """Run, print a table, write build/bench/cadence.json and cadence.runs.jsonl."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--histories", type=Path, help="a line per feed: feed, kind, items (minutes); else made here")
    parser.add_argument("--peers", default=",".join(PEERS), help="the rules to compare with")
    parser.add_argument("--seed", type=int, default=1, help="of the histories that are made here")
    parser.add_argument("--feeds", type=int, default=2000, help="how many of them")
    options = parser.parse_args()
    lines = options.histories.read_text().splitlines() if options.histories else None
    rows = [json.loads(line) for line in lines] if lines else list(histories(options.feeds, DAYS, seed=options.seed))
    feeds, names, peers = [row["items"] for row in rows], [row["feed"] for row in rows], options.peers.split(",")
    scores = dict[str, dict[str, float]]()
    results.FOLDER.mkdir(parents=True, exist_ok=True)
    with mp.Pool(2) as pool, (results.FOLDER / "cadence.runs.jsonl").open("w") as out:
        for name, visits in policies(feeds, peers, pool):
            scores[name] = score(feeds, visits)
            print(name.ljust(22), *(f"{k} {v:.2f}".ljust(20) for k, v in scores[name].items()), flush=True)
            for feed, made in zip(names, visits, strict=True):
                # to the microsecond of a minute, so that this scorer and another see the same
                out.write(json.dumps({"policy": name, "feed": feed, "visits": [round(v, 4) for v in made]}) + "\n")
    found = figures(scores, peers)
    (results.FOLDER / "cadence.json").write_text(json.dumps(found, indent=1) + "\n")
    results.show("cadence: delays in minutes, at equal requests", list(found.items())[: 3 + 4 * len(peers)])


if __name__ == "__main__":
    main()
