"""The coverage ledger tells "no news" from "nobody was looking"."""

from __future__ import annotations

import datetime as dt

import psycopg

from dateline.cli.schedule import shown
from dateline.source import Source, WatchedPage
from scheduler.rhythm import begin
from sql.coverage import Coverage
from sql.frontier import Pool, planned_pages
from sql.sources import upsert_source

NOON = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)


async def test_hours_of_rest_pause_and_absence_are_told_apart(pool: Pool, database: str) -> None:
    hour, coverage = dt.timedelta(hours=1), Coverage(pool)
    with psycopg.connect(database, autocommit=True) as connection:
        for name in ("bay", "cove"):
            page = WatchedPage(f"https://{name}.test/feed", "feed")
            upsert_source(connection, Source(name, name, f"https://{name}.test/", watched=(page,)))
        connection.execute("UPDATE dateline.source SET created_at = %s, is_paused = name = 'cove'", [NOON])
        for minutes, outcome in ((5, "changed"), (20, "not_modified"), (40, "timeout")):
            connection.execute(
                "INSERT INTO dateline.visit (feed_id, source_id, started_at, finished_at, outcome)"
                " SELECT id, source_id, %(at)s, %(at)s, %(outcome)s FROM dateline.feed WHERE host = 'bay.test'",
                {"at": NOON + dt.timedelta(minutes=minutes), "outcome": outcome},
            )
        for at in (NOON, NOON, NOON + hour):
            await coverage.mark_up(at)
            await coverage.roll_up(at)
        await coverage.mark_up(NOON + 4 * hour)
        for _ in range(2):
            await coverage.roll_up(NOON + 4 * hour)
        rows = connection.execute(
            "SELECT source, extract(hour FROM hour AT TIME ZONE 'UTC')::int, visits, unchanged, changed, failed,"
            " not_visited_because FROM news.coverage WHERE hour >= %s ORDER BY 1, 2",
            [NOON],
        ).fetchall()
    bay = [row[1:] for row in rows if row[0] == "bay"]
    assert bay == [
        (12, 3, 1, 1, 1, None),
        (13, 0, 0, 0, 0, None),
        (14, 0, 0, 0, 0, "down"),
        (15, 0, 0, 0, 0, "down"),
        (16, 0, 0, 0, 0, None),
    ]
    assert {row[6] for row in rows if row[0] == "cove"} == {"paused"}


def test_the_schedule_tells_when_and_why(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        page = WatchedPage("https://bay.test/feed", "feed")
        upsert_source(connection, Source("bay", "Bay", "https://bay.test/", watched=(page,)))
        rhythm = begin([NOON.timestamp() - n * 3600 for n in range(20)], NOON.timestamp())
        connection.execute("UPDATE dateline.feed_state SET interval_s = 900")
        connection.execute(
            "INSERT INTO dateline.feed_rhythm SELECT id, %s::float8[], %s FROM dateline.feed", [rhythm.numbers(), NOON]
        )
    (row,) = [shown(page, now=NOON) for page in planned_pages(database)]
    assert (row["source"], row["why"], row["interval_s"]) == ("bay", "learned rhythm", 900)
    assert 8 < row["items_a_day"] < 30
