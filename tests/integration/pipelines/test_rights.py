"""Publishers' statements on each article: since when they are made, and where they are shown."""

from __future__ import annotations

import datetime as dt
from typing import Any

import psycopg
import pytest

from crawler.politeness.robots import RobotsRules, record_of
from crawler.politeness.robots_parser import read_robots
from dateline.explain import steps_of
from dateline.types.article import Hints
from dateline.types.rights import Statement
from pipelines.extract.extract import extract_page
from pipelines.rights import keep_rights
from sql.frontier.explain import facts_of_url
from tests.integration.conftest import NOW, Desk

URL = "https://bay.test/pier"
NOAI = Statement("robots", "noarchive", "meta robots")
SIGNAL = Statement("content-signal", "ai-train=no", "robots.txt")
LICENCE = Statement("license", "https://bay.test/licence", "json-ld")
LATER = NOW + dt.timedelta(hours=6)


async def stated(desk: Desk) -> list[tuple[Any, ...]]:
    async with desk.pool.connection() as conn:
        found = await conn.execute(
            "SELECT url, kind, value, origin, seen_at, gone_at FROM news.rights ORDER BY kind, value"
        )
        return await found.fetchall()


async def test_statements_stand_from_when_they_were_seen_until_a_check_misses_them(desk: Desk) -> None:
    due = await desk.due(URL)
    await desk.put(URL, due=due, rights=(NOAI, LICENCE))
    await desk.put(URL, due=due, now=LATER, rights=(LICENCE, SIGNAL))
    assert await stated(desk) == [
        (URL, "content-signal", "ai-train=no", "robots.txt", LATER, None),
        (URL, "license", "https://bay.test/licence", "json-ld", NOW, None),
        (URL, "robots", "noarchive", "meta robots", NOW, LATER),
    ]
    await desk.put(URL, due=due, now=LATER + dt.timedelta(days=1), rights=(NOAI,))
    assert [(value, gone is None) for _, _, value, _, _, gone in await stated(desk)] == [
        ("ai-train=no", False), ("https://bay.test/licence", False), ("noarchive", True)
    ]  # fmt: skip


async def test_what_is_reserved_keeps_the_page_out_only_if_that_is_obeyed(desk: Desk) -> None:
    refused = await desk.put(URL, rights=(Statement("robots", "noai", "meta robots"),), directives=("noai",))
    assert refused.result.reason == "noai"
    assert await stated(desk) == []


async def test_explain_names_them_with_where_and_since_when(desk: Desk, database: str) -> None:
    await desk.put(URL, rights=(SIGNAL,))
    with psycopg.connect(database) as connection:
        facts = facts_of_url(connection, URL)
    words = " ".join(step.text for step in steps_of(facts, now=NOW))
    assert "its publisher states content-signal: ai-train=no (robots.txt), as seen 2026-05-04 12:00:00Z" in words


async def test_reading_an_archived_page_again_adds_and_ends_nothing(desk: Desk) -> None:
    stored = await desk.put(URL, rights=(SIGNAL,))
    found = extract_page(
        b"<html><head><meta name=robots content=noarchive><title>x</title>", url=URL, hints=Hints(), now=NOW
    )
    assert stored.article_id is not None
    async with desk.pool.connection() as conn:
        await keep_rights(conn, stored.article_id, found, now=NOW, is_all=False)
    assert {(value, gone) for _, _, value, _, _, gone in await stated(desk)} == {
        ("ai-train=no", None),
        ("noarchive", None),
    }


@pytest.mark.parametrize("value", ["é" * 9_000, "\U0001f6a2" * 600])
async def test_the_longest_statements_can_be_stored(desk: Desk, value: str) -> None:
    page = f'<html><head><meta name="tdm-policy" content="https://x.test/{value}"><title>x</title></head><p>x'
    robots = f"User-agent: *\nLicense: https://x.test/{value}\nContent-Signal: ai-train=no"
    rules = RobotsRules(
        record_of("https://bay.test", 200, robots.encode(), now=NOW), read_robots(robots.encode(), "Dateline")
    )
    found = extract_page(page.encode(), url=URL, hints=Hints(site_rights=rules.rights(URL)), now=NOW)
    assert len(found.rights) == 3
    await desk.put(URL, rights=found.rights)
    assert len(await stated(desk)) == 3


async def test_they_go_with_the_article(desk: Desk) -> None:
    stored = await desk.put(URL, rights=(SIGNAL,))
    async with desk.pool.connection() as conn:
        await conn.execute("DELETE FROM dateline.article WHERE id = %s", (stored.article_id,))
    assert await stated(desk) == []
