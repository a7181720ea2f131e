"""Where the links of feeds lead, and entries that no feed holds."""

from __future__ import annotations

import pytest

from tests.unit.crawler.discovery.test_feeds import only, read

ELSEWHERE = "https://gazette.example/start/"


@pytest.mark.parametrize(
    ("feed", "expected"),
    [
        (f"<rss><channel><link>{ELSEWHERE}</link><item><link>/a</link></item></channel></rss>", "https://gazette.example/a"),
        (f"<rss><channel><link>{ELSEWHERE}</link><item><link>a</link></item></channel></rss>", f"{ELSEWHERE}a"),
        (f"<feed><link href='{ELSEWHERE}'/><entry><link href='/a'/></entry></feed>", "https://gazette.example/a"),
        (
            f"<feed xml:base='https://third.example/x/'><link href='{ELSEWHERE}'/><entry><link href='a'/></entry></feed>",
            "https://third.example/x/a",
        ),
        ("<rss><channel><link>https://harbour.example/x/</link><item><link>a</link></item></channel></rss>", None),
        ("<rss><channel><link>/x/</link><item><link>/a</link></item></channel></rss>", None),
        ('{"version": "https://jsonfeed.org/version/1", "home_page_url": "https://gazette.example", "items": [{"url": "/a"}]}',
         "https://gazette.example/a"),
    ],
)  # fmt: skip
def test_relative_links_of_a_feed_that_another_host_serves_are_those_of_its_site(
    feed: str, expected: str | None
) -> None:
    assert only(read(feed)).url == (expected or "https://harbour.example/a")


@pytest.mark.parametrize(
    "body",
    [
        '<entry xmlns="http://www.w3.org/2005/Atom"><title>Bridge</title><link href="/b"/></entry>',
        '<a:entry xmlns:a="http://www.w3.org/2005/Atom"><a:link href="/b"/><a:title>Bridge</a:title></a:entry>',
        '[{"title": "Bridge", "url": "/b"}]',
        '[{"title": {"rendered": "Bridge"}, "link": "/b"}]',
        '[{"title": "Bridge", "link": "/b", "pubDate": "x"}]',
    ],
)
def test_entries_without_a_feed_round_them_are_read(body: str) -> None:
    found = only(read(body))
    assert (found.url, found.title) == ("https://harbour.example/b", "Bridge")


@pytest.mark.parametrize(
    "body", ["[]", "[1, 2]", '[{"title": "Bridge"}]', '[{"url": "/b"}]', '[{"title": "A", "url": "/a"}, 3]']
)
def test_other_lists_in_json_name_nothing(body: str) -> None:
    assert read(body).candidates == ()


@pytest.mark.parametrize(
    "further", ["\nhttps://harbour.example/b", " https://harbour.example/c", "  http://third.example"]
)
def test_the_first_of_several_addresses_in_a_link_is_the_link(further: str) -> None:
    item = f"<item><title>Bridge</title><link> https://harbour.example/b{further} </link></item>"
    assert only(read(f"<rss><channel>{item}</channel></rss>")).url == "https://harbour.example/b"


@pytest.mark.parametrize("link", ["N/A", " none ", "null", "undefined", "#"])
def test_what_a_template_writes_for_no_link_is_none(link: str) -> None:
    rest = f"<link>{link}</link><guid isPermaLink='false'>{link}</guid>"
    items = "".join(f"<item><title>{name}</title>{rest}<description>Of {name}.</description></item>" for name in "AB")
    found = read(f"<rss><channel>{items}</channel></rss>")
    assert [(one.title, one.is_item) for one in found.candidates] == [("A", True), ("B", True)]
