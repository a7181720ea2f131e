"""Puts down what reading an archived page again found: a revision marked as ours where the text changed, never a publisher's.

Metadata and provenance are renewed in either case. Links between copies and the ledger stay as they are.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Literal

from dateline.text import content_hash, folded
from dateline.types.article import ArchiveRef, Extraction, Page
from dateline.urls import site_of
from pipelines.article_row import article_row
from pipelines.boilerplate.store import learn
from pipelines.copies.store import replace_sketch, sketch_of
from pipelines.revisions.live_blog import keep_entries
from sql.articles.reprocess import Standing, lock_article
from sql.database import Pool
from sql.frontier.rows import DueUrl
from sql.statements import Area, Connection

STORE, REPROCESS = Area("store"), Area("reprocess")

Outcome = Literal["changed", "unchanged", "overtaken"]
"""`overtaken`: the article was fetched anew, or forgotten, while its old page was read."""


def says_the_same(found: Extraction, *, title: str | None, text_hash: uuid.UUID) -> bool:
    """Whether text and headline are what is stored; otherwise there is a revision to be made."""
    return text_hash == content_hash(found.text) and folded(title or "") == folded(found.title or "")


async def restore(
    pool: Pool, article_id: int, due: DueUrl, page: Page, found: Extraction, *, learns: bool, now: dt.datetime
) -> Outcome:
    """Commit what was found for an article whose stored page this is, in one transaction."""
    async with pool.connection() as conn, conn.transaction():
        before = await lock_article(conn, article_id)
        if before is None or not _stands_on(before, page.archived):
            return "overtaken"
        outcome = await _renew(conn, article_id, before, due, page, found, now)
        if found.live_entries:
            await keep_entries(conn, article_id, found.live_entries, now=now)
        if learns:
            await learn(conn, article_id, found, now=now)
        return outcome


def _stands_on(before: Standing, ref: ArchiveRef | None) -> bool:
    return ref is not None and (before.archive_file, before.archive_offset) == (ref.file, ref.offset)


async def _renew(
    conn: Connection,
    article_id: int,
    before: Standing,
    due: DueUrl,
    page: Page,
    found: Extraction,
    now: dt.datetime,
) -> Outcome:
    is_same = says_the_same(found, title=before.title, text_hash=before.content_hash)
    if not is_same:
        await STORE.run(conn, "keep_revision", {"article_id": article_id})
        old, new = sketch_of(before.text), sketch_of(found.text)
        await replace_sketch(conn, article_id, old, new)
    cause = "re-extraction" if before.extractor != found.extractor else "boilerplate"
    row = article_row(due, page, found, site=site_of(page.final_url), text_hash=content_hash(found.text), now=now)
    await STORE.run(conn, "revise_article", row | {"article_id": article_id, "cause": cause})
    standing = {
        "article_id": article_id,
        "removed_at": before.removed_at,
        "revision": before.revision if is_same else before.revision + 1,
        "revised_at": before.revised_at if is_same else now,
        "revision_cause": before.revision_cause if is_same else cause,
    }
    await REPROCESS.run(conn, "put_back", standing)
    return "unchanged" if is_same else "changed"
