"""A new source's backlog causes no alerts; what it publishes from then on does."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import Any

import psycopg
import pytest

from dateline.types.article import Candidate, Instant
from dateline.types.source import Source, WatchedPage
from scheduler.cadence.next_visit import NextVisit
from sql.frontier.rows import FeedVisit
from sql.frontier.sources import upsert_source
from tests.integration.conftest import NOW, WORDS
from tests.integration.scheduler.alerts.conftest import Wire

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
FEED = "https://bay.test/feed.xml"


async def add_source(wire: Wire, at: dt.datetime) -> None:
    async with wire.desk.pool.connection() as conn:
        address = conn.info.dsn
    with psycopg.connect(address, autocommit=True) as connection:
        upsert_source(connection, Source("bay", "Bay", "https://bay.test/", watched=(WatchedPage(FEED, "feed"),)))
        connection.execute("UPDATE dateline.source SET created_at = %s", [at])
        connection.execute("UPDATE dateline.feed_state SET next_due_at = %s", [at])


async def visit(wire: Wire, now: dt.datetime, *names: str) -> None:
    """The source's feed names articles."""
    (feed,) = await wire.desk.frontier.due_feeds("bay.test", None, now + 365 * DAY)
    await wire.desk.frontier.commit_visit(
        FeedVisit(
            feed,
            started_at=now,
            now=now,
            outcome="changed",
            is_ok=True,
            plan=lambda _: NextVisit(now, 300, 0.0),
            status=200,
            candidates=tuple(Candidate(f"https://bay.test/{name}", via="feed") for name in names),
        )
    )


async def store(wire: Wire, now: dt.datetime, name: str, **fields: Any) -> None:
    lines = await wire.desk.frontier.due_urls("bay.test", None, now, limit=50)
    due = next(one for one in lines if one.url.endswith(f"/{name}"))
    wire.clock.at = now
    words = Random(name)
    text = "The ferry. " + " ".join(f"{words.randrange(16**6):06x}" for _ in range(200))
    await wire.desk.put(due.url, text, now=now, due=due, **fields)


async def told(wire: Wire) -> list[str]:
    await wire.teller.step()
    await wire.send()
    return sorted(url.rpartition("/")[2] for url in wire.urls())


def at(instant: dt.datetime, precision: str = "minute") -> Instant:
    return Instant(instant, precision=precision, origin="meta")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("is_asked", "expected"), [(False, ["fresh", "today"]), (True, ["fresh", "hour", "old", "today"])]
)
async def test_old_articles_of_a_new_source_cause_no_alert(wire: Wire, is_asked: bool, expected: list[str]) -> None:
    await wire.watch("ferry", since=NOW - 30 * DAY, with_backlog=is_asked)
    await add_source(wire, NOW)
    await visit(wire, NOW, "old", "hour", "today", "fresh")
    await store(wire, NOW + HOUR, "old", published=at(NOW - 20 * DAY))
    await store(wire, NOW + HOUR, "hour", published=at(NOW - HOUR))
    await store(wire, NOW + HOUR, "today", published=at(NOW.replace(hour=0), "day"))
    await store(wire, NOW + HOUR, "fresh", published=at(NOW + HOUR / 2))
    assert await told(wire) == expected


async def test_an_article_from_before_the_watch_causes_no_alert(wire: Wire) -> None:
    """A sitemap may name an article months later."""
    await add_source(wire, NOW - 100 * DAY)
    await wire.watch("ferry", since=NOW)
    await visit(wire, NOW - 99 * DAY)
    await visit(wire, NOW + HOUR, "month", "yesterday", "new")
    await store(wire, NOW + HOUR, "month", published=at(NOW - 30 * DAY))
    await store(wire, NOW + HOUR, "yesterday", published=at((NOW - DAY).replace(hour=0), "day"))
    await store(wire, NOW + HOUR, "new", published=at(NOW + HOUR / 2))
    assert await told(wire) == ["new"]


async def test_undated_articles_of_the_first_visit_are_backlog(wire: Wire) -> None:
    await wire.watch("ferry", since=NOW - DAY)
    await add_source(wire, NOW)
    await visit(wire, NOW, "first")
    await store(wire, NOW + HOUR, "first")
    assert await told(wire) == []
    await visit(wire, NOW + 2 * HOUR, "first", "second")
    await store(wire, NOW + 2 * HOUR, "second")
    assert await told(wire) == ["second"]


async def test_articles_that_a_person_crawls_or_imports_are_asked_for(wire: Wire) -> None:
    await wire.watch("ferry", since=NOW)
    await wire.desk.put("https://bay.test/crawled", published=at(NOW - 300 * DAY), now=NOW + HOUR)
    assert await told(wire) == ["crawled"]


async def test_a_revision_of_an_article_that_was_known_before_the_watch_causes_an_alert(wire: Wire) -> None:
    await add_source(wire, NOW - 10 * DAY)
    await visit(wire, NOW - 9 * DAY, "known")
    lines = await wire.desk.frontier.due_urls("bay.test", None, NOW, limit=50)
    await wire.desk.put(lines[0].url, WORDS, now=NOW - 9 * DAY, due=lines[0], published=at(NOW - 9 * DAY))
    await wire.teller.step()
    await wire.watch("lighthouse", since=NOW)
    await wire.desk.put(
        lines[0].url, WORDS + "The lighthouse closes.", now=NOW + HOUR, due=lines[0], published=at(NOW - 9 * DAY)
    )
    assert await told(wire) == ["known"]
