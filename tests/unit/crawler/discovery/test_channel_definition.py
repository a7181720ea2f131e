"""Channels without a root around them: of RSS, and of Microsoft's Channel Definition Format, which has links in attributes."""

from __future__ import annotations

import datetime as dt

from crawler.discovery.discover import discover
from dateline.types.source import Discovery

NOW = dt.datetime(2026, 11, 28, 12, tzinfo=dt.UTC)
CHANNEL = """<?xml version="1.0"?>
<CHANNEL HREF="http://pier.test/" LASTMOD="2026-11-26T10:00-0800"><TITLE>The Pier</TITLE><ABSTRACT>News.</ABSTRACT>
<ITEM HREF="http://pier.test/2026/opens" LASTMOD="2026-11-26T10:00-0800" LEVEL="1">
<TITLE>The pier opens</TITLE><ABSTRACT>It opens in May.</ABSTRACT></ITEM>
<CHANNEL HREF="mill/"><ITEM HREF="mill/sold.htm" LASTMOD="2026-11-25T09:30"><TITLE>The mill is sold</TITLE></ITEM></CHANNEL>
</CHANNEL>"""
BARE = """<channel><title>The Pier</title><item><link>http://pier.test/2026/opens</link><title>The pier opens</title>
<pubDate>Thu, 26 Nov 2026 18:00:00 GMT</pubDate></item></channel>"""


def read(body: str) -> Discovery:
    return discover(body.encode(), url="http://pier.test/x.cdf", content_type=None, kind="feed", now=NOW)


def test_a_channel_definition_gives_its_items_with_link_and_date() -> None:
    """Before, it was taken for an HTML page and had no candidates."""
    found = read(CHANNEL)
    assert (found.found_kind, found.title, found.warnings) == ("feed", "The Pier", ())
    first, second = found.candidates
    assert (first.url, first.title, first.summary) == (
        "http://pier.test/2026/opens",
        "The pier opens",
        "It opens in May.",
    )
    assert first.published_at == dt.datetime(2026, 11, 26, 18, tzinfo=dt.UTC)
    assert second.url == "http://pier.test/mill/sold.htm"
    assert second.published_at is not None and second.published_at.date() == dt.date(2026, 11, 25)


def test_a_feed_without_its_root_element_is_read() -> None:
    found = read(BARE)
    assert (found.found_kind, found.title) == ("feed", "The Pier")
    assert [(one.url, one.published_at) for one in found.candidates] == [
        ("http://pier.test/2026/opens", dt.datetime(2026, 11, 26, 18, tzinfo=dt.UTC))
    ]
