"""The console over HTTP, asked in process: twins, guard, login, and 1,800 naughty strings that change nothing."""

from __future__ import annotations

import asyncio
import csv
import io
import os
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
import psycopg
import pytest
import pytest_asyncio

from dateline.config import Settings
from dateline.console.access.middleware import CSP
from dateline.console.server.routes import VIEWS
from dateline.console.server.serve import console_app
from tests.browser.archive import FAILING, LIVELY, LOST, QUIET, REVISED
from tests.browser.naughty import naughty

HOST = "127.0.0.1:8765"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return orjson.loads(self.body)


@dataclass
class Client:
    """Asks an ASGI application as a browser does, with its cookie."""

    app: Any
    host: str = HOST
    cookie: str = ""
    token: str = ""
    more: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str, **params: str) -> Answer:
        return await self.ask("GET", path, urlencode(params, errors="replace"), b"")

    async def post(self, path: str, form: Mapping[str, str], *, token: str | None = None) -> Answer:
        if token is None and not self.token:
            self.token = re.findall(r'name="token" value="([^"]+)"', (await self.get("/login")).text)[0]
        fields = {**form, "token": self.token if token is None else token}
        return await self.ask("POST", path, "", urlencode(fields, errors="replace").encode())

    async def ask(self, method: str, path: str, query: str, body: bytes) -> Answer:
        headers = {"host": self.host, "content-type": "application/x-www-form-urlencoded", **self.more}
        if self.cookie:
            headers["cookie"] = self.cookie
        given = [body]
        started: dict[str, Any] = {}
        chunks: list[bytes] = []

        async def receive() -> dict[str, Any]:
            if given:
                return {"type": "http.request", "body": given.pop(), "more_body": False}
            await asyncio.Event().wait()
            raise AssertionError

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                started.update(message)
            else:
                chunks.append(message.get("body", b""))

        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": path,
            "raw_path": path.encode(), "query_string": query.encode(), "root_path": "", "client": ("127.0.0.1", 5),
            "server": ("127.0.0.1", 8765),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }  # fmt: skip
        await self.app(scope, receive, send)
        got = {name.decode().lower(): value.decode() for name, value in started["headers"]}
        if "set-cookie" in got:
            self.cookie = got["set-cookie"].split(";")[0]
            self.token = ""
        return Answer(started["status"], got, b"".join(chunks))


@pytest_asyncio.fixture
async def app(archive: str, console_dir: Path) -> AsyncIterator[Any]:
    async with console_app(Settings(data_dir=console_dir), archive) as made:
        yield made


@pytest.fixture
def client(app: Any) -> Client:
    return Client(app)


def known(archive: str) -> dict[str, dict[str, str]]:
    """Parameters with which each page has something to show."""
    with psycopg.connect(archive) as connection:
        [(article,)] = connection.execute("SELECT id FROM dateline.article WHERE url = %s", [REVISED]).fetchall()
        story = connection.execute("SELECT story_id FROM dateline.story_member LIMIT 1").fetchone()
    return {
        "source": {"name": LIVELY},
        "article": {"id": str(article)},
        "story": {"id": str(story[0]) if story else "0"},
        "explain": {"url": LOST},
        "search": {"q": "ferry"},
        "facets": {"q": "ferry"},
        "compare": {"a": "ferry", "b": "tram"},
        "difference": {"older": str(article), "newer": REVISED},
        "stories": {"outlets": "1", "days": "30"},
    }


async def test_every_page_has_twins_with_the_same_rows(client: Client, archive: str) -> None:
    params = known(archive)
    for view in VIEWS:
        html, as_json, as_csv = [
            await client.get(view.path + end, **params.get(view.name, {})) for end in ("", ".json", ".csv")
        ]
        assert [one.status for one in (html, as_json, as_csv)] == [200, 200, 200], view.name
        assert html.headers["content-type"].startswith("text/html")
        assert as_json.headers["content-type"] == "application/json"
        assert "title" in as_json.json()
        [head, *rows] = list(csv.reader(io.StringIO(as_csv.text)))
        assert head, view.name
        assert all(len(row) == len(head) for row in rows), view.name
        if view.name != "sql":
            links = re.findall(r'href="(/[^"]*\.(?:json|csv)[^"]*)"', html.text)
            assert len([link for link in links if link.startswith(view.path + ".")]) == 2, view.name


