"""What programs may read: with the password in each request, or a watch's feed at its secret address."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from dateline.config import Settings
from dateline.console.access import login_tries
from dateline.console.access.authentication import basic_credentials
from dateline.console.server.serve import console_app
from tests.browser.archive import LIVELY
from tests.browser.test_http import Client

PASSWORD = "correct: hörse"


def basic(password: str, user: str = "anyone") -> dict[str, str]:
    return {"authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


@pytest_asyncio.fixture
async def app(archive: str, console_dir: Path) -> AsyncIterator[Any]:
    settings = Settings(data_dir=console_dir, console_password=PASSWORD, console_host="0.0.0.0")
    async with console_app(settings, archive) as made:
        yield made


async def test_data_is_read_with_the_password_in_the_request(app: Any) -> None:
    for path in ("/sources.json", "/sources.csv", "/watches/ferries.atom", "/export"):
        refused = await Client(app).get(path, view="sources")
        assert refused.status == 401, path
        assert refused.headers["www-authenticate"].startswith("Basic ")
        assert (await Client(app, more=basic(PASSWORD)).get(path, view="sources")).status == 200, path
        assert (await Client(app, more=basic("wrong")).get(path, view="sources")).status == 401, path


async def test_pages_and_forms_need_a_session(app: Any) -> None:
    with_password = Client(app, more=basic(PASSWORD))
    assert (await with_password.get("/sources")).status == 303
    assert (await with_password.post("/source/pause", {"name": LIVELY}, token="x")).status == 401


async def test_a_form_of_an_ended_session_leads_to_the_login_and_back_to_the_form(app: Any) -> None:
    place = {"accept": "text/html", "referer": "http://127.0.0.1:8765/sources/edit?name=x"}
    for more in (place, place | {"accept": "*/*", "hx-request": "true"}):
        refused = await Client(app, more=more).post("/sources/save", {"name": "x"}, token="x")
        assert refused.status == 303
        assert refused.headers["location"] == "/login?next=%2Fsources%2Fedit%3Fname%3Dx&ended=1"
    strange = await Client(app, more=place | {"referer": "http://[x/"}).post("/sources/save", {"name": "x"}, token="x")
    assert strange.headers["location"] == "/login?next=%2F&ended=1"
    page = await Client(app).get("/login", next="/sources/edit?name=x", ended="1")
    assert "Your session has ended, so nothing was changed." in page.text


async def test_a_browser_is_led_to_the_login(app: Any) -> None:
    browser = Client(app, more={"accept": "text/html,*/*"})
    answer = await browser.get("/sources.csv")
    assert (answer.status, answer.headers["location"]) == (303, "/login?next=%2Fsources.csv")


async def test_many_wrong_passwords_make_tries_slow(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login_tries, "TURN_S", 0.01)
    wrong = Client(app, more=basic("wrong"))
    statuses = [(await wrong.get("/sources.json")).status for _ in range(7)]
    assert statuses == [401] * 5 + [429] * 2
    assert (await Client(app, more=basic(PASSWORD)).get("/sources.json")).status == 200, "never shut out"


async def test_a_feed_has_a_secret_address(app: Any) -> None:
    watches = (await Client(app, more=basic(PASSWORD)).get("/watches.json")).json()["watches"]
    path, _, query = next(one["feed_path"] for one in watches if one["name"] == "ferries").partition("?")
    feed = await Client(app).ask("GET", path, query, b"")
    assert (feed.status, feed.headers["content-type"]) == (200, "application/atom+xml")
    for wrong in ("key=00000000-0000-0000-0000-000000000000", "key=x", "key=%C3%A9"):
        assert (await Client(app).ask("GET", path, wrong, b"")).status == 404, wrong
    assert (await Client(app).ask("GET", path, "key=", b"")).status == 401
    assert (await Client(app).ask("GET", "/sources.json", query, b"")).status == 401, "the key opens its feed alone"


def test_a_password_may_hold_a_colon() -> None:
    assert basic_credentials(basic("a:b", user="ada")["authorization"]) == ("ada", "a:b")
    for header in (
        "",
        "Basic",
        "Basic !!!",
        "Bearer x",
        "Basic " + base64.b64encode(b"nocolon").decode(),
        "Basic /w==",
    ):
        assert basic_credentials(header) is None, header
    assert re.fullmatch(r"Basic \S+", basic("x")["authorization"])
