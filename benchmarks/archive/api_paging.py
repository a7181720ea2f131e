"""`make bench-api-paging`: pages through 100,000 articles over the interface while writers store more: 0 lost, 0 doubled.

Writers commit out of order (a transaction sleeps between taking a key and its end) and roll some back, as workers do.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from benchmarks import results

AT_THE_END = 20
"""Pages that are read where articles arrive."""
INSERT = """
    INSERT INTO dateline.article (url_key, url, site, kind, title, text, language, content_hash, word_count, revised_at,
                                  first_seen_at, extractor)
    SELECT gen_random_uuid(), 'https://s.test/' || gen_random_uuid(), 's.test', 'article', 'Headline', 'Ferry.', 'en',
           gen_random_uuid(), 1, at, at, 'test'
    FROM generate_series(1, %(rows)s) AS n, LATERAL (SELECT now() - n * interval '1 minute' AS at) AS t RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Found:
    """The result of paging."""

    seen: int
    lost: int
    doubled: int
    pages: int
    seconds: float


class Writers:
    """Threads that store articles until they are stopped; `stored` are the keys that were committed."""

    def __init__(self, url: str, *, threads: int) -> None:
        self._url, self._stop = url, threading.Event()
        self.stored: set[int] = set()
        self._threads = [threading.Thread(target=self._write, args=(number,)) for number in range(threads)]

    def __enter__(self) -> Writers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _write(self, number: int) -> None:
        dice = random.Random(number)
        with psycopg.connect(self._url) as connection:
            while not self._stop.is_set():
                keys = {row[0] for row in connection.execute(INSERT, {"rows": dice.randint(1, 5)})}
                time.sleep(dice.random() * 0.02)
                if dice.random() < 0.1:
                    connection.rollback()
                else:
                    connection.commit()
                    self.stored |= keys


async def page_through(
    app: Any, headers: dict[str, str], url: str, *, order: str, limit: int, threads: int = 4
) -> Found:
    """Page through all articles while others are stored; in order of storage also through those, to the last."""
    from tests.browser.test_http import Client

    with psycopg.connect(url) as connection:
        known = {row[0] for row in connection.execute("SELECT id FROM dateline.article WHERE kind <> 'headline'")}
    client, seen, pages, at_the_end, begun = Client(app, more=headers), Counter[int](), 0, 0, time.monotonic()
    params = {"order": order, "limit": str(limit), "fields": "id"}
    with Writers(url, threads=threads) as writers:
        while True:
            page = (await client.get("/api/v1/articles", **params)).json()
            seen.update(one["id"] for one in page["items"])
            pages += 1
            at_the_end += len(page["items"]) < limit
            is_enough = order == "newest" or at_the_end >= AT_THE_END
            if page["next"] is None or (known <= seen.keys() and is_enough):
                break
            params["after"] = page["next"]
    if order == "stored":
        known |= writers.stored
        for _ in range(1_000_000):
            page = (await client.get("/api/v1/articles", **params | {"after": page["next"]})).json()
            seen.update(one["id"] for one in page["items"])
            if not page["items"]:
                break
    doubled = sum(many - 1 for many in seen.values())
    return Found(len(seen), len(known - seen.keys()), doubled, pages, time.monotonic() - begun)


async def main(number: int) -> int:
    """Page through so many articles on the bundled PostgreSQL."""
    from dateline.config import Settings
    from dateline.console.server.serve import console_app
    from sql.schema.migrate import migrate
    from sql.server.embedded import EmbeddedServer

    figures: dict[str, float] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        EmbeddedServer(Path(folder) / "db", durable=False).running() as url,
    ):
        migrate(url)
        with psycopg.connect(url) as connection:
            connection.execute(INSERT, {"rows": number})
        settings = Settings(data_dir=Path(folder), console_requests_a_minute=0)
        async with console_app(settings, url) as app:
            for order in ("stored", "newest"):
                found = await page_through(app, {}, url, order=order, limit=1000)
                figures |= {f"{order}_lost": found.lost, f"{order}_doubled": found.doubled}
                results.show(order, [(name, getattr(found, name)) for name in Found.__slots__])
    results.write("api-paging", figures, [])
    return 1 if any(figures.values()) else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--articles", type=int, default=100_000)
    sys.exit(asyncio.run(main(parser.parse_args().articles)))
