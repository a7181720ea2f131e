"""What the newsroom publishes: the stories of articles/*.toml, dated relative to one given instant.

Copies are derived here from their originals: "whole" is the same text, "excerpt" its first
two thirds in whole paragraphs, "aggregated" its first 60 % of words with small changes and a line that leads to the
original. Keys of the files that need an explanation:

    age_min        minutes between publication and the first round's instant; negative for what comes after it
    since_round    first round in which the story can be found; removed_in: first round in which it is gone (410)
    copy_of, cut   the original ("outlet/slug") and how it was cut; changes: words that an aggregator altered
    template       a text of templates.toml, filled with `facts`
    event          the same word at each outlet that reports the event in its own words
    revised        what the story says from the second round on
    trouble        "rate_limited_once" (429 with Retry-After) or "unavailable_once" (503) at the first request
    charset, declared_charset   bytes of the page, and what its Content-Type claims ("" for nothing)
    also_in        a second section under whose path the same page answers
    parts          number of pages that the article is split into
    is_history     a post of past years, which only the REST interface of its site lists
    short_link     a path that redirects here for good (301)
"""

from __future__ import annotations

import datetime as dt
import itertools
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

from dateline.demo.outlets import OUTLETS, MetadataForm, Outlet, slugified
from dateline.types.article import Kind

Cut = Literal["whole", "excerpt", "aggregated"]
DemoFault = Literal["rate_limited_once", "unavailable_once"]
TrapKind = Literal["soft_404", "disallowed", "redirect_home", "consent_wall", "missing", "forbidden", "members_only"]

LATEST = dt.timedelta(minutes=15)
"""No date in the newsroom is later than the first round's instant plus this."""
REVISED_AFTER = dt.timedelta(minutes=8)
AGGREGATED_SHARE = 0.6
EXCERPT_SHARE = 2 / 3
FIRST_NUMBER = 4100


@dataclass(frozen=True, slots=True)
class Version:
    """A story at a time."""

    title: str
    summary: str
    paragraphs: tuple[str, ...]
    modified_at: dt.datetime

    @property
    def text(self) -> str:
        """The body, paragraphs separated by line breaks."""
        return "\n".join(self.paragraphs)


@dataclass(frozen=True, slots=True)
class BlogEntry:
    """One entry of a live blog."""

    title: str
    text: str
    published_at: dt.datetime


@dataclass(frozen=True, slots=True)
class FictionalStory:
    """One story of one outlet, with the peculiarities of how it is served.

    `changed_at` is when it is revised or taken down, if it ever is.
    """

    outlet: Outlet
    slug: str
    number: int
    section: str
    language: str
    published_at: dt.datetime
    changed_at: dt.datetime
    versions: tuple[Version, ...]
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    kind: Kind = "article"
    metadata: MetadataForm = "json-ld"
    caption: str | None = None
    since_round: int = 1
    removed_in: int | None = None
    original: FictionalStory | None = None
    cut: Cut | None = None
    credit: str | None = None
    template: str | None = None
    event: str | None = None
    trouble: DemoFault | None = None
    has_amp: bool = False
    short_link: str | None = None
    also_in: str | None = None
    charset: str = "utf-8"
    declared_charset: str = "utf-8"
    canonical_to_original: bool = False
    is_in_old_sitemap: bool = False
    is_for_members: bool = False
    is_history: bool = False
    parts: int = 1
    entries: tuple[BlogEntry, ...] = ()
    pictures: tuple[str, ...] = ()
    video_s: int | None = None

    @property
    def key(self) -> str:
        """How other stories name it: "outlet/slug"."""
        return f"{self.outlet.name}/{self.slug}"

    @property
    def path(self) -> str:
        """The path of its canonical page."""
        return self._path_in(self.section)

    @property
    def also_path(self) -> str | None:
        """The path of the same page under its second section."""
        return self._path_in(self.also_in) if self.also_in else None

    @property
    def part_paths(self) -> tuple[str, ...]:
        """The paths of its second and further pages, as WordPress numbers them."""
        return tuple(f"{self.path}{number}/" for number in range(2, self.parts + 1))

    @property
    def amp_path(self) -> str | None:
        """The path of its AMP variant."""
        return f"/amp{self.path}" if self.has_amp else None

    @property
    def url(self) -> str:
        """Its canonical URL."""
        return f"http://{self.outlet.host}{self.path}"

    def _path_in(self, section: str) -> str:
        return self.outlet.article_path.format(
            section=slugified(section), slug=self.slug, number=self.number, date=f"{self.published_at:%Y/%m/%d}"
        )

    def version(self, round: int) -> Version:
        """What it says in that round."""
        return self.versions[min(round, len(self.versions)) - 1]

    def is_gone(self, round: int) -> bool:
        """True when it has been taken down by then."""
        return self.removed_in is not None and round >= self.removed_in

    def is_out(self, round: int) -> bool:
        """True when it has been published by then."""
        return round >= self.since_round


