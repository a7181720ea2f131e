"""Visit budgets are planned from the publishing rates in the database, and visits are paced by them."""

from __future__ import annotations

import datetime as dt

import psycopg

from dateline.types.source import Politeness, Source, WatchedPage
from scheduler.cadence.budget_update import update_visit_budget
from scheduler.cadence.publishing_rate import begin
from sql.database import Pool
from sql.frontier.frontier import Frontier
from sql.frontier.sources import upsert_source
from sql.service.budget import Budgets

NOON = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)


def watch(connection: psycopg.Connection, name: str, every_s: float, **politeness: int) -> None:
    """A source whose page shows twenty items, so many seconds apart."""
    pages = tuple(WatchedPage(f"https://{name}.test/{n}", "feed") for n in range(2))
    upsert_source(
        connection, Source(name, name, f"https://{name}.test/", watched=pages, politeness=Politeness(**politeness))
    )
    rhythm = begin([NOON.timestamp() - n * every_s for n in range(20)], NOON.timestamp())
    connection.execute(
        "INSERT INTO dateline.feed_rhythm SELECT id, %s, %s FROM dateline.feed WHERE host = %s",
        [rhythm.numbers(), NOON, f"{name}.test"],
    )


async def allowed(frontier: Frontier, host: str) -> tuple[float | None, float | None]:
    feed, *_ = await frontier.due_feeds(host, None, NOON + dt.timedelta(days=9000))
    return feed.within_s, feed.busy


async def test_a_budget_is_spread_and_a_sources_own_counts_besides(pool: Pool, database: str) -> None:
    budgets, frontier = Budgets(pool), Frontier(pool)
    with psycopg.connect(database, autocommit=True) as connection:
        watch(connection, "bay", 600)
        watch(connection, "cove", 3600)
        watch(connection, "dune", 600, max_visits_a_day=6)
        await update_visit_budget(budgets, 0, now=NOON)
        plenty = await allowed(frontier, "bay.test")
        await update_visit_budget(budgets, 60, now=NOON + dt.timedelta(hours=1))
        few, own = await allowed(frontier, "bay.test"), await allowed(frontier, "dune.test")
        assert plenty[0] == 60.0
        assert few[0] is not None
        assert own[0] is not None
        assert 60.0 < few[0] < own[0]
        assert await allowed(frontier, "cove.test") == few

        connection.execute("UPDATE dateline.source SET politeness = '{}' WHERE name = 'dune'")
        await update_visit_budget(budgets, 60, now=NOON + dt.timedelta(hours=2))
        assert await allowed(frontier, "dune.test") == await allowed(frontier, "bay.test")


async def test_a_day_that_made_more_visits_than_forecast_is_made_up(pool: Pool, database: str) -> None:
    budgets = Budgets(pool)
    with psycopg.connect(database, autocommit=True) as connection:
        watch(connection, "bay", 600)
        await update_visit_budget(budgets, 40, now=NOON)
        [(forecast,)] = connection.execute("SELECT forecast FROM dateline.allowance").fetchall()
        connection.execute(
            "INSERT INTO dateline.visit (feed_id, source_id, started_at, finished_at, outcome)"
            " SELECT f.id, f.source_id, %(at)s, %(at)s, 'changed' FROM dateline.feed f, generate_series(1, 30)",
            {"at": NOON + dt.timedelta(hours=5)},
        )
        later = NOON + dt.timedelta(hours=20)
        assert await budgets.overspent(later) == 60 / forecast
        await update_visit_budget(budgets, 40, now=later)
        [(less,)] = connection.execute("SELECT forecast FROM dateline.allowance").fetchall()
    assert less < forecast


async def test_without_a_publishing_rate_no_budget_is_planned(pool: Pool, database: str) -> None:
    await update_visit_budget(Budgets(pool), 100, now=NOON)
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM dateline.allowance").fetchone() == (0,)
