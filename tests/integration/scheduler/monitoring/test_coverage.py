"""The coverage ledger tells "no news" from "nobody was looking": asked as an analyst does, in plain SQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from dateline.types.source import Source, WatchedPage
from sql.database import Pool
from sql.frontier.sources import set_paused, upsert_source
from sql.service.coverage import Coverage

NOON = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


class Ledger:
    """A database in which the service runs, stops and visits at instants of the test's choice."""

    def __init__(self, url: str, pool: Pool) -> None:
        self.connection = psycopg.connect(url, autocommit=True)
        self.coverage = Coverage(pool)

    def add(self, name: str, *paths: str, since: dt.datetime = NOON) -> None:
        """Watch these pages of a site."""
        watched = tuple(WatchedPage(f"https://{name}.test/{path}", "feed") for path in paths or ("feed",))
        upsert_source(self.connection, Source(name, name, f"https://{name}.test/", watched=watched))
        self.connection.execute("UPDATE dateline.source SET created_at = %s WHERE name = %s", [since, name])
        self.connection.execute("UPDATE dateline.feed_state SET next_due_at = %s", [NOON + 1000 * HOUR])

    def visit(self, name: str, minutes: float, outcome: str, path: str = "feed") -> None:
        """Put a visit into the records."""
        self.connection.execute(
            "INSERT INTO dateline.visit (feed_id, source_id, started_at, finished_at, outcome)"
            " SELECT id, source_id, %(at)s, %(at)s, %(outcome)s FROM dateline.feed WHERE url = %(url)s",
            {"at": NOON + dt.timedelta(minutes=minutes), "outcome": outcome, "url": f"https://{name}.test/{path}"},
        )

    async def run(self, first: float, last: float) -> None:
        """Let the service run from one minute after noon to another, as its clocks do."""
        for minute in range(int(first), int(last)):
            at = NOON + dt.timedelta(minutes=minute)
            await self.coverage.mark_up(at)
            if minute % 10 == 0:
                await self.coverage.roll_up(at)
        await self.coverage.roll_up(NOON + dt.timedelta(minutes=last - 1))

    def states(self, name: str, hours: int) -> list[str]:
        """The word of each of the source's hours before so many hours after noon."""
        statement = "SELECT state FROM news.coverage WHERE source = %s AND hour < %s ORDER BY hour"
        return [row[0] for row in self.rows(statement, name, NOON + hours * HOUR)]

    def rest(self, name: str, since: float, until: float | None) -> None:
        """Move the pause that the trigger noted to the test's time."""
        at = [None if hours is None else NOON + hours * HOUR for hours in (since, until)]
        self.connection.execute(
            "UPDATE dateline.source_rest r SET since = %s, until = %s FROM dateline.source s"
            " WHERE s.id = r.source_id AND s.name = %s",
            [*at, name],
        )

    def rows(self, statement: str, *params: object) -> list[tuple[Any, ...]]:
        """What plain SQL gives."""
        return self.connection.execute(statement, params).fetchall()


@pytest.fixture
def ledger(database: str, pool: Pool) -> Iterator[Ledger]:
    made = Ledger(database, pool)
    yield made
    made.connection.close()


