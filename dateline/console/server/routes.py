"""Every page of the console: its address, the function that reads it, its template, and the table that is its CSV."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from dateline.api.records import CopyLine, HourLine
from dateline.console.pages.archive import (
    article,
    compare,
    copies,
    difference,
    exports,
    facets,
    names,
    saved,
    search,
    sql,
    stories,
    story,
    watches,
)
from dateline.console.pages.operations import (
    access,
    alarms,
    coverage,
    errors,
    explain,
    overview,
    queue,
    schedule,
    source,
    sources,
    visits,
)
from dateline.console.request import Ask
from dateline.explain import ExplanationStep
from sql.analysts.saved import SavedQuery
from sql.articles.stories import StoryLine
from sql.names.names import ListedName
from sql.service.alarms import Alarm


@dataclass(frozen=True, slots=True)
class View:
    """A page: `/NAME` is HTML, `/NAME.json` its data, `/NAME.csv` the rows that `table` gives, each of `row`."""

    name: str
    label: str
    group: str
    read: Callable[[Ask], Awaitable[Any]]
    row: type[Any]
    table: Callable[[Any], Sequence[Any]]
    is_in_menu: bool = True
    is_for_operators: bool = False
    """Whether readers may not see it, and the footer links to it instead of the menu."""
    error: Callable[[Any], str] = lambda _: ""
    """What is wrong with the request, in a sentence: the page then answers 400 in all its forms."""
    columns: Callable[[Any], Sequence[str]] | None = None
    """The names of the CSV's columns where they are known only at run time; `table` then gives plain rows."""

    @property
    def path(self) -> str:
        """Where the page is."""
        return f"/{self.name}"


def _trouble(page: Any) -> str:
    return page.trouble.sentence if page.trouble else ""


COLLECTION, ARCHIVE, ACCESS = "Collection", "Archive", "Access"

VIEWS = (
    View("overview", "Overview", COLLECTION, overview.read, overview.RecentError, lambda p: p.errors),
    View("sources", "Sources", COLLECTION, sources.read, sources.SourceLine, lambda p: p.sources),
    View("source", "Source", COLLECTION, source.read, source.Day, lambda p: p.days, is_in_menu=False),
    View("schedule", "Schedule", COLLECTION, schedule.read, schedule.Due, lambda p: p.due),
    View("alarms", "Alarms", COLLECTION, alarms.read, Alarm, lambda p: [*p.standing, *p.ended]),
    View("coverage", "Coverage", COLLECTION, coverage.read, HourLine, lambda p: p.hours),
    View("queue", "Queue", COLLECTION, queue.read, queue.WaitingUrl, lambda p: p.urls),
    View("visits", "Visits", COLLECTION, visits.read, visits.Visit, lambda p: p.visits),
    View("errors", "Errors", COLLECTION, errors.read, errors.FailedUrl, lambda p: p.urls),
    View(
        "explain",
        "Explain a URL",
        COLLECTION,
        explain.read,
        ExplanationStep,
        lambda p: p.steps,
        error=lambda p: p.problem,
    ),
    View("search", "Search", ARCHIVE, search.read, search.HitLine, lambda p: p.hits, error=_trouble),
    View(
        "facets", "Facets", ARCHIVE, facets.read, facets.FacetLine, lambda p: p.facets, is_in_menu=False, error=_trouble
    ),
    View(
        "compare",
        "Compare",
        ARCHIVE,
        compare.read,
        compare.PeriodCounts,
        compare.table,
        columns=compare.columns,
        error=lambda p: " ".join(f"{p.asked[name]}: {one.sentence}" for name, one in p.troubles.items()),
    ),
    View("copies", "Copies", ARCHIVE, copies.read, CopyLine, lambda p: p.copies),
    View("stories", "Stories", ARCHIVE, stories.read, StoryLine, lambda p: p.stories),
    View("story", "Story", ARCHIVE, story.read, story.FirstArticle, lambda p: p.tellers, is_in_menu=False),
    View("article", "Article", ARCHIVE, article.read, article.Fact, lambda p: p.facts, is_in_menu=False),
    View(
        "difference",
        "Compare two articles",
        ARCHIVE,
        difference.read,
        difference.DifferenceRow,
        lambda p: p.table,
        is_in_menu=False,
    ),
    View("names", "Names", ARCHIVE, names.read, ListedName, lambda p: p.names),
    View("saved", "Saved", ARCHIVE, saved.read, SavedQuery, lambda p: p.saved),
    View("watches", "Watches", ARCHIVE, watches.read, watches.WatchLine, lambda p: p.watches),
    View("exports", "Exports", ARCHIVE, exports.read, exports.ViewLine, lambda p: p.views),
    View(
        "users",
        "Users",
        ACCESS,
        access.read_users,
        access.UserLine,
        lambda p: p.users,
        is_in_menu=False,
        is_for_operators=True,
    ),
    View(
        "tokens",
        "Tokens",
        ACCESS,
        access.read_tokens,
        access.TokenLine,
        lambda p: p.tokens,
        is_in_menu=False,
        is_for_operators=True,
    ),
    View("sql", "SQL", ARCHIVE, sql.read, sql.Column, lambda p: p.columns),
)
"""In the order of the menu."""

BY_NAME = {view.name: view for view in VIEWS}
