"""A headline that speaks of an element keeps it; tags that are markup are left out, wherever a feed puts them."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from crawler.discovery.discover import discover

NOW = dt.datetime(2026, 11, 28, 12, tzinfo=dt.UTC)


def titles(body: str) -> list[str | None]:
    found = discover(body.encode(), url="https://p.test/feed", content_type=None, kind="feed", now=NOW)
    return [candidate.title for candidate in found.candidates]


def atom(title: str) -> str:
    return (
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>t</title><id>u</id><entry><id>1</id>"
        f"<link href='https://p.test/1'/>{title}</entry></feed>"
    )


def rss(title: str) -> str:
    return (
        f"<rss version='2.0'><channel><item><link>https://p.test/1</link><title>{title}</title></item></channel></rss>"
    )


def sitemap(title: str) -> str:
    return (
        "<urlset xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'><url><loc>https://p.test/1</loc>"
        f"<news:news><news:title>{title}</news:title></news:news></url></urlset>"
    )


def json_feed(title: str) -> str:
    items = [{"id": "1", "url": "https://p.test/1", "title": title}]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "f", "items": items})


@pytest.mark.parametrize(
    "body",
    [
        atom("<title>The &lt;blink&gt; tag</title>"),
        atom("<title type='text'>The &lt;blink> tag</title>"),
        atom("<title type='html'>The &amp;lt;blink> tag</title>"),
        atom("<title type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>The &lt;blink> <b>tag</b></div></title>"),
        rss("The &lt;blink> tag"),
        rss("The &amp;lt;blink&amp;gt; tag"),
        rss("<![CDATA[The &lt;blink&gt; tag]]>"),
        sitemap("The &lt;blink> tag"),
        json_feed("The <blink> tag"),
        json_feed("The &lt;blink&gt; tag"),
    ],
)
def test_an_element_that_a_headline_speaks_of_is_kept(body: str) -> None:
    """Before, the title was "The tag"."""
    assert titles(body) == ["The <blink> tag"]


@pytest.mark.parametrize(
    "title",
    [
        "&lt;blink>Two&lt;/blink> harbours",
        "&lt;b>Two harbours",
        "Two&lt;br/>harbours",
        "&lt;span class='x'>Two harbours",
        "&lt;Video src=x>Two harbours",
        "Two harbours&lt;!-- note -->",
        "Two&lt;script>let a = 1&lt;/script> harbours",
        "&amp;lt;em&amp;gt;Two&amp;lt;/em&amp;gt; harbours",
    ],
)
@pytest.mark.parametrize("form", [rss, lambda title: atom(f"<title>{title}</title>"), sitemap])
def test_markup_is_left_out(title: str, form: object) -> None:
    assert titles(form(title)) == ["Two harbours"]  # type: ignore[operator]


def test_text_that_was_escaped_twice_is_read() -> None:
    assert titles(rss("Fish &amp;amp; chips")) == titles(json_feed("Fish &amp; chips")) == ["Fish & chips"]


def test_marks_of_character_data_that_were_escaped_with_it_are_no_markup() -> None:
    assert titles(atom("<title>&lt;![CDATA[Open letter]]&gt;</title>")) == ["Open letter"]
    assert titles(rss("&lt;![CDATA[Open &amp;amp; late]]&gt;")) == ["Open & late"]
