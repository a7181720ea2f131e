"""Why an article's text differs from what was stored: the publisher's edit, boilerplate that drifted, or our own reading.

Pure. Boilerplate drift: the paragraphs that differ are all lines that were left out of one of the two readings, so that the
article says what it said before and only what is known of its host has changed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dateline.text import folded
from dateline.types.article import Extraction

Cause = Literal["publisher", "boilerplate", "re-extraction"]


@dataclass(frozen=True, slots=True)
class Before:
    """The article as it stands, as far as a cause is told from it."""

    title: str | None
    text: str
    removed: Sequence[str]
    extractor: str
    modified_at: dt.datetime | None


def cause_of(before: Before, found: Extraction) -> Cause:
    """Why there is a revision to be made.

    Texts of two extractors can't be held against each other, so there only the publisher's own word for an edit counts: a
    later time of modification. An edit without it is put down as ours, once for each new extractor; the other way round, each
    new extractor would make edits of the publisher out of all articles that are fetched again.
    """
    if folded(before.title or "") == folded(found.title or "") and only_boilerplate_differs(before, found):
        return "boilerplate"
    modified = found.modified.at if found.modified else None
    is_told = modified is not None and before.modified_at is not None and modified > before.modified_at
    return "re-extraction" if before.extractor != found.extractor and not is_told else "publisher"


def only_boilerplate_differs(before: Before, found: Extraction) -> bool:
    """Whether every paragraph that stands in one text only was left out as boilerplate of the other, or of both."""
    known = _paragraphs("\n".join(before.removed)) | _paragraphs("\n".join(found.removed))
    old, new = _paragraphs(before.text), _paragraphs(found.text)
    return old != new and old ^ new <= known


def _paragraphs(text: str) -> set[str]:
    return {line for paragraph in text.splitlines() if (line := folded(paragraph))}
