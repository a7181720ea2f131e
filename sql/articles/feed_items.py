"""Reads what feeds said of their items."""

from __future__ import annotations

from sql.database import Pool, autocommit_connection
from sql.statements import Area


async def content_of(pool: Pool, url_id: int) -> str | None:
    """The full text, as HTML, that its feed gives of a URL of the ledger."""
    async with autocommit_connection(pool) as conn:
        found: str | None = await Area("feed_items").value(conn, "content", {"url_id": url_id})
        return found
