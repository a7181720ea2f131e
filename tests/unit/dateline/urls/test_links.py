"""References as pages give them, and the URLs that they mean."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dateline.html import parse_html
from dateline.urls.links import absolute_url, base_url, page_links
from dateline.urls.rules import MAX_URL_LENGTH

PAGE = "https://harbour.example/news/today"


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("bridge-opens.html", "https://harbour.example/news/bridge-opens.html"),
        ("/bridge", "https://harbour.example/bridge"),
        ("//www.harbour.example/a", "https://www.harbour.example/a"),
        ("?page=2", "https://harbour.example/news/today?page=2"),
        (" \n/a\tb\r\n ", "https://harbour.example/ab"),
        ("https://harbour.example/a \u200b", "https://harbour.example/a"),
        ("\u2060/a\u00ad", "https://harbour.example/a"),
        ("/two words", "https://harbour.example/two%20words"),
        ("/новости/мост", "https://harbour.example/новости/мост"),
        ("https:\\\\other.example\\x", "https://other.example/x"),
        ("///other.example/x", "https://other.example/x"),
        ("HTTPS:///other.example/x", "https://other.example/x"),
        ("http:\\\\\\other.example/x", "http://other.example/x"),
        ("\\\\other.example\\x?a=\\b", "https://other.example/x?a=\\b"),
        ("https://user:secret@other.example:8443/x", "https://other.example:8443/x"),
        ("https://[2001:db8::1]/x", "https://[2001:db8::1]/x"),
        ("/a#comments", "https://harbour.example/a"),
        ("/a#!/story/7", "https://harbour.example/a#!/story/7"),
        ("#!/story/7", "https://harbour.example/news/today#!/story/7"),
        ("#top", None),
        ("", None),
        ("javascript:void(0)", None),
        ("mailto:desk@harbour.example", None),
        ("file:///etc/hostname", None),
        ("data:text/html,x", None),
        ("http://[::1", None),
        ("http://host:port/", None),
        ("http://a b/", None),
        ("http:///nowhere", None),
        ("http://%6c%6f/", None),
        ("http://user@evil.example\\@harbour.example/", "http://evil.example/@harbour.example/"),
        ("/" + "x" * MAX_URL_LENGTH, None),
        ("/\ud800", None),
        ("/pay\u202ecod.exe?a=\u2066b", "https://harbour.example/pay%E2%80%AEcod.exe?a=%E2%81%A6b"),
        ("https://pay\u202erelpmaxe.example/", None),
    ],
)
def test_a_reference_is_resolved_to_this_url(reference: str, expected: str | None) -> None:
    assert absolute_url(reference, PAGE) == expected


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60), st.sampled_from(["", "http:", "https://", "//", "http://a.example/", "\\\\"]))
def test_every_url_is_absolute_and_clean(reference: str, prefix: str) -> None:
    url = absolute_url(prefix + reference, PAGE)
    if url is None:
        return
    parts = urlsplit(url)
    assert parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc
    assert len(url) <= MAX_URL_LENGTH and not any(character.isspace() or ord(character) < 32 for character in url)
    assert absolute_url(url, PAGE) == url


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("/sport/", "https://harbour.example/sport/"),
        ("https://cdn.example/", "https://cdn.example/"),
        ("javascript:x", PAGE),
        ("", PAGE),
    ],
)
def test_the_base_element_counts_if_it_can_be_fetched(base: str, expected: str) -> None:
    assert base_url(parse_html(f'<base href="{base}"><base href="/second/">'.encode()), PAGE) == expected


def test_anchors_give_their_target_and_their_text() -> None:
    page = parse_html(
        b"""<a href="/bridge">The bridge <b>opens</b><script>x()</script> again</a>
        <a href=/ferry rel="NoFollow sponsored"><img src=f.jpg alt="A ferry"></a>
        <a href=/tram aria-label="A tram"><svg><title>icon</title></svg></a> <a>no address</a> <a href="tel:1">call</a>
        <area href=/map alt=x title="Map of the port">"""
    )
    links = list(page_links(page, PAGE))
    assert [(urlsplit(link.url).path, link.text, link.is_nofollow) for link in links] == [
        ("/bridge", "The bridge opens again", False),
        ("/ferry", "A ferry", True),
        ("/tram", "A tram", False),
        ("/map", "Map of the port", False),
    ]


def test_anchors_nested_thousands_deep_take_linear_time() -> None:
    """With each anchor read to its end it had not ended after 75 s."""
    page = parse_html(b"<object><a href=/x>" * 900 + b"<br>" * 100_000)
    started = time.process_time()
    assert len(list(page_links(page, PAGE))) == 900
    assert time.process_time() - started < 1.0
