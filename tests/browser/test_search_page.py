"""The search page: newest articles without a query, other searches where there are no hits, and dates by dragging."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from dateline.config import Settings
from dateline.console.pages.archive.suggestions import suggestions
from dateline.console.server.serve import console_app
from tests.browser.archive import LIVELY
from tests.browser.test_http import Client


@pytest_asyncio.fixture
async def client(archive: str, console_dir: Path) -> AsyncIterator[Client]:
    async with console_app(Settings(data_dir=console_dir), archive) as made:
        yield Client(made)


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("ferry pier", ["ferry OR pier"]),
        ("harbour", ["harbour*"]),
        ('"old pier" date:2020', ['"old pier"', "old pier date:2020"]),
        ("ferry site:x.example date:7d", ["ferry site:x.example", "ferry", "ferry*"]),
        ("site:x.example", []),
    ],
)
def test_other_searches_ask_for_less(text: str, others: list[str]) -> None:
    found = suggestions(text, with_copies=False)
    assert [one.query for one in found if not one.with_copies] == others
    assert found[-1].query == text
    assert found[-1].with_copies
    assert all(not one.with_copies for one in suggestions(text, with_copies=True))


async def test_an_empty_query_shows_the_newest_articles(client: Client) -> None:
    page = (await client.get("/search.json")).json()
    assert len(page["hits"]) == 20
    dates = [one["published_at"] or one["first_seen_at"] for one in page["hits"]]
    assert dates == sorted(dates, reverse=True)
    html = (await client.get("/search")).text
    assert '<details id="language" open>' in html
    assert "Newest articles" in html


async def test_no_hits_suggest_other_searches(client: Client) -> None:
    page = (await client.get("/search", q="zebra ferry")).text
    assert "No article matches." in page
    assert '/search?q=zebra+OR+ferry"' in page
    assert "Try" not in (await client.get("/search", q="ferry")).text.split("<main", 1)[1]


async def test_what_can_be_done_with_a_search_stands_above_its_hits(client: Client) -> None:
    page = (await client.get("/search", q="ferry")).text
    hits = page.index('<ol class="hits">')
    for word in ("Watch this search", "Export as CSV", "Compare with another search", 'id="hit-count"'):
        assert page.index(word) < hits, word


async def test_a_statement_that_writes_is_told_what_the_page_runs(client: Client) -> None:
    answer = await client.post("/sql", {"sql": f"DELETE FROM articles WHERE source = '{LIVELY}'"})
    assert answer.status == 400
    assert "This page is read only." in answer.text


async def test_numbers_are_right_aligned_and_columns_keep_their_names(client: Client) -> None:
    page = (await client.post("/sql", {"sql": "SELECT 1 AS \"aNumber\", 'x' AS word"})).text
    assert '<th scope="col" class="raw n">aNumber</th><th scope="col" class="raw">word</th>' in page
    assert '<td class="n">1</td><td>x</td>' in page
    assert "/sql?q=SELECT+1+AS" in page
