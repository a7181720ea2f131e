"""What is stored beside an article: the entries of a live blog as rows, its outbound links as citations."""

from __future__ import annotations

import datetime as dt
from typing import Any

from psycopg.rows import dict_row

from dateline.types.article import Instant, Link, LiveEntry
from tests.integration.conftest import NOW, WORDS, Desk

EAST = dt.timezone(dt.timedelta(hours=2))


async def rows(desk: Desk, statement: str) -> list[dict[str, Any]]:
    async with desk.pool.connection() as conn, conn.cursor(row_factory=dict_row) as cur:
        await cur.execute(statement.encode())
        return await cur.fetchall()


def entry(title: str | None, text: str, minute: int | None = None) -> LiveEntry:
    at = NOW.astimezone(EAST).replace(minute=minute) if minute is not None else None
    return LiveEntry(title, text, Instant(at, "minute", "json-ld") if at else None)


async def blog(desk: Desk, *entries: LiveEntry, text: str = WORDS, now: dt.datetime = NOW) -> str:
    stored = await desk.put("https://post.test/live", text, kind="live_blog", live_entries=entries, now=now)
    return stored.result.result


async def test_entries_are_rows_with_their_own_instants_and_stay_when_they_vanish(desk: Desk) -> None:
    first = [entry("Polls open", "The doors open.", 5), entry(None, "Rain.", 10), entry(None, "An undated line.")]
    await blog(desk, *first)
    later = NOW + dt.timedelta(hours=1)
    edited = entry("Polls open", "The doors opened late.", 5)
    assert await blog(
        desk, entry("Polls close", "The doors close.", 50), edited, first[2], text=WORDS + "More.", now=later
    )
    found = await rows(desk, "SELECT * FROM news.live_entries ORDER BY published_at NULLS LAST")
    assert [(row["title"], row["text"]) for row in found] == [
        ("Polls open", "The doors opened late."),
        (None, "Rain."),
        ("Polls close", "The doors close."),
        (None, "An undated line."),
    ]
    assert [row["published_at"] for row in found[:2]] == [NOW.replace(minute=5), NOW.replace(minute=10)]
    assert {row["published_offset_s"] for row in found[:3]} == {7200}
    assert [row["removed_at"] for row in found] == [None, later, None, None]
    assert [row["changed_at"] for row in found] == [later, None, None, None]
    assert [row["first_seen_at"] for row in found] == [NOW, NOW, later, NOW]
    assert [row["place"] for row in found] == [2, 2, 1, 3]


async def test_an_entry_that_comes_back_is_no_longer_marked(desk: Desk) -> None:
    """Also when the text round the entries is what it was."""
    both = [entry("One", "First.", 1), entry("Two", "Second.", 2)]
    await blog(desk, *both)
    assert await blog(desk, both[0]) == "unchanged"
    gone = "SELECT title FROM news.live_entries WHERE removed_at IS NOT NULL"
    assert [row["title"] for row in await rows(desk, gone)] == ["Two"]
    await blog(desk, *both)
    assert await rows(desk, gone) == []


async def test_entries_that_can_t_be_stored_as_they_are_cost_nothing(desk: Desk) -> None:
    far = LiveEntry("a\x00b", "c\ud800d", Instant(dt.datetime(9999, 12, 31, tzinfo=dt.UTC), "minute", "json-ld"))
    await blog(desk, far, far)
    found = await rows(desk, "SELECT title, text, published_at FROM news.live_entries")
    assert [tuple(row.values()) for row in found] == [("ab", "cd", None)]


async def test_citations_name_who_cites_whom_in_which_words(desk: Desk) -> None:
    links = (
        Link("https://www.wire.co.uk/story/1", "the agency's report"),
        Link("https://blog.someone.github.io/x", "a blog"),
    )
    await desk.put("https://post.test/pier", links=links, credited_to="Meridian Wire")
    found = await rows(
        desk, "SELECT url, site, cited_url, cited_site, anchor_text, credited_to, place FROM news.citations"
    )
    assert [tuple(row.values()) for row in found] == [
        (
            "https://post.test/pier", "post.test", "https://www.wire.co.uk/story/1", "wire.co.uk", "the agency's report",
            "Meridian Wire", 1,
        ),
        (
            "https://post.test/pier", "post.test", "https://blog.someone.github.io/x", "someone.github.io", "a blog",
            "Meridian Wire", 2,
        ),
    ]  # fmt: skip
    # links that were stored before their site was kept
    await rows(
        desk,
        """UPDATE dateline.article SET links = '[{"url": "https://www.Wire.co.uk:443/a", "text": "x"}]' RETURNING 1""",
    )
    (row,) = await rows(desk, "SELECT cited_site FROM news.citations")
    assert row["cited_site"] == "wire.co.uk"
