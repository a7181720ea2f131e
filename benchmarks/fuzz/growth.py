"""`make growth`: the time of all public functions that take foreign text, on adversarial texts of up to 1,000,000 characters.

Prints each function with the longest time at 1,000,000 characters and the texts for which time grows faster than n log n, and
writes build/bench/growth.json: `functions`, `in_loop` and `in_pool` (functions that grow faster, called by the event loop or in
the parser pool, whose deadline is their cap), `slowest_in_loop_s`.

Exit codes: 0 what the event loop calls grows no faster than n log n; 1 otherwise.
"""

from __future__ import annotations

import argparse
import sys

from benchmarks import results
from tests.integration.support.growth import FUNCTIONS, IN_THE_LOOP, LONGEST, UNITS, WORST_RATIO, growth


def measured(name: str) -> tuple[float, list[str]]:
    """The longest time at 1,000,000 characters, and the texts for which the time grows too fast."""
    slowest, found = 0.0, []
    for unit in UNITS:
        short_s, long_s = growth(FUNCTIONS[name], unit, *LONGEST)
        slowest = max(slowest, long_s)
        if long_s > WORST_RATIO * short_s:
            found.append(f"{unit!r}: {short_s:.3f} s, {long_s:.3f} s")
    return slowest, found


def main() -> int:
    """Measure, print, write; 1 where the event loop can be held."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="functions whose name holds this")
    options = parser.parse_args()
    rows = []
    for name in (name for name in FUNCTIONS if options.only in name):
        slowest, found = measured(name)
        rows.append({"function": name, "slowest_s": round(slowest, 3), "grows": found})
        print(f"  {slowest:8.3f} s  {name}  {'; '.join(found)}", flush=True)
    in_loop = [row for row in rows if str(row["function"]).startswith(IN_THE_LOOP)]
    fast = [row for row in rows if row["grows"]]
    figures = {
        "functions": len(rows),
        "in_loop": sum(row in in_loop for row in fast),
        "in_pool": sum(row not in in_loop for row in fast),
        "slowest_in_loop_s": max((float(str(row["slowest_s"])) for row in in_loop), default=0.0),
    }
    print(f"\n{figures}; {results.machine()}")
    results.write("growth", figures, rows)
    held = [str(row["function"]) for row in in_loop if row["grows"]]
    return results.verdict(f"grow faster than n log n in the event loop: {', '.join(held)}" if held else "")


if __name__ == "__main__":
    sys.exit(main())
