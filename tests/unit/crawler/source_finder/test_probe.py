"""What is tried when a source is added, and what of it is kept."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from crawler.discovery.sitemaps import robots_sitemaps
from crawler.source_finder.probe import FoundLink, ProbeResult, feed_links, rank_found, usual_paths
from dateline.types.article import Candidate
from dateline.types.source import ChildPage, Discovery, FeedKind

PAGES = Path(__file__).parents[1] / "discovery/pages"
HOME = "https://www.harbour.example/"


def result(path: str, *names: str, kind: FeedKind | None = "feed", guid: str = "", title: str = "") -> ProbeResult:
    pages = tuple(Candidate(f"https://harbour.example/{name}", "rss", guid=guid + name) for name in names)
    return ProbeResult(f"https://harbour.example{path}", Discovery(found_kind=kind, candidates=pages, title=title))


def test_a_page_names_its_feeds_and_not_its_comments() -> None:
    assert feed_links((PAGES / "front_page.html").read_bytes(), HOME) == [
        FoundLink("https://www.harbour.example/rss", "feed", "All news"),
        FoundLink("https://www.harbour.example/feed.json", "feed"),
        FoundLink("https://www.harbour.example/rss/port.xml", "feed", "RSS"),
    ]


@pytest.mark.parametrize(
    ("link", "is_feed"),
    [
        ("<link rel='alternate' type='application/atom+xml; charset=utf-8' href=/x>", True),
        ("<link rel='ALTERNATE home' type='APPLICATION/RSS+XML' href=/x>", True),
        ("<link rel=alternate type=text/xml href=/rss.xml>", True),
        ("<link rel=alternate type=text/xml href=/oembed?url=x>", False),
        ("<link rel=alternate type=application/xml href=/latest>", True),
        ("<link rel=alternate type=application/json href=/wp-json/posts/7>", False),
        ("<link rel=alternate type=application/rss+xml href=feed://www.harbour.example/x>", True),
        ("<link rel=alternate type=application/rss+xml href=feed:https://www.harbour.example/x>", True),
        ("<link rel=feed href=/latest>", True),
        ("<a href=/latest><img alt=RSS></a>", True),
        ("<a href=/latest>Atom 1.0</a>", True),
        ("<a href=/latest>Feeding the gulls</a>", False),
        ("<link rel=stylesheet type=application/rss+xml href=/x>", False),
        ("<link rel=alternate type=application/rss+xml href='javascript:x'>", False),
        ("<link rel=alternate type=application/rss+xml title='Kommentare zu: Brücke' href=/x>", False),
        ("<a href=/feeds/port>Port</a>", True),
        ("<a href=/feeding-the-gulls>Feeding the gulls</a>", False),
        ("<a href=https://elsewhere.example/rss>RSS</a>", False),
    ],
)
def test_a_link_is_a_feed_by_its_type_or_its_address(link: str, is_feed: bool) -> None:
    assert bool(feed_links(link.encode(), HOME)) is is_feed


def test_a_feed_may_be_named_in_a_link_header() -> None:
    line = '</a>; rel=preload, </b>; rel="alternate"; type="application/rss+xml", </c>; rel=alternate; type="text/html"'
    assert feed_links(b"<p>", HOME, headers=[("link", line)]) == [FoundLink("https://www.harbour.example/b", "feed")]


def test_usual_paths_are_urls_on_the_homes_host_each_once() -> None:
    urls = usual_paths("https://www.harbour.example/en/")
    assert urls[0] == "https://www.harbour.example/en/feed"
    assert len(set(urls)) == len(urls)
    assert {urlsplit(url).netloc for url in urls} == {"www.harbour.example"}
    paths = {urlsplit(url).path for url in urls}
    assert {"/feed", "/rss.xml", "/atom.xml", "/sitemap.xml", "/news-sitemap.xml", "/sitemap_index.xml"} <= paths


def test_robots_names_sitemaps_news_first() -> None:
    robots = (
        "User-agent: *\r\nDisallow: /admin\r\n"
        "SITEMAP : https://harbour.example/sitemap.xml # all\rSitemap:https://harbour.example/news-sitemap.xml\n"
        "# Sitemap: https://harbour.example/hidden.xml\nSitemap: /relative.xml\nSitemap: ftp://harbour.example/x.xml\n"
        "Sitemap: https://harbour.example/sitemap.xml\n"
    )
    assert robots_sitemaps(robots, HOME + "robots.txt") == [
        "https://harbour.example/news-sitemap.xml",
        "https://harbour.example/sitemap.xml",
        "https://www.harbour.example/relative.xml",
    ]
    assert robots_sitemaps(b"\xff\xfe\x00") == []


def test_ranking_puts_full_feeds_first_and_drops_pages_with_the_same_articles() -> None:
    rss, atom = result("/rss", "a", "b", "c", "d", "e"), result("/atom", "a", "b", "c", "d", "e")
    small, news = result("/port/rss", "a", "z"), result("/news.xml", "a", "b", kind="news_sitemap")
    index = ProbeResult(
        "https://harbour.example/s.xml", Discovery("sitemap", children=(ChildPage("https://harbour.example/1.xml"),))
    )
    assert rank_found([index, small, news, rss, atom]) == [rss, small, news, index]


def test_ranking_treats_feeds_that_differ_by_the_newest_entry_as_the_same() -> None:
    earlier, later = result("/rss", *"abcdefghi"), result("/feed", *"bcdefghij")
    assert rank_found([earlier, later]) == [earlier]
    assert len(rank_found([result("/1", "a", "b"), result("/2", "b", "c")])) == 2


@pytest.mark.parametrize(
    "unworthy",
    [
        pytest.param(result("/comments/feed", "a"), id="comments by address"),
        pytest.param(result("/feed2", "a", title="Comments on: Old bridge"), id="comments by title"),
        pytest.param(result("/feed3", "a", guid="https://harbour.example/#comment-"), id="comments by guid"),
        pytest.param(result("/feed4"), id="empty"),
        pytest.param(result("/feed5", "a", kind="section"), id="html"),
        pytest.param(result("/feed6", "a", kind=None), id="nothing"),
    ],
)
def test_ranking_drops_comment_feeds_empty_pages_and_html(unworthy: ProbeResult) -> None:
    good = result("/rss", "x")
    assert rank_found([unworthy, good]) == [good]
