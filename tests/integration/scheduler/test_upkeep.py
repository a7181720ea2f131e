"""What the hourly upkeep drops, and what it must leave."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest

from dateline.types.article import Candidate
from scheduler.jobs import defer_hosts, make_app
from scheduler.lease import Leadership
from scheduler.set_back import keep_time
from sql.database import Pool
from sql.frontier.crawls import CrawlOptions, Crawls
from sql.service.leases import Upkeep
from tests.integration.conftest import NOW, Desk
from tests.integration.support.queueing import opened

OLD = "now() - interval '91 days'"
RECENT = "now() - interval '89 days'"


async def run(pool: Pool, statement: str) -> None:
    async with pool.connection() as conn:
        await conn.execute(statement.encode())


async def column(pool: Pool, statement: str) -> list[object]:
    async with pool.connection() as conn:
        return [row[0] for row in await (await conn.execute(statement.encode())).fetchall()]


async def a_crawl(desk: Desk, pool: Pool, name: str, *, finished: str | None, seen: str = "now()") -> int:
    """A crawl with a sitemap index, its child, and a URL that the child named."""
    crawls = Crawls(pool)
    crawl = await crawls.begin([name], CrawlOptions())
    await crawls.watch(crawl, None, f"https://{name}.test/index.xml", "sitemap", now=NOW)
    await run(
        pool,
        f"INSERT INTO dateline.feed (crawl_id, parent_id, url, url_hash, host, kind) SELECT crawl_id, id,"
        f" 'https://{name}.test/1.xml', gen_random_uuid(), host, 'sitemap' FROM dateline.feed WHERE crawl_id = {crawl}",
    )
    await desk.frontier.add_targets(
        [Candidate(f"https://{name}.test/pier", via="sitemap")], crawl_id=crawl, source_id=None, now=NOW
    )
    await run(
        pool,
        f"UPDATE dateline.url SET feed_id = (SELECT max(id) FROM dateline.feed WHERE crawl_id = {crawl})"
        f" WHERE crawl_id = {crawl}",
    )
    await run(
        pool, f"UPDATE dateline.crawl SET finished_at = {finished or 'NULL'}, seen_at = {seen} WHERE id = {crawl}"
    )
    return crawl


async def test_pages_of_crawls_long_over_go_and_their_urls_stay(desk: Desk, pool: Pool) -> None:
    over = await a_crawl(desk, pool, "over", finished=OLD)
    killed = await a_crawl(desk, pool, "killed", finished=None, seen=OLD)
    recent = await a_crawl(desk, pool, "recent", finished=RECENT)
    running = await a_crawl(desk, pool, "running", finished=None)
    await Upkeep(pool).prune(days=90)
    assert await column(pool, "SELECT DISTINCT crawl_id FROM dateline.feed ORDER BY 1") == [recent, running]
    kept = await column(pool, "SELECT crawl_id FROM dateline.url WHERE feed_id IS NULL ORDER BY 1")
    assert kept == [over, killed]
    assert len(await column(pool, "SELECT id FROM dateline.crawl")) == 5, "what was crawled when stays known"


@pytest.mark.parametrize(
    ("status", "days_ago", "is_kept"), [("failed", 8, False), ("aborted", 8, False), ("failed", 6, True)]
)
async def test_jobs_that_failed_go_after_a_week(
    database: str, pool: Pool, status: str, days_ago: int, is_kept: bool
) -> None:
    async with opened(make_app(), database) as app:
        await defer_hosts(app, ["bay.test"])
    await run(pool, f"UPDATE procrastinate.procrastinate_jobs SET status = '{status}'")
    await run(pool, f"UPDATE procrastinate.procrastinate_events SET at = now() - interval '{days_ago} days'")
    await Upkeep(pool).prune(days=90)
    assert len(await column(pool, "SELECT id FROM procrastinate.procrastinate_jobs")) == is_kept


async def test_a_job_that_waits_for_long_stays(database: str, pool: Pool) -> None:
    async with opened(make_app(), database) as app:
        await defer_hosts(app, ["bay.test"])
    await run(pool, "UPDATE procrastinate.procrastinate_events SET at = now() - interval '100 days'")
    await Upkeep(pool).prune(days=90)
    assert await column(pool, "SELECT lock FROM procrastinate.procrastinate_jobs") == ["bay.test"]


async def test_articles_and_archived_fetches_stay_for_good(desk: Desk, pool: Pool) -> None:
    """A fetch with its page in the archive is how that page is found; retention of the archive takes it out."""
    await desk.put("https://bay.test/kept", "Words about the pier and its lanterns. " * 40)
    await desk.put("https://bay.test/bare", "Other words, about bakers and a bridge. " * 40)
    await run(pool, f"UPDATE dateline.fetch SET finished_at = {OLD}")
    await run(pool, "UPDATE dateline.fetch SET archive_file = 'f' WHERE id = (SELECT min(id) FROM dateline.fetch)")
    await Upkeep(pool).prune(days=90)
    assert await column(pool, "SELECT archive_file FROM dateline.fetch") == ["f"]
    assert len(await column(pool, "SELECT id FROM dateline.article")) == 2


async def test_long_dead_processes_are_taken_off_the_list(pool: Pool) -> None:
    upkeep = Upkeep(pool)
    for name in ("dead", "silent", "fresh"):
        await upkeep.beat(name, "worker", "here")
    await run(pool, "UPDATE dateline.heartbeat SET seen_at = now() - interval '2 hours' WHERE process <> 'fresh'")
    async with pool.connection() as conn:
        await conn.execute("SET application_name = 'silent'")
        await conn.commit()
        await upkeep.prune_processes()
        await conn.execute("RESET application_name")
    assert await column(pool, "SELECT process FROM dateline.heartbeat ORDER BY 1") == ["fresh", "silent"]
    assert [one.process for one in await upkeep.live_processes()] == ["fresh"]


async def test_sketches_go_when_their_articles_leave_the_window(pool: Pool) -> None:
    """All but those of the last twenty before it, whose numbers may be mixed with later ones."""
    await run(
        pool,
        "INSERT INTO dateline.article (url_key, url, site, kind, text, content_hash, word_count, revised_at, first_seen_at,"
        " extractor) SELECT gen_random_uuid(), 'https://a.test/' || n, 'a.test', 'article', '', gen_random_uuid(), 0, now(),"
        " now() - make_interval(days => 99 - n), 'x' FROM generate_series(1, 90) AS n ORDER BY n",
    )
    await run(pool, "INSERT INTO dateline.sketch (hash, article_id) SELECT 7, id FROM dateline.article")
    await Upkeep(pool).prune_sketches(days=60)
    kept = await column(pool, "SELECT count(*) FROM dateline.sketch")
    assert kept == [90 - 39 + 20]


async def test_dates_from_a_fast_clock_are_repaired(desk: Desk, pool: Pool) -> None:
    """An hour, say, for some seconds: what was visited and found meanwhile would wait for an hour too long, or for a year."""
    upkeep = Upkeep(pool)
    crawl = await a_crawl(desk, pool, "bay", finished=None)
    ahead = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    found = [Candidate(f"https://bay.test/{n}", via="feed") for n in range(2)]
    await desk.frontier.add_targets(found, crawl_id=crawl, source_id=None, now=ahead)
    await run(
        pool,
        "UPDATE dateline.url SET next_attempt_at = now() + interval '20 hours', discovered_at = now()"
        " WHERE url = 'https://bay.test/1'",
    )
    await run(
        pool,
        "UPDATE dateline.feed_state SET last_visit_at = now() + interval '1 hour', next_due_at = now() + interval '2 hours'"
        " WHERE feed_id = (SELECT min(feed_id) FROM dateline.feed_state)",
    )
    assert await upkeep.repair_future_dates() == (1, 1)
    assert await upkeep.repair_future_dates() == (0, 0)
    late = "WHERE next_attempt_at > now() + interval '1 minute'"
    assert await column(pool, f"SELECT url FROM dateline.url {late}") == ["https://bay.test/1"], "a wait of its own"
    assert await column(pool, "SELECT count(*) FROM dateline.feed_state WHERE next_due_at > now()") == [0]


async def test_waits_are_as_long_as_before_when_the_clock_was_set_back(desk: Desk, pool: Pool) -> None:
    """Hosts, pages and leases of the hour before were left alone for an hour."""
    upkeep = Upkeep(pool)
    crawl = await a_crawl(desk, pool, "bay", finished=None)
    ahead = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    await desk.frontier.add_targets(
        [Candidate("https://bay.test/0", via="feed")], crawl_id=crawl, source_id=None, now=ahead
    )
    visited = (
        "UPDATE dateline.feed_state SET last_visit_at = now() + interval '{}', next_due_at = now() + interval '{}'"
    )
    await run(pool, visited.format("59 minutes", "90 minutes"))
    await run(
        pool,
        "INSERT INTO dateline.host_pace (host, next_allowed_at, busy, busy_until)"
        " VALUES ('bay.test', now() + interval '61 minutes', 1, now() + interval '62 minutes')"
        " ON CONFLICT (host) DO UPDATE"
        " SET next_allowed_at = excluded.next_allowed_at, busy = 1, busy_until = excluded.busy_until",
    )
    await run(
        pool,
        "INSERT INTO dateline.lease (name, holder, expires_at) VALUES ('old', 'gone', now() + interval '3605 seconds')",
    )
    await upkeep.clock_set_back(3600.0)
    minutes = "SELECT round(extract(epoch FROM {} - now()) / 60)::int FROM dateline.{}"
    assert await column(pool, minutes.format("min(next_due_at)", "feed_state")) == [30]
    assert await column(pool, minutes.format("max(last_visit_at)", "feed_state")) == [0]
    assert await column(pool, minutes.format("next_allowed_at", "host_pace")) == [1]
    assert await column(pool, minutes.format("busy_until", "host_pace")) == [2]
    assert await column(pool, minutes.format("max(next_attempt_at)", "url")) == [0]
    assert await column(pool, minutes.format("expires_at", "lease WHERE name = 'old'")) == [0]
    assert await upkeep.repair_future_dates() == (0, 0), "nothing is due that was not"
    await run(pool, visited.format("0", "20 minutes"))
    await upkeep.clock_set_back(3600.0)
    assert await column(pool, minutes.format("min(next_due_at)", "feed_state")) == [20], "visited since then"


async def test_a_page_never_visited_is_due_as_soon_as_before_when_the_clock_was_set_back(
    desk: Desk, pool: Pool
) -> None:
    await a_crawl(desk, pool, "bay", finished=None)
    await run(pool, "UPDATE dateline.feed_state SET last_visit_at = NULL, next_due_at = now() + interval '1 hour'")
    await Upkeep(pool).clock_set_back(3600.0)
    assert await column(pool, "SELECT count(*) FROM dateline.feed_state WHERE next_due_at > now()") == [0]


async def test_hosts_wait_as_long_as_they_asked_where_the_database_kept_its_time(pool: Pool) -> None:
    """Only the clock of this machine is set back; the database is on another one."""
    upkeep, asked = Upkeep(pool), asyncio.Event()
    leadership = Leadership("one", upkeep)
    await leadership.hold()
    await run(
        pool,
        "INSERT INTO dateline.host_pace (host, next_allowed_at, backoff_until)"
        " VALUES ('bay.test', now(), now() + interval '30 minutes')",
    )
    off = dt.timedelta()
    keeper = asyncio.create_task(
        keep_time(asked.set, leadership, upkeep, wall=lambda: dt.datetime.now(dt.UTC) + off, look_s=0.2)
    )
    await asyncio.sleep(1)
    off = -dt.timedelta(hours=1)
    await asyncio.wait_for(asked.wait(), 20)
    await asyncio.sleep(1)
    keeper.cancel()
    assert await column(pool, "SELECT backoff_until > now() FROM dateline.host_pace") == [True]


async def test_a_wait_from_a_wrong_clock_ends(desk: Desk, pool: Pool) -> None:
    """Counted from a clock that was a year ahead."""
    await a_crawl(desk, pool, "bay", finished=None)
    await run(pool, "UPDATE dateline.url SET next_attempt_at = now() + interval '1 year'")
    assert await Upkeep(pool).repair_future_dates() == (0, 1)
