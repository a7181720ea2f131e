"""Sources are added, edited, imported and changed several at once in the console, by what the command line calls."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import pytest_asyncio
from starlette.requests import Request
from starlette.responses import Response

from dateline.config import Settings
from dateline.console.server.commands import DESCRIPTORS, environment_of, sentence
from dateline.console.server.console import Console
from dateline.console.server.serve import console_app
from dateline.demo.newsroom import Newsroom
from dateline.demo.server import NewsroomServer
from dateline.types.source import Politeness, Source, WatchedPage
from sql.database import connect
from sql.frontier.sources import get_sources, upsert_source
from tests.browser.test_http import Answer, Client

PAPER = Source(
    "bay-paper", "The Bay Paper", "https://bay.example/", tags=("old",),
    watched=(WatchedPage("https://bay.example/feed.xml", "feed"),), politeness=Politeness(delay_s=4),
)  # fmt: skip
LIMIT_S = 180.0


@pytest.fixture(scope="module")
def newsroom() -> Iterator[NewsroomServer]:
    with NewsroomServer(Newsroom.fresh(dt.datetime.now(dt.UTC))) as server:
        yield server


@pytest_asyncio.fixture
async def client(
    newsroom: NewsroomServer, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Client]:
    monkeypatch.setenv("DATELINE_RESOLVE", newsroom.resolve_rules)
    monkeypatch.setenv("DATELINE_DELAY_S", "0")
    with connect(database) as connection:
        upsert_source(connection, PAPER)
    async with console_app(Settings(data_dir=tmp_path), database) as app:
        yield Client(app)


def fields(page: Answer) -> dict[str, str]:
    """The fields of the page's last form as a browser sends them."""
    form = page.text[page.text.rindex("<form", 0, page.text.index("</main>")) :]
    form = form[: form.index("</form>")]
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ('type="checkbox"' not in tag or " checked" in tag):
            found[name[1]] = value[1] if value else ""
    for name, inner in re.findall(r'<select name="([^"]+)">(.*?)</select>', form):
        chosen = re.search(r'value="([^"]*)" selected', inner)
        found[name] = chosen[1] if chosen else re.findall(r'value="([^"]*)"', inner)[0]
    for name, text in re.findall(r'<textarea name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        found[name] = text
    return found


async def ended(client: Client, answer: Answer) -> Answer:
    """The page of a run once it has ended."""
    path, _, query = answer.headers["location"].partition("?")
    async with asyncio.timeout(LIMIT_S):
        while (page := await client.ask("GET", path, query, b"")).headers.get("refresh"):
            await asyncio.sleep(0.2)
    return page


def stored(database: str, name: str) -> Source | None:
    with connect(database) as connection:
        return next(iter(get_sources(connection, [name])), None)


async def test_an_address_is_tried_and_then_added(client: Client, database: str) -> None:
    tried = await client.post("/sources/try", {"address": "http://harbour-post.test/"})
    assert tried.status == 303
    page = await ended(client, tried)
    assert "http://harbour-post.test/feed.xml" in page.text
    samples = page.text[page.text.index("Sample articles") :]
    assert samples.count('data-l="Words"') == 3
    assert re.search(r'data-l="Words" class="n">\d{2,}<', samples)
    assert stored(database, "the-harbour-post") is None, "a trial adds nothing"
    added = await client.post("/sources/add", fields(page) | {"tags": "port, new", "preset": "every 15m"})
    assert (added.status, added.headers["location"]) == (303, "/source?name=the-harbour-post")
    source = stored(database, "the-harbour-post")
    assert source is not None
    assert (source.schedule, source.tags, source.home) == ("every 15m", ("port", "new"), "http://harbour-post.test/")
    assert {one.kind for one in source.watched} == {"feed", "home"}
    shown = (await client.get("/source", name="the-harbour-post")).text
    assert "Source “The Harbour Post” added." in shown
    assert shown.count("<time", shown.index("next:"), shown.index("</small>", shown.index("next:"))) == 3


async def test_a_trial_that_ends_while_its_page_is_made_is_shown_by_the_next(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    html = Console.html

    async def late(console: Console, request: Request, template: str, **context: Any) -> Response:
        async with asyncio.timeout(LIMIT_S):
            while (run := console.commands.find(context["run"].id, owner=context["run"].owner)) and run.is_running:
                await asyncio.sleep(0.05)
        return await html(console, request, template, **context)

    tried = await client.post("/sources/try", {"address": "http://nowhere.invalid/"})
    monkeypatch.setattr(Console, "html", late)
    path, _, query = tried.headers["location"].partition("?")
    assert (await client.ask("GET", path, query, b"")).headers.get("refresh"), "it was running when it was looked up"
    assert 'role="alert"' in (await client.ask("GET", path, query, b"")).text


def test_a_command_gets_its_database_and_no_descriptor_of_the_console() -> None:
    own = {"PATH": "/bin", "DATELINE_DATABASE_URL_FILE": "/x", "NOTIFY_SOCKET": "/y"} | dict.fromkeys(DESCRIPTORS, "7")
    assert environment_of(own, "postgresql:///here") == {"PATH": "/bin", "DATELINE_DATABASE_URL": "postgresql:///here"}


async def test_a_trial_that_finds_nothing_says_why(client: Client) -> None:
    page = await ended(client, await client.post("/sources/try", {"address": "http://nowhere.invalid/"}))
    assert 'role="alert"' in page.text
    assert "nowhere.invalid" in page.text
    known = await ended(client, await client.post("/sources/try", {"address": "https://bay.example/"}))
    assert "bay-paper" in known.text[known.text.index('role="alert"') :]


async def test_another_session_does_not_see_a_trial(client: Client) -> None:
    tried = await client.post("/sources/try", {"address": "http://nowhere.invalid/"})
    path, _, query = tried.headers["location"].partition("?")
    assert (await Client(client.app).ask("GET", path, query, b"")).status == 404


async def test_a_schedule_is_changed_and_its_next_visits_are_shown_first(client: Client, database: str) -> None:
    page = await client.get("/sources/edit", name="bay-paper")
    given = fields(page)
    shown = await client.post(
        "/sources/save", given | {"custom": "30 6 * * *", "timezone": "Europe/Berlin", "show": "1"}
    )
    assert shown.status == 200
    assert len(re.findall(r"\d\d:30:00 UTC</time>", shown.text)) == 3
    assert stored(database, "bay-paper") == PAPER, "showing changes nothing"
    saved = await client.post("/sources/save", given | {"custom": "30 6 * * *", "timezone": "Europe/Berlin"})
    assert saved.status == 303
    changed = stored(database, "bay-paper")
    assert changed is not None
    assert (changed.schedule, changed.timezone, changed.politeness.delay_s) == ("30 6 * * *", "Europe/Berlin", 4)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"custom": "every blue moon"}, "schedule"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"home": "ftp://x"}, "home"),
        ({"country": "Britain"}, "country"),
        ({"delay_s": "fast"}, "delay_s"),
        ({"watched": "feed not-a-url"}, "feeds"),
        ({"watched": "pigeon https://bay.example/x"}, "watched pages"),
    ],
)
async def test_a_mistake_is_named_and_nothing_is_lost(
    client: Client, database: str, change: dict[str, str], said: str
) -> None:
    given = fields(await client.get("/sources/edit", name="bay-paper")) | {"tags": "typed just now"} | change
    answer = await client.post("/sources/save", given)
    assert answer.status == 400
    assert said in answer.text[answer.text.index('role="alert"') :]
    assert "typed just now" in answer.text
    assert stored(database, "bay-paper") == PAPER