@dataclass(frozen=True, slots=True)
class Trap:
    """Something that feeds name like a story and whose page holds none; `paragraphs` are in the feed alone."""

    outlet: Outlet
    slug: str
    number: int
    section: str
    title: str
    published_at: dt.datetime
    what: TrapKind
    summary: str = ""
    paragraphs: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """Its path, which looks like any story's."""
        return self.outlet.article_path.format(
            section=slugified(self.section), slug=self.slug, number=self.number, date=f"{self.published_at:%Y/%m/%d}"
        )

    @property
    def url(self) -> str:
        """Its URL."""
        return f"http://{self.outlet.host}{self.path}"


@dataclass(frozen=True, slots=True)
class Edition:
    """All stories and traps of the newsroom, in the order of the files."""

    stories: tuple[FictionalStory, ...]
    traps: tuple[Trap, ...]

    def of(self, outlet: Outlet) -> tuple[FictionalStory, ...]:
        """The outlet's stories."""
        return tuple(story for story in self.stories if story.outlet is outlet)


def load_edition(base: dt.datetime) -> Edition:
    """The edition whose first round is at `base` (aware; seconds are dropped)."""
    at = base.astimezone(dt.UTC).replace(second=0, microsecond=0)
    folder = files("dateline.demo") / "articles"
    templates: dict[str, str] = tomllib.loads((folder / "templates.toml").read_text(encoding="utf-8"))
    written = [
        (outlet, tomllib.loads((folder / f"{outlet.name}.toml").read_text(encoding="utf-8"))) for outlet in OUTLETS
    ]
    rows = [(outlet, n, row) for outlet, file in written for n, row in enumerate(file.get("article", ()))]
    first = {story.key: story for story in _originals(rows, templates, at)}
    stories = tuple(
        first.get(f"{outlet.name}/{row['slug']}") or _copy(outlet, n, row, first, at) for outlet, n, row in rows
    )
    return Edition(stories, tuple(_traps(written, at)))


def _originals(
    rows: list[tuple[Outlet, int, dict[str, Any]]], templates: Mapping[str, str], at: dt.datetime
) -> Iterator[FictionalStory]:
    for outlet, n, row in rows:
        if "copy_of" in row:
            continue
        body = templates[row["template"]].format(**row["facts"]) if "template" in row else row["body"]
        yield _story(outlet, n, row, at, paragraphs=_paragraphs(body))


def _copy(
    outlet: Outlet, n: int, row: dict[str, Any], originals: Mapping[str, FictionalStory], at: dt.datetime
) -> FictionalStory:
    original = originals[row["copy_of"]]
    paragraphs = cut_text(original.versions[0].paragraphs, row)
    return _story(outlet, n, row, at, paragraphs=paragraphs, original=original)


