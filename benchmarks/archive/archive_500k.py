"""An archive of synthetic articles for benchmarks: 500,000 in five languages over two years, made once and kept in build/.

    with archive() as url: …                     python -m benchmarks.archive.archive_500k [--articles N]

Words follow Zipf's law (exponent 1.07, 60,000 words a language), lengths are lognormal (300 words on average), sites and
sources are Zipfian too. MARKS occur in a known share of the articles; BURST occurs only in a week long ago, which is the
hard case for a search that walks from the newest on. Loaded by COPY, indexes are built afterwards.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psycopg

from sql.schema.migrate import migrate
from sql.server.embedded import EmbeddedServer

FOLDER = Path("build/archive_500k")
ARTICLES = 500_000
NEWEST = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
DAYS = 730
SITES = 400
LANGUAGES = {"en": 0.55, "de": 0.18, "es": 0.12, "fr": 0.10, "ja": 0.05}
MARKS = {"drought": 0.10, "tariff": 0.03, "ferry": 0.01, "lighthouse": 0.001, "zeppelin": 0.0001}
BURST, BURST_DAY, BURST_SHARE = "eclipse", 400, 0.3
KINDS = ("article", "opinion", "live_blog", "video", "gallery", "paywalled_excerpt")
SECTIONS = ("politics", "world", "business", "sport", "culture", "science", "local", "opinion", "health", "travel")
COLUMNS = (
    "url_key, url, site, source_id, kind, title, text, summary, authors, section, tags, language, published_at,"
    " published_precision, published_origin, credited_to, links, content_hash, word_count, revised_at, first_seen_at,"
    " extractor, quality"
)
REBUILT = (
    "article_search ON dateline.article USING gin (search)",
    "article_dated ON dateline.article (dated_at DESC, id DESC)",
    "article_language ON dateline.article (language, dated_at DESC)",
)


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language's words with the running sum of their shares, most frequent first."""

    words: np.ndarray[Any, Any]
    shares: np.ndarray[Any, Any]

    def draw(self, rng: np.random.Generator, count: int) -> np.ndarray[Any, Any]:
        """So many words."""
        return self.words[np.searchsorted(self.shares, rng.random(count))]


