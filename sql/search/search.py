"""Search: pages of hits newest first or ranked, counts, facets and timelines.

    found = run(connection, search(parse("ferry -pier"), limit=20))            # sync
    found = await run_async(connection, search(parse("ferry -pier")))          # async

Each function returns a plan: a generator that yields statements and is sent their rows. `run` and `run_async` carry one
out, so that the command line and the console share every decision. A QueryError says what is wrong with a query.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeVar

import psycopg
from psycopg import sql as compose
from psycopg.rows import dict_row

from dateline.clock import utc_now
from dateline.errors import UsageError
from dateline.search.notices import UNKNOWN, unknown_value
from dateline.search.query import And, Filter, Query, leaves
from dateline.types.article_fields import ArticleRow
from sql import query
from sql.search.conditions import (
    LANGUAGES,
    LEAVES,
    OF_COMMON,
    OF_FEW,
    Condition,
    Forms,
    condition_of,
    languages_asked,
    leaf_params,
    leaves_of,
    sites_of,
)
from sql.search.snippets import HEADLINE, TITLE_HEADLINE, Marked, marked

HEADLINES_COUNTED = 1_000
"""Headlines that a search leaves out are counted up to so many."""
RANKED = 2_000
"""Hits that are ranked: the newest. Ranking reads every hit's whole vector."""
COMMON = 100
"""So many authors that fit author: are asked of a hash table."""
WALK = 300
"""Articles that are looked through, newest first, before the index of words is asked."""
WALK_AT_MOST = 3_000
WINDOWS = 3
"""Spans of time that the index of words is asked for; the last is all the time before."""
LATEST = dt.datetime(9998, 12, 31, tzinfo=dt.UTC)
EARLIEST = dt.datetime(1000, 1, 1, tzinfo=dt.UTC)
LARGEST_ID = 2**63 - 1

T = TypeVar("T")
Rows: TypeAlias = list[dict[str, Any]]
Statement: TypeAlias = tuple[compose.SQL | compose.Composed, Mapping[str, Any]]
Plan: TypeAlias = Generator[Statement, Rows, T]
Order = Literal["newest", "rank"]


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that was found. Marks in title and snippet are U+E000 and U+E001: escape the text first, mark then."""

    article: ArticleRow
    dated_at: dt.datetime
    title: str | None
    snippet: str
    rank: float | None = None


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Hits, the cursor of the next page (None: these were all), and what should be said about them.

    `ranked_of` tells, for order "rank", among how many of the newest hits was ranked; `is_ranked_over_newest` that there
    are more hits than that.
    """

    hits: tuple[Hit, ...]
    next: str | None
    notices: tuple[str, ...] = ()
    ranked_of: int | None = None
    is_ranked_over_newest: bool = False


