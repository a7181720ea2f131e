"""Sources as text for people: tables of plain lines; pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

from dateline.text import quantity

if TYPE_CHECKING:
    from crawler.source_finder.finder import TriedPage
    from dateline.types.source import Source
    from scheduler.commands.source_samples import Sample
    from sql.frontier.sources import ListedSource, WatchedState


def source_table(found: Sequence[ListedSource]) -> str:
    """A table with one line per source, or advice where there are none."""
    if not found:
        return (
            "no sources; add one with `dateline sources add https://site/`, "
            "or import some with `dateline sources import catalogue --country us`"
        )
    rows = [
        [
            source.name,
            source.country or "",
            ",".join(source.languages),
            source.schedule,
            f"{source.pages}",
            f"{source.articles}",
            instant(source.last_new_at),
            "paused" if source.is_paused else f"{source.failing} failing" if source.failing else "",
        ]
        for source in found
    ]
    return table(["NAME", "IN", "LANG", "SCHEDULE", "PAGES", "ARTICLES", "LAST NEW", ""], rows, right={4, 5})


def page_table(pages: Sequence[WatchedState], *, is_paused: bool = False) -> str:
    """A table with one line per watched page."""
    rows = [
        [
            page.kind,
            page.url + _children(page),
            page.last_outcome or "not visited yet",
            instant(page.last_visit_at),
            instant(page.last_new_at),
            "paused" if is_paused else instant(page.next_due_at),
        ]
        for page in pages
    ]
    return "\n".join(
        [
            table(["KIND", "ADDRESS", "LAST OUTCOME", "VISITED", "LAST NEW", "DUE"], rows),
            *map(_push_line, pushed(pages)),
        ]
    )


def _children(page: WatchedState) -> str:
    """How many pages it names that are visited, too: sitemaps, or further pages of a list."""
    what = "further pages" if page.kind in ("section", "home") else "sitemaps"
    return f" (+{page.children} {what})" if page.children else ""


def pushed(pages: Sequence[WatchedState]) -> list[WatchedState]:
    """The pages with a WebSub subscription, active or planned."""
    return [page for page in pages if page.websub]


def _push_line(page: WatchedState) -> str:
    """The state of a page's WebSub subscription."""
    about = f"until {instant(page.lease_until)}, last push {instant(page.pushed_at)}" if page.websub == "active" else ""
    problem = f" ({page.hub_problem})" if page.hub_problem else ""
    return f"websub {page.websub}: {page.url} at {page.hub}{', ' if about else ''}{about}{problem}"


def reason_line(refused: Mapping[str, int]) -> str:
    """The number of URLs that are not articles, by reason; empty where there are none."""
    return "".join(
        ["not articles: ", ", ".join(f"{reason} {count}" for reason, count in refused.items()), "\n"] if refused else []
    )


def trial_line(page: TriedPage) -> str:
    """The result of trying one page."""
    kind = page.kind.replace("_", " ")
    if not page.is_ok:
        return f"  no   {kind:<12}  {page.url}  {page.outcome}{f' ({page.detail})' if page.detail else ''}"
    found = quantity(page.entries, "entry") if page.entries or not page.sitemaps else quantity(page.sitemaps, "sitemap")
    newest = f", newest {instant(page.newest_at)}" if page.newest_at else ""
    warned = f" ({page.warnings[0]})" if page.warnings else ""
    return f"  ok   {kind:<12}  {page.url}  {found}{newest}{warned}"


def sample_line(sample: Sample) -> str:
    """The result of reading one sample article."""
    if sample.problem:
        return f"  no   article       {sample.url}  {sample.problem}"
    kind = (sample.kind or "").replace("_", " ")
    about = f"{sample.words} words, {instant(sample.published_at)}: {sample.title or '(no title)'}"
    return f"  ok   {kind:<12}  {sample.url}  {about}"


def not_watched_lines(source: Source, tried: Sequence[TriedPage]) -> list[str]:
    """What of the site is not watched, and why, one line each."""
    watched = {page.url for page in source.watched}
    left_out = [page for page in tried if page.is_ok and page.url not in watched]
    lines = [
        f"watched: {page.url} (WordPress' REST interface, used as a feed: {_what_rest_adds(source)})"
        for page in source.watched
        if page.kind == "wordpress"
    ]
    lines += [f"not watched: {page.url} ({_why_not_watched(page)})" for page in left_out]
    if any(page.kind == "home" for page in source.watched):
        lines.append("not watched: sections that the home page links to; add one with `dateline sources add URL`")
    return lines


def _what_rest_adds(source: Source) -> str:
    has_feed = any(page.kind == "feed" for page in source.watched)
    return "it adds the full text, which the feeds lack" if has_feed else "the site has no other feed"


def _why_not_watched(page: TriedPage) -> str:
    if page.kind == "wordpress":
        return "WordPress' REST interface: it gives no more than the feeds"
    if page.kind == "sitemap":
        return "it lists the whole archive; the feeds name what is new"
    return "it names the same articles as another page, or comments"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, right: Container[int] = ()) -> str:
    """Rows below their heads, columns as wide as their widest cell."""
    widths = [max(map(len, column)) for column in zip_longest(head, *rows, fillvalue="")]
    lines = [
        "  ".join(
            cell.rjust(w) if n in right else cell.ljust(w) for n, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in [head, *rows]
    ]
    return "\n".join(line.rstrip() for line in lines)


def instant(at: dt.datetime | None) -> str:
    """An instant to the minute, UTC; "-" where there is none."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%MZ") if at else "-"
