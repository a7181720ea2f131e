"""The fetcher against real HTTP servers on loopback: outcomes, guard, robots.txt, pace, limits, item pipelines."""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import http.server
import itertools
import socket
import ssl
import threading
import time
import warnings
from collections.abc import Callable, Coroutine, Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeVar

import brotli
import pytest
import zstandard
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from scrapy.exceptions import DropItem

from crawler.exchange import FetchRequest, NotFetched, NotModified, Outcome, PageItem
from crawler.fetch.event_loop import run
from crawler.fetch.fetch_one import fetch_one
from crawler.fetch.fetcher import Fetcher
from crawler.fetch.settings import FetchSettings
from crawler.politeness.guard import Address
from crawler.politeness.in_memory import MemoryPace, MemoryRobots
from dateline.errors import ConfigError, FetchError, ParserPoolError
from dateline.types.article import Page

T = TypeVar("T")
AGENT = "Dateline/0.1 (+desk@news.example)"
TEXT = b"<html><body><p>The ferry timetable changes in June.</p></body></html>"
Answer = bytes | Callable[["Exchange"], bytes | None]


class Exchange(http.server.BaseHTTPRequestHandler):
    """One request to a Site; a raw answer goes out as it is, and the connection ends after it."""

    protocol_version = "HTTP/1.1"
    site: Site

    def do_GET(self) -> None:
        self.site.log.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        answer = self.site.pages.get(self.path, page(b"nothing here", status=404))
        raw = answer(self) if callable(answer) else answer
        if raw is not None:
            self.wfile.write(raw)
        self.close_connection = raw is None or b"Content-Length" not in raw

    def log_message(self, format: str, *args: object) -> None:
        """The site has a log of its own."""


