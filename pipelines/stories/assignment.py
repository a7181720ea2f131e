"""Assigns stored articles to stories: takes the tasks that the store left, decides on a cluster index and writes, in one
transaction.

One process does this at a time. If it dies, its articles are still tasks.
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

from pipelines.stories.clustering import (
    ASKED_KEYS,
    HEARD_OF_SITE,
    KEYS,
    VOTES,
    WINDOW_S,
    ClusterIndex,
    Report,
    threshold,
)
from pipelines.stories.terms import LEAD_WORDS, ArticleTerms, Terms, Vocabulary, language_of, read_terms
from pipelines.stories.vectors import says_again, strongest
from sql.database import Pool
from sql.statements import Area, Connection

STORIES = Area("stories")

BATCH = 200
WHOLE_BATCH = 1000
"""Articles of a transaction in a command: more are counted before the first of them is assigned."""
KEPT = dt.timedelta(days=4)
"""How long an article's terms are kept: the window, and a day for articles that are found late."""
MEMBERS = VOTES + 20


@dataclass(frozen=True, slots=True)
class UnassignedArticle:
    """An article without a story, or a revised one, whose story is `story_id`."""

    id: int
    title: str | None
    text: str
    language: str | None
    site: str
    at: dt.datetime
    family: int
    story_id: int | None


@dataclass(frozen=True, slots=True)
class AssignedArticle:
    """An article of a story with its terms."""

    story_id: int
    language: str
    article_id: int
    site: str
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
class Batch:
    """A batch of articles: a cluster index per language, and what will be written."""

    vocabularies: dict[str, Vocabulary] = field(default_factory=dict)
    indexes: dict[str, ClusterIndex] = field(default_factory=dict)
    counted: set[str] = field(default_factory=set)
    counts: dict[int, tuple[Terms, int]] = field(default_factory=dict)
    """What was counted for each article, and how many times."""
    repeats: set[int] = field(default_factory=set)
    stored: dict[int, tuple[str, int]] = field(default_factory=dict)
    """Articles on the indexes before the batch: language and story."""
    assigned: list[Report] = field(default_factory=list)
    numbering: Iterator[int] = field(default_factory=lambda: itertools.count(-1, -1))

    def index(self, language: str) -> ClusterIndex:
        """Returns the index of a language; numbers of new stories are unique over all indexes."""
        if language not in self.indexes:
            join = threshold(self.vocabulary(language).documents)
            self.indexes[language] = ClusterIndex(join=join, numbering=self.numbering)
        return self.indexes[language]

    def vocabulary(self, language: str) -> Vocabulary:
        """Returns the vocabulary of a language; a new one if none is stored."""
        return self.vocabularies.setdefault(language, Vocabulary(language))

    def count(self, read: Iterable[tuple[UnassignedArticle, ArticleTerms]]) -> None:
        """Count a batch before any of it is weighed, so that its order matters little; pages that say the same again count once.

        Else an outlet with many such pages would make an event's words common, and its reports strangers.
        """
        heard = defaultdict[str, list[Terms]](list)
        for one, terms in read:
            language, outlet = language_of(one.language), heard[one.site]
            vocabulary = self.vocabulary(language)
            if any(says_again(each, terms.terms) for each in outlet[-HEARD_OF_SITE:]):
                continue
            outlet.append(terms.terms)
            if times := vocabulary.counts_for(one.id):
                vocabulary.count(terms.terms, times)
                self.counted.add(language)
                self.counts[one.id] = (terms.terms, times)

    def take_back(self, report: Report) -> None:
        """Count a page no longer that turned out to say what an earlier one of its outlet says."""
        if report.article_id in self.counts:
            terms, times = self.counts.pop(report.article_id)
            self.vocabulary(report.language).count(terms, -times)

    def report(self, one: UnassignedArticle, terms: ArticleTerms) -> Report:
        """Returns the article as it is compared with stories."""
        language = language_of(one.language)
        vocabulary = self.vocabulary(language)
        kept = vocabulary.strongest(terms.terms)
        vector = vocabulary.vector(kept)
        names = terms.names & vector.keys()
        return Report(one.id, one.family, language, one.at.timestamp(), kept, vector, names, one.site)

    def load(self, members: Sequence[AssignedArticle]) -> None:
        """Add articles that have a story to their indexes."""
        loaded: defaultdict[str, list[tuple[int, Report]]] = defaultdict(list)
        for one in members:
            terms = dict(zip(one.terms, one.weights, strict=True))
            vector = self.vocabulary(one.language).vector(terms)
            names = frozenset(one.terms[: one.names]) & vector.keys()
            at = one.at.timestamp()
            report = Report(one.article_id, one.family, one.language, at, terms, vector, names, one.site)
            loaded[one.language].append((one.story_id, report))
            self.stored[one.article_id] = (one.language, one.story_id)
        for language, reports in loaded.items():
            self.index(language).load(reports)

    def assign(self, reports: Sequence[tuple[Report, int | None]]) -> None:
        """Assign the newcomers, copies after their originals.

        An article whose story is too old for the index keeps it.
        """
        for report, story_id in sorted(reports, key=lambda one: one[0].article_id != one[0].family):
            index = self.index(report.language)
            if story_id is None or index.story_of(report.article_id) is not None:
                index.assign(report)
                self.assigned.append(report)
        for report in self.assigned:
            if self.index(report.language).is_repeat(report):
                self.repeats.add(report.article_id)
                self.take_back(report)


