"""Stores the entries of a live blog as rows of their own, together with the article."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from dateline.text import content_hash, storable, storable_line
from dateline.types.article import LiveEntry
from sql.statements import Area, Connection

LIVE = Area("live")


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry's row. `key` depends on instant and headline, so it survives changes of the text."""

    key: uuid.UUID
    title: str | None
    text: str
    published_at: dt.datetime | None
    offset_s: int | None


async def keep_entries(conn: Connection, article_id: int, entries: Sequence[LiveEntry], *, now: dt.datetime) -> None:
    """Store the entries that the page lists now, in the caller's transaction; entries that are gone are marked."""
    rows = [entry_row(entry) for entry in entries]
    columns = {
        "article_id": article_id,
        "now": now,
        "keys": [row.key for row in rows],
        "places": list(range(1, len(rows) + 1)),
        "titles": [row.title for row in rows],
        "texts": [row.text for row in rows],
        "published_at": [row.published_at for row in rows],
        "offsets_s": [row.offset_s for row in rows],
    }
    await LIVE.run(conn, "keep_entries", columns)


def entry_row(entry: LiveEntry) -> EntryRow:
    """Returns the entry's row; its identity is instant and headline, or the text if it has neither."""
    at = entry.published.at if entry.published else None
    at = at if at and 1000 < at.year < 9998 else None
    offset = at.utcoffset() if at else None
    named = (at.astimezone(dt.UTC).isoformat() if at else "", entry.title or "")
    return EntryRow(
        key=content_hash("\n".join(named) if any(named) else entry.text),
        title=storable_line(entry.title),
        text=storable(entry.text),
        published_at=at,
        offset_s=int(offset.total_seconds()) if offset is not None else None,
    )
