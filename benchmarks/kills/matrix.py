"""`make kill-matrix`: every fault many times, and once without its protection.

Prints a table and writes build/bench/kill-matrix.json: `runs`, `lost`, `doubled`, `forgotten`, `recovery_worker_s_max`,
`recovery_db_s_max`, `takeover_s_max`, `harmed` (runs with another hurt), `errors` (runs in which the harness itself broke),
and for each fault's run without its protection what it cost. Runs are kept as they come in
build/bench/kill-matrix.part.jsonl; `--resume` goes on from there.

Exit codes: 0 nothing was lost, doubled, forgotten or harmed; 1 something was, or the harness broke; 3 the time was up.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any

import psutil

from benchmarks import results
from benchmarks.kills.faults import FAULTS, Fault
from benchmarks.kills.stage import make_template
from benchmarks.kills.tally import is_whole, show_table, summary

WORLD_RUNS = 20
"""Runs that are played in one world."""
REPLAYS = 2
"""How often a run in which the harness broke is played again."""
WORKING, WAITING = 2, 2
"""Worlds at once: of those that work, and beside them of those that mostly wait."""
PART = results.FOLDER / "kill-matrix.part.jsonl"


@dataclass
class Ledger:
    """The records of all runs, written down as they come."""

    path: Path
    seed: int
    records: list[dict[str, Any]] = field(default_factory=list)
    wanted: int = 0
    stop_at: float = float("inf")
    """When no further run starts (seconds of the wall clock)."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def resume(self) -> None:
        """Take the records of an earlier matrix with the same seed; those in which the harness broke are played again."""
        lines = self.path.read_text(encoding="utf-8").splitlines() if self.path.exists() else []
        found = [json.loads(line) for line in lines]
        self.records = [one for one in found if one["seed"] == self.seed and "error" not in one]

    def add(self, record: dict[str, Any]) -> None:
        """Note a run."""
        with self._lock:
            self.records.append(record)
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as out:
                out.write(json.dumps(record) + "\n")
            self._tell(record)

    def played(self, fault: Fault, *, bare: bool) -> set[int]:
        """The numbers of a fault's runs that were played to the end."""
        return {r["run"] for r in self.records if (r["fault"], r["bare"]) == (fault.name, bare) and "error" not in r}

    def _tell(self, record: dict[str, Any]) -> None:
        if "error" in record or not (record["bare"] or is_whole(record)):
            print(f"!!! {json.dumps(record)[:2500]}", file=sys.stderr, flush=True)
        if sys.stderr.isatty():
            hurt = sum(not is_whole(one) for one in self.records if not one["bare"])
            told = f"{len(self.records)}/{self.wanted} runs, {hurt} hurt; {record['fault']}"
            print(f"\r\x1b[K{told}", end="", file=sys.stderr, flush=True)


@dataclass(frozen=True, slots=True)
class World:
    """Runs of one fault that are played in one world."""

    fault: Fault
    runs: tuple[int, ...]
    bare: bool = False
    """Without the fault's protection."""


def plan(faults: list[Fault], ledger: Ledger, times: int, *, protected: bool, bare: bool) -> list[World]:
    """The worlds that are to be opened, one of each fault after the other."""
    rows: list[list[World]] = []
    for fault in faults:
        left = sorted(set(range(times if protected else 0)) - ledger.played(fault, bare=False))
        row = [World(fault, tuple(left[n : n + WORLD_RUNS])) for n in range(0, len(left), WORLD_RUNS)]
        if bare and not ledger.played(fault, bare=True):
            row.append(World(fault, (0,), bare=True))
        rows.append(row)
    return [world for turn in zip_longest(*rows) for world in turn if world is not None]


def play(world: World, template: Path, ledger: Ledger) -> None:
    """Play a world's runs; after one that left something behind, or in which the harness broke, in a new world."""
    left, breaks = list(world.runs), 0
    while left and time.time() < ledger.stop_at:
        done = 0
        for record in _lines(world, left, template, ledger):
            if ledger.stop_at == 0:
                return
            ledger.add({"fault": world.fault.name, "bare": world.bare, "seed": ledger.seed} | record)
            if "error" in record:
                breaks += 1
                break
            done += 1
        left = left[done:]
        if breaks > REPLAYS:
            return


