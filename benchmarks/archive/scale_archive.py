"""A synthetic archive of any size, loaded by COPY: articles with sketches as real ones have them.

Lengths are log-normal (median 670 words, mean 900); one article in four is a copy of an earlier one; sites are as unequal
as words are (Zipf), and each puts a block of promotion under all its articles, so that the block's hashes are held by
thousands. The first articles have full texts: those that a look-up finds under the heavy hashes. The rest have a headline
and their sketch: full texts for a million would take an hour of to_tsvector and 8 GB, and are read by no look-up.
"""

from __future__ import annotations

import datetime as dt
import struct
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import psycopg
import xxhash

from dateline.text import content_hash
from dateline.urls import url_key
from pipelines.copies.sketch import DENSE_SHARE, SPARSE_FROM, SPARSE_SHARE, sketch

MEDIAN_WORDS, MEAN_WORDS = 670, 900
SITES = 150
COPIES = 0.25
WITH_TEXTS = 64 * SITES
PROMOTION_WORDS = 60
VOCABULARY = 40_000
BLOCK = 20_000
NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
SIGNATURE = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Piece:
    """An article of the archive or of the stream that is stored into it."""

    url: str
    site: str
    text: str
    is_copy: bool = False


@dataclass
class World:
    """Words, sites and texts, the same for the same seed."""

    seed: int = 7
    random: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)

    @cached_property
    def words(self) -> Array:
        letters = "bcdfghklmnprstvw", "aeiou"
        made = (
            "".join(
                letters[n % 2][int(digit, 16) % len(letters[n % 2])] for n, digit in enumerate(f"{number * 7919:x}")
            )
            for number in range(VOCABULARY)
        )
        return np.array([f"{word}{number % 97 or ''}" for number, word in enumerate(made)], dtype=object)

    @cached_property
    def frequencies(self) -> Array:
        weights = 1.0 / np.arange(2, VOCABULARY + 2)
        return np.cumsum(weights / weights.sum())

    @cached_property
    def site_shares(self) -> Array:
        weights = 1.0 / np.arange(1, SITES + 1)
        return np.cumsum(weights / weights.sum())

    @cached_property
    def promotions(self) -> list[str]:
        return [self.prose(PROMOTION_WORDS) for _ in range(SITES)]

    @cached_property
    def promotion_hashes(self) -> list[Array]:
        return [np.array(sketch(text), dtype=np.int64) for text in self.promotions]

    def lengths(self, count: int) -> Array:
        spread = np.sqrt(2 * np.log(MEAN_WORDS / MEDIAN_WORDS))
        """Words of whole articles, promotion included."""
        return np.clip(self.random.lognormal(np.log(MEDIAN_WORDS), spread, count), 120, 12_000).astype(int)

    def sites(self, count: int) -> Array:
        return np.searchsorted(self.site_shares, self.random.random(count)).clip(0, SITES - 1)

    def prose(self, length: int) -> str:
        """So many words, in sentences and paragraphs."""
        drawn = self.words[np.searchsorted(self.frequencies, self.random.random(length)).clip(0, VOCABULARY - 1)]
        starts = range(0, length, 17)
        sentences = [" ".join(drawn[start : start + 17]).capitalize() + "." for start in starts]
        return "\n\n".join(" ".join(sentences[start : start + 4]) for start in range(0, len(sentences), 4))

    def piece(self, number: int, site: int, length: int, copied: Piece | None = None) -> Piece:
        """A new text, or another site's edited and cut one, with the site's promotion below."""
        url = f"https://site{site}.test/2026/05/story-{number}.html"
        story = self.edited(copied.text.rpartition("\n\n")[0]) if copied else self.prose(length - PROMOTION_WORDS)
        return Piece(url, f"site{site}.test", f"{story}\n\n{self.promotions[site]}", copied is not None)

    def edited(self, text: str) -> str:
        """The text as other sites republish it: whole, cut, or with some of its words exchanged."""
        words, share = text.split(" "), self.random.choice([0.0, 0.05, 0.15])
        kept = words[: int(len(words) * self.random.choice([1.0, 1.0, 0.7, 0.5]))]
        changed = np.flatnonzero(self.random.random(len(kept)) < share)
        for place in changed:
            kept[place] = self.words[self.random.integers(VOCABULARY)]
        return " ".join(kept)