def tongue(language: str, rng: np.random.Generator, size: int = 60_000) -> Tongue:
    """Words of two to five syllables (kanji for Japanese) that are the language's own."""
    if language == "ja":
        glyphs = [chr(0x4E00 + n) for n in range(3000)]
        words = ["".join(rng.choice(glyphs, 2)) for _ in range(size // 6)]
    else:
        syllables = [c + v + e for c in "bcdfgklmnprstvz" for v in "aeiou" for e in ("", "n", "r", "s")]
        picks = rng.integers(0, len(syllables), (size, 4))
        lengths = rng.integers(2, 5, size)
        words = ["".join(syllables[p] for p in row[:n]) for row, n in zip(picks, lengths, strict=True)]
    weights = 1.0 / np.arange(3, len(words) + 3) ** 1.07
    return Tongue(np.array(words, dtype=object), np.cumsum(weights / weights.sum()))


def rows(count: int, *, seed: int = 7) -> Iterator[tuple[Any, ...]]:
    """The articles' columns, oldest first, as they would have been stored."""

    rng = np.random.default_rng(seed)
    tongues = {language: tongue(language, rng) for language in LANGUAGES}
    names = [" ".join(w.title() for w in tongues["en"].draw(rng, 2)) for _ in range(3000)]
    site_shares = np.cumsum((w := 1 / np.arange(2, SITES + 2) ** 0.9) / w.sum())
    for start in range(0, count, 5_000):
        size = min(5_000, count - start)
        languages = rng.choice(list(LANGUAGES), size, p=list(LANGUAGES.values()))
        lengths = np.clip(rng.lognormal(5.5, 0.65, size), 40, 3_000).astype(int)
        sites = np.searchsorted(site_shares, rng.random(size))
        chances = rng.random((size, 12))
        for i in range(size):
            n, language, site = start + i, str(languages[i]), int(sites[i])
            age_days = DAYS * (1 - n / count)
            at = NEWEST - dt.timedelta(days=age_days, seconds=float(chances[i, 0]) * 7200)
            words = tongues[language].draw(rng, lengths[i] + 9)
            joint = "" if language == "ja" else " "
            marks = [mark for k, (mark, share) in enumerate(MARKS.items()) if chances[i, 1 + k] < share]
            if BURST_DAY < age_days < BURST_DAY + 7 and chances[i, 6] < BURST_SHARE:
                marks.append(BURST)
            title = joint.join(words[:9])
            body = "\n".join(joint.join(words[k : k + 60]) for k in range(9, len(words), 60)) + "".join(
                f" {m}" for m in marks
            )
            summary = joint.join(words[9:30]) if chances[i, 7] < 0.5 else None
            key = uuid.UUID(int=(n + 1) * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128)
            yield (
                key, f"https://www.site{site}.test/{at:%Y/%m/%d}/{n}", f"site{site}.test", site + 1,
                KINDS[int(chances[i, 8] ** 6 * 6)], title, body, summary,
                [names[int(chances[i, 9] ** 2 * 3000)]], SECTIONS[int(chances[i, 10] ** 2 * 10)], [str(words[0])], language,
                at, "minute", "json-ld", "Wire" if chances[i, 11] < 0.05 else None, "[]", key, int(lengths[i]), at, at,
                "synthetic/1", 0.9,
            )  # fmt: skip


def load(url: str, count: int) -> None:
    """Fill a migrated, empty database; progress on standard error."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("SET maintenance_work_mem = '512MB'; SET synchronous_commit = off")
        for index in REBUILT:
            conn.execute(f"DROP INDEX IF EXISTS dateline.{index.split()[0]}")  # type: ignore[arg-type]
        conn.execute(
            "INSERT INTO dateline.source (name, title, home, site) SELECT 'site' || n, 'Site ' || n, 'https://www.site' || n"
            " || '.test/', 'site' || n || '.test' FROM generate_series(0, %s) AS n",
            [SITES],
        )
        with conn.cursor() as cur, cur.copy(f"COPY dateline.article ({COLUMNS}) FROM STDIN") as copy:  # type: ignore[arg-type]
            for done, row in enumerate(rows(count), 1):
                copy.write_row(row)
                if done % 25_000 == 0:
                    print(f"{done:,} articles of {count:,}", file=sys.stderr, flush=True)
        conn.execute("INSERT INTO dateline.article_seen SELECT id, first_seen_at FROM dateline.article")
        conn.execute(
            "INSERT INTO dateline.copy (article_id, family_id, original_id, kind, containment, containment_back, decided_at)"
            " SELECT id, id - 1, id - 1, 'whole', 1, 1, first_seen_at FROM dateline.article WHERE id % 10 = 0"
        )
        for index in REBUILT:
            print(f"index {index}", file=sys.stderr, flush=True)
            conn.execute(f"CREATE INDEX {index}")  # type: ignore[arg-type]
        conn.execute("VACUUM ANALYZE")


@contextmanager
def archive(count: int = ARTICLES, folder: Path | None = None) -> Iterator[str]:
    """The URL of a running archive of so many articles; made first where it is not there yet."""
    home = (folder or FOLDER if count == ARTICLES else Path(f"{FOLDER}-{count}")).absolute()
    home.mkdir(parents=True, exist_ok=True)
    with EmbeddedServer(home, root_dir=home / "root").running() as url:
        migrate(url)
        with psycopg.connect(url) as conn:
            found = conn.execute("SELECT EXISTS (SELECT FROM dateline.article)").fetchone()
        if found == (False,):
            load(url, count)
        yield url


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--articles", type=int, default=ARTICLES)
    with archive(parser.parse_args().articles) as made:
        print(made)
