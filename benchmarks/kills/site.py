"""Known sites on loopback: every URL that there is, and a log of who asked for what and when."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.acceptance.support.site import article

HOSTS = ("bay.test", "cape.test", "dune.test")
WINDOW = 40
"""A feed shows its newest entries, as feeds do."""


@dataclass
class Site:
    """Three hosts with a feed each; every `publish` adds a batch of articles to each of them."""

    batch: int = 6
    slow_s: float = 0.05
    poisoned: bool = False
    """With each batch comes a page that makes its reader take memory until something gives."""
    port: int = 0
    shown: int = 3
    batches: int = 0
    answered: Counter[str] = field(default_factory=Counter)
    present: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    """How many articles each host's feed named when it was last asked for."""
    feed_asked_at: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def publish(self, more: int = 0) -> None:
        """Show another batch of articles (or so many) on each host."""
        with self.lock:
            self.shown += more or self.batch
            self.batches += 1

    def urls(self) -> set[str]:
        """Every article's URL that was ever shown."""
        return {f"http://{host}{path(n)}" for host in HOSTS for n in range(self.shown)}

    def poisons(self) -> set[str]:
        """The URLs of pages that no reader survives."""
        return {f"http://{host}{poison(self.batches)}" for host in HOSTS} if self.poisoned else set()

    def body(self, host: str, number: int) -> bytes:
        """The page of an article; no two share their text."""
        return article(number + 1000 * (1 + HOSTS.index(host))).encode()

    def answer(self, host: str, where: str) -> tuple[int, str, bytes]:
        """Status, media type and body."""
        if host not in HOSTS:
            return 404, "text/plain", b"no such host"
        if where == "/feed.xml":
            return 200, "application/rss+xml", self._feed(host).encode()
        if where.startswith("/poison"):
            return 200, "text/html", f"<html><body><p>eat-memory {host}{where}</p></body></html>".encode()
        if where.endswith(".html"):
            time.sleep(self.slow_s * random.uniform(0.5, 1.5))
            return 200, "text/html", self.body(host, int(where.rpartition("-")[2].removesuffix(".html")))
        return 404, "text/plain", b"no"

    def _feed(self, host: str) -> str:
        with self.lock:
            shown, batches = self.shown, self.batches
            self.told[host] = shown
            self.feed_asked_at[host].append(time.time())
        places = [poison(batches)] if self.poisoned else []
        places += [path(n) for n in reversed(range(max(0, shown - WINDOW), shown))]
        items = "".join(f"<item><title>Report</title><link>http://{host}{place}</link></item>" for place in places)
        return f'<rss version="2.0"><channel><title>{host}</title>{items}</channel></rss>'

    def untold(self) -> list[str]:
        """Hosts whose feed was not requested since the last batch came."""
        with self.lock:
            return [host for host in HOSTS if self.told[host] < self.shown]

    def asked_after(self, at: float) -> list[float]:
        """When feeds were asked for after an instant."""
        with self.lock:
            return sorted(one for times in self.feed_asked_at.values() for one in times if one > at)

    def fetched_again(self) -> int:
        """Answers beyond one for each article."""
        with self.lock:
            return sum(times - 1 for url, times in self.answered.items() if "report" in url and times > 1)

    def fetched(self) -> int:
        """How many different articles were answered in full."""
        with self.lock:
            return sum("report" in url for url in self.answered)

    def in_flight(self) -> int:
        """Articles that somebody waits for just now."""
        with self.lock:
            return sum(self.present.values())


def path(number: int) -> str:
    """The path of an article on each host."""
    return f"/2026/05/04/report-{number}.html"


def poison(batch: int) -> str:
    """The path of a batch's poisoned page."""
    return f"/poison/{batch}/poisoned-page.html"


@contextmanager
def running(site: Site) -> Iterator[Site]:
    """The sites, served from threads of this process."""

    class Talk(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            host = (self.headers.get("Host") or "").partition(":")[0]
            is_page = self.path.endswith(".html")
            with site.lock:
                site.present[host] += is_page
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
