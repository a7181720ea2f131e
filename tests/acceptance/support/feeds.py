"""A site of a test's own with a feed, watched by the real line with a clock that the test puts forward."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path
from typing import Any

from crawler.fetch.event_loop import run
from dateline.clock import utc_now
from dateline.config import Settings
from dateline.types.source import Politeness, Source, WatchedPage
from scheduler.runtime import Runtime, open_runtime
from sql.database import connect
from sql.frontier.sources import upsert_source
from tests.acceptance.support.web import XML, Answer, sites

HOST = "quay.test"
SITE = f"http://{HOST}"
FEED = f"{SITE}/feed.xml"
PUBLISHED = (utc_now() - dt.timedelta(minutes=5)).replace(microsecond=0)


def paragraphs(subject: str, count: int = 8) -> list[str]:
    """Sentences about a subject, enough for an article."""
    return [
        f"On evening number {n} the council of the quay met about the {subject}, heard {n * 7} boat owners, and put off its"
        f" word on the {subject} until the survey of the {n + 2} moorings is read aloud."
        for n in range(1, count + 1)
    ]


@dataclass(frozen=True)
class Item:
    """An item of the feed; `content` are its paragraphs in full, None where it has none."""

    name: str
    title: str = ""
    content: tuple[str, ...] | None = None
    teaser: str = "What the council of the quay said."
    url: str = ""
    updated: dt.datetime | None = None
    more: str = ""

    @property
    def link(self) -> str:
        """Its address."""
        return self.url or f"{SITE}/{self.name}"

    @property
    def headline(self) -> str:
        """Its headline."""
        return self.title or f"News of the {self.name}"


def full(name: str, **changes: Any) -> Item:
    """An item whose feed gives its text."""
    return replace(Item(name, content=tuple(paragraphs(name))), **changes)


def feed(*items: Item) -> Answer:
    """The items as an Atom feed."""
    return Answer(
        (
            "<feed xmlns='http://www.w3.org/2005/Atom'><title>Quay Post</title>"
            + "".join(map(_entry, items))
            + "</feed>"
        ).encode(),
        XML,
    )


def _entry(item: Item) -> str:
    body = "".join(f"<p>{escape(text)}</p>" for text in item.content or ())
    content = f"<content type='html'>{escape(body)}</content>" if item.content else ""
    updated = f"<updated>{item.updated.isoformat()}</updated>" if item.updated else ""
    return (
        f"<entry><id>{escape(item.link)}</id><link href='{escape(item.link)}'/><title>{escape(item.headline)}</title>"
        f"<published>{PUBLISHED.isoformat()}</published>{updated}<author><name>Ada Pell</name></author>"
        f"<category term='harbour'/><summary>{escape(item.teaser)}</summary>{content}{item.more}</entry>"
    )


def page(name: str, *, texts: tuple[str, ...] | None = None, head: str = "", title: str = "") -> Answer:
    """The page of an item."""
    body = "".join(f"<p>{escape(text)}</p>" for text in texts or paragraphs(name))
    headline = escape(title or f"News of the {name}")
    return Answer(
        f"<html lang=en><head><meta charset=utf-8><title>{headline}</title><meta property=og:type content=article>"
        f"<meta property=article:published_time content={PUBLISHED.isoformat()}>{head}</head>"
        f"<body><article><h1>{headline}</h1>{body}</article></body></html>".encode()
    )


FORBIDDEN = Answer(b"<html><body><h1>Forbidden</h1></body></html>", status=403)


@dataclass
class Watch:
    """A running line with a clock that can be put forward."""

    runtime: Runtime
    url: str
    answers: dict[str, Answer]
    log: list[str]
    ahead: dt.timedelta = field(default_factory=dt.timedelta)

    def __post_init__(self) -> None:
        self.runtime.visitor.context.clock = lambda: utc_now() + self.ahead

    async def visit(self, hours: float = 0.0, *, host: str = HOST, feed: bool = False) -> None:
        """Visit the host after so many hours; with `feed` its feeds are due, too."""
        self.ahead += dt.timedelta(hours=hours)
        if feed:
            self.rows("UPDATE dateline.feed_state SET next_due_at = '2020-01-01' RETURNING 1")
        await self.runtime.visitor.visit_host(host)

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """What a statement gives."""
        with connect(self.url, autocommit=True) as connection:
            return connection.execute(statement.encode(), values or None).fetchall()

    def asked(self, url: str) -> int:
        """How often a URL was asked for."""
        return self.log.count(url)


Scene = Callable[[Watch], Coroutine[Any, Any, None]]


def watching(
    database: str, folder: Path, answers: dict[str, Answer], scene: Scene, *, fetch_pages: bool = True, **settings: Any
) -> None:
    """Watch the site with a source, visit it once, and play the scene."""
    with running(database, folder, answers, fetch_pages=fetch_pages, **settings) as (options, log):

        async def main() -> None:
            async with open_runtime(options, database, name="feeds") as runtime:
                watch = Watch(runtime, database, answers, log)
                await watch.visit()
                await scene(watch)

        run(main)


@contextmanager
def running(
    database: str, folder: Path, answers: dict[str, Answer], *, fetch_pages: bool = True, **settings: Any
) -> Iterator[tuple[Settings, list[str]]]:
    """The site and its source, with the settings of a line that watches it."""
    with sites(answers) as web:
        with connect(database, autocommit=True) as connection:
            watched = (WatchedPage(FEED, "feed"),)
            polite = Politeness(fetch_pages=fetch_pages)
            source = Source("quay", "Quay Post", f"{SITE}/", watched=watched, schedule="every 30d", politeness=polite)
            upsert_source(connection, source)
        there: dict[str, Any] = {"allow_networks": ("127.0.0.0/8",), "resolve": (f"*.test=127.0.0.1:{web.port}",)}
        more: dict[str, Any] = {"allowed_ports": (web.port,), "extraction_workers": 1, "delay_s": 0.0}
        yield Settings(data_dir=folder, **there, **(more | settings)), web.log
