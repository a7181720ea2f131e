"""What the console says is true: counts that agree, errors that answer 4xx in every form, notices that are said once."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import pytest_asyncio

from dateline.config import Settings
from dateline.console.server.serve import console_app
from tests.browser.archive import FAILING, LIVELY, LOST, QUIET, REVISED
from tests.browser.test_http import Client
from tests.conftest import clone


@pytest_asyncio.fixture
async def app(archive: str, console_dir: Path) -> AsyncIterator[Any]:
    async with console_app(Settings(data_dir=console_dir), archive) as made:
        yield made


@pytest.fixture
def client(app: Any) -> Client:
    return Client(app)


async def test_facets_of_no_search_are_those_of_everything(client: Client) -> None:
    assert (
        (await client.get("/facets.json")).json()["hits"]
        == (await client.get("/facets.json", q="date:..2099")).json()["hits"]
        > 0
    )


async def test_the_headline_names_what_is_wrong(client: Client) -> None:
    with_processes = (await client.get("/overview.json")).json()
    assert with_processes["state"].endswith("2 sources need attention: 1 failing, 1 quiet.")
    assert with_processes["tone"] == "bad"
    html = (await client.get("/")).text
    assert "Everything is being collected" not in html
    for kind in ("failing", "quiet"):
        assert f'href="/alarms?kind={kind}">1 {kind}</a>' in html
        assert len((await client.get("/alarms.json", kind=kind)).json()["standing"]) == 1
    assert re.search(r'href="/alarms"[^>]*>Alarms <span class="count">2<', html), "the menu counts alarms"


async def test_counts_of_the_overview_lead_to_lists_of_that_length(client: Client) -> None:
    errors = (await client.get("/overview.json")).json()["errors"]
    assert {one["state"] for one in errors} == {"failed", "ended", "failing"}
    for one in errors:
        params = {"state": one["state"], "reason": one["reason"], "days": "1"}
        assert len((await client.get("/errors.json", **params)).json()["urls"]) == one["failures"], one


async def test_the_source_filter_applies_to_every_table(client: Client) -> None:
    everywhere = (await client.get("/errors.json", state="failed")).json()
    assert sum(tab["count"] for tab in everywhere["tabs"]) > 0
    quiet = (await client.get("/errors.json", source=QUIET)).json()
    assert [tab["count"] for tab in quiet["tabs"]] == [0, 0, 0, 0]
    failing = (await client.get("/errors.json", source=FAILING)).json()
    assert {tab["state"]: tab["count"] for tab in failing["tabs"]}["failing"] == 1


async def test_urls_that_are_retried_are_listed(client: Client, archive: str) -> None:
    with psycopg.connect(archive, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO dateline.url (url_key, url, host, via, attempts, reason, next_attempt_at) VALUES"
            " (gen_random_uuid(), 'https://busy.example/a', 'busy.example', 'rss', 1, 'too_many_requests', now())"
        )
        try:
            found = (await client.get("/errors.json", reason="too_many_requests")).json()
            assert (found["state"], [one["url"] for one in found["urls"]]) == ("retrying", ["https://busy.example/a"])
            [line] = [
                one
                for one in (await client.get("/overview.json")).json()["errors"]
                if one["reason"] == "too_many_requests"
            ]
            assert (line["state"], line["failures"]) == ("retrying", 1)
        finally:
            connection.execute("DELETE FROM dateline.url WHERE host = 'busy.example'")


async def test_a_page_of_which_only_the_headline_is_known_is_an_error(client: Client, archive: str) -> None:
    before = (await client.get("/errors.json", state="failed")).json()
    with psycopg.connect(archive, autocommit=True) as connection:
        connection.execute(
            "WITH made AS (INSERT INTO dateline.article (url_key, url, site, kind, text_origin, title, text, content_hash,"
            " word_count, revised_at, first_seen_at, extractor) VALUES (gen_random_uuid(), %(url)s, 'x.example',"
            " 'headline', 'none', 'Lost', '', gen_random_uuid(), 0, now(), now(), 'test') RETURNING id)"
            " UPDATE dateline.url SET article_id = made.id FROM made WHERE url = %(url)s",
            {"url": LOST},
        )
        try:
            assert (await client.get("/errors.json", state="failed")).json() == before
            assert LOST in {one["url"] for one in before["urls"]}
        finally:
            connection.execute("DELETE FROM dateline.article WHERE site = 'x.example'")


async def test_an_article_that_was_taken_down_is_no_error(client: Client, archive: str) -> None:
    with psycopg.connect(archive, autocommit=True) as connection:
        connection.execute(
            "UPDATE dateline.url SET state = 'ended', reason = 'http_410', finished_at = now() WHERE url = %s",
            [REVISED],
        )
        try:
            urls = (await client.get("/errors.json", state="ended")).json()["urls"]
            assert REVISED not in {one["url"] for one in urls}
            told = (await client.get("/explain.json", url=REVISED)).json()
            assert told["verdict"] == "stored"
            assert not [step["text"] for step in told["steps"] if "not stored" in step["text"]]
        finally:
            connection.execute(
                "UPDATE dateline.url SET state = 'stored', reason = 'publisher' WHERE url = %s", [REVISED]
            )


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/search", {"q": "title:("}),
        ("/facets", {"q": "title:("}),
        ("/compare", {"a": "ferry", "b": "title:("}),
        ("/explain", {"url": "not a url"}),
        ("/errors", {"source": "nobody"}),
        ("/visits", {"source": "nobody"}),
        ("/schedule", {"source": "nobody"}),
        ("/coverage", {"source": "nobody"}),
        ("/source", {"name": "nobody"}),
    ],
)
async def test_what_is_an_error_on_the_page_is_one_in_its_twins(
    client: Client, path: str, params: dict[str, str]
) -> None:
    answers = [await client.get(path + ending, **params) for ending in ("", ".json", ".csv")]
    statuses = {answer.status for answer in answers}
    assert len(statuses) == 1
    assert statuses <= {400, 404}
    assert 'role="alert"' in answers[0].text
    for answer in answers[1:]:
        assert answer.json()["error"]
        assert answer.json()["error"][0].isupper() or path == "/compare"


async def test_further_rows_are_of_the_same_kind(client: Client) -> None:
    for path, params in (
        ("/search", {"q": "ferry"}),
        ("/visits", {}),
        ("/coverage", {"source": QUIET}),
        ("/errors", {"state": "ended"}),
    ):
        page = (await client.get(f"{path}.json", **params)).json()
        for name in ("next", "previous"):
            if page.get(name):
                assert page[name].startswith(f"{path}.json?"), path
    sheet = await client.get("/search.csv", q="ferry")
    assert re.fullmatch(r'</search\.csv\?.*>; rel="next"', sheet.headers["link"])


async def test_each_compared_search_has_a_column(client: Client) -> None:
    sheet = await client.get("/compare.csv", a="ferry", b="tram")
    [head, first, *_] = list(csv.reader(io.StringIO(sheet.text)))
    assert head == ["at", "all", "ferry", "tram"]
    assert len(first) == 4
    assert first[2].isdigit()


async def test_a_bad_export_is_told_on_the_page(client: Client) -> None:
    client.more = {"accept": "text/html,*/*"}
    answer = await client.get("/export", q="title:(")
    assert (answer.status, answer.headers["content-type"]) == (400, "text/html; charset=utf-8")
    assert 'role="alert"' in answer.text
    assert 'value="title:("' in answer.text
    client.more = {}
    assert (await client.get("/export", q="title:(")).json()["error"]


async def test_a_notice_is_said_once(client: Client) -> None:
    answer = await client.post("/source/pause", {"name": LIVELY})
    try:
        assert (answer.status, answer.headers["location"]) == (303, f"/source?name={LIVELY}")
        page = (await client.get("/source", name=LIVELY)).text
        assert "Paused. No visits until you resume it." in page
        assert "Visit now" not in page
        assert "Paused. No visits" not in (await client.get("/source", name=LIVELY)).text
        await client.post("/source/wake", {"name": LIVELY})
        assert "it is paused: it is visited when you resume it" in (await client.get("/source", name=LIVELY)).text
    finally:
        await client.post("/source/resume", {"name": LIVELY})
    assert "Paused." not in (await client.get("/source", name=LIVELY, done="paused")).text


async def test_a_watch_is_added_and_its_name_is_not_lost(client: Client) -> None:
    refused = await client.post("/watches/add", {"name": "Health News", "query": "ferry", "feed": "1"})
    assert refused.status == 400
    assert "such as health-news" in refused.text
    assert 'value="Health News"' in refused.text
    added = await client.post("/watches/add", {"name": "health-news", "query": "ferry", "webhook": "https://[::1]/x"})
    assert added.status == 400
    assert 'value="https://[::1]/x"' in added.text
    added = await client.post("/watches/add", {"name": "health-news", "query": "ferry", "feed": "1"})
    assert (added.status, added.headers["location"]) == (303, "/watches")
    assert "Watch “health-news” added." in (await client.get("/watches")).text
    removed = await client.post("/watches/remove", {"name": "health-news"})
    assert (removed.status, removed.headers["location"]) == (303, "/watches")
    assert "Watch “health-news” removed." in (await client.get("/watches")).text


async def test_removing_a_watch_asks(client: Client) -> None:
    page = (await client.get("/watches")).text
    forms = re.findall(r"<details[^>]*>.*?</details>", page, re.DOTALL)
    assert sum("/watches/remove" in one for one in forms) == page.count('action="/watches/remove"') > 0


async def test_health_has_one_colour_and_agrees_with_its_numbers(client: Client) -> None:
    colours: dict[str, set[str]] = {}
    for path in ("/", "/alarms", "/sources"):
        for colour, word in re.findall(r'class="badge (\w+)">([\w ]+)<', (await client.get(path)).text):
            colours.setdefault(word, set()).add(colour)
    assert colours["quiet"] == {"warn"}
    assert colours["failing"] == {"bad"}
    for one in (await client.get("/sources.json")).json()["sources"]:
        assert not (one["health"] == "fine" and one["failing"])


async def test_code_in_sentences_is_marked_up(client: Client) -> None:
    page = (await client.get("/")).text
    assert "`" not in re.sub(r"<script.*?</script>", "", page)
    assert "<code>dateline up</code>" in page


async def test_what_browsers_and_robots_ask_for_is_there(archive: str, console_dir: Path) -> None:
    async with console_app(Settings(data_dir=console_dir, console_password="p"), archive) as app:
        client = Client(app)
        icon, robots = await client.get("/favicon.ico"), await client.get("/robots.txt")
    assert (icon.status, icon.headers["content-type"]) == (200, "image/svg+xml")
    assert (robots.status, robots.text) == (200, "User-agent: *\nDisallow: /\n")


async def test_titles_stand_in_place_of_short_names(client: Client) -> None:
    for path in ("/", "/alarms", "/coverage", "/schedule", "/visits", "/errors?state=failing"):
        name, _, query = path.partition("?")
        page = (await client.ask("GET", name, query, b"")).text
        main = page[page.index("<main") : page.index("</main>")]
        shown = re.sub(r"<datalist.*?</datalist>|<[^>]+>", " ", main, flags=re.DOTALL)
        assert not re.search(rf"\b{QUIET}\b(?!\.example)", shown), path
        assert not re.search(rf"\b{FAILING}\b(?!\.example)", shown), path


async def test_failures_are_no_fractions(client: Client) -> None:
    page = (await client.get("/source", name=FAILING)).text
    assert "Failing since" in page
    assert '<th scope="col" class="n">Failures</th>' not in page


async def test_a_list_that_is_longer_than_its_page_says_so(client: Client, archive: str) -> None:
    with psycopg.connect(archive, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO dateline.alarm (source_id, kind, severity, since, noticed_at, until, evidence, sentence)"
            " SELECT s.id, 'quiet', 'warning', now() - n * interval '1 hour', now() - n * interval '1 hour', now(), '{}',"
            " 'made up' FROM dateline.source s, generate_series(1, 45) n WHERE s.name = %s",
            [LIVELY],
        )
        try:
            first = (await client.get("/alarms.json")).json()
            second = (await client.ask("GET", "/alarms.json", first["next"].partition("?")[2], b"")).json()
            assert [len(one["standing"]) + len(one["ended"]) for one in (first, second)] == [40, 7]
            assert (second["next"], second["previous"].partition("?")[0]) == (None, "/alarms.json")
            assert 'rel="next"' in (await client.get("/alarms")).text
        finally:
            connection.execute("DELETE FROM dateline.alarm WHERE sentence = 'made up'")


async def test_pages_of_sentences_have_no_raw_backticks_and_no_commands_beside_buttons(client: Client) -> None:
    for path in ("/exports", "/sql"):
        assert "`" not in (await client.get(path)).text, path
    unknown = await client.get("/explain", url="https://nobody.example/")
    assert "dateline crawl" not in unknown.text
    lost = (await client.get("/explain", url=LOST)).text
    assert "(source The Morning Courier)" in lost
    assert f"(source {LIVELY})" not in lost
    assert 'href="/sources/new?url=https%3A%2F%2Fnobody.example%2F">Try it as a source<' in unknown.text


async def test_nobody_who_did_not_log_in_can_log_out(client: Client) -> None:
    for path in ("/", "/sql"):
        assert "Log out" not in (await client.get(path)).text, path


async def test_a_new_archive_says_so(empty_archive: str, console_dir: Path) -> None:
    async with console_app(Settings(data_dir=console_dir), empty_archive) as app:
        client = Client(app)
        for path, said in (("/", "none yet"), ("/", "no visit yet"), ("/search", "No articles yet.")):
            assert said in (await client.get(path)).text, (path, said)
        for path in ("/coverage", "/sources", "/stories", "/visits"):
            assert 'rel="next"' not in (await client.get(path)).text, path
        assert "0 sources" not in (await client.get("/sources")).text


@pytest.fixture
def empty_archive(postgres_url: str, template: str) -> Iterator[str]:
    yield from clone(postgres_url, template)


async def test_a_chosen_schedule_is_saved_whatever_the_other_field_showed(client: Client, archive: str) -> None:
    fields = {"name": LIVELY, "title": "x", "home": "https://morning-courier.example/", "obey_robots": "1"}
    fields["watched"] = "feed https://morning-courier.example/feed.xml"
    for own, shown, preset, schedule in (
        ("every 40m", "", "adaptive", "every 40m"),
        ("every 40m", "every 40m", "every 1h", "every 1h"),
        ("every 50m", "every 40m", "", "every 50m"),
        ("", "every 50m", "every 5m", "every 5m"),
    ):
        form = fields | {"custom": own, "shown": shown, "preset": preset, "show": "1"}
        page = (await client.post("/sources/save", form)).text
        [kept] = re.findall(r'name="shown" value="([^"]*)"', page)
        [chosen] = re.findall(r'<option value="([^"]*)" selected>', page)
        assert (kept or chosen) == schedule, (own, shown, preset)
        assert bool(kept) != bool(chosen), "one of the two fields says the schedule"
