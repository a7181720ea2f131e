"""The questions: each returns a plan, which the console runs on its pool and `Archive` on a connection of its own.

They use the queries of the command line and the console; this module adds cursors, limits and the order `stored`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from dateline.api import parameters as p
from dateline.api.records import CopyLine, Count, HourLine, Period, Revision, WatchLine, hit_record
from dateline.config import url_origin
from dateline.errors import UsageError
from dateline.explain import with_scheme
from dateline.search.dates import DateRange
from dateline.search.query import And, DateFilter, Filter, Query, parse
from dateline.text import storable
from dateline.types.article_fields import ArticleRow
from dateline.urls import url_key
from sql.articles.articles import RevisionRow, to_record
from sql.articles.stories import OutletRow, StoryRow
from sql.frontier.explain import UrlFacts, facts
from sql.frontier.sources import ListedSource
from sql.search.conditions import Condition
from sql.search.search import (
    EARLIEST,
    LARGEST_ID,
    LATEST,
    Facet,
    Order,
    Plan,
    condition,
    count,
    facets,
    named,
    search,
    timeline,
)
from sql.search.search import statement as search_statement

MOST_HOURS = 31 * 24
PAUSE_S, PAUSES = 0.02, 100
FIRST_SPAN = 5_000
"""Keys among which a page of articles in the order of storing is looked for first."""
STEP = 100
"""Articles that are read at a time."""
MOST_CHARACTERS = 32_000_000
"""Of texts in one answer, but for the last step; a page with more has fewer rows than its limit."""
DAY = dt.timedelta(days=1)

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, the cursor of the next page (None: these were all), and what should be said about them."""

    items: Sequence[Any]
    next: str | None = None
    notices: tuple[str, ...] = ()
    is_waiting: bool = False
    """Whether there are more rows that can't be given yet: ask again with the same cursor."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Nothing has this key; `said` names it."""

    said: str = field(default="")


def articles(asked: p.OfArticles, now: dt.datetime) -> Plan[Page]:
    """Articles, newest first or as they were stored."""
    return (yield from _in_order(_query(asked.q), asked, now))


def headlines(asked: p.OfHeadlines, now: dt.datetime) -> Plan[Page]:
    """Items without a text, newest first or as they were stored."""
    only = Filter("kind", ("headline",), 0)
    return (yield from _in_order(Query(asked.q, And((_query(asked.q).root, only))), asked, now))


def hits(asked: p.OfSearch, now: dt.datetime) -> Plan[Page]:
    """The hits of a search."""
    return (yield from _gathered(asked, lambda limit, after: _found(_query(asked.q), asked.order, limit, after, now)))


def _in_order(wanted: Query, asked: p.OfArticles, now: dt.datetime) -> Plan[Page]:
    if asked.order == "stored":
        return (yield from _gathered(asked, lambda limit, after: _stored(wanted, limit, after, now)))
    return (yield from _gathered(asked, lambda limit, after: _found(wanted, "newest", limit, after, now)))


def _gathered(asked: p.OfRows, read: Callable[[int, str | None], Plan[Page]]) -> Plan[Page]:
    """A page of articles, read in steps until there are enough or their texts are too long to hold together."""
    items: list[Any] = []
    after, size = asked.after, 0
    while True:
        wanted = min(STEP, asked.limit - len(items))
        page = yield from read(wanted, after)
        items += page.items
        after = page.next
        size += sum(len(one["text"]) for one in page.items)
        # a step with fewer rows is the last: of those that arrive meanwhile, the next answer tells
        if len(page.items) < wanted or len(items) == asked.limit or after is None or size >= MOST_CHARACTERS:
            return Page(items, after, page.notices, is_waiting=page.is_waiting and not items)


def _found(asked: Query, order: Order, limit: int, after: str | None, now: dt.datetime) -> Plan[Page]:
    found = yield from search(asked, limit=limit, after=after, order=order, now=now)
    return Page([hit_record(hit) for hit in found.hits], found.next, found.notices)


def _query(text: str) -> Query:
    """The search; all articles where it is empty."""
    text = storable(text, 2000).strip()
    return parse(text) if text else Query("", DateFilter("date", DateRange(until=LATEST), 0))


def _stored(asked: Query, limit: int, cursor: str | None, now: dt.datetime) -> Plan[Page]:
    """Articles by key. The cursor never passes a key whose article may still be committed, so that none is lost."""
    after = _number(cursor, "s") if cursor else 0
    last = yield from _last_safe_key()
    if last is None:
        said = "An article is being stored for a long time. Ask again with the same cursor."
        return Page([], cursor or "s0", (said,), is_waiting=True)
    where = yield from condition(asked, now=now)
    rows = yield from _after_key(where, after, last, limit)
    items = yield from _records([row["id"] for row in rows], {row["id"]: row["dated_at"] for row in rows})
    reached = rows[-1]["id"] if len(rows) == limit else max(after, last)
    return Page(items, f"s{reached}", where.notices)


