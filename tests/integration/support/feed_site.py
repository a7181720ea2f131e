"""A site on loopback whose answers the test sets, and real visits of it with a clock that the test puts forward."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from threading import Thread
from typing import Any

from crawler.fetch.event_loop import run
from crawler.fetch.fetcher import Fetcher
from crawler.fetch.settings import FetchSettings
from crawler.politeness.in_memory import MemoryPace, MemoryRobots
from dateline.config import Settings
from dateline.types.source import Source, WatchedPage
from scheduler.visits.context import VisitContext
from scheduler.visits.host_visit import HostVisitor
from sql.database import Pool, connect, open_pool
from sql.frontier.crawls import Crawls
from sql.frontier.frontier import Frontier
from sql.frontier.rows import DueFeed
from sql.frontier.sources import upsert_source

START = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
HOST = "bay.test"
HOME = f"http://{HOST}/"
FEED = f"{HOME}feed.xml"


@dataclass(frozen=True)
class Reply:
    """What is served at a path; asked for with its ETag or Last-Modified, it is 304 with the same headers."""

    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


def rss(*items: tuple[str, dt.datetime], head: str = "", **headers: str) -> Reply:
    """A feed of articles with their instants; keywords are headers, their underscores hyphens."""
    entries = "".join(
        f"<item><link>{HOME}{name}</link><title>{name}</title><pubDate>{format_datetime(at)}</pubDate></item>"
        for name, at in items
    )
    body = (
        "<rss version='2.0' xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'"
        f" xmlns:atom='http://www.w3.org/2005/Atom'><channel><title>Bay</title>{head}{entries}</channel></rss>"
    )
    plain = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(body.encode(), {"Content-Type": "application/rss+xml"} | plain)


def moved(location: str, status: int = 301) -> Reply:
    """A redirect."""
    return Reply(b"", {"Location": location}, status)


@dataclass
class FeedSite:
    """A running one, under any host name; `log` has path and status of each request, `validators` what it was sent.

    With `is_stuck` every conditional request is answered 304.
    """

    port: int
    replies: dict[str, Reply] = field(default_factory=dict)
    log: list[tuple[str, int]] = field(default_factory=list)
    validators: list[tuple[str | None, str | None]] = field(default_factory=list)
    is_stuck: bool = False

    def asked(self, path: str) -> list[int]:
        """The statuses that a path was answered with."""
        return [status for one, status in self.log if one == path]


@contextmanager
def feed_site() -> Iterator[FeedSite]:
    """A site that runs until the end of the block."""

    class Asked(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            reply = site.replies.get(self.path, Reply(b"not here", status=404))
            sent = (self.headers.get("If-None-Match"), self.headers.get("If-Modified-Since"))
            pairs = zip(sent, (reply.headers.get("ETag"), reply.headers.get("Last-Modified")), strict=True)
            is_known = any(sent) if site.is_stuck else any(one is not None and one == known for one, known in pairs)
            status, body = (304, b"") if is_known else (reply.status, reply.body)
            site.log.append((self.path, status))
            site.validators.append(sent)
            self.send_response(status)
            for name, value in {**reply.headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """`log` says it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Asked)
    site = FeedSite(server.server_port)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class OpenParserPool:
    """In the parser pool's place: parses in this process."""

    async def run(
        self, read: Callable[..., Any], *arguments: Any, deadline_s: float, subject: str | None = None
    ) -> Any:
        return read(*arguments)


@dataclass
class Watch:
    """A visitor of the site at a time of its own, and what the database says."""

    visitor: HostVisitor
    pool: Pool
    url: str
    now: dt.datetime = START

    async def visit(self, feed: str = FEED, *, at: dt.datetime | None = None) -> DueFeed:
        """Visit a watched page, due or not; its state afterwards."""
        self.now = at or self.now
        await self.visitor.visit_feed(await self.feed(feed))
        return await self.feed(feed)

    async def visiting(self, feed: str = FEED, *, at: dt.datetime) -> None:
        """Visit a watched page that may not be there afterwards."""
        self.now = at
        await self.visitor.visit_feed(await self.feed(feed))

    async def when_due(self, feed: str = FEED) -> DueFeed:
        """Visit a watched page when it is due next; its state afterwards."""
        return await self.visit(feed, at=(await self.feed(feed)).next_due_at)

    async def feed(self, feed: str = FEED) -> DueFeed:
        """The state of a watched page."""
        known = "SELECT host, next_due_at FROM dateline.feed JOIN dateline.feed_state ON feed_id = id WHERE url = %s"
        ((host, due_at),) = self.rows(known, feed)
        due = await self.visitor.context.frontier.due_feeds(host, None, max(self.now, due_at))
        return next(one for one in due if one.url == feed)

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """What a statement gives."""
        with connect(self.url, autocommit=True) as connection:
            done = connection.execute(statement.encode(), values or None)
            return done.fetchall() if done.description else []

    def outcomes(self) -> list[str]:
        """The outcomes of all visits."""
        return [row[0] for row in self.rows("SELECT outcome FROM dateline.visit ORDER BY id")]


def source(schedule: str = "adaptive", *feeds: str) -> Source:
    """The site as a source."""
    pages = tuple(WatchedPage(url, "feed") for url in feeds or (FEED,))
    return Source("bay", "Bay", HOME, watched=pages, schedule=schedule)


def watching(
    url: str,
    site: FeedSite,
    scene: Callable[[Watch], Coroutine[Any, Any, None]],
    *,
    schedule: str = "adaptive",
    **settings: Any,
) -> None:
    """Play a scene with a real fetcher against the site, as a source of the database at this URL."""
    with connect(url, autocommit=True) as connection:
        upsert_source(connection, source(schedule))
        connection.execute("UPDATE dateline.feed_state SET next_due_at = %s", [START])
    options = Settings(delay_s=0.0, **settings)
    there = FetchSettings("Dateline/0", ("127.0.0.0/8",), (f"*.test=127.0.0.1:{site.port}",), (site.port,))

    async def main() -> None:
        async with (
            open_pool(url, min_size=2, max_size=4) as pool,
            Fetcher(there, pace=MemoryPace(), robots=MemoryRobots()) as fetcher,
        ):
            visitor = HostVisitor(
                VisitContext(
                    fetcher=fetcher,
                    parser_pool=OpenParserPool(),  # type: ignore[arg-type]
                    frontier=Frontier(pool),
                    crawls=Crawls(pool),
                    settings=options,
                    clock=lambda: watch.now,
                    chance=Random(1),
                )
            )
            watch = Watch(visitor, pool, url)
            await scene(watch)

    run(main)