async def test_every_hour_has_its_word(ledger: Ledger) -> None:
    """Killed at 13:30 and back at 16:00; each source tells its own story of the same hours."""
    ledger.add("bay")
    ledger.add("cove", "a", "b")
    ledger.add("dune")
    for minutes, outcome in (
        (5, "changed"),
        (20, "not_modified"),
        (40, "timeout"),
        (70, "same_body"),
        (245, "changed"),
    ):
        ledger.visit("bay", minutes, outcome)
    for minutes in (5, 65, 250):
        ledger.visit("cove", minutes, "http_503", "a")
        ledger.visit("dune", minutes, "connect")
    ledger.visit("cove", 255, "not_modified", "b")
    await ledger.run(0, 90)
    await ledger.run(240, 300)
    assert ledger.states("bay", 6) == ["visited", "unchanged", "down", "down", "visited", "down"]
    assert ledger.states("cove", 5) == ["failed", "failed", "down", "down", "unchanged"]
    assert ledger.states("dune", 5) == ["failed", "failed", "down", "down", "failed"]
    counts = ledger.rows(
        "SELECT visits, unchanged, changed, failed, minutes_up FROM news.coverage WHERE source = 'bay' ORDER BY hour LIMIT 3"
    )
    assert counts == [(3, 1, 1, 1, 60), (1, 1, 0, 0, 30), (0, 0, 0, 0, 0)]
    day = "SELECT hours, covered, down, failed, share FROM news.coverage_days WHERE source = 'cove' AND day = '2026-05-04'"
    assert ledger.rows(day) == [(12, 1, 9, 2, Decimal("0.083"))]


async def test_hours_before_the_first_start_are_not_counted_as_down(ledger: Ledger) -> None:
    """Sources were added four hours before the service was started for the first time, at 14:45."""
    ledger.add("bay", since=NOON - 2 * HOUR)
    ledger.add("cove", since=NOON - 2 * HOUR)
    ledger.visit("bay", 166, "changed")
    await ledger.run(165, 240)
    assert ledger.states("bay", 4) == ["visited", "nothing_due"]
    assert ledger.states("cove", 4) == ["nothing_due", "nothing_due"], "the service ran since it was started"
    day = await ledger.coverage.last_day(NOON + 4 * HOUR - dt.timedelta(minutes=1))
    assert (day.hours, day.covered, day.down) == (4, 4, 0)
    await ledger.run(330, 331)
    assert ledger.states("cove", 6) == ["nothing_due", "nothing_due", "down", "down"], "later it is down"


async def test_a_source_that_is_added_late_in_an_hour_was_not_down_before(ledger: Ledger) -> None:
    ledger.add("bay")
    await ledger.run(0, 30)
    await ledger.run(95, 120)
    ledger.add("cove", since=NOON + 1.6 * HOUR)
    assert ledger.states("bay", 2) == ["down", "down"]
    assert ledger.states("cove", 2) == ["nothing_due"]


async def test_hours_in_which_the_archive_could_not_be_written_are_not_covered(ledger: Ledger) -> None:
    ledger.add("bay")
    ledger.visit("bay", 5, "changed")
    await ledger.run(0, 60)
    for minute in range(60, 125):
        await ledger.coverage.mark_up(NOON + dt.timedelta(minutes=minute), is_blocked=True)
    await ledger.coverage.roll_up(NOON + dt.timedelta(minutes=125))
    assert ledger.states("bay", 3) == ["visited", "no_archive", "no_archive"]
    because = "SELECT not_visited_because, is_covered FROM news.coverage WHERE source = 'bay' AND hour = %s"
    assert ledger.rows(because, NOON + HOUR) == [("no_archive", False)]
    day = "SELECT no_archive FROM news.coverage_days WHERE source = 'bay' AND day = '2026-05-04'"
    assert ledger.rows(day) == [(2,)]
    assert (await ledger.coverage.last_day(NOON + dt.timedelta(minutes=125))).no_archive == 2


async def test_nothing_due_overdue_and_paused_are_distinguished(ledger: Ledger) -> None:
    for name in ("bay", "cove", "dune"):
        ledger.add(name)
        ledger.visit(name, 5, "changed")
    ledger.connection.execute(
        "UPDATE dateline.feed_state SET next_due_at = %s WHERE feed_id = (SELECT id FROM dateline.feed WHERE host = 'cove.test')",
        [NOON + dt.timedelta(minutes=65)],
    )
    set_paused(ledger.connection, ["dune"], is_paused=True)
    ledger.rest("dune", 1.5, None)
    await ledger.run(0, 180)
    set_paused(ledger.connection, ["dune"], is_paused=False)
    ledger.rest("dune", 1.5, 3)
    await ledger.run(180, 240)
    assert ledger.states("bay", 4) == ["visited", "nothing_due", "nothing_due", "nothing_due"]
    assert ledger.states("cove", 4) == ["visited", "overdue", "overdue", "overdue"]
    assert ledger.states("dune", 4) == ["visited", "paused", "paused", "nothing_due"]
    because = "SELECT not_visited_because, is_covered FROM news.coverage WHERE source = 'cove' AND hour = %s"
    assert ledger.rows(because, NOON + HOUR) == [("overdue", False)]


