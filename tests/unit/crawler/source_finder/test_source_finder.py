"""Which pages of a site are worth watching, and what its front page says of it: pure."""

from __future__ import annotations

import datetime as dt

import pytest

from crawler.source_finder.finder import TriedPage, choose, tried
from crawler.source_finder.home_page import read_front_page
from dateline.cli.sources.tables import table, trial_line
from dateline.types.article import Candidate
from dateline.types.source import ChildPage, Discovery, FeedKind, WatchedPage

NOON = dt.datetime(2026, 3, 14, 12, tzinfo=dt.UTC)


def found(kind: FeedKind | None, *paths: str, children: tuple[str, ...] = ()) -> Discovery:
    return Discovery(
        found_kind=kind,
        candidates=tuple(Candidate(f"https://bote.test/{path}", "rss", published_at=NOON) for path in paths),
        children=tuple(ChildPage(f"https://bote.test/{child}") for child in children),
    )


def page(name: str, kind: FeedKind, *paths: str, children: tuple[str, ...] = ()) -> TriedPage:
    return tried(f"https://bote.test/{name}", kind, 200, found(kind, *paths, children=children))


@pytest.mark.parametrize(
    ("watched_as", "discovery", "kind", "outcome"),
    [
        ("feed", found("feed", "a"), "feed", "ok"),
        ("feed", found("feed"), "feed", "empty"),
        ("sitemap", found("news_sitemap", "a"), "news_sitemap", "ok"),
        ("sitemap", found("sitemap", children=("1.xml",)), "sitemap", "ok"),
        ("feed", found("section", "a"), "feed", "html"),
        ("home", found("home", "a"), "home", "ok"),
        ("auto", found("home", "a"), "home", "ok"),
        ("feed", found(None), "feed", "unknown"),
    ],
)
def test_a_tried_page_is_what_its_bytes_say(
    watched_as: FeedKind, discovery: Discovery, kind: FeedKind, outcome: str
) -> None:
    came = tried("https://bote.test/x", watched_as, 200, discovery)
    assert (came.kind, came.outcome) == (kind, outcome)
    assert came.newest_at == (NOON if discovery.candidates else None)


FEED = page("rss", "feed", "a", "b", "c")
SAME_FEED = page("atom", "feed", "a", "b", "c")
SPORT = page("sport.rss", "feed", "s", "t")
NEWS = page("news.xml", "news_sitemap", "a", "b")
ARCHIVE = page("sitemap.xml", "sitemap", children=("1.xml",))
HOME = page("", "home", "a", "b")
FAILED = TriedPage("https://bote.test/feed", "feed", "http_500", 500)
EMPTY = page("empty.rss", "feed")


@pytest.mark.parametrize(
    ("pages", "chosen"),
    [
        ([FAILED, FEED, SAME_FEED, SPORT, NEWS, ARCHIVE, HOME, EMPTY], ["rss", "sport.rss", "news.xml", ""]),
        ([NEWS, ARCHIVE, HOME], ["news.xml", ""]),
        ([EMPTY, ARCHIVE, HOME], ["sitemap.xml", ""]),
        ([FAILED, HOME], [""]),
        ([FAILED, EMPTY], []),
        ([], []),
    ],
)
def test_feeds_are_chosen_before_sitemaps_and_the_home_page_always(pages: list[TriedPage], chosen: list[str]) -> None:
    kinds = {page.url: page.kind for page in pages}
    urls = [f"https://bote.test/{name}" for name in chosen]
    assert choose(pages) == tuple(WatchedPage(url, kinds[url]) for url in urls)


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("<meta property='og:site_name' content=' Obersee  Bote '><title>Start</title>", "Obersee Bote"),
        ("<title>Home | Obersee Bote</title>", "Obersee Bote"),
        ("<title>Obersee Bote – Nachrichten vom See</title>", "Obersee Bote"),
        ("<title>News: Obersee-Bote</title>", "Obersee-Bote"),
        ("", None),
    ],
)
def test_a_home_page_gives_the_name_of_the_outlet(head: str, title: str | None) -> None:
    body = f"<html lang='de-CH'><head>{head}<link rel='alternate' type='application/rss+xml' href='/rss'></head></html>"
    front = read_front_page(body.encode(), url="https://www.obersee-bote.test/", content_type="text/html", now=NOON)
    assert (front.title, front.language) == (title, "de")
    assert [link.url for link in front.feeds] == ["https://www.obersee-bote.test/rss"]
    assert front.discovery.found_kind == "home"


def test_a_feed_in_place_of_a_home_page_gives_its_own_facts() -> None:
    feed = b"<rss version='2.0'><channel><title>Obersee Bote</title><language>de-de</language>" + (
        b"<item><link>https://obersee-bote.test/1</link><title>Eins</title></item></channel></rss>"
    )
    front = read_front_page(feed, url="https://obersee-bote.test/rss", content_type="text/html", now=NOON)
    assert (front.title, front.language, front.discovery.found_kind) == ("Obersee Bote", "de", "feed")
    assert len(front.discovery.candidates) == 1


def test_each_tried_page_is_one_line() -> None:
    assert trial_line(FEED) == "  ok   feed          https://bote.test/rss  3 entries, newest 2026-03-14 12:00Z"
    assert trial_line(ARCHIVE) == "  ok   sitemap       https://bote.test/sitemap.xml  1 sitemap"
    assert trial_line(FAILED) == "  no   feed          https://bote.test/feed  http_500"


def test_a_table_is_as_wide_as_its_cells() -> None:
    assert table(["A", "NUMBER"], [["long", "7"], ["b", "12"]], right={1}) == "A     NUMBER\nlong       7\nb         12"