def _after_key(where: Condition, after: int, last: int, limit: int) -> Plan[list[dict[str, Any]]]:
    """The first hits behind a key, looked for in spans of keys that grow: a short one where hits are frequent."""
    rows: list[dict[str, Any]] = []
    span = FIRST_SPAN
    while len(rows) < limit and after < last:
        until = min(last, after + span)
        rows += yield search_statement("stored_after", where, {"id": after, "last": until, "limit": limit - len(rows)})
        after, span = until, 20 * span
    return rows


def _last_safe_key() -> Plan[int | None]:
    """The highest key that was given out, once all transactions are over that may hold one up to it; else None.

    Keys are given out in order and committed in any order. A transaction locks the table before it takes a key, so those
    that hold the lock after the highest key was read are all that matter.
    """
    last = int((yield named("search", "last_key", {}))[0]["id"])
    waits_for = {row["writer"] for row in (yield named("search", "writers", {}))}
    for _ in range(PAUSES):
        if not waits_for:
            return last
        yield search_statement("pause", None, {"seconds": PAUSE_S})
        waits_for &= {row["writer"] for row in (yield named("search", "writers", {}))}
    return None


def _records(ids: Sequence[int], dated: Mapping[int, dt.datetime]) -> Plan[list[dict[str, Any]]]:
    if not ids:
        return []
    rows = {row["id"]: ArticleRow(**row) for row in (yield named("articles", "by_id", {"ids": list(ids)}))}
    more = {"snippet": None, "rank": None}
    return [to_record(rows[one]) | more | {"dated_at": dated[one].isoformat()} for one in ids if one in rows]


def article(asked: p.OfArticle, now: dt.datetime) -> Plan[dict[str, Any] | Missing]:
    """An article by its key."""
    rows = yield named("articles", "dated", {"id": asked.id})
    found = yield from _records([asked.id], {asked.id: rows[0]["dated_at"]} if rows else {})
    return found[0] if found else Missing(f"No article has the id {asked.id}")


def article_at(asked: p.OfArticleAt, now: dt.datetime) -> Plan[dict[str, Any] | Missing]:
    """The article that a URL leads to, as itself or as an alias."""
    url = _url(asked.url)
    rows = yield named("articles", "article_of_key", {"url_key": url_key(url)})
    if not rows:
        return Missing(f"No article is stored for {url}. Ask /explain why")
    return (yield from article(p.OfArticle(id=rows[0]["id"]), now))


def revisions(asked: p.OfArticle, now: dt.datetime) -> Plan[Page | Missing]:
    """The revisions of an article, the present one last."""
    rows = yield named("articles", "revision_texts", {"article_id": asked.id})
    known = yield named("articles", "dated", {"id": asked.id})
    if not known:
        return Missing(f"No article has the id {asked.id}")
    return Page([_revision(known[0]["url"], RevisionRow(**row)) for row in rows])


def _revision(url: str, row: RevisionRow) -> Revision:
    return Revision(
        url, row.number, row.title, row.word_count, row.seen_at, row.modified_at, row.cause, row.is_silent,
        row.is_present, row.text,
    )  # fmt: skip


def copies(asked: p.OfCopies, now: dt.datetime) -> Plan[Page]:
    """Copies of one outlet's texts at another, newest first."""
    at, key = _instant_and_number(asked.after) if asked.after else (None, LARGEST_ID)
    params = {
        "since": asked.since or now - 30 * DAY, "until": asked.until or now + DAY, "taker": asked.taker,
        "giver": asked.giver, "at": at, "id": key, "limit": asked.limit + 1,
    }  # fmt: skip
    rows = [CopyLine(**row) for row in (yield named("console_copies", "list", params))]
    return _page(rows, asked.limit, lambda row: f"c{row.dated_at.isoformat()}.{row.article_id}")


def stories(asked: p.OfStories, now: dt.datetime) -> Plan[Page]:
    """Stories that many outlets cover, most outlets first."""
    after = None if asked.after is None else _numbers(asked.after, "o", 3)
    params = {"since": asked.since or now - 3 * DAY, "outlets": asked.outlets, "after": after, "limit": asked.limit + 1}
    rows = [StoryRow(**row) for row in (yield named("stories", "recent", params))]
    return _page(rows, asked.limit, lambda row: f"o{row.outlets}.{row.articles_with_copies}.{row.story_id}")


def story(asked: p.OfStory, now: dt.datetime) -> Plan[Page | Missing]:
    """The outlets of a story in the order of their first articles."""
    rows = [OutletRow(**row) for row in (yield named("stories", "tellers", {"story_id": asked.id}))]
    return Page(rows) if rows else Missing(f"No story has the id {asked.id}")


