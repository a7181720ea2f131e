"""A stranger's five tasks, each from the first page with five clicks at most, without scripts and by what the pages say."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator

from tests.browser.archive import LOST
from tests.browser.conftest import Served, Watched, watch

pytestmark = pytest.mark.browser
MOST_CLICKS = 5


@dataclass
class Stranger:
    """Somebody who reads and clicks."""

    seen: Watched
    clicks: int = 0

    def click(self, what: Locator) -> None:
        self.clicks += 1
        assert self.clicks <= MOST_CLICKS
        what.click()

    def menu(self, name: str) -> None:
        self.click(self.seen.page.get_by_role("navigation").get_by_role("link", name=name, exact=True))

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
