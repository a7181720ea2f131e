"""Redirects over real HTTP: followed within bounds, each hop checked."""

from __future__ import annotations

import gzip
import itertools
import random
from collections.abc import Callable

import brotli
import pytest
import zstandard

from crawler.exchange import Outcome
from crawler.fetch.fetcher import Fetcher
from tests.integration.support.fetch_site import (
    TEXT,
    Exchange,
    Site,
    ask,
    fetch,
    got,
    moved,
    page,
    refusal,
    settings,
    with_fetcher,
)


class TestRedirects:
    def test_are_followed_to_other_hosts_and_listed(self, site: Site, other: Site) -> None:
        site.pages["/1"] = moved("/2?x=\xc3\xa9", 301)
        site.pages["/2?x=%C3%A9"] = moved("//b.example/3", 308)
        other.pages["/3"] = page(TEXT)
        found = got(fetch(ask("http://a.example/1", etag='"1"'), settings(site, other)))
        assert found.final_url == "http://b.example/3"
        assert found.redirects == ("http://a.example/1", "http://a.example/2?x=%C3%A9")
        assert other.paths == ["/robots.txt", "/3"]
        assert other.log[-1][1]["host"] == "b.example"

    @pytest.mark.parametrize(
        "location", ["///b.example/2", "\\\\b.example\\2", "/\\b.example/2", "http:\\\\b.example/2"]
    )
    def test_are_read_with_the_slashes_that_browsers_see(self, site: Site, other: Site, location: str) -> None:
        site.pages["/1"] = moved(location)
        other.pages["/2"] = page(TEXT)
        assert got(fetch(ask("http://a.example/1"), settings(site, other))).final_url == "http://b.example/2"

    @pytest.mark.parametrize(
        "line",
        ["Refresh: 0; url=/2", "Refresh: 0;URL='http://a.example/2'", 'Refresh: 1.5 , "/2"', "refresh: 5; /2"],
    )
    def test_of_a_refresh_header_are_followed_as_browsers_do(self, site: Site, line: str) -> None:
        site.pages["/1"] = page(b"", line)
        site.pages["/2"] = page(TEXT)
        found = got(fetch(ask("http://a.example/1"), settings(site)))
        assert (found.final_url, found.body, found.is_moved) == ("http://a.example/2", TEXT, False)

    @pytest.mark.parametrize(
        "line", ["Refresh: 300; url=/2", "Refresh: 0", "Refresh: 0; url=/1", "Refresh: soon; url=/2"]
    )
    def test_are_not_what_reloads_a_page_or_replaces_it_later(self, site: Site, line: str) -> None:
        site.pages["/1"] = page(TEXT, line)
        assert got(fetch(ask("http://a.example/1"), settings(site))).final_url == "http://a.example/1"

    def test_with_several_choices_lead_to_the_one_that_the_server_names(self, site: Site) -> None:
        site.pages["/1"] = moved("/2", 300)
        site.pages["/2"] = page(TEXT)
        assert got(fetch(ask("http://a.example/1"), settings(site))).final_url == "http://a.example/2"
        site.pages["/1"] = page(TEXT, status=300)
        assert refusal(fetch(ask("http://a.example/1"), settings(site))).reason == "http_300"

    def test_end_after_ten(self, site: Site) -> None:
        for number in range(14):
            site.pages[f"/{number}"] = moved(f"/{number + 1}")
        site.pages["/10"] = page(TEXT)
        assert got(fetch(ask("http://a.example/0"), settings(site))).body == TEXT
        site.pages["/10"] = moved("/11")
        assert refusal(fetch(ask("http://a.example/0"), settings(site))).reason == "redirect_loop"

    def test_in_a_circle_end_at_once(self, site: Site) -> None:
        site.pages["/1"] = moved("/2")
        site.pages["/2"] = moved("/1")
        assert refusal(fetch(ask("http://a.example/1", obey_robots=False), settings(site))).reason == "redirect_loop"
        assert site.paths == ["/1", "/2"]

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_that_set_a_cookie_get_it_back(self, site: Site, status: int) -> None:
        """The same address again with the cookie, once in place and once by way of a page that sets it."""

        def wants(exchange: Exchange) -> bytes:
            cookie = exchange.headers.get("Cookie", "")
            if "seen=1" in cookie:
                return page(TEXT)
            return page(b"", "Location: /page", "Set-Cookie: seen=1; Path=/; HttpOnly", status=status)

        def gate(exchange: Exchange) -> bytes:
            return page(b"", "Location: /there", "Set-Cookie: pass=ok; Path=/", "Set-Cookie: x=y", status=status)

        def there(exchange: Exchange) -> bytes:
            return page(TEXT) if "pass=ok" in exchange.headers.get("Cookie", "") else moved("/gate", status)

        site.pages |= {"/page": wants, "/gate": gate, "/there": there}
        for path in ("/page", "/there"):
            found = got(fetch(ask(f"http://a.example{path}"), settings(site)))
            assert (found.body, found.final_url, found.is_moved) == (TEXT, f"http://a.example{path}", False) or (
                path == "/there" and found.redirects == ("http://a.example/gate",)
            )
            assert "cookie" not in next(headers for asked, headers in site.log if asked == path)

    def test_cookies_never_go_to_another_host_nor_into_the_next_fetch(self, site: Site, other: Site) -> None:
        site.pages["/out"] = page(b"", "Location: http://b.example/in", "Set-Cookie: secret=1; Path=/", status=302)
        other.pages["/in"] = page(b"", "Location: http://a.example/back", "Set-Cookie: theirs=2; Path=/", status=302)
        site.pages["/back"] = page(TEXT)

        async def twice(fetcher: Fetcher) -> list[Outcome]:
            return [await fetcher.fetch(ask(f"http://a.example/{path}")) for path in ("out", "back")]

        outcomes = with_fetcher(twice, settings(site, other))
        assert [got(outcome).body for outcome in outcomes] == [TEXT, TEXT]
        assert all("cookie" not in headers for _, headers in other.log)
        assert [headers.get("cookie") for path, headers in site.log if path == "/back"] == ["secret=1", None]
        assert all("cookie" not in headers for path, headers in site.log if path == "/robots.txt")

    @pytest.mark.parametrize("domain", ["example", "b.example", "other.net"])
    def test_a_loop_for_want_of_a_cookie_says_so(self, site: Site, domain: str) -> None:
        site.pages["/"] = page(b"", "Location: /", f"Set-Cookie: seen=1; Domain={domain}", status=302)
        found = refusal(fetch(ask("http://a.example/", obey_robots=False), settings(site)))
        assert (found.reason, "cookie" in found.detail) == ("cookie_loop", True)
        assert site.paths == ["/"]

    @pytest.mark.parametrize("attributes", ["Secure", "Path=/members", "Secure; HttpOnly; Path=/"])
    def test_a_loop_for_want_of_a_cookie_that_may_not_be_sent_there_says_so(self, site: Site, attributes: str) -> None:
        site.pages["/"] = page(b"", "Location: /", f"Set-Cookie: seen=1; {attributes}", status=302)
        found = refusal(fetch(ask("http://a.example/", obey_robots=False), settings(site)))
        assert (found.reason, "may not be sent there" in found.detail) == ("cookie_loop", True)

    def test_a_cookie_of_another_value_each_time_ends_after_ten(self, site: Site) -> None:
        count = itertools.count()
        site.pages["/"] = lambda _: page(b"", "Location: /", f"Set-Cookie: n={next(count)}", status=302)
        assert refusal(fetch(ask("http://a.example/", obey_robots=False), settings(site))).reason == "cookie_loop"
        assert len(site.log) == 11

    def test_a_loop_that_has_its_cookie_is_a_plain_one(self, site: Site) -> None:
        site.pages["/"] = page(b"", "Location: /", "Set-Cookie: tracker=1", status=302)
        found = refusal(fetch(ask("http://a.example/", obey_robots=False), settings(site)))
        assert (found.reason, "cookies that it set were sent back" in found.detail) == ("redirect_loop", True)
        assert site.paths == ["/", "/"]

    @pytest.mark.parametrize(
        ("location", "reason"),
        [("file:///etc/hostname", "guard"), ("ftp://a.example/", "guard"), ("http://0x7f.1:{port}/", "guard"),
         ("http://[::ffff:127.0.0.1]:{port}/", "guard"), ("http://169.254.169.254/latest", "guard"),
         ("http://me:secret@a.example/", "guard"), ("http://[", "bad_url"), ("http://a.example:99999/", "bad_url")],
    )  # fmt: skip
    def test_to_urls_that_the_guard_refuses_are_refused(
        self, site: Site, other: Site, location: str, reason: str
    ) -> None:
        site.pages["/"] = moved(location.format(port=other.port))
        assert refusal(fetch(ask("http://a.example/"), settings(site))).reason == reason
        assert other.log == []

    @pytest.mark.parametrize(
        "tag",
        [
            b'<meta http-equiv="refresh" content="0; url=/2">',
            b"<title>a</title><META content=\"1;URL='http://a.example/2'\" http-equiv=Refresh>",
            b"<!-- moved --><meta http-equiv=refresh content=0;url=/2>",
            b'<base href="/x/"><meta http-equiv="refresh" content="0; url=../2">',
            b"<script>window.location.replace('/2')</script>"
            b"<noscript><META http-equiv=refresh content=\"0;URL='/2'\"></noscript>",
            b'<noscript><meta http-equiv="refresh" content="0;URL=http://a.example/2"></noscript><title>x</title>'
            rb'<script>window.opener = null; location.replace("http:\/\/a.example\/2")</script>',
        ],
    )
    def test_of_a_page_that_asks_for_it_at_once_are_followed(self, site: Site, tag: bytes) -> None:
        site.pages["/1"] = page(tag)
        site.pages["/2"] = page(TEXT)
        found = got(fetch(ask("http://a.example/1"), settings(site)))
        assert (found.final_url, found.body, found.is_moved) == ("http://a.example/2", TEXT, False)

    @pytest.mark.parametrize(
        ("coding", "encode"), [("gzip", gzip.compress), ("br", brotli.compress), ("zstd", zstandard.compress)]
    )
    def test_of_a_page_are_seen_behind_its_encoding(
        self, site: Site, coding: str, encode: Callable[[bytes], bytes]
    ) -> None:
        head = b'<meta http-equiv="refresh" content="0; url=/2">'
        for body in (encode(head), encode(head + random.Random(7).randbytes(20_000))):
            site.pages["/1"] = page(body, f"Content-Encoding: {coding}")
            site.pages["/2"] = page(TEXT)
            assert got(fetch(ask("http://a.example/1"), settings(site))).final_url == "http://a.example/2"

    @pytest.mark.parametrize(
        ("body", "line"),
        [
            (b'<meta http-equiv="refresh" content="300; url=/2">', "X: 1"),
            (b'<meta http-equiv="refresh" content="0">', "X: 1"),
            (b'<meta http-equiv="refresh" content="0; url=/2"><p>The pier<p class=a>is open<P>again.', "X: 1"),
            (b'<meta http-equiv="refresh" content="0; url=http://[x/">', "X: 1"),
            (b'<meta http-equiv="refresh" content="0; url=http://a.example:99999/">', "X: 1"),
            (b'<meta http-equiv="refresh" content="0; url=javascript:print()">', "X: 1"),
            (b"<title>a</title>", "Refresh: 0; url=http://[x/"),
            (b'<noscript><meta http-equiv="refresh" content="0; url=/2"></noscript>', "X: 1"),
            (
                b'<noscript><meta http-equiv="refresh" content="0; url=/2"></noscript><script>location = "/3"</script>',
                "X: 1",
            ),
            (b'<!-- <meta http-equiv="refresh" content="0; url=/2"> -->', "X: 1"),
            (b'<rss><![CDATA[<meta http-equiv="refresh" content="0; url=/2">]]></rss>', "Content-Type: text/xml"),
        ],
    )
    def test_are_not_what_a_reader_of_the_page_never_meets(self, site: Site, body: bytes, line: str) -> None:
        site.pages["/1"] = page(body, line)
        assert got(fetch(ask("http://a.example/1"), settings(site))).body == body
