"""Every page as HTML, JSON and CSV: the same rows, the way on to one's own kind, and errors that are errors in all three.

The pages are those that the application routes, so a new one is tried, too.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest_asyncio

from dateline.config import Settings
from dateline.console.server.routes import VIEWS, View
from dateline.console.server.serve import console_app
from tests.browser.test_http import PARAMETERS, Answer, Client, known

ENDS = ("", ".json", ".csv")
WRONG = ("title:(", "-1", "9" * 30, "\x00", "no such thing", "<b>", "2026-13-45")


@pytest_asyncio.fixture
async def client(archive: str, console_dir: Path) -> AsyncIterator[Client]:
    async with console_app(Settings(data_dir=console_dir), archive) as app:
        yield Client(app)


async def in_three_forms(client: Client, view: View, params: dict[str, str]) -> list[Answer]:
    return [await client.get(view.path + end, **params) for end in ENDS]


def rows_of(view: View, answer: Answer) -> int:
    """How many rows the JSON has of the table that is the CSV."""
    data = answer.json()
    if view.name == "difference":
        return len(data["difference"]["rows"])
    return len(view.table(json.loads(answer.text, object_hook=lambda found: SimpleNamespace(**found))))


async def test_json_and_csv_hold_the_same_rows_and_lead_on_to_their_own_kind(client: Client, archive: str) -> None:
    led_on = set()
    for view in VIEWS:
        _, as_json, as_csv = await in_three_forms(client, view, known(archive).get(view.name, {}))
        rows = list(csv.reader(io.StringIO(as_csv.text)))[1:]
        assert len(rows) == rows_of(view, as_json), view.name
        onward = as_json.json().get("next")
        link = re.fullmatch(r'<(\S+)>; rel="next"', as_csv.headers.get("link", ""))
        assert bool(onward) == bool(link), view.name
        if onward and link:
            led_on.add(view.name)
            assert onward.startswith(f"{view.path}.json?"), view.name
            assert link[1].startswith(f"{view.path}.csv?"), view.name
            further = [await client.ask("GET", *one.partition("?")[::2], b"") for one in (onward, link[1])]
            more = list(csv.reader(io.StringIO(further[1].text)))[1:]
            assert len(more) == rows_of(view, further[0]), view.name
            assert not {tuple(row) for row in more} & {tuple(row) for row in rows}, view.name
    assert {"search", "names"} <= led_on


async def test_an_error_is_one_in_all_three_forms(client: Client) -> None:
    """A page that answers 200 shows no error."""
    wrong = 0
    asked = [(view, name) for view in VIEWS for name in PARAMETERS[view.path]]
    for number, (view, name) in enumerate(asked * 2):
        value = WRONG[number % len(WRONG)]
        html, *data = await in_three_forms(client, view, {name: value})
        statuses = [html.status, *(one.status for one in data)]
        assert statuses in ([200] * 3, [400] * 3, [404] * 3), (view.name, name, value, statuses)
        assert ('role="alert"' in html.text) == (html.status != 200), (view.name, name, value)
        if html.status != 200:
            wrong += 1
            assert all(one.json()["error"] for one in data), (view.name, name, value)
    assert wrong > 10


def routed(app: Any) -> set[str]:
    """The addresses that answer GET."""
    while not hasattr(app, "routes"):
        app = app._app
    return {route.path for route in app.routes if "GET" in (getattr(route, "methods", None) or ())}


async def test_every_routed_page_is_known_to_these_tests(client: Client) -> None:
    pages = {view.path + end for view in VIEWS for end in ENDS}
    others = {"/", "/login", "/healthz", "/robots.txt", "/favicon.ico", "/export", "/watches/{name}.atom"}
    forms = {"/sources/new", "/sources/edit", "/sources/import", "/names/list.csv", "/password"}
    assert routed(client.app) == pages | others | forms


async def test_a_browser_gets_refusals_as_pages_and_a_program_as_text(client: Client) -> None:
    program, browser = Client(client.app), Client(client.app, more={"accept": "text/html,*/*;q=0.8"})
    for one, kind in ((program, "text/plain; charset=utf-8"), (browser, "text/html; charset=utf-8")):
        answer = await one.post("/saved/save", {"name": "x"}, token="old")
        assert (answer.status, answer.headers["content-type"]) == (403, kind)
        assert "This form has expired." in answer.text
    assert "<h1>Refused</h1>" in answer.text
    opened = await browser.get("/saved/save")
    assert (opened.status, "Open the page that has it." in opened.text) == (405, True)


async def test_errors_in_the_console_name_no_command(client: Client) -> None:
    for path, form, said in (
        (
            "/watches/add",
            {"name": "ferries", "query": "ferry", "feed": "1"},
            "A watch is called &#39;ferries&#39; already.",
        ),
        (
            "/watches/add",
            {"name": "x", "query": "ferry", "feed": "1", "template": "slack"},
            "needs a webhook",
        ),
        ("/tokens/add", {"name": "x", "scope": "read", "days": "30", "user": "zoe"}, "Unknown user &#39;zoe&#39;."),
        ("/users/change", {"do": "remove", "name": "zoe"}, "This is the last operator"),
        ("/users/change", {"do": "add", "name": "zoe", "role": "reader"}, "The first user must be an operator."),
    ):
        answer = await client.post(path, form)
        assert answer.status == 400
        assert said in answer.text
        [alert] = re.findall(r'role="alert">([^<]*)', answer.text)
        assert not re.search("`|--", alert)
