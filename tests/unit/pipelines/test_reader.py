"""What is known of a page before it is read, and which answers can be read as one."""

from __future__ import annotations

import datetime as dt
import gzip
import uuid

import pytest

from dateline.types.article import Page
from pipelines.reader import hints_for, refuse_unreadable
from sql.frontier.rows import DueUrl

NOW = dt.datetime(2026, 5, 20, tzinfo=dt.UTC)


def due(url: str) -> DueUrl:
    return DueUrl(
        id=1,
        url_key=uuid.UUID(int=1),
        url=url,
        host="feeds.gazette.example",
        source_id=1,
        source="gazette",
        crawl_id=None,
        via="rss",
        depth=0,
        hints={},
        attempts=0,
        politeness={},
        extraction={},
        source_title="Gazette",
        options={},
        named_by=("gazette.example",),
    )


@pytest.mark.parametrize(
    ("answered", "is_named"),
    [
        ("https://www.gazette.example/lamps", True),
        ("https://shop.example/lamps", False),
    ],
)
def test_a_feed_exempts_only_pages_of_its_own_site_from_the_article_score(answered: str, is_named: bool) -> None:
    """The page that answered counts, not the entry's link, which may redirect to another site."""
    page = Page("https://www.gazette.example/out?to=1", answered, 200, (), b"<html></html>", NOW)
    assert hints_for(due(page.url), page).is_named_article is is_named


FEED = b'<rss version="2.0"><channel><title>Gazette</title></channel></rss>'


@pytest.mark.parametrize(
    ("kind", "body", "reason"),
    [
        ("application/rss+xml", FEED, "feed"),
        ("text/html", FEED, "feed"),
        ("application/rss+xml", b"<br />\n<b>Warning</b>: no such file in <b>/x.php</b><br />\n" + FEED, "feed"),
        ("text/html", b"<script>var a = 1;</script>\n<urlset xmlns='x'></urlset>", "feed"),
        ("text/xml", b"<!-- made in 0.2 s -->" + FEED, "feed"),
        ("application/atom+xml", b"<atom:feed xmlns:atom='http://www.w3.org/2005/Atom'></atom:feed>", "feed"),
        ("application/gzip", gzip.compress(FEED, mtime=0), "feed"),
        ("application/octet-stream", gzip.compress(FEED, mtime=0), "feed"),
        ("application/json", b'\n[{"title": "Lamps", "link": "/a"}]', "feed"),
        ("text/html", b"<!doctype html><html><body><pre><rss version='2.0'></pre></body></html>", None),
        ("application/xhtml+xml", b"<html xmlns='http://www.w3.org/1999/xhtml'></html>", None),
        ("text/html", b"<p>Lamps were lit.</p>", None),
        ("image/png", b"\x89PNG", "not_html"),
        ("text/html", b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj", "not_html"),
        ("", b"PK\x03\x04<word/document.xml>", "not_html"),
        ("text/html", b" \n", "empty_body"),
    ],
)
def test_a_feed_is_told_from_a_page_whatever_its_media_type_and_what_precedes_it(
    kind: str, body: bytes, reason: str | None
) -> None:
    page = Page("https://gazette.example/x", "https://gazette.example/x", 200, (("content-type", kind),), body, NOW)
    found = refuse_unreadable(page)
    assert (found and found.reason) == reason
