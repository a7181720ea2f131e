"""A stranger's tasks, each from the first page with four clicks at most, without scripts and by what the pages say."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator

from dateline.demo.newsroom import Newsroom
from dateline.demo.server import NewsroomServer
from sql.database import connect
from sql.frontier.sources import get_sources, remove_sources, upsert_source
from tests.browser.archive import LIVELY, LOST
from tests.browser.conftest import Served, Watched, watch

pytestmark = pytest.mark.browser
MOST_CLICKS = 4


@dataclass
class Stranger:
    """Somebody who reads and clicks."""

    seen: Watched
    clicks: int = 0

    def click(self, what: Locator) -> None:
        self.clicks += 1
        assert self.clicks <= MOST_CLICKS
        what.click()
        self.seen.page.wait_for_load_state()  # a click returns when the next page begins to arrive

    def menu(self, name: str) -> None:
        self.click(self.seen.page.get_by_role("navigation").get_by_role("link", name=name).first)

    def link(self, name: str) -> None:
        self.click(self.seen.page.locator("main").get_by_role("link", name=name).first)

    def button(self, name: str) -> None:
        self.click(self.seen.page.locator("main").get_by_role("button", name=name))

    def fill(self, label: str, text: str) -> None:
        self.seen.page.get_by_label(label, exact=True).fill(text)

    @property
    def text(self) -> str:
        return self.seen.page.locator("main").inner_text()


@pytest.fixture
def stranger(served: Served, chromium: Browser) -> Iterator[Stranger]:
    seen = watch(chromium, served.base, scripts=False)
    seen.page.goto("/")
    yield Stranger(seen)
    assert not seen.troubles()
    seen.context.close()


@pytest.fixture
def on_the_phone(served: Served, chromium: Browser) -> Iterator[Stranger]:
    seen = watch(chromium, served.base, scripts=False, width=390)
    seen.page.goto("/")
    yield Stranger(seen)
    assert not seen.troubles()
    seen.context.close()


def test_finds_the_source_that_went_quiet(stranger: Stranger) -> None:
    stranger.click(stranger.seen.page.get_by_role("row").filter(has_text="quiet").get_by_role("link"))
    assert "Tidewater Times" in stranger.text
    assert "No article in 3 d" in stranger.text


def test_sees_why_a_url_is_missing(stranger: Stranger) -> None:
    stranger.menu("Explain a URL")
    stranger.fill("URL", LOST)
    stranger.button("Explain")
    assert "given up after 1 try: the host answered with status 404" in stranger.text


def test_compares_two_words_over_a_month(stranger: Stranger) -> None:
    stranger.menu("Compare")
    stranger.fill("First search", "ferry")
    stranger.fill("Second search", "tram")
    stranger.button("Compare")
    label = stranger.seen.page.locator("svg.chart").get_attribute("aria-label") or ""
    assert "ferry, last" in label
    assert "tram, last" in label
    assert stranger.seen.page.get_by_role("row").count() >= 30


def test_reads_what_changed_in_a_headline(stranger: Stranger) -> None:
    stranger.menu("Search")
    stranger.fill("Search", "title:pier")
    stranger.button("Search")
    stranger.link("revised 1×")
    head = stranger.seen.page.locator(".diff h3")
    assert "by autumn" in " ".join(head.locator("del").all_inner_texts())
    assert "drops plan" in " ".join(head.locator("ins").all_inner_texts())


def test_exports_what_is_seen(stranger: Stranger) -> None:
    stranger.menu("Search")
    stranger.fill("Search", "ferry")
    stranger.button("Search")
    titles = [one.inner_text() for one in stranger.seen.page.locator(".hits h2").all()]
    with stranger.seen.page.expect_download() as download:
        stranger.click(stranger.seen.page.get_by_role("contentinfo").get_by_role("link", name="CSV"))
    with download.value.path().open(newline="", encoding="utf-8") as file:
        assert [row["title"] for row in csv.DictReader(file)] == titles


def test_adds_a_source(served: Served, on_the_phone: Stranger, monkeypatch: pytest.MonkeyPatch) -> None:
    with NewsroomServer(Newsroom.fresh(dt.datetime.now(dt.UTC))) as server:
        monkeypatch.setenv("DATELINE_RESOLVE", server.resolve_rules)
        monkeypatch.setenv("DATELINE_DELAY_S", "0")
        on_the_phone.menu("Sources")
        on_the_phone.link("Add a source")
        on_the_phone.seen.page.locator("input[name=address]").fill("http://harbour-post.test/")
        on_the_phone.button("Try")
        on_the_phone.seen.page.get_by_role("button", name="Add source").wait_for(timeout=120_000)
        assert "Sample articles" in on_the_phone.text
        on_the_phone.button("Add source")
    try:
        assert "Source “The Harbour Post” added." in on_the_phone.text
    finally:
        with connect(served.database) as connection:
            assert remove_sources(connection, ["the-harbour-post"]) == {"the-harbour-post"}


def test_changes_a_schedule(served: Served, on_the_phone: Stranger) -> None:
    with connect(served.database) as connection:
        [before] = get_sources(connection, [LIVELY])
    on_the_phone.menu("Sources")
    on_the_phone.link("The Morning Courier")
    on_the_phone.link("Edit")
    on_the_phone.seen.page.get_by_label("Schedule").select_option("every 1h")
    on_the_phone.button("Save")
    try:
        assert "every 1h" in on_the_phone.text
        assert "next:" in on_the_phone.text
    finally:
        with connect(served.database) as connection:
            upsert_source(connection, before)


def test_sees_what_is_fetched_now(stranger: Stranger) -> None:
    stranger.click(stranger.seen.page.locator("main dt", has_text="Backlog").locator("..").get_by_role("link"))
    assert "No URL waits to be fetched." in stranger.text or "being visited" in stranger.text


def test_sees_what_failed_today(stranger: Stranger) -> None:
    stranger.menu("Errors")
    assert LOST in stranger.text
    stranger.link("Watched pages failing")
    assert "failing-gazette.example/feed.xml" in stranger.text


def test_pauses_a_source_and_resumes_it(on_the_phone: Stranger) -> None:
    on_the_phone.menu("Sources")
    on_the_phone.link("The Morning Courier")
    on_the_phone.button("Pause")
    assert "Paused." in on_the_phone.text
    on_the_phone.button("Resume")
    assert "Resumed." in on_the_phone.text


def test_sees_who_copied_whom_this_month(stranger: Stranger) -> None:
    stranger.menu("Copies")
    assert "Tidewater Times" in stranger.text
    assert "Median delay" in stranger.text or "MEDIAN DELAY" in stranger.text


def test_compares_a_copy_with_its_original(stranger: Stranger) -> None:
    stranger.menu("Copies")
    stranger.link("Compare")
    assert "Headline and text are identical." in stranger.text


def test_watches_a_search(served: Served, on_the_phone: Stranger) -> None:
    on_the_phone.menu("Search")
    on_the_phone.fill("Search", "tram")
    on_the_phone.button("Search")
    on_the_phone.link("Watch this search")
    on_the_phone.seen.page.locator("#save input[name=name]").fill("trams")
    on_the_phone.click(on_the_phone.seen.page.get_by_role("button", name="Watch", exact=True))
    assert "Watch “trams” added." in on_the_phone.text
    with connect(served.database, autocommit=True) as connection:
        connection.execute("DELETE FROM dateline.watch WHERE name = 'trams'")


def test_links_to_a_statement(stranger: Stranger) -> None:
    stranger.menu("SQL")
    stranger.seen.page.locator("textarea").fill("SELECT 40 + 2 AS answer")
    stranger.button("Run")
    stranger.link("Link to this statement")
    assert stranger.seen.page.locator("textarea").input_value() == "SELECT 40 + 2 AS answer"
