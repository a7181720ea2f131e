"""Users with roles, and tokens: who gets in, who does not, and that no secret is logged."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import io
import logging
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from dateline import log
from dateline.config import Settings
from dateline.console.access import login_tries
from dateline.console.access.secrets import hash_of_password, hash_of_token, new_token
from dateline.console.server.app import VIEWS
from dateline.console.server.serve import console_app
from sql.analysts.console_login import login_name, signing_secret
from sql.analysts.logins import remove_analyst
from sql.database import connect
from sql.service.access import add_token, add_user, change_user, list_tokens, revoke_token
from tests.browser.archive import LIVELY, fill
from tests.browser.test_http import Client, known
from tests.conftest import clone

NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)
PASSWORDS = {"ada": "operates the pier", "rob": "reads the pier"}


@dataclass
class Door:
    """A console with two users and five tokens."""

    app: Any
    database: str
    tokens: dict[str, str]

    def bearer(self, name: str) -> dict[str, str]:
        return {"authorization": f"Bearer {self.tokens[name]}"}

    async def log_in(self, name: str, password: str = "") -> Client:
        client = Client(self.app)
        form = {"user": name, "password": password or PASSWORDS[name]}
        assert (await client.post("/login", form)).status == 303
        return client


@pytest.fixture(scope="module")
def filled(postgres_url: str, template: str) -> Any:
    for url in clone(postgres_url, template):
        asyncio.run(fill(url, NOW, days=2, quiet=2))
        with connect(url) as connection:
            add_user(connection, "ada", "operator", hash_of_password(PASSWORDS["ada"]), now=NOW)
            add_user(connection, "rob", "reader", hash_of_password(PASSWORDS["rob"]), now=NOW)
            made = {name: new_token() for name in ("read", "operate", "expired", "revoked", "of-ada")}
            for name, token in made.items():
                scope: Any = "operate" if name in ("operate", "of-ada") else "read"
                owner, ends = ("ada" if name == "of-ada" else None), (NOW - DAY if name == "expired" else NOW + DAY)
                add_token(connection, name, scope, hash_of_token(token), owner=owner, expires_at=ends, now=NOW)
            revoke_token(connection, "revoked", now=NOW)
        yield url, made


@pytest.fixture(scope="module")
def folder(filled: tuple[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    made = tmp_path_factory.mktemp("users")
    yield made
    with connect(filled[0], autocommit=True) as connection:
        remove_analyst(connection, login_name(signing_secret(made)))


@pytest_asyncio.fixture
async def door(filled: tuple[str, dict[str, str]], folder: Path) -> AsyncIterator[Door]:
    async with console_app(Settings(data_dir=folder), filled[0]) as app:
        yield Door(app, *filled)


def basic(name: str, password: str) -> dict[str, str]:
    return {"authorization": f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"}


async def test_a_token_or_a_users_password_reads_data(door: Door) -> None:
    for given in (door.bearer("read"), door.bearer("of-ada"), basic("rob", PASSWORDS["rob"])):
        for path in ("/sources.json", "/sources.csv", "/watches/ferries.atom"):
            assert (await Client(door.app, more=given).get(path)).status == 200, path
    lower = {"authorization": f"bearer  {door.tokens['read']}"}
    assert (await Client(door.app, more=lower).get("/sources.json")).status == 200, "RFC 9110, 11.1"


def attacks(tokens: dict[str, str]) -> dict[str, tuple[list[str], str]]:
    """What strangers send: the headers Authorization and the query string of each."""
    good = tokens["read"]
    return {
        "none": ([], ""),
        "empty": ([""], ""),
        "scheme only": (["Bearer"], ""),
        "wrong": ([f"Bearer {new_token()}"], ""),
        "expired": ([f"Bearer {tokens['expired']}"], ""),
        "revoked": ([f"Bearer {tokens['revoked']}"], ""),
        "in the address": ([], f"access_token={good}"),
        "in the address, too": ([f"Bearer {good}"], f"token={good}"),
        "twice": ([f"Bearer {good}", f"Bearer {good}"], ""),
        "twice in one": ([f"Bearer {good}, Bearer {good}"], ""),
        "blanks inside": ([f"Bearer {good[:20]} {good[20:]}"], ""),
        "a tab": ([f"Bearer\t{good}"], ""),
        "cut": ([f"Bearer {good[:-1]}"], ""),
        "longer": ([f"Bearer {good}A"], ""),
        "very long": ([f"Bearer {good * 1200}"], ""),
        "other case": ([f"Bearer {good.swapcase()}"], ""),
        "as a password": ([basic("read", good)["authorization"]], ""),
        "other scheme": ([f"Token {good}"], ""),
        "bytes": (["Bearer d\u00e4teline"], ""),
        "injection": (["Bearer ' OR 1=1 --"], ""),
        "hash": ([f"Bearer {hash_of_token(good).hex()}"], ""),
        "wrong password": ([basic("ada", "wrong")["authorization"]], ""),
        "nobody": ([basic("nobody", PASSWORDS["ada"])["authorization"]], ""),
        "other's password": ([basic("ada", PASSWORDS["rob"])["authorization"]], ""),
        "no password": ([basic("ada", "")["authorization"]], ""),
        "strange name": ([basic("a\0da", PASSWORDS["ada"])["authorization"]], ""),
    }


async def test_every_attack_is_refused_and_no_secret_is_logged(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login_tries, "TRIES", 1_000)
    said = io.StringIO()
    before = logging.getLogger().handlers[:], logging.getLogger().level
    log.configure(level="debug", fmt="json", stream=said)
    try:
        for name, (headers, query) in attacks(door.tokens).items():
            for path in ("/sources.json", "/watches/ferries.atom")[: 1 if headers[:1] and "Basic" in headers[0] else 2]:
                answer = await _ask(door.app, path, headers, query)
                assert answer.status == 401, (name, path)
                assert "Basic " in answer.headers["www-authenticate"] and "Bearer" in answer.headers["www-authenticate"]
    finally:
        logging.getLogger().handlers[:], level = before
        logging.getLogger().setLevel(level)
    for secret in (*door.tokens.values(), *PASSWORDS.values()):
        assert secret not in said.getvalue()


async def _ask(app: Any, path: str, headers: list[str], query: str) -> Any:
    """Ask with several headers of one name, which a dictionary does not hold."""

    async def several(scope: Any, receive: Any, send: Any) -> None:
        more = [(b"authorization", one.encode("latin-1")) for one in headers]
        await app({**scope, "headers": [*scope["headers"], *more]}, receive, send)

    return await Client(several).ask("GET", path, query, b"")


def test_no_secret_reaches_a_log() -> None:
    token = new_token()
    said = log.without_secrets(None, "", {"error": f"GET /x?token={token}", "event": token})
    assert token not in str(said)


async def test_a_reader_sees_no_forms_and_may_not_send_them(door: Door) -> None:
    reader, operator = await door.log_in("rob"), await door.log_in("ada")
    forms: dict[str, set[str]] = {"rob": set(), "ada": set()}
    parameters = known(door.database)
    for view in VIEWS:
        for name, client in (("rob", reader), ("ada", operator)):
            page = await client.get(view.path, **parameters.get(view.name, {}))
            assert page.status == (403 if view.is_for_operators and name == "rob" else 200), view.path
            forms[name] |= set(re.findall(r'method="post" action="([^"?]+)', page.text))
    assert forms["rob"] == {"/logout", "/sql", "/sql/cancel", "/saved/save"}
    assert {"/sources/bulk", "/source/pause", "/watches/add", "/queue/fetch"} <= forms["ada"]
    for path in {*forms["ada"], "/sources/add", "/sources/save", "/sources/import", "/queue/drop"} - forms["rob"]:
        assert (await reader.post(path, {"name": LIVELY})).status == 403, path
    for path in ("/sources/new", "/sources/edit", "/sources/import"):
        assert (await reader.get(path, name=LIVELY)).status == 403, path
    assert (await operator.post("/source/pause", {"name": LIVELY})).status == 303
    assert (await operator.post("/source/resume", {"name": LIVELY})).status == 303


async def test_each_user_has_queries_of_their_own(door: Door) -> None:
    """A reader may keep some, too; a token sees those of its user."""
    ada, rob = await door.log_in("ada"), await door.log_in("rob")
    for client, query in ((ada, "ferry"), (rob, "tram")):
        assert (await client.post("/saved/save", {"kind": "search", "name": "mine", "query": query})).status == 303
    token = Client(door.app, more=door.bearer("of-ada"))
    asked = [(await one.get("/search.json", saved="mine")).json()["q"] for one in (ada, rob, token)]
    assert asked == ["ferry", "tram", "ferry"]
    assert (await Client(door.app, more=door.bearer("read")).get("/saved.json")).json()["saved"] == [], "no user's"
    await rob.post("/saved/remove", {"name": "mine"})
    assert (await ada.get("/search.json", saved="mine")).status == 200


async def test_an_operator_manages_users_and_tokens_in_the_console(door: Door) -> None:
    ada, rob = await door.log_in("ada"), await door.log_in("rob")
    for path in ("/users", "/users.json", "/users.csv", "/tokens", "/tokens.json", "/tokens.csv"):
        assert (await rob.get(path)).status == 403, path
    eve = {"name": "eve", "role": "reader", "password": "evening news", "again": "evening news"}
    for wrong, said in (
        ({"again": "morning news"}, "The two passwords differ."),
        ({"password": "short", "again": "short"}, "A password has 8 to 1,000 characters"),
        ({"role": "owner"}, "Choose a role: reader or operator."),
        ({"name": "Eve!"}, "Invalid name"),
        ({"name": "rob"}, "There is a user"),
    ):
        refused = await ada.post("/users/change", {"do": "add", **eve, **wrong})
        assert (refused.status, said in refused.text) == (400, True), refused.text
        assert "`dateline" not in refused.text
        assert "evening news" not in refused.text
    assert (await ada.post("/users/change", {"do": "add", **eve})).status == 303
    assert (await Client(door.app).post("/login", {"user": "eve", "password": "evening news"})).status == 303
    assert (await ada.post("/users/change", {"do": "role", "name": "eve", "role": "operator"})).status == 303
    assert {one["name"]: one["role"] for one in (await ada.get("/users.json")).json()["users"]}["eve"] == "operator"
    changed = {"do": "password", "name": "eve", "password": "morning news", "again": "morning news"}
    assert (await ada.post("/users/change", changed)).status == 303
    assert (await Client(door.app).post("/login", {"user": "eve", "password": "evening news"})).status == 403

    assert (await ada.post("/tokens/add", {"name": "desk", "scope": "read", "days": "30", "user": "eve"})).status == 303
    [made] = re.findall(r"dateline_[A-Za-z0-9_-]{43}", (await ada.get("/tokens")).text)
    assert made not in (await ada.get("/tokens")).text, "shown once"
    for wrong, said in (
        ({"name": "pier", "user": "rob"}, "User rob is a reader, so its tokens can&#39;t have scope operate.<"),
        ({"name": "desk", "user": ""}, "There is a token &#39;desk&#39; already. Revoke it first.<"),
        ({"name": "pier", "user": "zoe"}, "Unknown user &#39;zoe&#39;.<"),
    ):
        refused = await ada.post("/tokens/add", {"scope": "operate", "days": "30", **wrong})
        assert (refused.status, said in refused.text) == (400, True), refused.text
    program = Client(door.app, more={"authorization": f"Bearer {made}"})
    assert (await program.get("/sources.json")).status == 200
    assert (await ada.post("/tokens/revoke", {"name": "desk"})).status == 303
    assert (await program.get("/sources.json")).status == 401
    assert (await ada.post("/users/change", {"do": "remove", "name": "eve"})).status == 303
    hashes = await ada.get("/users.json"), await ada.get("/tokens.json")
    assert not any("argon2" in one.text or "hash" in one.text for one in hashes)


async def test_an_operator_is_always_left(door: Door) -> None:
    ada = await door.log_in("ada")
    for form in ({"do": "remove", "name": "ada"}, {"do": "role", "name": "ada", "role": "reader"}):
        refused = await ada.post("/users/change", form)
        assert refused.status == 400
        assert "Make another user an operator first" in refused.text
    assert (await ada.get("/users")).status == 200


async def test_of_two_operators_who_demote_each_other_at_once_one_is_left(door: Door) -> None:
    with connect(door.database) as other, connect(door.database, autocommit=True) as watching:
        add_user(watching, "eve", "operator", hash_of_password("evening news"), now=NOW)
        PASSWORDS["eve"] = "evening news"
        ada, eve = await door.log_in("ada"), await door.log_in("eve")
        other.execute("SELECT FROM dateline.console_user FOR UPDATE")
        asked = [
            asyncio.create_task(one.post("/users/change", {"do": "role", "name": name, "role": "reader"}))
            for one, name in ((ada, "eve"), (eve, "ada"))
        ]
        while watching.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone() != (2,):
            await asyncio.sleep(0.02)
        other.rollback()
        try:
            assert sorted([(await one).status for one in asked]) == [303, 400]
        finally:
            change_user(watching, "set_role", "ada", role="operator")
            change_user(watching, "remove_user", "eve")


async def test_a_role_password_or_removal_counts_at_once(door: Door) -> None:
    with connect(door.database, autocommit=True) as connection:
        add_user(connection, "eve", "operator", hash_of_password("evening news"), now=NOW)
        PASSWORDS["eve"] = "evening news"
        try:
            eve = await door.log_in("eve")
            assert (await eve.get("/sources/new")).status == 200
            change_user(connection, "set_role", "eve", role="reader")
            assert (await eve.get("/sources/new")).status == 403
            change_user(connection, "set_password", "eve", password_hash=hash_of_password("morning news"))
            assert (await eve.get("/sources")).status == 303, "the session is over"
            assert (await Client(door.app, more=basic("eve", "evening news")).get("/sources.json")).status == 401
            PASSWORDS["eve"] = "morning news"
            eve = await door.log_in("eve")
            change_user(connection, "remove_user", "eve")
            assert (await eve.get("/sources")).status == 303
        finally:
            del PASSWORDS["eve"]


async def test_a_token_goes_with_its_user_and_its_use_is_noted_coarsely(door: Door) -> None:
    token = new_token()
    with connect(door.database, autocommit=True) as connection:
        add_user(connection, "eve", "operator", hash_of_password("evening news"), now=NOW)
        add_token(connection, "eves", "read", hash_of_token(token), owner="eve", expires_at=None, now=NOW)
        client = Client(door.app, more={"authorization": f"Bearer {token}"})
        assert (await client.get("/sources.json")).status == 200
        first = next(one.last_used_at for one in list_tokens(connection) if one.name == "eves")
        assert first is not None
        assert (await client.get("/sources.json")).status == 200
        assert [one.last_used_at for one in list_tokens(connection) if one.name == "eves"] == [first]
        change_user(connection, "remove_user", "eve")
        assert (await client.get("/sources.json")).status == 401


async def test_strangers_cannot_shut_a_user_out(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login_tries, "TURN_S", 0.01)
    stranger = Client(door.app, more=basic("ada", "wrong"))
    assert [(await stranger.get("/sources.json")).status for _ in range(7)] == [401] * 5 + [429] * 2
    assert (await Client(door.app, more=basic("ada", PASSWORDS["ada"])).get("/sources.json")).status == 200
    assert (await Client(door.app, more=door.bearer("read")).get("/sources.json")).status == 200, "tokens never wait"


async def test_a_token_has_a_budget(filled: tuple[str, dict[str, str]], folder: Path) -> None:
    settings = Settings(data_dir=folder, console_requests_a_minute=3)
    async with console_app(settings, filled[0]) as app:
        of = {name: Client(app, more={"authorization": f"Bearer {filled[1][name]}"}) for name in ("read", "of-ada")}
        assert [(await of["read"].get("/exports.json")).status for _ in range(4)] == [200, 200, 200, 429]
        assert (await of["read"].get("/exports.json")).headers["retry-after"] == "20"
        assert (await of["of-ada"].get("/exports.json")).status == 200


async def test_a_console_that_others_reach_is_never_open(filled: tuple[str, Any], folder: Path) -> None:
    with connect(filled[0], autocommit=True) as connection:
        for name in PASSWORDS:
            change_user(connection, "remove_user", name)
    async with console_app(Settings(data_dir=folder, console_host="0.0.0.0"), filled[0]) as app:
        assert (await Client(app).get("/sources.json")).status == 401
        assert (await Client(app).get("/sources")).status == 303
    async with console_app(Settings(data_dir=folder), filled[0]) as app:
        assert (await Client(app).get("/sources.json")).status == 200


async def test_a_reader_changes_their_own_password_and_stays_logged_in(door: Door) -> None:
    name, old, new = "eve", "reads the old pier", "reads the new pier"
    with connect(door.database) as connection:
        add_user(connection, name, "reader", hash_of_password(old), now=NOW)
    client, elsewhere = await door.log_in(name, old), await door.log_in(name, old)
    assert 'href="/password"' in (await client.get("/")).text
    for form, said in (
        ({"current": PASSWORDS["rob"], "password": new, "again": new}, "The current password is wrong."),
        ({"current": old, "password": new, "again": f"{new}s"}, "The two new passwords differ."),
        ({"current": old, "password": "short", "again": "short"}, "A password has 8 to 1,000 characters"),
    ):
        answer = await client.post("/password", form)
        assert (answer.status, said in answer.text) == (400, True), said
    assert (await client.post("/password", {"current": old, "password": new, "again": new})).status == 303
    assert "Your password is changed." in (await client.get("/")).text
    assert (await elsewhere.get("/")).status == 303, "other sessions are over"
    assert (await Client(door.app).post("/login", {"user": name, "password": old})).status == 403
    await door.log_in(name, new)


async def test_only_users_have_a_password_of_their_own(filled: tuple[str, Any], folder: Path) -> None:
    async with console_app(Settings(data_dir=folder, console_password="the pier of all"), filled[0]) as app:
        client = Client(app)
        await client.post("/login", {"password": "the pier of all"})
        assert (await client.get("/password")).status == 404
        assert (await client.post("/password", {"current": "the pier of all", "password": "x" * 9})).status == 404


async def test_a_read_only_database_is_named_with_the_cure_and_nothing_breaks(
    filled: tuple[str, Any], folder: Path
) -> None:
    url, tokens = filled
    with connect(url) as connection:
        add_user(connection, "ann", "operator", hash_of_password(PASSWORDS["ada"]), now=NOW)
    standby = f"{url}{'&' if '?' in url else '?'}options=-c%20default_transaction_read_only%3Don"
    async with console_app(Settings(data_dir=folder), standby) as app:
        client = await Door(app, *filled).log_in("ann", PASSWORDS["ada"])
        for path, form in CHANGES.items():
            answer = await client.post(path, form)
            assert (answer.status, "let DATELINE_DATABASE_URL name its primary.<" in answer.text) == (503, True), path
        bearer = {"authorization": f"Bearer {tokens['operate']}"}
        assert (await Client(app, more=bearer).get("/sources.json")).status == 200


CHANGES = {
    "/source/pause": {"name": LIVELY},
    "/source/wake": {"name": LIVELY},
    "/sources/bulk": {"do": "pause", f"pick:{LIVELY}": "1"},
    "/queue/fetch": {"url": "https://morning-courier.example/new"},
    "/queue/drop": {"id": "1"},
    "/saved/save": {"name": "pier", "query": "pier", "kind": "search"},
    "/names/import": {"file": "id,kind,name\nown-1,person,Ada Pike"},
    "/watches/add": {"name": "piers", "query": "pier", "feed": "1"},
    "/watches/remove": {"name": "ferries"},
    "/users/change": {"do": "role", "name": "rob", "role": "operator"},
    "/tokens/add": {"name": "new", "scope": "read", "days": "30"},
    "/tokens/revoke": {"name": "read"},
    "/password": {"current": PASSWORDS["ada"], "password": "a new password", "again": "a new password"},
}
