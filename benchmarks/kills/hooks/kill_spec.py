"""What a run of the kill matrix asks of a process: the JSON object in KILLS.

{"folder": where to leave marks, "pause": {place: seconds}, "off": name of a protection, "offset": a file with seconds to
add to the clock, "archive_wait_s": how long pages wait when the archive takes none}.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

SPEC = json.loads(os.environ.get("PYTHON_KILLS", "{}"))


def reach(place: str) -> float:
    """Leave a mark with this process's number at a place; the seconds to pause there."""
    seconds = SPEC.get("pause", {}).get(place, 0.0)
    if seconds:
        (Path(SPEC["folder"]) / f"{place}.{os.getpid()}.{time.monotonic_ns()}").touch()
    return seconds


def is_off(protection: str) -> bool:
    return SPEC.get("off") == protection
