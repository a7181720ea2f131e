"""An article's row: every string from a foreign page is cleaned here, by the rules that its field declares."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from dateline.text import storable_line
from dateline.types.article import ArchiveRef, Extraction, Instant, Link, Page
from dateline.types.article_fields import CLEANED_FIELDS, ArticleField
from dateline.urls import site_of, url_key, without_tracking
from pipelines.dedupe import claimed_key
from sql.frontier.rows import DueUrl
from sql.statements import json_value

EARLIEST, LATEST = dt.datetime(1000, 1, 2, tzinfo=dt.UTC), dt.datetime(9998, 12, 31, tzinfo=dt.UTC)
"""An instant outside of these is dropped as implausible."""
MOST_LINKS = 500


def article_row(
    due: DueUrl, page: Page, found: Extraction, *, site: str, text_hash: uuid.UUID, now: dt.datetime
) -> dict[str, Any]:
    """Returns the article's columns; fields without a cleaning rule of their own are computed here."""
    cleaned = {field.name: _cleaned(found, field) for field in CLEANED_FIELDS}
    return cleaned | {
        "url_key": url_key(page.final_url),
        "url": storable_line(without_tracking(page.final_url), 8192),
        "canonical_key": claimed_key(found),
        "site": site,
        "source_id": due.source_id,
        "is_backfilled": due.is_backfill,
        "links": json_value([_link(link) for link in found.links[:MOST_LINKS]]),
        "content_hash": text_hash,
        "now": now,
        "published_raw": storable_line(_raw(found), 200),
        **_place(page.archived),
        **_instant("published", found.published),
        **_instant("modified", found.modified),
    }


def _cleaned(found: Extraction, field: ArticleField) -> Any:
    assert field.column.clean is not None
    return field.column.clean(getattr(found, field.name))


def _link(link: Link) -> dict[str, str]:
    return {
        "url": storable_line(link.url),
        "text": storable_line(link.text, 500),
        "site": storable_line(site_of(link.url)),
    }


def _place(archived: ArchiveRef | None) -> dict[str, Any]:
    return {
        "archive_file": archived.file if archived else None,
        "archive_offset": archived.offset if archived else None,
        "archive_length": archived.length if archived else None,
    }


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
