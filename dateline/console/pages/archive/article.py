"""One article: its text, its facts and their sources, its copies, its links, and its revisions."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass

from dateline.console.pages.archive.difference import TextPair, compared
from dateline.console.request import Ask, MissingPageError
from dateline.explain import text_origin_words


@dataclass(frozen=True, slots=True)
class ArticleRecord:
    """The current revision of an article, with the columns of `news.articles`."""

    article_id: int
    url: str
    site: str
    title: str | None
    text: str
    summary: str | None
    authors: list[str]
    section: str | None
    tags: list[str]
    language: str | None
    declared_language: str | None
    published_at: dt.datetime | None
    published_origin: str | None
    published_precision: str | None
    published_offset_s: int | None
    modified_at: dt.datetime | None
    modified_origin: str | None
    modified_precision: str | None
    first_seen_at: dt.datetime
    last_seen_at: dt.datetime
    kind: str
    kind_evidence: list[str]
    credited_to: str | None
    canonical_url: str | None
    alternative_titles: list[str]
    image_url: str | None
    site_name: str | None
    is_accessible_for_free: bool | None
    directives: list[str]
    revision: int
    removed_at: dt.datetime | None
    source: str | None
    quality: float | None
    warnings: list[str]
    rules: list[str]
    extractor: str
    word_count: int
    story_id: int | None
    original_id: int | None
    original_url: str | None
    original_title: str | None
    lead_id: int | None
    lead_url: str | None
    lead_title: str | None
    copy_kind: str | None
    containment: float | None
    copy_first_by: str | None
    copy_confidence: str | None
    copy_why: str | None
    text_origin: str
    no_page_text_because: str | None
    is_rendered: bool
    archive_file: str | None
    archive_offset: int | None
    archive_expired_at: dt.datetime | None

    @property
    def text_note(self) -> str:
        """Where a text is from that is not its page's, in words."""
        words = text_origin_words(self.text_origin, self.no_page_text_because)
        return words[:1].upper() + words[1:]


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact about an article and its source."""

    name: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision of the article."""

    number: int
    title: str | None
    text: str
    seen_at: dt.datetime
    modified_at: dt.datetime | None
    cause: str
    word_count: int


@dataclass(frozen=True, slots=True)
class Copy:
    """Another article of its copy family; the family's lead has no kind, share or evidence of its own."""

    article_id: int
    url: str
    site: str
    title: str | None
    kind: str | None
    containment: float | None
    published_at: dt.datetime | None
    published_precision: str | None
    first_seen_at: dt.datetime
    confidence: str | None
    why: str | None


@dataclass(frozen=True, slots=True)
class Citation:
    """An outbound link of the text."""

    cited_url: str
    cited_site: str | None
    anchor_text: str | None
    place: int
    cited_article_id: int | None


@dataclass(frozen=True, slots=True)
class Alias:
    """Another URL of the article."""

    url: str
    why: str


@dataclass(frozen=True, slots=True)
class Right:
    """A publisher's statement about the use of the article."""

    kind: str
    value: str
    origin: str
    seen_at: dt.datetime
    gone_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class RevisionLine:
    """A revision in the list, without its text."""

    number: int
    title: str | None
    seen_at: dt.datetime
    cause: str
    word_count: int


@dataclass(frozen=True, slots=True)
class Difference(TextPair):
    """What changed from one revision to another."""

    older: int
    newer: int


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """The data of the page."""

    title: str
    article: ArticleRecord
    facts: list[Fact]
    revisions: list[RevisionLine]
    difference: Difference | None
    copies: list[Copy]
    citations: list[Citation]
    aliases: list[Alias]
    rights: list[Right]


