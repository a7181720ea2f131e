"""The store step on a real PostgreSQL: identity, revisions, aliases, copies, hostile text, and writers that race."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

from psycopg.rows import dict_row

from dateline.types.article import Instant
from sql.database import Pool
from tests.integration.conftest import NOW, WORDS, Desk, published

LATER = NOW + dt.timedelta(hours=2)


async def rows(pool: Pool, statement: str) -> list[dict[str, Any]]:
    async with pool.connection() as conn, conn.cursor(row_factory=dict_row) as cur:
        await cur.execute(statement)  # type: ignore[arg-type]
        return await cur.fetchall()


async def ledger(pool: Pool, url: str) -> tuple[str, str]:
    found = [row for row in await rows(pool, "SELECT url, state, reason FROM news.ledger") if row["url"] == url]
    return found[0]["state"], found[0]["reason"]


async def test_an_article_is_shown_without_tracking_parameters(desk: Desk) -> None:
    await desk.put("https://post.test/pier?id=7&utm_source=rss&fbclid=x")
    assert await rows(desk.pool, "SELECT url FROM news.articles") == [{"url": "https://post.test/pier?id=7"}]


async def test_a_page_that_is_met_again_unchanged_only_moves_last_seen(desk: Desk) -> None:
    first = await desk.put("https://post.test/pier")
    again = await desk.put("https://post.test/pier?utm_source=x", now=LATER)
    assert (first.result.result, again.result.result) == ("new", "unchanged")
    (article,) = await rows(desk.pool, "SELECT url, first_seen_at, last_seen_at, revision FROM news.articles")
    assert article["url"] == "https://post.test/pier"
    assert article["first_seen_at"] == NOW
    assert article["last_seen_at"] == LATER
    assert article["revision"] == 1


async def test_other_text_or_headline_at_the_same_url_is_a_revision_and_the_old_one_is_kept(desk: Desk) -> None:
    await desk.put("https://post.test/pier")
    assert (await desk.put("https://post.test/pier", WORDS + "It passed.", now=LATER)).result.result == "revised"
    assert (
        await desk.put("https://post.test/pier", WORDS + "It passed.", title="Pier saved")
    ).result.result == "revised"
    kept = await rows(desk.pool, "SELECT number, title, cause, is_present FROM news.revisions ORDER BY number")
    assert [(row["number"], row["cause"], row["is_present"]) for row in kept] == [
        (1, "first", False),
        (2, "publisher", False),
        (3, "publisher", True),
    ]
    assert kept[2]["title"] == "Pier saved"


async def test_new_extractors_text_is_a_publisher_edit_only_if_the_page_declares_one(desk: Desk) -> None:
    url = "https://post.test/pier"
    await desk.put(url, modified=published(8))
    await desk.put(url, WORDS + "Read otherwise.", extractor="test/2", modified=published(8), now=LATER)
    await desk.put(url, WORDS + "It passed.", extractor="test/2", modified=published(8), now=LATER)
    await desk.put(url, WORDS + "It failed.", extractor="test/3", modified=published(9), now=LATER)
    await desk.put(url, WORDS + "Read thrice.", extractor="test/4", now=LATER)
    kept = await rows(desk.pool, "SELECT cause FROM news.revisions ORDER BY number")
    assert [row["cause"] for row in kept] == ["first", "re-extraction", "publisher", "publisher", "re-extraction"]
    assert await ledger(desk.pool, url) == ("stored", "re-extraction")


async def test_the_same_text_on_the_same_site_is_an_alias(desk: Desk) -> None:
    await desk.put("https://post.test/news/pier")
    second = await desk.put("https://www.post.test/local/pier-rebuilt")
    assert second.result.result == "alias"
    assert len(await rows(desk.pool, "SELECT url FROM news.articles")) == 1
    assert await ledger(desk.pool, "https://www.post.test/local/pier-rebuilt") == ("duplicate", "same_text")


async def test_the_same_text_elsewhere_is_a_copy_of_the_earliest_however_they_arrive(desk: Desk) -> None:
    await desk.put("https://b.test/x", published=published(10))
    await desk.put("https://c.test/x", published=published(11))
    links = await rows(desk.pool, "SELECT copy_url, original_url FROM news.copies")
    assert links == [{"copy_url": "https://c.test/x", "original_url": "https://b.test/x"}]
    # the true original comes last: all links are decided again, none is chained
    await desk.put("https://a.test/x", published=published(8))
    links = await rows(desk.pool, "SELECT copy_url, original_url FROM news.copies ORDER BY copy_url")
    assert [(row["copy_url"], row["original_url"]) for row in links] == [
        ("https://b.test/x", "https://a.test/x"),
        ("https://c.test/x", "https://a.test/x"),
    ]
    articles = await rows(desk.pool, "SELECT url, copy_of FROM news.articles WHERE copy_of IS NULL")
    assert [row["url"] for row in articles] == ["https://a.test/x"]


async def test_short_texts_are_not_compared_across_sites(desk: Desk) -> None:
    await desk.put("https://a.test/x", "This video is not available in your country.")
    await desk.put("https://b.test/x", "This video is not available in your country.")
    assert await rows(desk.pool, "SELECT * FROM news.copies") == []


async def test_a_redirect_makes_an_alias_and_a_redirect_home_stores_nothing(desk: Desk) -> None:
    """Without the rule the redirect home was an alias, by its text."""
    await desk.put("https://post.test/s/1", final_url="https://post.test/2026/pier-rebuilt")
    assert [row["url"] for row in await rows(desk.pool, "SELECT url FROM news.articles")] == [
        "https://post.test/2026/pier-rebuilt"
    ]
    assert (await desk.put("https://post.test/s/1", final_url="https://post.test/2026/pier-rebuilt")).result.result == (
        "unchanged"
    )
    moved = {"final_url": "https://post.test/news/ferry", "text": "The ferry sails again from the old pier. " * 20}
    listed = await desk.put("https://post.test/2020/05/ferry-sails-again", **moved, article_probability=0.7)
    article = await desk.put("https://post.test/2020/06/ferry-sails-again", **moved, article_probability=0.97)
    assert (listed.result.reason, article.result.reason) == ("redirected_away", "new")
    home = await desk.put("https://post.test/2020/gone-story", final_url="https://post.test/")
    assert (home.result.state, home.result.reason) == ("ended", "redirected_away")


async def test_page_that_is_not_an_article_ends_in_the_ledger(desk: Desk) -> None:
    """With the publisher's reservations passed over, the third was stored."""
    for url, fields, reason in (
        ("https://post.test/sport", {"kind": "section"}, "section"),
        ("https://post.test/missing", {"kind": "soft_404"}, "soft_404"),
        ("https://post.test/kept-out", {"directives": ("noai",)}, "noai"),
        ("https://post.test/empty", {"text": " "}, "no_text"),
    ):
        assert (await desk.put(url, **fields)).result.result == "rejected"  # type: ignore[arg-type]
        assert await ledger(desk.pool, url) == ("ended", reason)
    assert await rows(desk.pool, "SELECT * FROM news.articles") == []


