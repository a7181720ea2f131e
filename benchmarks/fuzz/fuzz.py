"""`make fuzz`: hostile inputs through the line's own functions in the parser pool, and a share of them crawled over loopback.

inputs               how many there were
crashes              parses that died, ran out of memory, raised, or gave what PostgreSQL refuses
hung                 parses that were killed at the deadline
without_final_state  crawled URLs that are still pending, or are not in the ledger
unreadable_rows      rows of the archive that psycopg can't read
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from benchmarks import results
from benchmarks.fuzz.fuzz_crawl import crawl_inputs
from benchmarks.fuzz.fuzz_inputs import Input, inputs, make
from benchmarks.fuzz.fuzz_parsing import read
from dateline.errors import ParserPoolError
from dateline.parser_pool.pool import ParserPool
from sql.schema.migrate import migrate
from sql.server.embedded import EmbeddedServer, remove_cluster

DEADLINE_S = 15.0
MEMORY_MB = 1024


@dataclass(slots=True)
class Parsed:
    """What parsing came to: the failures with their inputs' numbers, and the slowest parse."""

    inputs: int = 0
    crashes: list[str] = field(default_factory=list)
    hung: list[str] = field(default_factory=list)
    slowest_s: float = 0.0


async def parse_inputs(made: Iterable[Input], *, workers: int) -> Parsed:
    """Each input in the parser pool, as production has it."""
    told, numbered = Parsed(), iter(enumerate(made))
    preload = ("pipelines.extract.extract", "benchmarks.fuzz.fuzz_parsing")  # the first is warmed up once
    async with ParserPool(workers=workers, memory_mb=MEMORY_MB, preload=preload) as parser_pool:
        await parser_pool.warm()

        async def work() -> None:
            for number, one in numbered:
                began = time.perf_counter()
                try:
                    await parser_pool.run(read, one, deadline_s=DEADLINE_S, subject=str(number))
                except ParserPoolError as error:
                    line = f"input {number} ({one.kind}, {len(one.body)} bytes): {error.reason}: {error}"
                    (told.hung if error.reason == "parse_timeout" else told.crashes).append(line)
                told.inputs += 1
                told.slowest_s = max(told.slowest_s, time.perf_counter() - began)

        await asyncio.gather(*(work() for _ in range(workers + 1)))
    return told


def main() -> int:
    """Parse, crawl, tell; 1 where anything broke."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parsed", type=int, default=22_000)
    parser.add_argument("--crawled", type=int, default=4_000)
    options = parser.parse_args()
    began = time.perf_counter()
    cores = len(os.sched_getaffinity(0))
    parsed = asyncio.run(parse_inputs(islice(inputs(options.parsed), options.parsed), workers=cores))
    parsing_s = time.perf_counter() - began
    folder = Path(tempfile.mkdtemp(prefix="dateline-fuzz-"))
    folder.chmod(0o711)
    try:
        with EmbeddedServer(folder / "db", durable=False, root_dir=folder / "root").running() as url:
            migrate(url)
            crawled = crawl_inputs([make(number) for number in range(10**6, 10**6 + options.crawled)], url, folder)
    finally:
        remove_cluster(folder / "db")
        shutil.rmtree(folder, ignore_errors=True)
    figures = {
        "inputs": parsed.inputs + crawled.inputs,
        "crashes": len(parsed.crashes),
        "hung": len(parsed.hung),
        "without_final_state": len(crawled.without_final_state),
        "unreadable_rows": crawled.unreadable_rows,
        "neighbours": crawled.neighbours,
        "neighbours_lost": len(crawled.neighbours_lost),
        "crawled": crawled.inputs,
        "slowest_parse_s": round(parsed.slowest_s, 2),
        "parsing_s": round(parsing_s, 1),
        "crawling_s": round(crawled.seconds, 1),
    }
    results.show("Hostile inputs", [*figures.items()])
    results.show("What became of the crawled ones", [*crawled.states.items()])
    troubles = [*parsed.crashes, *parsed.hung, *crawled.without_final_state, *crawled.neighbours_lost]
    print("\n".join(troubles[:40]))
    results.write("fuzz", figures, [{"trouble": line} for line in troubles])
    wrong = ("crashes", "hung", "without_final_state", "unreadable_rows", "neighbours_lost")
    return int(any(figures[name] for name in wrong))


if __name__ == "__main__":
    sys.exit(main())
