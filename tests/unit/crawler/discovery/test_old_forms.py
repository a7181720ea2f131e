"""Forms of feeds that are rare: upper-case character references, Base64, scripts in titles, several dates, a source as text."""

from __future__ import annotations

import datetime as dt
import html

import pytest

from crawler.discovery.discover import discover

NOW = dt.datetime(2026, 11, 29, tzinfo=dt.UTC)
ATOM_03 = (
    '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>t</title><entry><title{}</title>'
    '<link rel="alternate" href="https://a.test/1"/><issued>2026-11-20T10:00:00Z</issued></entry></feed>'
)
RSS = '<rss version="2.0"><channel><title>t</title><item><link>https://a.test/1</link><title>{}</title></item></channel></rss>'


@pytest.mark.parametrize(
    ("feed", "title"),
    [
        (RSS.format("A &#X41;&#x42;&#67; B"), "A ABC B"),
        (RSS.format("A &amp;#X41; B"), "A A B"),
        (ATOM_03.format(' mode="base64" type="text/html">SGVsbG8gV29ybGQ='), "Hello World"),
        (ATOM_03.format(' mode="base64">no base 64!'), "no base 64!"),
        (ATOM_03.format(' mode="escaped">&lt;b>Hello&lt;/b> World'), "Hello World"),
        (RSS.format("&lt;script>alert('x')&lt;/script>News &lt;style type='a'>p {}&lt;/style>of the day"), "News of the day"),
        (RSS.format("<![CDATA[<SCRIPT>var a = '<b>';</SCRIPT >News of the day]]>"), "News of the day"),
        (RSS.format("What &lt;script> does"), "What <script> does"),
        (RSS.format("Fares < 2 crowns & <$5, <b>says</b> board"), "Fares < 2 crowns & <$5, says board"),
    ],
)  # fmt: skip
def test_titles_are_read(feed: str, title: str) -> None:
    found = discover(feed.encode(), url="https://a.test/feed", content_type="application/xml", kind="feed", now=NOW)
    assert [one.title for one in found.candidates][:1] == [title]


def test_commas_before_brackets_break_no_json_feed() -> None:
    feed = '{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": 1, "url": "/a", "title": "x", },\n ]}'
    found = discover(feed.encode(), url="https://harbour.example/feed", content_type=None, kind="feed", now=NOW)
    assert [one.url for one in found.candidates] == ["https://harbour.example/a"]


@pytest.mark.parametrize("form", ["callback({});", "/* feed */ callback( {} )", "{}<!-- 0.2 s -->"])
def test_a_json_feed_in_the_brackets_of_a_script_is_read(form: str) -> None:
    feed = '{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": 1, "url": "/a", "title": "x"}]}'
    found = discover(
        form.replace("{}", feed).encode(), url="https://harbour.example/feed", content_type=None, kind="feed", now=NOW
    )
    assert [one.url for one in found.candidates] == ["https://harbour.example/a"]


def test_where_links_lead_home_the_guid_is_the_articles_address() -> None:
    item = "<item><title>Pier {n}</title><link>https://harbour.example/</link><guid>https://harbour.example/n/{n}</guid></item>"
    items = "".join(item.replace("{n}", str(n)) for n in range(3))
    found = discover(
        f"<rss><channel>{items}</channel></rss>".encode(), url="https://harbour.example/rss", content_type=None,
        kind="feed", now=NOW,
    )  # fmt: skip
    assert [(one.url, one.is_item) for one in found.candidates] == [
        (f"https://harbour.example/n/{n}", False) for n in range(3)
    ]


def test_of_several_dates_of_publication_the_earliest_possible_one_counts() -> None:
    dates = ("Thu, 07 May 2026 10:00:00 GMT", "Mon, 04 May 2026 18:30:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "soon")
    for shown in (dates, dates[::-1]):
        written = "".join(f"<pubDate>{date}</pubDate>" for date in shown)
        feed = RSS.format(f"Pier</title>{written}<title>")
        (found,) = discover(
            feed.encode(), url="https://a.test/feed", content_type=None, kind="feed", now=NOW
        ).candidates
        assert found.published_at == dt.datetime(2026, 5, 4, 18, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize("date", ["dcterms:modified", "atom:updated"])
def test_the_date_of_a_change_is_no_date_of_publication(date: str) -> None:
    feed = RSS.format(f"Pier</title><{date}>2026-05-06T09:00:00Z</{date}><title>")
    (found,) = discover(feed.encode(), url="https://a.test/feed", content_type=None, kind="feed", now=NOW).candidates
    assert (found.published_at, found.modified_at) == (None, dt.datetime(2026, 5, 6, 9, tzinfo=dt.UTC))
    assert found.day_of_change == dt.datetime(2026, 5, 6, tzinfo=dt.UTC)


@pytest.mark.parametrize("form", ["<pre>{}</pre>", "<pre class=x><code><span>{}</span></code></pre>"])
def test_a_feed_whose_source_a_page_shows_is_read(form: str) -> None:
    feed = RSS.format("Fish &amp;amp; chips").replace("/1", "/1?b=1&amp;c=2")
    page = f"<!doctype html><html><body>{form.format(html.escape(feed))}</body></html>"
    (found,) = discover(
        page.encode(), url="https://a.test/feed", content_type="text/html", kind="feed", now=NOW
    ).candidates
    assert (found.url, found.title) == ("https://a.test/1?b=1&c=2", "Fish & chips")
