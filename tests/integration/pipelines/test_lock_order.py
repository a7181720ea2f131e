"""Transactions that lock the same articles, ledger lines and tasks at once wait for each other in one order: none is ended.

The first transaction stops between its statements; the second runs until it waits for the first; then the first goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest_asyncio
from psycopg import AsyncConnection

from dateline.urls import url_key
from pipelines.dedupe import FROM_FEED
from sql import query
from sql.articles.forget import forget_url
from sql.frontier.rechecks import Rechecks
from sql.frontier.rows import UrlResult
from tests.integration.conftest import NOW, Desk
from tests.integration.pipelines.test_hearsay import HOUR, OTHER, PAPER, WORDS, line, name, rows

MOVED = "https://paper.test/2026/05/b1-pier-to-be-rebuilt-soon"


@pytest_asyncio.fixture
async def first(database: str) -> AsyncIterator[AsyncConnection[Any]]:
    """A connection that learns of a deadlock before the other does."""
    async with await AsyncConnection.connect(database, options="-c deadlock_timeout=20ms") as connection:
        yield connection


async def until_it_waits(desk: Desk, other: asyncio.Task[Any]) -> None:
    """Return when the other transaction waits for a lock."""
    while not await rows(desk, "SELECT FROM pg_locks WHERE NOT granted"):
        assert not other.done(), other.result()
        await asyncio.sleep(0.01)


async def lock_as_storing_does(first: AsyncConnection[Any], url: str) -> None:
    """What `known` locks, which is before the ledger's line."""
    where = "SELECT FROM dateline.article WHERE url_key = %s FOR NO KEY UPDATE"
    await first.execute(where, [url_key(url)])


async def finish_as_storing_does(first: AsyncConnection[Any], url: str) -> None:
    """What `finish_url` locks, which is after the article."""
    await first.execute("UPDATE dateline.url SET attempts = attempts WHERE url_key = %s", [url_key(url)])
    await first.commit()


async def test_a_source_takes_over_an_article_that_is_being_stored(desk: Desk, first: AsyncConnection[Any]) -> None:
    await name(desk, "https://thief.test/feed", PAPER, answered_at="https://paper.test/feed")
    await desk.put(PAPER, due=await line(desk, PAPER))
    await lock_as_storing_does(first, PAPER)
    visit = asyncio.create_task(name(desk, "https://paper.test/feed", PAPER))
    await until_it_waits(desk, visit)
    await finish_as_storing_does(first, PAPER)
    await visit
    named = "SELECT s.name FROM dateline.article a JOIN dateline.source s ON s.id = a.source_id"
    assert await rows(desk, named) == [("paper-test",)]


async def test_an_article_is_marked_as_removed_while_it_is_being_stored(
    desk: Desk, first: AsyncConnection[Any]
) -> None:
    stored = await desk.put(PAPER)
    due = await desk.due(PAPER)
    await lock_as_storing_does(first, PAPER)
    gone = UrlResult(due.id, "stored", "removed", "http_404", NOW, article_id=stored.article_id, is_recheck=True)
    finishing = asyncio.create_task(desk.frontier.finish(gone))
    await until_it_waits(desk, finishing)
    await finish_as_storing_does(first, PAPER)
    await finishing
    assert await rows(desk, "SELECT FROM dateline.article WHERE removed_at IS NOT NULL") == [()]
    await lock_as_storing_does(first, PAPER)
    back = UrlResult(due.id, "stored", "unchanged", None, NOW + HOUR, article_id=stored.article_id, is_recheck=True)
    standing = asyncio.create_task(Rechecks(desk.pool).keep_unchanged(back, stored.article_id or 0))
    await until_it_waits(desk, standing)
    await finish_as_storing_does(first, PAPER)
    assert await standing


async def place(first: AsyncConnection[Any], article_id: int) -> None:
    """Put an article into a story, as the placer does once it holds the tasks."""
    story = {"ids": [article_id], "languages": ["en"], "at": [NOW], "now": NOW}
    await first.execute(query("stories", "new_stories"), story)
    member = {"article_id": article_id, "story_id": article_id, "at": NOW, "now": NOW, "is_repeat": False}
    await first.execute(query("stories", "keep_member"), member)
    await first.commit()


async def test_an_article_of_a_feed_becomes_one_with_its_page_while_both_are_placed(
    desk: Desk, first: AsyncConnection[Any]
) -> None:
    page = await desk.put(MOVED, OTHER)
    item = await desk.put(PAPER, WORDS, extractor=FROM_FEED, text_origin="feed")
    await first.execute(query("stories", "take_tasks"), {"limit": 9, "characters": 100})
    storing = asyncio.create_task(desk.put(PAPER, OTHER, final_url=MOVED, now=NOW + HOUR))
    await until_it_waits(desk, storing)
    await place(first, item.article_id or 0)
    await storing
    assert await rows(desk, "SELECT id FROM dateline.article") == [(page.article_id,)]


async def test_an_article_is_forgotten_while_it_is_placed(
    desk: Desk, first: AsyncConnection[Any], database: str
) -> None:
    stored = await desk.put(PAPER)
    await first.execute(query("stories", "take_tasks"), {"limit": 9, "characters": 100})

    def forget() -> int:
        with psycopg.connect(database, autocommit=True) as connection:
            return forget_url(connection, PAPER, erase=lambda _: None).articles

    forgetting = asyncio.create_task(asyncio.to_thread(forget))
    await until_it_waits(desk, forgetting)
    await place(first, stored.article_id or 0)
    assert await forgetting == 1
