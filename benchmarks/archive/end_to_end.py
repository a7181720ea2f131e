"""`make bench-archive CORPUS=FOLDER`: pages per second from fetch to commit into archives of several sizes.

Each size is a database of its own, filled with a synthetic archive (`scale_archive`). In each round `dateline crawl` reads the
same new pages of the corpus into each of them, one after the other, so that what else the machine does hits all alike. Printed
are medians over the rounds, and each size's pages per second as a share of the smallest's.

The default sizes take some minutes. A million articles (`ARTICLES_BEFORE="10000 1000000"`) take half an hour to fill and 12 GB.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks import results
from benchmarks.archive.scale import grow
from benchmarks.archive.scale_archive import World
from benchmarks.pipeline.corpus import SavedPage, load, served
from benchmarks.pipeline.pipeline import SETS, crawled
from sql.schema.migrate import migrate
from sql.server.embedded import EmbeddedServer, remove_cluster


def measure(folder: Path, sizes: list[int], rounds: list[list[SavedPage]]) -> list[dict[str, Any]]:
    """Fill the archives, and crawl each round's pages into each of them."""
    runs: list[dict[str, Any]] = []
    with ExitStack() as open_servers:
        urls = {}
        for size in sizes:
            data = folder / str(size)
            data.mkdir()
            open_servers.callback(remove_cluster, data)
            urls[size] = open_servers.enter_context(EmbeddedServer(data).running())
            migrate(urls[size])
            grow(urls[size], World(), 0, size)
            print(f"{size:,} articles are there", flush=True)
        for number, pages in enumerate(rounds):
            with served(pages) as port:
                for size, url in urls.items():
                    run = crawled(folder / str(size), url, pages, port)
                    speed = run.pages / run.seconds
                    runs.append(
                        {"round": number, "articles": size, "pages": run.pages, "pages_per_s": speed} | run.more
                    )
                    more = ", ".join(f"{name} {value:.2f}" for name, value in run.more.items())
                    print(f"round {number + 1} {size:>9,} articles: {speed:.1f} pages/s, {more}", flush=True)
    return runs


def figures_of(runs: list[dict[str, Any]], sizes: list[int]) -> dict[str, float]:
    """Medians by size, and the largest archive's speed as a share of the smallest's, of the medians and of each round."""
    names = [name for name in runs[0] if name not in ("round", "articles", "pages")]
    median = {
        (name, size): statistics.median(run[name] for run in runs if run["articles"] == size)
        for name in names
        for size in sizes
    }
    first, last = sizes[0], sizes[-1]
    shares = {f"{name}_share": median[name, last] / median[name, first] for name in ("pages_per_s", "cpu_ms_per_page")}
    return {f"{name}_at_{size}": value for (name, size), value in median.items()} | shares


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--articles", type=int, nargs="+", default=[10_000, 100_000], help="the archives' sizes")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pages", type=int, default=600, help="of each round")
    options = parser.parse_args()
    sizes = sorted(set(options.articles))
    pages = load(options.corpus, SETS, own_hosts=True)
    if len(pages) < options.rounds * options.pages:
        parser.error(f"the corpus has {len(pages)} pages: {options.rounds} rounds of {options.pages} need more")
    rounds = [pages[number :: options.rounds][: options.pages] for number in range(options.rounds)]
    folder = Path(tempfile.mkdtemp(prefix="dateline-archives-"))
    folder.chmod(0o711)
    try:
        runs = measure(folder, sizes, rounds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    figures = figures_of(runs, sizes)
    results.show("Into archives of several sizes", [*figures.items()])
    print(f"\n{results.write('archive', figures, runs)}")


if __name__ == "__main__":
    main()
