"""Running totals: they say what a count of the tables would, in whatever order things come and go, and never go back."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest

from dateline.types.article import Candidate, Instant
from pipelines.store import Store
from scheduler.monitoring.metrics import DELAY_BOUNDS, exposition
from sql import query
from sql.database import Pool, open_pool
from sql.frontier.frontier import Frontier
from sql.frontier.rows import FeedVisit
from sql.frontier.sources import upsert_source
from sql.service.leases import Upkeep
from sql.service.metrics import MetricsSnapshot, ServiceState, Total, add_total, fold_totals, read_metrics
from tests.integration.conftest import NOW, WORDS, Desk
from tests.integration.scheduler.test_upkeep import column, run

COUNTED = {
    "article": "SELECT '{}'::text[], count(*) FROM dateline.article",
    "revision": "SELECT '{}'::text[], count(*) FROM dateline.revision",
    "copy": "SELECT '{}'::text[], count(*) FROM dateline.copy",
    "url": "SELECT ARRAY[state, coalesce(reason, '')], count(*) FROM dateline.url GROUP BY 1",
    "fetches": "SELECT ARRAY[result, coalesce(reason, '')], count(*) FROM dateline.fetch GROUP BY 1",
    "visits": "SELECT ARRAY[outcome], count(*) FROM dateline.visit GROUP BY 1",
}


async def totals(pool: Pool) -> dict[tuple[str, ...], float]:
    """Every total that is not 0."""
    found = (await read_metrics(pool)).totals
    return {(one.name, *one.labels): one.value for one in found if one.value}


async def counts(pool: Pool) -> dict[tuple[str, ...], float]:
    """The same, counted in the tables."""
    found = {}
    async with pool.connection() as conn:
        for name, statement in COUNTED.items():
            for labels, number in await (await conn.execute(statement.encode())).fetchall():
                if number:
                    found[name, *labels] = float(number)
    return found


async def test_totals_are_what_the_tables_hold(desk: Desk, pool: Pool) -> None:
    for number in range(4):
        await desk.put(
            f"https://bay.test/{number}", f"{WORDS} It is number {number} of its kind, and the last word. " * 3
        )
    await desk.put("https://cape.test/0", f"{WORDS} It is number 0 of its kind, and the last word. " * 3)
    await desk.put("https://bay.test/1", f"{WORDS} Now the council has changed its mind, and says so at length. " * 3)
    await desk.put("https://bay.test/2", "Short.", kind="section")
    await desk.due("https://bay.test/waits")
    found = await totals(pool)
    assert found == await counts(pool)
    assert found["revision",] == 1
    assert found["copy",] > 0
    assert found["url", "pending", ""] == 1
    await run(pool, "DELETE FROM dateline.article WHERE url LIKE '%cape%'")
    await run(pool, "DELETE FROM dateline.url WHERE state = 'pending'")
    assert await totals(pool) == await counts(pool)
    await run(pool, "TRUNCATE dateline.article, dateline.url CASCADE")
    left = await totals(pool)
    assert {key[0] for key in left} == {"fetches"}, "what was done stays counted"


async def test_many_urls_that_end_at_once_add_to_each_total_once(desk: Desk, pool: Pool) -> None:
    """Added to once for each row, the total of a sitemap's 50,000 URLs took minutes."""
    targets = [Candidate(f"https://bay.test/2026/05/report-{number}", via="target") for number in range(300)]
    await desk.frontier.add_targets(targets, crawl_id=desk.crawl_id, source_id=None, now=NOW)
    async with pool.connection() as conn:
        await conn.execute("UPDATE dateline.url SET state = 'ended', reason = 'over_limit', next_attempt_at = NULL")
        touched = "SELECT n_tup_ins + n_tup_upd FROM pg_stat_xact_user_tables WHERE relname = 'total'"
        [changes] = await (await conn.execute(touched)).fetchone() or [0]
    assert 0 < changes <= 4
    found = await totals(pool)
    assert found == await counts(pool)
    assert found["url", "ended", "over_limit"] == 300