class Site:
    """A web server on loopback whose answers are given byte by byte."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.pages: dict[str, Answer] = {}
        self.log: list[tuple[str, dict[str, str]]] = []
        handler = type("SiteExchange", (Exchange,), {"site": self})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.handle_error = lambda request, client: None  # type: ignore[method-assign,assignment]
        if tls is not None:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.log]

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    server = Site()
    yield server
    server.close()


@pytest.fixture
def other() -> Iterator[Site]:
    server = Site()
    yield server
    server.close()


def page(body: bytes, *headers: str, status: int = 200) -> bytes:
    lines = [f"HTTP/1.1 {status} Status", "Content-Type: text/html", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def moved(location: str, status: int = 302) -> bytes:
    return page(b"", f"Location: {location}", status=status)


def settings(*sites: Site, **changes: Any) -> FetchSettings:
    """Settings by which the sites are a.example, b.example …"""
    rules = tuple(f"{name}.example=127.0.0.1:{site.port}" for name, site in zip("abc", sites, strict=False))
    return FetchSettings(AGENT, **{"resolve": rules, **changes})


def ask(url: str, **changes: Any) -> FetchRequest:
    return FetchRequest(url, **{"delay_s": 0, **changes})


def with_fetcher(act: Callable[[Fetcher], Coroutine[Any, Any, T]], fetch: FetchSettings, **parts: Any) -> T:
    async def scene() -> T:
        async with Fetcher(fetch, **{"pace": MemoryPace(), "robots": MemoryRobots(), **parts}) as fetcher:
            return await act(fetcher)

    return run(scene)


def fetch(request: FetchRequest, fetch_settings: FetchSettings, **parts: Any) -> Outcome:
    return with_fetcher(lambda fetcher: fetcher.fetch(request), fetch_settings, **parts)


def refusal(outcome: Outcome) -> NotFetched:
    assert isinstance(outcome, NotFetched), outcome
    return outcome


def got(outcome: Outcome) -> Page:
    assert isinstance(outcome, Page), outcome
    return outcome


class TestOutcomes:
    def test_a_page(self, site: Site) -> None:
        site.pages["/a?b=c"] = page(TEXT, "X-Robots-Tag: noarchive", "X-Robots-Tag: noai")
        found = got(fetch(ask("http://a.example/a?b=c#part"), settings(site)))
        assert found.body == TEXT
        assert (found.url, found.final_url, found.status) == (
            "http://a.example/a?b=c#part",
            "http://a.example/a?b=c",
            200,
        )
        assert [value for name, value in found.headers if name == "x-robots-tag"] == ["noarchive", "noai"]
        assert found.redirects == ()
        path, headers = site.log[-1]
        assert path == "/a?b=c"
        assert headers["host"] == "a.example"
        assert headers["user-agent"] == AGENT
        assert headers["accept-encoding"] == "gzip, br, zstd"
        assert not headers.keys() & {"cookie", "referer", "if-none-match", "if-modified-since"}

    @pytest.mark.parametrize(
        ("name", "encode"), [("gzip", gzip.compress), ("br", brotli.compress), ("zstd", zstandard.compress)]
    )
    def test_encodings_are_undone(self, site: Site, name: str, encode: Callable[[bytes], bytes]) -> None:
        site.pages["/"] = page(encode(TEXT), f"Content-Encoding: {name}")
        assert got(fetch(ask("http://a.example/"), settings(site))).body == TEXT

    def test_a_conditional_request(self, site: Site) -> None:
        site.pages["/"] = b'HTTP/1.1 304 Not Modified\r\nETag: "2"\r\nContent-Length: 0\r\n\r\n'
        date = "Sun, 01 Mar 2026 12:00:00 GMT"
        outcome = fetch(ask("http://a.example/", etag='"1"', last_modified=date), settings(site))
        assert isinstance(outcome, NotModified)
        assert dict(outcome.headers)["etag"] == '"2"'
        assert site.log[-1][1]["if-none-match"] == '"1"'
        assert site.log[-1][1]["if-modified-since"] == date

    def test_a_validator_can_not_break_the_request_apart(self, site: Site) -> None:
        site.pages["/"] = page(TEXT)
        got(fetch(ask("http://a.example/", etag='"1"\r\nX-Injected: yes', last_modified="\u2603"), settings(site)))
        assert not site.log[-1][1].keys() & {"x-injected", "if-none-match", "if-modified-since"}

    @pytest.mark.parametrize(
        ("status", "reason", "is_temporary"),
        [(404, "http_404", False), (410, "http_410", False), (403, "http_403", False), (408, "http_408", True),
         (429, "too_many_requests", True), (500, "http_500", True), (503, "http_503", True), (304, "http_304", False),
         (204, "http_204", False), (300, "http_300", False)],
    )  # fmt: skip
    def test_statuses_without_a_page(self, site: Site, status: int, reason: str, is_temporary: bool) -> None:
        site.pages["/"] = page(b"", status=status)
        outcome = refusal(fetch(ask("http://a.example/"), settings(site)))
        assert (outcome.reason, outcome.status, outcome.is_temporary) == (reason, status, is_temporary)

    def test_a_body_that_ends_with_its_connection_is_whole_and_one_that_breaks_off_is_not(self, site: Site) -> None:
        site.pages["/old"] = b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + TEXT
        site.pages["/broken"] = page(TEXT)[:-9].replace(b"Content-Length", b"content-length")
        site.pages["/chunks"] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nferry\r\n0\r\n\r\n"
        site.pages["/broken-chunks"] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfe"
        assert got(fetch(ask("http://a.example/old"), settings(site))).body == TEXT
        assert got(fetch(ask("http://a.example/chunks"), settings(site))).body == b"ferry"
        for path in ("broken", "broken-chunks"):
            outcome = refusal(fetch(ask(f"http://a.example/{path}"), settings(site)))
            assert (outcome.reason, outcome.is_temporary) == ("connection_lost", True)

    @pytest.mark.parametrize(
        "raw",
        [b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: secret\r\n\r\nx",
         b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
         b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nferry\r\n"],
    )  # fmt: skip
    def test_an_answer_that_is_not_http_is_a_bad_response(self, site: Site, raw: bytes) -> None:
        site.pages["/"] = raw
        outcome = refusal(fetch(ask("http://a.example/"), settings(site)))
        assert outcome.reason in {"bad_response", "connection_lost"}

    def test_a_header_line_without_a_colon_is_skipped(self, site: Site) -> None:
        site.pages["/"] = page(TEXT, "no colon here", "X-After: yes")
        assert got(fetch(ask("http://a.example/"), settings(site))).header("x-after") == "yes"

    def test_a_refused_connection_is_a_connect_failure(self, site: Site) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        outcome = refusal(
            fetch(ask("http://a.example/"), FetchSettings(AGENT, resolve=(f"a.example=127.0.0.1:{port}",)))
        )
        assert (outcome.reason, outcome.is_temporary) == ("connect_refused", True)
        asked = ask("http://a.example/", obey_robots=False)
        outcome = refusal(fetch(asked, FetchSettings(AGENT, resolve=(f"a.example=127.0.0.1:{port}",))))
        assert (outcome.reason, outcome.is_temporary) == ("connect_refused", True)

    def test_a_name_that_does_not_exist(self) -> None:
        async def nowhere(host: str) -> list[Address]:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")

        outcome = refusal(fetch(ask("http://a.example/"), FetchSettings(AGENT), lookup=nowhere))
        assert (outcome.reason, outcome.is_temporary) == ("dns", True)

    def test_the_exchange_is_kept_for_the_archive(self, site: Site) -> None:
        body = gzip.compress(TEXT)
        site.pages["/"] = page(body, "x-ODD-name:  Caf\xe9", "Content-Encoding: gzip")
        item = with_fetcher(lambda fetcher: fetcher.fetch_item(ask("http://a.example/")), settings(site))
        assert isinstance(item, PageItem)
        assert item.raw.status_line == b"HTTP/1.1 200 Status"
        assert item.raw.headers == (
            (b"Content-Type", b"text/html"),
            (b"Content-Length", str(len(body)).encode()),
            (b"x-ODD-name", b"Caf\xe9"),
            (b"Content-Encoding", b"gzip"),
        )
        assert item.raw.body == body
        assert item.page.body == TEXT
        assert item.raw.address == "127.0.0.1"
        assert (b"Host", b"a.example") in item.raw.request_headers

    def test_fetch_one(self, site: Site) -> None:
        site.pages["/"] = page(TEXT)
        assert fetch_one("http://a.example/", settings(site)).body == TEXT
        with pytest.raises(FetchError, match="http_404") as caught:
            fetch_one("http://a.example/gone", settings(site))
        assert (caught.value.reason, caught.value.status, caught.value.is_temporary) == ("http_404", 404, False)


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

    def test_end_after_five(self, site: Site) -> None:
        for number in range(9):
            site.pages[f"/{number}"] = moved(f"/{number + 1}")
        site.pages["/5"] = page(TEXT)
        assert got(fetch(ask("http://a.example/0"), settings(site))).body == TEXT
        site.pages["/5"] = moved("/6")
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

    def test_a_cookie_of_another_value_each_time_ends_after_five(self, site: Site) -> None:
        count = itertools.count()
        site.pages["/"] = lambda _: page(b"", "Location: /", f"Set-Cookie: n={next(count)}", status=302)
        assert refusal(fetch(ask("http://a.example/", obey_robots=False), settings(site))).reason == "cookie_loop"
        assert len(site.log) == 6

    def test_a_loop_that_has_its_cookie_is_a_plain_one(self, site: Site) -> None:
        site.pages["/"] = page(b"", "Location: /", "Set-Cookie: tracker=1", status=302)
        assert refusal(fetch(ask("http://a.example/", obey_robots=False), settings(site))).reason == "redirect_loop"
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

    def test_a_meta_refresh_is_not_followed(self, site: Site) -> None:
        body = b'<meta http-equiv="refresh" content="0; url=/2">'
        site.pages["/"] = page(body)
        assert got(fetch(ask("http://a.example/"), settings(site))).body == body
        assert "/2" not in site.paths


class TestGuard:
    @pytest.mark.parametrize(
        "host", ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "017700000001", "localhost", "[::ffff:127.0.0.1]"]
    )
    def test_loopback_is_not_fetched_in_any_spelling(self, site: Site, host: str) -> None:
        """With `is_public` always true, each of these was fetched."""
        site.pages["/"] = page(TEXT)
        url = f"http://{host}:{site.port}/"
        closed = FetchSettings(AGENT, allowed_ports=(site.port,))
        assert refusal(fetch(ask(url), closed)).reason == "guard"
        assert site.log == []
        opened = FetchSettings(AGENT, allow_networks=("127.0.0.0/8",))
        assert got(fetch(ask(url), opened)).body == TEXT

    def test_the_address_that_was_checked_is_the_one_connected_to(self, site: Site) -> None:
        """A name that answers with a public address first and with loopback ever after (DNS rebinding)."""
        answers = itertools.chain(["198.41.0.4"], itertools.repeat("127.0.0.1"))
        asked: list[str] = []

        async def rebinding(host: str) -> list[Address]:
            asked.append(host)
            return [ip_address(next(answers))]

        closed = FetchSettings(AGENT, allowed_ports=(site.port,), timeout_s=0.5)
        outcomes = with_fetcher(
            lambda fetcher: _one_after_another(fetcher, [ask(f"http://a.example:{site.port}/", obey_robots=False)] * 3),
            closed,
            lookup=rebinding,
        )
        assert {refusal(outcome).reason for outcome in outcomes} <= {"timeout", "connect_refused"}
        assert asked == ["a.example"]
        assert site.log == []

    def test_a_name_for_loopback_is_not_fetched(self, site: Site) -> None:
        async def inside(host: str) -> list[Address]:
            return [ip_address("127.0.0.1"), ip_address("::1")]

        closed = FetchSettings(AGENT, allowed_ports=(site.port,))
        assert refusal(fetch(ask(f"http://a.example:{site.port}/"), closed, lookup=inside)).reason == "guard"
        opened = FetchSettings(AGENT, allow_networks=("127.0.0.1",))
        site.pages["/"] = page(TEXT)
        assert got(fetch(ask(f"http://a.example:{site.port}/"), opened, lookup=inside)).body == TEXT
        assert [path for path, _ in site.log] == ["/robots.txt", "/"]

    def test_a_proxy_of_the_environment_is_not_used(
        self, site: Site, other: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{other.port}")
        site.pages["/"] = page(TEXT)
        assert got(fetch(ask("http://a.example/"), settings(site))).body == TEXT
        assert other.log == []

    @pytest.mark.parametrize("url", ["file:///etc/hostname", "data:text/plain,a", "s3://bucket/key", "a.example", ""])
    def test_other_schemes(self, url: str) -> None:
        assert refusal(fetch(ask(url), FetchSettings(AGENT))).reason in {"guard", "bad_url"}

    @pytest.mark.parametrize(
        "url",
        ["http://", "http:a", "http://a.example:/", "http://a.example/\x00", "http://a.example/\ud800", "http://\u2603/",
         "http://" + "\u00fc" * 70 + ".example/", "http://%41.example/", "http://a.example%00.b.example/",
         "http://a.example\\@127.0.0.1/", "http://[::1%25lo]/", "http://[v1.a]/", "http://a.example:٨٠/", "https://.",
         "https://a_b.example/", "https://xn--/", "https://\u2603.example/", "https://-a-.example/"],
    )  # fmt: skip
    def test_every_text_has_an_outcome(self, url: str) -> None:
        async def nowhere(host: str) -> list[Address]:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")

        assert refusal(fetch(ask(url), FetchSettings(AGENT), lookup=nowhere)).reason in {"guard", "bad_url", "dns"}

    def test_a_resolve_rule_that_can_not_be_read(self) -> None:
        with pytest.raises(ConfigError, match="localhost"):
            fetch(ask("http://a.example/"), FetchSettings(AGENT, resolve=("a.example=localhost:80",)))


class TestTls:
    @pytest.fixture
    def secure(self, tmp_path: Path) -> Iterator[Site]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        write_certificate(tmp_path / "roots.pem", tmp_path / "key.pem", "a.example")
        context.load_cert_chain(tmp_path / "roots.pem", tmp_path / "key.pem")
        server = Site(context)
        yield server
        server.close()

    def test_a_certificate_is_checked_against_the_urls_host(
        self, secure: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """With the context factory that Scrapy has by default, the untrusted one was fetched."""
        secure.pages["/"] = page(TEXT)
        rules = (f"a.example=127.0.0.1:{secure.port}", f"b.example=127.0.0.1:{secure.port}")
        where = FetchSettings(AGENT, resolve=rules)
        untrusted = refusal(fetch(ask("https://a.example/", obey_robots=False), where))
        assert (untrusted.reason, secure.log) == ("tls_self_signed", [])
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "roots.pem"))
        assert got(fetch(ask("https://a.example/", obey_robots=False), where)).body == TEXT
        assert refusal(fetch(ask("https://b.example/", obey_robots=False), where)).reason == "tls_wrong_name"
        assert secure.paths == ["/"]

    @pytest.mark.parametrize("obey_robots", [True, False])
    @pytest.mark.parametrize(
        "reason",
        ["tls_self_signed", "tls_untrusted", "tls_incomplete_chain", "tls_wrong_name", "tls_expired",
         "tls_not_yet_valid", "tls_old_protocol"],
    )  # fmt: skip
    def test_each_failure_has_a_reason_of_its_own(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: str, obey_robots: bool
    ) -> None:
        """With robots.txt in the way, all of them were robots_unreachable (no answer)."""
        context = failing_server(tmp_path, reason)
        if reason != "tls_untrusted":
            monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "root.pem"))
        server = Site(context)
        try:
            where = FetchSettings(AGENT, resolve=(f"a.example=127.0.0.1:{server.port}",))
            found = refusal(fetch(ask("https://a.example/page", obey_robots=obey_robots), where))
        finally:
            server.close()
        assert (found.reason, found.is_temporary, server.log) == (reason, True, [])
        assert (found.retry_after is not None) is obey_robots

    def test_a_name_with_an_underscore_or_a_trailing_dot_is_reached(
        self, secure: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """By Twisted's own options the underscore was an InvalidCodepoint of IDNA."""
        secure.pages["/"] = page(TEXT)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "roots.pem"))
        where = FetchSettings(AGENT, resolve=(f"*.a.example=127.0.0.1:{secure.port}",))
        for host in ("under_score.a.example", "b.a.example."):
            assert got(fetch(ask(f"https://{host}/", obey_robots=False), where)).body == TEXT

    def test_plain_http_where_tls_is_expected(self, site: Site) -> None:
        assert refusal(fetch(ask("https://a.example/", obey_robots=False), settings(site))).reason == "tls"


