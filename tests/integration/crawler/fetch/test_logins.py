"""A source's cookies and headers go to its own site, by the rules of cookies, and are written down nowhere."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.exchange import FetchRequest, PageItem
from crawler.fetch.fetcher import Fetcher
from dateline.types.source import Access
from tests.integration.support.fetch_site import (
    AGENT,
    TEXT,
    Site,
    ask,
    fetch,
    got,
    moved,
    page,
    refusal,
    settings,
    with_fetcher,
)

HOME = "http://www.a.example/"
LATER = int(time.time()) + 3600
WORD, TOKEN = "c4n4ry-session", "c4n4ry-token"


@pytest.fixture
def site() -> Iterator[Site]:
    server = Site()
    server.pages["/"] = page(TEXT)
    yield server
    server.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "POST_TOKEN").write_text(TOKEN + "\n")
    lines = [
        f".a.example\tTRUE\t/\tFALSE\t{LATER}\tsession\t{WORD}",
        f"#HttpOnly_www.a.example\tFALSE\t/members\tFALSE\t0\tmember\t{WORD}-2",
        f".a.example\tTRUE\t/\tTRUE\t{LATER}\tsecure\t{WORD}-3",
        f".a.example\tTRUE\t/\tFALSE\t{LATER - 7200}\told\t{WORD}-4",
        f".b.example\tTRUE\t/\tFALSE\t{LATER}\tother\t{WORD}-5",
    ]
    (tmp_path / "cookies.txt").write_text("\n".join(lines))
    return tmp_path


def access(folder: Path, home: str = HOME) -> Access:
    headers = (("Authorization", "Bearer ${POST_TOKEN}"), ("x-desk", "${POST_TOKEN}"))
    return Access(home, cookies_file=str(folder / "cookies.txt"), headers=headers, user_agent="Desk/2 (+x@y.test)")


def visit(site: Site, folder: Path, url: str, home: str = HOME, **how: object) -> dict[str, dict[str, str]]:
    """The headers that came to each path of the site; `b.example` and all hosts of `a.example` are there."""
    there = [f"{name}=127.0.0.1:{site.port}" for name in ("a.example", "*.a.example", "b.example")]
    rules = settings(site, resolve=tuple(there), secrets_dir=folder)
    got(fetch(ask(url, access=access(folder, home), **how), rules))
    return dict(site.log)


def test_pages_of_the_site_get_the_login_and_robots_txt_does_not(site: Site, folder: Path) -> None:
    site.pages["/members/1"] = page(TEXT)
    asked = visit(site, folder, f"{HOME}members/1")
    assert asked["/members/1"]["cookie"] == f"member={WORD}-2; session={WORD}"
    assert asked["/members/1"]["authorization"] == f"Bearer {TOKEN}"
    assert asked["/members/1"]["x-desk"] == TOKEN
    assert asked["/members/1"]["user-agent"] == asked["/robots.txt"]["user-agent"] == "Desk/2 (+x@y.test)"
    assert not {"cookie", "authorization", "x-desk"} & asked["/robots.txt"].keys()


def test_a_subdomain_gets_what_the_cookie_allows(site: Site, folder: Path) -> None:
    asked = visit(site, folder, "http://feeds.a.example/", role="feed")
    assert asked["/"]["cookie"] == f"session={WORD}"
    assert asked["/"]["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("way", [["http://b.example/x"], ["http://b.example/y", f"{HOME}back"]])
def test_a_redirect_takes_nothing_to_another_site(site: Site, folder: Path, way: list[str]) -> None:
    site.pages["/"] = moved(way[0])
    site.pages |= {"/x": page(TEXT), "/y": moved(way[-1]), "/back": page(TEXT)}
    asked = visit(site, folder, HOME)
    foreign = asked["/x" if len(way) == 1 else "/y"]
    assert foreign["host"] == "b.example"
    assert not {"cookie", "authorization", "x-desk"} & foreign.keys()
    assert WORD not in str(foreign)
    if len(way) > 1:
        assert asked["/back"]["authorization"] == f"Bearer {TOKEN}"
        assert WORD in asked["/back"]["cookie"]


def test_pages_of_other_sites_get_nothing_at_all(site: Site, folder: Path) -> None:
    asked = visit(site, folder, "http://b.example/")
    assert not {"cookie", "authorization", "x-desk"} & asked["/"].keys()


def test_headers_never_go_in_the_open_where_the_home_page_is_https(site: Site, folder: Path) -> None:
    asked = visit(site, folder, HOME, home="https://a.example/")
    assert not {"authorization", "x-desk"} & asked["/"].keys()
    assert asked["/"]["cookie"] == f"session={WORD}", "cookies say themselves whether they may"


def test_what_the_site_sets_counts_within_the_chain_and_is_not_kept(site: Site, folder: Path) -> None:
    before = (folder / "cookies.txt").read_bytes()
    fresh = f"Set-Cookie: session={WORD}-new; Domain=a.example; Path=/"
    site.pages["/"] = page(b"", f"Location: {HOME}in", fresh, status=302)
    site.pages["/in"] = page(TEXT)
    asked = visit(site, folder, HOME)
    assert asked["/in"]["cookie"] == f"session={WORD}-new"
    assert (folder / "cookies.txt").read_bytes() == before
    site.log.clear()
    assert visit(site, folder, HOME)["/"]["cookie"] == f"session={WORD}"


def test_what_may_be_archived_holds_no_secret(site: Site, folder: Path) -> None:
    echo = ["Set-Cookie: session=fresh-c4n4ry", f"X-Echo: you are {TOKEN}", f"Link: <http://x/?t={WORD}>; rel=next"]
    site.pages["/"] = page(TEXT, *echo)

    async def exchange(fetcher: Fetcher) -> PageItem:
        found = await fetcher.fetch_exchange(FetchRequest(HOME, delay_s=0, access=access(folder)))
        assert isinstance(found, PageItem)
        return found

    there = (f"*.a.example=127.0.0.1:{site.port}",)
    item = with_fetcher(exchange, settings(site, resolve=there, secrets_dir=folder))
    names = {name.lower() for name, _ in item.raw.request_headers}
    assert {b"cookie", b"authorization", b"x-desk"} <= names
    assert "c4n4ry" not in str((item.raw.request_headers, item.raw.headers, item.page, item.request))
    assert (b"X-Echo", b"you are ***") in item.raw.headers


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda folder: (folder / "cookies.txt").unlink(), "No such file"),
        (lambda folder: (folder / "cookies.txt").write_text("c4n4ry words"), "line 1 has 1 of 7 fields"),
        (lambda folder: (folder / "POST_TOKEN").unlink(), "the environment variable POST_TOKEN is not set"),
        (lambda folder: (folder / "POST_TOKEN").write_text(""), "POST_TOKEN is empty"),
        (lambda folder: (folder / "POST_TOKEN").write_text("c4n4ry\r\nX-Evil: 1"), "POST_TOKEN is not one line"),
        (lambda folder: (folder / "POST_TOKEN").write_bytes(b"\xff\xfe"), "not a text in UTF-8"),
    ],
)
def test_without_its_login_nothing_is_asked_for(site: Site, folder: Path, change: object, said: str) -> None:
    """Else a wall would be stored where an article was meant."""
    change(folder)  # type: ignore[operator]
    outcome = refusal(fetch(ask(HOME, access=access(folder)), settings(site, secrets_dir=folder)))
    assert (outcome.reason, outcome.is_temporary) == ("login_unreadable", True)
    assert said in outcome.detail
    assert "c4n4ry" not in outcome.detail
    assert site.log == []


def test_a_pipe_in_place_of_the_file_stops_nothing(site: Site, folder: Path) -> None:
    (folder / "cookies.txt").unlink()
    os.mkfifo(folder / "cookies.txt")
    outcome = refusal(fetch(ask(HOME, access=access(folder)), settings(site, secrets_dir=folder)))
    assert "is not a file" in outcome.detail


def test_a_file_that_was_exported_anew_counts_at_once(site: Site, folder: Path) -> None:
    async def twice(fetcher: Fetcher) -> None:
        request = FetchRequest("http://a.example/", delay_s=0, access=access(folder))
        got(await fetcher.fetch(request))
        (folder / "cookies.txt").write_text(f".a.example\tTRUE\t/\tFALSE\t0\tsession\tnew-{WORD}")
        got(await fetcher.fetch(request))

    with_fetcher(twice, settings(site, secrets_dir=folder))
    assert [headers["cookie"] for path, headers in site.log if path == "/"] == [
        f"session={WORD}",
        f"session=new-{WORD}",
    ]


def test_robots_txt_is_obeyed_by_the_name_of_the_sources_user_agent(site: Site, folder: Path) -> None:
    site.pages["/robots.txt"] = page(b"User-agent: Desk\nDisallow: /\n\nUser-agent: Dateline\nDisallow:\n")
    own = Access(HOME, user_agent="Desk/2 (+x@y.test)")

    async def both(fetcher: Fetcher) -> list[object]:
        return [await fetcher.fetch(ask("http://a.example/", access=one)) for one in (own, Access(), own)]

    first, second, third = with_fetcher(both, settings(site))
    assert AGENT.startswith("Dateline")
    assert [refusal(first).reason, got(second).body, refusal(third).reason] == ["robots", TEXT, "robots"]  # type: ignore[arg-type]


def test_an_address_that_ends_the_login_does_not_get_it(site: Site, folder: Path) -> None:
    site.pages["/logout"] = site.pages["/2026/how-to-log-out"] = page(TEXT)
    site.pages["/away"] = moved("/logout")
    there = settings(site, resolve=(f"*.a.example=127.0.0.1:{site.port}",), secrets_dir=folder)
    for asked in ("away", "2026/how-to-log-out"):
        got(fetch(ask(HOME + asked, access=access(folder)), there))
    away, ended, article = ({"cookie", "authorization"} & set(seen) for path, seen in site.log if path != "/robots.txt")
    assert (ended, away) == (set(), article)
    assert article == {"cookie", "authorization"}
