"""The door to what feeds said of their items."""

from __future__ import annotations

from psycopg.rows import scalar_row

from sql import query
from sql.database import Pool, alone


async def content_of(pool: Pool, url_id: int) -> str | None:
    """The full text, as HTML, that its feed gives of a URL of the ledger."""
    async with alone(pool) as conn, conn.cursor(row_factory=scalar_row) as cur:
        await cur.execute(query("feed_items", "content"), {"url_id": url_id})
        found: str | None = await cur.fetchone()
        return found