async def test_a_form_older_than_another_change_asks_before_it_replaces_that(client: Client, database: str) -> None:
    first, second = [fields(await client.get("/sources/edit", name="bay-paper")) for _ in range(2)]
    assert (await client.post("/sources/save", first | {"preset": "every 15m"})).status == 303
    refused = await client.post("/sources/save", second | {"tags": "old, port"})
    assert refused.status == 400
    assert "differs from the form: tags: old; schedule: every 15m." in refused.text
    again = fields(refused)
    assert again["tags"] == "old, port", "what was typed is kept"
    shown = await client.post("/sources/save", second | {"show": "1"})
    assert (await client.post("/sources/save", fields(shown))).status == 400, "showing the next visits confirms nothing"
    assert stored(database, "bay-paper") == dataclasses.replace(PAPER, schedule="every 15m")
    assert (await client.post("/sources/save", again)).status == 303
    assert stored(database, "bay-paper") == dataclasses.replace(PAPER, tags=("old", "port"))
    assert (await client.post("/sources/save", again)).status == 303, "the same once more changes nothing"
    programs = {name: value for name, value in first.items() if name != "version"}
    assert (await client.post("/sources/save", programs)).status == 303, "a program sends no version"


async def test_a_new_source_never_replaces_another(client: Client, database: str) -> None:
    given = fields(await client.get("/sources/edit", name="bay-paper")) | {"name": "bay-paper", "title": "Other"}
    answer = await client.post("/sources/add", given)
    assert answer.status == 400
    assert "is the name of another source" in answer.text
    assert stored(database, "bay-paper") == PAPER


