"""What was seen committed while a world lived, and what is left of it: site, database and archive side by side."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.kills.site import Site
from crawler.archive.archive import Archive
from dateline.errors import ArchiveError
from dateline.types.article import ArchiveRef

LOOK_S = 0.04


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was left after a run. `recovery_s` is None where it says nothing.

    `harm` is a hurt of another kind, in words: a standstill, memory without a bound, a source that is not visited.
    """

    lost: int
    doubled: int
    forgotten: int
    recovery_s: float | None
    seconds: float
    harm: str = ""
    detail: str = ""

    @property
    def is_whole(self) -> bool:
        """Nothing lost, doubled, forgotten or harmed."""
        return not (self.lost or self.doubled or self.forgotten or self.harm)


@dataclass
class Observer:
    """Notes every article and every URL that it sees committed; a thread of its own looks every LOOK_S."""

    url: str
    seen_at: dict[str, float] = field(default_factory=dict)
    """Articles, and when each was first seen."""
    vanished: set[str] = field(default_factory=set)
    """Seen committed, and gone later: lost, even where a second fetch brought it back."""
    discovered: set[str] = field(default_factory=set)
    stored: frozenset[str] = frozenset()
    """What the ledger had as stored at the last look."""
    looked_at: float = 0.0
    _ended: threading.Event = field(default_factory=threading.Event)

    def look(self, connection: psycopg.Connection[Any]) -> None:
        """One look."""
        began = time.time()
        present = {url for (url,) in connection.execute("SELECT url FROM dateline.article")}
        lines = connection.execute("SELECT url, state FROM dateline.url").fetchall()
        now = time.time()
        self.vanished |= self.seen_at.keys() - present
        for url in present - self.seen_at.keys():
            self.seen_at[url] = now
        self.discovered |= {url for url, _ in lines}
        self.stored = frozenset(url for url, state in lines if state == "stored")
        self.looked_at = began

    def go_on(self) -> None:
        """Look until the end, whatever becomes of the database."""
        while not self._ended.is_set():
            with suppress(psycopg.Error), psycopg.connect(self.url, autocommit=True, connect_timeout=3) as connection:
                while not self._ended.is_set():
                    self.look(connection)
                    time.sleep(LOOK_S)
            time.sleep(LOOK_S)


@contextmanager
def observing(url: str) -> Iterator[Observer]:
    """An observer at work."""
    observer = Observer(url)
    thread = threading.Thread(target=observer.go_on, daemon=True)
    thread.start()
    try:
        yield observer
    finally:
        observer._ended.set()
        thread.join(10)


@dataclass(frozen=True, slots=True)
class Left:
    """What database and archive hold: rows as (url, file, offset, length, first seen)."""

    rows: list[tuple[Any, ...]]
    revisions: int

    def first_after(self, observer: Observer, struck_at: float) -> float | None:
        """Seconds from a strike until the first article that was started and committed after it was seen."""
        found = [observer.seen_at.get(row[0], time.time()) for row in self.rows if row[4] > struck_at]
        return min(found) - struck_at if found else None


ROWS = (
    "SELECT url, archive_file, archive_offset, archive_length, extract(epoch FROM first_seen_at)::float8"
    " FROM dateline.article"
)


def count(left: Left, observer: Observer, site: Site, archives: list[Archive]) -> tuple[int, int, int]:
    """How many articles were lost, doubled, forgotten."""
    times = Counter(row[0] for row in left.rows)
    gone = observer.vanished | (observer.seen_at.keys() - times.keys())
    wanted = site.urls() | {url for url in observer.discovered if "/poison/" not in url}
    forgotten = (wanted - times.keys()) | (site.poisons() - observer.discovered)
    doubled = sum(times.values()) - len(times) + left.revisions
    return len(gone) + _unread(left, site, archives), doubled, len(forgotten)


def archives_of(folder: Path) -> list[Archive]:
    """All archive folders of a world."""
    return [Archive(one) for one in (folder / "archive", *folder.glob("*/archive"))]


def _unread(left: Left, site: Site, archives: list[Archive]) -> int:
    """Articles whose page can't be read from any archive folder, or is another page than the site's."""
    missing = 0
    for url, file, offset, length, _ in left.rows:
        host, _, where = url.removeprefix("http://").partition("/")
        wanted = site.body(host, int(where.rpartition("-")[2].removesuffix(".html")))
        found = None
        for archive in archives:
            with suppress(ArchiveError):
                found = archive.read(ArchiveRef(file, offset, length)).body
                break
        missing += found != wanted
    return missing
