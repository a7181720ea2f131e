"""`POST /api/v1/sql` and `Archive.sql`: the analyst's login, the SQL page's limits, three forms, one scope."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, get_args

import orjson
import pyarrow
import pytest
import pytest_asyncio
from mcp import Client as Assistant

from dateline import Archive
from dateline.api.assistants import make_server
from dateline.config import Settings
from dateline.console.access.secrets import hash_of_token, new_token
from dateline.console.server.api_sql import ARROW, NDJSON
from dateline.console.server.serve import console_app
from dateline.errors import RemoteError, UsageError
from sql.analysts.queries import AnalystQueries, SqlAnswer
from sql.database import connect
from sql.service.access import SCOPES, TokenScope, add_token
from tests.browser.conftest import Served
from tests.browser.test_http import Client

NOW = dt.datetime.now(dt.UTC)
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def tokens(served: Served) -> Iterator[dict[str, str]]:
    assert get_args(TokenScope) == SCOPES
    with connect(served.database, autocommit=True) as connection:
        made = {scope: given(connection, scope, scope) for scope in SCOPES}
        yield made
        connection.execute("DELETE FROM dateline.api_token")


def given(connection: Any, name: str, scope: TokenScope, owner: str | None = None) -> str:
    token = new_token()
    add_token(connection, name, scope, hash_of_token(token), owner=owner, expires_at=None, now=NOW)
    return token


@pytest_asyncio.fixture
async def app(served: Served, console_dir: Path, tokens: dict[str, str]) -> AsyncIterator[Any]:
    settings = Settings(data_dir=console_dir, console_requests_a_minute=0)
    async with console_app(settings, served.database) as made:
        yield made


def program(app: Any, token: str, **more: str) -> Client:
    return Client(app, more={"authorization": f"Bearer {token}", **JSON, **more})


async def ask(client: Client, statement: str) -> Any:
    return await client.ask("POST", "/api/v1/sql", "", orjson.dumps({"sql": statement}))


TYPED = "SELECT 7 AS a, 1.5::float8 AS b, 'NaN'::numeric AS c, true AS d, '[1]'::jsonb AS e, 'x' AS f, NULL::text AS g"
ROW = {"a": 7, "b": 1.5, "c": "NaN", "d": True, "e": [1], "f": "x", "g": None}


async def test_rows_come_with_their_types_as_json_as_lines_and_as_arrow(app: Any, tokens: dict[str, str]) -> None:
    answer = await ask(program(app, tokens["sql"]), TYPED)
    assert answer.json()["rows"] == [ROW]
    assert [one["type"] for one in answer.json()["columns"]] == [
        "integer", "number", "number", "boolean", "json", "text", "text",
    ]  # fmt: skip
    many = "SELECT n FROM generate_series(1, 1001) AS n"
    lines = await ask(program(app, tokens["sql"], accept=NDJSON), many)
    assert [orjson.loads(line)["n"] for line in lines.body.splitlines()] == list(range(1, 1001))
    assert lines.headers["dateline-is-cut"] == "true"
    arrow = await ask(program(app, tokens["operate"], accept=ARROW), TYPED)
    table = pyarrow.ipc.open_stream(io.BytesIO(arrow.body)).read_all()
    assert str(table.to_pylist()) == str([ROW | {"c": float("nan"), "e": "[1]"}])
    assert table.schema.field("a").type == pyarrow.int64()


async def test_a_token_needs_the_scope(app: Any, tokens: dict[str, str]) -> None:
    refused = await ask(program(app, tokens["read"]), "SELECT 1")
    assert refused.status == 403
    assert "--scope sql" in refused.json()["detail"]
    assert 'scope="sql"' in refused.headers["www-authenticate"]
    paused = await program(app, tokens["sql"]).ask("POST", "/api/v1/sources/none/pause", "", b"")
    assert paused.status == 403, "sql changes nothing"


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("SELECT 1 AS a, 2 AS a", "sql: two columns are called a"),
        ("SELECT nothing FROM articles", 'column "nothing" does not exist'),
        ("SELECT secret FROM dateline.watch", "permission denied for schema dateline"),
        ("DELETE FROM articles", "syntax error"),
        ("SELECT 1; SELECT 2", "multiple commands"),
        ("SELECT repeat('x', 9000000)", "8 MB"),
        ("SELECT set_config('role', 'dateline', false)", "permission denied"),
        ("", "sql"),
    ],
)
async def test_what_is_refused_is_a_problem(app: Any, tokens: dict[str, str], statement: str, says: str) -> None:
    answer = await ask(program(app, tokens["sql"]), statement)
    assert answer.status == 422
    assert says in answer.json()["detail"]


async def test_every_character_of_a_statement_counts(app: Any, tokens: dict[str, str]) -> None:
    answer = await ask(program(app, tokens["sql"]), f"SELECT 'a\u200bb' AS a -- {'x' * 4000}\n, 2 AS b")
    assert answer.json()["rows"] == [{"a": "a\u200bb", "b": 2}]
    assert (await ask(program(app, tokens["sql"]), "SELECT 'a\0b'")).status == 422


async def test_programs_leave_room_to_people(app: Any, tokens: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    running, most, go_on = 0, 0, asyncio.Event()

    async def run(self: AnalystQueries, statement: str, *, run: str, owner: str) -> SqlAnswer:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await go_on.wait()
        running -= 1
        return SqlAnswer((), (), (), False, 0.0)

    monkeypatch.setattr(AnalystQueries, "run", run)
    asked = [asyncio.create_task(ask(program(app, tokens["sql"]), "SELECT 1")) for _ in range(6)]
    while running < 2:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    go_on.set()
    assert {(await one).status for one in asked} == {200}
    assert most == 2


@pytest.mark.parametrize("place", ["database", "console"])
def test_python_has_the_same_rows(place: str, served: Served, tokens: dict[str, str]) -> None:
    where = {"database": (served.database, None), "console": (served.base, tokens["sql"])}[place]
    with Archive(where[0], token=where[1]) as archive:
        found = archive.sql("SELECT url, word_count FROM articles ORDER BY url")
        assert list(found) == [{"url": one.url, "word_count": one.word_count} for one in by_url(archive)]
        assert found.to_arrow().num_rows == len(found.to_pandas()) == len(found)
        with pytest.raises(UsageError, match="does not exist"):
            archive.sql("SELECT nothing FROM articles")


def by_url(archive: Archive) -> list[Any]:
    return sorted((one for one in archive.articles() if one.kind != "headline"), key=lambda one: one.url)


async def test_an_assistant_runs_sql_at_a_console_as_its_token_may(served: Served, tokens: dict[str, str]) -> None:
    for scope, says in (("sql", '{"n":1}'), ("read", "--scope sql")):
        with Archive(served.base, token=tokens[scope]) as archive:
            async with Assistant(make_server(archive, archive)) as client:
                answer = await client.call_tool("sql", {"statement": "SELECT 1 AS n"})
        assert says in answer.content[0].text  # type: ignore[union-attr]


def test_python_says_which_scope_is_missing(served: Served, tokens: dict[str, str]) -> None:
    with Archive(served.base, token=tokens["read"]) as archive, pytest.raises(RemoteError, match="--scope sql"):
        archive.sql("SELECT 1")


async def test_a_later_token_of_the_same_name_does_not_have_the_exports(app: Any, served: Served) -> None:
    with connect(served.database, autocommit=True) as connection:
        first = program(app, given(connection, "desk", "read"))
        begun = await first.ask("POST", "/api/v1/exports", "", b'{"view": "sources"}')
        assert begun.status == 202
        connection.execute("UPDATE dateline.api_token SET revoked_at = now() WHERE name = 'desk'")
        second = program(app, given(connection, "desk", "read"))
        assert (await second.get(begun.headers["location"])).status == 404
        assert (await second.get("/api/v1/exports")).json() == []
