"""`make bench-export`: rows per second and peak memory of `dateline export`, compared with common ways to write exports.

ours    `dateline export articles -o FILE` as a command of its own, from its start to its end: whole articles with their texts,
        read only, hashed, with a manifest, on the disk
naive   psycopg's default cursor with `SELECT *` and fetchall, then csv.writer, json.dumps or pandas.to_parquet; on fewer rows
        (NAIVE_ROWS), since it holds them all

The archive is made up: articles of about 450 words from a few thousand paragraphs. Their full-text index is left out: exports
don't read it, and it is what would take the longest to make.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from benchmarks import results
from sql.schema.migrate import migrate
from sql.server.embedded import EmbeddedServer

FORMATS = ("csv", "jsonl", "parquet")
NAIVE_ROWS = 50_000
PARAGRAPHS = 3000
FILL = """
WITH stored AS (
    INSERT INTO dateline.article
        (url_key, url, site, kind, title, text, summary, authors, section, tags, language, published_at, published_offset_s,
         published_precision, published_origin, content_hash, word_count, revised_at, first_seen_at, extractor, quality)
    SELECT gen_random_uuid(), 'https://site' || i %% 200 || '.test/news/' || i, 'site' || i %% 200 || '.test', 'article',
           initcap(left(a.t, 70)), concat_ws(E'\\n', a.t, b.t, c.t, d.t, e.t), left(b.t, 200),
           ARRAY['Writer ' || i %% 500], 'news', ARRAY['pier', 'harbour'], 'en',
           timestamptz '2020-01-01Z' + i * interval '5 minutes', 3600, 'minute', 'json-ld', gen_random_uuid(), 450,
           timestamptz '2020-01-01Z' + i * interval '5 minutes', timestamptz '2020-01-01Z' + i * interval '5 minutes',
           'bench/1', 0.9
    FROM generate_series(%(first)s::int, %(last)s) AS i
    JOIN paragraph a ON a.n = i * 7 %% 3000 JOIN paragraph b ON b.n = i * 11 %% 3000
    JOIN paragraph c ON c.n = i * 13 %% 3000 JOIN paragraph d ON d.n = i * 17 %% 3000
    JOIN paragraph e ON e.n = i * 19 %% 3000
    RETURNING id, first_seen_at)
INSERT INTO dateline.article_seen (article_id, last_seen_at) SELECT id, first_seen_at FROM stored
"""


def fill(url: str, rows: int) -> None:
    """Put that many articles into an empty database."""
    rng = random.Random(7)
    words = ["".join(rng.choices("etaoinshrdlucmfw", k=rng.randint(2, 11))) for _ in range(8000)]
    paragraphs = [" ".join(rng.choices(words, k=90)).capitalize() + "." for _ in range(PARAGRAPHS)]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER TABLE dateline.article ALTER COLUMN search DROP EXPRESSION")
        connection.execute("DROP INDEX dateline.article_search")
        connection.execute("CREATE TEMPORARY TABLE paragraph (n integer PRIMARY KEY, t text)")
        with connection.cursor().copy("COPY paragraph FROM STDIN") as copy:
            for row in enumerate(paragraphs):
                copy.write_row(row)
        for first in range(1, rows + 1, 100_000):
            connection.execute(FILL, {"first": first, "last": min(first + 99_999, rows)})
        connection.execute("VACUUM (ANALYZE) dateline.article, dateline.article_seen")


def measured(command: list[str], url: str) -> tuple[float, float]:
    """Seconds that a command took, and its peak memory (resident, MB)."""
    began = time.perf_counter()
    process = subprocess.Popen(command, env=os.environ | {"DATELINE_DATABASE_URL": url}, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(f"{' '.join(command)} ended with {status}")
    return time.perf_counter() - began, usage.ru_maxrss / 1024


def naive(form: str, url: str, path: Path) -> None:
    """An export as it is often written; run in a process of its own."""
    with psycopg.connect(url) as connection:
        cursor = connection.execute(f"SELECT * FROM news.articles LIMIT {NAIVE_ROWS}")  # type: ignore[arg-type]
        names = [column.name for column in cursor.description or ()]
        rows = cursor.fetchall()
    WRITERS[form](path, names, rows)


def _naive_csv(path: Path, names: list[str], rows: list[Any]) -> None:
    with path.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(names)
        writer.writerows(rows)


def _naive_json(path: Path, names: list[str], rows: list[Any]) -> None:
    with path.open("w") as out:
        out.writelines(json.dumps(dict(zip(names, row, strict=True)), default=str) + "\n" for row in rows)


def _naive_parquet(path: Path, names: list[str], rows: list[Any]) -> None:
    import pandas as pd

    pd.DataFrame(rows, columns=names).to_parquet(path)


WRITERS: dict[str, Callable[[Path, list[str], list[Any]], None]] = {
    "csv": _naive_csv,
    "jsonl": _naive_json,
    "parquet": _naive_parquet,
}


def main() -> None:
    """Measure, print and write the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--naive", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.naive:
        naive(given.naive[0], given.naive[1], Path(given.naive[2]))
        return
    with tempfile.TemporaryDirectory(prefix="dateline-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        with EmbeddedServer(folder / "db", durable=False, root_dir=folder / "root").running() as url:
            migrate(url)
            fill(url, given.rows)
            runs = [run for _ in range(given.rounds) for run in one_round(url, folder, given.rows)]
    report(runs, given.rows)


def one_round(url: str, folder: Path, rows: int) -> list[dict[str, Any]]:
    """Each format once, ours and the naive way one after the other."""
    runs = []
    for form in FORMATS:
        path = folder / f"out.{form}"
        dateline = [sys.executable, "-m", "dateline", "--data-dir", str(folder / "data")]
        seconds, peak = measured([*dateline, "export", "articles", "--format", form, "-o", str(path)], url)
        size = path.stat().st_size / 1e6
        runs.append({"how": "ours", "form": form, "rows_per_s": rows / seconds, "peak_mb": peak, "file_mb": size})
        seconds, peak = measured(
            [sys.executable, "-m", "benchmarks.archive.export", "--naive", form, url, str(path)], url
        )
        runs.append({"how": "naive", "form": form, "rows_per_s": min(NAIVE_ROWS, rows) / seconds, "peak_mb": peak})
        path.unlink()
    return runs


def report(runs: list[dict[str, Any]], rows: int) -> None:
    """Print the best of the rounds and write them: other work on the machine only ever takes away."""
    figures: dict[str, float] = {"rows": rows}
    for how, prefix in (("ours", ""), ("naive", "naive_")):
        for form in FORMATS:
            same = [run for run in runs if (run["how"], run["form"]) == (how, form)]
            figures[f"{prefix}{form}_rows_per_s"] = round(max(run["rows_per_s"] for run in same))
            figures[f"{prefix}{form}_peak_mb"] = round(max(run["peak_mb"] for run in same))
    figures["peak_mb"] = max(figures[f"{form}_peak_mb"] for form in FORMATS)
    figures["naive_rows"] = min(NAIVE_ROWS, rows)
    results.show(f"export of {rows:,} articles", figures.items())
    print(f"  written to {results.write('export', figures, runs)}")


if __name__ == "__main__":
    main()
