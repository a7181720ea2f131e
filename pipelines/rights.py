"""Stores what a page and its site's files state about the use of an article, within the caller's transaction."""

from __future__ import annotations

import datetime as dt

from dateline.types.article import Extraction
from sql.statements import Area, Connection

RIGHTS = Area("rights")


async def keep_rights(
    conn: Connection, article_id: int, found: Extraction, *, now: dt.datetime, is_all: bool = True
) -> None:
    """Store the statements. With `is_all` they are all that are made now: what was stated before and is missing is gone."""
    stated = {
        "kinds": [each.kind for each in found.rights],
        "values": [each.value for each in found.rights],
        "origins": [each.origin for each in found.rights],
    }
    await RIGHTS.run(conn, "keep", stated | {"article_id": article_id, "now": now, "is_all": is_all})
