"""Who gets mail is changed in the console: recipients of a watch and of alarms, seen by operators alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from dateline.config import Settings
from dateline.console.server.serve import console_app
from tests.browser.test_http import Client

MAIL = {"mail_server": "localhost:1", "mail_security": "none", "mail_from": "News <news@example.org>"}


@pytest_asyncio.fixture
async def client(archive: str, console_dir: Path) -> AsyncIterator[Client]:
    async with console_app(Settings(data_dir=console_dir, **MAIL), archive) as app:  # type: ignore[arg-type]
        yield Client(app)


async def test_a_recipient_of_a_watch_is_added_changed_and_removed(client: Client) -> None:
    form = {"name": "ferries", "address": "Ada@Example.ORG"}
    for every, said in (("hour", "once an hour"), ("match", "at once")):
        assert (await client.post("/watches/mail", {**form, "every": every})).status == 303
        page = await client.get("/watches", name="ferries")
        assert f"Ada@example.org gets mail of ferries {said}." in page.text
    [recipient] = (await client.get("/watches.json", name="ferries")).json()["recipients"]
    assert (recipient["address"], recipient["every"]) == ("Ada@example.org", "match")
    await client.post("/watches/mail", {**form, "every": "never"})
    assert "No more mail of ferries to Ada@example.org." in (await client.get("/watches", name="ferries")).text
    assert (await client.get("/watches.json", name="ferries")).json()["recipients"] == []


@pytest.mark.parametrize("path", ["/watches/mail", "/alarms/mail"])
async def test_what_is_no_address_is_said(client: Client, path: str) -> None:
    answer = await client.post(path, {"name": "ferries", "address": "<script>alert(1)</script>", "every": "day"})
    assert answer.status == 303
    page = await client.ask("GET", *answer.headers["location"].partition("?")[::2], b"")
    assert "is not a mail address" in page.text
    assert "<script>alert" not in page.text


async def test_alarms_are_mailed_to_an_address_that_is_added(client: Client) -> None:
    await client.post("/alarms/mail", {"address": "ops@example.org"})
    assert (await client.get("/alarms.json")).json()["recipients"] == ["ops@example.org"]
    await client.post("/alarms/mail", {"address": "ops@example.org", "every": "never"})
    assert "Alarms are not mailed to ops@example.org any more." in (await client.get("/alarms")).text
    assert (await client.get("/alarms.json")).json()["recipients"] == []


async def test_without_a_mail_server_the_cure_is_said(archive: str, console_dir: Path) -> None:
    async with console_app(Settings(data_dir=console_dir), archive) as app:
        client = Client(app)
        for path, page, params in (("/watches/mail", "/watches", {"name": "ferries"}), ("/alarms/mail", "/alarms", {})):
            await client.post(path, {"name": "ferries", "address": "ops@example.org"})
            assert "Mail is not set up: set mail_server and mail_from" in (await client.get(page, **params)).text


async def test_a_watch_that_there_is_not_is_named(client: Client) -> None:
    for end in ("", ".json", ".csv"):
        answer = await client.get(f"/watches{end}", name="nobody")
        assert answer.status == 404
        assert "No watch is called “nobody”." in answer.text
