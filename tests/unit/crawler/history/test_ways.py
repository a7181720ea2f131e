"""What lists of the past name, read from bytes: dates, bounds, hostile sizes."""

from __future__ import annotations

import datetime as dt
import time

import pytest

from crawler.history.feed_pages import earlier_feed
from crawler.history.lists import ListToRead, Window, dated_path, listed
from crawler.history.posts import first_posts, further_posts, shorter_posts
from crawler.history.ways import MOST_LEVELS, Listing, Reading, read_list
from crawler.source_finder.wordpress import api_of, further_posts_url, newest_posts, posts_url
from dateline.types.article import Candidate

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
WINDOW = Window(dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2022, 12, 31, 23, 59, tzinfo=dt.UTC))
HOME = "https://old.example/"


def read(body: bytes, *, way: str = "sitemap", url: str = f"{HOME}sitemap.xml", depth: int = 0) -> Listing:
    return read_list(body, reading=Reading(way, url, depth, None, (), WINDOW, ("old.example",), NOW))


def index(*names: str, modified: str = "") -> bytes:
    stamp = f"<lastmod>{modified}</lastmod>" if modified else ""
    lines = "".join(f"<sitemap><loc>{HOME}{name}</loc>{stamp}</sitemap>" for name in names)
    return f"<sitemapindex>{lines}</sitemapindex>".encode()


def names(found: Listing) -> list[str]:
    return [one.url.removeprefix(HOME) for one in found.further]


@pytest.mark.parametrize(
    ("name", "modified", "is_read"),
    [
        ("sitemap-2019-12.xml", "", False),
        ("sitemap-2019.xml", "2026-05-04", False),
        ("sitemap-2020-01.xml", "", True),
        ("sitemap-2022.xml", "", True),
        ("2023/01/15.xml.gz", "", False),
        ("posts-7.xml", "", True),
        ("posts-7.xml", "2019-11-01", False),
        ("posts-7.xml", "2026-05-04", True),
        ("posts-7.xml", "2099-01-01", True),
        ("wp-sitemap-taxonomies-category-1.xml", "", False),
        ("author-sitemap2.xml", "", False),
        ("category-news-1.xml", "", True),
    ],
)
def test_sitemaps_outside_the_dates_are_not_read(name: str, modified: str, is_read: bool) -> None:
    assert names(read(index(name, modified=modified))) == [name] * is_read


def test_the_deepest_index_leads_no_further() -> None:
    assert names(read(index("a.xml"), depth=MOST_LEVELS - 1)) == ["a.xml"]
    assert read(index("a.xml"), depth=MOST_LEVELS).further == ()


def test_a_great_index_takes_time_in_proportion() -> None:
    def cpu_s(count: int) -> float:
        body, start = index(*(f"posts-{n}.xml" for n in range(count))), time.process_time()
        assert len(read(body).further) == count
        return time.process_time() - start

    cpu_s(100)
    assert min(cpu_s(8_000) for _ in range(3)) < 20 * min(cpu_s(1_000) for _ in range(3))


@pytest.mark.parametrize(
    ("path", "days"),
    [
        ("2021/03/04/ferry", ("2021-03-04", "2021-03-04")),
        ("news/2021-03-04-ferry", ("2021-03-04", "2021-03-04")),
        ("2021/02/ferry", ("2021-02-01", "2021-02-28")),
        ("2021/02/31/ferry", None),
        ("best-of-2021/ferry", None),
        ("12345678/ferry", None),
    ],
)
def test_dates_in_addresses(path: str, days: tuple[str, str] | None) -> None:
    span = dated_path(HOME + path)
    assert (span is None) == (days is None)
    if span is not None and days is not None:
        assert f"{span.earliest + dt.timedelta(hours=14):%Y-%m-%d}" == days[0]
        assert f"{span.latest - dt.timedelta(hours=15):%Y-%m-%d}" == days[1]


def test_what_decides_whether_an_article_is_wanted() -> None:
    def wanted(path: str = "ferry", **said: dt.datetime) -> bool:
        return listed(Candidate(HOME + path, "sitemap", **said), WINDOW).is_wanted  # type: ignore[arg-type]

    old, new = dt.datetime(2019, 6, 1, tzinfo=dt.UTC), dt.datetime(2025, 6, 1, tzinfo=dt.UTC)
    assert wanted()
    assert not wanted(published_at=old)
    assert not wanted(published_at=new)
    assert not wanted(modified_at=old), "it was published before"
    assert wanted(modified_at=new), "it may have been published before"
    assert not wanted("2019/06/01/ferry", modified_at=new)
    assert wanted("2021/06/01/ferry", modified_at=new)


ATOM = "<feed xmlns='http://www.w3.org/2005/Atom'>{}<entry><link rel='next' href='/entry'/></entry></feed>"


