"""Search on 500,000 articles: newest first, by day, facets, and the roll-up, beside what websearch_to_tsquery alone takes.

python -m benchmarks.archive.search [--articles N] [--rounds N]
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import itertools
import statistics
import time
from collections.abc import Callable
from typing import Any

import psycopg

from benchmarks.archive.archive_500k import ARTICLES, BURST, MARKS, archive
from benchmarks.results import show, write
from dateline.search.query import parse
from sql.articles.counts import refresh_counts
from sql.database import connect
from sql.search.search import count, facets, run, search, timeline

PLAIN = """
    SELECT a.id FROM dateline.article a WHERE a.search @@ websearch_to_tsquery('english', %s)
    ORDER BY a.published_at DESC NULLS LAST, a.id DESC LIMIT 20
"""


PHRASES = ('"drought tariff"', '"tariff ferry"', '"drought lighthouse"', '"ferry eclipse"~4', '"tariff lighthouse"~3')


def chance_phrases(conn: psycopg.Connection[Any]) -> list[str]:
    """Pairs of very frequent words that are adjacent only by chance: the search reads every article that holds both."""
    row = conn.execute(
        "SELECT text FROM dateline.article WHERE language = 'en' ORDER BY id DESC OFFSET 7 LIMIT 1"
    ).fetchone()
    assert row is not None
    return [f'"{a} {b}"' for a, b in itertools.pairwise(row[0].split()[:7])]


def queries(conn: psycopg.Connection[Any]) -> list[str]:
    """Words of every frequency, alone and together, phrases, prefixes and fields: what analysts ask."""
    row = conn.execute(
        "SELECT text FROM dateline.article WHERE language = 'en' ORDER BY id DESC OFFSET 7 LIMIT 1"
    ).fetchone()
    assert row is not None
    drawn = row[0].split()
    words = [*MARKS, BURST]
    both = [f"{a} {b}" for a, b in itertools.combinations(words, 2)]
    either = [f"{a} OR {b}" for a, b in itertools.combinations(words, 2)]
    return [
        *words, *both, *either, *drawn[:40:2], *PHRASES,
        "drought -tariff", "ferry lang:de", "tariff source:site3", "drought site:site9.test", "title:drought", "ferr*", "drou*",
        "drought date:2026-05", "lighthouse date:2025", "eclipse date:30d", "tariff copies:no", "source:site7",
        "kind:opinion ferry",
    ]  # fmt: skip


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Milliseconds and what came of it."""
    began = time.perf_counter()
    made = work()
    return (time.perf_counter() - began) * 1000, made


def percentile(values: list[float], share: float) -> float:
    """The value that this share stays below."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


async def refresh(url: str, now: dt.datetime, *, whole: bool) -> None:
    """Bring the daily counts up to date."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as conn:
        await refresh_counts(conn, now=now, whole=whole)


def measure(url: str, rounds: int) -> tuple[dict[str, float | int], list[dict[str, Any]]]:
    """The figures and every single measurement."""
    now = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
    runs: list[dict[str, Any]] = []
    with connect(url, autocommit=True) as conn:
        conn.execute("SET statement_timeout = '30s'")
        asked = queries(conn)
        for round_, text in itertools.product(range(rounds), asked):
            ms, page = timed(lambda text=text: run(conn, search(parse(text), limit=20, now=now)))
            runs.append({"what": "newest", "query": text, "round": round_, "ms": ms, "hits": len(page.hits)})
        for text in chance_phrases(conn):
            ms, page = timed(lambda text=text: run(conn, search(parse(text), limit=20, now=now)))
            runs.append({"what": "chance", "query": text, "ms": ms, "hits": len(page.hits)})
        for text in [*MARKS, BURST]:
            ms, _ = timed(lambda text=text: conn.execute(PLAIN, [text]).fetchall())
            runs.append({"what": "plain", "query": text, "ms": ms})
        for text in ("drought",) * rounds:
            for what, plan in (("day", timeline), ("facets", facets), ("count", count)):
                ms, _ = timed(lambda text=text, plan=plan: run(conn, plan(parse(text), now=now)))
                runs.append({"what": what, "query": text, "ms": ms})
        rank_ms, _ = timed(lambda: run(conn, search(parse("drought"), order="rank", now=now)))
    whole_ms, _ = timed(lambda: asyncio.run(refresh(url, now, whole=True)))
    some_ms, _ = timed(lambda: asyncio.run(refresh(url, now + dt.timedelta(minutes=1), whole=False)))

    def of(what: str) -> list[float]:
        return [row["ms"] for row in runs if row["what"] == what and row.get("round", 1) > 0]

    figures: dict[str, float | int] = {
        "newest_p50_ms": statistics.median(of("newest")),
        "newest_p95_ms": percentile(of("newest"), 0.95),
        "newest_max_ms": max(of("newest")),
        "chance_phrase_max_ms": max(of("chance")),
        "plain_p95_ms": percentile(of("plain"), 0.95),
        "count_by_day_ms": statistics.median(of("day")),
        "facets_ms": statistics.median(of("facets")),
        "count_ms": statistics.median(of("count")),
        "rank_ms": rank_ms,
        "rollup_s": whole_ms / 1000,
        "rollup_minute_s": some_ms / 1000,
    }
    return figures, runs


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=ARTICLES)
    parser.add_argument("--rounds", type=int, default=3, help="the first warms the caches and is not counted")
    options = parser.parse_args()
    with archive(options.articles) as url:
        figures, runs = measure(url, options.rounds)
    slowest = sorted((row for row in runs if row["what"] == "newest" and row["round"]), key=lambda row: -row["ms"])[:8]
    show(f"Search on {options.articles:,} articles", list(figures.items()))
    show("Slowest newest-first, ms", [(row["query"], row["ms"]) for row in slowest])
    print("written to", write("search", {**figures, "articles": options.articles}, runs))


if __name__ == "__main__":
    main()