class TestRobots:
    def test_is_obeyed_and_asked_for_once_however_many_wait(self, site: Site) -> None:
        site.pages["/robots.txt"] = page(b"User-agent: Dateline\nDisallow: /private\n")
        site.pages["/open"] = page(TEXT)
        requests = [ask("http://a.example/open", concurrency=9), ask("http://a.example/private", concurrency=9)] * 4
        outcomes = with_fetcher(lambda fetcher: _all_at_once(fetcher, requests), settings(site))
        assert [got(outcome).body for outcome in outcomes[::2]] == [TEXT] * 4
        assert {(refusal(outcome).reason, refusal(outcome).is_temporary) for outcome in outcomes[1::2]} == {
            ("robots", False)
        }
        assert sorted(site.paths) == ["/open"] * 4 + ["/robots.txt"]

    def test_is_kept_in_the_store(self, site: Site) -> None:
        site.pages["/"] = page(TEXT)
        robots = MemoryRobots()
        for _ in range(2):
            got(fetch(ask("http://a.example/"), settings(site), robots=robots))
        assert site.paths == ["/robots.txt", "/", "/"]

    @pytest.mark.parametrize("status", [500, 503, 429])
    def test_that_fails_keeps_away(self, site: Site, status: int) -> None:
        site.pages["/robots.txt"] = page(b"", status=status)
        outcome = refusal(fetch(ask("http://a.example/"), settings(site)))
        assert (outcome.reason, outcome.is_temporary) == ("robots_unreachable", True)
        assert outcome.retry_after is not None
        assert site.paths == ["/robots.txt"]

    def test_that_breaks_off_keeps_away(self, site: Site) -> None:
        site.pages["/robots.txt"] = page(b"User-agent: *", "Content-Length: 999")
        assert refusal(fetch(ask("http://a.example/"), settings(site))).reason == "robots_unreachable"

    @pytest.mark.parametrize("status", [401, 403, 404])
    def test_that_is_not_there_leaves_free(self, site: Site, status: int) -> None:
        site.pages["/robots.txt"] = page(b"User-agent: *\nDisallow: /", status=status)
        site.pages["/"] = page(TEXT)
        assert got(fetch(ask("http://a.example/"), settings(site))).body == TEXT

    def test_is_followed_over_redirects_and_read_compressed(self, site: Site, other: Site) -> None:
        site.pages["/robots.txt"] = moved("http://b.example/rules")
        other.pages["/rules"] = page(gzip.compress(b"User-agent: *\nDisallow: /a"), "Content-Encoding: gzip")
        assert refusal(fetch(ask("http://a.example/a"), settings(site, other))).reason == "robots"

    def test_is_that_of_the_host_that_a_redirect_leads_to(self, site: Site, other: Site) -> None:
        site.pages["/"] = moved("http://b.example/private")
        other.pages["/robots.txt"] = page(b"User-agent: *\nDisallow: /private")
        assert refusal(fetch(ask("http://a.example/"), settings(site, other))).reason == "robots"
        assert other.paths == ["/robots.txt"]

    def test_is_not_asked_for_where_it_need_not_be_obeyed(self, site: Site) -> None:
        site.pages["/robots.txt"] = page(b"User-agent: *\nDisallow: /")
        site.pages["/"] = page(TEXT)
        assert got(fetch(ask("http://a.example/", obey_robots=False), settings(site))).body == TEXT
        assert site.paths == ["/"]

    def test_raises_the_pace(self, site: Site) -> None:
        site.pages["/robots.txt"] = page(b"User-agent: *\nCrawl-delay: 7\n")
        site.pages["/"] = page(TEXT)
        pace = WatchedPace()
        fetch(ask("http://a.example/", delay_s=0.01), settings(site), pace=pace)
        assert pace.delays == [0.01, 7.0]


