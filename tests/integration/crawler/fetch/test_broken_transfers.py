"""Answers that are wrong by HTTP and that browsers show: what is read of them, what is marked, and why others are refused."""

from __future__ import annotations

import gzip
import socket
import threading
import zlib
from collections.abc import Iterator

import brotli
import pytest
import zstandard

from crawler.exchange import FetchRequest, NotFetched, Outcome, PageItem
from crawler.fetch import download_handler
from crawler.fetch.body import STORED_THOUGH
from crawler.fetch.event_loop import run
from crawler.fetch.fetcher import Fetcher
from crawler.fetch.settings import FetchSettings
from crawler.politeness.in_memory import MemoryPace, MemoryRobots
from dateline.types.article import Page

TEXT = b"<!doctype html><html><body><p>" + b"The ferry timetable changes in June. " * 40 + b"</p></body></html>\n"
HALF = TEXT[:700]
FEED = b"<?xml version='1.0'?><rss version='2.0'><channel><title>Bay</title></channel></rss>"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


class RawSite:
    """A server that sends given bytes for each request, then closes the connection or keeps it open."""

    def __init__(self) -> None:
        self.answers: list[bytes] = []
        self.keeps_open = False
        self.requests = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._held: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            head = b""
            while b"\r\n\r\n" not in head and (part := peer.recv(65536)):
                head += part
            if not head:
                peer.close()
                continue
            self.requests += 1
            peer.sendall(self.answers[min(self.requests, len(self.answers)) - 1])
            if self.keeps_open:
                self._held.append(peer)
            else:
                peer.shutdown(socket.SHUT_WR)
                peer.close()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for peer in self._held:
            peer.close()


@pytest.fixture
def site() -> Iterator[RawSite]:
    server = RawSite()
    yield server
    server.close()


def fetch(site: RawSite, *answers: bytes, timeout_s: float = 60.0, path: str = "") -> Outcome:
    """The outcome of a fetch that is answered with these bytes, one after the other, the last one again and again."""
    site.answers = list(answers)
    there = FetchSettings("Dateline/0", resolve=(f"a.example=127.0.0.1:{site.port}",), timeout_s=timeout_s)

    async def scene() -> Outcome:
        async with Fetcher(there, pace=MemoryPace(), robots=MemoryRobots()) as fetcher:
            asked = FetchRequest(f"http://a.example/{path}", delay_s=0, obey_robots=False)
            outcome: Outcome = await fetcher.fetch(asked)
            return outcome

    return run(scene)


def page(body: bytes, *lines: bytes) -> bytes:
    return OK + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body


def sized(body: bytes, length: int, *lines: bytes) -> bytes:
    return page(body, b"Content-Length: %d" % length, *lines)


def chunked(*parts: bytes, end: bytes = b"0\r\n\r\n", size: str = "{:x}", eol: bytes = b"\r\n") -> bytes:
    chunks = [size.format(len(part)).encode() + eol + part + eol for part in parts]
    return page(b"".join(chunks) + end, b"Transfer-Encoding: chunked")


def ranged(first: int, last: int, total: int) -> bytes:
    whole = sized(TEXT, len(TEXT), b"Content-Range: bytes %d-%d/%d" % (first, last, total))
    return whole.replace(b"200 OK", b"206 Partial Content")


