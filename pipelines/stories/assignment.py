"""Places stored articles in stories: takes the tasks that the store left, decides on a board, writes, all in one transaction.

One placer at a time, whichever process it is; what it leaves behind when it dies is still a task.
"""

from __future__ import annotations

import array
import asyncio
import datetime as dt
import itertools
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipelines.stories.clustering import ASKED_KEYS, KEYS, VOTES, WINDOW_S, Board, Report, strongest, threshold
from pipelines.stories.terms import LEAD_WORDS, Reading, Vocabulary, language_of, read_terms
from sql.database import Pool
from sql.statements import Area, Connection

STORIES = Area("stories")

BATCH = 200
WHOLE_BATCH = 1000
"""Articles of a transaction where nobody waits for the loop: more are counted before the first of them is placed."""
KEPT = dt.timedelta(days=4)
"""How long what an article says is kept: the window, and a day for what is published before it is found."""
MEMBERS = VOTES + 20


@dataclass(frozen=True, slots=True)
class Waiting:
    """An article that is to be placed; `story_id` is where a revised one was."""

    id: int
    title: str | None
    text: str
    language: str | None
    at: dt.datetime
    family: int
    story_id: int | None


@dataclass(frozen=True, slots=True)
class Member:
    """A placed article with what it says."""

    story_id: int
    language: str
    article_id: int
    family: int
    at: dt.datetime
    terms: list[int]
    weights: list[float]
    names: int


@dataclass(frozen=True, slots=True)
class StoredVocabulary:
    """A vocabulary's row."""

    language: str
    documents: float
    counts: bytes


@dataclass(slots=True)
class Desk:
    """The boards of a batch, one a language, with what is to be written."""

    vocabularies: dict[str, Vocabulary] = field(default_factory=dict)
    boards: dict[str, Board] = field(default_factory=dict)
    counted: set[str] = field(default_factory=set)
    stored: dict[int, tuple[str, int]] = field(default_factory=dict)
    """Articles on the boards as they were: language and story."""
    placed: list[Report] = field(default_factory=list)
    numbering: Iterator[int] = field(default_factory=lambda: itertools.count(-1, -1))

    def board(self, language: str) -> Board:
        """The board of a language; new stories' numbers are never those of another board."""
        if language not in self.boards:
            join = threshold(self.vocabulary(language).documents)
            self.boards[language] = Board(join=join, numbering=self.numbering)
        return self.boards[language]

    def vocabulary(self, language: str) -> Vocabulary:
        """The vocabulary of a language, a new one where none was stored."""
        return self.vocabularies.setdefault(language, Vocabulary(language))

    def count(self, read: Iterable[tuple[Waiting, Reading]]) -> None:
        """Count all of a batch before any of it is weighed, so that its order matters little."""
        for one, reading in read:
            language = language_of(one.language)
            vocabulary = self.vocabulary(language)
            if times := vocabulary.counts_for(one.id):
                vocabulary.count(reading.terms, times)
                self.counted.add(language)

    def report(self, one: Waiting, reading: Reading) -> Report:
        """An article as stories see it."""
        language = language_of(one.language)
        vocabulary = self.vocabulary(language)
        kept = vocabulary.strongest(reading.terms)
        vector = vocabulary.vector(kept)
        return Report(one.id, one.family, language, one.at.timestamp(), kept, vector, reading.names & vector.keys())

    def load(self, members: Sequence[Member]) -> None:
        """Put placed articles on their boards."""
        loaded: defaultdict[str, list[tuple[int, Report]]] = defaultdict(list)
        for one in members:
            terms = dict(zip(one.terms, one.weights, strict=True))
            vector = self.vocabulary(one.language).vector(terms)
            names = frozenset(one.terms[: one.names]) & vector.keys()
            report = Report(one.article_id, one.family, one.language, one.at.timestamp(), terms, vector, names)
            loaded[one.language].append((one.story_id, report))
            self.stored[one.article_id] = (one.language, one.story_id)
        for language, reports in loaded.items():
            self.board(language).load(reports)

    def place(self, reports: Sequence[tuple[Report, int | None]]) -> None:
        """Place the newcomers, copies after their originals.

        An article whose story is too old to be on the board stays where it is.
        """
        for report, story_id in sorted(reports, key=lambda one: one[0].article_id != one[0].family):
            board = self.board(report.language)
            if story_id is None or board.story_of(report.article_id) is not None:
                board.place(report)
                self.placed.append(report)