async def test_every_answer_bears_the_headers(client: Client) -> None:
    for path in ("/", "/sources.json", "/nowhere", "/static/console.css", "/export"):
        headers = (await client.get(path)).headers
        assert headers["content-security-policy"] == CSP, path
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
    assert CSP == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )


async def test_no_inline_script_or_style(client: Client, archive: str) -> None:
    for view in VIEWS:
        text = (await client.get(view.path, **known(archive).get(view.name, {}))).text
        assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=\"|hx-on", text), view.name


async def test_another_name_is_refused(app: Any) -> None:
    """Without the check, a page of another site reads the archive by DNS rebinding."""
    for host, status in (
        (HOST, 200),
        ("localhost", 200),
        ("[::1]:8765", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("", 421),
    ):
        assert (await Client(app, host=host).get("/sources.json")).status == status, host


async def test_a_form_needs_its_token(client: Client, archive: str) -> None:
    form = {"name": LIVELY}
    assert (await client.post("/source/pause", form, token="")).status == 403
    assert (await client.post("/source/pause", form, token="0" * 64)).status == 403
    other = Client(client.app)
    await other.get("/")
    stolen = re.findall(r'name="token" value="([^"]+)"', (await other.get("/login")).text)[0]
    await client.get("/")
    assert (await client.post("/source/pause", form, token=stolen)).status == 403
    client.more = {"origin": "http://evil.example"}
    assert (await client.post("/source/pause", form)).status == 403
    with psycopg.connect(archive) as connection:
        assert connection.execute("SELECT is_paused FROM dateline.source WHERE name = %s", [LIVELY]).fetchone() == (
            False,
        )


async def test_the_cookie_is_kept_from_scripts_and_other_sites(client: Client) -> None:
    cookie = (await client.get("/")).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    forged = client.cookie[:-1] + ("0" if client.cookie[-1] != "0" else "1")
    client.cookie = forged
    assert "set-cookie" in (await client.get("/")).headers


async def test_the_password_is_asked_for_and_tries_are_few(archive: str, console_dir: Path) -> None:
    settings = Settings(data_dir=console_dir, console_password="correct horse", console_host="0.0.0.0")
    async with console_app(settings, archive) as app:
        client = Client(app)
        answer = await client.get("/sources", q="x")
        assert (answer.status, answer.headers["location"]) == (303, "/login?next=%2Fsources%3Fq%3Dx")
        assert (await client.get("/sources.json")).status == 401
        assert (await client.get("/export", view="articles")).status == 401
        for place, wrong in enumerate(["", "correct", "Correct horse", "correct horse ", "x" * 9000, "wrong"]):
            answer = await client.post("/login", {"password": wrong})
            assert answer.status == (403 if place < 5 else 429), place
        assert int(answer.headers["retry-after"]) > 0
        assert (await client.post("/login", {"password": "correct horse"})).status == 303, "never shut out"
    async with console_app(settings, archive) as app:
        client = Client(app)
        before = (await client.get("/login"), client.cookie)[1]
        assert (await client.post("/login", {"password": "correct horse"})).status == 303
        assert client.cookie != before
        assert (await client.get("/sources.json")).status == 200
        assert (await client.post("/logout", {})).status == 303
        assert (await client.get("/sources.json")).status == 401
    async with console_app(Settings(data_dir=console_dir, console_password="another"), archive) as app:
        assert (await Client(app, cookie=client.cookie).get("/sources.json")).status == 401


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "/x\r\nSet-Cookie: a=b"]
)
async def test_a_login_leads_nowhere_else(archive: str, console_dir: Path, wanted: str) -> None:
    async with console_app(Settings(data_dir=console_dir, console_password="p"), archive) as app:
        client = Client(app)
        await client.get("/login")
        client.token = re.findall(r'name="token" value="([^"]+)"', (await client.get("/login")).text)[0]
        body = urlencode({"password": "p", "token": client.token}).encode()
        answer = await client.ask("POST", "/login", urlencode({"next": wanted}), body)
        assert (answer.status, answer.headers["location"]) == (303, "/")


async def test_the_head_of_each_kind_of_page_can_be_asked_for(archive: str, console_dir: Path) -> None:
    async with console_app(Settings(data_dir=console_dir, console_password="p"), archive) as app:
        heads = [(await Client(app).ask("HEAD", path, "", b"")).status for path in ("/login", "/sources", "/healthz")]
    assert heads == [200, 303, 200]


