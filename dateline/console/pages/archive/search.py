"""The search: hits with marked words, without copies unless wanted, page by page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from dateline.console.pages.archive.saved import opened
from dateline.console.pages.archive.search_request import QueryTrouble, found, query_of, trouble_of
from dateline.console.pages.archive.suggestions import Suggestion, suggestions
from dateline.console.request import Ask
from dateline.errors import UsageError
from dateline.search.dates import DateRange
from dateline.search.query import And, DateFilter, Filter, Query
from sql.search.search import Hit, search

PAGE = 20


@dataclass(frozen=True, slots=True)
class HitLine:
    """A hit. The words searched for are fenced in title and snippet."""

    id: int
    url: str
    site: str
    source: str | None
    title: str | None
    snippet: str
    published_at: dt.datetime | None
    published_precision: str | None
    first_seen_at: dt.datetime
    language: str | None
    section: str | None
    kind: str
    revision: int
    copy_of: str | None
    copies: int
    story_id: int | None


@dataclass(frozen=True, slots=True)
class SearchPage:
    """The data of the page."""

    title: str
    q: str
    order: str
    is_collapsed: bool
    hits: list[HitLine]
    next: str | None
    notices: list[str]
    trouble: QueryTrouble | None
    suggestions: list[Suggestion] = field(default_factory=list)
    saved: str = ""
    """The name of the saved search that is open."""
    is_changed: bool = False
    """Whether the search is another than was saved under that name."""


@dataclass(frozen=True, slots=True)
class _Beside:
    """Further facts about a hit."""

    id: int
    source: str | None
    copies: int
    story_id: int | None


async def read(ask: Ask) -> SearchPage:
    """The hits of `q`, after the place that `after` names. Without `q`, `saved` names a saved search."""
    saved = await opened(ask, "search")
    text, order, with_copies = ask.text("q", limit=2000), ask.choice("order", ("newest", "best")), ask.is_on("copies")
    if saved is not None and "q" not in ask.params:
        text, order, with_copies = saved.query, saved.ordering, saved.with_copies
    page = await _hits(ask, text, order, with_copies=with_copies)
    if saved is None:
        return page
    is_changed = (text, order, with_copies) != (saved.query, saved.ordering, saved.with_copies)
    return replace(page, title=saved.name, saved=saved.name, is_changed=is_changed)


async def _hits(ask: Ask, text: str, order: str, *, with_copies: bool) -> SearchPage:
    page = SearchPage(f"Search: {text}" if text else "Search", text, order, not with_copies, [], None, [], None)
    try:
        asked = query_of(text, with_copies=with_copies) if text else newest(ask.now, with_copies=with_copies)
        plan = search(
            asked, limit=PAGE, after=ask.maybe("after"), order="rank" if order == "best" else "newest", now=ask.now
        )
        answer = await found(ask, plan)
    except UsageError as error:
        return SearchPage(page.title, text, order, not with_copies, [], None, [], trouble_of(error))
    notices = list(answer.notices)
    if answer.is_ranked_over_newest:
        notices.append(f"Ranked among the newest {answer.ranked_of:,} hits; there are more.")
    following = ask.onward("/search", after=answer.next) if answer.next else None
    hits = await lines_of(ask, answer.hits)
    others = suggestions(text, with_copies=with_copies) if text and not hits else []
    return SearchPage(page.title, text, order, not with_copies, hits, following, notices, None, others)


def newest(now: dt.datetime, *, with_copies: bool) -> Query:
    """The search for all articles up to now, which an empty query means."""
    everything = DateFilter("date", DateRange(until=now + dt.timedelta(days=1)), 0)
    return Query("", everything if with_copies else And((everything, Filter("copies", ("no",), 0))))


async def lines_of(ask: Ask, hits: Sequence[Hit]) -> list[HitLine]:
    """The hits with their sources, copies and stories."""
    ids = [hit.article.id for hit in hits]
    beside = {one.id: one for one in await ask.reader.rows(_Beside, "console", "beside_hits", {"ids": ids})}
    return [
        HitLine(
            a.id, a.url, a.site, b.source, hit.title, hit.snippet, a.published_at, a.published_precision,
            a.first_seen_at, a.language, a.section, a.kind, a.revision, a.copy_of, b.copies, b.story_id,
        )
        for hit in hits
        if (a := hit.article) and (b := beside.get(a.id, _Beside(a.id, None, 0, None)))
    ]  # fmt: skip
