"""Whose page is parsed next: the site that used the least CPU time lately, so that no site can keep the others waiting.

    async with turns.turn(site) as turn:    # waits for a place
        …
        turn.cpu_s = …                      # what the site pays

Sites that used much share half of the places while others come, too, who then find the rest. First come, first served only
among equals.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

MEMORY_S = 300.0
"""Used time counts less and less: after this long a third of it."""
HEAVY_S = 10.0
"""A site that used more than this is heavy: at 30 ms per page that is more than one page per second."""
LIGHT_S = 60.0
"""So long after a site that is not heavy, the heavy ones keep places free for such."""
MOST_SITES = 20_000
"""When more are remembered, those are dropped whose use has faded."""


@dataclass(slots=True, eq=False)
class Turn:
    """One call's place; `cpu_s` is what it cost."""

    site: str
    cpu_s: float = 0.0
    is_heavy: bool = False
    may_start: asyncio.Event = field(default_factory=asyncio.Event)


class Turns:
    """The places of a parser pool, given to sites by what they used."""

    def __init__(self, places: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._free, self._clock = places, clock
        self._heavy_places = max(1, places // 2)
        self._heavy_now, self._light_at = 0, -math.inf
        self._waiting: list[Turn] = []
        self._used: dict[str, tuple[float, float]] = {}

    @asynccontextmanager
    async def turn(self, site: str) -> AsyncIterator[Turn]:
        """A place for one call of the site, held during the block."""
        turn = Turn(site)
        self._waiting.append(turn)
        self._start_next()
        try:
            await turn.may_start.wait()
            yield turn
        finally:
            self._end(turn)

    def used_s(self, site: str) -> float:
        """The CPU seconds that a site used lately."""
        used, at = self._used.get(site, (0.0, 0.0))
        return used * math.exp((at - self._clock()) / MEMORY_S)

    def _start_next(self) -> None:
        """Give the free places to those who used the least; heavy sites only within their share."""
        while self._free and self._waiting:
            turn = min(self._waiting, key=lambda one: self.used_s(one.site))
            turn.is_heavy, now = self.used_s(turn.site) > HEAVY_S, self._clock()
            self._light_at = self._light_at if turn.is_heavy else now
            if turn.is_heavy and self._heavy_now >= self._heavy_places and now - self._light_at < LIGHT_S:
                return
            self._waiting.remove(turn)
            self._free -= 1
            self._heavy_now += turn.is_heavy
            turn.may_start.set()

    def _end(self, turn: Turn) -> None:
        if turn.may_start.is_set():
            self._free += 1
            self._heavy_now -= turn.is_heavy
            self._used[turn.site] = (self.used_s(turn.site) + turn.cpu_s, self._clock())
            if len(self._used) > MOST_SITES:
                self._used = {site: kept for site, kept in self._used.items() if self.used_s(site) > 1.0}
        else:
            self._waiting.remove(turn)
        self._start_next()