@dataclass(frozen=True, slots=True)
class Facet:
    """One value of a facet with its hits."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """Hits of an hour, day, week, month or year (UTC) that begins at `at`; `total` of all articles, where it was asked."""

    at: dt.datetime
    count: int
    total: int | None = None

    @property
    def share(self) -> float | None:
        """Hits among all articles of that time."""
        return self.count / self.total if self.total else None


def run(connection: psycopg.Connection[Any], plan: Plan[T]) -> T:
    """The result of a plan."""
    with connection.cursor(row_factory=dict_row) as cur:
        try:
            statement, params = next(plan)
            while True:
                # never prepared: a generic plan would not know how frequent the words are
                rows = cur.execute(statement, params, prepare=False).fetchall()
                statement, params = plan.send(rows)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


async def run_async(connection: psycopg.AsyncConnection[Any], plan: Plan[T]) -> T:
    """The same on an asynchronous connection."""
    async with connection.cursor(row_factory=dict_row) as cur:
        send, rows = plan.send, None
        while True:
            try:
                statement, params = send(rows)  # type: ignore[arg-type]
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]
            rows = await (await cur.execute(statement, params, prepare=False)).fetchall()


def named(area: str, name: str, params: Mapping[str, Any]) -> Statement:
    """A named query as a statement of a plan."""
    return compose.SQL(query(area, name)), params


def condition(
    asked: Query, *, now: dt.datetime | None = None, languages: Sequence[str] | None = None, of_few: bool = False
) -> Plan[Condition]:
    """The search as a condition over `dateline.article a`; `languages` are those of the archive unless given.

    `of_few`: it will be asked of few articles, which the caller names.
    """
    spoken = languages if languages is not None else languages_asked(asked.root)
    if spoken is None:
        spoken = [row["language"] for row in (yield compose.SQL(LANGUAGES), {})]
    found, lexemes = leaves_of(asked.root), {}
    if found:
        rows = yield compose.SQL(LEAVES), leaf_params(found, spoken)
        lexemes = {(row["config"], found[row["place"]]): row["lexemes"] for row in rows}
    forms = OF_FEW if of_few else (yield from _forms(asked))
    return condition_of(asked, lexemes, now=now or utc_now(), forms=forms)


def _forms(asked: Query) -> Plan[Forms]:
    values = [
        v for leaf in leaves(asked.root) if isinstance(leaf, Filter) and leaf.field == "author" for v in leaf.values
    ]
    if not values:
        return {}
    rows = yield named("search", "authors_fit", {"values": values, "at_most": COMMON})
    return OF_COMMON if rows[0]["count"] == COMMON else {}


def search(
    asked: Query, *, limit: int = 20, after: str | None = None, order: Order = "newest", now: dt.datetime | None = None
) -> Plan[SearchPage]:
    """A page of hits: newest first, or ranked among the newest 2,000; `after` is the `next` of the page before."""
    where = yield from condition(asked, now=now)
    found: Rows = []
    is_ranked = order == "rank" and where.words is not None
    if is_ranked:
        place = _after_rank(after) | {"limit": limit + 1, "words": where.words}
        found = yield from _newest(where, _after_newest(None), RANKED + 1)
        rows = yield statement("ranked", None, place | {"ids": [row["id"] for row in found[:RANKED]]})
    else:
        rows = yield from _newest(where, _after_newest(after), limit + 1)
    page = rows[:limit]
    hits = yield from _hits(page, where)
    following = _cursor(page[-1]) if len(rows) > limit else None
    unknown = () if after else (yield from unknown_values(asked))
    ranked_of = min(len(found), RANKED) if page and is_ranked else None
    return SearchPage(hits, following, (*where.notices, *unknown), ranked_of, bool(page) and len(found) > RANKED)


def ids(asked: Query, *, limit: int, after: str | None = None, now: dt.datetime | None = None) -> Plan[list[int]]:
    """The keys of the newest hits."""
    where = yield from condition(asked, now=now)
    rows = yield from _newest(where, _after_newest(after), limit)
    return [row["id"] for row in rows]


def count(asked: Query, *, at_most: int | None = None, now: dt.datetime | None = None) -> Plan[int]:
    """How many hits there are; with `at_most` it stops counting there."""
    where = yield from condition(asked, now=now)
    rows = yield statement("count", where, {"at_most": at_most})
    return int(rows[0]["count"])


def headlines_left_out(asked: Query, *, now: dt.datetime | None = None) -> Plan[int]:
    """How many items without a text the search would find, if it did not leave them out; at most `HEADLINES_COUNTED`."""
    if asked.names_headlines or not (yield compose.SQL(query("search", "any_headline")), {}):
        return 0
    among = And((asked.root, Filter("kind", ("headline",), 0)))
    return (yield from count(Query(asked.text, among), at_most=HEADLINES_COUNTED, now=now))


def unknown_values(asked: Query) -> Plan[tuple[str, ...]]:
    """What to say of the values of fields that the archive does not know: they find nothing."""
    named_here = [leaf for leaf in leaves(asked.root) if isinstance(leaf, Filter) and leaf.field in UNKNOWN]
    pairs = [
        (one.field, value, value if one.field != "site" else sites_of([value])[0])
        for one in named_here
        for value in one.values
    ]
    if not pairs:
        return ()
    rows = yield named("search", "unknown_values", _columns([(field, sought) for field, _, sought in pairs]))
    unknown = {(row["field"], row["value"]) for row in rows}
    if not unknown:
        return ()
    known = yield named("search", "near_values", _columns(sorted(unknown)))
    spoken = [row["language"] for row in (yield compose.SQL(LANGUAGES), {})] if "lang" in dict(unknown) else []
    return tuple(
        unknown_value(field, value, [row["value"] for row in known if row["field"] == field] or spoken)
        for field, value, sought in dict.fromkeys(pairs)
        if (field, sought) in unknown
    )


def _columns(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return {"fields": [field for field, _ in pairs], "values": [value for _, value in pairs]}


def facets(asked: Query, *, top: int = 20, now: dt.datetime | None = None) -> Plan[dict[str, list[Facet]]]:
    """Hits by site, source, language, section, kind and author (the `top` of each), by day, and in `all`; in one pass."""
    where = yield from condition(asked, now=now)
    rows = yield statement("facets", where, {"top": top})
    made: dict[str, list[Facet]] = {
        name: [] for name in ("all", "site", "source", "language", "section", "kind", "author", "day")
    }
    for row in rows:
        made[row["facet"]].append(Facet(row["value"], row["count"]))
    made["day"].sort(key=lambda facet: facet.value)
    return made


def timeline(
    asked: Query,
    *,
    unit: Literal["hour", "day", "week", "month", "year"] = "day",
    with_share: bool = False,
    now: dt.datetime | None = None,
) -> Plan[list[Bucket]]:
    """Hits over time, oldest first; times without hits are left out. With share: beside all articles of that time."""
    where = yield from condition(asked, now=now)
    rows = yield statement("timeline", where, {"unit": unit})
    totals: dict[dt.datetime, int] = {}
    if with_share and rows:
        params = {"unit": unit, "since": rows[0]["at"], "until": rows[-1]["at"] + dt.timedelta(days=366)}
        totals = {row["at"]: row["count"] for row in (yield statement("totals", None, params))}
    return [Bucket(row["at"], row["count"], totals.get(row["at"])) for row in rows]


def _newest(where: Condition, after: Mapping[str, Any], wanted: int) -> Plan[Rows]:
    """The newest hits in order.

    A walk from the newest on while that is the shorter way (8 µs an article); where the words are too rare for it, the
    index of words: for the time in which, as the hits so far lie, enough of them should be, and at last for all.
    """
    hits: Rows = []
    width, walked, first_at = WALK, 0, LATEST
    while True:
        rows = yield statement("newest_walk", where, {**after, "width": width})
        hits += [row for row in rows if row["is_hit"]]
        first_at = min(first_at, rows[0]["first_at"]) if rows and first_at == LATEST else first_at
        if len(hits) >= wanted or not rows or rows[-1]["place"] < width:
            return hits[:wanted]
        after = {"at": rows[-1]["dated_at"], "id": rows[-1]["id"]}
        walked += width
        width = 1 + int(1.3 * walked * (wanted - len(hits)) / max(len(hits), 0.1))
        if walked + width > WALK_AT_MOST:
            break
    end, back_s = after["at"], max((first_at - after["at"]).total_seconds(), 60.0)
    oldest = max((row["at"] for row in (yield named("search", "oldest", {}))), default=LATEST)
    windows, is_last = 0, False
    while len(hits) < wanted and not is_last:
        back_s *= max(10, 1.3 * wanted / max(len(hits), 0.5))
        windows += 1
        is_last = windows == WINDOWS or back_s >= (end - oldest).total_seconds()
        since = EARLIEST if is_last else end - dt.timedelta(seconds=back_s)
        hits += yield statement("newest_of_all", where, {**after, "since": since, "limit": wanted - len(hits)})
        after = {"at": since, "id": 0}  # those of the very instant were found
    return hits


def statement(name: str, where: Condition | None, params: Mapping[str, Any]) -> Statement:
    """A query of search.sql about the articles that meet a condition."""
    names: dict[str, compose.Composable] = {key: compose.Placeholder(key) for key in params}
    if "words" in params:
        names["words"] = compose.SQL("%(words)s::tsquery")
    if where is None:
        return compose.SQL(query("search", name)).format(**names), params
    return compose.SQL(query("search", name)).format(condition=where.bound, **names), {**where.params, **params}


def _hits(page: Rows, where: Condition) -> Plan[tuple[Hit, ...]]:
    if not page:
        return ()
    keys = [row["id"] for row in page]
    articles = {row["id"]: ArticleRow(**row) for row in (yield compose.SQL(query("articles", "by_id")), {"ids": keys})}
    marks: dict[int, Marked] = {}
    if where.words is not None:
        params = {"ids": keys, "words": where.words, "options": HEADLINE, "title_options": TITLE_HEADLINE}
        rows = yield compose.SQL(query("search", "headlines")), params
        marks = {row["id"]: Marked(row["title"], row["snippet"]) for row in rows}
    return tuple(
        Hit(article, row["dated_at"], *marked(article, marks.get(article.id), where.literal_words), row.get("rank"))
        for row in page
        if (article := articles.get(row["id"])) is not None
    )


def _cursor(row: Mapping[str, Any]) -> str:
    if "rank" in row:
        return f"r{row['rank']!r}.{row['id']}"
    micros = (row["dated_at"] - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)
    return f"n{micros}.{row['id']}"


def _after_newest(cursor: str | None) -> dict[str, Any]:
    if cursor is None:
        return {"at": LATEST, "id": LARGEST_ID}
    found = re.fullmatch(r"n(-?[0-9]{1,18})\.([0-9]{1,18})", cursor)
    if found is None:
        raise _bad_cursor(cursor)
    try:
        at = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=int(found[1]))
    except OverflowError:
        raise _bad_cursor(cursor) from None
    return {"at": at, "id": int(found[2])}


def _after_rank(cursor: str | None) -> dict[str, Any]:
    if cursor is None:
        return {"rank": float("inf"), "id": LARGEST_ID}
    found = re.fullmatch(r"r([0-9.e+-]{1,40})\.([0-9]{1,18})", cursor)
    try:
        return {"rank": float(found[1]), "id": int(found[2])}  # type: ignore[index]
    except (ValueError, TypeError):
        raise _bad_cursor(cursor) from None


def _bad_cursor(cursor: str) -> UsageError:
    return UsageError(f"{cursor[:80]!r} is not a valid cursor: pass the cursor of the previous page unchanged")
