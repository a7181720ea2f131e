"""The edge of learned boilerplate: what a host is known to repeat is left out of a page, and the page teaches in turn.

    ask      before a page is archived and stored: the counts of its paragraphs, this page's own story included → strip
    learn    within the page's transaction, for a new article or a revision: its lesson and the counts that it moves

A page whose very text was judged before is stripped as it was then. So learning alone changes no article: what was stored
before a line was known keeps it until `dateline reprocess`, and a page that is fetched again unchanged stays unchanged.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from dateline.types.article import Extraction
from pipelines.boilerplate.counts import Lesson, Settled, Telling, lesson_of, model_with, settle
from pipelines.boilerplate.strip import FEWEST_ARTICLES, FEWEST_STORIES, HostModel, strip
from sql.articles.boilerplate import (
    Answer,
    Counting,
    LessonRow,
    TellingRow,
    ask,
    open_lesson,
    prune,
    take_back,
    tellings,
    write_lesson,
)
from sql.database import Pool, reading
from sql.statements import Connection

NOT_YET_STORED = 0
"""Stands for the article of a page that is only asked about; articles count from 1."""


class BoilerplateStore:
    """Leaves out of pages what their hosts are known to repeat."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def strip(self, found: Extraction, *, now: dt.datetime, rejudge: bool = False) -> Extraction:
        """Returns the page without its host's boilerplate, which moves to `removed`. `rejudge`: even if it was judged before."""
        lesson = lesson_of(found)
        if not (lesson.host and lesson.lengths):
            return found
        async with self._pool.connection() as conn, reading(conn):
            answer = await ask(conn, lesson.host, lesson.lengths, lesson.fingerprint, today=_day(now))
            if answer.judged is not None and not rejudge:
                return strip(found, HostModel(FEWEST_ARTICLES, dict.fromkeys(answer.judged, FEWEST_STORIES)))
            if not is_in_doubt(answer):
                return strip(found, HostModel(answer.stories, answer.counts))
            told = await tellings(conn, lesson.host, lesson.lengths, article_id=None)
        settled = settle(NOT_YET_STORED, lesson, _told(told))
        return strip(found, model_with(settled, stories=answer.stories, counts=answer.counts))


def is_in_doubt(answer: Answer) -> bool:
    """Whether it matters that this page may be the first to tell its story, by which all its paragraphs count one more."""
    as_copy = HostModel(answer.stories, answer.counts)
    as_first = HostModel(answer.stories + 1, {key: count + 1 for key, count in answer.counts.items()})
    return any(as_copy.is_boilerplate(key) != as_first.is_boilerplate(key) for key in answer.counts)


async def learn(conn: Connection, article_id: int, found: Extraction, *, now: dt.datetime) -> None:
    """Within the caller's transaction, count what this article shows of its host, in place of what it showed before.

    The host's row stays locked until that transaction ends: call it last. A copy of a story adds only what is new in it.
    """
    lesson, today = lesson_of(found), _day(now)
    if not lesson.host:
        return
    host, told = await open_lesson(conn, lesson.host, lesson.lengths, article_id=article_id, today=today)
    if any(one.article_id == article_id and one.host_id != host.id for one in told):
        await take_back(conn, article_id)
    settled = settle(article_id, lesson, _told(one for one in told if one.host_id == host.id))
    counting = Counting(settled.changes, settled.stories, settled.joined)
    await write_lesson(conn, _row(article_id, host.id, lesson, settled), counting, today=today)
    if host.is_stale:
        await prune(conn, host.id, today=today)


def _row(article_id: int, host_id: int, lesson: Lesson, settled: Settled) -> LessonRow:
    keys = sorted(lesson.lengths) if settled.teaches else ()
    return LessonRow(
        article_id, host_id, settled.story_id, keys, lesson.length, sorted(lesson.stripped), lesson.fingerprint
    )


def _told(rows: Iterable[TellingRow]) -> list[Telling]:
    return [Telling(row.article_id, row.story_id, frozenset(row.keys), row.length) for row in rows]


def _day(now: dt.datetime) -> dt.date:
    return now.astimezone(dt.UTC).date()
