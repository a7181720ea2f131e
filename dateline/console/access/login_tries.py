"""How many wrong passwords slow a login down, and for how long."""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict, deque
from dataclasses import dataclass, field

TRIES = 5
"""Wrong passwords from one device or address within TRY_WINDOW_S, from which on its tries are slow."""
TRY_WINDOW_S = 60.0
TURN_S = 1.0
"""Seconds that a slow try takes; tries of one device or address go one after the other."""
MOST_WAITING = 10
MAX_ADDRESSES = 10_000


@dataclass(slots=True)
class Tries:
    """Wrong passwords of the last minute, by device or address.

    Too many make the next tries slow and never shut out the right password: strangers at one address (behind a proxy it is
    everyone's) could else keep its people out. A device where the password was given before has a count of its own (OWASP, device
    cookies).
    """

    of: OrderedDict[str, deque[float]] = field(default_factory=OrderedDict)
    waiting: Counter[str] = field(default_factory=Counter)
    turns: dict[str, asyncio.Lock] = field(default_factory=dict)

    def is_slow(self, who: str, now: float) -> bool:
        """Whether there were too many wrong passwords of late."""
        return sum(at > now - TRY_WINDOW_S for at in self.of.get(who, ())) >= TRIES

    def note_wrong(self, who: str, now: float) -> None:
        """Remember a wrong password."""
        tries = self.of.pop(who, deque(maxlen=TRIES))
        tries.append(now)
        self.of[who] = tries
        if len(self.of) > MAX_ADDRESSES:
            self.of.popitem(last=False)

    async def turn(self, who: str) -> bool:
        """Wait for a turn, one per second; False at once where too many wait."""
        if self.waiting[who] >= MOST_WAITING:
            return False
        self.waiting[who] += 1
        try:
            async with self.turns.setdefault(who, asyncio.Lock()):
                await asyncio.sleep(TURN_S)
            return True
        finally:
            self.waiting[who] -= 1
            if not self.waiting[who]:
                del self.waiting[who]
                self.turns.pop(who, None)
