"""Saved queries over HTTP: a name in the address opens one, nothing is replaced unasked, and what is wrong is said."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio

from dateline.config import Settings
from dateline.console.server.serve import console_app
from tests.browser.test_http import Client

NAME = "Ferries & “piers”"
SEARCH = {"kind": "search", "query": "ferry OR pier", "order": "best", "copies": "1"}


@pytest_asyncio.fixture
async def client(archive: str, console_dir: Path) -> AsyncIterator[Client]:
    async with console_app(Settings(data_dir=console_dir), archive) as app:
        yield Client(app)


async def test_a_name_in_the_address_opens_what_was_saved(client: Client) -> None:
    try:
        saved = await client.post("/saved/save", {**SEARCH, "name": NAME})
        assert saved.status == 303
        page = (await client.get("/search.json", saved=NAME)).json()
        assert (page["q"], page["order"], page["is_collapsed"], page["title"]) == ("ferry OR pier", "best", False, NAME)
        assert (
            page["hits"]
            == (await client.get("/search.json", q="ferry OR pier", order="best", copies="1")).json()["hits"]
        )
        assert (await client.get("/search.json", saved=NAME, q="tram")).json()["is_changed"]
        assert (await client.get("/sql.json", saved=NAME)).status == 404, "it is no statement"
        changed = {**SEARCH, "name": NAME, "query": "tram"}
        assert (await client.post("/saved/save", changed)).status == 400, "nothing is replaced unasked"
        assert (await client.post("/saved/save", {**changed, "replace": "1"})).status == 303
        assert (await client.get("/search.json", saved=NAME)).json()["q"] == "tram"
        assert (await client.post("/saved/rename", {"name": NAME, "new_name": "Trams"})).status == 303
        assert [one["name"] for one in (await client.get("/saved.json")).json()["saved"]] == ["Trams"]
        assert (await client.get("/search", saved=NAME)).status == 404
    finally:
        await client.post("/saved/remove", {"name": "Trams"})
        await client.post("/saved/remove", {"name": NAME})


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({**SEARCH, "name": ""}, "Enter a name"),
        ({**SEARCH, "name": " \x00\u202e "}, "Enter a name"),
        ({**SEARCH, "name": "x" * 101}, "Enter a name"),
        ({**SEARCH, "name": "a", "query": " "}, "There is nothing to save"),
    ],
)
async def test_what_cannot_be_saved_is_said_and_kept_in_the_form(
    client: Client, form: dict[str, str], said: str
) -> None:
    answer = await client.post("/saved/save", form)
    assert answer.status == 400
    assert said in answer.text
    assert form["query"].strip() in answer.text
    assert (await client.get("/saved.json")).json()["saved"] == []


async def test_no_user_has_too_many(client: Client, archive: str) -> None:
    with psycopg.connect(archive, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO dateline.saved_query (name, kind, query, ordering, with_copies, saved_at)"
            " SELECT 'n' || n, 'sql', 'SELECT 1', 'newest', false, now() FROM generate_series(1, 500) AS n"
        )
        refused = await client.post("/saved/save", {**SEARCH, "name": "one more"})
        replaced = await client.post("/saved/save", {**SEARCH, "name": "n1", "replace": "1"})
        connection.execute("DELETE FROM dateline.saved_query")
    assert (refused.status, replaced.status) == (400, 303)
    assert "You have 500 saved queries. Remove one first." in refused.text
