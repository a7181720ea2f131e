"""What is to be done with an extracted page, given what the archive knows: a pure decision.

same identity, same text          → Unchanged
same identity, other text/headline → Revise; by whom it was changed: see `cause_of`
other identity, same text, same site → Alias
other identity, same text, other site → StoreNew, with the articles that are its family (see pipelines.copies)
nothing known                      → StoreNew
a page that is no article          → Reject
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dateline.article import STORED_KINDS, Extraction
from dateline.text import folded

Cause = Literal["publisher", "boilerplate", "re-extraction"]
MIN_WORDS_TO_COMPARE = 50
"""Below this, equal texts say nothing: "This video is not available", flash lines (DESIGN, copies)."""


@dataclass(frozen=True, slots=True)
class Known:
    """An article of the archive, as far as the decision needs it."""

    article_id: int
    site: str
    title: str | None
    content_hash: uuid.UUID
    word_count: int
    extractor: str
    is_identity: bool
    """Found by the page's own URL or an alias of it (else by its text)."""
    modified_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class StoreNew:
    """Store a new article. `equal` are articles of other sites with the same text: its family, found over all time."""

    equal: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Revise:
    """The article has changed: keep what it was as a revision."""

    article_id: int
    cause: Cause = "publisher"


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The article stands as it stood: only when it was last seen changes."""

    article_id: int


@dataclass(frozen=True, slots=True)
class Alias:
    """Another URL of an article that is there already."""

    article_id: int
    why: Literal["same_text", "redirect", "canonical", "amp"]


@dataclass(frozen=True, slots=True)
class Reject:
    """Not an article: it ends in the ledger with this reason."""

    reason: str
    detail: str = ""


Decision = StoreNew | Revise | Unchanged | Alias | Reject


def reject_reason(page: Extraction, *, obeyed: Sequence[str] = ()) -> Reject | None:
    """Why this page is not to be stored at all, whatever the archive holds; None when it may be."""
    if page.kind not in STORED_KINDS:
        return Reject(page.kind, ", ".join(page.kind_evidence))
    reserved = sorted(set(page.directives) & set(obeyed))
    if reserved:
        return Reject(reserved[0].replace("-", "_"), "the publisher reserves it and the configuration obeys")
    if not page.text.strip() and page.kind not in {"video", "gallery"}:
        return Reject("no_text", "no body text was found")
    if not (page.title or page.text.strip()):
        return Reject("no_text", "neither headline nor text was found")
    return None


def decide(page: Extraction, *, site: str, text_hash: uuid.UUID, known: Sequence[Known]) -> Decision:
    """What to do with a page that may be stored. `known`: articles of the same identity or the same text."""
    same = next((k for k in known if k.is_identity), None)
    if same is not None:
        is_equal = same.content_hash == text_hash and folded(same.title or "") == folded(page.title or "")
        return Unchanged(same.article_id) if is_equal else Revise(same.article_id, cause_of(page, same))
    equal = [k for k in known if k.content_hash == text_hash]
    at_home = next((k for k in equal if k.site == site and _is_comparable(page, k)), None)
    if at_home is not None:
        return Alias(at_home.article_id, "same_text")
    if page.word_count < MIN_WORDS_TO_COMPARE:
        return StoreNew()
    return StoreNew(tuple(k.article_id for k in equal))


def cause_of(page: Extraction, known: Known) -> Cause:
    """By whom an article was changed: its publisher, or an extractor that reads the page otherwise than the stored text's.

    Texts of two extractors can't be held against each other, so there only the publisher's own word for an edit counts: a
    later time of modification. An edit without it is put down as ours, once for each new extractor; the other way round, each
    new extractor would make edits of the publisher out of all articles that are fetched again.
    """
    if page.extractor == known.extractor:
        return "publisher"
    modified = page.modified.at if page.modified else None
    is_edited = modified is not None and known.modified_at is not None and modified > known.modified_at
    return "publisher" if is_edited else "re-extraction"


def _is_comparable(page: Extraction, known: Known) -> bool:
    """Long enough that an equal text means the same article; a short one must share its headline too."""
    return known.word_count >= MIN_WORDS_TO_COMPARE or folded(known.title or "") == folded(page.title or "")
