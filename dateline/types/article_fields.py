"""The fields of an article, declared once: name (also the column), Python type, comment, and how each is used.

From these declarations come the row that is stored (`pipelines/article_row.py`), the column lists of the statements
(`{{article_…}}` in `sql/**/*.sql`), the JSON record (`sql/articles/articles.py`), what `dateline import` reads from a JSON
line, and docs/reference-article.md. To add a column: declare it here, add a migration and, for analysts, the view.
A column that comes from the page has the name of an attribute of `Extraction`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from dateline.text import storable, storable_line

Clean = Callable[[Any], Any]
MOST_ITEMS = 200
"""Items of a list that are stored."""


_PRECISION = "minute, local (the clock is right, its zone unknown: stored as if it were UTC) or day."


def line(limit: int) -> Clean:
    """Returns the rule for a text of one line."""
    return lambda value: storable_line(value, limit)


def prose(limit: int) -> Clean:
    """Returns the rule for a text with line breaks."""
    return lambda value: storable(value, limit)


def lines(limit: int) -> Clean:
    """Returns the rule for a list of one-line texts."""
    return lambda values: [storable_line(value, limit) for value in values[:MOST_ITEMS]]


def paragraphs(limit: int) -> Clean:
    """Returns the rule for a list of texts with line breaks."""
    return lambda values: [storable(value, limit) for value in values[:MOST_ITEMS]]


def as_is(value: Any) -> Any:
    """Returns a value that needs no cleaning: a number, a truth value, one of our own words."""
    return value


@dataclass(frozen=True, slots=True)
class Column:
    """How a field is used.

    `clean` makes the column's value from the extraction's attribute of the same name; without it, `article_row` computes the
    value. `is_written`: INSERT has it. `is_replaced`: a revision replaces it by rule; the statement itself names exceptions.
    `is_shown`: the JSON record has it. `is_imported`: a JSON line may give it. `selected` is the SQL that reads it, where
    that is not the column itself.
    """

    comment: str
    clean: Clean | None = None
    is_written: bool = True
    is_replaced: bool = True
    is_shown: bool = True
    is_imported: bool = False
    selected: str = ""


def _from_page(comment: str, clean: Clean, *, is_imported: bool = False) -> Column:
    return Column(comment, clean, is_imported=is_imported)


def _of_publication(comment: str, *, is_shown: bool = True) -> Column:
    """A column of the publication, which a revision keeps if the new page does not name one."""
    return Column(comment, is_replaced=False, is_shown=is_shown)


def _by_database(comment: str, selected: str = "") -> Column:
    return Column(comment, is_written=False, is_replaced=False, selected=selected)


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """An article as it is read back for people and scripts; the JSON record has these fields in this order."""

    id: Annotated[int, _by_database("Key.")]
    url: Annotated[str, Column("Its address, after redirects, without tracking parameters.", is_replaced=False)]
    title: Annotated[str | None, _from_page("The headline that a reader sees.", line(4_000), is_imported=True)]
    text: Annotated[str, Column("The body; paragraphs are separated by line breaks.", storable)]
    authors: Annotated[list[str], _from_page("Names from the byline.", lines(300), is_imported=True)]
    published_at: Annotated[dt.datetime | None, _of_publication("When it was published.")]
    published_offset_s: Annotated[
        int | None, _of_publication("The publisher's own offset from UTC, seconds.", is_shown=False)
    ]
    modified_at: Annotated[dt.datetime | None, Column("When the publisher says it was last changed.")]
    modified_offset_s: Annotated[int | None, Column("The publisher's own offset from UTC, seconds.", is_shown=False)]
    language: Annotated[str | None, _from_page("ISO 639-1 code of the text.", line(20))]
    section: Annotated[str | None, _from_page("The publisher's section.", line(300), is_imported=True)]
    tags: Annotated[list[str], _from_page("The publisher's topics.", lines(300), is_imported=True)]
    image_url: Annotated[str | None, _from_page("Lead picture.", line(8192), is_imported=True)]
    summary: Annotated[
        str | None,
        _from_page("The publisher's own summary.", prose(10_000), is_imported=True),
    ]
    site_name: Annotated[str | None, _from_page("The outlet's name on the page.", line(300), is_imported=True)]
    kind: Annotated[
        str, _from_page("article, opinion, live_blog, video, gallery, paywalled_excerpt or headline.", as_is)
    ]
    warnings: Annotated[list[str], _from_page("Irregularities of the page.", lines(500))]
    site: Annotated[str, Column("Registrable domain.", is_replaced=False)]
    canonical_url: Annotated[
        str | None, _from_page("The canonical address that the page declares.", line(8192), is_imported=True)
    ]
    alternative_titles: Annotated[
        list[str], _from_page("Other headlines of the page (search engines, social media).", lines(4_000))
    ]
    published_precision: Annotated[str | None, _of_publication(_PRECISION)]
    published_origin: Annotated[
        str | None,
        _of_publication("Where it came from: json-ld, meta, microdata, feed, sitemap, url or text."),
    ]
    credited_to: Annotated[
        str | None, _from_page("Outlet or agency that the page credits.", line(300), is_imported=True)
    ]
    copy_of: Annotated[
        str | None, _by_database("URL of the original, where this is shown to be a later copy of its text.", "o.url")
    ]
    copy_family: Annotated[
        int,
        _by_database(
            "The same for all articles with one text; the article's own id if no other has it.",
            "coalesce(c.family_id, a.id)",
        ),
    ]
    is_accessible_for_free: Annotated[
        bool | None, _from_page("False if the publisher says it is behind a paywall.", as_is)
    ]
    directives: Annotated[
        list[str], _from_page("The publisher's restrictions: noarchive, noai, tdm-reservation …", lines(60))
    ]
    article_probability: Annotated[float | None, _from_page("How likely the page is an article, 0 to 1.", as_is)]
    quality: Annotated[float | None, _from_page("Score of the extraction, 0 to 1.", as_is)]
    extractor: Annotated[str, _from_page("Name and version of the extractor.", as_is)]
    revision: Annotated[int, _by_database("Number of the present revision, from 1.")]
    word_count: Annotated[int, _from_page("Words of the text.", as_is)]
    first_seen_at: Annotated[dt.datetime, _by_database("When the article was first stored.")]
    is_rendered: Annotated[bool, _from_page("True if the text was read after a browser ran the page's scripts.", as_is)]
    text_origin: Annotated[str, _from_page("Where the text is from: page, feed, or none (a headline).", as_is)]
    no_page_text_because: Annotated[
        str | None,
        _from_page("Why the text is not the page's, as a reason of the ledger.", line(100), is_imported=True),
    ]


@dataclass(frozen=True, slots=True)
class StoredColumns:
    """The columns that are written with an article and that its record does not show."""

    url_key: Annotated[uuid.UUID, Column("Identity of its URL: hash of the normalised URL.", is_replaced=False)]
    canonical_key: Annotated[
        uuid.UUID | None,
        Column(
            "Identity of canonical_url if that is another page of the same site, and neither the home page nor a list."
        ),
    ]
    source_id: Annotated[int | None, Column("The source whose watched page named it first.", is_replaced=False)]
    is_backfilled: Annotated[
        bool, Column("A backfill brought it; no visit found it when it was new.", is_replaced=False)
    ]
    kind_evidence: Annotated[list[str], _from_page("The evidence for its kind.", lines(4_000))]
    declared_language: Annotated[str | None, _from_page("The language that the page declares.", line(40))]
    published_raw: Annotated[
        str | None, _of_publication("The date as written on the page, even if implausible.", is_shown=False)
    ]
    modified_precision: Annotated[str | None, Column(_PRECISION)]
    modified_origin: Annotated[str | None, Column("Where it came from.")]
    links: Annotated[list[dict[str, str]], Column('Outbound links of the body: [{"url", "text", "site"}].')]
    content_hash: Annotated[uuid.UUID, Column("Hash of the folded text; equal hashes mean the same text.")]
    rules: Annotated[list[str], _from_page("Cleaning rules that changed the text.", lines(100))]
    removed: Annotated[list[str], _from_page("Paragraphs removed as boilerplate.", paragraphs(10_000))]
    archive_file: Annotated[str | None, Column("WARC file with the page as fetched.")]
    archive_offset: Annotated[int | None, Column("Byte offset in that file.")]
    archive_length: Annotated[int | None, Column("Bytes of the record.")]


@dataclass(frozen=True, slots=True)
class ArticleField:
    """One declared field."""

    name: str
    type: Any
    column: Column


def _fields_of(declared: type) -> tuple[ArticleField, ...]:
    hints = get_type_hints(declared, include_extras=True)
    pairs = ((name, get_args(hint)) for name, hint in hints.items() if get_origin(hint) is Annotated)
    return tuple(ArticleField(name, kind, column) for name, (kind, column) in pairs)


READ_FIELDS = _fields_of(ArticleRow)
ARTICLE_FIELDS = (*READ_FIELDS, *_fields_of(StoredColumns))
SHOWN_FIELDS = tuple(field for field in READ_FIELDS if field.column.is_shown)
CLEANED_FIELDS = tuple(field for field in ARTICLE_FIELDS if field.column.clean is not None)


def _written() -> list[str]:
    return [field.name for field in ARTICLE_FIELDS if field.column.is_written]


def _replaced() -> list[str]:
    return [field.name for field in ARTICLE_FIELDS if field.column.is_replaced]


def column_lists() -> dict[str, str]:
    """Returns the SQL that each `{{name}}` in the package's .sql files stands for."""
    return {
        "article_columns": ", ".join(_written()),
        "article_values": ", ".join(f"%({name})s" for name in _written()),
        "article_changes": ", ".join(f"{name} = %({name})s" for name in _replaced()),
        "article_record": ", ".join(_selected(field) for field in READ_FIELDS),
    }


