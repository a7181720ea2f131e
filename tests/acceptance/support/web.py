"""Sites of a test's own on one loopback port: whatever it puts at a URL, and a log of what was asked for."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape

HTML = "text/html; charset=utf-8"
XML = "application/xml"


@dataclass(frozen=True)
class Answer:
    """What is served at a URL."""

    body: bytes
    content_type: str = HTML
    status: int = 200
    location: str = ""


@dataclass
class Web:
    """Running sites; `log` grows with each request, `pause_s` passes before each answer."""

    answers: Mapping[str, Answer]
    port: int
    pause_s: float = 0.0
    log: list[str] = field(default_factory=list)
    asked_with_cookies: list[str] = field(default_factory=list)


@contextmanager
def sites(answers: Mapping[str, Answer], *, pause_s: float = 0.0) -> Iterator[Web]:
    """The answers by URL under their host names; all else is not found."""

    class Asked(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            url = f"http://{self.headers['Host'].partition(':')[0]}{self.path}"
            web.log.append(url)
            if "Cookie" in self.headers:
                web.asked_with_cookies.append(url)
            time.sleep(web.pause_s)
            answer = web.answers.get(url, Answer(b"not found", "text/plain", 404))
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            if answer.location:
                self.send_header("Location", answer.location)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: `log` says it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Asked)
    web = Web(answers, server.server_port, pause_s)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def rss(entries: Sequence[tuple[str, str, dt.datetime]]) -> Answer:
    """A feed of (URL, headline, instant)."""
    items = "".join(
        f"<item><link>{escape(url)}</link><title>{escape(title)}</title><pubDate>{format_datetime(at)}</pubDate></item>"
        for url, title, at in entries
    )
    return Answer(f"<rss version='2.0'><channel><title>Feed</title>{items}</channel></rss>".encode(), XML)


def sitemap(urls: Sequence[str]) -> Answer:
    """A sitemap of URLs."""
    lines = "".join(f"<url><loc>{escape(url)}</loc></url>" for url in urls)
    return Answer(f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{lines}</urlset>".encode(), XML)


def front(title: str, links: Mapping[str, str], sections: Mapping[str, str] | None = None) -> Answer:
    """A home or section page: navigation to sections, and teasers with headlines."""
    navigation = "".join(f"<li><a href='{path}'>{name}</a></li>" for path, name in (sections or {}).items())
    teasers = "".join(
        f"<div class='teaser'><h2><a href='{path}'>{headline}</a></h2><p>What came of it, in a line or two.</p></div>"
        for path, headline in links.items()
    )
    body = f"<nav><ul>{navigation}</ul></nav><main>{teasers}</main>"
    return Answer(f"<html lang=en><head><title>{title}</title></head><body>{body}</body></html>".encode())
