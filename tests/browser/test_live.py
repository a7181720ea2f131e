"""The overview renews itself: focus and scroll stay, a lost connection is reported, an ended session leads to the login."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.browser.conftest import Served, Watched, watch

pytestmark = pytest.mark.browser
RENEW = "document.dispatchEvent(new Event('visibilitychange'))"


@pytest.fixture
def seen(served: Served, chromium: Browser) -> Iterator[Watched]:
    opened = watch(chromium, served.base)
    opened.page.goto("/")
    opened.page.locator("[data-fresh]", has_text="Updated").wait_for()
    yield opened
    opened.context.close()


def renewed(page: Page, text: str) -> None:
    """Have the page renewed, and wait until it says so."""
    page.evaluate(RENEW)
    page.locator("[data-fresh]", has_text=text).wait_for()


def changed(route: Route) -> None:
    """The page as the console answers it, with another headline and clock."""
    answer = route.fetch()
    body = answer.text().replace("need attention", "want a look").replace("UTC</span>", "renewed</span>")
    route.fulfill(response=answer, body=body)


def test_a_renewed_page_keeps_focus_scroll_and_title(seen: Watched) -> None:
    page = seen.page
    page.set_viewport_size({"width": 900, "height": 400})
    page.locator("#live tbody a").first.focus()
    page.evaluate("scrollTo(0, 300)")
    before = page.evaluate("[document.activeElement.textContent, scrollY]")
    page.route("**/", changed)
    renewed(page, "Updated")
    page.locator("#headline", has_text="want a look").wait_for()
    assert page.locator("#clock").inner_text().endswith("renewed")
    assert page.evaluate("[document.activeElement.textContent, scrollY]") == before
    assert page.title() == "Overview – Dateline"
    assert not seen.troubles()


def test_a_lost_connection_is_told_and_the_page_stays(seen: Watched) -> None:
    page = seen.page
    page.route("**/", lambda route: route.abort())
    renewed(page, "Connection lost. This is the state of")
    assert page.locator("#live table").count() >= 1
    page.unroute("**/")
    renewed(page, "Updated")


def test_a_paused_page_stays_as_it_is(seen: Watched) -> None:
    page = seen.page
    page.locator("[data-fresh] button").click()
    page.route("**/", changed)
    renewed(page, "Paused.")
    assert "need attention" in page.locator("#headline").inner_text()
    page.locator("[data-fresh] button").click()
    page.locator("#headline", has_text="want a look").wait_for()


def test_an_ended_session_leads_to_the_login(seen: Watched) -> None:
    page = seen.page
    page.route(
        "**/",
        lambda route: (
            route.fulfill(status=303, headers={"Location": "/login?next=/"})
            if route.request.headers.get("x-live")
            else route.continue_()
        ),
    )
    page.evaluate(RENEW)
    page.wait_for_url(lambda url: "/login?" in url)
    assert page.get_by_label("Password").count() == 1


def test_facets_leave_the_title_alone(seen: Watched) -> None:
    page = seen.page
    page.goto("/search?q=ferry")
    page.locator("#hit-count strong").wait_for()
    assert page.locator("ul.jump > li#hit-count").count() == 1
    assert page.title() == "Search: ferry – Dateline"


def test_an_old_error_leaves_the_screen_when_a_statement_is_run(seen: Watched) -> None:
    page = seen.page
    page.goto("/sql")
    page.locator("textarea").fill("SELECT nope")
    page.locator("textarea").press("Control+Enter")
    page.locator("#answer", has_text="nope").wait_for()
    page.locator("textarea").fill("SELECT 1 AS one, pg_sleep(1)")
    page.locator("textarea").press("Control+Enter")
    page.locator("#answer", has_text="Running for").wait_for()
    assert "nope" not in page.locator("#answer").inner_text()
    page.locator("#answer", has_text="1 row").wait_for()
    page.route(
        "**/sql",
        lambda route: route.fulfill(status=503, body="<main><p role=alert>The database does not answer.</p></main>"),
    )
    page.locator("textarea").press("Control+Enter")
    page.locator("#answer", has_text="The database does not answer.").wait_for()
