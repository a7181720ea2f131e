"""The fetcher against real HTTP servers on loopback: outcomes, item pipelines, and many fetches at once."""

from __future__ import annotations

import asyncio
import gzip
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import brotli
import pytest
import zstandard
from scrapy.exceptions import DropItem

from crawler.exchange import NotModified, PageItem
from crawler.fetch.event_loop import run
from crawler.fetch.fetch_one import fetch_one
from crawler.fetch.fetcher import Fetcher
from crawler.fetch.settings import FetchSettings
from crawler.politeness.guard import Address
from crawler.politeness.in_memory import MemoryPace, MemoryRobots
from dateline.errors import FetchError
from tests.integration.support.fetch_site import (
    AGENT,
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
        [b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1 OK\r\n\r\n", b"HTTP/1.1 99999999999999999999 OK\r\n\r\n",
         b"HTTP/1.1 000 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: secret\r\n\r\nx",
         b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx",
         b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nferry\r\n"],
    )  # fmt: skip
    def test_an_answer_that_is_not_http_is_a_bad_response(self, site: Site, raw: bytes) -> None:
        site.pages["/"] = raw
        outcome = refusal(fetch(ask("http://a.example/"), settings(site)))
        assert outcome.reason in {"bad_response", "connection_lost"}

    @pytest.mark.parametrize("obey_robots", [True, False])
    @pytest.mark.parametrize(
        ("raw", "reason", "words"),
        [
            (b"", "connect_closed", "it closed the connection before it answered"),
            (b"SSH-2.0-OpenSSH_9.2\r\n", "bad_response", "the answer begins with b'SSH-2.0-OpenSSH_9.2'"),
            (b"220 mail.a.example ESMTP\r\n\r\n", "bad_response", "the answer begins with b'220 mail.a.example ESMTP'"),
        ],
    )
    def test_a_host_that_does_not_answer_in_http_has_that_reason_at_robots_txt_too(
        self, site: Site, raw: bytes, reason: str, words: str, obey_robots: bool
    ) -> None:
        site.pages["/"] = site.pages["/robots.txt"] = raw
        outcome = refusal(fetch(ask("http://a.example/", obey_robots=obey_robots), settings(site)))
        assert (outcome.reason, outcome.detail, outcome.is_temporary) == (reason, words, True)

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


def test_a_trap_is_not_fetched(site: Site) -> None:
    """Without the rule the page was fetched."""
    site.pages["/a/b/a/b/a/b"] = page(TEXT)
    assert refusal(fetch(ask("http://a.example/a/b/a/b/a/b"), settings(site))).reason == "trap"
    assert site.log == []
