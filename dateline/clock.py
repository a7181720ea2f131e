"""The present instant: the one clock of production code. Pure functions take `now` or a `Clock` instead; tests pass their own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

Clock = Callable[[], dt.datetime]


def utc_now() -> dt.datetime:
    """The present instant, aware of UTC."""
    return dt.datetime.now(dt.UTC)
