"""Which HTML of a feed is an item's full text, and which is a teaser."""

from __future__ import annotations

import datetime as dt
import html
import json
import time

import pytest

from crawler.discovery.discover import discover
from crawler.discovery.full_text import LONGEST_CONTENT, count_words, full_text
from dateline.types.article import Candidate, Enclosure

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
FEED = "https://bay.example/feed"
SENTENCE = "The board of the bay met about the pier and put off its word until the survey is read."
TEXT = "".join(f"<p>{n}. {SENTENCE}</p>" for n in range(1, 9))
TEASER = "The board of the bay put off its word."


def read(body: str) -> Candidate:
    found = discover(body.encode(), url=FEED, content_type=None, kind="feed", now=NOW)
    [candidate] = found.candidates
    return candidate


def rss(entry: str) -> str:
    return (
        "<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/' xmlns:media='http://search.yahoo.com/mrss/'>"
        f"<channel><title>Bay</title><item><title>Pier</title><link>https://bay.example/1</link>{entry}</item></channel></rss>"
    )


def atom(entry: str) -> str:
    return (
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>Bay</title><entry><title>Pier</title>"
        f"<link href='https://bay.example/1'/>{entry}</entry></feed>"
    )


def json_feed(**item: object) -> str:
    item |= {"id": "1", "url": "https://bay.example/1", "title": "Pier"}
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "Bay", "items": [item]})


ESCAPED = html.escape(TEXT)


@pytest.mark.parametrize(
    "body",
    [
        rss(f"<description>{TEASER}</description><content:encoded><![CDATA[{TEXT}]]></content:encoded>"),
        rss(f"<content:encoded>{ESCAPED}</content:encoded><description>{TEASER}</description>"),
        rss(f"<description>{ESCAPED}</description>"),
        rss(f"<description><![CDATA[{TEXT}]]></description><content:encoded>{TEASER}</content:encoded>"),
        rss(f"<content:encoded>{TEXT}</content:encoded>"),
        rss(f"<encoded xmlns='urn:other'>{ESCAPED}</encoded>"),
        rss(f"<content:encoded>{html.escape(ESCAPED)}</content:encoded>"),
        atom(f"<summary>{TEASER}</summary><content type='html'>{ESCAPED}</content>"),
        atom(f"<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>{TEXT}</div></content>"),
        atom(f"<summary type='html'>{ESCAPED}</summary>"),
        json_feed(content_html=TEXT, summary=TEASER),
        json_feed(content_text="\n\n".join([SENTENCE] * 8)),
    ],
)
def test_a_full_text_is_found_in_every_format(body: str) -> None:
    content = read(body).content
    assert content is not None
    assert content.count(SENTENCE) == 8


@pytest.mark.parametrize(
    "body",
    [
        rss(f"<description>{TEASER}</description>"),
        rss(f"<description>{TEASER}</description><content:encoded>{TEASER}</content:encoded>"),
        rss(f"<description>{ESCAPED} [&amp;#8230;]</description>"),
        rss(f"<description>{ESCAPED}...</description>"),
        rss(f"<content:encoded>{ESCAPED} &lt;a href='/1'&gt;Continue reading…&lt;/a&gt;</content:encoded>"),
        rss(
            f"<content:encoded>{ESCAPED} [&amp;hellip;] &lt;p&gt;The post Pier appeared first on Bay.&lt;/p&gt;</content:encoded>"
        ),
        rss(f"<content:encoded>{html.escape(TEXT)} &lt;a&gt;Weiterlesen&lt;/a&gt;</content:encoded>"),
        rss(f"<media:content url='https://bay.example/1.mp4'>{ESCAPED}</media:content>"),
        atom("<content type='image/png'>iVBORw0KGgo</content>"),
        atom("<content type='text/html' src='https://bay.example/1'/>"),
        json_feed(summary=TEASER, content_html=f"<p>{TEASER}</p>"),
        json_feed(content_html=17),
        json_feed(content_html=f"{TEXT}<p>This post is for paying subscribers.</p><p><a href='/1'>Subscribe</a></p>"),
        json_feed(content_html=f"{TEXT}<p>Dieser Text ist nur für Abonnenten.</p>"),
    ],
)
def test_a_teaser_is_no_full_text(body: str) -> None:
    assert read(body).content is None


def test_each_entry_has_its_own_text_also_where_entries_are_inside_others() -> None:
    entries = "".join(
        f"<item><title>No {n}</title><link>https://bay.example/{n}</link>"
        f"<content:encoded>{html.escape(TEXT.replace('pier', f'pier {n}'))}</content:encoded>"
        for n in range(1, 4)
    )
    body = f"<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><title>Bay</title>{entries}"
    found = discover(body.encode(), url=FEED, content_type=None, kind="feed", now=NOW)
    texts = {one.url[-1]: one.content or "" for one in found.candidates}
    assert {number: f"pier {number}" in text for number, text in texts.items()} == {"1": True, "2": True, "3": True}


def test_an_entry_cant_take_anothers_text_by_the_place_it_claims() -> None:
    entries = (
        f"<item><title>One</title><link>https://bay.example/1</link><content:encoded>{ESCAPED}</content:encoded></item>"
        "<item><title>Two</title><link>https://bay.example/2</link><datelineplace>0</datelineplace></item>"
    )
    body = f"<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel>{entries}</channel></rss>"
    found = discover(body.encode(), url=FEED, content_type=None, kind="feed", now=NOW)
    assert {one.url[-1]: one.content is None for one in found.candidates} == {"1": False, "2": True}


def test_another_text_is_another_word_of_the_feed_and_another_tag_is_not() -> None:
    said = [
        read(rss(f"<content:encoded>{html.escape(text)}</content:encoded>")).said
        for text in (TEXT, TEXT.replace("<p>", "<p id=x>"))
    ]
    assert said[0] == said[1]
    assert read(rss(f"<content:encoded>{html.escape(TEXT + '<p>More.</p>')}</content:encoded>")).said != said[0]


def test_enclosures_are_kept() -> None:
    in_rss = read(rss("<enclosure url='/1.mp3' type='audio/mpeg' length='7'/><enclosure url='javascript:x' type='a'/>"))
    in_atom = read(atom("<link rel='enclosure' href='https://bay.example/1.mp3' type='audio/mpeg'/>"))
    in_json = read(json_feed(attachments=[{"url": "https://bay.example/1.mp3", "mime_type": "audio/mpeg"}, 5]))
    expected = (Enclosure("https://bay.example/1.mp3", "audio/mpeg"),)
    assert [one.enclosures for one in (in_rss, in_atom, in_json)] == [expected] * 3


@pytest.mark.parametrize(("text", "words"), [("", 0), ("a b c", 3), ("港の桟橋は夏まで閉鎖", 5), ("ท่าเรือปิด", 4)])
def test_words_are_counted_in_every_script(text: str, words: int) -> None:
    assert count_words(text) >= words


@pytest.mark.parametrize("piece", ["<", "<a ", "<!--", "<script>", "&#", "[", "…", "<p>a</p>", "read more "])
def test_a_hostile_text_costs_linear_time_and_is_cut(piece: str) -> None:
    body = piece * (2_000_000 // len(piece))
    started = time.process_time()
    found = full_text(body, body[:-1])
    assert time.process_time() - started < 2
    assert found is None or len(found.markup) <= LONGEST_CONTENT