async def test_a_source_has_hours_from_its_beginning_to_its_end(ledger: Ledger) -> None:
    """Before it was added there is no row; removed and added again, the time between was not watched."""
    ledger.add("bay", since=NOON + 2.5 * HOUR)
    ledger.add("cove")
    await ledger.run(0, 300)
    assert ledger.rows("SELECT min(hour) FROM news.coverage WHERE source = 'bay'") == [(NOON + 2 * HOUR,)]
    ledger.connection.execute("UPDATE dateline.source SET removed_at = %s WHERE name = 'cove'", [NOON + 3 * HOUR])
    assert len(ledger.states("cove", 5)) == 3
    ledger.rest("cove", 3, None)
    ledger.connection.execute("UPDATE dateline.source SET removed_at = NULL WHERE name = 'cove'")
    ledger.rest("cove", 3, 4)
    assert ledger.states("cove", 5) == ["nothing_due", "nothing_due", "nothing_due", "paused", "nothing_due"]


async def test_a_clock_that_jumps_ahead_and_back_costs_no_hour(ledger: Ledger) -> None:
    ledger.add("bay")
    await ledger.run(0, 60)
    ledger.visit("bay", 60 * 24 * 400, "changed")
    await ledger.run(60 * 24 * 400, 60 * 24 * 400 + 1)
    ledger.visit("bay", 65, "changed")
    await ledger.run(60, 120)
    await ledger.run(90, 120)
    assert ledger.states("bay", 2) == ["nothing_due", "visited"]
    assert ledger.rows(
        "SELECT minutes_up, visits FROM news.coverage WHERE source = 'bay' AND hour = %s", NOON + HOUR
    ) == [(60, 1)]


async def test_counts_stay_when_visits_are_pruned(ledger: Ledger) -> None:
    ledger.add("bay")
    ledger.visit("bay", 5, "changed")
    await ledger.run(0, 60)
    ledger.connection.execute("DELETE FROM dateline.visit")
    await ledger.run(60, 130)
    assert ledger.states("bay", 2) == ["visited", "nothing_due"]
    assert ledger.rows("SELECT count(*) FROM dateline.coverage_hour") == [(1,)]


async def test_one_source_and_day_are_read_by_index(ledger: Ledger) -> None:
    """Over years the view still begins at the hours that are asked for."""
    ledger.add("bay", since=NOON - 20_000 * HOUR)
    await ledger.coverage.mark_up(NOON - 20_000 * HOUR)
    await ledger.run(0, 1)
    ledger.connection.execute("ANALYZE dateline.service_hour")
    plan = "\n".join(
        row[0]
        for row in ledger.rows(
            "EXPLAIN SELECT * FROM news.coverage WHERE source = 'bay' AND hour >= %s AND hour < %s",
            NOON - 24 * HOUR,
            NOON,
        )
    )
    assert "service_hour_pkey" in plan
    assert "Seq Scan on service_hour" not in plan


async def test_pausing_a_source_needs_no_right_to_the_ledger(ledger: Ledger) -> None:
    """The console pauses as its own role; the trigger notes it."""
    ledger.add("bay")
    ledger.connection.execute("SET ROLE dateline_console")
    set_paused(ledger.connection, ["bay"], is_paused=True)
    ledger.connection.execute("RESET ROLE")
    assert ledger.rows("SELECT count(*) FROM dateline.source_rest WHERE until IS NULL") == [(1,)]
