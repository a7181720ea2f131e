"""Sitemaps: pages, news, indexes and plain text, whole and broken."""

from __future__ import annotations

import datetime as dt
import gzip
import tracemalloc
from pathlib import Path

import pytest

from crawler.discovery.discover import discover
from crawler.discovery.limits import DiscoveryLimits
from dateline.types.article import Candidate
from dateline.types.source import Discovery, FeedKind

PAGES = Path(__file__).parent / "pages"
NOW = dt.datetime(2026, 5, 12, 12, tzinfo=dt.UTC)
CEST = dt.timezone(dt.timedelta(hours=2))


def read(body: bytes | str, *, kind: FeedKind = "sitemap", **limits: int) -> Discovery:
    raw = body.encode() if isinstance(body, str) else body
    chosen = DiscoveryLimits(**limits)
    url = "https://harbour.example/sitemap.xml"
    return discover(raw, url=url, content_type="application/xml", kind=kind, now=NOW, limits=chosen)


def names(found: Discovery) -> list[str]:
    return [page.url.rpartition("/")[2] for page in found.candidates]


def children(found: Discovery) -> list[str]:
    return [child.url.rpartition("/sitemap-")[2] for child in found.children]


def test_a_news_sitemap_gives_titles_dates_and_keywords_newest_first() -> None:
    found = read((PAGES / "news_sitemap.xml").read_bytes(), kind="news_sitemap")
    assert found.found_kind == "news_sitemap"
    assert names(found) == ["old-bridge-opens", "ferry-strike-ends"]
    assert found.candidates[1] == Candidate(
        url="https://harbour.example/news/ferry-strike-ends",
        via="news_sitemap",
        title="Ferry strike ends & boats leave",
        published_at=dt.datetime(2026, 5, 11, 7, 15, tzinfo=CEST),
        language="en",
        tags=("ferry", "strike"),
    )
    assert found.candidates[0].modified_at == dt.datetime(2026, 5, 12, 9, tzinfo=CEST)
    assert found.warnings == ()


def test_an_index_gives_its_recent_sitemaps_newest_first_and_the_undated_last() -> None:
    index = (PAGES / "sitemap_index.xml").read_bytes()
    found = read(index, sitemap_recent_days=30)
    assert children(found) == ["today.xml", "yesterday.xml", "undated.xml", "2026-05.xml"]
    assert found.children[0].modified_at == dt.datetime(2026, 5, 12, tzinfo=dt.UTC)
    assert (found.candidates, found.found_kind) == ((), "sitemap")


def test_without_a_limit_an_index_gives_all_and_a_cap_keeps_the_newest() -> None:
    index = (PAGES / "sitemap_index.xml").read_bytes()
    assert len(read(index).children) == 6
    capped = read(index, max_children=2)
    assert children(capped) == ["today.xml", "yesterday.xml"]
    assert capped.warnings == ("4 sitemaps beyond 2",)


def test_an_index_that_names_itself_is_not_followed_in_a_circle() -> None:
    here = "<sitemap><loc>https://harbour.example/sitemap.xml</loc></sitemap>"
    assert read(f"<sitemapindex>{here}</sitemapindex>").children == ()


@pytest.mark.parametrize(
    ("name", "is_child"),
    [
        ("sitemap-2.xml", True),
        ("Sitemap_News.XML", True),
        ("sitemaps/2026-05.xml.gz", True),
        ("news/sitemap.xml.html", False),
        ("news/the-sitemap-of-the-sea.html", False),
        ("news/letter.xml", False),
    ],
)
def test_a_sitemap_that_is_listed_as_a_page_is_read_as_one(name: str, is_child: bool) -> None:
    found = read(f"<urlset><url><loc>https://harbour.example/{name}</loc></url></urlset>")
    assert (bool(found.children), bool(found.candidates)) == (is_child, not is_child)