class WatchedPace(MemoryPace):
    """A MemoryPace that never waits, and records its calls."""

    def __init__(self) -> None:
        super().__init__(now=lambda: dt.datetime(2026, 3, 1, tzinfo=dt.UTC))
        self.delays: list[float] = []
        self.hosts: list[str] = []
        self.backoffs: list[dt.datetime] = []
        self.active = 0

    async def claim(self, host: str, *, delay_s: float, concurrency: int, a_day: int | None = None) -> float:
        self.delays.append(delay_s)
        self.hosts.append(host)
        self.active += 1
        return 0.0

    async def release(self, host: str, *, delay_s: float, backoff_until: dt.datetime | None) -> None:
        self.active -= 1
        if backoff_until is not None:
            self.backoffs.append(backoff_until)

    def release_soon(self, host: str, *, delay_s: float) -> None:
        self.active -= 1


class TestPace:
    def test_keeps_requests_to_a_host_apart(self, site: Site) -> None:
        site.pages["/"] = page(TEXT)
        requests = [ask("http://a.example/", delay_s=0.1, obey_robots=False)] * 4
        began = time.monotonic()
        with_fetcher(lambda fetcher: _all_at_once(fetcher, requests), settings(site))
        assert len(site.log) == 4
        assert time.monotonic() - began > 0.29

    def test_keeps_requests_at_once_to_its_concurrency(self, site: Site) -> None:
        inside, most, lock = 0, 0, threading.Lock()

        def slow(_: Exchange) -> bytes:
            nonlocal inside, most
            with lock:
                inside += 1
                most = max(most, inside)
            time.sleep(0.03)
            with lock:
                inside -= 1
            return page(TEXT)

        site.pages["/"] = slow
        requests = [ask("http://a.example/", concurrency=2, obey_robots=False)] * 6
        with_fetcher(lambda fetcher: _all_at_once(fetcher, requests), settings(site))
        assert most == 2

    def test_holds_for_robots_txt_and_redirects_and_is_given_back_whatever_happens(
        self, site: Site, other: Site
    ) -> None:
        site.pages["/"] = moved("http://b.example/")
        other.pages["/"] = b"nonsense\r\n\r\n"
        pace = WatchedPace()
        assert refusal(fetch(ask("http://a.example/"), settings(site, other), pace=pace)).reason == "bad_response"
        assert pace.hosts == ["a.example", "a.example", "b.example", "b.example"]
        assert pace.active == 0

    @pytest.mark.parametrize("status", [429, 503])
    def test_a_host_that_asks_to_wait_gets_no_requests(self, site: Site, status: int) -> None:
        site.pages["/busy"] = page(b"", "Retry-After: 3600", status=status)
        site.pages["/other"] = page(TEXT)
        requests = [ask(f"http://a.example/{path}", obey_robots=False) for path in ("busy", "other")]
        busy, later = with_fetcher(lambda fetcher: _one_after_another(fetcher, requests), settings(site))
        until = refusal(busy).retry_after
        assert until is not None
        assert dt.timedelta(minutes=59) < until - dt.datetime.now(dt.UTC) <= dt.timedelta(hours=1)
        assert refusal(later).reason == "host_backoff"
        assert refusal(later).retry_after is not None
        assert site.paths == ["/busy"]


