"""Sites with rules of their own, which write down each request with its beginning and its end."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from dateline.types.source import Source, WatchedPage
from tests.acceptance.support.site import article
from tests.acceptance.support.web import rss

ROBOTS = {
    "walled": b"User-agent: *\nDisallow: /private/\nDisallow: /*.json$\nAllow: /private/open-\n",
    "paced": b"User-agent: *\nCrawl-delay: 1.5\n",
}
ASKS_FOR = {"seconds": 3, "date": 3}
"""Hosts that refuse their first feed request, and how long they then want to be left alone."""
SLOW_S = 0.8
SLOW_PAGES = 4
PLAIN = 12
DAY = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Request:
    """One request in the server's own words; seconds of a steady clock. `until` is when the host wants to be asked again."""

    host: str
    path: str
    status: int
    began: float
    ended: float
    until: float = 0.0


@dataclass
class StrictSites:
    """The sites' state and log."""

    port: int = 0
    log: list[Request] = field(default_factory=list)
    times: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def sources(self) -> list[Source]:
        """All hosts as sources."""
        names = [*ROBOTS, *ASKS_FOR, "broken", "slow", *(f"plain{n}" for n in range(PLAIN))]
        return [_source(name, feeds=2 if name in ASKS_FOR else 1) for name in names]

    def asked(self, host: str, path: str | None = None) -> list[Request]:
        """A host's requests in order."""
        with self.lock:
            found = [one for one in self.log if one.host == host and path in (None, one.path)]
        return sorted(found, key=lambda one: one.began)

    def answer(self, host: str, path: str, etag: str | None) -> tuple[int, dict[str, str], bytes, float]:
        """Status, headers, body, and for how long the host wants to be left alone."""
        name = host.partition(".")[0]
        if path == "/robots.txt":
            return (
                (500, {}, b"", 0.0)
                if name == "broken"
                else (200 if name in ROBOTS else 404, {}, ROBOTS.get(name, b""), 0.0)
            )
        with self.lock:
            self.times[host + path] += 1
            is_first = self.times[host + path] == 1
        if name in ASKS_FOR and path == "/feed0.xml" and is_first:
            return _refusal(name)
        if path.startswith("/feed"):
            mine = f'"{name}-1"'
            return (304, {}, b"", 0.0) if etag == mine else (200, {"ETag": mine}, rss(items(name)).body, 0.0)
        if path.startswith("/report-"):
            number = int(path.partition("-")[2].partition("-")[0])
            return 200, {"Content-Type": "text/html"}, article(number + 50 * sum(name.encode())).encode(), 0.0
        return 200, {"Content-Type": "text/html"}, article(7).encode(), 0.0


def items(name: str) -> list[tuple[str, str, dt.datetime]]:
    """What a feed shows."""
    if name == "walled":
        paths = ["/report-1-a.html", "/private/report-2.html", "/private/open-3.html", "/report-4.json"]
    elif name in ("slow", "paced"):
        paths = [f"/report-{n}-of-the-harbour.html" for n in range(SLOW_PAGES)]
    else:
        paths = ["/report-0-of-the-day.html"]
    return [(f"http://{name}.test{path}", "Report", DAY) for path in paths]


def _refusal(name: str) -> tuple[int, dict[str, str], bytes, float]:
    wait = ASKS_FOR[name]
    if name == "seconds":
        return 429, {"Retry-After": str(wait)}, b"", float(wait)
    at = dt.datetime.fromtimestamp(int(time.time()) + wait, dt.UTC)
    return 503, {"Retry-After": format_datetime(at, usegmt=True)}, b"", at.timestamp() - time.time()


def _source(name: str, *, feeds: int) -> Source:
    watched = tuple(WatchedPage(f"http://{name}.test/feed{n}.xml", "feed") for n in range(feeds))
    return Source(name, name.capitalize(), f"http://{name}.test/", watched=watched, schedule="every 1h")


@contextmanager
def strict_sites() -> Iterator[StrictSites]:
    """The sites, served from threads of this process."""
    sites = StrictSites()

    class Talk(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            began, host = time.monotonic(), (self.headers.get("Host") or "").partition(":")[0]
            status, headers, body, wait = sites.answer(host, self.path, self.headers.get("If-None-Match"))
            if host == "slow.test":
                time.sleep(SLOW_S)
            # noted before the answer goes out: the client can't have started its next request earlier
            ended = time.monotonic()
            with sites.lock:
                sites.log.append(Request(host, self.path, status, began, ended, ended + wait if wait else 0.0))
            self.send_response(status)
            for field_name, value in headers.items():
                self.send_header(field_name, value)
            if status != 304:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that was ended."""

    with Server(("127.0.0.1", 0), Talk) as server:
        sites.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield sites
        finally:
            server.shutdown()
