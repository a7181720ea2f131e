"""Alarms begin when a source is quiet, fails, or its texts get worse, while we were looking; and end when it recovers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from dateline.types.source import Source, WatchedPage
from scheduler.monitoring.alarm_checks import check_alarms
from sql.database import Pool
from sql.frontier.sources import set_paused, upsert_source
from sql.service.alarms import Alarms
from sql.service.coverage import Coverage

BEGUN = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
"""A Monday; the sources have been watched since then."""
NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)

PAST_HOURS = """
    INSERT INTO dateline.coverage_hour (source_id, hour, visits, unchanged, changed, failed, new_articles)
    SELECT s.id, h, 1, 0, 1, 0, CASE WHEN %(news)s AND extract(hour FROM h AT TIME ZONE 'UTC') BETWEEN 6 AND 21 THEN 1 ELSE 0 END
    FROM dateline.source s, generate_series(%(begun)s, %(until)s - interval '1 hour', interval '1 hour') h
    WHERE s.name = %(name)s"""
ARTICLE = """
    INSERT INTO dateline.article (url_key, url, site, source_id, kind, text, content_hash, word_count, first_seen_at, revised_at,
                                  published_at, extractor)
    SELECT md5(%(url)s)::uuid, %(url)s, 'x.test', id, 'article', 'x', md5(%(url)s)::uuid, %(words)s, %(at)s, %(at)s,
           %(published)s, 'test'
    FROM dateline.source WHERE name = %(name)s"""
URL = """
    INSERT INTO dateline.url (url_key, url, host, source_id, via, state, reason, next_attempt_at, discovered_at, finished_at,
                              article_id)
    SELECT md5(%(url)s)::uuid, %(url)s, 'x.test', s.id, 'rss', CASE WHEN a.id IS NULL THEN 'ended' ELSE 'stored' END,
           CASE WHEN a.id IS NULL THEN 'no_text' END, NULL, %(at)s, %(at)s, a.id
    FROM dateline.source s LEFT JOIN dateline.article a ON a.url = %(url)s WHERE s.name = %(name)s"""
VISITS = """
    INSERT INTO dateline.visit (feed_id, source_id, started_at, finished_at, outcome)
    SELECT id, source_id, h, h, %(outcome)s
    FROM dateline.feed, generate_series(%(first)s, %(last)s, interval '1 hour') h WHERE url = %(url)s"""
RAN = """
    INSERT INTO dateline.service_hour (hour, ran)
    SELECT h, repeat(CASE WHEN h < %(slept)s OR %(ran)s THEN '1' ELSE '0' END, 60)::bit(60)
    FROM generate_series(%(begun)s, %(now)s, interval '1 hour') h ON CONFLICT DO NOTHING"""


class Newsroom:
    """Sources with nine weeks of a past: an article every hour by day, a visit every hour; the service never slept."""

    def __init__(self, url: str, pool: Pool) -> None:
        self.connection = psycopg.connect(url, autocommit=True)
        self.alarms, self.coverage = Alarms(pool), Coverage(pool)

    def add(self, name: str, *paths: str, until: dt.datetime = NOW, articles: bool = True) -> None:
        """A source that answered until an instant."""
        watched = tuple(WatchedPage(f"https://{name}.test/{path}", "feed") for path in paths or ("feed",))
        upsert_source(self.connection, Source(name, name, f"https://{name}.test/", watched=watched))
        at = {"name": name, "begun": BEGUN, "until": until}
        self.connection.execute("UPDATE dateline.source SET created_at = %(begun)s WHERE name = %(name)s", at)
        self.connection.execute(
            "UPDATE dateline.feed_state SET last_ok_at = %(until)s, last_visit_at = %(until)s, last_outcome = 'changed',"
            " next_due_at = %(until)s + interval '1 year' FROM dateline.feed f JOIN dateline.source s ON s.id = f.source_id"
            " WHERE f.id = feed_id AND s.name = %(name)s",
            at,
        )
        self.connection.execute(PAST_HOURS, at | {"news": articles})
        if articles:
            for number in range(120):
                self.put(name, until - (120 - number) * HOUR / 2)

    def put(self, name: str, at: dt.datetime, *, words: int = 400, has_date: bool = True) -> None:
        """A page of the source's: an article of so many words, or without text."""
        place = {"name": name, "at": at, "url": f"https://{name}.test/{at.timestamp()}", "words": words}
        place |= {"published": at if has_date else None}
        if words:
            self.connection.execute(ARTICLE, place)
        self.connection.execute(URL, place)

    def visits(self, name: str, first: dt.datetime, last: dt.datetime, outcome: str, path: str = "feed") -> None:
        """An hourly visit of a page, without anything new."""
        place = {"url": f"https://{name}.test/{path}", "first": first, "last": last, "outcome": outcome}
        place |= {"is_ok": outcome == "not_modified"}
        self.connection.execute(VISITS, place)
        self.connection.execute(
            "UPDATE dateline.feed_state SET last_outcome = %(outcome)s, failures = CASE WHEN %(is_ok)s THEN 0 ELSE 3 END,"
            " last_ok_at = CASE WHEN %(is_ok)s THEN %(last)s ELSE last_ok_at END"
            " WHERE feed_id = (SELECT id FROM dateline.feed WHERE url = %(url)s)",
            place,
        )

    async def look(self, now: dt.datetime, *, ran: bool = True) -> list[tuple[Any, ...]]:
        """The alarms that are open after a check; the service ran in every hour until then, or not at all since NOW."""
        self.connection.execute(RAN, {"slept": NOW, "ran": ran, "begun": BEGUN, "now": now})
        await self.coverage.roll_up(now)
        await check_alarms(self.alarms, now)
        return self.standing()

    def standing(self) -> list[tuple[Any, ...]]:
        """Source and kind of the open alarms."""
        statement = "SELECT source, kind FROM news.alarms WHERE until IS NULL ORDER BY 1, 2"
        return self.connection.execute(statement).fetchall()

    def told(self, kind: str) -> tuple[Any, ...]:
        """The newest alarm of a kind."""
        columns = "since, noticed_at, until, severity, evidence, sentence"
        statement = f"SELECT {columns} FROM news.alarms WHERE kind = %s ORDER BY noticed_at DESC"
        row = self.connection.execute(statement, [kind]).fetchone()
        assert row is not None
        return row


