"""`/api/v1`: the same rows as the command line, cursors, errors, scopes, and the description of it all."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import msgspec
import orjson
import psycopg
import pyarrow
import pytest
import pytest_asyncio
from click.testing import CliRunner
from openapi_spec_validator import validate

from benchmarks.archive.api_paging import INSERT, page_through
from benchmarks.fuzz import openapi
from dateline.api.endpoints import ENDPOINTS
from dateline.cli.archive.search import search_command
from dateline.cli.archive.stories import stories
from dateline.cli.context import Context
from dateline.cli.sources.sources import list_command
from dateline.config import Settings
from dateline.console.access.secrets import hash_of_token, new_token
from dateline.console.server.serve import console_app
from sql.database import connect
from sql.frontier.sources import ListedSource
from sql.service.access import add_token
from tests.browser.archive import LIVELY, LOST, REVISED
from tests.browser.test_http import Answer, Client

NOW = dt.datetime.now(dt.UTC)


@pytest.fixture(scope="module")
def tokens(archive: str) -> Iterator[dict[str, dict[str, str]]]:
    """A header for each scope. With a token in the archive the interface is closed; its pages stay open."""
    made = {}
    with connect(archive, autocommit=True) as connection:
        for scope in ("read", "operate"):
            token = new_token()
            add_token(connection, scope, scope, hash_of_token(token), owner=None, expires_at=None, now=NOW)  # type: ignore[arg-type]
            made[scope] = {"authorization": f"Bearer {token}"}
        yield made
        connection.execute("DELETE FROM dateline.api_token")


@pytest_asyncio.fixture
async def app(archive: str, console_dir: Path) -> AsyncIterator[Any]:
    async with console_app(Settings(data_dir=console_dir, console_requests_a_minute=0), archive) as made:
        yield made


@pytest.fixture
def reader(app: Any, tokens: dict[str, dict[str, str]]) -> Client:
    return Client(app, more=tokens["read"])


def as_json(headers: dict[str, str]) -> dict[str, str]:
    return {**headers, "content-type": "application/json"}


def assert_problem(answer: Answer, status: int, said: str = "") -> None:
    assert answer.status == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "detail"} <= answer.json().keys()
    assert answer.json()["status"] == status
    assert said in answer.json()["detail"]


async def test_a_stranger_learns_how_to_get_in(app: Any, tokens: dict[str, Any]) -> None:
    for path in ("/api/v1/articles", "/api/v1/explain", "/api/v1/nothing"):
        answer = await Client(app).get(path)
        assert_problem(answer, 401, "dateline token add")
        assert "curl" in answer.json()["detail"]
        assert "Bearer" in answer.headers["www-authenticate"]
    assert_problem(await Client(app, more={"accept": "text/html"}).get("/api/v1/articles"), 401)
    assert_problem(
        await Client(app, more={"authorization": f"Bearer {new_token()}"}).get("/api/v1/articles"), 401, "not valid"
    )
    assert (await Client(app).get("/api/v1/openapi.json")).status == 200


async def test_the_description_is_valid_and_names_every_route(app: Any) -> None:
    document = (await Client(app).get("/api/v1/openapi.json")).json()
    validate(document)
    assert document["openapi"].startswith("3.1")
    assert {one.path for one in ENDPOINTS} <= document["paths"].keys()
    assert document["paths"]["/sources"]["post"]["security"][0] == {"token": ["operate"]}
    assert "security" not in document["paths"]["/sources"]["get"]


async def test_below_a_prefix_its_addresses_have_it(archive: str, console_dir: Path, tokens: dict[str, Any]) -> None:
    async with console_app(Settings(data_dir=console_dir, console_prefix="/news"), archive) as app:
        document = (await Client(app).get("/news/api/v1/openapi.json")).json()
        assert document["servers"] == [{"url": "/news/api/v1"}]
        page = await Client(app, more=tokens["read"]).get("/news/api/v1/articles", limit="1")
        assert page.headers["link"].startswith("</news/api/v1/articles?limit=1&after=n")


async def test_rows_are_those_of_the_command_line(reader: Client, archive: str, tmp_path: Path) -> None:
    context = Context(Settings(data_dir=tmp_path, database_url=archive))

    async def lines(command: Any, *arguments: str) -> list[Any]:
        done = await asyncio.to_thread(CliRunner().invoke, command, [*arguments, "--json"], obj=context)
        return [orjson.loads(line) for line in done.stdout.splitlines()]

    found = (await reader.get("/api/v1/search", q="ferry", limit="5")).json()["items"]
    assert found == await lines(search_command, "ferry", "--limit", "5")
    assert (await reader.get("/api/v1/facets", q="ferry")).json() == (await lines(search_command, "ferry", "--facets"))[
        0
    ]
    assert (await reader.get("/api/v1/count", q="ferry")).json() == (await lines(search_command, "ferry", "--count"))[0]
    counted = (await reader.get("/api/v1/counts", q="ferry", unit="week")).json()["items"]
    said = await lines(search_command, "ferry", "--timeline", "week")
    assert [(one["count"], one["total"], one["share"]) for one in counted] == [
        (one["count"], one["total"], one["share"]) for one in said
    ]
    assert (await reader.get("/api/v1/stories")).json()["items"] == await lines(stories)
    listed = [(await reader.get("/api/v1/sources")).json()["items"], await lines(list_command)]
    assert msgspec.convert(listed[0], list[ListedSource]) == msgspec.convert(listed[1], list[ListedSource])


async def test_every_question_is_answered(reader: Client, archive: str) -> None:
    with psycopg.connect(archive) as connection:
        [(article,)] = connection.execute("SELECT id FROM dateline.article WHERE url = %s", [REVISED]).fetchall()
        [(story,)] = connection.execute("SELECT story_id FROM dateline.story_member LIMIT 1").fetchall()
    params = {"article_at": {"url": REVISED}, "search": {"q": "pier"}, "explain": {"url": LOST}}
    keys = {"article": article, "revisions": article, "story": story}
    for one in ENDPOINTS:
        path = one.path.replace("{id}", str(keys.get(one.name, "")))
        answer = await reader.get(f"/api/v1{path}", **params.get(one.name, {}))
        assert answer.status == 200, (one.name, answer.text)
        items = answer.json()["items"] if one.is_list else [answer.json()]
        assert items or one.name == "headlines", one.name
    revisions = (await reader.get(f"/api/v1/articles/{article}/revisions")).json()["items"]
    assert [one["number"] for one in revisions] == [1, 2]
    assert (await reader.get("/api/v1/articles/at", url=REVISED)).json()["id"] == article


async def test_fields_are_chosen_and_an_unchanged_answer_is_not_sent_again(reader: Client) -> None:
    answer = await reader.get("/api/v1/articles", limit="2", fields="id, title")
    assert [list(one) for one in answer.json()["items"]] == [["id", "title"]] * 2
    again = Client(reader.app, more={**reader.more, "if-none-match": f'W/"x", {answer.headers["etag"]}'})
    same = await again.get("/api/v1/articles", limit="2", fields="id, title")
    assert (same.status, same.body) == (304, b"")
    assert (await again.get("/api/v1/articles", limit="3", fields="id,title")).status == 200


@pytest.mark.parametrize(
    ("path", "params", "status", "said"),
    [
        ("/articles", {"limit": "0"}, 422, "limit: "),
        ("/articles", {"after": "x"}, 422, "cursor"),
        ("/articles", {"order": "stored", "after": "n1.2"}, 422, "cursor"),
        ("/articles", {"fields": "id,nme"}, 422, "Choose from: id, url"),
        ("/search", {"q": "title:("}, 422, "q: "),
        ("/articles", {"limit": "many"}, 422, "a whole number from 1 to 1,000"),
        ("/articles", {"lmit": "3"}, 422, "lmit: unknown parameter. Choose from: limit, after, fields, q, order"),
        ("/articles", {"lmit": "", "q": "x"}, 422, "lmit: unknown parameter"),
        ("/count", {"q": "\n" * 2_001}, 422, "at most 2,000 characters"),
        ("/articles", {"order": "oldest"}, 422, "choose from newest, stored"),
        ("/search", {"limit": "2"}, 422, "q: is required: give a text"),
        ("/stories", {"since": "soon"}, 422, "since: give an instant such as"),
        ("/stories", {"since": "2026"}, 422, "since: give an instant such as"),
        ("/stories", {"since": "null"}, 422, "since: give an instant such as"),
        ("/articles", {"q": "x" * 2_001}, 422, "at most 2,000 characters"),
        ("/jobs/a\nb", {}, 404, "address"),
        ("/coverage", {"since": "2020-01-01"}, 422, "31 days"),
        ("/explain", {"url": "not a url"}, 422, "not a URL"),
        ("/articles/999999999", {}, 404, "999999999"),
        ("/articles/" + "9" * 5000, {}, 422, "id: "),
        ("/stories/999999999", {}, 404, "story"),
        ("/articles/at", {"url": "https://never.example/"}, 404, "/explain"),
        ("/nothing", {}, 404, "openapi.json"),
    ],
)
async def test_errors_are_problems_that_name_the_cure(
    reader: Client, path: str, params: dict[str, str], status: int, said: str
) -> None:
    assert_problem(await reader.get(f"/api/v1{path}", **params), status, said)


@pytest.mark.parametrize(
    ("accept", "gets"),
    [
        ("", "application/json"), ("*/*", "application/json"), ("text/html, application/*;q=.8", "application/json"),
        ("application/json;q=0.1, application/x-ndjson", "application/x-ndjson"), ("nonsense", "application/json"),
        ("APPLICATION/X-NDJSON;q=0.5", "application/x-ndjson"), ("application/x-ndjson;q=0, */*", "application/json"),
        ("text/csv", ""), ("application/json;q=0", ""), ("image/*, application/xml;q=1", ""),
    ],
)  # fmt: skip
async def test_the_form_is_the_one_that_is_accepted(app: Any, tokens: dict[str, Any], accept: str, gets: str) -> None:
    reader = Client(app, more={**tokens["read"], "accept": accept})
    for path in ("/articles", "/count"):
        answer = await reader.get(f"/api/v1{path}")
        if not gets:
            assert_problem(answer, 406, "application/x-ndjson")
        else:
            assert (answer.status, answer.headers["content-type"]) == (
                200,
                gets if path != "/count" else "application/json",
            )


async def test_other_methods_and_bodies_are_refused(app: Any, tokens: dict[str, Any]) -> None:
    operator = Client(app, more=as_json(tokens["operate"]))
    answer = await operator.ask("DELETE", "/api/v1/articles", "", b"")
    assert_problem(answer, 405, "GET")
    assert answer.headers["allow"] == "GET, HEAD"
    assert_problem(await operator.ask("POST", "/api/v1/fetches", "", b"x" * 70_000), 413, "65,536")
    for body in (b"", b"[]", b"{", b"\xff", b"{}", b'{"url": 3}', b'{"url": "x.example", "more": 1}'):
        assert_problem(await operator.ask("POST", "/api/v1/fetches", "", body), 422)
    plain = Client(app, more={**tokens["operate"], "content-type": "text/plain"})
    assert_problem(await plain.ask("POST", "/api/v1/fetches", "", b"{}"), 415, "Content-Type")
    assert_problem(await operator.ask("GET", "/api/v1/articles", "limit=1&limit=2", b""), 422, "twice")


async def test_only_scope_operate_changes_anything(app: Any, tokens: dict[str, Any], archive: str) -> None:
    reader, operator = (Client(app, more=as_json(tokens[scope])) for scope in ("read", "operate"))
    body = b'{"url": "https://morning-courier.example/news/asked-for"}'
    for path, given in ((f"/sources/{LIVELY}/pause", b""), ("/fetches", body), ("/sources", body)):
        answer = await reader.ask("POST", f"/api/v1{path}", "", given)
        assert_problem(answer, 403, "--scope operate")
        assert "insufficient_scope" in answer.headers["www-authenticate"]
    assert (await operator.ask("POST", f"/api/v1/sources/{LIVELY}/pause", "", b"")).status == 200
    with psycopg.connect(archive) as connection:
        paused = "SELECT is_paused FROM dateline.source WHERE name = %s"
        assert connection.execute(paused, [LIVELY]).fetchall() == [(True,)]
    assert (await operator.ask("POST", f"/api/v1/sources/{LIVELY}/resume", "", b"")).status == 200
    assert_problem(await operator.ask("POST", "/api/v1/sources/none/visit", "", b""), 404, "none")
    assert (await operator.ask("POST", "/api/v1/fetches", "", body)).status == 202
    inside = await operator.ask("POST", "/api/v1/fetches", "", b'{"url": "http://127.0.0.1/"}')
    assert_problem(inside, 422, "not allowed")
    asked = Client(app, more=tokens["read"]).get(
        "/api/v1/explain", url="https://morning-courier.example/news/asked-for"
    )
    assert (await asked).json()["line"]["state"] == "pending"


async def test_the_guard_of_the_console_answers_with_problems_too(app: Any, tokens: dict[str, Any]) -> None:
    assert_problem(await Client(app, host="evil.example", more=tokens["read"]).get("/api/v1/articles"), 421, "HOSTS")
    foreign = Client(app, more={**tokens["operate"], "origin": "https://evil.example"})
    assert_problem(await foreign.ask("POST", f"/api/v1/sources/{LIVELY}/pause", "", b""), 403, "other sites")


async def test_a_session_or_another_site_changes_nothing(archive: str, console_dir: Path) -> None:
    async with console_app(Settings(data_dir=console_dir, console_password="p"), archive) as app:
        browser = Client(app, more={"content-type": "application/json"})
        browser.more = {}
        assert (await browser.post("/login", {"password": "p"})).status == 303
        browser.more = {"content-type": "application/json"}
        assert (await browser.get("/api/v1/sources")).status == 200
        assert_problem(await browser.ask("POST", f"/api/v1/sources/{LIVELY}/pause", "", b""), 401)


async def test_a_source_is_added_as_a_job(app: Any, tokens: dict[str, Any]) -> None:
    operator = Client(app, more=as_json(tokens["operate"]))
    begun = await operator.ask("POST", "/api/v1/sources", "", b'{"url": "http://127.0.0.1:9/", "is_dry_run": true}')
    assert begun.status == 202
    assert (await operator.get(begun.headers["location"])).json()["state"] in ("running", "failed")
    other = Client(app, more=tokens["read"])
    assert (await other.get(begun.headers["location"])).status in (403, 404), "of another token"


async def test_all_rows_come_as_json_lines_or_arrow(app: Any, tokens: dict[str, Any]) -> None:
    every = (await Client(app, more=tokens["read"]).get("/api/v1/articles", limit="1000")).json()["items"]
    lines = Client(app, more={**tokens["read"], "accept": "application/x-ndjson"})
    answer = await lines.get("/api/v1/articles", limit="1")
    assert [orjson.loads(line) for line in answer.body.splitlines()] == every
    arrow = Client(app, more={**tokens["read"], "accept": "application/vnd.apache.arrow.stream"})
    table = pyarrow.ipc.open_stream(io.BytesIO((await arrow.get("/api/v1/articles")).body)).read_all()
    assert table.column("url").to_pylist() == [one["url"] for one in every]
    assert table.schema.field("published_at").type == pyarrow.timestamp("us", tz="UTC")
    stored = await lines.get("/api/v1/articles", order="stored", fields="id")
    keys = [orjson.loads(line)["id"] for line in stored.body.splitlines()]
    assert keys == sorted(one["id"] for one in every)


async def test_long_texts_make_shorter_pages(reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    every = (await reader.get("/api/v1/articles", limit="1000", fields="id")).json()["items"]
    monkeypatch.setattr("dateline.api.reads.STEP", 4)
    monkeypatch.setattr("dateline.api.reads.MOST_CHARACTERS", 3_000)
    page = (await reader.get("/api/v1/articles", limit="30", fields="id")).json()
    assert len(page["items"]) < 30
    rest = (await reader.get("/api/v1/articles", limit="1000", fields="id", after=page["next"])).json()
    assert page["items"] + rest["items"] == every[: len(page["items"]) + len(rest["items"])]
    assert rest["items"]


@pytest.mark.parametrize("span", [1, 3, 40])
async def test_spans_of_keys_leave_no_article_out(reader: Client, monkeypatch: pytest.MonkeyPatch, span: int) -> None:
    wanted = {"q": "kind:article -title:ferry", "order": "stored", "fields": "id"}
    every = (await reader.get("/api/v1/articles", **wanted, limit="1000")).json()["items"]
    monkeypatch.setattr("dateline.api.reads.FIRST_SPAN", span)
    found, page = [], {"next": None, "items": [None]}
    while page["items"]:
        more = {"after": page["next"]} if page["next"] else {}
        page = (await reader.get("/api/v1/articles", **wanted, **more, limit="7")).json()
        found += page["items"]
    assert found == every
    assert len(every) > 7


async def test_cursors_that_no_answer_gave_and_hostile_texts_are_answered(reader: Client) -> None:
    cursors = (
        "s", "s-1", "s1.2", "n1.2", "n999999999999999999.1", "r.1", "r1e999.5", "c2026-01-01T00:00:00+00:00.5", "c.1",
        "c0001-01-01T00:00:00+14:00.1", "o1.2", "o9.9.9", "o99999999999999999999.1.1", "\0", "\ud7ff\uffff", "'", "%00",
    )  # fmt: skip
    texts = (
        "\0",
        "a\0b",
        "' OR 1=1 --",
        "title:(",
        "((((",
        "a OR",
        "date:9999..0",
        "2026-13-45",
        "ß" * 300,
        "1e400",
        "9" * 900,
    )
    asked = [(one.path, "after", text) for one in ENDPOINTS if one.is_paged for text in cursors]
    asked += [("/search", "q", text) for text in texts] + [("/explain", "url", text) for text in texts]
    asked += [("/stories", "since", text) for text in texts]
    for path, name, text in asked:
        given = {"q": "ferry", name: text} if path == "/search" else {name: text}
        answer = await reader.get(f"/api/v1{path}", **given)
        assert answer.status in (200, 422), (path, given, answer.text)
        if answer.status == 422:
            assert_problem(answer, 422)


async def test_answers_are_as_the_description_says(archive: str, console_dir: Path, tokens: dict[str, Any]) -> None:
    """A cut of `make test-api-fuzz`."""
    token = tokens["operate"]["authorization"].removeprefix("Bearer ")
    only = ("articles", "copies", "fetch")
    async with openapi.console(archive, console_dir) as base:
        status, report = await openapi.play(base, token, examples=2, seed=2, only=only)
    assert status == 0, report
    assert "Tested: 3" in report


@pytest.mark.parametrize("order", ["stored", "newest"])
async def test_paging_loses_and_doubles_nothing_while_articles_arrive(
    order: str, database: str, tmp_path: Path
) -> None:
    with psycopg.connect(database) as connection:
        connection.execute(INSERT, {"rows": 2_000})
    async with console_app(Settings(data_dir=tmp_path, console_requests_a_minute=0), database) as app:
        found = await page_through(app, {}, database, order=order, limit=100)
    assert found.seen >= 2_000
    assert (found.lost, found.doubled) == (0, 0)
