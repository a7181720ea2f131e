"""The annotated pages, and what each reader makes of them: Dateline in two processes, stock trafilatura from a cache.

A page's fold is the CRC-32 of its registrable domain modulo five, so all pages of one publisher are in one fold, on every
set and for good. Whatever is chosen by figures (rules, bounds, phrases) is chosen on the other four.
"""

from __future__ import annotations

import datetime as dt
import functools
import gc
import gzip
import json
import logging
import re
import time
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import courlan
import trafilatura

from benchmarks.extraction.measures import Row
from dateline.types.article import Extraction, Hints
from pipelines.extract.extract import extract_page
from pipelines.extract.text import body, clean, standfirst, tree

SETS = ("scrapinghub", "fundus-evaluation", "fundus", "trafilatura", "wcxb")
FOLDS = 5
PROCESSES = 2
REGISTRIES: tuple[dict[str, Any], ...] = (tree.TREE_RULES, body.CHOICES, clean.RULES, standfirst.LEADS)
"""Rules by name; a worker process drops from them what is switched off."""
_NOT_A_HOST = re.compile(r"^\w+::")
_DOMAIN_IN_NAME = re.compile(r"^((?:[\w-]+\.)+[a-z]{2,6})\b")


@dataclass(frozen=True, slots=True)
class Page:
    """One annotated page: its set, its file, its gold row and the fold of its publisher."""

    set: str
    path: Path
    gold: Row

    @property
    def url(self) -> str:
        return self.gold.get("url") or ""

    @property
    def domain(self) -> str:
        """The registrable domain; trafilatura's set names some pages "kind::file.html" in place of an address."""
        return _domain(self.url) or str(self.gold["id"])

    @property
    def fold(self) -> int:
        return zlib.crc32(self.domain.encode()) % FOLDS

    @property
    def is_article(self) -> bool:
        return str(self.gold.get("page_type", "article")) == "article"

    def body(self) -> bytes:
        return gzip.decompress(self.path.read_bytes())


@functools.cache
def _domain(url: str) -> str | None:
    name = _NOT_A_HOST.sub("", url)
    if name == url:
        return courlan.extract_domain(url)
    return match[1] if (match := _DOMAIN_IN_NAME.match(name)) else None


def read_corpus(corpus: Path) -> list[Page]:
    """All pages of all sets that the folder has."""
    return [page for name in SETS if (corpus / name).is_dir() for page in _read_set(corpus / name)]


def _read_set(folder: Path) -> Iterator[Page]:
    for line in (folder / "manifest.jsonl").read_text().rstrip("\n").split("\n"):
        row = json.loads(line)
        yield Page(folder.name, folder / row["file"], row)


def dateline(body: bytes, url: str) -> Extraction:
    """What Dateline makes of the page."""
    return extract_page(body, url=url, hints=Hints(), now=dt.datetime(2026, 11, 26, tzinfo=dt.UTC))


def stock(body: bytes, url: str) -> Row:
    """What trafilatura makes of the page as it comes out of the box."""
    found: Any = trafilatura.bare_extraction(body, url=url or None, with_metadata=True)
    if found is None:
        return {}
    authors = [name for name in (found.author or "").split("; ") if name]
    return {
        "text": found.text,
        "title": found.title,
        "authors": authors,
        "published_at": found.date,
        "tags": found.tags,
    }


def read_all(pages: Sequence[Page], off: Sequence[str] = ()) -> list[Extraction]:
    """Dateline's reading of the pages, without the rules in `off`."""
    with ProcessPoolExecutor(PROCESSES, initializer=_begin, initargs=(tuple(off),)) as pool:
        return list(pool.map(_read, pages, chunksize=8))


def stock_of(pages: Sequence[Page], cache: Path) -> list[Row]:
    """Stock's reading of the pages, read once per version of trafilatura and page and kept in the cache's file."""
    known: dict[str, Row] = {}
    if cache.exists():
        known = {row["key"]: row for row in map(json.loads, cache.open())}
    keys = [f"{trafilatura.__version__} {page.set} {page.gold['id']}" for page in pages]
    missing = [(key, page) for key, page in zip(keys, pages, strict=True) if key not in known]
    if missing:
        with ProcessPoolExecutor(PROCESSES, initializer=_begin, initargs=((),)) as pool, cache.open("a") as out:
            found = pool.map(_read_stock, [page for _, page in missing], chunksize=8)
            for (key, _), row in zip(missing, found, strict=True):
                known[key] = {"key": key} | row
                out.write(json.dumps(known[key], ensure_ascii=False) + "\n")
    return [known[key] for key in keys]


def cpu_seconds(pages: Sequence[Page]) -> tuple[list[float], list[float]]:
    """Process CPU of Dateline and of stock per page, one after the other, so that other work weighs on both alike."""
    _begin(())
    gc.collect()
    gc.freeze()  # otherwise every full collection walks all records of the run and is counted as some page's time
    ours, theirs = [], []
    for page in pages:
        body = page.body()
        theirs.append(_timed(stock, body, page.url))
        ours.append(_timed(dateline, body, page.url))
    return ours, theirs


def _timed(read: Any, body: bytes, url: str) -> float:
    start = time.process_time()
    read(body, url)
    return time.process_time() - start


def rule_names() -> list[str]:
    """The rules that can be switched off."""
    return [name for rules in REGISTRIES for name in rules]


def _begin(off: Sequence[str]) -> None:
    logging.disable(logging.CRITICAL)
    for rules in REGISTRIES:
        for name in off:
            rules.pop(name, None)
    specimen = b"<html><body>" + b"<p>A page to warm up with.</p>" * 30 + b"</body></html>"
    dateline(specimen, "http://example.org/")
    stock(specimen, "http://example.org/")


def _read(page: Page) -> Extraction:
    return dateline(page.body(), page.url)


def _read_stock(page: Page) -> Row:
    return stock(page.body(), page.url)
