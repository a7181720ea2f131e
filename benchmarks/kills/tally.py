"""What the records of many runs come to: the figures, and a table with a line per fault; pure but for the printing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from benchmarks.kills.faults import Fault

COUNTS = ("lost", "doubled", "forgotten")
MEASURES = {"worker": "recovery_worker_s_max", "db": "recovery_db_s_max", "takeover": "takeover_s_max"}


def is_whole(record: dict[str, Any]) -> bool:
    """Whether nothing was hurt in a run that was played to its end."""
    return "error" not in record and not any(record[name] for name in (*COUNTS, "harm"))


def summary(records: Sequence[dict[str, Any]], faults: Sequence[Fault]) -> dict[str, float | int]:
    """The figures of all runs that were played to the end, and in how many the harness broke."""
    whole = [one for one in records if "error" not in one]
    kept = [one for one in whole if not one["bare"]]
    figures: dict[str, float | int] = {"runs": len(kept)}
    figures |= {name: sum(one[name] for one in kept) for name in COUNTS}
    kinds = {fault.name: fault.measures for fault in faults}
    for kind, name in MEASURES.items():
        found = [one["recovery_s"] for one in kept if kinds.get(one["fault"]) == kind and one["recovery_s"] is not None]
        figures[name] = round(max(found, default=0.0), 2)
    figures["harmed"] = sum(bool(one["harm"]) for one in kept)
    figures["errors"] = len(records) - len(whole)
    bare = [one for one in whole if one["bare"]]
    figures["unprotected_runs"] = len(bare)
    figures["unprotected_runs_unhurt"] = sum(is_whole(one) for one in bare)
    for one in bare:
        slug = re.sub(r"\W+", "_", one["fault"]).strip("_").lower()
        figures[f"unprotected.{slug}"] = sum(one[name] for name in COUNTS) + bool(one["harm"])
    return figures


def show_table(records: Sequence[dict[str, Any]], faults: Sequence[Fault]) -> None:
    """Print a line per fault, in docs/explanation/reliability.md's own form."""
    print(
        "\n| fault | runs | lost / doubled / forgotten | recovered in, median and most | without | what it did then |"
    )
    print("|---|---|---|---|---|---|")
    for fault in faults:
        found = [one for one in records if one["fault"] == fault.name]
        if found:
            print(row(fault, found))
    for one in records:
        if "error" not in one and one["harm"] and not one["bare"]:
            print(f"!!! {one['fault']}, run {one['run']}: {one['harm']}")
        if "error" in one:
            print(
                f"!!! {one['fault']}, run {one['run']}: the harness broke: {one['error'].strip().splitlines()[-1][:200]}"
            )


def row(fault: Fault, found: Sequence[dict[str, Any]]) -> str:
    """A fault's line."""
    kept = [one for one in found if not one["bare"] and "error" not in one]
    sums = " / ".join(str(sum(one[name] for one in kept)) for name in COUNTS)
    sums += f", {harms} harmed" if (harms := sum(bool(one["harm"]) for one in kept)) else ""
    times = sorted(one["recovery_s"] for one in kept if one["recovery_s"] is not None) if fault.measures else []
    told = f"{times[len(times) // 2]:.1f} s, {times[-1]:.1f} s" if times else "–"
    bare = [one for one in found if one["bare"] and "error" not in one]
    return f"| {fault.name} | {len(kept)} | {sums} | {told} | {fault.off} | {'; '.join(map(cost, bare)) or '–'} |"


def cost(record: dict[str, Any]) -> str:
    """What a run without protection cost, in words."""
    parts = [f"{record[name]} {name}" for name in COUNTS if record[name]] + ([record["harm"]] if record["harm"] else [])
    again = f" (at strike {record['strikes']})" if record["strikes"] > 1 and parts else ""
    return (", ".join(parts) or f"nothing in {record['strikes']} strikes") + again
