"""Replays publishing histories against the cadence, the peers' rules and an optimum that knows the true rates.

`python -m benchmarks.cadence [--histories FILE] [--peers NAME,...]`. For each peer, the cadence's price of a request and the
optimum's are found so that their requests equal the peer's. The cadence is scheduler.cadence itself. "Optimum" spends visits as
rate ** power on each feed's rates by hour and weekday as they were in hindsight, with the power that gives the least median.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing as mp
import random
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import results
from benchmarks.cadence_histories import histories
from benchmarks.cadence_rules import PEERS, WINDOW, Rule
from scheduler.cadence import PRICE, adaptive_interval
from scheduler.rhythm import begin, learn

DAY = 1440.0
DAYS, FROM_DAY = 60, 14
END, START = DAYS * DAY, FROM_DAY * DAY
MONDAY_S = 1767571200.0
POWERS = (0.5, 1.0, 1.2, 1.5, 2.0)
FLOOR, CEILING = 5.0, DAY
Feeds = Sequence[Sequence[float]]


def dateline(items: Sequence[float], first: float, end: float, *, price: float) -> list[float]:
    """Visits of the cadence, which sees what a feed shows and nothing else."""
    chance, at, seen, rhythm, out = random.Random(first), first, 0, None, list[float]()
    while at < end:
        out.append(at)
        place, now = bisect_right(items, at), MONDAY_S + at * 60
        changed = place > seen or rhythm is None
        shown = [MONDAY_S + t * 60 for t in items[max(0, place - WINDOW) : place]] if changed else []
        rhythm = learn(rhythm, shown, now) if rhythm else begin(shown, now)
        at += adaptive_interval(rhythm, now, price=price) * chance.uniform(1.0, 1.1) / 60
        seen = place
    return out


def optimum(items: Sequence[float], first: float, end: float, *, price: float, power: float) -> list[float]:
    """Visits that know a feed's rate by hour and weekday, as it was over the whole time."""
    hours, days = [0.25] * 24, [0.25] * 7
    for t in items:
        for offset, share in ((-1, 0.25), (0, 0.5), (1, 0.25)):
            hours[(int(t // 60) + offset) % 24] += share
        days[int(t // DAY) % 7] += 1
    level = max(len(items), 0.5) / DAYS
    shape = [24 * h / sum(hours) for h in hours]
    worth = [[math.pow(level * s * 7 * d / sum(days), power) / DAY for s in shape] for d in days]
    at, out = first, list[float]()
    while at < end:
        out.append(at)
        left, moment, last = price, at, at + CEILING
        while moment < last:
            here = worth[int(moment // DAY) % 7][int(moment // 60) % 24]
            step = 60 - moment % 60
            if here * step >= left:
                moment += left / here
                break
            left -= here * step
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
    """Requests, median and p95 delay, missed items: items of the last day are left out, their visit may lie behind the end."""
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
    return {"requests": requests(visits), "median": median(delays), "p95": p95, "missed": missed}


def priced(rule: Callable[..., list[float]], feeds: Feeds, wanted: int, pool: Any) -> list[list[float]]:
    """Visits of a rule at the price at which its requests are about those wanted: on a sample first, then on all."""
    low, high, price, visits = 1e-3, 1e5, 1.0, list[list[float]]()
    sample = feeds[:: max(1, len(feeds) // 80)]
    for tries in range(11):
        price = math.sqrt(low * high)
        made = requests(replay(partial(rule, price=price), sample, pool)) * len(feeds) / len(sample)
        low, high = (price, high) if made > wanted else (low, price)
        if tries > 4 and abs(made / wanted - 1) < 0.01:
            break
    for _ in range(3):
        visits = replay(partial(rule, price=price), feeds, pool)
        made = requests(visits)
        if abs(made / wanted - 1) < 0.005:
            break
        price *= (made / wanted) ** 1.2
    return visits


def best_optimum(feeds: Feeds, wanted: int, pool: Any) -> list[list[float]]:
    """The optimum's visits, with the power of the least median on a sample."""
    sample = feeds[:: max(1, len(feeds) // 80)]
    share = int(wanted * len(sample) / len(feeds))
    medians = {
        power: score(sample, priced(partial(optimum, power=power), sample, share, pool))["median"] for power in POWERS
    }
    return priced(partial(optimum, power=min(medians, key=lambda power: medians[power])), feeds, wanted, pool)


def policies(feeds: Feeds, peers: Sequence[str], pool: Any) -> Iterator[tuple[str, list[list[float]]]]:
    """Every policy's name and visits."""
    visits = replay(partial(dateline, price=PRICE), feeds, pool)
    yield "dateline", visits
    yield "optimum", best_optimum(feeds, requests(visits), pool)
    for peer in peers:
        visits = replay(PEERS[peer], feeds, pool)
        yield peer, visits
        yield f"dateline@{peer}", priced(dateline, feeds, requests(visits), pool)
        yield f"optimum@{peer}", best_optimum(feeds, requests(visits), pool)


def figures(scores: dict[str, dict[str, float]], peers: Sequence[str]) -> dict[str, float]:
    """The worst ratio over all peers, at each one's requests; each policy's own figures beside."""
    out = {
        "median_delay_vs_best_peer": max(scores[f"dateline@{p}"]["median"] / scores[p]["median"] for p in peers),
        "median_delay_vs_optimum": max(
            scores[f"dateline@{p}"]["median"] / scores[f"optimum@{p}"]["median"] for p in peers
        ),
        "missed_vs_best_peer": max(scores[f"dateline@{p}"]["missed"] / max(1, scores[p]["missed"]) for p in peers),
    }
    return out | {f"{name}_{figure}": value for name, one in scores.items() for figure, value in one.items()}


def main() -> None:
    """Run, print a table, write build/bench/cadence.json and cadence.runs.jsonl."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--histories", type=Path, help="a line a feed: feed, kind, items (minutes); else made here")
    parser.add_argument("--peers", default=",".join(PEERS), help="the rules to compare with")
    options = parser.parse_args()
    lines = options.histories.read_text().splitlines() if options.histories else None
    rows = [json.loads(line) for line in lines] if lines else list(histories(2000, DAYS, seed=1))
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
    results.show("cadence: delays in minutes, at equal requests", list(found.items())[:3])


if __name__ == "__main__":
    main()