def load(conn: psycopg.Connection[Any], world: World, first: int, last: int) -> int:
    """Put the articles numbered `first` to `last` into the archive; returns the number of their hashes."""
    hashes = 0
    for start in range(first, last, BLOCK):
        numbers = np.arange(start, min(start + BLOCK, last))
        lengths, sites = world.lengths(len(numbers)), world.sites(len(numbers))
        in_full = numbers < WITH_TEXTS
        sites[in_full] = numbers[in_full] % SITES
        pieces = [
            world.piece(int(n), int(site), int(length)) if n < WITH_TEXTS else None
            for n, site, length in zip(numbers, sites, lengths, strict=True)
        ]
        ids = _copy_articles(conn, numbers, sites, lengths, pieces)
        rows = list(_sketches(world, numbers, sites, lengths, pieces))
        hashes += sum(len(each) for each in rows)
        _copy_sketches(conn, np.repeat(ids, [len(each) for each in rows]), np.concatenate(rows))
        conn.commit()
    return hashes


def _copy_articles(
    conn: psycopg.Connection[Any], numbers: Array, sites: Array, lengths: Array, pieces: Sequence[Piece | None]
) -> Array:
    """Articles with what depends on them in number; returns their ids."""
    columns = "url_key, url, site, kind, title, text, language, content_hash, word_count, revised_at, first_seen_at, extractor"
    before = conn.execute("SELECT coalesce(max(id), 0) FROM dateline.article").fetchone() or (0,)
    with conn.cursor().copy(f"COPY dateline.article ({columns}) FROM STDIN") as copy:
        for number, site, length, piece in zip(numbers, sites, lengths, pieces, strict=True):
            url = f"https://site{site}.test/2026/05/story-{number}.html"
            text = piece.text if piece else ""
            key = url_key(url) if piece else _key(url)
            told = content_hash(text) if piece else _key(f"text {number}")
            copy.write_row(
                (
                    key,
                    url,
                    f"site{site}.test",
                    "article",
                    f"Story {number}",
                    text,
                    "en",
                    told,
                    int(length),
                    NOW,
                    NOW,
                    "bench/1",
                )
            )
    where = {"before": before[0], "now": NOW}
    conn.execute(
        "INSERT INTO dateline.article_seen (article_id, last_seen_at)"
        " SELECT id, %(now)s FROM dateline.article WHERE id > %(before)s",
        where,
    )
    conn.execute(
        "INSERT INTO dateline.alias (url_key, article_id, url, why, seen_at)"
        " SELECT gen_random_uuid(), id, url, 'redirect', %(now)s FROM dateline.article WHERE id > %(before)s AND id %% 4 = 0",
        where,
    )
    found = conn.execute("SELECT id FROM dateline.article WHERE id > %(before)s ORDER BY id", where).fetchall()
    return np.array([row[0] for row in found], dtype=np.int64)


def _key(text: str) -> uuid.UUID:
    """A key like any other, without the cost of reading an address."""
    return uuid.UUID(bytes=xxhash.xxh3_128_digest(text.encode()))


def _sketches(
    world: World, numbers: Array, sites: Array, lengths: Array, pieces: Sequence[Piece | None]
) -> Iterator[Array]:
    """The hashes of each article: its text's, or as many as one of its length has; a copy has its original's."""
    copies = world.random.random(len(numbers)) < COPIES
    for number, site, length, piece, is_copy in zip(numbers, sites, lengths, pieces, copies, strict=True):
        if piece is not None:
            yield np.array(sketch(piece.text), dtype=np.int64)
            continue
        told = max(0, int(number) - 1 - int(world.random.integers(1000))) if is_copy else int(number)
        share = SPARSE_SHARE if length >= SPARSE_FROM else DENSE_SHARE
        own = np.random.default_rng(told).integers(
            0, 2**64 // share, (int(length) - PROMOTION_WORDS) // share, dtype=np.int64
        )
        promotion = world.promotion_hashes[site]
        yield np.concatenate([own, promotion[promotion < 2**64 // share]])


def _copy_sketches(conn: psycopg.Connection[Any], ids: Array, hashes: Array) -> None:
    row = np.dtype([("n", ">i2"), ("a", ">i4"), ("hash", ">i8"), ("b", ">i4"), ("id", ">i8")])
    rows = np.empty(len(hashes), dtype=row)
    rows["n"], rows["a"], rows["b"] = 2, 8, 8
    rows["hash"], rows["id"] = hashes, ids
    with conn.cursor().copy("COPY dateline.sketch (hash, article_id) FROM STDIN (FORMAT binary)") as copy:
        copy.write(SIGNATURE + rows.tobytes() + struct.pack(">h", -1))