def _selected(field: ArticleField) -> str:
    return f"{field.column.selected} AS {field.name}" if field.column.selected else f"a.{field.name}"


def reference(fields: Sequence[ArticleField] = ARTICLE_FIELDS) -> str:
    """Returns the table of docs/reference-article.md."""
    rows = ["| field | type | in the record | in a JSON line to import | meaning |", "|---|---|---|---|---|"]
    for field in fields:
        kind = _type_name(field.type)
        shown = "yes" if field in SHOWN_FIELDS else ""
        imported = "yes" if field.column.is_imported or field.name in IMPORTED_BY_RULE else ""
        rows.append(f"| `{field.name}` | {kind} | {shown} | {imported} | {field.column.comment} |")
    return "\n".join(rows) + "\n"


IMPORTED_BY_RULE = frozenset(
    {"url", "text", "kind", "language", "published_at", "published_precision", "modified_at", "text_origin"}
)
"""Fields of a JSON line that are more than copied; see `scheduler/commands/import_files.py`."""
OTHER_NAMES = {
    "title": ("headline", "article_title"),
    "text": ("maintext", "plaintext", "plain_text", "content", "articleBody", "textContent", "article_text", "body"),
    "published_at": (
        *("date_publish", "publish_date", "publishing_date", "date_published", "published_date", "datePublished"),
        *("publishedTime", "pub_date", "pubDate", "published", "date"),
    ),
    "modified_at": ("date_modify", "date_modified", "modified_date", "dateModified"),
    "authors": ("author", "byline"),
    "language": ("lang", "inLanguage", "meta_lang"),
    "section": ("articleSection",),
    "summary": ("description", "excerpt"),
    "tags": ("topics", "keywords"),
    "image_url": ("top_image", "image"),
    "site_name": ("sitename", "siteName", "media_name"),
    "url": ("link", "canonical_url", "source", "responded_url", "requested_url"),
}
"""Names that other extractors give these fields (news-please, newspaper, Fundus, trafilatura,
Readability, schema.org, Media Cloud), read where ours is empty."""


def _type_name(kind: Any) -> str:
    name = getattr(kind, "__name__", "") if not get_args(kind) else str(kind)
    return name.replace("datetime.datetime", "datetime").replace("uuid.UUID", "UUID").replace("|", "or")
