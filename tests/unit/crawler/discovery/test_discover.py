"""The facade: what bytes are, whatever they were called; and bytes that were made to hang, crash or mislead."""

from __future__ import annotations

import datetime as dt
import random
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.discovery.discover import DiscoveryLimits, discover, sniff
from crawler.discovery.sections import section_links
from dateline.types.source import Discovery, FeedKind
from dateline.urls.rules import MAX_URL_LENGTH

PAGES = Path(__file__).parent / "pages"
SAMPLES = {page.name: page.read_bytes() for page in sorted(PAGES.iterdir())}
NOW = dt.datetime(2026, 5, 12, 12, tzinfo=dt.UTC)
URL = "https://www.harbour.example/"
KINDS: tuple[FeedKind, ...] = ("feed", "news_sitemap", "sitemap", "section", "home", "auto")
MOST_CPU_S = 2.0


def read(body: bytes, kind: FeedKind = "auto", content_type: str | None = None, **limits: int) -> Discovery:
    return discover(body, url=URL, content_type=content_type, kind=kind, now=NOW, limits=DiscoveryLimits(**limits))


def assert_sound(found: Discovery) -> None:
    """What discovery promises of everything that it names."""
    for url in [*(page.url for page in found.candidates), *(child.url for child in found.children)]:
        parts = urlsplit(url)
        assert parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc
        assert len(url) <= MAX_URL_LENGTH and (not parts.fragment or parts.fragment.startswith("!"))
        assert not any(character.isspace() or ord(character) < 32 for character in url)
    for page in found.candidates:
        instants = [at for at in (page.published_at, page.modified_at) if at]
        assert all(at.tzinfo and at.year >= 1990 and at <= NOW + dt.timedelta(days=1) for at in instants)
        assert "\0" not in f"{page.title}{page.summary}{page.guid}{page.authors}{page.tags}"
    assert len({page.url for page in found.candidates}) == len(found.candidates)


@pytest.mark.parametrize(
    ("name", "form", "found_kind"),
    [
        ("rss20.xml", "feed", "feed"),
        ("rss091.xml", "feed", "feed"),
        ("rss10.rdf", "feed", "feed"),
        ("atom10.xml", "feed", "feed"),
        ("feed.json", "json", "feed"),
        ("news_sitemap.xml", "sitemap", "news_sitemap"),
        ("sitemap_index.xml", "sitemap", "sitemap"),
        ("front_page.html", "html", "home"),
    ],
)
def test_the_kind_of_a_page_is_found_without_a_content_type(name: str, form: str, found_kind: str) -> None:
    found = read(SAMPLES[name])
    assert (sniff(SAMPLES[name].decode()), found.found_kind) == (form, found_kind)
    assert found.candidates or found.children
    assert_sound(found)


@pytest.mark.parametrize("content_type", ["text/html", "text/plain; charset=us-ascii", "application/octet-stream", "x"])
def test_a_wrong_content_type_changes_nothing(content_type: str) -> None:
    for body in SAMPLES.values():
        assert read(body, content_type=content_type) == read(body)


def test_links_of_html_in_place_of_a_feed_are_not_followed() -> None:
    found = read(SAMPLES["front_page.html"], "feed")
    assert (found.found_kind, found.candidates) == ("section", ())
    assert found.warnings == ("watched as feed, but it is html",)


def test_a_feed_in_place_of_a_sitemap_is_read_with_a_warning() -> None:
    found = read(SAMPLES["rss20.xml"], "sitemap")
    assert (found.found_kind, len(found.candidates)) == ("feed", 3)
    assert "watched as sitemap, but it is feed" in found.warnings


@pytest.mark.parametrize(
    "body", [b"", b"\0\0\0", b"OK", b"%PDF-1.7", b"\x89PNG\r\n\x1a\n", b"\x1f\x8b", b'{"a": 1}', b"[", b"<"]
)
def test_unknown_bytes_have_no_kind(body: bytes) -> None:
    found = read(body)
    assert (found.found_kind, found.candidates) == (None, ())
    assert found.warnings


