"""Which cookies a chain of redirects keeps, and where they go."""

from __future__ import annotations

import datetime as dt

import pytest

from crawler.cookies import ChainCookies

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("set_at", "line", "asked", "sent"),
    [
        ("http://a.example.com/x", "seen=1", "http://a.example.com/y", "seen=1"),
        ("http://a.example.com:8080/x", "seen=1", "http://a.example.com/y", "seen=1"),
        ("http://A.example.com/x", "seen=1; HttpOnly; SameSite=Lax", "http://a.example.com/", "seen=1"),
        ("http://a.example.com/x", 'seen="a b=c"; Path=/', "http://a.example.com/", 'seen="a b=c"'),
        ("http://a.example.com/x", "bare", "http://a.example.com/", "bare"),
        # another host of the site only where the cookie says so, another site never
        ("http://a.example.com/x", "seen=1", "http://b.example.com/", ""),
        ("http://a.example.com/x", "seen=1", "http://sub.a.example.com/", ""),
        ("http://a.example.com/x", "seen=1; Domain=example.com", "http://b.example.com/", "seen=1"),
        ("http://a.example.com/x", "seen=1; domain=.EXAMPLE.com", "http://example.com/", "seen=1"),
        ("http://a.example.com/x", "seen=1; Domain=example.com", "http://notexample.com/", ""),
        ("http://a.example.com/x", "seen=1; Domain=com", "http://b.example.com/", ""),
        ("http://a.example.co.uk/x", "seen=1; Domain=co.uk", "http://b.example.co.uk/", ""),
        ("http://a.example.com/x", "seen=1; Domain=other.net", "http://other.net/", ""),
        ("http://a.example.com/x", "seen=1; Domain=b.example.com", "http://b.example.com/", ""),
        ("http://127.0.0.1/x", "seen=1", "http://127.0.0.1/y", "seen=1"),
        ("http://127.0.0.1/x", "seen=1; Domain=0.0.1", "http://127.0.0.1/y", ""),
        # path and scheme
        ("http://a.example.com/news/x", "seen=1", "http://a.example.com/news/y", "seen=1"),
        ("http://a.example.com/news/x", "seen=1", "http://a.example.com/other", ""),
        ("http://a.example.com/news/x", "seen=1; Path=/", "http://a.example.com/other", "seen=1"),
        ("http://a.example.com/", "seen=1; Path=/new", "http://a.example.com/news", ""),
        ("https://a.example.com/", "seen=1; Secure", "https://a.example.com/", "seen=1"),
        ("https://a.example.com/", "seen=1; Secure", "http://a.example.com/", ""),
        # what is deleted or can't be sent
        ("http://a.example.com/", "seen=1; Max-Age=0", "http://a.example.com/", ""),
        ("http://a.example.com/", "seen=1; Max-Age=-5", "http://a.example.com/", ""),
        ("http://a.example.com/", "seen=1; Max-Age=60", "http://a.example.com/", "seen=1"),
        ("http://a.example.com/", "seen=1; Expires=Thu, 01-Jan-1970 00:00:00 GMT", "http://a.example.com/", ""),
        ("http://a.example.com/", "seen=1; Expires=Thu, 01 Jan 2099 00:00:00 GMT", "http://a.example.com/", "seen=1"),
        ("http://a.example.com/", "seen=1; Expires=0", "http://a.example.com/", "seen=1"),
        ("http://a.example.com/", "seen=1\x00", "http://a.example.com/", ""),
        ("http://a.example.com/", "seen=" + "x" * 5000, "http://a.example.com/", ""),
        ("http://a.example.com/", "=", "http://a.example.com/", ""),
    ],
)
def test_a_cookie_goes_where_its_site_allows(set_at: str, line: str, asked: str, sent: str) -> None:
    cookies = ChainCookies()
    cookies.take(set_at, [line], now=NOW)
    assert cookies.header(asked) == sent


def test_the_last_value_counts_and_a_deleted_cookie_is_gone() -> None:
    cookies = ChainCookies()
    cookies.take("http://a.example.com/", ["a=1", "b=2", "a=3"], now=NOW)
    assert cookies.header("http://a.example.com/") == "b=2; a=3"
    cookies.take("http://a.example.com/", ["b=; Max-Age=0"], now=NOW)
    assert cookies.header("http://a.example.com/") == "a=3"


def test_it_keeps_fifty_at_most() -> None:
    cookies = ChainCookies()
    cookies.take("http://a.example.com/", [f"c{n}=1" for n in range(200)], now=NOW)
    assert cookies.header("http://a.example.com/").count("=") == 50
    assert cookies.were_refused
