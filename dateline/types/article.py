"""The values that pass from step to step: Candidate → Page → Extraction → stored article.

Every type is frozen; its name says the stage. Datetimes are aware and keep the publisher's own offset.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from dateline.types.rights import Statement

if TYPE_CHECKING:  # readers of dates and pages, which a command that reads none does without
    from dateline.instants import Precision
    from dateline.urls.paging import Paging

StoredKind = Literal["article", "opinion", "live_blog", "video", "gallery", "paywalled_excerpt"]
Kind = Literal[
    StoredKind,
    "headline",
    "section",
    "not_article",
    "consent_wall",
    "soft_404",
    "blocked",
    "login",
    "needs_javascript",
]
"""What a page is. Stored kinds become articles, "headline" is an item without text that its feed named; for the others the
ledger records the kind as the reason."""

STORED_KINDS: frozenset[Kind] = frozenset(get_args(StoredKind))

Origin = Literal["json-ld", "meta", "microdata", "feed", "sitemap", "url", "text"]

TextOrigin = Literal["page", "feed", "none"]
"""Where an article's text is from: its page, its site's own feed, or nowhere (a headline, of kind "headline")."""


FROM_FEED = "feed"
"""The extractor's name of what a feed said instead of a page."""


@dataclass(frozen=True, slots=True)
class Instant:
    """A date that a publisher gave: `at` keeps the publisher's offset, `raw` is the original text.

    Where the page names no zone, `at` has the page's clock as if it were UTC and the precision is "local".
    """

    at: dt.datetime
    precision: Precision
    origin: Origin
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that a feed attaches to an item: picture, audio, video."""

    url: str
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A URL that a feed, sitemap or section page named, with what that says about it.

    `via` is how it was found: "rss", "atom", "rdf", "json_feed", "wordpress", "news_sitemap", "sitemap",
    "text_sitemap", "section", "target" (given by hand) …; `url` is absolute http(s). `is_item`: the entry of a feed is the
    article itself, since no page holds it alone; its text is `content` or `summary`, and the fragment of its `url` tells it from
    others. `content` is the item's full text as HTML, where the feed gives it; `said` is a hash of all that a feed says in words.
    """

    url: str
    via: str
    title: str | None = None
    published_at: dt.datetime | None = None
    modified_at: dt.datetime | None = None
    published_precision: Precision = "minute"
    modified_precision: Precision = "minute"
    summary: str | None = None
    guid: str | None = None
    language: str | None = None
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    is_item: bool = False
    content: str | None = None
    enclosures: tuple[Enclosure, ...] = ()
    said: uuid.UUID | None = field(default=None, compare=False)

    @property
    def day_of_change(self) -> dt.datetime | None:
        """Midnight in UTC of the day of the last change, where a feed's entry has no other date (RFC 4287, 4.2.15); else None."""
        if self.published_at or not self.modified_at or self.via not in ENTRIES:
            return None
        return dt.datetime.combine(self.modified_at.date(), dt.time(), dt.UTC)


ENTRIES = frozenset({"rss", "atom", "rdf", "json_feed", "wordpress", "news_sitemap"})
"""Values of `Candidate.via` for entries that a site publishes as its articles."""


@dataclass(frozen=True, slots=True)
class ArchiveRef:
    """The place of a page in the WARC archive: file name (relative to the archive folder), byte offset, byte length."""

    file: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Page:
    """One fetched page: decompressed bytes with the response's headers.

    `url` was requested; `final_url` answered after `redirects` (the URLs that redirected; `is_moved`: all of them
    permanently). Header names are lower case; repeated headers are repeated.
    """

    url: str
    final_url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    fetched_at: dt.datetime
    redirects: tuple[str, ...] = ()
    archived: ArchiveRef | None = None
    is_moved: bool = False
    warnings: tuple[str, ...] = ()
    """What was wrong with its transfer, in words."""
    site_rights: tuple[Statement, ...] = ()
    """What robots.txt and tdmrep.json of its site state about its use."""
    rendered: bytes | None = field(default=None, repr=False)
    """The DOM as HTML in UTF-8, after a browser ran the page's scripts; it is read in place of the body."""
    unsent: tuple[str, ...] = ()
    """What those scripts asked for and no browser of ours sends: POST, WebSocket."""

    def header(self, name: str) -> str | None:
        """The first header with this (lower-case) name."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True, slots=True)
class Link:
    """An outbound link of the body with its anchor text."""

    url: str
    text: str


@dataclass(frozen=True, slots=True)
class LiveEntry:
    """One entry of a live blog."""

    title: str | None
    text: str
    published: Instant | None


@dataclass(frozen=True, slots=True)
class Part:
    """A further page of an article in several pages: the address that answered, and its place in the archive."""

    url: str
    archived: ArchiveRef | None = None


@dataclass(frozen=True, slots=True)
class Extraction:
    """The text and metadata of one page; made by `pipelines.extract.extract.extract_page`.

    `kind_evidence` says what decided the kind. `rights` are the publisher's statements about use, `directives` what they reserve
    (`dateline.types.rights.RESERVATIONS`). `paging` is the page's place among the pages of its
    article, `parts` are those whose text is joined to it. `raw_dates` keeps the strings of instants that were dropped as
    implausible. `removed` are the paragraphs left out as boilerplate, `learned` those of them that the site repeats. `rules`
    are the cleaning rules that fired.
    """

    url: str
    kind: Kind
    title: str | None
    text: str
    kind_evidence: tuple[str, ...] = ()
    alternative_titles: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    published: Instant | None = None
    modified: Instant | None = None
    language: str | None = None
    declared_language: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    image_url: str | None = None
    summary: str | None = None
    site_name: str | None = None
    canonical_url: str | None = None
    amp_url: str | None = None
    print_url: str | None = None
    is_accessible_for_free: bool | None = None
    credited_to: str | None = None
    links: tuple[Link, ...] = ()
    live_entries: tuple[LiveEntry, ...] = ()
    directives: tuple[str, ...] = ()
    rights: tuple[Statement, ...] = ()
    raw_dates: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    learned: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    article_probability: float | None = None
    quality: float | None = None
    extractor: str = ""
    paging: Paging | None = None
    parts: tuple[Part, ...] = ()
    text_origin: TextOrigin = "page"
    no_page_text_because: str | None = None
    """Why the text is not the page's, as a reason of the ledger; None where it is."""
    is_rendered: bool = False
    """Read after a browser ran the page's scripts."""
    holds_feed_text: bool = False
    """The text has all that the feed gave."""

    @property
    def word_count(self) -> int:
        """The number of words separated by white space; scripts without spaces are not treated specially."""
        return len(self.text.split())


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known about a page before it is extracted: from its candidate, its source, and its HTTP exchange."""

    candidate: Candidate | None = None
    language: str | None = None
    content_type: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    fetched_at: dt.datetime | None = None
    warnings: tuple[str, ...] = ()
    """What was wrong with the page's transfer."""
    site_rights: tuple[Statement, ...] = ()
    """What the files of the page's site state about its use."""
    site_names: tuple[str, ...] = field(default=())
    timezone: str | None = None
    """IANA zone of clocks that name none, if the source has one."""
    feed_content: str | None = None
    """The full text, as HTML, that the site's own feed gives of the page."""
    is_wanted: bool = False
    """The operator wants the page stored as an article, whatever its score."""

    @property
    def is_named_article(self) -> bool:
        """Whether the operator, or an entry of the site's own feed or news sitemap, says that it is an article."""
        return self.is_wanted or (self.candidate is not None and self.candidate.via in ENTRIES)