async def test_several_sources_are_changed_at_once(client: Client, database: str) -> None:
    pick = {"pick:bay-paper": "1"}
    for what, more in (("tag", {"tag": "coast, sea"}), ("untag", {"tag": "old,"}), ("pause", {})):
        assert (await client.post("/sources/bulk", pick | {"do": what} | more)).status == 303
    source = stored(database, "bay-paper")
    assert source is not None
    assert (source.tags, source.is_paused) == (("coast", "sea"), True)
    asked = await client.post("/sources/bulk", pick | {"do": "remove"})
    assert (asked.status, "Remove 1 source?" in asked.text) == (200, True)
    assert stored(database, "bay-paper") is not None
    assert (await client.post("/sources/bulk", fields(asked))).status == 303
    assert stored(database, "bay-paper") is None
    assert "1 source removed." in (await client.get("/sources")).text
    assert (await client.post("/sources/bulk", pick | {"do": "pause"})).status == 303
    assert "0 sources paused. 1 had been removed before." in (await client.get("/sources")).text
    empty = await client.post("/sources/try", {"address": " "})
    assert (empty.status, "Enter an address." in empty.text) == (400, True)


async def test_a_thousand_sources_are_changed_at_once(client: Client, database: str) -> None:
    many = {f"pick:paper-{number}": "1" for number in range(1000)} | {"pick:bay-paper": "1"}
    assert (await client.post("/sources/bulk", many | {"do": "pause"})).status == 303
    source = stored(database, "bay-paper")
    assert source is not None
    assert source.is_paused


async def test_a_form_of_too_many_fields_says_so(client: Client) -> None:
    answer = await client.post("/sources/bulk", {f"pick:{number}": "1" for number in range(6000)})
    assert (answer.status, answer.text) == (413, "Form too large: at most 5,000 fields.\n")


async def test_an_import_is_previewed_first(client: Client, database: str) -> None:
    opml = """<opml version="2.0"><body><outline text="Quay News" xmlUrl="https://quay.example/rss"
        htmlUrl="https://quay.example/"/><outline text="Broken" type="rss"/></body></opml>"""
    page = await ended(client, await client.post("/sources/import", {"file": opml}))
    assert "This would add 1 and change 0 sources" in page.text
    assert "Broken" in page.text[page.text.index("Left out") :]
    assert stored(database, "quay-news") is None
    done = await ended(client, await client.post("/sources/import", fields(page)))
    assert "Imported: 1 new, 0 changed" in done.text
    assert stored(database, "quay-news") is not None
    bad = await ended(client, await client.post("/sources/import", {"file": "<opml><body/></opml>"}))
    assert "contains no feed" in bad.text[bad.text.index('role="alert"') :]


