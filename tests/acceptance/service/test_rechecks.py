"""Re-checks by the real line against a site on loopback: edits, silent ones, removals, re-appearances, nothing new."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Coroutine, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from crawler.fetch.event_loop import run
from dateline.clock import utc_now
from dateline.config import Settings
from dateline.types.source import Source, WatchedPage
from scheduler.runtime import Runtime, open_runtime
from scheduler.visits.page_fetch import PageFetcher
from scheduler.visits.recheck import Rechecker
from sql.database import connect
from sql.frontier.sources import upsert_source

HOST = "bay.test"
FEED = "/feed.xml"
LINES = [
    f"On the {day}th day of the month the harbour board of the bay met again, heard {day * 7} boat owners and put off its word "
    f"on the pier, which has been closed since a storm in its {day * 3}rd year."
    for day in range(4, 11)
]
PUBLISHED = utc_now() - dt.timedelta(minutes=5)


def article(name: str, *extra: str, modified: dt.datetime = PUBLISHED) -> bytes:
    """A page with an instant of publication and of change."""
    body = "".join(f"<p>{line.replace('pier', name)}</p>" for line in (*LINES, *extra))
    return (
        f"<html lang=en><head><title>News of the {name}</title><meta property='og:type' content='article'>"
        f"<meta property='article:published_time' content='{PUBLISHED.isoformat()}'>"
        f"<meta property='article:modified_time' content='{modified.isoformat()}'></head>"
        f"<body><article><h1>News of the {name}</h1>{body}</article></body></html>"
    ).encode()


class Bay:
    """A site whose pages the test sets; answers 304 to the tag that it gave, and writes down who asked for what."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, bytes]] = {}
        self.log: list[tuple[str, int]] = []
        bay = self

        class Asked(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                status, body = bay.pages.get(self.path, (404, b"not found"))
                tag = f'"{hash(body)}"'
                if status == 200 and self.headers.get("If-None-Match") == tag:
                    status, body = 304, b""
                bay.log.append((self.path, status))
                self.send_response(status)
                self.send_header("ETag", tag)
                self.send_header("Content-Type", "application/rss+xml" if self.path == FEED else "text/html")
                if status == 302:
                    self.send_header("Location", "/")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """`log` says it."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Asked)
        Thread(target=self.server.serve_forever, daemon=True).start()

    def publish(self, *names: str) -> None:
        """Put articles on the site and into its feed."""
        self.pages |= {f"/{name}": (200, article(name)) for name in names}
        items = "".join(f"<item><link>http://{HOST}/{name}</link></item>" for name in names)
        self.pages[FEED] = (200, f'<rss version="2.0"><channel><title>Bay</title>{items}</channel></rss>'.encode())


class Watch:
    """A running line with a clock that can be put forward."""

    def __init__(self, runtime: Runtime, url: str) -> None:
        self.runtime, self.url, self.ahead = runtime, url, dt.timedelta()
        runtime.visitor.context.clock = lambda: utc_now() + self.ahead

    async def visit(self, hours: float = 0.0) -> None:
        self.ahead += dt.timedelta(hours=hours)
        await self.runtime.visitor.visit_host(HOST)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with connect(self.url) as connection:
            return connection.execute(statement.encode()).fetchall()

    def results(self) -> list[tuple[str, str]]:
        """Result and reason of every fetch, first to last."""
        found = self.rows("SELECT result, reason FROM dateline.fetch ORDER BY id")
        return [(row[0], row[1]) for row in found]


@pytest.fixture
def bay() -> Iterator[Bay]:
    site = Bay()
    yield site
    site.server.shutdown()
    site.server.server_close()


def play(
    bay: Bay, url: str, folder: Path, scene: Callable[[Watch], Coroutine[Any, Any, None]], **settings: Any
) -> None:
    """Watch the site with a source, and let the scene put the clock forward."""
    feed = f"http://{HOST}{FEED}"
    with connect(url, autocommit=True) as connection:
        source = Source("bay", "Bay", f"http://{HOST}/", watched=(WatchedPage(feed, "feed"),), schedule="every 30d")
        upsert_source(connection, source)
    port = bay.server.server_port
    there = {"allow_networks": ("127.0.0.0/8",), "resolve": (f"{HOST}=127.0.0.1:{port}",), "allowed_ports": (port,)}
    options = Settings(data_dir=folder, extraction_workers=1, delay_s=0.0, **there, **settings)

    async def main() -> None:
        async with open_runtime(options, url, name="rechecks") as runtime:
            watch = Watch(runtime, url)
            await watch.visit()
            await scene(watch)

    run(main)


def test_an_unchanged_article_costs_a_304_or_a_body_at_each_age_and_then_nothing(
    bay: Bay, database: str, tmp_path: Path
) -> None:
    """Every second re-check reads the page in full, because some servers always answer 304."""
    bay.publish("pier")

    async def scene(watch: Watch) -> None:
        for hours in (0.5, 1, 6, 24, 72, 168, 400):
            await watch.visit(hours)
        assert [status for path, status in bay.log if path == "/pier"] == [200, 304, 304, 200, 304, 200]
        assert [result for result, _ in watch.results()] == ["new", *["unchanged"] * 5]
        assert watch.rows("SELECT state FROM dateline.url") == [("stored",)]
        assert watch.rows("SELECT times FROM dateline.article_seen") == [(6,)]
        assert watch.rows("SELECT 1 FROM dateline.recheck") == []

    play(bay, database, tmp_path, scene)


def test_edits_silent_ones_removal_and_return_are_seen(bay: Bay, database: str, tmp_path: Path) -> None:
    bay.publish("pier")

    async def scene(watch: Watch) -> None:
        bay.pages["/pier"] = (200, article("pier", "It was voted on.", modified=utc_now() + dt.timedelta(hours=1)))
        await watch.visit(1.1)
        modified = watch.rows("SELECT modified_at::text FROM dateline.article")[0][0]
        bay.pages["/pier"] = (
            200,
            article("pier", "It was never voted on.", modified=dt.datetime.fromisoformat(modified)),
        )
        await watch.visit(6)
        assert watch.rows("SELECT cause, is_silent FROM news.revisions ORDER BY number") == [
            ("first", False),
            ("publisher", False),
            ("publisher", True),
        ]
        standing = bay.pages["/pier"]
        bay.pages["/pier"] = (410, b"gone")
        await watch.visit(24)
        assert watch.rows("SELECT removed_at IS NOT NULL FROM dateline.article") == [(True,)]
        bay.pages["/pier"] = standing
        await watch.visit(72)
        assert watch.rows("SELECT removed_at IS NULL FROM dateline.article") == [(True,)]
        assert watch.rows("SELECT state FROM dateline.url") == [("stored",)]
        assert [result for result, _ in watch.results()] == ["new", "revised", "revised", "removed", "unchanged"]

    play(bay, database, tmp_path, scene)


def test_a_redirect_to_the_home_page_is_a_removal_and_a_server_in_trouble_is_none(
    bay: Bay, database: str, tmp_path: Path
) -> None:
    bay.publish("pier", "school")
    bay.pages["/"] = (200, b"<html><title>Bay</title><body><a href=/pier>Pier</a></body></html>")

    async def scene(watch: Watch) -> None:
        bay.pages["/pier"], bay.pages["/school"] = (302, b""), (500, b"trouble")
        await watch.visit(1.1)
        found = watch.rows("SELECT url, removed_at IS NOT NULL FROM dateline.article ORDER BY url")
        assert found == [(f"http://{HOST}/pier", True), (f"http://{HOST}/school", False)]
        assert ("removed", "redirected_away") in watch.results()
        assert ("failed", "http_500") in watch.results()
        assert watch.rows("SELECT state FROM dateline.url WHERE url LIKE '%school'") == [("stored",)]
        bay.pages["/school"] = (200, article("school", "It opens in May."))
        await watch.visit(1.1)
        assert watch.results()[-1] == ("revised", "publisher")

    play(bay, database, tmp_path, scene)


@pytest.mark.parametrize("status", [500, 403])
def test_a_failing_server_does_not_bring_back_a_removed_article(
    bay: Bay, database: str, tmp_path: Path, status: int
) -> None:
    bay.publish("pier")

    async def scene(watch: Watch) -> None:
        bay.pages["/pier"] = (410, b"gone")
        await watch.visit(1.1)
        taken_down = watch.rows("SELECT state, reason FROM dateline.url")
        assert taken_down[0][0] == "ended"
        bay.pages["/pier"] = (status, b"trouble")
        await watch.visit(6)
        assert watch.results()[-1][1] == f"http_{status}"
        assert watch.rows("SELECT state, reason FROM dateline.url") == taken_down
        assert watch.rows("SELECT removed_at IS NOT NULL FROM dateline.article") == [(True,)]

    play(bay, database, tmp_path, scene)


def test_a_kill_right_after_the_store_loses_no_re_check(bay: Bay, database: str, tmp_path: Path) -> None:
    """The plan is in the store's own transaction: it is there before the visitor hears of the article."""
    bay.publish("pier")

    async def scene(watch: Watch) -> None:
        seen: list[int] = []
        watch.runtime.visitor.context.listener = lambda due, line: seen.append(
            len(watch.rows("SELECT 1 FROM dateline.recheck"))
        )
        watch.rows("DELETE FROM dateline.recheck RETURNING 1")
        watch.rows("UPDATE dateline.url SET state = 'pending', next_attempt_at = now() RETURNING 1")
        await watch.visit()
        assert seen == [1]
        xmins = watch.rows("SELECT r.xmin = u.xmin FROM dateline.recheck r JOIN dateline.url u ON u.id = r.url_id")
        assert xmins == [(True,)]

    play(bay, database, tmp_path, scene)


def test_new_articles_come_first_and_the_rest_waits_for_the_next_days_budget(
    bay: Bay, database: str, tmp_path: Path
) -> None:
    names = [f"pier{n}" for n in range(4)]
    bay.publish(*names)

    async def scene(watch: Watch) -> None:
        bay.publish(*names, "new")
        watch.rows("UPDATE dateline.feed_state SET next_due_at = now() RETURNING 1")
        before = len(bay.log)
        await watch.visit(1.1)
        asked = [path for path, _ in bay.log[before:]]
        assert asked[:2] == [FEED, "/new"]
        assert len(asked) == 4, "two of four re-checks: a fifth of ten pages a day"
        tomorrow = (utc_now() + watch.ahead).date() + dt.timedelta(days=1)
        waiting = watch.rows(f"SELECT count(*) FROM dateline.recheck WHERE due_at >= '{tomorrow} UTC' AND step = 0")
        assert waiting[0][0] >= 2
        due = await watch.runtime.visitor.context.frontier.due_hosts(utc_now() + watch.ahead)
        assert "bay.test" not in {one.host for one in due}

    play(bay, database, tmp_path, scene, max_pages_a_day=10, recheck_share=0.2)


def test_a_change_announced_by_the_feed_meanwhile_is_kept(bay: Bay, database: str, tmp_path: Path) -> None:
    """The feed is read while the re-check is on its way: the URL stays pending, and is fetched for it."""
    bay.publish("pier")

    async def scene(watch: Watch) -> None:
        watch.ahead = dt.timedelta(hours=2)
        visitor = watch.runtime.visitor
        assert visitor.context.rechecks is not None
        (one,) = await visitor.context.rechecks.due(HOST, visitor.context.clock(), limit=10)
        watch.rows("UPDATE dateline.url SET state = 'pending', next_attempt_at = now() RETURNING 1")
        await Rechecker(visitor.context, PageFetcher(visitor.context), visitor.context.rechecks).recheck_url(one)
        assert watch.rows("SELECT state, next_attempt_at IS NOT NULL FROM dateline.url") == [("pending", True)]

    play(bay, database, tmp_path, scene)


def test_without_ages_nothing_is_asked_for_again(bay: Bay, database: str, tmp_path: Path) -> None:
    bay.publish("pier")

    async def scene(watch: Watch) -> None:
        watch.rows(
            "INSERT INTO dateline.recheck (url_id, host, source_id, due_at, began_at)"
            " SELECT id, host, source_id, now(), now() FROM dateline.url RETURNING 1"
        )
        await watch.visit(200)
        assert [path for path, _ in bay.log].count("/pier") == 1
        assert watch.rows("SELECT 1 FROM dateline.recheck") == []

    play(bay, database, tmp_path, scene, recheck_ages=())