async def read(ask: Ask) -> ArticlePage:
    """The article that `id` names; `older` and `newer` choose the revisions that are compared."""
    number = ask.maybe_number("id")
    which = {"id": number}
    article = await ask.reader.row(ArticleRecord, "console", "article", which) if number is not None else None
    if article is None:
        raise MissingPageError(f"No article has the number {ask.text('id', limit=30)!r}.")
    revisions = await ask.reader.rows(Revision, "console", "article_revisions", which)
    chosen = ask.maybe_number("older"), ask.maybe_number("newer")
    # in a thread: texts that were rewritten from end to end take a while, and other pages should not wait for them
    difference = await asyncio.to_thread(difference_of, revisions, *chosen)
    return ArticlePage(
        title=article.title or article.url,
        article=article,
        facts=facts_of(article),
        revisions=[RevisionLine(r.number, r.title, r.seen_at, r.cause, r.word_count) for r in revisions],
        difference=difference,
        copies=await ask.reader.rows(Copy, "console", "article_copies", which),
        citations=await ask.reader.rows(Citation, "console", "article_citations", which),
        aliases=await ask.reader.rows(Alias, "console", "article_aliases", which),
        rights=await ask.reader.rows(Right, "console", "article_rights", which),
    )


def difference_of(revisions: list[Revision], older: int | None, newer: int | None) -> Difference | None:
    """What changed between the chosen revisions, by default the last two."""
    by_number = {one.number: one for one in revisions}
    numbers = sorted(by_number)
    if len(numbers) < 2:
        return None
    after = by_number[newer] if newer in by_number else by_number[numbers[-1]]
    earlier = [number for number in numbers if number < after.number]
    if not earlier:
        after, earlier = by_number[numbers[1]], numbers[:1]
    before = by_number[older] if older in earlier else by_number[earlier[-1]]
    found = compared(before.title, before.text, after.title, after.text)
    return Difference(found.title, found.paragraphs, found.rows, found.is_same, older=before.number, newer=after.number)


def facts_of(article: ArticleRecord) -> list[Fact]:
    """The facts of an article with their sources; unknown ones are left out."""
    found = [
        Fact("Authors", ", ".join(article.authors), "the page"),
        Fact("Published", _instant(article.published_at, article.published_precision, article.published_offset_s),
             article.published_origin or ""),
        Fact("Modified", _instant(article.modified_at, article.modified_precision, None), article.modified_origin or ""),
        Fact("Section", article.section or "", "the page"),
        Fact("Tags", ", ".join(article.tags), "the page"),
        Fact("Language", article.language or "", _language_origin(article)),
        Fact("Kind", article.kind.replace("_", " "), "; ".join(article.kind_evidence)),
        Fact("Credited to", article.credited_to or "", "the text"),
        Fact("Site name", article.site_name or "", "the page"),
        Fact("Free to read", {True: "yes", False: "no", None: ""}[article.is_accessible_for_free], "the page"),
        Fact("Reservations", ", ".join(article.directives), "the page and its headers"),
        Fact("Other headlines", " · ".join(article.alternative_titles), "the page"),
        Fact("Canonical URL", article.canonical_url or "", "the page"),
        Fact("Picture", article.image_url or "", "the page"),
        Fact("Words", str(article.word_count), "counted"),
        Fact("Quality", "" if article.quality is None else f"{article.quality:.2f}", ", ".join(("extraction", *article.rules))),
        Fact("Extractor", article.extractor, ""),
        Fact("Rendered", "in a browser" if article.is_rendered else "", "the source's setting render"),
        Fact("Warnings", "; ".join(article.warnings), ""),
        Fact("Archived in", f"{article.archive_file} at byte {article.archive_offset}" if article.archive_file else "", ""),
        Fact("Page deleted", f"{article.archive_expired_at:%Y-%m-%d}" if article.archive_expired_at else "", "retention"),
    ]  # fmt: skip
    return [one for one in found if one.value]


def _instant(at: dt.datetime | None, precision: str | None, offset_s: int | None) -> str:
    if at is None:
        return ""
    here = at.astimezone(dt.timezone(dt.timedelta(seconds=offset_s or 0)))
    if precision == "day":
        return f"{here:%Y-%m-%d} (only the day is known)"
    if precision == "local":
        return f"{here:%Y-%m-%d %H:%M} (the page's clock; its zone is not known)"
    local = f" ({here:%H:%M %z} where it was published)" if offset_s else ""
    return f"{at.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC{local}"


def _language_origin(article: ArticleRecord) -> str:
    declared = article.declared_language
    return "detected in the text" + (
        f"; the page declares {declared}" if declared and declared != article.language else ""
    )
