"""A page on its way into the archive, with what is computed from it once, however often its transaction is repeated."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from dateline.text import content_hash, folded, storable, storable_line
from dateline.types.article import ArchiveRef, Extraction, Page
from dateline.urls import site_of, url_key, without_tracking
from pipelines.article_row import article_row
from pipelines.boilerplate.counts import PageParagraphs, page_paragraphs
from pipelines.copies.match import Document
from pipelines.copies.store import LONGEST_COMPARED, sketch_of
from pipelines.dedupe import Alias, Decision, claimed_key, named_addresses
from sql.frontier.rows import DueUrl

_FEWEST_BLANKS = 2
"""Blanks in a value of a query that makes a page say something: one of two words may be a name that a page has anyway."""
_LONG_AGO = dt.datetime(1, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Arrival:
    """A page with what it says and the ledger's line that led to it."""

    due: DueUrl
    page: Page
    found: Extraction
    now: dt.datetime
    absent_at: dt.datetime | None = None
    """When we last looked for the page in vain."""
    sought_at: dt.datetime | None = None
    """Since when we have asked for it."""

    @cached_property
    def key(self) -> uuid.UUID:
        """The page's identity: the key of the address that answered, whatever led there."""
        return url_key(self.page.final_url)

    @cached_property
    def asked_key(self) -> uuid.UUID | None:
        """Key of another address of the same site that was asked and led here; None where there is none."""
        is_other = self.due.url_key != self.key and site_of(self.due.url) == self.site
        return self.due.url_key if is_other else None

    @cached_property
    def passed_keys(self) -> list[uuid.UUID]:
        """Keys of all addresses on the way: one that was forgotten on request leads to nothing any more."""
        return list({self.key, self.due.url_key, *(url_key(url) for url in self.page.redirects)})

    @cached_property
    def site(self) -> str:
        return site_of(self.page.final_url)

    @property
    def may_speak(self) -> bool:
        """Whether the feed, sitemap or operator that named the page may speak for its site."""
        return self.site in self.due.named_by

    @property
    def is_reflection(self) -> bool:
        """Whether another site made the page say something: words of its headline or text are in the query of its address.

        Search and sharing pages repeat what their address says; slugs and codes have no blanks.
        """
        query = urlsplit(without_tracking(self.page.final_url)).query
        if self.may_speak or not query:
            return False
        said = folded(f"{self.found.title or ''} {self.found.text}")
        values = (folded(value) for _, value in parse_qsl(query)[:50])
        return any(value in said for value in values if value.count(" ") >= _FEWEST_BLANKS)

    @property
    def may_rename(self) -> bool:
        """Whether its own site has named the address, so that it may replace one that others made up."""
        return self.may_speak and not self.due.is_recheck

    @property
    def import_fetched_at(self) -> dt.datetime | None:
        """When others fetched an imported page: long ago if its file does not say, or names a time to come.

        None for a page that we fetched.
        """
        if self.due.via != "import":
            return None
        return self.page.fetched_at if self.page.body and self.page.fetched_at <= self.now else _LONG_AGO

    @property
    def seen_at(self) -> dt.datetime:
        """When the page was last known to be at its site: for an import, when others fetched it."""
        return min(self.now, self.import_fetched_at or self.now)

    @cached_property
    def text_hash(self) -> uuid.UUID:
        """Hash of its text; a headline, which has none, shares it with no other."""
        return content_hash(self.found.text if self.found.text_origin != "none" else f"headline {self.key}")

    @cached_property
    def canonical_key(self) -> uuid.UUID | None:
        return claimed_key(self.found)

    @cached_property
    def hashes(self) -> tuple[int, ...]:
        return sketch_of(self.found.text)

    @cached_property
    def paragraphs(self) -> PageParagraphs:
        """What is counted of it as possible boilerplate."""
        return page_paragraphs(self.found)

    @cached_property
    def row(self) -> dict[str, Any]:
        """The article's columns, but for those of the instants above."""
        return article_row(self.due, self.page, self.found, site=self.site, text_hash=self.text_hash, now=self.now)

    @property
    def refs(self) -> list[ArchiveRef | None]:
        """Where the archive has it, and the further pages of its article."""
        return [self.page.archived, *(part.archived for part in self.found.parts)]

    def compute(self) -> None:
        """Do now what takes long, before any lock is held."""
        _ = self.hashes, self.paragraphs, self.row

    def told(self, absent_at: dt.datetime | None, sought_at: dt.datetime | None) -> Arrival:
        """The arrival with these instants, and with all that was computed of it but its document, which has them, too."""
        told = replace(self, absent_at=absent_at, sought_at=sought_at)
        vars(told).update({name: value for name, value in vars(self).items() if name in _SAME})
        return told

    @cached_property
    def document(self) -> Document:
        """The page as it is compared with others."""
        found = self.found
        return Document(
            self.page.final_url,
            storable(found.text)[:LONGEST_COMPARED],
            self.site,
            found.published.at if found.published else None,
            found.published.precision if found.published else None,
            self.now,
            self.absent_at,
            self.sought_at,
            found.credited_to,
            found.canonical_url,
            found.word_count,
        )

    def aliases(self, decision: Decision) -> dict[str, Any]:
        """Returns the URLs of the article's own site that lead to it, with their keys and reasons, as columns.

        Of a chain of redirects that is the address that answered and the one that was asked. Those between them (a
        cookie check, a consent page) lead to any article, and those of other sites are not addresses of this one.
        """
        why = decision.why if isinstance(decision, Alias) else "fetched"
        urls: dict[uuid.UUID, tuple[str, str]] = {self.key: (self.page.final_url, why)}
        if self.asked_key is not None:
            urls.setdefault(self.asked_key, (self.due.url, "redirect"))
        for part in self.found.parts:
            urls.setdefault(url_key(part.url), (part.url, "part"))
        for named, reason in named_addresses(self.found, decision):
            urls.setdefault(url_key(named), (named, reason))
        return {
            "url_keys": list(urls),
            "urls": [storable_line(url, 8192) for url, _ in urls.values()],
            "whys": [reason for _, reason in urls.values()],
        }


def row_of(arrival: Arrival) -> dict[str, Any]:
    """Returns the article's row."""
    return arrival.row | {"absent_at": arrival.absent_at, "sought_at": arrival.sought_at}


_SAME = {name for name, value in vars(Arrival).items() if isinstance(value, cached_property)} - {"document"}
