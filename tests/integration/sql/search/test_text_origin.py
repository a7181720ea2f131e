"""Texts of feeds and headlines in searches, counts, watches, exports and the analysts' views."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from dateline.search.query import parse
from sql.database import connect
from sql.search.search import count, facets, headlines_left_out, run, search, timeline
from tests.integration.conftest import WORDS, Desk

pytestmark = pytest.mark.asyncio
SITE = "https://bay.test"
FEED: dict[str, Any] = {"extractor": "feed", "text_origin": "feed", "no_page_text_because": "http_403"}
HEADLINE: dict[str, Any] = {**FEED, "text_origin": "none", "kind": "headline", "summary": "What of the ferry?"}


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection[Any]]:
    with connect(database, autocommit=True) as opened:
        opened.row_factory = dict_row  # type: ignore[assignment]
        yield opened


async def fill(desk: Desk) -> None:
    """A page, a feed's text and a headline about one ferry, each of its own words, and a video without words."""
    await desk.put(f"{SITE}/page", WORDS + "The page has it.", title="Ferry on the page")
    await desk.put(f"{SITE}/feed", WORDS[::-1] + "The ferry feed has it.", title="Ferry in the feed", **FEED)
    await desk.put(f"{SITE}/headline", "", title="Ferry in a headline", **HEADLINE)
    await desk.put(f"{SITE}/video", "", title="Ferry in a video", kind="video")


async def test_headlines_are_found_only_by_those_who_ask(desk: Desk, connection: psycopg.Connection[Any]) -> None:
    await fill(desk)
    for text, expected in {
        "ferry": "feed page video",
        "ferry OR pier": "feed page video",
        "-zebra": "feed page video",
        "ferry kind:article,video": "feed page video",
        "ferry has:text": "feed page",
        "ferry -has:text": "headline video",
        "ferry origin:page": "page video",
        "ferry -origin:page": "feed headline",
        "ferry origin:feed": "feed",
        "ferry origin:none": "headline",
        "ferry origin:page,feed,none": "feed headline page video",
        "ferry kind:headline": "headline",
        "ferry kind:headline,article": "feed headline page",
        "ferry (kind:headline OR source:nobody)": "headline",
        "title:headline kind:headline": "headline",
        "summary kind:headline": "",
    }.items():
        page = run(connection, search(parse(text)))
        assert " ".join(sorted(hit.article.url.rpartition("/")[2] for hit in page.hits)) == expected, text
        assert run(connection, count(parse(text))) == len(expected.split()), text
        assert sum(one.count for one in run(connection, timeline(parse(text)))) == len(expected.split()), text


async def test_what_is_left_out_is_counted(desk: Desk, connection: psycopg.Connection[Any]) -> None:
    assert run(connection, headlines_left_out(parse("ferry"))) == 0
    await fill(desk)
    left = {"ferry": 1, "zebra": 0, "ferry has:text": 0, "kind:video": 0, "ferry origin:page": 0, "ferry OR zebra": 1}
    assert {text: run(connection, headlines_left_out(parse(text))) for text in left} == left
    assert [one.value for one in run(connection, facets(parse("ferry")))["kind"]] == ["article", "video"]


async def test_views_and_counts_of_articles_have_no_headlines(desk: Desk, connection: psycopg.Connection[Any]) -> None:
    await fill(desk)
    for view in ("articles", "revisions"):
        rows = connection.execute(f"SELECT url, text_origin FROM news.{view} ORDER BY url".encode()).fetchall()
        assert [(row["url"].rpartition("/")[2], row["text_origin"]) for row in rows] == [
            ("feed", "feed"),
            ("page", "page"),
            ("video", "page"),
        ]
    rows = connection.execute(
        "SELECT url, text_origin, no_page_text_because FROM news.headlines ORDER BY url"
    ).fetchall()
    assert [(row["text_origin"], row["no_page_text_because"]) for row in rows] == [
        ("feed", "http_403"),
        ("none", "http_403"),
        ("page", None),
        ("page", None),
    ]
    totals = connection.execute("SELECT name, sum(value)::int AS n FROM dateline.total GROUP BY 1").fetchall()
    assert {row["name"]: row["n"] for row in totals if row["name"] in ("article", "headline")} == {
        "article": 3,
        "headline": 1,
    }
    tasks = connection.execute("SELECT task, count(*)::int AS n FROM dateline.article_task GROUP BY 1").fetchall()
    assert {row["task"]: row["n"] for row in tasks} == {"story": 3, "watch": 4}


async def test_an_opened_headline_counts_as_an_article(desk: Desk, connection: psycopg.Connection[Any]) -> None:
    await fill(desk)
    await desk.put(f"{SITE}/headline", WORDS + "It opened.", title="Ferry in a headline")
    totals = connection.execute("SELECT name, sum(value)::int AS n FROM dateline.total GROUP BY 1").fetchall()
    found = {row["name"]: row["n"] for row in totals if row["name"] in ("article", "headline")}
    assert found == {"article": 4, "headline": 0}
    assert run(connection, headlines_left_out(parse("ferry"))) == 0
    [row] = connection.execute("SELECT cause, text_origin FROM news.revisions WHERE number = 2").fetchall()
    assert (row["cause"], row["text_origin"]) == ("opened", "page")


async def test_an_opened_headline_is_a_copy_like_a_new_article(desk: Desk, connection: psycopg.Connection[Any]) -> None:
    """As if its page had been readable from the beginning: its text was elsewhere before."""
    await desk.put("https://wire.test/pier", WORDS)
    await desk.put(f"{SITE}/pier", "", title="Pier", **HEADLINE)
    await desk.put(f"{SITE}/pier", WORDS, title="Pier")
    [row] = connection.execute(
        "SELECT count(DISTINCT copy_family)::int AS n, count(*)::int AS articles FROM news.articles"
    ).fetchall()
    assert (row["n"], row["articles"]) == (1, 2)
