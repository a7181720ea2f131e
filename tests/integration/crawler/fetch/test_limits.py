"""Limits of time and size, on answers that exceed them."""

from __future__ import annotations

import gzip
import threading
import time

import pytest

from tests.integration.support.fetch_site import (
    Exchange,
    Site,
    ask,
    fetch,
    got,
    moved,
    page,
    refusal,
    settings,
)


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
