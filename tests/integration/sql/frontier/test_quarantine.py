"""What breaks its reader: tried twice more, then held; released by hand, by a newer reader, by having been read after all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result

from crawler.discovery.discover import READER
from dateline.cli.admin.quarantine import quarantine
from dateline.cli.context import Context
from dateline.cli.sources.sources import sources
from dateline.clock import utc_now
from dateline.config import Settings
from dateline.errors import ParserPoolError, UsageError
from dateline.types.article import Page
from pipelines.dedupe import Reject
from pipelines.extract.extract import EXTRACTOR
from pipelines.quarantine import FAILURES_TO_HOLD, feed_retry_at, page_retry_at
from scheduler.visits.killed_reading import count_kill
from sql.database import Pool, connect
from sql.frontier.quarantine import release_for_new_readers
from tests.integration.conftest import NOW, Desk
from tests.integration.scheduler.visits.test_visitor import Scene, page, scene

__all__ = ["scene"]
URL = "https://bay.test/pier"
FEED = "https://bay.test/feed"
Run = Callable[..., Result]


@pytest.fixture
def run(database: str, tmp_path: Path) -> Run:
    """Runs `dateline quarantine …` in this process; errors that a caller would see are raised."""
    context = Context(Settings(data_dir=tmp_path, database_url=database))

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(quarantine, arguments, obj=context, catch_exceptions=False)

    return run


async def broken(desk: Desk, *, times: int, reason: str = "parse_timeout", url: str = URL) -> list[tuple[str, Any]]:
    """The page breaks its reader so often; the ledger's state and when it is tried again, each time."""
    due = await desk.due(url)
    fetched = Page(url, url, 200, (), b"<html>", NOW)
    told = []
    for _ in range(times):
        stored = await desk.store.refuse(due, fetched, Reject(reason, "parsing took more than 15 s"), now=NOW)
        told.append((stored.result.state, stored.result.next_attempt_at))
    return told


def listed(run: Run) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in run("list", "--json").stdout.splitlines()]


async def state(pool: Pool, url: str = URL) -> tuple[Any, ...]:
    async with pool.connection() as conn:
        cur = await conn.execute("SELECT state, reason, attempts FROM news.ledger WHERE url = %s", [url])
        row = await cur.fetchone()
    assert row is not None
    return tuple(row)


async def test_the_third_failure_holds_a_page(desk: Desk, run: Run) -> None:
    """With no wait given for the first and second failure, both ended the URL."""
    assert run().stdout == "nothing is in quarantine\n"
    told = await broken(desk, times=2)
    assert [one[0] for one in told] == ["pending", "pending"]
    assert all(at and at > NOW for _, at in told)
    assert listed(run) == []
    assert await broken(desk, times=1) == [("ended", None)]
    assert (await state(desk.pool))[:2] == ("ended", "parse_timeout")
    (held,) = listed(run)
    assert (held["url"], held["kind"], held["reason"], held["failures"]) == (URL, "page", "parse_timeout", 3)
    assert held["error"] == "parsing took more than 15 s"
    assert held["reader"] == EXTRACTOR
    assert URL in run().stdout


async def test_release_by_hand(desk: Desk, run: Run) -> None:
    await broken(desk, times=3)
    await broken(desk, times=3, url="https://bay.test/other")
    assert run("release", "https://bay.test/nowhere").exit_code == 1
    assert run("release", URL).stdout == "released 1\n"
    assert [held["url"] for held in listed(run)] == ["https://bay.test/other"]
    assert await state(desk.pool) == ("pending", None, 0)
    assert orjson.loads(run("release", "--all", "--json").stdout) == {"released": 1}
    assert listed(run) == []
    assert (await broken(desk, times=1))[0][0] == "pending", "it counts from the start again"
    with pytest.raises(UsageError):
        run("release")


async def test_a_newer_reader_tries_again_by_itself(desk: Desk, run: Run) -> None:
    await broken(desk, times=3)

    async def released(page_reader: str) -> int:
        async with desk.pool.connection() as conn:
            return await release_for_new_readers(conn, page_reader=page_reader, feed_reader=READER, now=utc_now())

    assert await released(EXTRACTOR) == 0
    assert len(listed(run)) == 1
    assert await released("dateline/99") == 1
    assert listed(run) == []
    assert (await state(desk.pool))[0] == "pending"


async def test_a_page_that_could_be_read_after_all_no_longer_counts(desk: Desk, run: Run) -> None:
    await broken(desk, times=2)
    await desk.put(URL)
    assert (await broken(desk, times=1))[0][0] == "pending"
    assert listed(run) == []


async def test_a_row_that_the_database_refuses_is_held_at_once(desk: Desk, run: Run) -> None:
    assert await broken(desk, times=1, reason="store_error") == [("ended", None)]
    assert [held["reason"] for held in listed(run)] == ["store_error"]


class BreakingParserPool:
    """In the parser pool's place: every parse dies, while `is_broken`."""

    is_broken = True

    async def run(self, read: Callable[[bytes], Any], body: bytes, *, deadline_s: float, subject: str) -> Any:
        if self.is_broken:
            raise ParserPoolError("the parsing process died (signal SIGSEGV)", reason="parse_crash", subject=subject)
        return read(body)