async def test_a_formula_is_defused_in_csv(client: Client) -> None:
    answer = await client.post("/sql.csv", {"sql": "SELECT '=1+1' AS a, '@x' AS b, -1 AS c"})
    assert answer.text.splitlines()[1] == "'=1+1,'@x,-1"


async def test_a_statement_can_only_read_what_analysts_read(client: Client, archive: str) -> None:
    """As the owner after SET ROLE, the second one would give the owner's rights back within the query."""
    for sql, said in (
        ("SELECT * FROM dateline.article", "permission denied for schema dateline"),
        ("SELECT set_config('role', 'dateline', true)", "permission denied to set role"),
        ("SELECT pg_read_file('/etc/hostname')", "permission denied for function pg_read_file"),
        ("SELECT 1; DROP VIEW news.articles", "cannot insert multiple commands"),
        ("CREATE TEMP TABLE x AS SELECT 1", "syntax error"),
        ("SELECT query_to_xml('DELETE FROM dateline.source', true, true, '')", "permission denied for schema dateline"),
    ):
        answer = await client.post("/sql.json", {"sql": sql})
        assert answer.status == 400, sql
        assert said in answer.json()["error"]["message"], answer.text


async def test_a_long_answer_is_cut(client: Client) -> None:
    answer = (await client.post("/sql.json", {"sql": "SELECT generate_series(1, 5000) AS n -- all"})).json()
    assert len(answer["rows"]) == 1000
    assert answer["rows"][0] == {"n": 1}
    assert answer["is_cut"]


async def test_a_statement_is_cancelled(client: Client) -> None:
    """Without cancelling it would run for a minute, and end at the limit of 30 s with another word."""
    await client.get("/login")
    form = {"sql": "SELECT pg_sleep(60)", "run": "mine"}
    running = asyncio.create_task(client.post("/sql.json", form))
    stranger = Client(client.app)
    while "pg_sleep" not in (await client.get("/sql")).text:
        await asyncio.sleep(0.02)
    await stranger.post("/sql/cancel", {"run": "mine"})
    assert not running.done()
    while not running.done():
        await client.post("/sql/cancel", {"run": "mine"})
        await asyncio.sleep(0.02)
    assert (await running).json()["error"]["message"] == "It was cancelled."


async def test_the_quiet_source_is_listed(client: Client) -> None:
    page = (await client.get("/sources.json")).json()
    health = {one["name"]: one["health"] for one in page["sources"]}
    assert health[QUIET] == "quiet"
    assert health[LIVELY] == "fine"
    alarms = (await client.get("/alarms.json")).json()["standing"]
    assert {(one["source"], one["kind"]) for one in alarms} == {(QUIET, "quiet"), (FAILING, "failing")}


async def test_unknown_export_format_is_refused(client: Client) -> None:
    answer = await client.get("/export", view="articles", format="xlsx")
    assert answer.status == 400
    assert answer.json() == {"error": "Unknown format 'xlsx'. Choose from: csv, jsonl"}
    lines = await client.get("/export", view="articles", format="jsonl")
    assert (lines.status, lines.headers["content-type"]) == (200, "application/x-ndjson")


async def test_errors_say_what_is_wrong(client: Client) -> None:
    for path, params, message in (
        ("/nowhere", {}, "No page has this address."),
        ("/source", {"name": "nope"}, "No source called “nope”."),
        ("/article", {"id": "0"}, "No article has the number &#39;0&#39;."),
        ("/difference", {"older": "nope"}, "No article has the number or URL “nope”."),
        ("/sources/edit", {}, "Name a source: choose one on the page Sources."),
    ):
        answer = await client.get(path, **params)
        assert answer.status == 404
        assert "<h1>Page not found</h1>" in answer.text
        assert message in answer.text


async def test_coverage_distinguishes_the_states_of_hours(client: Client) -> None:
    page = (await client.get("/coverage.json", source=FAILING)).json()
    assert {one["state"] for one in page["hours"]} >= {"failed", "nothing_due", "down"}
    table = (await client.get("/coverage.csv")).text.splitlines()
    assert table[0].startswith("source,hour,state,is_covered,visits")
    assert len(table) > 4 * 40