async def test_a_hosts_standard_answer_ends_in_the_ledger(desk: Desk) -> None:
    """Without the rule the fourth was one more alias of the first."""
    paths = ("pier-rebuilt", "regatta-off", "mill-sold", "choir-sings", "fog-again", "tram-late", "quay-shut")
    told = [
        await desk.put(f"https://post.test/{path}", "We are sorry. Come back in a little while.", title="Post")
        for path in paths
    ]
    assert [each.result.result for each in told] == ["new", "alias", "alias", *["rejected"] * 4]
    assert await ledger(desk.pool, "https://post.test/quay-shut") == ("ended", "repeated_body")
    assert await rows(desk.pool, "SELECT url, warnings FROM news.articles") == [
        {"url": "https://post.test/pier-rebuilt", "warnings": ["repeated_body"]}
    ]
    marked = Instant(NOW, "minute", "meta")
    for path in paths:
        url = f"https://post.test/real/{path}"
        told.append(await desk.put(url, "The fog came back today.", title="Fog again", published=marked))
    assert [each.result.result for each in told[7:]] == ["new", *["alias"] * 6], "a dated page is an article everywhere"


async def test_hostile_text_is_stored_and_can_be_read_back(desk: Desk) -> None:
    """Without `storable` the page was rejected, and so it was with instants allowed up to the end of the year 9999."""
    far = Instant(dt.datetime(9999, 12, 31, 23, 59, tzinfo=dt.UTC), "minute", "meta", "9999-12-31")
    words = " ".join(f"w{n:x}" for n in range(120_000))
    stored = await desk.put(
        "https://post.test/" + "x" * 7000,
        f"nul\x00 lone\ud800 bell\x07 {words}",
        title="a\x00b\ud834c\r\nd",
        published=far,
        tags=("\x00", "t\x1bag"),
        authors=("Zoë\udfff",),
    )
    assert stored.result.result == "new"
    (article,) = await rows(desk.pool, "SELECT title, text, published_at, tags, authors FROM news.articles")
    assert article["title"] == "abc d"
    assert article["text"].startswith("nul lone bell w0 w1")
    assert article["published_at"] is None
    assert article["authors"] == ["Zoë"]


