"""Names are imported, looked through and removed in the console, and the downloaded list can be imported."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from dateline.config import Settings
from dateline.console.server.serve import console_app
from dateline.names.name_list import read_names
from tests.browser.test_http import Client


@pytest_asyncio.fixture
async def client(archive: str, console_dir: Path) -> AsyncIterator[Client]:
    async with console_app(Settings(data_dir=console_dir), archive) as app:
        yield Client(app)


async def test_a_list_is_imported_searched_downloaded_and_removed_from(client: Client) -> None:
    sent = await client.post(
        "/names/import", {"file": 'id,kind,name,aliases\n"x<b>",person,Bo "B" Lund,Lund|B. Lund\n'}
    )
    assert sent.status == 303
    assert "1 name imported." in (await client.get("/names")).text
    [found] = (await client.get("/names.json", q="b. lund")).json()["names"]
    assert (found["id"], found["name"], found["articles"]) == ("x<b>", 'Bo "B" Lund', 0)
    assert found["aliases"] == ["B. Lund", "Lund"]
    assert "<small>also B. Lund, Lund</small>" in (await client.get("/names", q="b. lund")).text
    whole = (await client.get("/names/list.csv")).text
    assert [(one.name, one.aliases) for one in read_names(whole) if one.id == "x<b>"] == [
        ('Bo "B" Lund', ("B. Lund", "Lund"))
    ]
    assert (await client.post("/names/remove", {"id": "x<b>"})).status == 303
    assert (await client.get("/names.json", q="b. lund")).json()["names"] == []
    await client.post("/names/remove", {"id": "x<b>"})
    assert "x&lt;b&gt; had been removed before." in (await client.get("/names")).text


@pytest.mark.parametrize("file", ["", "\x00", "a,b", "Q1,dragon,Smaug,,", '"Q1,person', "x" * 9_000])
async def test_a_wrong_list_is_refused_whole_and_kept_in_the_form(client: Client, file: str) -> None:
    before = (await client.get("/names.json")).json()["names"]
    answer = await client.post("/names/import", {"file": file})
    assert answer.status == 400
    assert "columns are id, kind, name, aliases, language" in answer.text
    assert (await client.get("/names.json")).json()["names"] == before