async def assign_waiting(
    pool: Pool,
    *,
    now: Callable[[], dt.datetime],
    batch: int = BATCH,
    waits: bool = False,
    most: int | None = None,
    advance: Callable[[int], None] = lambda count: None,
) -> int:
    """Assign the waiting articles, one transaction per batch; returns their number.

    `waits`: wait while another process assigns stories; otherwise leave the articles to it. `most`: at most so many batches.
    """
    total = done = 0
    while most is None or done < most:
        async with pool.connection() as conn, conn.transaction():
            count = await _assign_batch(conn, batch, waits=waits, now=now())
        total, done = total + count, done + 1
        advance(count)
        if count < batch:
            break
    return total


async def _assign_batch(conn: Connection, batch: int, *, waits: bool, now: dt.datetime) -> int:
    if not await _turn(conn, waits=waits):
        return 0
    waiting = await STORIES.rows(conn, UnassignedArticle, "take_tasks", {"limit": batch, "characters": LEAD_WORDS * 40})
    if not waiting:
        return 0
    work = Batch(await _vocabularies(conn, {language_of(one.language) for one in waiting}))
    reports = await asyncio.to_thread(_read, work, waiting)
    ids = await _neighbours(conn, [report for report, _ in reports], waiting)
    members = await STORIES.rows(conn, AssignedArticle, "members", {"ids": ids, "limit": MEMBERS})
    await asyncio.to_thread(_decide, work, members, reports)
    await _write(conn, work, now)
    return len(waiting)


async def _turn(conn: Connection, *, waits: bool) -> bool:
    if waits:
        await STORIES.run(conn, "lock")
        return True
    return bool(await STORIES.value(conn, "try_lock"))


def _read(work: Batch, waiting: Sequence[UnassignedArticle]) -> list[tuple[Report, int | None]]:
    read = [(one, read_terms(one.title, one.text, language_of(one.language))) for one in waiting]
    work.count(read)
    return [(work.report(one, terms), one.story_id) for one, terms in read]


def _decide(work: Batch, members: Sequence[AssignedArticle], reports: Sequence[tuple[Report, int | None]]) -> None:
    work.load(members)
    work.assign(reports)


async def _vocabularies(conn: Connection, languages: set[str]) -> dict[str, Vocabulary]:
    rows = await STORIES.rows(conn, StoredVocabulary, "vocabularies", {"languages": sorted(languages)})
    return {row.language: Vocabulary(row.language, row.documents, _floats(row.counts)) for row in rows}