class TestLimits:
    def test_a_body_beyond_the_limit_is_not_taken(self, site: Site) -> None:
        small = {"max_bytes": 100_000}
        site.pages["/declared"] = page(bytes(100_001))
        site.pages["/chunked"] = (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"ffff\r\n%b\r\n" % bytes(65_535) * 9
        )
        site.pages["/bomb"] = page(gzip.compress(bytes(5_000_000)), "Content-Encoding: gzip")
        site.pages["/whole"] = page(bytes(100_000))
        for path in ("declared", "chunked", "bomb"):
            outcome = refusal(fetch(ask(f"http://a.example/{path}"), settings(site, **small)))
            assert (path, outcome.reason, outcome.is_temporary) == (path, "too_large", False)
        assert len(got(fetch(ask("http://a.example/whole"), settings(site, **small))).body) == 100_000

    def test_a_body_without_end_is_broken_off(self, site: Site) -> None:
        sent = 0

        def endless(exchange: Exchange) -> None:
            nonlocal sent
            exchange.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            try:
                while True:
                    sent += exchange.wfile.write(bytes(65_536))
            except OSError:
                return

        site.pages["/"] = endless
        assert refusal(fetch(ask("http://a.example/"), settings(site, max_bytes=1_000_000))).reason == "too_large"
        site.server.shutdown()
        assert sent < 30_000_000

    @pytest.mark.parametrize("piece", [b"a" * 1_000, b"X-Again: a\r\n" * 100], ids=["one line", "many lines"])
    def test_headers_without_end(self, site: Site, piece: bytes) -> None:
        """Without the caps on a line and on all together, they were taken until the time was over."""

        def answer(exchange: Exchange) -> None:
            exchange.wfile.write(b"HTTP/1.1 200 OK\r\n")
            try:
                while True:
                    exchange.wfile.write(piece)
            except OSError:
                return

        site.pages["/"] = answer
        outcome = refusal(fetch(ask("http://a.example/", obey_robots=False), settings(site, timeout_s=5)))
        assert (outcome.reason, outcome.is_temporary) == ("headers_too_large", False)

    def test_the_time_is_for_the_whole_exchange(self, site: Site) -> None:
        """A server that sends a byte now and then never lets a read time-out strike; without ours it had not ended after 20 s."""

        def drip(exchange: Exchange) -> None:
            exchange.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            try:
                while not gone.wait(0.05):
                    exchange.wfile.write(b"a")
            except OSError:
                gone.set()

        gone = threading.Event()
        site.pages["/"] = drip
        outcome = refusal(fetch(ask("http://a.example/", obey_robots=False), settings(site, timeout_s=0.4)))
        assert (outcome.reason, outcome.is_temporary) == ("timeout", True)
        assert gone.wait(5), "the connection was not broken off"

    def test_the_time_is_for_all_redirects_together(self, site: Site) -> None:
        """With the whole time for each request, all were followed, to a 404."""

        def slowly(exchange: Exchange) -> bytes:
            time.sleep(0.25)
            return moved(f"{exchange.path}x")

        site.pages |= {"/" + "x" * count: slowly for count in range(5)}
        outcome = refusal(fetch(ask("http://a.example/", obey_robots=False), settings(site, timeout_s=0.6)))
        assert outcome.reason == "timeout"

    def test_a_url_that_is_too_long(self, site: Site) -> None:
        assert refusal(fetch(ask("http://a.example/" + "a" * 9_000), settings(site))).reason == "url_too_long"


