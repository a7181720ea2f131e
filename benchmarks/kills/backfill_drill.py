"""`make backfill-drill`: backfills a synthetic archive of three years, killed again and again, and counts what came of it.

Four of five articles are posts of a REST interface, the others only pages that sitemaps name. The first kills fall on a day whose
budget is smaller than the archive, the others on what is left.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from benchmarks.results import show, write
from dateline.types.source import Politeness, Source
from sql.database import connect
from sql.frontier.sources import upsert_source
from sql.schema.migrate import migrate
from sql.server.embedded import EmbeddedServer
from tests.acceptance.support.old_site import HOME, Old, OldSite, spread
from tests.acceptance.support.site import environment, process
from tests.acceptance.support.web import Web, sites

SINCE, UNTIL = dt.datetime(2021, 1, 1), dt.datetime(2024, 1, 1)
PAGES_OF = 5
"""Each fifth article has no post."""
DONE = "SELECT count(*) FROM dateline.backfill_item WHERE state <> 'waiting'"
STATE = "SELECT state, waits_for, spent FROM dateline.backfill ORDER BY id DESC LIMIT 1"


class Archive(OldSite):
    """The site: its REST interface lacks each fifth article."""

    @property
    def posted(self) -> list[Old]:
        return [one for one in self.articles if one.number % PAGES_OF]


@dataclass(frozen=True)
class Played:
    """What a drill came to: articles that should be there, that are, and that are there twice; requests of the day."""

    wanted: int
    stored: int
    doubled: int
    strange: int
    budget: int
    requests: int
    kills: int
    seconds: float


def play(url: str, folder: Path, *, items: int, budget: int, kills: int, seed: int = 1) -> Played:
    """Backfill the archive into the migrated database at this URL, with so many kills of the command at random moments."""
    site = Archive(spread(items, SINCE, UNTIL), frozenset({"rest", "sitemaps"}))
    with connect(url, autocommit=True) as connection:
        upsert_source(connection, Source("old", "Old", HOME, politeness=Politeness(delay_s=0.0, concurrency=4)))
    chance, start = random.Random(seed), time.monotonic()
    first = kills - kills // 2
    with sites(site) as web:
        command = ["backfill", "old", "--since", "2021-01-01", "--until", "2023-12-31"]
        _killed(url, folder, web, [*command, "--budget", str(budget)], first, items // (kills + 1), chance)
        requests = len(web.log) - 1  # robots.txt, which is read before the first request
        _killed(url, folder, web, [*command, "--budget", str(10 * items)], kills // 2, items // (kills + 1), chance)
    with connect(url, autocommit=True) as connection:
        found = Counter(row[0] for row in connection.execute("SELECT url FROM dateline.article"))
    wanted = {one.url for one in site.articles}
    return Played(
        wanted=len(wanted),
        stored=len(found.keys() & wanted),
        doubled=sum(times > 1 for times in found.values()),
        strange=len(found.keys() - wanted),
        budget=budget,
        requests=requests,
        kills=kills,
        seconds=time.monotonic() - start,
    )


def _killed(url: str, folder: Path, web: Web, words: list[str], kills: int, step: int, chance: random.Random) -> None:
    """Run a command, killed so many times after some more articles each, then to its end."""
    env, log = environment(url, web.port), folder / "backfill.log"
    for _ in range(kills):
        with process(*words, data_dir=folder, env=env, log=log) as running:
            enough = _done(url) + chance.randrange(1, max(2, step))
            while _done(url) < enough and running.poll() is None:
                time.sleep(0.02)
            time.sleep(chance.uniform(0, 0.05))
            running.kill()
    with process(*words, data_dir=folder, env=env, log=log) as running:
        code = running.wait()
    if code not in (0, 3):
        raise RuntimeError(f"{' '.join(words)} ended with {code}: see {log}")


def _done(url: str) -> int:
    with connect(url, autocommit=True) as connection:
        row = connection.execute(DONE.encode()).fetchone()
        return int(row[0]) if row else 0


def main() -> None:
    """Play the drill and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=30_000)
    parser.add_argument("--budget", type=int, default=3_000)
    parser.add_argument("--kills", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dl-drill-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with EmbeddedServer(folder / "db", root_dir=folder / "root").running() as url:
            migrate(url)
            found = play(url, folder, items=asked.items, budget=asked.budget, kills=asked.kills)
    figures = {
        "wanted": found.wanted,
        "stored": found.stored,
        "doubled": found.doubled,
        "strange": found.strange,
        "share_of_budget": found.requests / found.budget,
        "seconds": found.seconds,
    }
    show(f"backfill of {found.wanted} articles, killed {found.kills} times", figures.items())
    write("backfill_drill", figures, [figures])
    is_right = found.stored == found.wanted and not found.doubled + found.strange
    if not is_right or not 0.98 <= figures["share_of_budget"] <= 1.0:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
