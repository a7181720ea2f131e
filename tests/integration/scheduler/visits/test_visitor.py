"""Visits against the real database, with answers that the test gives in the fetcher's place: what is due when afterwards."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from crawler.exchange import FetchRequest, NotFetched, Outcome
from dateline.config import Settings
from dateline.errors import ArchiveError
from dateline.types.article import Candidate, Page
from dateline.types.source import Source, WatchedPage
from scheduler.visits.context import VisitContext
from scheduler.visits.host_visit import HostVisitor
from scheduler.visits.results import room_wait_s
from sql.database import Pool, connect
from sql.frontier.crawls import Crawls
from sql.frontier.frontier import Frontier
from sql.frontier.sources import upsert_source

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
FEED = b'<rss version="2.0"><channel><title>Bay</title><item><link>https://bay.test/pier</link></item></channel></rss>'
Answer = Callable[[FetchRequest], Any]


@dataclass
class Answers:
    """In the fetcher's place: an answer for each URL, or an error to raise; remembers what was asked."""

    by_url: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def fetch(self, request: FetchRequest) -> Outcome:
        return await self.fetch_item(request)  # type: ignore[no-any-return]

    async def fetch_item(self, request: FetchRequest) -> Any:
        self.asked.append(request.url)
        answer = self.by_url[request.url]
        if isinstance(answer, Exception):
            raise answer
        return answer


class OpenParserPool:
    """In the parser pool's place: parses in this process."""

    async def run(self, read: Callable[[bytes], Any], body: bytes, *, deadline_s: float, subject: str) -> Any:
        return read(body)


def page(url: str, body: bytes = FEED) -> Page:
    return Page(url, url, 200, (("content-type", "application/rss+xml"),), body, NOW)


@dataclass
class Scene:
    """A visitor at noon, a database, and what the hosts answer."""

    visitor: HostVisitor
    answers: Answers
    url: str

    def state(self, feed: str) -> tuple[Any, ...]:
        """When the page is due next, and what came of its last visit."""
        with connect(self.url) as connection:
            row = connection.execute(
                "SELECT s.next_due_at::timestamptz, s.last_outcome, s.failures::float8 FROM dateline.feed_state s"
                " JOIN dateline.feed f ON f.id = s.feed_id WHERE f.url = %s",
                [feed],
            ).fetchone()
            assert row is not None
            return tuple(row)

    def lines(self) -> dict[str, tuple[Any, ...]]:
        """The ledger: state, reason, attempts and next attempt of each URL."""
        with connect(self.url) as connection:
            rows = connection.execute(
                "SELECT url, state, reason, attempts, next_attempt_at::timestamptz FROM dateline.url"
            ).fetchall()
        return {row[0]: tuple(row[1:]) for row in rows}

    def add(self, name: str, *paths: str, schedule: str = "every 1h", timezone: str = "UTC") -> list[str]:
        """A source with feeds that are due; their URLs."""
        urls = [f"https://{name}.test/{path}" for path in paths or ("feed",)]
        watched = tuple(WatchedPage(url, "feed") for url in urls)
        source = Source(name, name, f"https://{name}.test/", watched=watched, schedule=schedule, timezone=timezone)
        with connect(self.url, autocommit=True) as connection:
            upsert_source(connection, source)
            connection.execute("UPDATE dateline.feed_state SET next_due_at = %s WHERE last_visit_at IS NULL", [NOW])
        for url in urls:
            self.answers.by_url[url] = page(url)
        return urls

    async def list(self, *paths: str) -> list[str]:
        """URLs of the host that are to be fetched."""
        urls = [f"https://bay.test/{path}" for path in paths]
        crawl = await self.visitor.context.crawls.begin(["test"], options())
        await self.visitor.context.frontier.add_targets(
            [Candidate(url, via="target") for url in urls], crawl_id=crawl, source_id=None, now=NOW
        )
        await self.visitor.context.crawls.end(crawl, {}, now=NOW, is_cut=False)
        return urls


def options() -> Any:
    from sql.frontier.crawls import CrawlOptions

    return CrawlOptions()


@pytest.fixture
def scene(pool: Pool, database: str) -> Scene:
    answers = Answers()
    visitor = HostVisitor(
        VisitContext(
            fetcher=answers,  # type: ignore[arg-type]
            parser_pool=OpenParserPool(),  # type: ignore[arg-type]
            frontier=Frontier(pool),
            crawls=Crawls(pool),
            settings=Settings(),
            clock=lambda: NOW,
            chance=random.Random(1),
        )
    )
    return Scene(visitor, answers, database)


async def test_a_cron_source_is_due_at_its_next_firing_in_its_zone(scene: Scene) -> None:
    """At noon UTC it is 05:00 in Los Angeles: half past six comes today there; in Auckland it was past, tomorrow's is next."""
    (west,) = scene.add("west", schedule="30 6 * * *", timezone="America/Los_Angeles")
    (east,) = scene.add("east", schedule="30 6 * * *", timezone="Pacific/Auckland")
    for host in ("west.test", "east.test"):
        for url in (west, east):
            scene.answers.by_url[url] = page(url, FEED.replace(b"https://bay.test/pier", b""))
        await scene.visitor.visit_host(host)
    assert scene.state(west)[0] == dt.datetime(2026, 5, 4, 6, 30, tzinfo=ZoneInfo("America/Los_Angeles"))
    assert scene.state(east)[0] == dt.datetime(2026, 5, 5, 6, 30, tzinfo=ZoneInfo("Pacific/Auckland"))


