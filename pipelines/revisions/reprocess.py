"""Stores what reading an archived page again found.

A changed text becomes a revision whose cause is our extraction, never the publisher.
Metadata and provenance are replaced in both cases. Links between copies and the ledger do not change.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Literal

from dateline.text import content_hash, folded
from dateline.types.article import ArchiveRef, Extraction, Page
from dateline.urls import site_of
from pipelines.article_row import article_row
from pipelines.boilerplate.store import count_page
from pipelines.copies.store import replace_sketch, sketch_of
from pipelines.revisions.live_blog import keep_entries
from pipelines.rights import keep_rights
from sql.articles.reprocess import LockedArticle, lock_article
from sql.database import Pool
from sql.frontier.rows import DueUrl
from sql.statements import Area, Connection

STORE, REPROCESS = Area("store"), Area("reprocess")

ReprocessOutcome = Literal["changed", "unchanged", "overtaken"]
"""`overtaken`: the article was fetched again, or forgotten, while its old page was read."""


def says_the_same(found: Extraction, *, title: str | None, text_hash: uuid.UUID) -> bool:
    """Returns whether text and headline equal the stored ones; if not, the article needs a revision."""
    return text_hash == content_hash(found.text) and folded(title or "") == folded(found.title or "")


async def store_reprocessed(
    pool: Pool, article_id: int, due: DueUrl, page: Page, found: Extraction, *, learns: bool, now: dt.datetime
) -> ReprocessOutcome:
    """Commit what was found in an article's archived page, in one transaction."""
    async with pool.connection() as conn, conn.transaction():
        before = await lock_article(conn, article_id)
        if before is None or not _is_read_from(before, page.archived):
            return "overtaken"
        outcome = await _renew(conn, article_id, before, due, page, found, now)
        await keep_rights(conn, article_id, found, now=page.fetched_at, is_all=False)
        if found.live_entries:
            await keep_entries(conn, article_id, found.live_entries, now=now)
        if learns:
            await count_page(conn, article_id, found, now=now)
        return outcome


def _is_read_from(before: LockedArticle, ref: ArchiveRef | None) -> bool:
    return ref is not None and (before.archive_file, before.archive_offset) == (ref.file, ref.offset)


async def _renew(
    conn: Connection,
    article_id: int,
    before: LockedArticle,
    due: DueUrl,
    page: Page,
    found: Extraction,
    now: dt.datetime,
) -> ReprocessOutcome:
    is_same = says_the_same(found, title=before.title, text_hash=before.content_hash)
    if not is_same:
        await STORE.run(conn, "keep_revision", {"article_id": article_id})
        old, new = sketch_of(before.text), sketch_of(found.text)
        await replace_sketch(conn, article_id, old, new)
    cause = "re-extraction" if before.extractor != found.extractor else "boilerplate"
    row = article_row(due, page, found, site=site_of(page.final_url), text_hash=content_hash(found.text), now=now)
    await STORE.run(conn, "revise_article", row | {"article_id": article_id, "cause": cause})
    kept = {
        "article_id": article_id,
        "removed_at": before.removed_at,
        "revision": before.revision if is_same else before.revision + 1,
        "revised_at": before.revised_at if is_same else now,
        "revision_cause": before.revision_cause if is_same else cause,
    }
    await REPROCESS.run(conn, "put_back", kept)
    return "unchanged" if is_same else "changed"