def test_pages_older_than_the_limit_are_left_out_and_undated_ones_kept() -> None:
    pages = [("old", "2026-04-01"), ("new", "2026-05-12T08:00:00Z"), ("undated", ""), ("odd", "spring")]
    body = "".join(f"<url><loc>/{name}</loc><lastmod>{day}</lastmod></url>" for name, day in pages)
    found = read(f"<urlset>{body}</urlset>", sitemap_recent_days=7)
    assert names(found) == ["new", "undated", "odd"]
    assert found.candidates[0].modified_at == dt.datetime(2026, 5, 12, 8, tzinfo=dt.UTC)
    assert found.warnings == ("1 dates that can't be read or are implausible",)


@pytest.mark.parametrize(
    "body",
    [
        "<urlset><url><loc>/a</loc><news:news><news:title>T</news:title></news:news></url></urlset>",
        "<urlset xmlns='urn:x'><url><loc> /a\n</loc><title xmlns='urn:news'>T</title></url></urlset>",
        "<urlset><url><loc>/a</loc><news:title>T</news:title></url><url><loc>/b",
        "\n\n<?xml version='1.0'?><urlset><url><LOC>/a</LOC><news:title>T</news:title></url></urlset>",
        "<!DOCTYPE x [<!ENTITY e 'x'>]><urlset><url><loc>/a</loc><news:title>T</news:title></url></urlset>",
        "<n:urlset xmlns:n='urn:y'><n:url><n:loc>/a</n:loc><news><title>T</title></news></n:url></n:urlset>",
    ],
    ids=["no namespace", "another namespace", "cut off", "blank lines, capitals", "doctype", "prefixed"],
)
def test_names_count_and_namespaces_do_not(body: str) -> None:
    found = read(body)
    assert [(page.url, page.title) for page in found.candidates] == [("https://harbour.example/a", "T")]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<urlset><url><loc>/a</loc></url><url><loc>/b</loc>", ["a", "b"]),
        ("<urlset><url><loc>/a</loc></url>\n<url>\n <loc>/b</loc><lastm", ["a", "b"]),
        ("<urlset><url><loc>/a</loc></url><url><loc>/b</loc><news:news><news:title>Half a ti", ["a", "b"]),
        ("<s:urlset xmlns:s='urn:x'><s:url><s:loc>/a</s:loc></s:url><s:url><s:loc>/b</s:loc></s:u", ["a", "b"]),
        ("<urlset><url><loc>/a</loc></url><url><loc>/b</lo", ["a"]),
        ("<urlset><url><loc>/a</loc></url><url><image:image><image:loc>/i.jpg</image:loc>", ["a"]),
    ],
)
def test_the_last_address_of_a_sitemap_that_is_cut_off_counts_if_it_is_whole(body: str, expected: list[str]) -> None:
    assert names(read(body)) == expected


@pytest.mark.parametrize(
    ("robots", "expected"),
    [
        (
            "User-agent: *\nDisallow: /x\nSitemap: https://harbour.example/news.xml\n",
            ["https://harbour.example/news.xml"],
        ),
        ("\ufeffsitemap : /maps/a.xml.gz\rSITEMAP:/maps/b.txt", ["https://harbour.example/maps/a.xml.gz"]),
        ("User-agent: *\nDisallow:\n", []),
    ],
)
def test_a_robots_txt_names_sitemaps(robots: str, expected: list[str]) -> None:
    url = "https://harbour.example/robots.txt"
    found = discover(robots.encode(), url=url, content_type="text/plain", kind="auto", now=NOW)
    assert [child.url for child in found.children][:1] == expected
    assert found.found_kind == ("sitemap" if expected else None)


def test_links_keep_their_ampersands_after_a_fault() -> None:
    found = read("<urlset a='1' a='2'><url><loc>/a?x=1&y=2</loc></url><url><loc>/a?x=1&amp;y=3</loc></url></urlset>")
    assert names(found) == ["a?x=1&y=2", "a?x=1&y=3"]
    assert any("ill-formed" in warning for warning in found.warnings)


