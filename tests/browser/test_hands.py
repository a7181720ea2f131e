"""What people do with hands and printers: keys with a help sheet, dates by dragging, texts side by side, paper, saved queries."""

from __future__ import annotations

from urllib.parse import urlencode

import psycopg
import pytest
from playwright.sync_api import Browser

from dateline.types.source import Source
from sql.database import connect
from sql.frontier.sources import upsert_source
from tests.browser.archive import HOSTILE, LIVELY, REVISED
from tests.browser.conftest import Served, watch

pytestmark = pytest.mark.browser
NAME = "Ferries & “piers”"


def test_keys_open_pages_and_a_sheet_lists_them(served: Served, chromium: Browser) -> None:
    seen = watch(chromium, served.base)
    page = seen.page
    page.goto("/")
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Keyboard shortcuts").click()
    assert page.locator("#keys").is_visible()
    page.keyboard.press("Escape")
    for key, path in (("s", "/sources"), ("q", "/queue"), ("f", "/search")):
        page.keyboard.press("g")
        page.keyboard.press(key)
        page.wait_for_url(f"**{path}")
    page.keyboard.press("/")
    page.keyboard.type("g s ferry")
    assert page.locator("main input[name=q]").input_value() == "g s ferry", "keys are letters where one types"
    assert not seen.troubles()
    seen.context.close()


def test_a_span_that_is_dragged_narrows_the_search(served: Served, chromium: Browser) -> None:
    seen = watch(chromium, served.base)
    page = seen.page
    page.goto("/search?q=ferry")
    page.locator("#facets canvas").wait_for()
    box = page.locator("#facets .u-over").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 20, steps=5)
    page.mouse.up()
    page.wait_for_url("**date*")
    assert page.locator("main input[name=q]").input_value().startswith("ferry date:")
    assert 0 < page.locator(".hits > li").count() < 20
    assert not seen.troubles()
    seen.context.close()


def test_a_difference_is_side_by_side_on_wide_screens_alone(served: Served, chromium: Browser) -> None:
    with psycopg.connect(served.database) as connection:
        [(article,)] = connection.execute("SELECT id FROM dateline.article WHERE url = %s", [REVISED]).fetchall()
    seen = watch(chromium, served.base)
    page = seen.page
    page.goto(f"/article?id={article}")
    old, new = (page.locator(f".diff .{side}").first.bounding_box() for side in ("old", "new"))
    assert old is not None
    assert new is not None
    assert old["y"] == new["y"]
    assert old["x"] + old["width"] <= new["x"]
    page.set_viewport_size({"width": 390, "height": 900})
    assert not page.locator(".diff .old").first.is_visible()
    assert page.locator(".diff .both").first.is_visible()
    seen.context.close()


def test_paper_has_no_menu_and_no_forms(served: Served, chromium: Browser) -> None:
    seen = watch(chromium, served.base, scheme="dark")
    page = seen.page
    for address in ("/search?q=ferry", "/sources", "/queue", "/watches"):
        page.goto(address)
        page.emulate_media(media="print")
        for shown in page.locator("nav, form.bar, footer, button, dialog").all():
            assert not shown.is_visible(), address
        assert page.locator("h1").is_visible()
        assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
        assert page.evaluate("getComputedStyle(document.documentElement).color") == "rgb(28, 27, 25)", "dark on white"
        page.emulate_media(media="screen")
    seen.context.close()


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


def test_ctrl_and_enter_run_a_statement(served: Served, chromium: Browser) -> None:
    seen = watch(chromium, served.base)
    page = seen.page
    page.goto("/sql")
    page.locator("textarea").fill("SELECT 40 + 2 AS answer")
    page.keyboard.press("Enter")
    assert page.locator("textarea").input_value().endswith("answer\n"), "Enter alone begins a line"
    page.keyboard.press("Control+Enter")
    page.locator("#answer td", has_text="42").wait_for()
    assert not seen.troubles()
    seen.context.close()


def test_what_is_gone_is_left_and_what_is_new_is_right(served: Served, chromium: Browser) -> None:
    """A lone paragraph before a changed one must not swap the sides of all that follow."""
    seen = watch(chromium, served.base, scripts=False)
    seen.page.goto(f"/difference?{urlencode({'older': REVISED, 'newer': HOSTILE})}")
    for tag, is_left in (("del", True), ("ins", False)):
        boxes = [one.bounding_box() for one in seen.page.locator(f".diff p:visible > {tag}").all()]
        assert len(boxes) > 3
        assert {box["x"] < 640 for box in boxes if box} == {is_left}, tag
    seen.context.close()


def test_a_long_title_of_a_source_leaves_all_columns_in_sight(served: Served, chromium: Browser) -> None:
    seen = watch(chromium, served.base, scripts=False)
    page = seen.page

    def call_it(title: str) -> None:
        page.goto(f"/sources/edit?name={LIVELY}")
        page.get_by_label("Title").fill(title)
        page.get_by_role("button", name="Save").click()

    call_it("صحيفة (يومية) " + "Ç" * 280)
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for address, column in (("/coverage", "Covered"), ("/copies", "Median delay"), ("/visits", "Took")):
            page.goto(address)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address
            box = page.get_by_role("columnheader", name=column).first.bounding_box()
            assert width < 1000 or (box and box["x"] + box["width"] <= width), (address, box)
    call_it("The Morning Courier")
    seen.context.close()


def test_back_leads_to_the_question_of_a_removal(served: Served, chromium: Browser) -> None:
    seen = watch(chromium, served.base, scripts=False)
    page = seen.page
    with connect(served.database, autocommit=True) as connection:
        upsert_source(connection, Source("short-lived", "Short-lived", "https://short-lived.example/"))
    page.goto("/sources")
    page.locator("input[name='pick:short-lived']").check()
    page.locator("select[name=do]").select_option("remove")
    page.locator("form[action$='/sources/bulk'] button").first.click()
    for said in ("1 source removed.", "0 sources removed."):
        page.get_by_role("button", name="Remove", exact=True).click()
        assert said in page.locator(".notice").inner_text()
        page.go_back()
        assert page.locator("h1").inner_text() == "Remove 1 source?"
    assert not seen.troubles()
    seen.context.close()


def test_what_is_written_from_the_right_begins_there(served: Served, chromium: Browser) -> None:
    seen = watch(chromium, served.base, scripts=False)
    seen.page.goto("/search?q=ferry")
    for place in ("main input[name=q]", ".hits h2", ".hits p"):
        style = "one => getComputedStyle(one).unicodeBidi"
        assert seen.page.locator(place).first.evaluate(style) == "plaintext", place
    seen.context.close()
