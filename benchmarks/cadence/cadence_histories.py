"""Publishing histories of invented feeds, for replaying visiting rules: dailies and wires by hour, weeklies, bursts, the dead."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from typing import Any

DAY = 1440.0
KINDS = {"wire": 5, "daily": 30, "blog": 25, "weekly": 10, "rare": 10, "bursty": 10, "dead": 4, "revived": 3, "new": 3}
ITEMS_A_DAY = {"wire": (80.0, 250.0), "daily": (10.0, 60.0), "blog": (0.5, 4.0), "rare": (0.03, 0.13)}


def histories(feeds: int, days: int, *, seed: int) -> Iterator[dict[str, Any]]:
    """One feed after the other: {"feed", "kind", "items"}, items in minutes since the start, ascending."""
    chance = random.Random(seed)
    for number in range(feeds):
        kind = chance.choices(list(KINDS), list(KINDS.values()))[0]
        items = sorted(round(t, 2) for t in _items(chance, kind, days) if 0 <= t < days * DAY)
        yield {"feed": f"{kind}-{number}", "kind": kind, "items": items}


def _items(chance: random.Random, kind: str, days: int) -> list[float]:
    if kind == "weekly":
        slots = [chance.uniform(0, 7 * DAY) for _ in range(chance.randint(1, 3))]
        return [week * 7 * DAY + slot + chance.gauss(0, 8) for week in range(days // 7 + 1) for slot in slots]
    if kind == "bursty":
        starts = _poisson(chance, days, chance.uniform(0.05, 0.4), lambda _: 1.0)
        return [s + chance.uniform(0, chance.uniform(60, 360)) for s in starts for _ in range(chance.randint(5, 30))]
    mean = chance.uniform(*ITEMS_A_DAY.get(kind, ITEMS_A_DAY[chance.choice(["daily", "blog"])]))
    shape: Callable[[float], float] = (lambda _: 1.0) if kind == "rare" else _office_hours(chance)
    items = _poisson(chance, days, mean, shape)
    begin, end = sorted((chance.uniform(0.2, 0.45) * days * DAY, chance.uniform(0.5, 0.75) * days * DAY))
    kept = {"dead": lambda t: t < end, "new": lambda t: t >= begin, "revived": lambda t: not begin <= t < end}
    return [t for t in items if kept.get(kind, lambda _: True)(t)]


def _office_hours(chance: random.Random) -> Callable[[float], float]:
    """A rate about 1 on average, highest at a noon of its own, lower on two days of seven."""
    noon, width, weekend = chance.uniform(0, 24), chance.uniform(3, 6), chance.uniform(0.15, 0.8)
    scale = 24 / (0.06 * 24 + width * math.sqrt(2 * math.pi))

    def shape(t: float) -> float:
        off = (t / 60 - noon + 12) % 24 - 12
        return scale * (0.06 + math.exp(-off * off / (2 * width * width))) * (weekend if int(t / DAY) % 7 >= 5 else 1)

    return shape


def _poisson(chance: random.Random, days: int, mean: float, shape: Callable[[float], float]) -> list[float]:
    """Instants of a Poisson process of mean * shape(t) items per day, thinned (Lewis and Shedler, 1979)."""
    peak, t, out = 4.0 * mean, 0.0, list[float]()
    while (t := t + chance.expovariate(peak) * DAY) < days * DAY:
        if chance.random() < shape(t) / 4.0:
            out.append(t)
    return out