async def test_retention_takes_nothing_from_what_was_counted(desk: Desk, pool: Pool) -> None:
    await desk.put("https://bay.test/pier")
    await run(pool, "UPDATE dateline.fetch SET finished_at = now() - interval '91 days'")
    before = await totals(pool)
    await Upkeep(pool).prune(days=90)
    assert await column(pool, "SELECT id FROM dateline.fetch") == []
    assert await totals(pool) == before


async def test_rolled_back_work_is_not_counted(desk: Desk, pool: Pool) -> None:
    await desk.put("https://bay.test/pier")
    before = await totals(pool)
    async with pool.connection() as conn:
        await conn.execute("DELETE FROM dateline.article")
        await conn.rollback()
    assert await totals(pool) == before


async def test_many_writers_do_not_wait_and_lose_nothing(database: str, desk: Desk, pool: Pool) -> None:
    """Each holds its transaction open while the other counts the same kind; folding goes on meanwhile."""
    async with open_pool(database, max_size=6) as many:

        async def count(number: int) -> None:
            for _ in range(20):
                async with many.connection() as conn:
                    await conn.execute(query("metrics", "add_total"), {"name": "n", "amount": 1})
                    await conn.execute("SELECT pg_sleep(0.001)")

        async def fold() -> None:
            for _ in range(20):
                await fold_totals(pool)

        await asyncio.gather(*map(count, range(6)), fold())
        assert (await totals(pool))["n",] == 120
    while await column(pool, "SELECT backend FROM dateline.total WHERE name = 'n' AND backend <> 0"):
        await fold_totals(pool)  # the server processes of the closed pool end a moment after it
    assert (await totals(pool))["n",] == 120


async def test_two_transactions_count_the_same_kind_at_once(pool: Pool) -> None:
    async with pool.connection() as one, pool.connection() as other:
        for conn in (one, other):
            await conn.execute("SET LOCAL lock_timeout = '5s'")
            await conn.execute(query("metrics", "add_total"), {"name": "n", "amount": 1})
    assert (await totals(pool))["n",] == 2


# Publication to store ----------------------------------------------------------------------------------------------------


async def watched(pool: Pool, database: str, *, since: dt.datetime) -> None:
    """A source whose feed has been watched since then."""
    import psycopg

    from dateline.types.source import Source, WatchedPage

    feed = WatchedPage("https://bay.test/feed.xml", "feed")
    with psycopg.connect(database, autocommit=True) as conn:
        upsert_source(conn, Source("bay", "Bay", "https://bay.test/", watched=(feed,)))
        conn.execute("UPDATE dateline.feed SET added_at = %s", [since])
        conn.execute("UPDATE dateline.feed_state SET next_due_at = %s", [since])


async def found_and_stored(desk: Desk, instant: Instant | None, *, now: dt.datetime) -> None:
    """An article that a visit of the feed found, stored now."""
    import dataclasses

    from dateline.types.article import Extraction, Page
    from scheduler.cadence.next_visit import NextVisit

    frontier = Frontier(desk.pool)
    feed = (await frontier.due_feeds("bay.test", None, now))[0]
    url = f"https://bay.test/{now.timestamp()}"
    visit = FeedVisit(
        feed=feed, started_at=now, now=now, outcome="changed", is_ok=True, plan=lambda _: NextVisit(feed.next_due_at, 60, 0.0),
        candidates=(Candidate(url, via="rss"),),
    )  # fmt: skip
    await frontier.commit_visit(visit)
    due = next(one for one in await frontier.due_urls("bay.test", None, now) if one.url == url)
    found = Extraction(url=url, kind="article", title="Pier", text=f"{url} {WORDS}" * 2, extractor="test/1")
    page = Page(url, url, 200, (), b"page", now)
    await Store(desk.pool).store(due, page, dataclasses.replace(found, published=instant), now=now)


