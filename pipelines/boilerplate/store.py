"""Strips what a scope (a section, an author) repeats from its pages, and counts each stored page's paragraphs.

    strip       before a page is archived and stored: reads the counts of its paragraphs, as if this page were counted too
    count_page  in the page's transaction, for a new article or a revision: stores its paragraphs and moves the counts

A text that was judged before is stripped in the same way again, and a paragraph that an article was stored with stays when
the article changes. So counting alone changes no article: what was stored before a line was known keeps it until `dateline
reprocess`, which also puts lines back that are no longer boilerplate.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from dateline.types.article import Extraction
from dateline.urls import url_key
from pipelines.boilerplate.counts import (
    CountChange,
    CountedArticle,
    PageParagraphs,
    count_change,
    model_with,
    page_paragraphs,
)
from pipelines.boilerplate.strip import FEWEST_ARTICLES, FEWEST_STORIES, ScopeModel, strip
from sql.articles.boilerplate import (
    ArticleCounts,
    Counted,
    CountedRow,
    Counting,
    HostRow,
    ParagraphCounts,
    ParagraphQuestion,
    ask,
    counted_articles,
    lock_counts,
    prune,
    take_back,
    write_counts,
)
from sql.database import Pool, autocommit
from sql.statements import Connection

NOT_YET_STORED = 0
"""The article id of a page that is not stored yet; articles count from 1."""


class BoilerplateStore:
    """Strips from pages what their scopes repeat."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def strip(self, found: Extraction, *, now: dt.datetime, rejudge: bool = False) -> Extraction:
        """Returns the page without its scope's boilerplate, which moves to `removed`. `rejudge`: even if it was judged before."""
        page = page_paragraphs(found)
        if not (page.scope and page.lengths):
            return found
        async with self._pool.connection() as conn, autocommit(conn):
            question = ParagraphQuestion(page.scope, page.site, page.lengths, page.fingerprint, url_key(found.url))
            answer = await ask(conn, question, today=_day(now))
            if not rejudge:
                answer = answer.without_kept()
            if answer.judged is not None and not rejudge:
                return strip(found, ScopeModel(FEWEST_ARTICLES, dict.fromkeys(answer.judged, FEWEST_STORIES)))
            if not is_in_doubt(answer):
                return strip(found, ScopeModel(answer.stories, answer.counts))
            counted = await counted_articles(conn, page.scope, page.lengths, article_id=None)
        change = count_change(NOT_YET_STORED, page, _counted(counted))
        return strip(found, model_with(change, stories=answer.stories, counts=answer.counts))


def is_in_doubt(answer: ParagraphCounts) -> bool:
    """Returns whether it matters if this page is the first of its story, which raises all its counts by one."""
    as_copy = ScopeModel(answer.stories, answer.counts)
    as_first = ScopeModel(answer.stories + 1, {key: count + 1 for key, count in answer.counts.items()})
    return any(as_copy.is_boilerplate(key) != as_first.is_boilerplate(key) for key in answer.counts)


async def count_page(conn: Connection, article_id: int, found: Extraction, *, now: dt.datetime) -> None:
    """Count the article's paragraphs in the caller's transaction, in place of what was counted for it before.

    Call it last: the scope's row stays locked until the transaction ends. A further article of a story adds only new paragraphs.
    """
    page = page_paragraphs(found)
    if page.scope:
        turn = await CountingTurn.begin(conn, [page], article_id=article_id, now=now)
        await turn.count(conn, 0, article_id)


class CountingTurn:
    """Pages that are counted one after the other in a transaction which holds the locks of all their scopes."""

    def __init__(
        self,
        pages: Sequence[PageParagraphs],
        hosts: Mapping[str, HostRow],
        told: Sequence[list[CountedRow]],
        today: dt.date,
    ) -> None:
        self._pages, self._hosts, self._told, self._today = pages, hosts, told, today
        self._written = defaultdict[str, set[int]](set)

    @classmethod
    async def begin(
        cls, conn: Connection, pages: Sequence[PageParagraphs], *, article_id: int | None = None, now: dt.datetime
    ) -> CountingTurn:
        """Lock the scopes of these pages, each of which has one. `article_id` is that of the only page, if it is stored."""
        asked = [Counted(article_id, page.scope, page.site, page.lengths) for page in pages]
        hosts, told = await lock_counts(conn, asked, today=_day(now))
        return cls(pages, hosts, told, _day(now))

    def is_stale(self, place: int) -> bool:
        """Whether to count the page at this place is to prune its scope, too, which may take long."""
        return self._hosts[self._pages[place].scope].is_stale

    async def count(self, conn: Connection, place: int, article_id: int) -> None:
        """Count the page at this place, whose article is stored by now."""
        page = self._pages[place]
        host, counted = self._hosts[page.scope], self._told[place]
        if not self._written[page.scope].isdisjoint(page.lengths):
            counted = await counted_articles(conn, page.scope, page.lengths, article_id=article_id)
        if any(one.article_id == article_id and one.host_id != host.id for one in counted):
            await take_back(conn, article_id)
        change = count_change(article_id, page, _counted(one for one in counted if one.host_id == host.id))
        counting = Counting(change.changes, change.stories, change.joined)
        await write_counts(conn, _row(article_id, host.id, page, change), counting, today=self._today)
        self._written[page.scope].update(change.changes)
        if host.is_stale:
            await prune(conn, host.id, today=self._today)


def _row(article_id: int, host_id: int, page: PageParagraphs, change: CountChange) -> ArticleCounts:
    keys = sorted(page.lengths) if change.is_counted else ()
    return ArticleCounts(
        article_id, host_id, change.story_id, keys, page.length, sorted(page.stripped), page.fingerprint
    )


def _counted(rows: Iterable[CountedRow]) -> list[CountedArticle]:
    return [CountedArticle(row.article_id, row.story_id, frozenset(row.keys), row.length) for row in rows]


def _day(now: dt.datetime) -> dt.date:
    return now.astimezone(dt.UTC).date()
