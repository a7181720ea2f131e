"""Known sites on loopback: every URL that there is, and a log of who asked for what and when."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.acceptance.site import article

HOSTS = ("bay.test", "cape.test", "dune.test")
POISON = "/2026/05/04/poison.html"


@dataclass
class Site:
    """Three hosts with a feed each. `pages` are shown at first, `later` more after `publish`."""

    pages: int = 10
    later: int = 2
    slow_s: float = 0.05
    poisoned: bool = False
    """The first page of each feed makes its reader take memory until something gives."""
    port: int = 0
    shown: int = 0
    asked: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    present: Counter[str] = field(default_factory=Counter)
    most_at_once: int = 0
    feed_asked_at: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.shown = self.pages

    def publish(self) -> None:
        """Show the later pages, too."""
        self.shown = self.pages + self.later

    def urls(self) -> set[str]:
        """Every article's URL that a feed shows."""
        return {f"http://{host}{path(n)}" for host in HOSTS for n in range(self.shown)}

    def body(self, host: str, number: int) -> bytes:
        """The page of an article; no two share their text."""
        return article(number + 1000 * (1 + HOSTS.index(host))).encode()

    def answer(self, host: str, where: str) -> tuple[int, str, bytes]:
        """Status, media type and body."""
        if host not in HOSTS:
            return 404, "text/plain", b"no such host"
        if where == "/feed.xml":
            places = [*([POISON] if self.poisoned else []), *(path(n) for n in range(self.shown))]
            items = "".join(f"<item><title>Report</title><link>http://{host}{place}</link></item>" for place in places)
            feed = f'<rss version="2.0"><channel><title>{host}</title>{items}</channel></rss>'
            return 200, "application/rss+xml", feed.encode()
        if where == POISON:
            return 200, "text/html", b"<html><body><p>eat-memory</p></body></html>"
        if where.endswith(".html"):
            time.sleep(self.slow_s * random.uniform(0.5, 1.5))
            return 200, "text/html", self.body(host, int(where.rpartition("-")[2].removesuffix(".html")))
        return 404, "text/plain", b"no"

    def fetched_again(self) -> int:
        """Answers beyond one for each article."""
        with self.lock:
            return sum(times - 1 for url, times in self.answered.items() if "report" in url and times > 1)

    def in_flight(self) -> int:
        """Articles that somebody waits for just now."""
        with self.lock:
            return sum(self.present.values())


def path(number: int) -> str:
    """Where an article stands on each host."""
    return f"/2026/05/04/report-{number}.html"


@contextmanager
def running(site: Site) -> Iterator[Site]:
    """The sites, served from threads of this process."""

    class Talk(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            host = (self.headers.get("Host") or "").partition(":")[0]
            is_page = self.path.endswith(".html")
            with site.lock:
                site.asked[host + self.path] += 1
                site.present[host] += is_page
                site.most_at_once = max(site.most_at_once, site.present[host])
                if self.path == "/feed.xml":
                    site.feed_asked_at.append(time.time())
            status, kind, body = site.answer(host, self.path)
            with site.lock:
                site.present[host] -= is_page
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            with site.lock:
                site.answered[host + self.path] += 1

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the counters say it."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that was killed."""

    with Server(("127.0.0.1", 0), Talk) as server:
        site.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield site
        finally:
            server.shutdown()