async def test_a_part_of_the_catalogue_is_previewed(client: Client, database: str) -> None:
    page = await ended(client, await client.post("/sources/import", {"country": "at"}))
    assert re.search(r"This would add \d+ and change 0 sources", page.text)
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM dateline.source").fetchone() == (1,)


async def test_a_login_is_written_and_never_shown_again(client: Client, database: str, tmp_path: Path) -> None:
    """With the fields filled from the source, the form showed names of secrets and paths."""

    def known() -> Politeness:
        with connect(database) as connection:
            return get_sources(connection, ["bay-paper"])[0].politeness

    written = {
        "cookies_file": "bay-cookies.txt",
        "headers": "Authorization: Bearer ${C4N4RY_TOKEN}\r\nX-Desk: ${C4N4RY_DESK}",
        "proxy": "socks5://${C4N4RY_USER}:${C4N4RY_WORD}@proxy.bay.example:1080",
        "user_agent": "BayDesk/1",
    }
    form = fields(await client.get("/sources/edit", name="bay-paper"))
    assert (await client.post("/sources/save", form | written)).status == 303
    assert known().cookies_file == str(tmp_path / "secrets" / "bay-cookies.txt")
    assert known().headers == {"Authorization": "Bearer ${C4N4RY_TOKEN}", "X-Desk": "${C4N4RY_DESK}"}
    for path in ("/sources/edit", "/source", "/source.json"):
        shown = await client.get(path, name="bay-paper")
        assert shown.status == 200
        assert not re.search("C4N4RY|bay-cookies|proxy.bay", shown.text), path
    form = fields(await client.get("/sources/edit", name="bay-paper"))
    assert form["user_agent"] == "BayDesk/1"
    assert (await client.post("/sources/save", form | {"tags": "new"})).status == 303
    assert known().proxy == written["proxy"], "what is left empty stays"
    refused = {
        "cookies_file": ("/etc/shadow", "name of a file in the folder"),
        "headers": ("X-Key: c4n4ry-word", "would be readable"),
        "proxy": ("http://u:c4n4ry-word@proxy.bay.example", "would be readable"),
        "home": ("https://other.example/", "remove the login first"),
    }
    for name, (value, why) in refused.items():
        answer = await client.post("/sources/save", form | {name: value})
        assert (answer.status, why in answer.text, "c4n4ry" in answer.text) == (400, True, False), name
    form = fields(await client.get("/sources/edit", name="bay-paper"))
    gone = {"no_cookies_file": "1", "no_headers": "1", "no_proxy": "1"}
    assert (await client.post("/sources/save", form | gone)).status == 303
    assert (known().cookies_file, known().headers, known().proxy) == (None, {}, None)


async def test_a_backfill_is_on_its_source_s_page(client: Client, database: str) -> None:
    assert "Backfill" not in (await client.get("/source", name="bay-paper")).text
    with connect(database, autocommit=True) as connection:
        connection.execute(
            "WITH crawl AS (INSERT INTO dateline.crawl (targets, options, started_at, seen_at)"
            " VALUES ('{bay}', '{}', now(), now()) RETURNING id)"
            " INSERT INTO dateline.backfill (source_id, crawl_id, host, since, until, budget, state, started_at, counts)"
            " SELECT s.id, crawl.id, 'bay.example', '2020-01-01Z', '2021-01-01Z', 500, 'done', now(), '{\"stored\": 1204}'"
            " FROM crawl, dateline.source s WHERE s.name = 'bay-paper'"
        )
    shown = (await client.get("/source", name="bay-paper")).text
    assert "done, 2020-01-01 to 2021-01-01" in shown
    assert "1\u202f204 stored, 0 waiting; 0 of 500 requests today" in shown


def test_what_a_trial_says_is_a_sentence() -> None:
    assert sentence(["dateline: can't fetch http://post.test/news"]) == "Can't fetch http://post.test/news."
    assert sentence(["dateline: the-post is a source"]) == "the-post is a source."


async def test_what_is_no_address_is_not_tried(client: Client) -> None:
    page = await client.post("/sources/try", {"address": "not an address"})
    assert page.status == 400
    assert "“not an address” is not the address of a website." in page.text
