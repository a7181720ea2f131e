"""Whose page is parsed next: the site that used the least CPU time lately, so that no site can keep the others waiting.

    async with turns.turn(site) as turn:    # waits for a place
        …
        turn.cpu_s = …                      # what the site pays

A call that runs for long leaves its place to others while it goes on at the lowest priority, as far as there are extra places
for such calls; while other sites come, too, its own gets no other place until it ends.
Sites that used much share half of the places while others come, too, who then find the rest. First come, first served only
among equals.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

MEMORY_S = 300.0
"""Used time counts less and less: after this long a third of it."""
HEAVY_S = 10.0
"""A site that used more than this is heavy: at 30 ms per page that is more than one page per second."""
SLOW_S = 1.0
"""A call that runs longer leaves its place; nearly all pages take a tenth of that."""
LIGHT_S = 60.0
"""So long after another site that is not heavy, the heavy ones keep places free for such."""
MOST_SITES = 20_000
"""When more are remembered, those are dropped whose use has faded."""


@dataclass(slots=True, eq=False)
class Turn:
    """One call's place; `cpu_s` is what it cost."""

    site: str
    cpu_s: float = 0.0
    is_heavy: bool = False
    is_slow: bool = False
    on_slow: Callable[[], None] = lambda: None
    timer: asyncio.TimerHandle | None = None
    may_start: asyncio.Event = field(default_factory=asyncio.Event)


class Turns:
    """The places of a parser pool, given to sites by what they used; up to `extra` slow calls run beside them."""

    def __init__(self, places: int, *, extra: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        self._free, self._extra, self._clock = places, extra, clock
        self._heavy_places = max(1, places // 2)
        self._heavy_now, self._light = 0, dict[str, float]()
        self._last_site, self._shared_at = "", -math.inf
        self._waiting: list[Turn] = []
        self._slow_sites: Counter[str] = Counter()
        self._used: dict[str, tuple[float, float]] = {}

    @asynccontextmanager
    async def turn(self, site: str) -> AsyncIterator[Turn]:
        """A place for one call of the site, held during the block."""
        turn = Turn(site)
        if self._last_site not in ("", site):
            self._shared_at = self._clock()
        self._last_site = site
        self._waiting.append(turn)
        self._start_next()
        try:
            await turn.may_start.wait()
            self._watch(turn)
            yield turn
        finally:
            self._end(turn)

    def used_s(self, site: str) -> float:
        """The CPU seconds that a site used lately."""
        used, at = self._used.get(site, (0.0, 0.0))
        return used * math.exp((at - self._clock()) / MEMORY_S)

    def _start_next(self) -> None:
        """Give the free places to those who used the least; heavy sites only within their share."""
        while self._free and (able := [one for one in self._waiting if self._may_start(one)]):
            turn = min(able, key=lambda one: self.used_s(one.site))
            turn.is_heavy = self.used_s(turn.site) > HEAVY_S
            self._note_if_light(turn)
            if turn.is_heavy and self._heavy_now >= self._heavy_places and self._light:
                return
            self._waiting.remove(turn)
            self._free -= 1
            self._heavy_now += turn.is_heavy
            turn.may_start.set()

    def _note_if_light(self, turn: Turn) -> None:
        """Keep in `_light` the sites of the last minute that are not heavy, oldest first."""
        now = self._clock()
        self._light.pop(turn.site, None)
        if not turn.is_heavy:
            self._light[turn.site] = now
        while self._light and now - next(iter(self._light.values())) >= LIGHT_S:
            del self._light[next(iter(self._light))]

    def _may_start(self, turn: Turn) -> bool:
        return not self._slow_sites[turn.site] or self._clock() - self._shared_at > LIGHT_S

    def _watch(self, turn: Turn) -> None:
        turn.timer = asyncio.get_running_loop().call_later(SLOW_S, self._make_way, turn)

    def _make_way(self, turn: Turn) -> None:
        """Let a call that runs for long go on beside the places, now or when there is an extra one."""
        if not self._extra:
            self._watch(turn)
            return
        self._extra -= 1
        turn.is_slow = True
        self._slow_sites[turn.site] += 1
        self._leave(turn)
        turn.on_slow()
        self._start_next()

    def _leave(self, turn: Turn) -> None:
        self._free += 1
        self._heavy_now -= turn.is_heavy

    def _end(self, turn: Turn) -> None:
        if turn.timer is not None:
            turn.timer.cancel()
        if turn.may_start.is_set():
            if turn.is_slow:
                self._extra += 1
                self._slow_sites[turn.site] -= 1
                self._slow_sites += Counter()  # drops what is 0
            else:
                self._leave(turn)
            self._used[turn.site] = (self.used_s(turn.site) + turn.cpu_s, self._clock())
            if len(self._used) > MOST_SITES:
                self._used = {site: kept for site, kept in self._used.items() if self.used_s(site) > 1.0}
        else:
            self._waiting.remove(turn)
        self._start_next()