async def test_a_feed_is_held_too_and_looked_at_once_a_week(scene: Scene, run: Run) -> None:
    """Without the hold it was due again an hour after the third failure."""
    scene.add("bay")
    scene.answers.by_url[FEED] = page(FEED, b"<rss version='2.0'><channel><title>Bay</title></channel></rss>")
    parser_pool = scene.visitor.context.parser_pool = BreakingParserPool()  # type: ignore[assignment]
    for times in range(1, FAILURES_TO_HOLD + 1):
        (feed,) = await scene.visitor.context.frontier.due_feeds("bay.test", None, NOW + dt.timedelta(days=30))
        await scene.visitor.visit_feed(feed)
        assert len(listed(run)) == (times == FAILURES_TO_HOLD)
    (held,) = listed(run)
    assert (held["kind"], held["source"], held["reason"]) == ("feed", "bay", "parse_crash")
    assert scene.state(FEED)[:2] == (NOW + dt.timedelta(days=7), "parse_crash")
    assert run("release", FEED).stdout == "released 1\n"
    assert scene.state(FEED)[0] <= utc_now()
    parser_pool.is_broken = False  # type: ignore[attr-defined]
    (feed,) = await scene.visitor.context.frontier.due_feeds("bay.test", None, NOW + dt.timedelta(days=3650))
    await scene.visitor.visit_feed(feed)
    assert scene.state(FEED)[1] == "changed"
    assert listed(run) == []


async def test_a_feed_that_is_read_again_is_let_go(scene: Scene, database: str) -> None:
    scene.add("bay")
    scene.answers.by_url[FEED] = page(FEED, b"<rss version='2.0'><channel><title>Bay</title></channel></rss>")
    parser_pool = scene.visitor.context.parser_pool = BreakingParserPool()  # type: ignore[assignment]
    for is_broken in (True, True, False):
        parser_pool.is_broken = is_broken  # type: ignore[attr-defined]
        (feed,) = await scene.visitor.context.frontier.due_feeds("bay.test", None, NOW + dt.timedelta(days=30))
        await scene.visitor.visit_feed(feed)
    with connect(database) as connection:
        count = "SELECT count(*) FILTER (WHERE released_at IS NULL), count(*) FROM dateline.quarantine"
        assert connection.execute(count).fetchone() == (0, 2)


@pytest.mark.parametrize("is_one_off", [True, False])
def test_the_waits_grow_until_it_is_held(is_one_off: bool) -> None:
    first, second, third = (page_retry_at(n, now=NOW, is_one_off=is_one_off) for n in (1, 2, 3))
    assert third is None
    assert first is not None
    assert second is not None
    assert NOW < first <= second
    assert feed_retry_at(2, now=NOW) is None
    assert feed_retry_at(3, now=NOW) == NOW + dt.timedelta(days=7)


def test_a_source_shows_what_its_urls_were_in_place_of_articles(scene: Scene, database: str, tmp_path: Path) -> None:
    scene.add("bay")
    with connect(database, autocommit=True) as connection:
        for number, reason in enumerate(("blocked", "needs_javascript", "blocked")):
            connection.execute(
                "INSERT INTO dateline.url (url_key, url, host, source_id, via, state, reason, next_attempt_at)"
                " SELECT gen_random_uuid(), %s, 'bay.test', id, 'rss', 'ended', %s, NULL FROM dateline.source",
                [f"https://bay.test/{number}", reason],
            )
    context = Context(Settings(data_dir=tmp_path, database_url=database))
    shown = CliRunner().invoke(sources, ["show", "bay", "--json"], obj=context, catch_exceptions=False)
    assert orjson.loads(shown.stdout)["refused"] == {"blocked": 2, "needs_javascript": 1}
    plain = CliRunner().invoke(sources, ["show", "bay"], obj=context, catch_exceptions=False)
    assert "not articles: blocked 2, needs_javascript 1" in plain.stdout


async def test_a_page_is_held_when_it_was_read_as_three_processes_were_killed(desk: Desk, pool: Pool, run: Run) -> None:
    await desk.due(URL)
    await desk.due("https://bay.test/other")
    assert [await count_kill(pool, URL, now=NOW) for _ in range(FAILURES_TO_HOLD)] == [1, 2, 3]
    (held,) = listed(run)
    assert (held["url"], held["kind"], held["reason"]) == (URL, "page", "parse_crash")
    async with pool.connection() as conn:
        rows = await (await conn.execute("SELECT url, state FROM dateline.url ORDER BY url")).fetchall()
    assert rows == [("https://bay.test/other", "pending"), (URL, "ended")]
    assert await count_kill(pool, "https://bay.test/unknown", now=NOW) == 0


async def test_a_feed_is_held_when_it_was_read_as_three_processes_were_killed(
    scene: Scene, pool: Pool, database: str, run: Run
) -> None:
    scene.add("bay")
    with connect(database, autocommit=True) as connection:
        for number in range(1, FAILURES_TO_HOLD + 1):
            connection.execute("UPDATE dateline.feed_state SET next_due_at = now() - interval '1 second'")
            assert await count_kill(pool, FEED, now=utc_now()) == number
            (waits,) = connection.execute(
                "SELECT min(next_due_at::timestamptz) - now() FROM dateline.feed_state"
            ).fetchall()
            assert waits[0] > dt.timedelta(seconds=4 if number == 1 else 540 * number)
    (held,) = listed(run)
    assert (held["url"], held["kind"]) == (FEED, "feed")
    assert waits[0] > dt.timedelta(days=6)
