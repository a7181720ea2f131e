"""Searches and statements are kept under a name, opened by it, renamed and removed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import Served, watch

NAME = "Ferries & “piers”"


@pytest.mark.browser
@pytest.mark.parametrize("scripts", [True, False])
def test_a_statement_and_a_search_are_saved_and_opened(served: Served, chromium: Browser, scripts: bool) -> None:
    seen = watch(chromium, served.base, scripts=scripts)
    page = seen.page
    page.goto("/sql")
    page.locator("textarea").fill("SELECT 40 + 2 AS answer")
    with page.expect_download() as download:
        page.get_by_role("button", name="as CSV").click()
    assert download.value.path().read_text().split() == ["answer", "42"]
    page.locator("#keep summary").click()
    page.locator("#keep").get_by_label("Name").fill("Answers")
    page.locator("#keep button").click()
    assert page.locator(".notice").inner_text() == "Saved as “Answers”."
    assert page.locator("textarea").input_value() == "SELECT 40 + 2 AS answer"

    page.goto("/search?q=ferry")
    page.locator("#keep summary").click()
    page.locator("#keep").get_by_label("Name").fill("Answers")
    page.locator("#keep button").click()
    assert "There is a saved query “Answers” already." in page.locator("[role=alert]").inner_text()
    page.get_by_label("Name", exact=True).fill(NAME)
    page.get_by_role("button", name="Save").click()
    assert page.locator("h1").inner_text() == NAME
    page.locator("main input[name=q]").fill("tram")
    page.locator("form[role=search] button").click()
    assert "changed since" in page.locator(".lead").inner_text()

    page.goto("/saved")
    for name in ("Answers", NAME):
        row = page.get_by_role("row").filter(has=page.get_by_role("link", name=name, exact=True))
        row.get_by_text("Remove").first.click()
        row.get_by_role("button", name="Remove").click()
        assert page.locator(".notice").inner_text() == f"“{name}” removed."
    expected = "broken: Failed to load resource: the server responded with a status of 400 (Bad Request)"
    assert set(seen.troubles()) <= {expected}
    seen.context.close()