@pytest.fixture
def room(database: str, pool: Pool) -> Iterator[Newsroom]:
    made = Newsroom(database, pool)
    yield made
    made.connection.close()


async def test_quiet_while_we_looked_is_an_alarm_and_an_article_ends_it(room: Newsroom) -> None:
    room.add("bay")
    assert await room.look(NOW) == []
    room.visits("bay", NOW, NOW + 5 * HOUR, "not_modified")
    assert await room.look(NOW + 5 * HOUR) == [], "five hours are no silence yet"
    room.visits("bay", NOW + 6 * HOUR, NOW + 40 * HOUR, "not_modified")
    assert await room.look(NOW + 40 * HOUR) == [("bay", "quiet")]
    since, noticed_at, until, severity, evidence, sentence = room.told("quiet")
    assert (since, noticed_at, until, severity) == (NOW - HOUR / 2, NOW + 40 * HOUR, None, "warning")
    assert 20 < evidence["expected_articles"] < 30
    assert sentence.startswith("No article in 40 h of checks; about ")
    await room.look(NOW + 41 * HOUR)
    assert room.told("quiet")[1] == NOW + 40 * HOUR, "told once"
    room.put("bay", NOW + 41.5 * HOUR)
    assert await room.look(NOW + 42 * HOUR) == []
    assert room.told("quiet")[2] == NOW + 42 * HOUR


async def test_while_we_were_down_no_source_is_quiet(room: Newsroom) -> None:
    room.add("bay")
    await room.look(NOW)
    room.visits("bay", NOW + 40 * HOUR, NOW + 40 * HOUR, "not_modified")
    assert await room.look(NOW + 40 * HOUR, ran=False) == []


async def test_named_urls_without_stored_articles_raise_their_own_alarm(room: Newsroom) -> None:
    room.add("bay")
    await room.look(NOW)
    room.visits("bay", NOW, NOW + 40 * HOUR, "not_modified")
    for hour in range(5):
        room.put("bay", NOW + hour * HOUR, words=0)
    assert ("bay", "not_stored") in await room.look(NOW + 40 * HOUR)
    assert "it named 5 new URLs, and none is stored (mostly: no text)" in room.told("not_stored")[5]