def sources(asked: p.OfSources, now: dt.datetime) -> Plan[Page]:
    """The watched sources by name, as `dateline sources list --json` gives them."""
    params = {"country": _lower(asked.country), "language": _lower(asked.language), "tag": asked.tag}
    params |= {"after": asked.after and storable(asked.after, 200), "limit": asked.limit + 1}  # type: ignore[dict-item]
    rows = [ListedSource(**row) for row in (yield named("sources", "list_sources", params))]
    return _page(rows, asked.limit, lambda row: row.name)


def coverage(asked: p.OfCoverage, now: dt.datetime) -> Plan[Page]:
    """For each hour of a source: whether Dateline was looking, and if not, why."""
    until = asked.until or now
    since = asked.since or until - 2 * DAY
    if not dt.timedelta() < until - since <= dt.timedelta(hours=MOST_HOURS):
        raise UsageError(f"since and until have to be in order and at most {MOST_HOURS // 24} days apart")
    params = {"source": asked.source, "after": asked.after, "limit": asked.limit, "since": since, "until": until}
    rows = [HourLine(**row) for row in (yield named("coverage", "hours", params))]
    names = yield named("coverage", "names", {"source": asked.source, "after": asked.after, "limit": asked.limit})
    return Page(rows, names[-1]["name"] if len(names) == asked.limit and not asked.source else None)


def counts(asked: p.OfCounts, now: dt.datetime) -> Plan[Page]:
    """Hits over time beside all articles, oldest first."""
    found = yield from timeline(_query(asked.q), unit=asked.unit, with_share=True, now=now)
    return Page([Period(one.at, one.count, one.total, one.share) for one in found])


def number(asked: p.OfHits, now: dt.datetime) -> Plan[Count]:
    """How many articles a search finds."""
    return Count((yield from count(_query(asked.q), now=now)))


def facet_counts(asked: p.OfFacets, now: dt.datetime) -> Plan[dict[str, dict[str, int]]]:
    """Hits by site, source, language, section, kind, author and day, and all."""
    return as_counts((yield from facets(_query(asked.q), top=asked.top, now=now)))


def as_counts(found: Mapping[str, Sequence[Facet]]) -> dict[str, dict[str, int]]:
    """The facets as `dateline search --facets --json` prints them."""
    return {name: {one.value: one.count for one in values} for name, values in found.items()}


def explain(asked: p.OfUrl, now: dt.datetime) -> Plan[UrlFacts]:
    """What happened to a URL."""
    return (yield from facts(_url(asked.url)))


def watches(asked: p.OfRows, now: dt.datetime) -> Plan[Page]:
    """The watches by name."""
    found = yield named("watches", "watches", {"name": None})
    rows = [_watch(row) for row in found if row["name"] > (asked.after or "")]
    return _page(rows, asked.limit, lambda row: row.name)


def _watch(row: Mapping[str, Any]) -> WatchLine:
    known = {name: row[name] for name in WatchLine.__slots__ if name not in ("webhook", "recipients")}
    return WatchLine(**known, webhook=host_of_webhook(row["webhook_url"]), recipients=len(row["mail"]))


def host_of_webhook(url: str | None) -> str | None:
    """Scheme and host of the webhook, without parts that may be secret."""
    return url_origin(url) if url else None


# --- cursors and texts ----------------------------------------------------------------------------------------------------


def _page(rows: Sequence[Any], limit: int, cursor: Any) -> Page:
    """A page of rows, of which one more than the limit was read."""
    return Page(rows[:limit], cursor(rows[limit - 1]) if len(rows) > limit else None)


def _numbers(cursor: str, mark: str, many: int) -> list[int]:
    parts = cursor.removeprefix(mark).split(".")
    if cursor[:1] != mark or len(parts) != many or not all(one.isascii() and one.isdigit() for one in parts):
        raise bad_cursor(cursor)
    found = [int(one) for one in parts]
    if max(found) > LARGEST_ID:
        raise bad_cursor(cursor)
    return found


def _number(cursor: str, mark: str) -> int:
    return _numbers(cursor, mark, 1)[0]


def _instant_and_number(cursor: str) -> tuple[dt.datetime, int]:
    text, _, key = cursor.removeprefix("c").rpartition(".")
    try:
        at = dt.datetime.fromisoformat(text)
        if cursor[:1] != "c" or at.tzinfo is None or not EARLIEST <= at <= LATEST:
            raise bad_cursor(cursor)
    except (ValueError, OverflowError) as error:
        raise bad_cursor(cursor) from error
    return at, _number(f"c{key}", "c")


def bad_cursor(cursor: str) -> UsageError:
    """The error for a cursor that no answer gave."""
    return UsageError(f"{cursor[:80]!r} is not a valid cursor: pass the `next` of the previous answer unchanged")


def _url(text: str) -> str:
    found = with_scheme(storable(text, 4000).strip())
    if not found:
        raise UsageError(f"{text[:200]!r} is not a URL: give an address such as https://example.org/news/story")
    return found


def _lower(text: str | None) -> str | None:
    return text.lower() if text else None
