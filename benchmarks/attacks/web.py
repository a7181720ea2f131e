"""Loopback sites whose answers are set for each step of the matrix."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from xml.sax.saxutils import escape, quoteattr

SYLLABLES = [a + b for a in "bdklmnr" for b in "aeiou"]


@dataclass(frozen=True)
class Answer:
    """What a URL answers with."""

    body: str = "not found"
    status: int = 404
    location: str = ""
    media_type: str = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass
class Web:
    """The sites: answers by URL, changed between steps, and the URLs that were asked for."""

    port: int
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@contextmanager
def running() -> Iterator[Web]:
    """Serve every host name on one port until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            url = f"http://{self.headers['Host'].partition(':')[0]}{self.path}"
            web.asked.append(url)
            answer = web.answers.get(url, Answer())
            body = answer.body.encode()
            self.send_response(answer.status)
            if answer.location:
                self.send_header("Location", answer.location)
            for name, value in answer.headers:
                self.send_header(name, value)
            self.send_header("Content-Type", answer.media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Print nothing: `asked` has it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    web = Web(server.server_port)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def text_of(seed: str) -> list[str]:
    """Four paragraphs in which another seed has hardly a word."""
    chance = random.Random(seed)
    words = ["".join(chance.choices(SYLLABLES, k=3)) for _ in range(160)]
    return [f"The council heard {' '.join(words[at : at + 40])}." for at in range(0, 160, 40)]


def article(seed: str, *, head: str = "", text: str = "", added: str = "") -> Answer:
    """A page with a headline and a text of its own, and neither date nor author nor tags."""
    title = f"A report on what the town saw, number {seed}"
    paragraphs = "".join(f"<p>{line}</p>" for line in [*text_of(text or seed), *([added] if added else [])])
    return Answer(
        f"<!doctype html><html lang=en><head><title>{title}</title>{head}</head><body><nav><a href=/>Home</a></nav>"
        f"<article><h1>{title}</h1>{paragraphs}</article></body></html>",
        200,
    )


def redirect(target: str, status: int = 302) -> Answer:
    """A redirect."""
    return Answer("", status, target)


def rss(url: str, title: str, when: str, author: str = "", more: str = "") -> Answer:
    """A feed of one entry."""
    creator = f"<dc:creator>{escape(author)}</dc:creator><category>{escape(author)}</category>" if author else ""
    return Answer(
        "<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:atom='http://www.w3.org/2005/Atom'>"
        f"<channel><title>Feed</title><item><link>{escape(url)}</link><title>{escape(title)}</title>"
        f"<pubDate>{when}</pubDate>{creator}{more}</item></channel></rss>",
        200,
        media_type="application/rss+xml",
    )


def atom(url: str, title: str, when: str, author: str) -> Answer:
    """An Atom feed of one entry."""
    return Answer(
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>Feed</title><id>urn:x</id><entry><id>urn:y</id>"
        f"<title>{escape(title)}</title><link href={quoteattr(url)}/><published>{when}</published>"
        f"<updated>{when}</updated><author><name>{author}</name></author></entry></feed>",
        200,
        media_type="application/atom+xml",
    )


def sitemap(url: str, title: str, when: str) -> Answer:
    """A sitemap of one page; with a title, a news sitemap."""
    dated = f"<news:publication_date>{when}</news:publication_date>"
    named = f"<news:news><news:title>{escape(title)}</news:title>{dated}</news:news>"
    return Answer(
        "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'"
        " xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'>"
        f"<url><loc>{escape(url)}</loc><lastmod>{when}</lastmod>{named if title else ''}</url></urlset>",
        200,
        media_type="application/xml",
    )


def json_feed(url: str, title: str, when: str, author: str) -> Answer:
    """A JSON Feed of one item."""
    item = {
        "id": url,
        "url": url,
        "title": title,
        "date_published": when,
        "authors": [{"name": author}],
        "tags": [author],
    }
    found = {"version": "https://jsonfeed.org/version/1.1", "title": "Feed", "items": [item]}
    return Answer(json.dumps(found), 200, media_type="application/feed+json")