class Shout:
    """An item pipeline that works on what came before."""

    async def process_item(self, item: PageItem) -> bytes:
        await asyncio.sleep(0)
        if item.page.url.endswith("/drop"):
            raise DropItem("not news")
        if item.page.url.endswith("/bug"):
            raise ZeroDivisionError
        return item.page.body.upper()


class Sign:
    """An item pipeline that takes a part from the crawler."""

    def __init__(self, signature: bytes) -> None:
        self.signature = signature

    @classmethod
    def from_crawler(cls, crawler: Any) -> Sign:
        return cls(crawler.signature)

    async def process_item(self, item: bytes) -> tuple[bytes, bytes]:
        return item, self.signature


class TestItems:
    @pytest.fixture
    def parts(self) -> dict[str, Any]:
        return {"item_pipelines": [Shout, Sign], "extras": {"signature": b"desk"}}

    def test_go_through_the_pipelines_in_order(self, site: Site, parts: dict[str, Any]) -> None:
        site.pages["/"] = moved("/a")
        site.pages["/a"] = page(TEXT)
        stored = with_fetcher(lambda fetcher: fetcher.fetch_item(ask("http://a.example/")), settings(site), **parts)
        assert stored == (TEXT.upper(), b"desk")

    def test_carry_their_request_with_its_payload(self, site: Site) -> None:
        site.pages["/"] = page(TEXT)
        request = ask("http://a.example/", payload={"candidate": 7})
        item = with_fetcher(lambda fetcher: fetcher.fetch_item(request), settings(site))
        assert item.request is request

    def test_each_request_comes_to_one_outcome(self, site: Site, parts: dict[str, Any]) -> None:
        site.pages |= {"/ok": page(TEXT), "/drop": page(TEXT), "/bug": page(TEXT), "/broken": b"nonsense\r\n\r\n"}
        site.pages["/same"] = b"HTTP/1.1 304 Not Modified\r\nContent-Length: 0\r\n\r\n"
        paths = ["ok", "drop", "bug", "gone", "broken", "same", "ok"]
        requests = [ask(f"http://a.example/{path}", etag='"1"', concurrency=4) for path in paths]
        requests += [ask("http://127.0.0.1/"), ask("nonsense"), ask("http://[/")]

        async def all_items(fetcher: Fetcher) -> list[Any]:
            return await asyncio.gather(*map(fetcher.fetch_item, requests), return_exceptions=True)

        ok, drop, bug, gone, broken, same, again, *refused = with_fetcher(all_items, settings(site), **parts)
        assert ok == again == (TEXT.upper(), b"desk")
        assert drop == "not news"
        assert isinstance(bug, ZeroDivisionError)
        assert refusal(gone).reason == "http_404"
        assert refusal(broken).reason == "bad_response"
        assert isinstance(same, NotModified)
        assert [refusal(outcome).reason for outcome in refused] == ["guard", "bad_url", "bad_url"]

    def test_in_flight_are_finished_before_the_end_and_waiting_ones_are_stopped(self, site: Site) -> None:
        def slow(_: Exchange) -> bytes:
            time.sleep(0.3)
            return page(TEXT)

        site.pages["/"] = slow

        async def scene() -> list[Any]:
            fetcher = Fetcher(settings(site), pace=MemoryPace(), robots=MemoryRobots())
            await fetcher.start()
            urls = ["http://a.example/"] * 3
            tasks = [asyncio.create_task(fetcher.fetch_item(ask(url, obey_robots=False))) for url in urls]
            while not site.log:
                await asyncio.sleep(0.01)
            await fetcher.close(timeout_s=5)
            late = await fetcher.fetch(ask("http://a.example/"))
            return [*await asyncio.gather(*tasks), late]

        first, *rest = run(scene)
        assert first.page.body == TEXT
        assert [refusal(outcome).reason for outcome in rest] == ["stopped"] * 3

    def test_that_hang_do_not_delay_the_end(self, site: Site) -> None:
        class Hang:
            async def process_item(self, item: PageItem) -> PageItem:
                hanging.set()
                await asyncio.Event().wait()
                return item

        hanging = threading.Event()
        site.pages["/"] = page(TEXT)

        async def scene() -> Any:
            fetcher = Fetcher(settings(site), pace=MemoryPace(), robots=MemoryRobots(), item_pipelines=[Hang])
            await fetcher.start()
            task = asyncio.create_task(fetcher.fetch_item(ask("http://a.example/")))
            while not hanging.is_set():
                await asyncio.sleep(0.01)
            async with asyncio.timeout(10):
                await fetcher.close(timeout_s=0.1)
            return await task

        assert refusal(run(scene)).reason == "stopped"

    def test_an_extra_can_not_replace_a_part_of_the_crawler(self) -> None:
        with pytest.raises(ValueError, match="engine"):
            Fetcher(FetchSettings(AGENT), pace=MemoryPace(), robots=MemoryRobots(), extras={"engine": 1})