def test_an_html_page_that_speaks_of_rss_is_html() -> None:
    assert sniff("<!DOCTYPE html><html><body><pre>&lt;rss&gt; <rss></pre>") == "html"
    assert sniff("<!-- <rss> --><html>") == "html"


def test_a_large_body_is_cut_with_a_warning() -> None:
    body = b"<rss><channel>" + b"<item><link>/a</link></item>" * 100 + b"<item><link>/b</link></item></channel></rss>"
    found = read(body, max_bytes=1_000)
    assert [urlsplit(page.url).path for page in found.candidates] == ["/a"]
    assert found.warnings[0] == "cut at 1000 bytes"


def _billion_laughs() -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    return f'<!DOCTYPE rss [<!ENTITY l0 "ha">{entities}]><rss><channel><item><title>&l11;</title></item></channel></rss>'.encode()


RSS = b"<rss version='2.0'><channel>"
HOSTILE = {
    "comments": b"<!--" * 100_000,
    "comments in rss": RSS + b"<!--" * 100_000,
    "declarations": b"<!" * 200_000,
    "processing instructions": RSS + b"<?x " * 100_000,
    "cdata": RSS + b"<![CDATA[" * 50_000,
    "billion laughs": _billion_laughs(),
    "external entity": b'<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    + RSS
    + b"<item><link>/&x;</link></item>",
    "100,000 entries": RSS + b"<item><link>/a</link></item>" * 100_000 + b"</channel></rss>",
    "deep": RSS + b"<a>" * 100_000,
    "deep entries": RSS + b"<item><title>" * 50_000,
    "one author": RSS + b"<item><link>/a</link><author>" + b"a." * 200_000 + b"</author></item></channel></rss>",
    "many authors": RSS + (b"<item><link>/a</link>" + b"<author>" + b"a." * 90 + b"</author></item>") * 2_000,
    "many categories": RSS + b"<item><link>/a</link>" + b"<category>c</category>" * 50_000 + b"</item></channel></rss>",
    "many links": b"<feed xmlns='http://www.w3.org/2005/Atom'><entry>"
    + b"<link href='/a'/>" * 50_000
    + b"</entry></feed>",
    "half tags in a title": RSS
    + b"<item><link>/a</link><title>"
    + b"&lt;a " * 100_000
    + b"</title></item></channel></rss>",
    "ampersands": RSS + b"&" * 400_000,
    "prefixes": RSS + b"".join(b"<p%d:a/>" % n for n in range(50_000)),
    "attributes": b"<rss " + b" ".join(b"a%d='1'" % n for n in range(50_000)) + b">",
    "long date": RSS + b"<item><link>/a</link><pubDate>" + b"1" * 400_000 + b"</pubDate></item></channel></rss>",
    "nuls": RSS + b"\0" * 400_000 + b"<item><link>/\0a</link></item></channel></rss>",
    "deep json": b'{"version": "https://jsonfeed.org/version/1", "items": ' + b"[" * 100_000,
    "deep json objects": b'{"a":' * 100_000,
    "sitemap depth": b"<urlset>" + b"<url>" * 100_000,
    "sitemap of comments": b"<urlset>" + b"<!--" * 100_000,
    "one long line": b"https://harbour.example/" + b"a" * 1_000_000,
    "html of anchors": b"<html>" + b"<a href=/x-y-z-a>a b c d e</a>" * 20_000,
    "html of distinct anchors": b"<html>"
    + b"".join(b"<h2><a href=/x/%d>a b c d e</a></h2>" % n for n in range(10_000)),
    "html depth": b"<html>" + b"<div><a href=/x>" * 50_000,
    "html comments": b"<html>" + b"<!--" * 100_000,
    "html attributes": b"<html><a " + b" ".join(b"a%d=1" % n for n in range(50_000)) + b">x",
    "utf-16": "\ufeff<rss><channel><item><link>/a</link></item></channel></rss>".encode("utf-16-le"),
    "utf-16 declared": b"<?xml version='1.0' encoding='utf-16'?>"
    + RSS
    + b"<item><link>/a</link></item></channel></rss>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_bytes_take_long_or_raise(name: str) -> None:
    """Unguarded: 400 KB of comments held feedparser over a minute, one author of 400 KB for good, nested anchors 88 s."""
    started = time.process_time()
    found = read(HOSTILE[name])
    assert time.process_time() - started < MOST_CPU_S
    assert_sound(found)


def test_entities_are_neither_expanded_nor_opened() -> None:
    (page,) = read(HOSTILE["external entity"] + b"</channel></rss>").candidates
    assert urlsplit(page.url).path == "/&x"
    assert read(HOSTILE["billion laughs"]).candidates == ()


TOKENS = [
    *(
        b"<item>",
        b"</item>",
        b"<link>",
        b"</link>",
        b"<![CDATA[",
        b"]]>",
        b"<!--",
        b"-->",
        b"&amp;",
        b"&nbsp;",
        b"&#0;",
    ),
    *(
        b"&#x110000;",
        b"<!DOCTYPE x [",
        b"xml:base='//['",
        b"http://[::1",
        b"javascript:",
        b"http://a:b@c/",
        b"\0",
        b"\xff",
    ),
    *(
        b"\xef\xbb\xbf",
        b"\xed\xa0\x80",
        b"99999999999999999999",
        b"9999-12-31T23:59:59-23:59",
        b"0001-01-01",
        b"Mon, 99 Foo",
    ),
    *(b"<a:b c:d='e'>", b'"', b"'", b"[", b"{", b"null", b"<source url='x'>", b"<author>", b"<content type='xhtml'>"),
    *(
        b"<image>",
        b"<textInput>",
        b"<category>",
        b"<links>",
        b"1e999",
        b"-1",
        b"xmlns:dc='",
        b"<dc:date>",
        b"<updated>",
    ),
]


def mutated(sample: bytes, seed: int) -> bytes:
    """The sample with a few bytes, tokens and stretches of it changed, moved or lost."""
    chance = random.Random(seed)
    body = bytearray(sample)
    for _ in range(chance.randint(1, 6)):
        start = chance.randrange(len(body) + 1)
        end = min(len(body), start + chance.choice([0, 1, 8, 64]))
        match chance.randrange(4):
            case 0:
                body[start:end] = chance.choice(TOKENS)
            case 1:
                body[start:end] = b""
            case 2:
                body[start:start] = body[end : end + 200]
            case _:
                body[start:end] = bytes(chance.randrange(256) for _ in range(end - start))
    return bytes(body[: chance.randrange(len(body) + 1)] if chance.random() < 0.2 else body)


@settings(max_examples=400, deadline=None)
@given(
    sample=st.sampled_from(sorted(SAMPLES)),
    seed=st.integers(0, 2**32),
    kind=st.sampled_from(KINDS),
    header=st.sampled_from([None, "text/xml; charset=utf-16", "text/html; charset=big5", "application/json"]),
)
def test_changed_samples_stay_sound(sample: str, seed: int, kind: FeedKind, header: str | None) -> None:
    assert_sound(read(mutated(SAMPLES[sample], seed), kind, header))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | st.lists(st.sampled_from(TOKENS), max_size=20).map(b"".join), st.sampled_from(KINDS))
def test_any_bytes_stay_sound(body: bytes, kind: FeedKind) -> None:
    for prefix in (b"", b"<rss><channel><item>", b"<urlset><url>", b'{"items":[', b"<html>", b"\x1f\x8b\x08\0"):
        assert_sound(read(prefix + body, kind))
    assert all(urlsplit(url).hostname for url in section_links(body, url=URL))
