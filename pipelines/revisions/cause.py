"""Why an article's text differs from the stored one: the publisher's edit, changed boilerplate, or our own extraction.

Pure. The cause is boilerplate if all paragraphs that differ were stripped from one of the two texts: the article says the
same, and only the knowledge about its host has changed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dateline.text import folded
from dateline.types.article import FROM_FEED, Extraction

Cause = Literal["publisher", "boilerplate", "re-extraction", "opened"]
"""The first three differ in the text; "opened": the page was read for the first time, before there was its feed's word."""


@dataclass(frozen=True, slots=True)
class Before:
    """The stored article, as far as the cause depends on it."""

    title: str | None
    text: str
    removed: Sequence[str]
    extractor: str
    modified_at: dt.datetime | None


def cause_of(before: Before, found: Extraction) -> Cause:
    """Returns why the article needs a revision.

    Texts of two extractors can't be compared, so only a later modification time proves an edit by the publisher. Without it
    the change counts as ours, once per extractor version; otherwise each new extractor would report an edit by the publisher
    for every article that is fetched again.
    """
    if before.extractor == FROM_FEED != found.extractor:
        return "opened"
    if folded(before.title or "") == folded(found.title or "") and only_boilerplate_differs(before, found):
        return "boilerplate"
    modified = found.modified.at if found.modified else None
    is_declared = modified is not None and before.modified_at is not None and modified > before.modified_at
    return "re-extraction" if before.extractor != found.extractor and not is_declared else "publisher"


def only_boilerplate_differs(before: Before, found: Extraction) -> bool:
    """Returns whether every paragraph that only one text has was stripped as boilerplate from either."""
    known = _paragraphs("\n".join(before.removed)) | _paragraphs("\n".join(found.removed))
    old, new = _paragraphs(before.text), _paragraphs(found.text)
    return old != new and old ^ new <= known


def _paragraphs(text: str) -> set[str]:
    return {line for paragraph in text.splitlines() if (line := folded(paragraph))}