async def _neighbours(conn: Connection, reports: Sequence[Report], waiting: Sequence[UnassignedArticle]) -> list[int]:
    """Returns the stories to compare with: by shared terms, of copies' originals, and the old stories of revised articles."""
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


async def _write(conn: Connection, work: Batch, now: dt.datetime) -> None:
    for language in sorted(work.counted):
        vocabulary = work.vocabularies[language]
        row = {"language": language, "documents": vocabulary.documents, "counts": _bytes(vocabulary.counts)}
        await STORIES.run(conn, "keep_vocabulary", row)
    numbers = await _number(conn, work, now)
    changed = await _write_merged(conn, work, numbers, now)
    changed |= await _write_moved(conn, work, numbers, now)
    changed |= await _write_assigned(conn, work, numbers, now)
    leads = {
        numbers.get(n, n): index.lead(n)
        for index in work.indexes.values()
        for n, s in index.stories.items()
        if s.reports
    }
    ids = sorted(changed)
    await STORIES.run(conn, "sum_up", {"ids": ids, "leads": [leads.get(number) for number in ids]})
    await STORIES.run(conn, "drop_empty", {"ids": ids})


async def _number(conn: Connection, work: Batch, now: dt.datetime) -> dict[int, int]:
    """Store the new stories; returns the stored number of each number on the index."""
    fresh = {
        number: (language, _instant(min(story.times())))
        for language, index in work.indexes.items()
        for number, story in index.stories.items()
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


async def _write_merged(conn: Connection, work: Batch, numbers: dict[int, int], now: dt.datetime) -> set[int]:
    """Write the stories that are now part of another; returns those others."""
    found = set[int]()
    for index in work.indexes.values():
        for lost in (number for number in index.merged if number > 0):
            into = index.lasting(lost)
            into = numbers.get(into, into)
            row = {"story_id": lost, "into": into, "now": now}
            await STORIES.run(conn, "move_members", row)
            await STORIES.run(conn, "merge_story", row)
            found.add(into)
    return found


async def _write_moved(conn: Connection, work: Batch, numbers: dict[int, int], now: dt.datetime) -> set[int]:
    """Write the articles that a merge or split moved to another story; returns the stories concerned."""
    assigned = {report.article_id for report in work.assigned}
    rows, found = [], set[int]()
    for article_id, (language, before) in work.stored.items():
        number = work.indexes[language].story_of(article_id)
        after = None if number is None else numbers.get(number, number)
        if after is not None and after != before:
            found |= {before, after}
            if article_id not in assigned:
                rows.append({"article_id": article_id, "story_id": after, "now": now})
    await STORIES.run_many(conn, "move_article", rows)
    return found


async def _write_assigned(conn: Connection, work: Batch, numbers: dict[int, int], now: dt.datetime) -> set[int]:
    """Write the newcomers with their terms; returns their stories."""
    rows: list[dict[str, Any]] = []
    for report in work.assigned:
        index = work.indexes[report.language]
        number = index.story_of(report.article_id)
        if number is None:
            raise LookupError(f"article {report.article_id} was assigned to no story")
        names = [term for term in report.terms if term in report.names]
        terms = names + [term for term in report.terms if term not in report.names]
        at = _instant(report.at)
        row = {"article_id": report.article_id, "story_id": numbers.get(number, number), "at": at, "now": now}
        row |= {"terms": terms, "weights": [report.terms[term] for term in terms], "names": len(names)}
        row |= {"kept_until": (max(at, now) + KEPT).date(), "keys": strongest(report.vector, KEYS)}
        rows.append(row | {"is_repeat": report.article_id in work.repeats, "is_heard": index.is_heard(report)})
    await STORIES.run(conn, "forget_terms", {"ids": [row["article_id"] for row in rows]})
    await STORIES.run_many(conn, "keep_member", rows)
    for name in ("keep_vector", "keep_terms"):
        await STORIES.run_many(conn, name, [row for row in rows if row["is_heard"]])
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
    """Delete the terms of articles that are too old for any newcomer."""
    async with pool.connection() as conn:
        await STORIES.run(conn, "prune", {"today": today})
