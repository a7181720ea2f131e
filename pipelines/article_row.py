"""An article's row: the one place where what foreign pages said becomes columns, every string of it cleaned."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from psycopg.types.json import Jsonb

from dateline.search.ngrams import search_texts
from dateline.text import storable, storable_line
from dateline.types.article import Extraction, Instant, Page
from dateline.urls import site_of, url_key
from pipelines.dedupe import claimed_key
from sql.frontier.rows import DueUrl

EARLIEST, LATEST = dt.datetime(1000, 1, 2, tzinfo=dt.UTC), dt.datetime(9998, 12, 31, tzinfo=dt.UTC)
"""What a page says to be earlier or later is no instant."""


def article_row(
    due: DueUrl, page: Page, found: Extraction, *, site: str, text_hash: uuid.UUID, now: dt.datetime
) -> dict[str, Any]:
    """The article's columns, every foreign string cleaned."""
    archived = page.archived
    return (
        {
            "url_key": url_key(page.final_url),
            "url": storable_line(page.final_url, 8192),
            "canonical_url": storable_line(found.canonical_url, 8192),
            "canonical_key": claimed_key(found),
            "site": site,
            "source_id": due.source_id,
            "kind": found.kind,
            "kind_evidence": _lines(found.kind_evidence),
            "title": storable_line(found.title),
            "alternative_titles": _lines(found.alternative_titles),
            "text": storable(found.text),
            "summary": storable(found.summary, 10_000),
            "authors": _lines(found.authors, 300),
            "section": storable_line(found.section, 300),
            "tags": _lines(found.tags, 300),
            "language": storable_line(found.language, 20),
            "declared_language": storable_line(found.declared_language, 40),
            "image_url": storable_line(found.image_url, 8192),
            "site_name": storable_line(found.site_name, 300),
            "is_accessible_for_free": found.is_accessible_for_free,
            "credited_to": storable_line(found.credited_to, 300),
            "directives": _lines(found.directives, 60),
            "links": Jsonb(
                [
                    {
                        "url": storable_line(k.url),
                        "text": storable_line(k.text, 500),
                        "site": storable_line(site_of(k.url)),
                    }
                    for k in found.links[:500]
                ]
            ),
            "content_hash": text_hash,
            "word_count": found.word_count,
            "now": now,
            "extractor": found.extractor,
            "rules": _lines(found.rules, 100),
            "quality": found.quality,
            "warnings": _lines(found.warnings, 500),
            "removed": [storable(text, 10_000) for text in found.removed[:200]],
            "archive_file": archived.file if archived else None,
            "archive_offset": archived.offset if archived else None,
            "archive_length": archived.length if archived else None,
            "published_raw": storable_line(_raw(found), 200),
            "search_text": search_texts(
                storable_line(found.title), storable(found.summary, 10_000), storable(found.text)
            ),
        }
        | _instant("published", found.published)
        | _instant("modified", found.modified)
    )


def _raw(found: Extraction) -> str | None:
    return found.published.raw if found.published else next(iter(found.raw_dates), None)


def _instant(name: str, instant: Instant | None) -> dict[str, Any]:
    kept = instant if instant is not None and EARLIEST < instant.at < LATEST else None
    offset = kept.at.utcoffset() if kept else None
    return {
        f"{name}_at": kept.at if kept else None,
        f"{name}_offset_s": int(offset.total_seconds()) if offset is not None else None,
        f"{name}_precision": kept.precision if kept else None,
        f"{name}_origin": kept.origin if kept else None,
    }


def _lines(texts: Sequence[str], limit: int = 4_000) -> list[str]:
    return [storable_line(text, limit) for text in texts[:200]]
