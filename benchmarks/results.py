"""Where a benchmark's figures go: a table for people, one flat JSON object for scripts, raw records for other scorers."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

FOLDER = Path("build/bench")


def machine() -> str:
    """What this machine is, for the table's caption."""
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine(),
    )
    return f"{model}, {len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}"


def write(name: str, figures: Mapping[str, float | int], runs: Iterable[Mapping[str, Any]]) -> Path:
    """Write the figures and the records that they were made from; the path of the figures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.json"
    path.write_text(json.dumps(dict(figures), indent=1) + "\n", encoding="utf-8")
    with (FOLDER / f"{name}.runs.jsonl").open("w", encoding="utf-8") as out:
        for record in runs:
            out.write(json.dumps(record, default=str) + "\n")
    return path


def show(title: str, rows: Iterable[tuple[str, float | int | str]]) -> None:
    """Print a table of two columns."""
    print(f"\n{title}\n{machine()}")
    for label, value in rows:
        print(f"  {label:44} {value if isinstance(value, str | int) else format(value, '.3f'):>12}")


def verdict(*missed: str) -> int:
    """Print one line that says whether the targets are met; returns the exit code."""
    wrong = [one for one in missed if one]
    print(f"FAILED: {'; '.join(wrong)}" if wrong else "PASSED", flush=True)
    return int(bool(wrong))


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