async def place_waiting(
    pool: Pool,
    *,
    now: Callable[[], dt.datetime],
    batch: int = BATCH,
    waits: bool = False,
    most: int | None = None,
    advance: Callable[[int], None] = lambda count: None,
) -> int:
    """Place what waits, a transaction a batch; returns how many articles were placed.

    `waits`: take turns with another placer, where otherwise it is left to that one. `most` batches at most.
    """
    total = done = 0
    while most is None or done < most:
        async with pool.connection() as conn, conn.transaction():
            count = await _place_batch(conn, batch, waits=waits, now=now())
        total, done = total + count, done + 1
        advance(count)
        if count < batch:
            break
    return total


async def _place_batch(conn: Connection, batch: int, *, waits: bool, now: dt.datetime) -> int:
    if not await _turn(conn, waits=waits):
        return 0
    waiting = await STORIES.rows(conn, Waiting, "take_tasks", {"limit": batch, "characters": LEAD_WORDS * 40})
    if not waiting:
        return 0
    desk = Desk(await _vocabularies(conn, {language_of(one.language) for one in waiting}))
    reports = await asyncio.to_thread(_read, desk, waiting)
    ids = await _neighbours(conn, [report for report, _ in reports], waiting)
    members = await STORIES.rows(conn, Member, "members", {"ids": ids, "limit": MEMBERS})
    await asyncio.to_thread(_decide, desk, members, reports)
    await _write(conn, desk, now)
    return len(waiting)


async def _turn(conn: Connection, *, waits: bool) -> bool:
    if waits:
        await STORIES.run(conn, "lock")
        return True
    return bool(await STORIES.value(conn, "try_lock"))


def _read(desk: Desk, waiting: Sequence[Waiting]) -> list[tuple[Report, int | None]]:
    read = [(one, read_terms(one.title, one.text, language_of(one.language))) for one in waiting]
    desk.count(read)
    return [(desk.report(one, reading), one.story_id) for one, reading in read]


def _decide(desk: Desk, members: Sequence[Member], reports: Sequence[tuple[Report, int | None]]) -> None:
    desk.load(members)
    desk.place(reports)


async def _vocabularies(conn: Connection, languages: set[str]) -> dict[str, Vocabulary]:
    rows = await STORIES.rows(conn, StoredVocabulary, "vocabularies", {"languages": sorted(languages)})
    return {row.language: Vocabulary(row.language, row.documents, _floats(row.counts)) for row in rows}


async def _neighbours(conn: Connection, reports: Sequence[Report], waiting: Sequence[Waiting]) -> list[int]:
    """Stories that may be meant: by shared terms, those of copies' originals, and those where revised articles were."""
    window = dt.timedelta(seconds=WINDOW_S)
    keys = [(term, _instant(report.at)) for report in reports for term in strongest(report.vector, ASKED_KEYS)]
    where = {
        "terms": [term for term, _ in keys],
        "from": [t - window for _, t in keys],
        "to": [t + window for _, t in keys],
    }
    found = set(await STORIES.values(conn, "neighbours", where))
    found.update(await STORIES.values(conn, "stories_of", {"ids": [report.family for report in reports]}))
    return sorted(found | {one.story_id for one in waiting if one.story_id is not None})


async def _write(conn: Connection, desk: Desk, now: dt.datetime) -> None:
    for language in sorted(desk.counted):
        vocabulary = desk.vocabularies[language]
        row = {"language": language, "documents": vocabulary.documents, "counts": _bytes(vocabulary.counts)}
        await STORIES.run(conn, "keep_vocabulary", row)
    numbers = await _number(conn, desk, now)
    changed = await _write_merged(conn, desk, numbers, now)
    changed |= await _write_moved(conn, desk, numbers, now)
    changed |= await _write_placed(conn, desk, numbers, now)
    leads = {
        numbers.get(n, n): board.lead(n)
        for board in desk.boards.values()
        for n, s in board.stories.items()
        if s.reports
    }
    ids = sorted(changed)
    await STORIES.run(conn, "sum_up", {"ids": ids, "leads": [leads.get(number) for number in ids]})
    await STORIES.run(conn, "drop_empty", {"ids": ids})