@pytest.mark.parametrize(
    ("feed", "earlier"),
    [
        (ATOM.format("<link rel='next' href='/p2'/><link rel='prev-archive' href='/a1'/>"), "a1"),
        (ATOM.format("<link rel='next' href='/p2'/>"), "p2"),
        (ATOM.format("<link rel='next' href='/feed'/>"), None),
        (ATOM.format(""), None),
        (
            "<rss xmlns:a='http://www.w3.org/2005/Atom'><channel><a:link rel='prev-archive' href='/a1'/></channel></rss>",
            "a1",
        ),
        ("<rss><channel><generator>https://wordpress.org/?v=6.5</generator></channel></rss>", "feed?paged=2"),
        ('{"version":"https://jsonfeed.org/version/1.1","next_url":"/p2","items":[]}', "p2"),
        ('{"version":"https://jsonfeed.org/version/1.1","next_url":7,"items":[]}', None),
        ("", None),
    ],
)
def test_the_feed_before_a_feed(feed: str, earlier: str | None) -> None:
    assert earlier_feed(feed, f"{HOME}feed") == (None if earlier is None else HOME + earlier)


def test_lists_of_posts_follow_each_other_by_date() -> None:
    def at(day: int, second: int = 0) -> dt.datetime:
        return dt.datetime(2022, 5, day, 10, 0, second)

    first = first_posts(f"{HOME}wp-json/", WINDOW)
    second = further_posts(first, [at(9), at(5)]) or ""
    assert "before=2022-05-05T10:00:01" in second
    assert "page=2" in (further_posts(second, [at(5)]) or ""), "all of that second"
    assert "page=2" in (further_posts(second, [at(9)]) or ""), "`before` is ignored"
    assert "page=2" in (further_posts(first, [None]) or ""), "no date can be read"
    assert further_posts(first, []) is None


def test_addresses_of_the_interface_in_both_forms() -> None:
    for api in (f"{HOME}wp-json/", f"{HOME}?rest_route=/"):
        assert api_of(posts_url(api)) == api
        assert api_of(newest_posts(api)) == api
        assert further_posts_url(further_posts_url(newest_posts(api))).endswith("&page=3")


def test_a_list_of_another_site_is_not_followed_and_that_is_said() -> None:
    found = read(b"Sitemap: https://evil.example/s.xml\n", way="start", url=f"{HOME}robots.txt")
    assert (found.further, found.note) == (
        (),
        "it goes on at another site, which is not followed: https://evil.example/s.xml",
    )
    found = read(b"User-agent: *\n", way="start", url=f"{HOME}robots.txt")
    assert ListToRead("sitemap", f"{HOME}sitemap.xml", is_guess=True) in found.further


def test_an_address_that_leads_to_another_site_is_none_of_this_sources_past() -> None:
    """It would be asked for with the delay and the rights that the source has at its own servers."""
    named = (f"{HOME}go?url=https://paper.example/2020/01/a-report", f"{HOME}go?url={HOME}2020/01/a-report")
    items = "".join(f"<item><link>{url}</link><title>A report</title></item>" for url in named)
    feed = f"<rss version='2.0'><channel><title>Feed</title>{items}</channel></rss>".encode()
    found = read(feed, way="feed_archive", url=f"{HOME}feed")
    assert [one.candidate.url for one in found.articles] == [named[1]]
    assert found.note == "1 addresses of other sites were left out"


def test_a_site_that_allows_few_posts_in_a_list_is_asked_for_fewer() -> None:
    at = f"{HOME}wp-json/wp/v2/posts?per_page="
    assert [shorter_posts(f"{at}{number}") for number in (100, 20, 10)] == [f"{at}20", f"{at}10", None]
    assert shorter_posts(f"{at}100&page=2") is None


@pytest.mark.parametrize(
    ("links", "url", "wanted"),
    [
        (("archive/", "sport/"), "", ["archive/"]),
        (("2021/03/", "2023/05/", "2021/", "2021/03/04/"), "", ["2021/03/", "2021/"]),
        (("2021/11/", "2021/12/", "2021/10"), "2021/", ["2021/11/", "2021/12/", "2021/10"]),
        (
            ("?m=202103", "archive/2021-04.html", "archiv/2021/5"),
            "",
            ["?m=202103", "archive/2021-04.html", "archiv/2021/5"],
        ),
        (("best-of-2021", "2021/03/04/ferry-sinks-in-the-harbour"), "", []),
        (("2021/03/", "2021/02/", "2021/04/"), "2021/03/", ["2021/02/"]),
        (("2021/03/04/", "2021/03/05/"), "2021/03/", ["2021/03/04/", "2021/03/05/"]),
    ],
)
def test_archive_pages_by_time_are_read_within_the_dates(links: tuple[str, ...], url: str, wanted: list[str]) -> None:
    body = "".join(f"<li><a href='/{link}'>Articles of then</a></li>" for link in links)
    page = f"<html><body><main><ul>{body}</ul></main></body></html>".encode()
    assert names(read(page, way="section", url=HOME + url)) == wanted


def test_a_list_of_a_time_that_names_articles_is_not_read_again_by_its_days() -> None:
    story = (
        "<h2><a href='/story/ferry-sinks-in-the-harbour-after-storm'>Ferry sinks in the harbour after a storm</a></h2>"
    )
    page = (
        f"<html><body><main>{story}<a href='/2021/03/04/'>4</a> <a href='/2021/02/'>February</a></main></body></html>"
    )
    assert names(read(page.encode(), way="section", url=f"{HOME}2021/03/")) == ["2021/02/"]
