"""Small sites on loopback that write down who asked for what, and how many at once."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from dateline.types.source import Politeness, Source, WatchedPage
from tests.acceptance.support.site import article


@dataclass
class Sites:
    """Any number of hosts under .test, each with a feed of `pages` articles; `slow_s` is how long an article takes."""

    pages: int = 3
    slow_s: float = 0.0
    port: int = 0
    asked: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    present: Counter[str] = field(default_factory=Counter)
    most: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def source(self, name: str, *, schedule: str = "every 1h", delay_s: float = 0.0, concurrency: int = 1) -> Source:
        """The host as a source."""
        return Source(
            name,
            name.capitalize(),
            f"http://{name}.test/",
            watched=(WatchedPage(f"http://{name}.test/feed.xml", "feed"),),
            schedule=schedule,
            politeness=Politeness(delay_s=delay_s, concurrency=concurrency),
        )

    def visits(self, name: str) -> int:
        """How often the feed was asked for."""
        with self.lock:
            return self.asked[f"{name}.test/feed.xml"]

    def url(self, name: str, page: int) -> str:
        """Address of an article."""
        return f"http://{name}.test/2026/05/04/report-{page}.html"

    def answer(self, host: str, path: str) -> tuple[int, str, bytes]:
        """Status, media type and body."""
        if path == "/feed.xml":
            items = "".join(
                f"<item><title>Report {n}</title><link>http://{host}/2026/05/04/report-{n}.html</link></item>"
                for n in range(self.pages)
            )
            return (
                200,
                "application/rss+xml",
                f'<rss version="2.0"><channel><title>S</title>{items}</channel></rss>'.encode(),
            )
        if path.endswith(".html"):
            time.sleep(self.slow_s)
            number = int(path.rpartition("-")[2].removesuffix(".html"))
            # sites share no text, else one's articles would be the other's copies
            return 200, "text/html", article(number + 1000 * (sum(host.encode()) + len(host))).encode()
        return 404, "text/plain", b"no"


@contextmanager
def logged_sites(**fields: int | float) -> Iterator[Sites]:
    """The sites, served from threads of this process."""
    sites = Sites(**fields)  # type: ignore[arg-type]

    class Talk(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            host = (self.headers.get("Host") or "").partition(":")[0]
            with sites.lock:
                sites.asked[host + self.path] += 1
                sites.present[host] += 1
                sites.most[host] = max(sites.most[host], sites.present[host])
            status, kind, body = sites.answer(host, self.path)
            with sites.lock:
                sites.present[host] -= 1
                sites.answered[host + self.path] += 1
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that was killed."""

    with Server(("127.0.0.1", 0), Talk) as server:
        sites.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield sites
        finally:
            server.shutdown()
