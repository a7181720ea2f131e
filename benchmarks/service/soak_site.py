"""Loopback sites that publish for hours: at any moment their feeds show what was published until then, and nothing is kept.

`python -m benchmarks.service.soak_site PORT RATE` serves until it is killed, so that its memory is not the service's.
"""

from __future__ import annotations

import random
import sys
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOSTS = tuple(f"press{n:02}.test" for n in range(20))
FEED_ITEMS = 80
VOCABULARY = (
    "harbour council ferry pier bridge market school tram depot choir lantern engine timber vote budget repair "
    "storm river valley teacher doctor farmer baker captain mayor clerk witness report letter answer question "
    "promise season winter summer morning evening station platform ticket window garden orchard field meadow forest "
    "mountain island village capital border region province minister party leader member union worker owner builder "
    "painter singer writer reader player coach team match goal record price cost value tax loan bank fund share "
    "trade export import factory mill mine quarry plant grid power water gas oil opened closed began ended grew "
    "fell rose moved turned said told asked found lost kept left brought made took gave held stood large small "
    "early late quiet loud bright dark heavy light open narrow wide steep gentle common rare recent former local "
    "national public private first second third final several many few both other next last whole half double "
    "single"
)
WORDS = VOCABULARY.split()


def article(number: int, published: float) -> str:
    """A page with about 300 words in an order that no other number has."""
    chance = random.Random(number)

    def sentence() -> str:
        return f"The {' '.join(chance.choices(WORDS, k=chance.randint(9, 18)))} in lot {chance.randrange(10**6)}."

    title = f"{' '.join(chance.sample(WORDS, 6)).capitalize()}"
    body = "\n".join(f"<p>{' '.join(sentence() for _ in range(5))}</p>" for _ in range(5))
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(published))
    return (
        f"<!doctype html><html lang=en><head><title>{title}</title><meta property='og:title' content='{title}'>"
        f"<meta property='og:type' content='article'><meta property='article:published_time' content='{stamp}'></head>"
        f"<body><nav><a href=/>Home</a></nav><article><h1>{title}</h1>{body}</article><footer>The Press</footer></body></html>"
    )


def feed(host: str, latest: int, published_at: dict[int, float]) -> str:
    """The host's newest items."""
    items = "".join(
        f"<item><title>Report {n}</title><link>http://{host}/report-{n}.html</link><pubDate>{formatdate(at)}</pubDate></item>"
        for n, at in published_at.items()
    )
    return f'<rss version="2.0"><channel><title>{host} {latest}</title>{items}</channel></rss>'


def serve(port: int, rate: float) -> None:
    """Serve for good. Article n is published n / rate seconds after the start, by one host after the other."""
    began = time.time()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            host = (self.headers.get("Host") or "").partition(":")[0]
            status, kind, body, etag = self._answer(host)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if etag:
                self.send_header("ETag", etag)
            self.end_headers()
            self.wfile.write(body)

        def _answer(self, host: str) -> tuple[int, str, bytes, str]:
            shown = int((time.time() - began) * rate)
            if host not in HOSTS:
                return 404, "text/plain", b"no such host", ""
            if self.path == "/feed.xml":
                place = HOSTS.index(host)
                mine = [n for n in range(max(0, shown - FEED_ITEMS * len(HOSTS)), shown) if n % len(HOSTS) == place]
                etag = f'"{mine[-1] if mine else 0}"'
                if self.headers.get("If-None-Match") == etag:
                    return 304, "application/rss+xml", b"", etag
                text = feed(host, len(mine), {n: began + n / rate for n in reversed(mine)})
                return 200, "application/rss+xml", text.encode(), etag
            if self.path.startswith("/report-"):
                number = int(self.path.removeprefix("/report-").removesuffix(".html"))
                return 200, "text/html; charset=utf-8", article(number, began + number / rate).encode(), ""
            return 404, "text/plain", b"nothing here", ""

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is said."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    server.serve_forever()


if __name__ == "__main__":
    serve(int(sys.argv[1]), float(sys.argv[2]))
