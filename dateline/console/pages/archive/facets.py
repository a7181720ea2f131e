"""A search's hits over time, and by site, language, section, kind and author."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from dateline.console.pages.archive.search import newest
from dateline.console.pages.archive.search_request import QueryTrouble, found, query_of, trouble_of
from dateline.console.rendering.charts import Chart, chart_of
from dateline.console.request import Ask
from dateline.errors import UsageError
from sql.search.search import Facet, facets

TOP = 8
SHOWN = {"site": "site", "language": "lang", "section": "section", "kind": "kind", "author": "author"}
"""Each facet with the field that narrows a search to one of its values."""
MOST_DAYS = 92
"""More days than these are drawn by week, more weeks by month."""


@dataclass(frozen=True, slots=True)
class FacetLine:
    """One value of a facet, its hits, and the search narrowed to it."""

    facet: str
    value: str
    count: int
    query: str


@dataclass(frozen=True, slots=True)
class FacetsPage:
    """The data of the page."""

    title: str
    q: str
    is_collapsed: bool
    hits: int
    facets: list[FacetLine]
    charts: list[Chart]
    trouble: QueryTrouble | None = None

    @property
    def by_facet(self) -> dict[str, list[FacetLine]]:
        """The lines of each facet."""
        return {name: [line for line in self.facets if line.facet == name] for name in SHOWN}


async def read(ask: Ask) -> FacetsPage:
    """Facets of the search `q`; of all articles where it is empty."""
    text, with_copies = ask.text("q", limit=2000), ask.is_on("copies")
    title = f"Facets: {text}" if text else "Facets"
    try:
        asked = query_of(text, with_copies=with_copies) if text else newest(ask.now, with_copies=with_copies)
        made = await found(ask, facets(asked, top=TOP, now=ask.now))
    except UsageError as error:
        return FacetsPage(title, text, not with_copies, 0, [], [], trouble_of(error))
    lines = [
        FacetLine(name, one.value, one.count, narrowed(text, field, one.value))
        for name, field in SHOWN.items()
        for one in made[name]
    ]
    hits = made["all"][0].count if made["all"] else 0
    return FacetsPage(title, text, not with_copies, hits, lines, [timeline(made["day"])] if made["day"] else [])


def narrowed(text: str, field: str, value: str) -> str:
    """The search with a field more, quoted where the value needs it."""
    plain = value.replace('"', " ")
    is_word = plain.isascii() and plain.replace(".", "").replace("-", "").replace("_", "").isalnum()
    wanted = f"{field}:{plain}" if is_word else f'{field}:"{plain}"'
    return f"({text}) {wanted}" if " OR " in text else f"{text} {wanted}".strip()


def timeline(days: Sequence[Facet]) -> Chart:
    """Hits by day; by week or month where there are many days."""
    counts = {dt.date.fromisoformat(one.value): one.count for one in days}
    first, last = min(counts), max(counts)
    step = 1 if (last - first).days <= MOST_DAYS else 7 if (last - first).days <= 7 * MOST_DAYS else 30
    places = (last - first).days // step + 1
    sums = [0] * places
    for day, number in counts.items():
        sums[(day - first).days // step] += number
    at = [dt.datetime.combine(first + dt.timedelta(days=step * place), dt.time(), dt.UTC) for place in range(places)]
    unit = {1: "day", 7: "week", 30: "30 days"}[step]
    return chart_of("timeline", f"Hits by {unit}", at, ("hits", sums))
