"""Every page in a real browser: nothing refused, nothing foreign, nothing that keeps anybody out.

`make sweep` looks at every address in every way, `make test` at one address of each page, and at half of the pages in each of the
two ways of axe.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import psycopg
import pytest
from playwright.sync_api import Browser, Page

from dateline.console.server.routes import VIEWS
from tests.browser.archive import HOSTILE, LIVELY, LOST, QUIET, REVISED, XSS
from tests.browser.conftest import AXE, Served, watch

pytestmark = pytest.mark.browser


REFUSED = ("404 (Not Found)", "400 (Bad Request)")


def addresses(served: Served) -> dict[str, list[str]]:
    """Addresses of each page, with what is worth seeing on it."""
    with psycopg.connect(served.database) as connection:
        ids = dict(
            connection.execute(
                "SELECT url, id FROM dateline.article WHERE url = ANY (%s)", [[REVISED, HOSTILE]]
            ).fetchall()
        )
        row = connection.execute(
            "SELECT story_id FROM dateline.story_member GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
        ).fetchone()
    story = row[0] if row else 0
    return {
        "overview": ["/"],
        "sources": ["/sources", "/sources?q=times&health=quiet", "/sources?q=nothing"],
        "source": [f"/source?name={QUIET}", "/source?name=failing-gazette"],
        "schedule": ["/schedule", f"/schedule?source={LIVELY}"],
        "alarms": ["/alarms", "/alarms?kind=failing&days=30"],
        "coverage": ["/coverage", f"/coverage?source={QUIET}", "/coverage?source=nobody"],
        "queue": ["/queue", f"/queue?source={LIVELY}"],
        "visits": ["/visits", "/visits?failed=1"],
        "errors": ["/errors", "/errors?reason=timeout&state=failed", "/errors?state=retrying", "/errors?state=failing"],
        "explain": [
            "/explain",
            f"/explain?url={LOST}",
            f"/explain?url={HOSTILE}",
            "/explain?url=https://nobody.example/",
        ],
        "article": [f"/article?id={ids[REVISED]}", f"/article?id={ids[HOSTILE]}"],
        "search": ["/search", "/search?q=ferry", "/search?q=ferry&order=best&copies=1", "/search?q=(ferry"],
        "facets": ["/facets?q=ferry", "/facets?q=title:"],
        "compare": ["/compare", "/compare?a=ferry&b=tram&c=title:"],
        "copies": ["/copies", "/copies?order=lag&days=7", "/copies?taker=tidewater-times.example"],
        "stories": ["/stories?outlets=1&days=30", "/stories"],
        "story": [f"/story?id={story}"],
        "difference": ["/difference", f"/difference?older={ids[REVISED]}&newer={ids[HOSTILE]}"],
        "names": ["/names", "/names?q=number&kind=person"],
        "users": ["/users"],
        "tokens": ["/tokens"],
        "saved": ["/saved"],
        "watches": ["/watches"],
        "exports": ["/exports"],
        "sql": ["/sql"],
        "forms": ["/sources/new", "/sources/import", f"/sources/edit?name={LIVELY}"],
        "failure": ["/nowhere", "/article?id=0"],
    }


def looked_at(served: Served, one_of: Callable[[list[str]], str], part: slice = slice(None)) -> list[str]:
    """All addresses in a sweep, else one of each page, or of part of the pages."""
    if os.environ.get("SWEEP"):
        return [address for pages in addresses(served).values() for address in pages]
    return [one_of(pages) for pages in addresses(served).values()][part]


def first(pages: list[str]) -> str:
    return pages[0]


def last(pages: list[str]) -> str:
    return pages[-1]


def test_every_page_is_looked_at(served: Served) -> None:
    assert {view.name for view in VIEWS} <= set(addresses(served))


@pytest.mark.parametrize(
    ("scripts", "scheme", "width"), [(True, "light", 1280), (True, "dark", 390), (False, "light", 390)]
)
def test_nothing_is_refused_foreign_or_wider_than_the_screen(
    served: Served, chromium: Browser, scripts: bool, scheme: str, width: int
) -> None:
    seen = watch(chromium, served.base, scripts=scripts, scheme=scheme, width=width)
    for address in looked_at(served, first if scheme == "dark" else last):
        answer = seen.page.goto(address, wait_until="load")
        assert answer is not None
        assert answer.status in (200, 400, 404), address
        if scripts:
            drawn(seen.page)
        expected = {f"Failed to load resource: the server responded with a status of {one}" for one in REFUSED}
        assert set(seen.troubles()) <= {f"broken: {one}" for one in expected}, address
        assert seen.page.locator("h1").count() == 1, address
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width, address
        if width == 390:
            assert seen.page.evaluate(SCROLLED) == [], address
    seen.context.close()


SCROLLED = """
[...document.querySelectorAll('.scroll:not(:has(.matrix, .raw))')].filter(one => one.scrollWidth > one.clientWidth)
    .map(one => one.ariaLabel)"""
"""Tables that become short rows on a phone, and are wider than it all the same."""


def drawn(page: Page) -> None:
    """Return when every chart of the page is drawn again by the script."""
    for plot in page.locator("figure[data-chart] .plot").all():
        plot.locator("canvas").wait_for()


RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_axe_finds_nothing_serious(served: Served, chromium: Browser, scripts: bool) -> None:
    """Where no script of the page runs, axe itself still has to: the page's own are kept from loading instead.

    All rules in light; in dark those about contrast, and that once, since nothing else changes.
    """
    seen = watch(chromium, served.base, width=1280 if scripts else 390)
    if not scripts:
        seen.context.route("**/static/**/*.js*", lambda route: route.abort())
        seen.context.route("**/static/*.js*", lambda route: route.abort())
    axe, found = AXE.read_text(), []
    for address in looked_at(served, first if scripts else last, slice(0 if scripts else 1, None, 2)):
        seen.page.emulate_media(color_scheme="light")
        seen.page.goto(address, wait_until="load")
        if scripts:
            drawn(seen.page)
        seen.page.evaluate(axe)
        found += serious(seen.page, f"light {address}", {"type": "tag", "values": RULES})
        if scripts:
            seen.page.emulate_media(color_scheme="dark")
            found += serious(seen.page, f"dark {address}", {"type": "rule", "values": ["color-contrast"]})
    seen.context.close()
    assert not found, "\n".join(map(str, found))


def serious(page: Page, what: str, rules: dict[str, object]) -> list[tuple[str, ...]]:
    """What axe finds that is serious or critical."""
    result = page.evaluate("rules => axe.run({resultTypes: ['violations'], runOnly: rules})", rules)
    return [
        (what, one["id"], str(node["target"]), node.get("failureSummary", "")[:200])
        for one in result["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"][:2]
    ]


def test_hostile_text_is_shown_as_text(served: Served, chromium: Browser) -> None:
    """Without escaping the first payload opens a dialog, which fails this test."""
    seen = watch(chromium, served.base)
    address = addresses(served)["article"][1]
    seen.page.goto(address)
    shown = seen.page.locator("main").inner_text()
    for payload in XSS:
        assert payload.replace("\ue000", "").replace("\ue001", "") in shown.replace("\ue000", "").replace(
            "\ue001", ""
        ), payload
    for link in seen.page.locator("main a").all():
        target = link.get_attribute("href") or ""
        assert target.startswith(("/", "#", "http://", "https://")), target
        if target.startswith("http"):
            assert set((link.get_attribute("rel") or "").split()) >= {"noreferrer", "noopener"}
    for page in ("/", "/sources", "/errors", "/visits", "/source?name=failing-gazette", f"/source?name={LIVELY}"):
        seen.page.goto(page)
    assert seen.page.locator("main script, main img, main iframe, main [onerror], main [onload]").count() == 0
    assert not seen.troubles()
    seen.context.close()


def test_operated_by_keyboard(served: Served, chromium: Browser) -> None:
    seen = watch(chromium, served.base, scripts=False)
    seen.page.goto("/sources")
    seen.page.keyboard.press("Tab")
    assert seen.page.locator(".skip").is_visible()
    seen.page.keyboard.press("Enter")
    assert seen.page.url.endswith("#main")
    seen.page.locator("input[name=q]").focus()
    seen.page.keyboard.type("tidewater")
    seen.page.keyboard.press("Enter")
    seen.page.wait_for_url("**q=tidewater**")
    assert seen.page.locator("tbody tr").count() == 1
    seen.context.close()


def test_a_source_is_paused_and_resumed(served: Served, chromium: Browser) -> None:
    seen = watch(chromium, served.base, scripts=False)
    seen.page.goto(f"/source?name={LIVELY}")
    for button, said in (("Pause", "Paused."), ("Resume", "Resumed."), ("Visit now", "are due now")):
        seen.page.get_by_role("button", name=button).click()
        assert said in seen.page.locator(".notice").inner_text()
    seen.context.close()


def test_a_statement_is_run_and_points_at_its_error(served: Served, chromium: Browser) -> None:
    for scripts in (True, False):
        seen = watch(chromium, served.base, scripts=scripts)
        seen.page.goto("/sql")
        for sql, said in (
            ("SELECT 1 + 1 AS two", "1 row"),
            ("SELECT nope FROM articles", 'column "nope" does not exist'),
        ):
            seen.page.locator("textarea").fill(sql)
            seen.page.get_by_role("button", name="Run").click()
            seen.page.locator("#answer", has_text=said).wait_for()
        assert seen.page.locator("pre.pointer").inner_text().splitlines()[1].index("^") == 7
        expected = "broken: Failed to load resource: the server responded with a status of 400 (Bad Request)"
        assert set(seen.troubles()) <= {expected}
        seen.context.close()