async def test_a_cron_source_whose_host_fails_keeps_to_its_firings(scene: Scene) -> None:
    (url,) = scene.add("bay", schedule="0 * * * *")
    scene.answers.by_url[url] = NotFetched(url, "timeout")
    await scene.visitor.visit_host("bay.test")
    due_at, outcome, failures = scene.state(url)
    assert (due_at.minute, outcome, failures) == (0, "timeout", 0.5)
    assert due_at > NOW


async def test_a_feed_that_fails_unexpectedly_waits_and_its_neighbour_is_visited(scene: Scene) -> None:
    """Due again at once it would be asked for every second, for ever."""
    bad, good = scene.add("bay", "bad", "good")
    scene.answers.by_url[bad] = LookupError("no such thing")
    scene.answers.by_url["https://bay.test/pier"] = NotFetched(
        "https://bay.test/pier", "http_404", 404, is_temporary=False
    )
    await scene.visitor.visit_host("bay.test")
    due_at, outcome, failures = scene.state(bad)
    assert (outcome, failures) == ("internal_error", 0.5)
    assert due_at > NOW
    assert scene.state(good)[1] == "changed"
    assert scene.answers.asked.count(bad) == 1


async def test_a_feed_visit_that_the_processs_end_cut_short_stays_due(scene: Scene) -> None:
    (url,) = scene.add("bay")
    scene.answers.by_url[url] = NotFetched(url, "stopped")
    (feed,) = await scene.visitor.context.frontier.due_feeds("bay.test", None, NOW)
    await scene.visitor.visit_feed(feed)
    assert scene.state(url) == (NOW, None, 0.0)


async def test_no_visit_starts_when_the_process_is_to_end(scene: Scene) -> None:
    (url,) = scene.add("bay")
    scene.visitor.stopping.set()
    await scene.visitor.visit_host("bay.test")
    assert (scene.state(url)[0], scene.answers.asked) == (NOW, [])


@pytest.mark.parametrize("fault", [LookupError("a defect"), NotFetched("", "http_100000", 100_000)])
async def test_a_page_that_fails_unexpectedly_counts_as_tried_and_its_neighbours_come_in_turn(
    fault: Any, scene: Scene
) -> None:
    bad, good = await scene.list("bad", "good")
    scene.answers.by_url = {
        bad: fault,
        good: NotFetched(good, "http_404", 404, is_temporary=False),
    }
    await scene.visitor.visit_host("bay.test")
    lines = scene.lines()
    assert lines[bad][:3] == ("pending", "internal_error", 1)
    assert lines[bad][3] > NOW
    assert lines[good][:3] == ("ended", "http_404", 1)


async def test_a_full_archive_counts_as_no_try_and_the_host_waits(scene: Scene) -> None:
    first, second = await scene.list("first", "second")
    error = ArchiveError("the archive can't be written: No space left on device", is_temporary=True)
    scene.answers.by_url = {first: error, second: error}
    await scene.visitor.visit_host("bay.test")
    assert len(scene.answers.asked) == 1, "the other one was fetched for nothing"
    minute = NOW + dt.timedelta(minutes=1)
    assert set(scene.lines().values()) == {("pending", None, 0, minute)}


async def test_a_database_that_is_away_ends_the_visit_and_no_page_is_blamed(scene: Scene) -> None:
    (url,) = await scene.list("pier")
    scene.answers.by_url[url] = psycopg.OperationalError("the connection is closed")
    with pytest.raises(psycopg.OperationalError):
        await asyncio.wait_for(scene.visitor.visit_host("bay.test"), 20)
    assert scene.lines()[url] == ("pending", None, 0, NOW)


async def test_a_database_without_room_costs_no_try_and_the_visit_goes_on_when_there_is(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For hours, maybe: pages that were given up meanwhile would be lost."""
    monkeypatch.setattr("scheduler.visits.results.ROOM_WAIT_S", (0.05, 0.05))
    first, second = await scene.list("first", "second")
    scene.answers.by_url = {
        first: psycopg.errors.DiskFull("no space left"),
        second: psycopg.errors.DiskFull("no space"),
    }
    visiting = asyncio.create_task(scene.visitor.visit_host("bay.test"))
    async with asyncio.timeout(20):
        while len(scene.answers.asked) < 4:
            await asyncio.sleep(0.01)
        assert {line[:3] for line in scene.lines().values()} == {("pending", None, 0)}
        assert all(NOW - due[3] < dt.timedelta(milliseconds=1) for due in scene.lines().values())
        assert len(set(scene.answers.asked)) == 1, "the other one was fetched for nothing"
        scene.answers.by_url = {url: NotFetched(url, "http_404", 404, is_temporary=False) for url in (first, second)}
        await visiting
    assert {line[:2] for line in scene.lines().values()} == {("ended", "http_404")}


async def test_a_worker_that_waits_for_room_can_be_ended(scene: Scene) -> None:
    (url,) = await scene.list("pier")
    scene.answers.by_url[url] = psycopg.errors.DiskFull("no space left")
    visiting = asyncio.create_task(scene.visitor.visit_host("bay.test"))
    async with asyncio.timeout(20):
        while not scene.answers.asked:
            await asyncio.sleep(0.01)
        scene.visitor.stopping.set()
        with pytest.raises(psycopg.errors.DiskFull):
            await visiting
    assert scene.lines()[url] == ("pending", None, 0, NOW)


def test_it_is_looked_for_room_as_long_after_as_there_was_none() -> None:
    assert [room_wait_s(full_s) for full_s in (0, 10, 10_000)] == [2.0, 10.0, 60.0]
