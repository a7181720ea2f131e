"""A web server on loopback that answers byte by byte, and fetches of its pages by the real fetcher."""

from __future__ import annotations

import asyncio
import http.server
import ssl
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from crawler.exchange import FetchRequest, NotFetched, Outcome
from crawler.fetch.event_loop import run
from crawler.fetch.fetcher import Fetcher
from crawler.fetch.settings import FetchSettings
from crawler.politeness.in_memory import MemoryPace, MemoryRobots
from dateline.types.article import Page

T = TypeVar("T")
AGENT = "Dateline/0.1 (+desk@news.example)"
TEXT = b"<html><body><p>The ferry timetable changes in June.</p></body></html>"
Answer = bytes | Callable[["Exchange"], bytes | None]


class Exchange(http.server.BaseHTTPRequestHandler):
    """One request to a Site; a raw answer goes out as it is, and the connection ends after it."""

    protocol_version = "HTTP/1.1"
    site: Site

    def do_GET(self) -> None:
        self.site.log.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        answer = self.site.pages.get(self.path, page(b"nothing here", status=404))
        raw = answer(self) if callable(answer) else answer
        if raw is not None:
            self.wfile.write(raw)
        self.close_connection = raw is None or b"Content-Length" not in raw

    def log_message(self, format: str, *args: object) -> None:
        """The site has a log of its own."""


class Site:
    """A web server on loopback whose answers are given byte by byte."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.pages: dict[str, Answer] = {}
        self.log: list[tuple[str, dict[str, str]]] = []
        handler = type("SiteExchange", (Exchange,), {"site": self})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.handle_error = lambda request, client: None  # type: ignore[method-assign,assignment]
        if tls is not None:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.log]

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def page(body: bytes, *headers: str, status: int = 200) -> bytes:
    lines = [f"HTTP/1.1 {status} Status", "Content-Type: text/html", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def moved(location: str, status: int = 302) -> bytes:
    return page(b"", f"Location: {location}", status=status)


def settings(*sites: Site, **changes: Any) -> FetchSettings:
    """Settings by which the sites are a.example, b.example …"""
    rules = tuple(f"{name}.example=127.0.0.1:{site.port}" for name, site in zip("abc", sites, strict=False))
    return FetchSettings(AGENT, **{"resolve": rules, **changes})


def ask(url: str, **changes: Any) -> FetchRequest:
    return FetchRequest(url, **{"delay_s": 0, **changes})


def with_fetcher(act: Callable[[Fetcher], Coroutine[Any, Any, T]], fetch: FetchSettings, **parts: Any) -> T:
    async def scene() -> T:
        async with Fetcher(fetch, **{"pace": MemoryPace(), "robots": MemoryRobots(), **parts}) as fetcher:
            return await act(fetcher)

    return run(scene)


def fetch(request: FetchRequest, fetch_settings: FetchSettings, **parts: Any) -> Outcome:
    return with_fetcher(lambda fetcher: fetcher.fetch(request), fetch_settings, **parts)


def refusal(outcome: Outcome) -> NotFetched:
    assert isinstance(outcome, NotFetched), outcome
    return outcome


def got(outcome: Outcome) -> Page:
    assert isinstance(outcome, Page), outcome
    return outcome


async def all_at_once(fetcher: Fetcher, requests: list[FetchRequest]) -> list[Outcome]:
    return await asyncio.gather(*map(fetcher.fetch, requests))


async def one_after_another(fetcher: Fetcher, requests: list[FetchRequest]) -> list[Outcome]:
    return [await fetcher.fetch(request) for request in requests]
