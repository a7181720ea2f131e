"""`make backfill-drill`: backfills a synthetic archive of three years, killed again and again, and counts what came of it.

Four of five articles are posts of a REST interface; of the others one half is only in archived feeds, one half only in sitemaps,
of which there is one for each day. The budget is less than the archive needs, so that it takes several days; on each of the
first days the command is killed at a random moment. A day ends by setting the backfill's own day back.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.results import show, write
from dateline.types.source import Politeness, Source, WatchedPage
from sql.database import connect
from sql.frontier.sources import upsert_source
from sql.schema.migrate import migrate
from sql.server.embedded import EmbeddedServer
from tests.acceptance.support.old_site import HOME, Old, OldSite, spread
from tests.acceptance.support.site import environment, process
from tests.acceptance.support.web import Web, sites

SINCE, UNTIL = dt.datetime(2021, 1, 2), dt.datetime(2024, 1, 1)
COMMAND = ("backfill", "old", "--since", "2021-01-01", "--until", "2023-12-31")
MORE_TO_DO = 3
"""Exit code of the command where the day's budget is spent."""
SPENT = "SELECT requests FROM dateline.backfill ORDER BY id DESC LIMIT 1"
NEXT_DAY = "UPDATE dateline.backfill SET day = day - 1, wait_until = NULL, waits_for = NULL"


class Archive(OldSite):
    """The site: no way leads to all of its articles."""

    @property
    def posted(self) -> list[Old]:
        return [one for one in self.articles if one.number % 5]

    @property
    def in_feed(self) -> list[Old]:
        return [one for one in self.articles if one.number % 10 == 5]

    @property
    def in_sitemaps(self) -> list[Old]:
        return [one for one in self.articles if one.number % 10 != 5]


@dataclass(frozen=True)
class Played:
    """What a drill came to: articles that should be there, that are, that are there twice, and that should not be there.

    `days` are the requests of each day, as the site counted them; the last day needs less than its budget.
    """

    wanted: int
    stored: int
    doubled: int
    strange: int
    budget: int
    days: tuple[int, ...]
    kills: int
    seconds: float

    @property
    def shares(self) -> tuple[float, ...]:
        """What was spent of the budget on each day but the last."""
        return tuple(requests / self.budget for requests in self.days[:-1])


def play(url: str, folder: Path, *, items: int, budget: int, kills: int, seed: int = 1) -> Played:
    """Backfill the archive into the migrated database at this URL; on each of the first `kills` days it is killed once."""
    site = Archive(spread(items, SINCE, UNTIL), frozenset({"rest", "feeds", "sitemaps"}), period="%Y-%m-%d")
    source = Source("old", "Old", HOME, watched=(WatchedPage(f"{HOME}feed", "feed"),), politeness=_unhurried())
    chance, start, days, killed = random.Random(seed), time.monotonic(), list[int](), 0
    with connect(url, autocommit=True) as connection, sites(site) as web:
        upsert_source(connection, source)
        is_done = False
        while not is_done:
            before = _asked(web)
            if killed < kills:
                killed += _kill(connection, url, folder, web, budget, chance)
            is_done = _run(url, folder, web, budget)
            days.append(_asked(web) - before)
            connection.execute(NEXT_DAY.encode())
        found = Counter(row[0] for row in connection.execute("SELECT url FROM dateline.article"))
    wanted = {one.url for one in site.articles}
    return Played(
        wanted=len(wanted),
        stored=len(found.keys() & wanted),
        doubled=sum(times > 1 for times in found.values()),
        strange=len(found.keys() - wanted),
        budget=budget,
        days=tuple(days),
        kills=killed,
        seconds=time.monotonic() - start,
    )


def _unhurried() -> Politeness:
    return Politeness(delay_s=0.0, concurrency=4, max_pages_a_day=1_000_000)


def _asked(web: Web) -> int:
    """Requests but those for robots.txt, which is read before the first of each process."""
    return sum(not url.endswith("/robots.txt") for url in web.log)


def _kill(
    connection: psycopg.Connection[tuple[Any, ...]],
    url: str,
    folder: Path,
    web: Web,
    budget: int,
    chance: random.Random,
) -> bool:
    """Run the command and kill it at a random moment of its day; True if it still ran."""
    env, until = environment(url, web.port), _spent(connection) + chance.randrange(budget)
    with process(*COMMAND, "--budget", str(budget), data_dir=folder, env=env, log=folder / "backfill.log") as running:
        while _spent(connection) < until and running.poll() is None:
            time.sleep(0.02)
        time.sleep(chance.uniform(0, 0.2))
        is_running = running.poll() is None
        running.kill()
    return is_running


def _run(url: str, folder: Path, web: Web, budget: int) -> bool:
    """Run the command to its end; True if nothing is left to do."""
    env, log = environment(url, web.port), folder / "backfill.log"
    with process(*COMMAND, "--budget", str(budget), data_dir=folder, env=env, log=log) as running:
        code = running.wait()
    if code not in (0, MORE_TO_DO):
        raise RuntimeError(f"{' '.join(COMMAND)} ended with {code}: see {log}")
    return code == 0


def _spent(connection: psycopg.Connection[tuple[Any, ...]]) -> int:
    row = connection.execute(SPENT.encode()).fetchone()
    return int(row[0]) if row else 0


def main() -> None:
    """Play the drill and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=30_000)
    parser.add_argument("--budget", type=int, default=1_200)
    parser.add_argument("--kills", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dl-drill-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with EmbeddedServer(folder / "db", root_dir=folder / "root").running() as url:
            migrate(url)
            found = play(url, folder, items=asked.items, budget=asked.budget, kills=asked.kills)
    lowest, highest = min(found.shares, default=1.0), max(found.shares, default=1.0)
    figures = {key: value for key, value in asdict(found).items() if key != "days"}
    figures |= {"days": len(found.days), "least_of_budget": lowest, "most_of_budget": highest}
    show(f"backfill of {found.wanted} articles, killed {found.kills} times", figures.items())
    write("backfill_drill", figures, [{"day": n, "requests": asked} for n, asked in enumerate(found.days, start=1)])
    is_right = found.stored == found.wanted and not found.doubled + found.strange
    if not is_right or found.kills < asked.kills or not 0.98 <= lowest <= highest <= 1.0:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