def raw_deflate(body: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(body) + stream.flush()


def bad_checksum(body: bytes) -> bytes:
    packed = gzip.compress(body)
    return packed[:-8] + b"\0\1\2\3" + packed[-4:]


A, B = TEXT[:500], TEXT[500:]
ZIPPED = gzip.compress(TEXT)
CLEAN: dict[str, bytes] = {
    "blank before colon": sized(TEXT, len(TEXT), b"X-Cache : HIT"),
    "tab before colon": sized(TEXT, len(TEXT), b"X-Cache\t: HIT"),
    "name with blanks": sized(TEXT, len(TEXT), b"X Cache Status: HIT"),
    "no name": sized(TEXT, len(TEXT), b": HIT"),
    "no colon": sized(TEXT, len(TEXT), b"nonsense"),
    "control characters": sized(TEXT, len(TEXT), b"X-A: a\x01b", b"X\x7f: c"),
    "latin-1 and UTF-8 bytes": sized(TEXT, len(TEXT), b"X-Town: M\xfcnchen", "X-Stadt: Köln".encode()),
    "latin-1 in a name": sized(TEXT, len(TEXT), b"X-M\xfcnchen: 1"),
    "length with a blank before the colon": page(TEXT, b"Content-Length : %d" % len(TEXT)),
    "length twice": page(TEXT, *[b"Content-Length: %d" % len(TEXT)] * 2),
    "length in a list": page(TEXT, b"Content-Length: %d, %d" % (len(TEXT), len(TEXT))),
    "length empty": page(TEXT, b"Content-Length:"),
    "length no number": page(TEXT, b"Content-Length: many"),
    "length negative": page(TEXT, b"Content-Length: -1"),
    "length beside chunks": chunked(TEXT).replace(b"Transfer", b"Content-Length: 12\r\nTransfer", 1),
    "folded header": sized(TEXT, len(TEXT), b"X-Long: one", b"  two", b"\tthree"),
    "folded first": OK.replace(b"Content-Type", b" folded: 1\r\nContent-Type") + b"\r\n" + TEXT,
    "bare line feeds": sized(TEXT, len(TEXT)).split(b"\r\n\r\n")[0].replace(b"\r\n", b"\n") + b"\n\n" + TEXT,
    "doubled carriage returns": sized(TEXT, len(TEXT)).split(b"\r\n\r\n")[0].replace(b"\r\n", b"\r\r\n") + b"\r\r\n\r\r\n" + TEXT,
    "no reason": sized(TEXT, len(TEXT)).replace(b"200 OK", b"200"),
    "no reason but a blank": sized(TEXT, len(TEXT)).replace(b"200 OK", b"200 "),
    "two blanks": sized(TEXT, len(TEXT)).replace(b"200 OK", b" 200  OK"),
    "tab": sized(TEXT, len(TEXT)).replace(b" 200 OK", b"\t200 OK"),
    "lower case": sized(TEXT, len(TEXT)).replace(b"HTTP", b"http"),
    "HTTP/2": sized(TEXT, len(TEXT)).replace(b"HTTP/1.1", b"HTTP/2"),
    "latin-1 reason": sized(TEXT, len(TEXT)).replace(b"OK", b"Tr\xe8s bien"),
    "empty lines before": b"\r\n\r\n" + sized(TEXT, len(TEXT)),
    "100": b"HTTP/1.1 100 Continue\r\n\r\n" + sized(TEXT, len(TEXT)),
    "103": b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n" + sized(TEXT, len(TEXT)),
    "102 and 103": b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103\r\nLink: <a>\r\n\r\n" + sized(TEXT, len(TEXT)),
    "206 of all of it": ranged(0, len(TEXT) - 1, len(TEXT)),
    "a header of 40 KB": sized(TEXT, len(TEXT), b"Content-Security-Policy: " + b"a.example " * 4000),
    "200 KB of headers": sized(TEXT, len(TEXT), *[b"X-Tag: " + b"v" * 1000] * 200),
    "HTTP/1.0": page(TEXT).replace(b"HTTP/1.1", b"HTTP/1.0"),
    "no length": page(TEXT),
    "chunk sizes padded": chunked(A, B, size="{:x}   "),
    "chunk sizes indented": chunked(A, B, size="  {:x}"),
    "chunk sizes with zeros": chunked(A, B, size="{:08X}"),
    "chunk extension": chunked(A, B, size="{:x} ; name=\"v;w\""),
    "chunks with line feeds": chunked(A, B, eol=b"\n", end=b"0\n\n"),
    "last chunk padded": chunked(A, B, end=b"000 \r\n\r\n"),
    "last chunk without its empty line": chunked(A, B, end=b"0\r\n"),
    "trailers": chunked(A, B, end=b"0\r\nX-Sum: 1\r\nExpires: never\r\n\r\n"),
    "bytes after the last chunk": chunked(A, B, end=b"0\r\n\r\nrubbish"),
    "chunks in capitals": chunked(A, B).replace(b"chunked", b"Chunked"),
    "identity": page(TEXT, b"Transfer-Encoding: identity"),
    "chunked twice": chunked(A, B).replace(b"chunked", b"chunked\r\nTransfer-Encoding: chunked"),
    "gzip": sized(ZIPPED, len(ZIPPED), b"Content-Encoding: gzip"),
    "raw deflate": page(raw_deflate(TEXT), b"Content-Encoding: deflate"),
    "zlib deflate": page(zlib.compress(TEXT), b"Content-Encoding: deflate"),
    "junk after gzip": page(ZIPPED + b"\0" * 20, b"Content-Encoding: gzip"),
    "unlabelled gzip": page(ZIPPED),
    "encoding utf-8": page(TEXT, b"Content-Encoding: utf-8"),
    "encoding empty": page(TEXT, b"Content-Encoding:"),
    "chunked declared, not chunked": page(TEXT, b"Transfer-Encoding: chunked"),
}  # fmt: skip
MARKED: dict[str, bytes] = {
    "length too large": sized(TEXT, len(TEXT) + 100),
    "length far too large": sized(TEXT, 50_000_000),
    "lengths that differ": page(TEXT, b"Content-Length: 10", b"Content-Length: 99999"),
    "plain length on a gzip body": sized(ZIPPED, len(TEXT), b"Content-Encoding: gzip"),
    "plain length on a br body": sized(brotli.compress(TEXT), len(TEXT), b"Content-Encoding: br"),
    "last chunk missing": chunked(A, B, end=b""),
    "last chunk cut in two": chunked(A, B, end=b"0"),
    "a chunk shorter than it says": chunked(A, B, end=b"fff\r\n \r\n"),
    "a chunk size that can't be read": chunked(A, B, end=b"zz\r\nnothing"),
    "gzip, last chunk missing": chunked(ZIPPED, end=b"").replace(b"Transfer", b"Content-Encoding: gzip\r\nTransfer", 1),
    "gzip without its trailer": page(ZIPPED[:-8], b"Content-Encoding: gzip"),
    "gzip with half a trailer": page(ZIPPED[:-3], b"Content-Encoding: gzip"),
    "gzip with a wrong checksum": page(bad_checksum(TEXT), b"Content-Encoding: gzip"),
}  # fmt: skip
MISLABELLED: dict[str, bytes] = {
    "says gzip, is plain": page(TEXT, b"Content-Encoding: gzip"),
    "says br, is plain": page(TEXT, b"Content-Encoding: br"),
    "says deflate, is plain": page(TEXT, b"Content-Encoding: deflate"),
    "says zstd, is plain": page(TEXT, b"Content-Encoding: zstd"),
    "says br, is gzip": page(ZIPPED, b"Content-Encoding: br"),
    "says gzip, is zlib": page(zlib.compress(TEXT), b"Content-Encoding: gzip"),
    "says gzip, is zstd": page(zstandard.compress(TEXT), b"Content-Encoding: gzip"),
    "says gzip twice": page(ZIPPED, b"Content-Encoding: gzip, gzip"),
    "says text/html": page(TEXT, b"Content-Encoding: text/html"),
}
CUT: dict[str, tuple[bytes, str, str]] = {
    "in the body": (sized(HALF, len(TEXT)), "connection_lost", f"700 of {len(TEXT)} bytes came"),
    "between two chunks": (chunked(HALF, end=b""), "connection_lost", "the last chunk is missing (700 bytes came)"),
    "in a chunk": (chunked(HALF, end=b"ff\r\nabc"), "connection_lost", "the last chunk is missing"),
    "at a bad chunk": (chunked(HALF, end=b"xyz\r\nabc"), "connection_lost", "a chunk's size can't be read: b'xyz'"),
    "in gzip": (page(ZIPPED[:60], b"Content-Encoding: gzip"), "bad_encoding", "gzip: the body is cut off"),
    "in br": (page(brotli.compress(TEXT)[:40], b"Content-Encoding: br"), "bad_encoding", "cut off"),
    "in zstd": (page(zstandard.compress(TEXT)[:-9], b"Content-Encoding: zstd"), "bad_encoding", "cut off"),
    "gzip of half": (
        sized(gzip.compress(HALF)[:-9], 9999, b"Content-Encoding: gzip"), "connection_lost", "of 9999 bytes came"),
}  # fmt: skip


def got(outcome: Outcome) -> Page:
    assert isinstance(outcome, Page), outcome
    return outcome


@pytest.mark.parametrize("form", CLEAN)
def test_answers_that_browsers_read_are_read_at_once(site: RawSite, form: str) -> None:
    found = got(fetch(site, CLEAN[form]))
    assert found.body == TEXT
    assert found.warnings == ()
    assert site.requests == 1


@pytest.mark.parametrize("form", MARKED)
def test_a_whole_document_in_a_broken_transfer_is_asked_for_again_and_then_taken(site: RawSite, form: str) -> None:
    found = got(fetch(site, MARKED[form]))
    assert found.body.rstrip() == TEXT.rstrip()
    (mark,) = found.warnings
    assert mark.startswith(STORED_THOUGH)
    assert site.requests == 2


@pytest.mark.parametrize("form", MISLABELLED)
def test_a_wrong_content_encoding_is_named(site: RawSite, form: str) -> None:
    found = got(fetch(site, MISLABELLED[form]))
    assert found.body == TEXT
    assert all(note.startswith("Content-Encoding says") for note in found.warnings)
    assert found.warnings
    assert site.requests == 1


@pytest.mark.parametrize("form", CUT)
def test_an_answer_that_is_cut_off_is_refused_with_the_reason(site: RawSite, form: str) -> None:
    answer, reason, detail = CUT[form]
    outcome = fetch(site, answer)
    assert isinstance(outcome, NotFetched)
    assert (outcome.reason, outcome.is_temporary) == (reason, True)
    assert detail in outcome.detail
    assert site.requests == 2


@pytest.mark.parametrize("form", ["length too large", "last chunk missing", "gzip without its trailer"])
def test_the_second_answer_is_taken_where_it_is_complete(site: RawSite, form: str) -> None:
    found = got(fetch(site, MARKED[form], page(TEXT, b"X-Second: 1")))
    assert (found.body, found.warnings, found.header("x-second")) == (TEXT, (), "1")


@pytest.mark.parametrize(
    "answer", [sized(TEXT, len(TEXT) + 9), chunked(A, B, end=b""), sized(ZIPPED, 9999, b"Content-Encoding: gzip")]
)
def test_a_server_that_keeps_the_connection_open_is_not_waited_for(
    site: RawSite, answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download_handler, "_SILENCE_S", 0.5)
    site.keeps_open = True
    found = got(fetch(site, answer))
    assert found.body == TEXT
    assert "then nothing more" in found.warnings[-1]


def test_half_a_page_and_silence_is_a_timeout_that_says_so(site: RawSite) -> None:
    site.keeps_open = True
    outcome = fetch(site, sized(HALF, len(TEXT)), timeout_s=2.0)
    assert isinstance(outcome, NotFetched)
    assert outcome.reason == "timeout"
    assert outcome.detail == f"700 of {len(TEXT)} bytes came until the time was up"


def test_a_status_counts_whatever_its_body(site: RawSite) -> None:
    outcome = fetch(site, sized(b"gone", 99).replace(b"200 OK", b"404 Not Found"))
    assert isinstance(outcome, NotFetched)
    assert (outcome.reason, site.requests) == ("http_404", 1)


def test_a_feed_whose_length_is_wrong_is_read(site: RawSite) -> None:
    found = got(fetch(site, sized(FEED, 5000).replace(b"text/html", b"application/rss+xml")))
    assert found.body == FEED


def test_a_redirect_with_a_broken_body_is_followed(site: RawSite) -> None:
    there = b"HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 99\r\n\r\nhere"
    assert got(fetch(site, there, page(TEXT))).final_url == "http://a.example/there"


def test_the_second_try_follows_redirects_again(site: RawSite) -> None:
    there = b"HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n"
    found = got(fetch(site, there, sized(TEXT, 9999), there, page(TEXT)))
    assert (found.redirects, found.warnings) == (("http://a.example/",), ())


def test_pages_for_the_pipelines_get_a_second_try_too(site: RawSite) -> None:
    site.answers = [sized(TEXT, 9999)]
    there = FetchSettings("Dateline/0", resolve=(f"a.example=127.0.0.1:{site.port}",))

    async def scene() -> object:
        async with Fetcher(there, pace=MemoryPace(), robots=MemoryRobots()) as fetcher:
            return await fetcher.fetch_item(FetchRequest("http://a.example/", delay_s=0, obey_robots=False))

    item = run(scene)
    assert isinstance(item, PageItem)
    assert item.page.body == TEXT
    assert item.raw.cut == f"{len(TEXT)} of 9999 bytes came"
    assert site.requests == 2


@pytest.mark.parametrize(
    "answer", [ranged(0, len(TEXT) - 1, 9999), ranged(9, len(TEXT) - 1, len(TEXT)), ranged(0, 9, 9)]
)
def test_a_part_of_a_page_is_not_the_page(site: RawSite, answer: bytes) -> None:
    outcome = fetch(site, answer)
    assert isinstance(outcome, NotFetched)
    assert outcome.reason == "http_206"
