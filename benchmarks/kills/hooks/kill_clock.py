"""A clock that steps, and memory that runs out."""

from __future__ import annotations

import datetime as dt
import signal
import time
from pathlib import Path
from types import ModuleType

from import_patches import after_import
from kill_spec import SPEC

if "offset" in SPEC:

    class SteppedTime(dt.datetime):
        """datetime whose `now` is off by what the file says."""

        @classmethod
        def now(cls, tz=None):
            offset = float(Path(SPEC["offset"]).read_text() or 0)
            return dt.datetime.fromtimestamp(time.time() + offset, tz)

    class SteppedModule(ModuleType):
        """The module datetime with that class in it."""

        def __getattr__(self, name):
            return getattr(dt, name)

    stepped = SteppedModule("datetime")
    stepped.datetime = SteppedTime

    @after_import("dateline.clock")
    def step_the_clock(module: ModuleType) -> None:
        module.dt = stepped


if SPEC:
    HELD = []
    signal.signal(signal.SIGUSR1, lambda *_: HELD.append(b"x" * (64 << 20)))
