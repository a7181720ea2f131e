"""Titles in forms that few feeds use any more: upper-case character references, Base64, scripts."""

from __future__ import annotations

import datetime as dt

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
        (RSS.format("News &lt;script>without an end"), "News"),
    ],
)  # fmt: skip
def test_titles_are_read(feed: str, title: str) -> None:
    found = discover(feed.encode(), url="https://a.test/feed", content_type="application/xml", kind="feed", now=NOW)
    assert [one.title for one in found.candidates][:1] == [title]
