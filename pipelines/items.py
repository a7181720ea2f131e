"""A feed's entry that is an article itself: what the feed says of it is all there is; pure."""

from __future__ import annotations

import datetime as dt

from dateline.types.article import Candidate, Extraction, Instant
from pipelines.extract.authors import names_of
from pipelines.extract.language import choose_language
from pipelines.extract.topics import clean_tags

EXTRACTOR = "feed"


def read_item(candidate: Candidate) -> Extraction:
    """The article that an item is: its title, dates, people and text."""
    text = candidate.summary or candidate.title or ""
    language, _ = choose_language(candidate.language, text)
    return Extraction(
        url=candidate.url,
        kind="article",
        title=candidate.title,
        text=text,
        kind_evidence=("an item of a feed, without a page of its own",),
        authors=names_of(list(candidate.authors)),
        tags=clean_tags(candidate.tags),
        summary=candidate.summary,
        published=_instant(candidate.published_at, candidate.published_precision),
        modified=_instant(candidate.modified_at, candidate.modified_precision),
        language=language,
        declared_language=candidate.language,
        extractor=EXTRACTOR,
    )


def _instant(at: dt.datetime | None, precision: str) -> Instant | None:
    return Instant(at, precision, "feed") if at else None  # type: ignore[arg-type]
