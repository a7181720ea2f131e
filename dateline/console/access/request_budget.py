"""How many requests a token or user may make: a bucket that each request takes from and that time fills again."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

MOST_NAMES = 1_000


@dataclass(slots=True)
class RequestBudget:
    """`a_minute` requests at once, and as many within each minute from then on; 0: without limit."""

    a_minute: int
    _left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def takes(self, name: str, now: float) -> bool:
        """Whether one more request is within the budget of that name; if so, it is counted."""
        if not self.a_minute:
            return True
        left, at = self._left.pop(name, (float(self.a_minute), now))
        left = min(float(self.a_minute), left + (now - at) * self.a_minute / 60)
        self._left[name] = (left - 1 if left >= 1 else left, now)
        while len(self._left) > MOST_NAMES:
            self._left.popitem(last=False)
        return left >= 1

    @property
    def wait_s(self) -> int:
        """Seconds after which there is room for a request again."""
        return max(1, -(-60 // self.a_minute)) if self.a_minute else 1