async def test_a_failing_source_is_not_quiet_and_an_answer_ends_it(room: Newsroom) -> None:
    room.add("bay", "feed", "more")
    room.add("cove", "feed", "more")
    await room.look(NOW)
    for name, path in (("bay", "feed"), ("bay", "more"), ("cove", "feed")):
        room.visits(name, NOW, NOW + 40 * HOUR, "http_503", path)
    room.visits("cove", NOW, NOW + 2 * HOUR, "not_modified", "more")
    assert await room.look(NOW + 40 * HOUR) == [("bay", "failing"), ("cove", "page_failing")]
    assert room.told("failing")[5] == "Both watched pages fail (http 503): no valid response for 40 h, 80 visits."
    assert "https://cove.test/feed" in room.told("page_failing")[5]
    room.visits("bay", NOW + 41 * HOUR, NOW + 41 * HOUR, "not_modified", "more")
    room.put("bay", NOW + 41 * HOUR)
    set_paused(room.connection, ["cove"], is_paused=True)
    assert await room.look(NOW + 41 * HOUR) == [("bay", "page_failing")]


@pytest.mark.parametrize(
    ("kind", "words", "has_date"), [("empty_texts", 0, True), ("missing_dates", 400, False), ("short_texts", 60, True)]
)
async def test_texts_that_get_worse_are_an_alarm_until_they_are_as_before(
    room: Newsroom, kind: str, words: int, has_date: bool
) -> None:
    room.add("bay")
    await room.look(NOW)
    for minute in range(15):
        room.put("bay", NOW + minute * HOUR / 60, words=words, has_date=has_date)
    assert await room.look(NOW + HOUR / 2) == [("bay", kind)]
    since, _, _, _, evidence, _ = room.told(kind)
    assert since == NOW
    assert (evidence.get("faults"), evidence.get("of")) == (15, 20)
    await room.look(NOW + 26 * HOUR)
    assert await room.look(NOW + 27 * HOUR) == [("bay", kind)], "what is bad does not become usual by the next day"
    for minute in range(20):
        room.put("bay", NOW + 27 * HOUR + minute * HOUR / 60)
    assert await room.look(NOW + 27.5 * HOUR) == []


async def test_a_source_that_answers_and_brings_nothing_is_silent(room: Newsroom) -> None:
    room.add("bay", articles=False)
    assert await room.look(NOW) == [("bay", "silent")]


async def test_usual_articles_are_shown_beside_the_actual(room: Newsroom) -> None:
    room.add("bay")
    await room.look(NOW)
    statement = "SELECT new_articles, expected_articles FROM news.coverage WHERE hour = ANY (%s) ORDER BY hour"
    sunday = dt.datetime(2026, 5, 3, tzinfo=dt.UTC)
    rows = room.connection.execute(statement, [[sunday + 3 * HOUR, sunday + 15 * HOUR]]).fetchall()
    assert [row[0] for row in rows] == [0, 1]
    assert rows[0][1] < 0.2 < 0.8 < rows[1][1] < 1.2


async def test_a_source_with_a_login_is_signed_out_when_its_pages_become_walls(room: Newsroom) -> None:
    room.add("bay")
    room.add("post")
    room.connection.execute(
        "UPDATE dateline.source SET politeness = '{\"cookies_file\": \"/s/post.txt\"}' WHERE name = 'post'"
    )
    assert await room.look(NOW) == []
    for number in range(6):
        for name in ("bay", "post"):
            room.put(name, NOW + (1 + number) * HOUR / 10, words=0)
            room.connection.execute("UPDATE dateline.url SET reason = 'login' WHERE reason = 'no_text'")
    assert await room.look(NOW + HOUR) == [("post", "signed_out")]
    assert room.told("signed_out")[3] == "critical"
    assert "replace /s/post.txt" in room.told("signed_out")[5]
    for number in range(4):
        room.put("post", NOW + HOUR + number * HOUR / 10)
    assert await room.look(NOW + 2 * HOUR) == []


async def test_a_browser_is_proposed_where_many_pages_need_one(room: Newsroom) -> None:
    room.add("drawn")
    assert await room.look(NOW) == []

    def put(count: int, hour: int) -> None:
        for number in range(count):
            room.put("drawn", NOW + hour * HOUR + number * HOUR / 60, words=0)
        room.connection.execute("UPDATE dateline.url SET reason = 'needs_javascript' WHERE reason = 'no_text'")

    put(9, 0)
    assert await room.look(NOW + HOUR / 2) == []
    put(3, 1)
    assert await room.look(NOW + 1.5 * HOUR) == [("drawn", "needs_browser")]
    since, _, _, severity, evidence, sentence = room.told("needs_browser")
    assert (since, severity, evidence) == (NOW, "notice", {"undrawn": 12, "of": 20})
    assert "dateline sources set drawn render=true" in sentence
    room.connection.execute("UPDATE dateline.source SET extraction = '{\"render\": true}'")
    assert await room.look(NOW + 2 * HOUR) == []