def _lines(world: World, runs: list[int], template: Path, ledger: Ledger) -> Any:
    """The records of a world in a process of its own, so that no world can hurt another."""
    command = [sys.executable, "-m", "benchmarks.kills.play", world.fault.name, str(template), str(ledger.seed)]
    command += [",".join(map(str, runs)), str(ledger.stop_at), *(["--bare"] if world.bare else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        for line in process.stdout:
            yield json.loads(line)
        said = process.stderr.read()
    if process.returncode:
        yield {"run": runs[0], "error": f"the player ended with {process.returncode}: {said[-3000:]}"}


def allowed(faults: list[Fault]) -> list[Fault]:
    """The faults that can run on this machine; a message names the others."""
    with tempfile.TemporaryDirectory() as folder:
        mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]
        may_mount = subprocess.run(mount, capture_output=True, check=False).returncode == 0
        if may_mount:
            subprocess.run(["umount", folder], check=True)
    for fault in faults:
        if fault.needs and not may_mount:
            print(f"!!! LEFT OUT: {fault.name}: file systems cannot be mounted on this machine", file=sys.stderr)
    return [fault for fault in faults if may_mount or not fault.needs]


def run(faults: list[Fault], ledger: Ledger, options: argparse.Namespace) -> None:
    """Play all that is left to play."""
    ledger.stop_at = time.time() + options.limit_s
    with tempfile.TemporaryDirectory(prefix="dkt-", dir="/tmp") as name:
        template = Path(name)
        template.chmod(0o711)
        make_template(template)
        worlds = plan(faults, ledger, options.times, protected=not options.only_bare, bare=not options.no_bare)
        ledger.wanted = len(ledger.records) + sum(len(world.runs) for world in worlds)
        with ThreadPoolExecutor(options.at_once) as working, ThreadPoolExecutor(WAITING) as waiting:
            lanes = {False: working, True: waiting}
            played = [lanes[world.fault.waits].submit(play, world, template, ledger) for world in worlds]
            for one in as_completed(played):
                one.result()


def end_at_a_signal(ledger: Ledger) -> None:
    """SIGTERM and SIGINT end the players, which take their environments down; no further run starts."""

    def end(*_: Any) -> None:
        ledger.stop_at = 0
        for player in psutil.Process().children():
            player.terminate()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)


def main() -> int:
    """Run the matrix; see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=20, help="runs of each fault (default: 20)")
    parser.add_argument("--only", action="append", default=[], help="faults whose name holds this; may be repeated")
    parser.add_argument("--seed", type=int, help="of the random moments; the runs of one seed can be resumed")
    parser.add_argument(
        "--at-once", type=int, default=WORKING,
        help=f"worlds that work at once (default: {WORKING}); with 1 recovery is that of a machine of its own",
    )  # fmt: skip
    parser.add_argument("--no-bare", action="store_true", help="leave out the runs without protection")
    parser.add_argument("--only-bare", action="store_true", help="only the runs without protection")
    parser.add_argument("--resume", action="store_true", help="keep the runs of this seed that were played before")
    parser.add_argument("--limit-s", type=float, default=float("inf"), help="begin no run after so many seconds")
    options = parser.parse_args()
    if options.resume and options.seed is None:
        parser.error("--resume needs the --seed of the runs that are to be kept")
    seed = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    ledger = Ledger(PART, seed)
    if options.resume:
        ledger.resume()
    else:
        PART.unlink(missing_ok=True)
    faults = allowed([one for one in FAULTS if not options.only or any(part in one.name for part in options.only)])
    end_at_a_signal(ledger)
    began = time.monotonic()
    run(faults, ledger, options)
    figures = summary(ledger.records, FAULTS)
    show_table(ledger.records, FAULTS)
    print(f"\nseed {seed}; {time.monotonic() - began:.0f} s; {results.machine()}")
    for label, value in figures.items():
        print(f"  {label:70} {value}")
    results.write("kill-matrix", figures, ledger.records)
    left = plan(faults, ledger, options.times, protected=not options.only_bare, bare=not options.no_bare)
    damage = [f"{figures[name]} {name}" for name in ("lost", "doubled", "forgotten", "harmed") if figures[name]]
    unplayed = sum(len(world.runs) for world in left)
    code = results.verdict(*damage, f"{unplayed} runs were not played" if unplayed else "")
    return 3 if unplayed and not damage and time.time() >= ledger.stop_at else code


if __name__ == "__main__":
    os.chdir(Path(__file__).parents[2])
    sys.exit(main())
