"""Plays the runs of one world and prints a JSON object a run; `matrix` reads it. A run that leaves something ends the world."""

from __future__ import annotations

import dataclasses
import json
import os
import random
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from benchmarks.kills.compare import Outcome
from benchmarks.kills.faults import FAULTS, Fault
from benchmarks.kills.patience import Patience
from benchmarks.kills.site import Site
from benchmarks.kills.stage import Stage, staged
from dateline.child_process import die_with

RUN_LIMIT_S, LOOK_S = 400.0, 1.0
BARE_STRIKES = 4
"""How often a fault strikes without its protection until it shows what that costs: not every moment hurts."""


def outcomes(fault: Fault, template: Path, seed: int, runs: list[int], stop_at: float, *, bare: bool) -> Any:
    """A record of each run as it ends, until one left something behind, or the time is up."""
    site = Site(batch=fault.batch, poisoned=fault.poisoned)
    fields: dict[str, Any] = {"pause": dict(fault.pause), "settings": dict(fault.settings)}
    fields |= {"off": fault.off} if bare else {}
    limit_run()
    with staged(template, site, **fields) as stage:
        stage.chance = random.Random(f"{seed} {fault.name}")
        fault.world(stage)
        for number in runs:
            if time.time() > stop_at:
                return
            yield _one(fault, stage, seed, number, strikes=BARE_STRIKES if bare else 1)


def _one(fault: Fault, stage: Stage, seed: int, number: int, *, strikes: int) -> dict[str, Any]:
    outcome = Outcome(0, 0, 0, None, 0.0)
    for strike in range(1, strikes + 1):
        limit_run()
        stage.begin_run(random.Random(f"{seed} {fault.name} {number} {strike}"))
        try:
            outcome = fault.strike(stage)
        except TimeoutError:
            if strike == 1:
                raise
            outcome = dataclasses.replace(outcome, harm="nothing was stored any more after the strike before")
        if not outcome.is_whole:
            break
    return {"run": number, "strikes": strike} | dataclasses.asdict(outcome)


def limit_run() -> None:
    """From now on, a run that takes too long by this machine's measure raises a TimeoutError."""
    patience = Patience(RUN_LIMIT_S)

    def look(*_: Any) -> None:
        if patience.is_over():
            signal.setitimer(signal.ITIMER_REAL, 0)
            raise TimeoutError(f"a run took more than {RUN_LIMIT_S:g} s of this machine's time")

    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, LOOK_S, LOOK_S)


def _ended(*_: Any) -> None:
    """Once; a second signal must not cut short what takes the world down."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(143)


def main() -> int:
    """Play FAULT TEMPLATE SEED RUNS UNTIL [--bare]."""
    name, template, seed, numbers, stop_at, *rest = sys.argv[1:]
    fault = next(one for one in FAULTS if one.name == name)
    runs, number = [int(one) for one in numbers.split(",")], None
    # take the environment down, however the player ends
    signal.signal(signal.SIGTERM, _ended)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with(os.getppid())()
    try:
        for record in outcomes(fault, Path(template), int(seed), runs, float(stop_at), bare="--bare" in rest):
            number = record["run"]
            print(json.dumps(record), flush=True)
            if any(record[what] for what in ("lost", "doubled", "forgotten", "harm")):
                break
    except Exception:
        broken = runs[0] if number is None else runs[runs.index(number) + 1]
        print(json.dumps({"run": broken, "error": traceback.format_exc()[-3000:]}), flush=True)
    signal.setitimer(signal.ITIMER_REAL, 0)  # an interpreter that ends has no handler any more
    return 0


if __name__ == "__main__":
    sys.exit(main())