def test_pictures_and_videos_are_not_pages() -> None:
    picture = (
        "<image:image xmlns:image='http://www.google.com/schemas/sitemap-image/1.1'><image:loc>/p.jpg</image:loc>"
        "</image:image><video:loc xmlns:video='http://www.google.com/schemas/sitemap-video/1.1'>/v.mp4</video:loc>"
    )
    assert names(read(f"<urlset><url>{picture}<loc>/story</loc></url></urlset>")) == ["story"]


def test_entries_beyond_the_cap_are_left_out_with_a_warning() -> None:
    body = "".join(f"<url><loc>/{number}</loc></url>" for number in range(9))
    found = read(f"<urlset>{body}</urlset>", max_sitemap_urls=4)
    assert names(found) == ["0", "1", "7", "8"]
    assert found.warnings == ("entries beyond 4 left out",)


@pytest.mark.parametrize("order", [range(28), range(27, -1, -1), [*range(9, 28), *range(9)]])
def test_beyond_the_cap_the_newest_entries_are_read(order: list[int]) -> None:
    body = "".join(f"<url><loc>/{n}</loc><lastmod>2026-04-{n + 1:02}</lastmod></url>" for n in order)
    assert set(names(read(f"<urlset>{body}</urlset>", max_sitemap_urls=3))) == {"25", "26", "27"}


def test_of_many_undated_sitemaps_the_newest_by_name_or_both_ends_are_read() -> None:
    named = "".join(f"<sitemap><loc>/posts-2025-{month:02}.xml</loc></sitemap>" for month in range(1, 13))
    found = read(f"<sitemapindex>{named}</sitemapindex>", max_children=2)
    assert sorted(child.url.rpartition("/")[2] for child in found.children) == [
        "posts-2025-11.xml",
        "posts-2025-12.xml",
    ]
    numbered = "".join(f"<sitemap><loc>/post-sitemap{n}.xml</loc></sitemap>" for n in range(1, 10))
    found = read(f"<sitemapindex>{numbered}</sitemapindex>", max_children=2)
    assert sorted(child.url.rpartition("/")[2] for child in found.children) == [
        "post-sitemap1.xml",
        "post-sitemap9.xml",
    ]


def test_a_text_sitemap_has_one_url_per_line() -> None:
    lines = (
        "\ufeffhttps://harbour.example/a\r\n\r\nhttps://harbour.example/b?x=1\nnot a link\nhttps://harbour.example/a\n"
    )
    found = read("\n".join(lines.split("\n")[:3]))
    assert names(found) == ["a", "b?x=1"]
    assert found.candidates[0].via == "text_sitemap"
    mixed = read("https://harbour.example/x\n" * 20 + lines)
    assert (names(mixed), mixed.warnings) == (["x", "a", "b?x=1"], ("1 lines that are not URLs",))


@pytest.mark.parametrize("layers", [1, 2])
def test_gzip_is_unpacked_whatever_it_is_called(layers: int) -> None:
    body = (PAGES / "news_sitemap.xml").read_bytes()
    for _ in range(layers):
        body = gzip.compress(body)
    assert len(read(body).candidates) == 2


def test_gzip_of_several_members_is_read_to_its_end() -> None:
    whole = (PAGES / "news_sitemap.xml").read_bytes()
    assert len(read(gzip.compress(whole[:500]) + gzip.compress(whole[500:])).candidates) == 2


def test_gzip_that_is_cut_off_gives_the_entries_before_the_cut() -> None:
    body = "".join(f"<url><loc>https://harbour.example/{number:05}</loc></url>" for number in range(20_000))
    packed = gzip.compress(f"<urlset>{body}</urlset>".encode())
    found = read(packed[: len(packed) // 2])
    assert 1_000 < len(found.candidates) < 20_000
    assert "gzip data that is cut off" in found.warnings


def test_a_gzip_bomb_is_cut_at_the_limit() -> None:
    """Without the cap 215 MB were taken; the units before the bomb are kept."""
    page = b"<urlset><url><loc>https://harbour.example/a</loc></url>"
    bomb = gzip.compress(page + b" " * 100_000_000, 1)
    tracemalloc.start()
    found = read(bomb, max_bytes=1_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000
    assert (names(found), found.warnings[0]) == (["a"], "cut at 1000000 bytes")