def _story(
    outlet: Outlet,
    n: int,
    row: dict[str, Any],
    at: dt.datetime,
    *,
    paragraphs: tuple[str, ...],
    original: FictionalStory | None = None,
) -> FictionalStory:
    published_at = _instant(outlet, at, row)
    changed_at = (at + REVISED_AFTER).astimezone(outlet.clock)
    charset = row.get("charset", outlet.charset)
    return FictionalStory(
        outlet=outlet,
        slug=row["slug"],
        number=FIRST_NUMBER + n,
        section=row["section"],
        language=row.get("language", outlet.language),
        published_at=published_at,
        changed_at=changed_at,
        versions=tuple(_versions(row, paragraphs, published_at, changed_at)),
        authors=tuple(row.get("authors", ())),
        tags=tuple(row.get("tags", ())),
        metadata=row.get("metadata", outlet.metadata),
        charset=charset,
        declared_charset=row.get("declared_charset", charset),
        original=original,
        entries=tuple(BlogEntry(e["title"], e["text"], _instant(outlet, at, e)) for e in row.get("entry", ())),
        pictures=tuple(row.get("pictures", ())),
        **{key: row[key] for key in _PLAIN & row.keys()},
    )


_PLAIN = {
    *(
        "kind",
        "caption",
        "since_round",
        "removed_in",
        "cut",
        "credit",
        "template",
        "event",
        "trouble",
        "has_amp",
        "short_link",
    ),
    *("also_in", "canonical_to_original", "is_in_old_sitemap", "is_for_members", "is_history", "parts", "video_s"),
}
"""Keys that go from the file into the story as they are."""


def _instant(outlet: Outlet, at: dt.datetime, row: dict[str, Any]) -> dt.datetime:
    return (at - dt.timedelta(minutes=row["age_min"])).astimezone(outlet.clock)


def _versions(
    row: dict[str, Any], paragraphs: tuple[str, ...], published_at: dt.datetime, changed_at: dt.datetime
) -> Iterator[Version]:
    yield Version(row["title"], row["summary"], paragraphs, published_at)
    if "revised" in row:
        later = row["revised"]
        yield Version(later["title"], later["summary"], _paragraphs(later["body"]), changed_at)


def _traps(written: list[tuple[Outlet, dict[str, Any]]], at: dt.datetime) -> Iterator[Trap]:
    for outlet, file in written:
        for n, row in enumerate(file.get("trap", ()), start=FIRST_NUMBER + 800):
            paragraphs = tuple(one.strip() for one in row.get("body", "").split("\n\n") if one.strip())
            named = outlet, row["slug"], n, row["section"], row["title"], _instant(outlet, at, row), row["what"]
            yield Trap(*named, row.get("summary", ""), paragraphs)


def _paragraphs(body: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in body.strip().split("\n\n"))


def cut_text(paragraphs: tuple[str, ...], row: Mapping[str, Any]) -> tuple[str, ...]:
    """What a copy keeps of its original's paragraphs."""
    match row["cut"]:
        case "excerpt":
            return paragraphs[: round(len(paragraphs) * EXCERPT_SHARE)]
        case "aggregated":
            kept = _first_words(paragraphs, AGGREGATED_SHARE)
            return tuple(_altered(paragraph, row["changes"]) for paragraph in kept)
        case _:
            return paragraphs


def _first_words(paragraphs: tuple[str, ...], share: float) -> tuple[str, ...]:
    """The paragraphs up to that share of all words; the last one may end in mid-sentence."""
    lengths = [len(paragraph.split()) for paragraph in paragraphs]
    budget = int(sum(lengths) * share)
    starts = itertools.accumulate(lengths, initial=0)
    kept = (" ".join(p.split()[: max(budget - start, 0)]) for p, start in zip(paragraphs, starts, strict=False))
    return tuple(paragraph for paragraph in kept if paragraph)


def _altered(paragraph: str, changes: list[list[str]]) -> str:
    for old, new in changes:
        paragraph = paragraph.replace(old, new)
    return paragraph