async def _all_at_once(fetcher: Fetcher, requests: list[FetchRequest]) -> list[Outcome]:
    return await asyncio.gather(*map(fetcher.fetch, requests))


async def _one_after_another(fetcher: Fetcher, requests: list[FetchRequest]) -> list[Outcome]:
    return [await fetcher.fetch(request) for request in requests]


def write_certificate(certificate: Path, key_file: Path, host: str) -> None:
    """A certificate for the host and those below it, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host), x509.DNSName(f"*.{host}")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def failing_server(folder: Path, reason: str) -> ssl.SSLContext:
    """A server whose handshake fails for this reason with a client that trusts root.pem."""
    now, day = dt.datetime.now(dt.UTC), dt.timedelta(days=1)

    def issue(name: str, issuer: str, by: Any, key: Any, begins: dt.datetime, ends: dt.datetime, ca: bool) -> bytes:
        subject, signer = (x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, n)]) for n in (name, issuer))
        return (
            x509.CertificateBuilder(signer, subject, key.public_key(), x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(ends)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .sign(by, hashes.SHA256())
            .public_bytes(serialization.Encoding.PEM)
        )

    root, middle, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    root_pem = issue("Root", "Root", root, root, now - 9 * day, now + day, True)
    chain = issue("Middle", "Root", root, middle, now - 9 * day, now + day, True)
    name = "b.example" if reason == "tls_wrong_name" else "a.example"
    begins = now + day if reason == "tls_not_yet_valid" else now - 9 * day
    ends = now - day if reason == "tls_expired" else now + 2 * day
    is_own = reason == "tls_self_signed"
    leaf = issue(name, name if is_own else "Middle", key if is_own else middle, key, begins, ends, False)
    if reason == "tls_untrusted":
        chain += root_pem
    (folder / "root.pem").write_bytes(root_pem)
    (folder / "leaf.pem").write_bytes(leaf if is_own or reason == "tls_incomplete_chain" else leaf + chain)
    (folder / "leaf.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if reason == "tls_old_protocol":
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
    context.load_cert_chain(folder / "leaf.pem", folder / "leaf.key")
    return context


class BreakingParserPool:
    """In the parser pool's place: every parse dies."""

    async def run(self, function: Callable[..., Any], *args: object, deadline_s: float, subject: str) -> Any:
        raise ParserPoolError("parsing took more than 5 s", reason="parse_timeout", subject=subject)


def test_a_robots_txt_that_breaks_its_parser_counts_as_unreachable(site: Site) -> None:
    """Read in the loop in place of the parser pool, the file was taken as it is and the page fetched."""
    site.pages["/robots.txt"] = page(b"User-agent: *\nDisallow: /x\n")
    site.pages["/a"] = page(TEXT)
    refused = refusal(fetch(ask("http://a.example/a"), settings(site), parser_pool=BreakingParserPool()))
    assert (refused.reason, refused.is_temporary) == ("robots_unreachable", True)
    assert site.paths == ["/robots.txt"]


def test_a_trap_is_not_fetched(site: Site) -> None:
    """Without the rule the page was fetched."""
    site.pages["/a/b/a/b/a/b"] = page(TEXT)
    assert refusal(fetch(ask("http://a.example/a/b/a/b/a/b"), settings(site))).reason == "trap"
    assert site.log == []