async def test_a_row_that_the_database_refuses_is_in_quarantine_and_costs_no_other(desk: Desk) -> None:
    """Without the except the CheckViolation came up to the caller."""
    odd = Instant(NOW, "hour", "meta")  # type: ignore[arg-type]
    bad = await desk.put("https://post.test/bad", published=odd)
    assert (bad.result.state, bad.result.reason) == ("ended", "store_error")
    (kept,) = await rows(desk.pool, "SELECT url, step, error FROM dateline.quarantine")
    assert kept["url"] == "https://post.test/bad"
    assert "published_precision" in kept["error"]
    assert (await desk.put("https://post.test/good")).result.result == "new"


async def test_writers_that_race_on_one_text_make_one_family(desk: Desk) -> None:
    """They seldom meet here; test_copy_races.py makes them meet."""
    sites = [f"https://site{n}.test/x" for n in range(24)]
    await asyncio.gather(*(desk.put(url, published=published(6)) for url in sites))
    links = await rows(desk.pool, "SELECT DISTINCT original_url FROM news.copies")
    assert len(links) == 1
    assert len(await rows(desk.pool, "SELECT 1 FROM news.copies")) == 23


async def test_writers_that_race_on_one_url_store_it_once(desk: Desk) -> None:
    due = await desk.due("https://post.test/pier")
    assert due.attempts == 0
    results = await asyncio.gather(*(desk.put("https://post.test/pier", due=due) for _ in range(12)))
    assert sorted(one.result.result for one in results) == ["new"] + ["unchanged"] * 11
    assert len(await rows(desk.pool, "SELECT 1 FROM news.articles")) == 1


async def test_each_stored_or_revised_article_is_left_for_each_task_once(desk: Desk) -> None:
    async def tasks() -> list[str]:
        return [row["task"] for row in await rows(desk.pool, "SELECT task FROM dateline.article_task ORDER BY task")]

    await desk.put("https://post.test/pier")
    assert await tasks() == ["story", "watch"]
    await rows(desk.pool, "DELETE FROM dateline.article_task RETURNING task")
    await desk.put("https://post.test/pier")
    assert await tasks() == [], "an unchanged article is nothing new"
    await desk.put("https://post.test/pier", WORDS + "The vote was eleven to four.")
    await desk.put("https://post.test/pier", WORDS + "The vote was twelve to three.")
    assert await tasks() == ["story", "watch"]
