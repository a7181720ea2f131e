"""The demonstration's report: what was found, stored, recognised, revised and rejected, and the next steps.

Pure: `ReportFacts` is filled from the database by `dateline demo`; `render_report` makes rich renderables of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

SHOWN_ROWS = 12
"""Rows that the report shows of each result."""

NEXT_STEPS = (
    ("dateline sources add https://your-paper.example/", "find the feeds of a site and watch them"),
    ("dateline sources import catalogue --country us --language en", "watch outlets of the built-in catalogue"),
    ("dateline up", "run everything: schedule, crawl, archive"),
    ("dateline search 'ferry OR harbour'", "search the archive"),
    ("dateline export articles --format csv -o articles.csv", "export the archive"),
    ("dateline explain URL", "what happened to a URL, and why"),
)


@dataclass(frozen=True, slots=True)
class ExampleQuery:
    """A query of queries/*.sql; `title` is its first line's comment."""

    title: str
    sql: str


@dataclass(frozen=True, slots=True)
class AnsweredQuery:
    """An example query with its answer."""

    query: ExampleQuery
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


@dataclass(frozen=True, slots=True)
class OutletFacts:
    """One outlet in numbers: URLs found, articles stored (including copies), aliases, URLs rejected; `pages` says how its pages
    hold their text."""

    name: str
    format: str
    found: int
    stored: int
    copies: int
    aliases: int
    rejected: int
    backfilled: int = 0
    pages: str = ""


@dataclass(frozen=True, slots=True)
class TextsFact:
    """Articles whose text is not simply in one page as HTML: texts of feeds, pages drawn by a browser, articles that were joined
    from several pages (and how many further pages), past articles that a backfill brought."""

    of_feeds: int
    drawn: int
    joined: int
    further_pages: int
    backfilled: int


@dataclass(frozen=True, slots=True)
class BackfillFact:
    """The backfill that follows the rounds: how long it took, and what it asked the outlet for."""

    outlet: str
    took_s: float
    requests: int
    articles: int


@dataclass(frozen=True, slots=True)
class Rejection:
    """How many URLs ended in the ledger for one reason, with one of them."""

    reason: str
    count: int
    example_url: str


@dataclass(frozen=True, slots=True)
class FeedWordsFact:
    """Items whose text is not their page's: where it is from, why, how many, and the headline of one."""

    text_origin: str
    because: str
    count: int
    example: str | None


@dataclass(frozen=True, slots=True)
class CopyFact:
    """A text that was recognised on another site."""

    copy_url: str
    original_url: str
    kind: str
    containment: float


@dataclass(frozen=True, slots=True)
class StoryFact:
    """An event that several outlets cover; `articles` does not count copies."""

    headline: str | None
    articles: int
    articles_with_copies: int
    outlets: int


@dataclass(frozen=True, slots=True)
class RevisionFact:
    """An article that its publisher changed between the rounds."""

    url: str
    title_before: str
    title_after: str
    seen_at: dt.datetime


@dataclass(frozen=True, slots=True)
class RoundFacts:
    """One scheduled round: how long it took, and the pages it asked for."""

    number: int
    took_s: float
    requests: int
    new_articles: int
    not_modified: int


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """All facts of the report, as read from the database."""

    rounds: tuple[RoundFacts, ...]
    outlets: tuple[OutletFacts, ...]
    kinds: Mapping[str, int]
    languages: Mapping[str, int]
    copies: tuple[CopyFact, ...]
    aliases: tuple[tuple[str, str], ...]
    revisions: tuple[RevisionFact, ...]
    removed: tuple[str, ...]
    rejections: tuple[Rejection, ...]
    queries: tuple[AnsweredQuery, ...]
    data_dir: str | None = None
    warnings: tuple[str, ...] = field(default=())
    stories: tuple[StoryFact, ...] = ()
    feed_words: tuple[FeedWordsFact, ...] = ()
    texts: TextsFact | None = None
    backfill: BackfillFact | None = None


def example_queries() -> tuple[ExampleQuery, ...]:
    """The example queries in the order in which the report shows them."""
    folder = files("dateline.demo") / "queries"
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql"))
    texts = ((folder / name).read_text(encoding="utf-8") for name in names)
    return tuple(_parsed(text) for text in texts)


def _parsed(text: str) -> ExampleQuery:
    first, _, rest = text.partition("\n")
    return ExampleQuery(first.removeprefix("--").strip(), rest.strip())


def render_report(facts: ReportFacts) -> Group:
    """The report, to be printed on any console."""
    return Group(*_parts(facts))


def plain_report(facts: ReportFacts, *, width: int = 110) -> str:
    """The report as text without colours, for files and pipes."""
    console = Console(width=width, color_system=None, force_terminal=False, legacy_windows=False)
    with console.capture() as capture:
        console.print(render_report(facts))
    return capture.get()


def _parts(facts: ReportFacts) -> Iterator[RenderableType]:
    yield Rule("What Dateline did")
    yield _summary(facts)
    yield from _section("Articles by outlet", _outlets(facts.outlets))
    yield from _section("Copies on other sites", _copies(facts.copies))
    yield from _section("Stories covered by several outlets", _stories(facts.stories))
    yield from _section("Other URLs of the same article", _pairs("URL", "article", facts.aliases))
    yield from _section("Changed by the publisher", _revisions(facts.revisions))
    yield from _section("Taken down by the publisher, kept in the archive", _lines(facts.removed))
    yield from _section("URLs not stored, by reason", _rejections(facts.rejections))
    yield from _section(
        "Kept as their feeds have them, since the page could not be read", _feed_words(facts.feed_words)
    )
    yield from _section("Warnings", _lines(facts.warnings))
    for number, answered in enumerate(facts.queries, start=1):
        yield from _section(f"Question {number}: {answered.query.title}", _answered(answered))
    yield from _section("Next steps with real sources", _next_steps(facts.data_dir))


def _section(title: str, body: RenderableType | None) -> Iterator[RenderableType]:
    """A section with its heading; nothing where it is empty."""
    if body is not None:
        yield Text(f"\n{title}", style="bold")
        yield Padding(body, (0, 0, 0, 2))


def _summary(facts: ReportFacts) -> RenderableType:
    stored = sum(outlet.stored for outlet in facts.outlets)
    found = sum(outlet.found for outlet in facts.outlets)
    lines = [
        f"{found} URLs found at {len(facts.outlets)} outlets; {stored} articles stored: {_counted(facts.kinds)}.",
        f"Languages: {_counted(facts.languages)}.",
        f"{len(facts.stories)} stories covered by several outlets, "
        f"{sum(one.articles > 1 for one in facts.stories)} of them in different words.",
        f"{len(facts.copies)} copies recognised, {len(facts.aliases)} other URLs, "
        f"{len(facts.revisions)} revisions, {len(facts.removed)} taken down.",
        *([_texts_line(facts.texts)] if facts.texts else []),
        *(_round_line(one) for one in facts.rounds),
        *([_backfill_line(facts.backfill)] if facts.backfill else []),
    ]
    return Text("\n".join(lines))


def _round_line(one: RoundFacts) -> str:
    return (
        f"Round {one.number}: {one.took_s:.1f} s, {one.requests} requests, {one.not_modified} of them answered "
        f'"not modified", {one.new_articles} new articles.'
    )


def _texts_line(texts: TextsFact) -> str:
    return (
        f"Texts that are not simply in one page: {texts.of_feeds} from feeds, {texts.drawn} drawn by a browser, "
        f"{texts.joined} joined from several pages ({texts.further_pages} further pages), {texts.backfilled} backfilled."
    )


def _backfill_line(one: BackfillFact) -> str:
    return (
        f"Backfill of {one.outlet}: {one.took_s:.1f} s, {one.requests} requests, {one.articles} articles of past years."
    )


def _counted(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{count} {word}" for word, count in ordered)


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _add(table: Table, *cells: str) -> None:
    """Add a row whose cells are taken as they are, never as markup."""
    table.add_row(*(Text(cell) for cell in cells))


def _outlets(outlets: Sequence[OutletFacts]) -> Table | None:
    table = _table("outlet", "watched by, pages", "found", "stored", "backfilled", "copies", "aliases", "rejected")
    for outlet in outlets:
        counts = (outlet.found, outlet.stored, outlet.backfilled, outlet.copies, outlet.aliases, outlet.rejected)
        _add(table, outlet.name, f"{outlet.format}, {outlet.pages}", *map(str, counts))
    return table if outlets else None


def _copies(copies: Sequence[CopyFact]) -> Table | None:
    table = _table("copy", "of", "kind", "share")
    for copy in copies:
        _add(table, _short(copy.copy_url), _short(copy.original_url), copy.kind, f"{copy.containment:.0%}")
    return table if copies else None


def _stories(stories: Sequence[StoryFact]) -> Table | None:
    table = _table("story", "outlets", "articles", "with copies")
    for story in stories:
        counts = (story.outlets, story.articles, story.articles_with_copies)
        _add(table, story.headline or "", *map(str, counts))
    return table if stories else None


def _pairs(left: str, right: str, pairs: Sequence[tuple[str, str]]) -> Table | None:
    table = _table(left, right)
    for one, other in pairs:
        _add(table, _short(one), _short(other))
    return table if pairs else None


def _revisions(revisions: Sequence[RevisionFact]) -> Table | None:
    table = _table("headline before", "headline after")
    for revision in revisions:
        _add(table, revision.title_before, revision.title_after)
    return table if revisions else None


def _rejections(rejections: Sequence[Rejection]) -> Table | None:
    table = _table("reason", "URLs", "example")
    for rejection in rejections:
        _add(table, rejection.reason, str(rejection.count), _short(rejection.example_url))
    return table if rejections else None


def _feed_words(found: Sequence[FeedWordsFact]) -> Table | None:
    table = _table("text", "page", "items", "example")
    for one in found:
        _add(
            table,
            "headline alone" if one.text_origin == "none" else one.text_origin,
            one.because,
            str(one.count),
            one.example or "",
        )
    return table if found else None


def _lines(lines: Sequence[str]) -> Text | None:
    return Text("\n".join(_short(line) for line in lines)) if lines else None


def _answered(answered: AnsweredQuery) -> Group:
    table = _table(*answered.columns)
    for row in answered.rows[:SHOWN_ROWS]:
        _add(table, *map(_cell, row))
    more = len(answered.rows) - SHOWN_ROWS
    rest = [Text(f"… and {more} more rows", style="dim")] if more > 0 else []
    sql = Syntax(answered.query.sql, "sql", theme="ansi_dark", background_color="default", word_wrap=True)
    return Group(sql, Text(""), table, *rest)


def _cell(value: object) -> str:
    if value is None:
        return ""
    return _short(value) if isinstance(value, str) else str(value)


def _short(url: str) -> str:
    """A URL without its scheme; other text unchanged."""
    return url.removeprefix("http://").removeprefix("https://")


def _next_steps(data_dir: str | None) -> Group:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True, style="cyan")
    table.add_column()
    for command, purpose in NEXT_STEPS:
        _add(table, command, purpose)
    kept = [Text(f"\nThe archive of this demonstration is in {data_dir}.")] if data_dir else []
    return Group(table, *kept)
