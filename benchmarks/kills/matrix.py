"""`make kill-matrix`: every fault many times, each run in a process of its own, and once without its protection.

Prints a table and writes build/bench/kill-matrix.json: `runs`, `lost`, `doubled`, `forgotten`, `recovery_worker_s_max`,
`recovery_db_s_max`, `takeover_s_max`, and for each fault's run without its protection what it cost.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import traceback
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks import results
from benchmarks.kills.faults import FAULTS, Fault
from benchmarks.kills.site import Site
from benchmarks.kills.stage import Outcome, make_template, staged

RUN_LIMIT_S = 240
MEASURES = {"worker": "recovery_worker_s_max", "db": "recovery_db_s_max", "takeover": "takeover_s_max"}


def play(fault: Fault, template: Path, seed: int, *, unprotected: bool) -> Outcome:
    """One run of a fault."""
    site = Site(poisoned=fault.poisoned)
    fields: dict[str, Any] = {"pause": dict(fault.pause), "settings": dict(fault.settings)}
    if unprotected:
        fields["off"] = fault.off
    with staged(template, site, random.Random(seed), **fields) as stage:
        if fault.has_clock:
            stage.offset = stage.folder / "offset"
            stage.offset.write_text("0")
        return fault.strike(stage)


def record_of(fault: Fault, template: Path, seed: int, *, unprotected: bool) -> dict[str, Any]:
    """A run's record, played in a process of its own, so that no run can hurt another."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.kills.matrix",
        "--play",
        fault.name,
        "--template",
        str(template),
        "--seed",
        str(seed),
    ]
    command += ["--unprotected"] if unprotected else []
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=RUN_LIMIT_S, check=False)
        record = json.loads(done.stdout.splitlines()[-1]) if done.stdout.strip() else {"error": done.stderr[-2000:]}
    except subprocess.TimeoutExpired:
        record = {"error": f"took more than {RUN_LIMIT_S} s"}
    return {"fault": fault.name, "seed": seed, "without": fault.off if unprotected else None, **record}


def summary(records: list[dict[str, Any]]) -> dict[str, float | int]:
    """The figures of all runs; a run that broke down counts as one with a loss."""
    protected = [record for record in records if record["without"] is None]
    figures: dict[str, float | int] = {"runs": len(protected)}
    for name in ("lost", "doubled", "forgotten"):
        figures[name] = sum(record.get(name, 1) for record in protected)
    measured = {fault.name: fault.measures for fault in FAULTS}
    for kind, name in MEASURES.items():
        found = [r["recovery_s"] for r in protected if measured[r["fault"]] == kind and r.get("recovery_s") is not None]
        figures[name] = round(max(found, default=0.0), 2)
    for record in records:
        if record["without"] is not None:
            slug = re.sub(r"\W+", "_", record["fault"]).strip("_").lower()
            figures[f"unprotected.{slug}"] = sum(record.get(name, 0) for name in ("lost", "doubled", "forgotten"))
    return figures


def table(records: list[dict[str, Any]]) -> None:
    """Print a line a fault."""
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for record in records:
        rows[record["fault"]].append(record)
    print(f"\n{'fault':50} runs  lost doubled forgotten  recovery s (max)   without: lost/doubled/forgotten")
    for name, found in rows.items():
        kept = [r for r in found if r["without"] is None]
        bare = [r for r in found if r["without"] is not None]
        sums = [sum(r.get(key, 1) for r in kept) for key in ("lost", "doubled", "forgotten")]
        worst = max((r["recovery_s"] for r in kept if r.get("recovery_s") is not None), default=float("nan"))
        told = "; ".join(
            f"{r['without']}: {r.get('lost', '!')}/{r.get('doubled', '!')}/{r.get('forgotten', '!')}" for r in bare
        )
        print(f"{name:50} {len(kept):4} {sums[0]:5} {sums[1]:7} {sums[2]:9} {worst:17.2f}   {told}")
        for record in found:
            if "error" in record:
                said = record["error"].strip() or "died"
                print(f"    seed {record['seed']}: {said.splitlines()[-1][:200]}")


def is_allowed(need: str) -> bool:
    """Whether this machine lets us do what a fault needs."""
    if need != "mount":
        return True
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], capture_output=True, check=False
        )
        if done.returncode == 0:
            subprocess.run(["umount", folder], check=True)
        return done.returncode == 0


def main() -> int:
    """Run the matrix; 1 when anything was lost, doubled or forgotten, or a lack of protection cost nothing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=20, help="runs of each fault")
    parser.add_argument("--jobs", type=int, default=3, help="runs at once")
    parser.add_argument("--only", help="faults whose name holds this")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--no-unprotected", action="store_true", help="leave out the runs without protection")
    parser.add_argument("--only-unprotected", action="store_true", help="only the runs without protection")
    parser.add_argument("--play", help=argparse.SUPPRESS)
    parser.add_argument("--template", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--unprotected", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.play:
        fault = next(one for one in FAULTS if one.name == options.play)
        try:
            outcome = play(fault, options.template, options.seed, unprotected=options.unprotected)
            print(json.dumps(dataclasses.asdict(outcome)))
        except Exception:
            print(json.dumps({"error": traceback.format_exc()[-3000:]}))
        return 0
    faults = [one for one in FAULTS if not options.only or options.only in one.name]
    left_out = [one.name for one in faults if not is_allowed(one.needs)]
    faults = [one for one in faults if one.name not in left_out]
    with tempfile.TemporaryDirectory(prefix="dkt-", dir="/tmp") as name:
        template = Path(name)
        template.chmod(0o711)
        make_template(template)
        plays = [(one, n, False) for n in range(0 if options.only_unprotected else options.times) for one in faults]
        plays += [] if options.no_unprotected else [(one, 0, True) for one in faults]
        with ThreadPoolExecutor(options.jobs) as pool:

            def one_run(play: tuple[Fault, int, bool]) -> dict[str, Any]:
                record = record_of(play[0], template, options.seed + play[1], unprotected=play[2])
                if sys.stdout.isatty() or "error" in record:
                    print(json.dumps(record)[:300], file=sys.stderr, flush=True)
                return record

            records = list(pool.map(one_run, plays))
    table(records)
    figures = summary(records)
    print(f"\nseed {options.seed}; {results.machine()}")
    for label, value in figures.items():
        print(f"  {label:70} {value}")
    for name in left_out:
        print(f"!!! LEFT OUT: {name}: this machine lets nobody mount a file system", file=sys.stderr)
    results.write("kill-matrix", figures, records)
    harmless = [name for name, cost in figures.items() if name.startswith("unprotected.") and cost == 0]
    if harmless:
        print(f"without their protection these cost nothing: {', '.join(harmless)}", file=sys.stderr)
    return int(any(figures[name] for name in ("lost", "doubled", "forgotten")))


if __name__ == "__main__":
    os.chdir(Path(__file__).parents[2])
    sys.exit(main())
