"""`make bench-api`: each question of /api/v1 beside the console's page of the same thing, in turn and with the same parameters.

The console's page counts as it is asked for by a browser (HTML). The interface may take 1.5 times as long at p95.
"""

from __future__ import annotations

import argparse
import http.client
import random
import sys
from collections.abc import Callable
from urllib.parse import urlencode

import psycopg

from benchmarks import results
from benchmarks.archive.archive_500k import ARTICLES, MARKS, NEWEST, archive
from benchmarks.archive.console import console, get, p95
from benchmarks.archive.console_archive import fill_beside

ROUNDS = 40
MOST = 1.5

Pair = tuple[str, str]


def pairs(url: str) -> dict[str, Callable[[random.Random], Pair]]:
    """The addresses of a page and of its question, with the same parameters each time."""
    with psycopg.connect(url) as connection:
        [(low, high)] = connection.execute("SELECT min(id), max(id) FROM dateline.article").fetchall()
        [(first, last)] = connection.execute("SELECT min(id), max(id) FROM dateline.story").fetchall()
        revised = [row[0] for row in connection.execute("SELECT article_id FROM dateline.revision LIMIT 500")]
        urls = [row[0] for row in connection.execute("SELECT url FROM dateline.url ORDER BY id DESC LIMIT 500")]
    words = list(MARKS)

    def same(
        page: str, question: str, *, more: str = "", **draws: Callable[[random.Random], object]
    ) -> Callable[..., Pair]:
        def drawn(dice: random.Random) -> Pair:
            given = urlencode({name: draw(dice) for name, draw in draws.items()})
            extra = "&".join(filter(None, (given, more)))
            return f"{page}?{given}", f"/api/v1{question}?{extra}"

        return drawn

    def of_key(page: str, question: str, key: Callable[[random.Random], int]) -> Callable[..., Pair]:
        def drawn(dice: random.Random) -> Pair:
            one = key(dice)
            return f"{page}?id={one}", f"/api/v1{question.replace('ID', str(one))}"

        return drawn

    return {
        "search": same("/search", "/search", more="limit=20", q=lambda dice: dice.choice(words)),
        "articles": same("/search", "/articles", more="limit=20"),
        "stored": same("/search", "/articles", more="limit=20&order=stored"),
        "facets": same("/facets", "/facets", more="top=8", q=lambda dice: dice.choice(words)),
        "counts": _counts(words),
        "article": of_key("/article", "/articles/ID", lambda dice: dice.randint(low, high)),
        "revisions": of_key("/article", "/articles/ID/revisions", lambda dice: dice.choice(revised)),
        "explain": same("/explain", "/explain", url=lambda dice: dice.choice(urls)),
        "stories": same("/stories", "/stories", more="limit=40"),
        "story": of_key("/story", "/stories/ID", lambda dice: dice.randint(first, last)),
        "sources": same("/sources", "/sources", more="limit=40"),
        "coverage": same("/coverage", "/coverage", more="limit=40"),
        "copies": same("/copies", "/copies", more="limit=40"),
        "headlines": same("/search", "/headlines", more="limit=20"),
        "watches": same("/watches", "/watches"),
    }


def _counts(words: list[str]) -> Callable[[random.Random], Pair]:
    def drawn(dice: random.Random) -> Pair:
        word = dice.choice(words)
        return f"/compare?{urlencode({'a': word})}", f"/api/v1/counts?{urlencode({'q': f'{word} date:30d'})}"

    return drawn


def main() -> int:
    """Measure, print, write build/bench/api.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=ARTICLES)
    given = parser.parse_args()
    times: dict[str, tuple[list[float], list[float]]] = {}
    with archive(given.articles) as url:
        fill_beside(url, NEWEST)
        wanted, dice = pairs(url), random.Random(5)
        with console(url) as port:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            for number in range(ROUNDS + 2):
                for name, draw in wanted.items():
                    for place, path in enumerate(draw(dice)):
                        status, took = get(connection, path)
                        assert status == 200, (status, path)
                        if number >= 2:
                            times.setdefault(name, ([], []))[place].append(took)
    ratios = {name: p95(question) / p95(page) for name, (page, question) in times.items()}
    rows = [
        (f"{name} (page {p95(times[name][0]):.0f} ms, /api/v1 {p95(times[name][1]):.0f} ms)", r)
        for name, r in ratios.items()
    ]
    results.show(f"p95 of /api/v1 by that of the console's page, {given.articles:,} articles", rows)
    results.write("api", ratios, ({"name": name, "page": a, "api": b} for name, (a, b) in times.items()))
    return 1 if max(ratios.values()) > MOST else 0


if __name__ == "__main__":
    sys.exit(main())