@pytest.mark.parametrize(
    ("published", "precision", "seconds"),
    [
        (NOW - dt.timedelta(minutes=7), "minute", 420.0),
        (NOW + dt.timedelta(seconds=30), "minute", 0.0),
        (NOW + dt.timedelta(hours=2), "minute", None),  # the publisher's clock or zone is wrong
        (NOW - dt.timedelta(minutes=7), "day", None),  # no time of day
        (NOW - dt.timedelta(days=2), "minute", None),  # it was there before the feed was watched
        (None, "", None),
    ],
)
async def test_delay_only_of_what_was_found_as_it_was_published(
    desk: Desk, pool: Pool, database: str, published: dt.datetime | None, precision: str, seconds: float | None
) -> None:
    await watched(pool, database, since=NOW - dt.timedelta(days=1))
    instant = Instant(published, precision, "json-ld", "raw") if published else None  # type: ignore[arg-type]
    await found_and_stored(desk, instant, now=NOW)
    found = await totals(pool)
    assert found["fetches", "new", "new"] == 1
    delays = {key[1]: value for key, value in found.items() if key[0] == "publish_to_store"}
    assert delays == ({} if seconds is None else {"600" if seconds else "15": 1.0})
    assert found.get(("publish_to_store_sum",), 0) == (seconds or 0)


async def test_a_scrape_reads_no_large_table_from_end_to_end(desk: Desk, pool: Pool) -> None:
    """With the planner free to choose on tables of some size."""
    async with pool.connection() as conn:
        await conn.execute(
            "INSERT INTO dateline.url (url_key, url, host, via) SELECT gen_random_uuid(), 'https://a.test/' || n, 'a.test', 'rss'"
            " FROM generate_series(1, 20000) n"
        )
        await conn.execute(
            "INSERT INTO dateline.fetch (url_id, fetched_at, result) SELECT id, now(), 'retry' FROM dateline.url"
        )
        await conn.execute("ANALYZE")
        plans = ""
        for area, name in (
            ("metrics", "totals"),
            ("metrics", "state"),
            ("service", "figures"),
            ("service", "ledger_counts"),
        ):
            rows = await conn.execute(f"EXPLAIN {query(area, name)}".encode())  # type: ignore[str-bytes-safe]
            plans += "\n".join(row[0] for row in await rows.fetchall())
    for table in ("fetch", "url"):
        assert f" on {table} " not in plans
    assert "Aggregate" in plans, "these are plans"
    assert (await totals(pool))["url", "pending", ""] == 20000


async def test_parsing_processes_that_died_are_counted_over_restarts(pool: Pool) -> None:
    await add_total(pool, "extraction_restarts", 2)
    await add_total(pool, "extraction_restarts", 1)
    assert (await totals(pool))["extraction_restarts",] == 3


async def test_bounds_of_the_buckets_are_those_that_the_database_counts_by(pool: Pool) -> None:
    source = await column(pool, "SELECT prosrc FROM pg_proc WHERE proname = 'count_fetches'")
    assert f"'{{{','.join(map(str, DELAY_BOUNDS))}}}'" in str(source[0])


def test_buckets_hold_all_below_their_bound() -> None:
    totals = [
        Total("publish_to_store", ["60"], 2), Total("publish_to_store", ["600"], 3), Total("publish_to_store", ["+Inf"], 1),
        Total("publish_to_store_sum", [], 99.5),
    ]  # fmt: skip
    state = ServiceState(0, 0, 0, 0.0, False, 0, 0, 0, None, 0, 0, 0, "18")
    page = exposition(MetricsSnapshot(totals, state, [], [], [], []), seconds=0.0).decode()
    samples = [line for line in page.splitlines() if line.startswith("dateline_publish_to_store_seconds_")]
    found = {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in samples}
    name = "dateline_publish_to_store_seconds"
    assert [found[f'{name}_bucket{{le="{le}"}}'] for le in ("30", "60", "300", "600", "604800", "+Inf")] == [
        0,
        2,
        2,
        5,
        5,
        6,
    ]
    assert (found[f"{name}_count"], found[f"{name}_sum"]) == (6, 99.5)