FORMS = {
    "/source/pause": ("name",), "/source/wake": ("name",), "/watches/add": ("name", "query", "webhook"),
    "/watches/remove": ("name",), "/queue/drop": ("id",), "/sources/bulk": ("do", "tag", "pick:x"),
    "/sources/add": ("name", "title", "home", "tags", "custom", "watched"),
    "/sources/save": ("name", "title", "home", "tags", "custom", "watched"),
    "/sql.json": ("sql", "run"), "/sql/cancel": ("run",), "/login": ("password",),
    "/saved/save": ("name", "query", "kind"), "/saved/rename": ("name", "new_name"),
    "/password": ("current", "password", "again"),
    "/names/import": ("file",), "/names/remove": ("id",), "/watches/mail": ("name", "address"),
    "/alarms/mail": ("address", "severity"),
    "/users/change": ("do", "name", "password", "again", "role"), "/tokens/add": ("name", "scope"), "/tokens/revoke": ("name",),
}  # fmt: skip
PARAMETERS = {
    "/overview": ("x",), "/sources": ("q", "health", "order", "page"), "/source": ("name", "done"),
    "/schedule": ("after", "id", "source"), "/alarms": ("kind", "days", "page"),
    "/copies": ("days", "order", "taker", "giver", "before", "id"),
    "/queue": ("source", "host", "after", "id"),
    "/coverage": ("source", "until", "page"),
    "/visits": ("source", "outcome", "before", "failed"), "/errors": ("days", "state", "reason", "source", "before", "id"),
    "/explain": ("url",), "/stories": ("days", "outlets"), "/story": ("id",), "/article": ("id", "older", "newer"),
    "/difference": ("older", "newer"), "/watches": ("name", "q"), "/sql": ("q",),
    "/exports": ("x",), "/saved": ("name",), "/names": ("q", "kind", "page"), "/users": ("x",), "/tokens": ("x",),
    "/export": ("q", "view", "format"),
    "/search": ("q", "order", "after", "copies", "saved"), "/facets": ("q", "copies"), "/compare": ("a", "b", "c", "days"),
}  # fmt: skip


def test_every_page_and_form_is_tried(app: Any) -> None:
    assert {view.path for view in VIEWS} <= set(PARAMETERS)


COUNTED = """
SELECT (SELECT count(*) FROM dateline.article), (SELECT count(*) FROM dateline.source WHERE removed_at IS NULL),
       (SELECT md5(string_agg(s::text, '|' ORDER BY s.id)) FROM dateline.source s), (SELECT count(*) FROM dateline.url),
       (SELECT md5(string_agg(f::text, '|' ORDER BY f.feed_id)) FROM dateline.feed_state f),
       (SELECT count(*) FROM dateline.visit),
       (SELECT count(*) FROM dateline.watch WHERE name !~ '^[a-z0-9][a-z0-9._-]*$')
"""


async def test_naughty_strings_break_and_change_nothing(client: Client, archive: str) -> None:
    """A ninth of the strings, each in every parameter of one page; in `make sweep` all, with DATELINE_NAUGHTY=all everywhere."""
    strings = naughty()
    assert len(strings) >= 1_800
    everything = os.environ.get("DATELINE_NAUGHTY") == "all"
    strings = strings if everything or os.environ.get("SWEEP") else strings[::9]
    pages, forms = list(PARAMETERS.items()), list(FORMS.items())
    with psycopg.connect(archive) as connection:
        before = connection.execute(COUNTED).fetchone()
    for number, text in enumerate(strings):
        for path, names in pages if everything else [pages[number % len(pages)]]:
            end = ("", ".json", ".csv")[number % 3] if path != "/export" else ""
            answer = await client.get(path + end, **dict.fromkeys(names, text))
            assert answer.status in (200, 400, 404), (path, text, answer.text[:300])
            assert "<script>alert" not in answer.text or "html" not in answer.headers["content-type"], (path, text)
        for path, names in forms if everything else [forms[number % len(forms)]] * (number % 5 == 0):
            answer = await client.post(path, dict.fromkeys(names, text))
            assert answer.status in (200, 303, 400, 403, 404, 429), (path, text, answer.text[:300])
    with psycopg.connect(archive) as connection:
        assert connection.execute(COUNTED).fetchone() == before