async def _number(conn: Connection, desk: Desk, now: dt.datetime) -> dict[int, int]:
    """Store the new stories; their numbers on the board with those that they have now."""
    fresh = {
        number: (language, _instant(min(story.times())))
        for language, board in desk.boards.items()
        for number, story in board.stories.items()
        if number < 0 and story.reports
    }
    if not fresh:
        return {}
    ids = await STORIES.values(conn, "new_numbers", {"count": len(fresh)})
    numbers: dict[int, int] = dict(zip(fresh, ids, strict=True))
    row = {"ids": list(numbers.values()), "now": now}
    row |= {"languages": [language for language, _ in fresh.values()], "at": [at for _, at in fresh.values()]}
    await STORIES.run(conn, "new_stories", row)
    return numbers


async def _write_merged(conn: Connection, desk: Desk, numbers: dict[int, int], now: dt.datetime) -> set[int]:
    """Stored stories that are part of another now; returns those others."""
    found = set[int]()
    for board in desk.boards.values():
        for lost in (number for number in board.merged if number > 0):
            into = board.lasting(lost)
            into = numbers.get(into, into)
            row = {"story_id": lost, "into": into, "now": now}
            await STORIES.run(conn, "move_members", row)
            await STORIES.run(conn, "merge_story", row)
            found.add(into)
    return found


async def _write_moved(conn: Connection, desk: Desk, numbers: dict[int, int], now: dt.datetime) -> set[int]:
    """Placed articles that a merge or split gave to another story; returns the stories concerned."""
    placed = {report.article_id for report in desk.placed}
    rows, found = [], set[int]()
    for article_id, (language, before) in desk.stored.items():
        number = desk.boards[language].story_of(article_id)
        after = None if number is None else numbers.get(number, number)
        if after is not None and after != before:
            found |= {before, after}
            if article_id not in placed:
                rows.append({"article_id": article_id, "story_id": after, "now": now})
    await STORIES.run_many(conn, "move_article", rows)
    return found


async def _write_placed(conn: Connection, desk: Desk, numbers: dict[int, int], now: dt.datetime) -> set[int]:
    """The newcomers with what they say; returns their stories."""
    rows: list[dict[str, Any]] = []
    for report in desk.placed:
        number = desk.boards[report.language].story_of(report.article_id)
        if number is None:
            raise LookupError(f"article {report.article_id} was placed in no story")
        names = [term for term in report.terms if term in report.names]
        terms = names + [term for term in report.terms if term not in report.names]
        at = _instant(report.at)
        row = {"article_id": report.article_id, "story_id": numbers.get(number, number), "at": at, "now": now}
        row |= {"terms": terms, "weights": [report.terms[term] for term in terms], "names": len(names)}
        row |= {"kept_until": (max(at, now) + KEPT).date(), "keys": strongest(report.vector, KEYS)}
        rows.append(row)
    await STORIES.run(conn, "forget_terms", {"ids": [row["article_id"] for row in rows]})
    for name in ("keep_member", "keep_vector", "keep_terms"):
        await STORIES.run_many(conn, name, rows)
    return {int(row["story_id"]) for row in rows}


def _instant(at: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(at, dt.UTC)


def _floats(stored: bytes) -> array.array[float]:
    found = array.array("f", stored)
    if sys.byteorder == "big":
        found.byteswap()
    return found


def _bytes(floats: array.array[float]) -> bytes:
    kept = array.array("f", floats)
    if sys.byteorder == "big":
        kept.byteswap()
    return kept.tobytes()


async def prune_vectors(pool: Pool, *, today: dt.date) -> None:
    """Drop what is kept of articles that no newcomer can be compared with any more."""
    async with pool.connection() as conn:
        await STORIES.run(conn, "prune", {"today": today})
