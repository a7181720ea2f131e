"""One feed that names hundreds of hosts takes no more than its share of the slots, and the other sources go first."""

from __future__ import annotations

import datetime as dt

import pytest

from dateline.types.source import Source, WatchedPage
from scheduler.jobs import VISITS, defer_hosts, make_app
from scheduler.leader_tasks import queue_due_hosts
from sql.database import Pool, connect
from sql.frontier.frontier import HOSTS_OF_A_SOURCE, Frontier
from sql.frontier.sources import upsert_source
from sql.service.leases import Upkeep
from tests.integration.support.queueing import opened, run_sql


@pytest.fixture
def crowd(database: str) -> str:
    """A source whose feed named 600 subdomains an hour ago, and ten papers whose feeds are due now."""
    with connect(database, autocommit=True) as connection:
        for name in ("burner", *(f"paper{n}" for n in range(10))):
            home = f"https://{name}.test/"
            upsert_source(connection, Source(name, name, home, watched=(WatchedPage(f"{home}feed", "feed"),)))
        connection.execute(
            "INSERT INTO dateline.url (url_key, url, host, source_id, via, next_attempt_at)"
            " SELECT gen_random_uuid(), 'https://h' || n || '.burner.test/', 'h' || n || '.burner.test',"
            " (SELECT id FROM dateline.source WHERE name = 'burner'), 'rss', now() - interval '1 hour'"
            " FROM generate_series(1, 600) AS n"
        )
        connection.execute("UPDATE dateline.feed_state SET next_due_at = now()")
    return database


JOBS = "SELECT lock FROM procrastinate.procrastinate_jobs ORDER BY id"


async def test_the_papers_are_queued_first_and_the_crowd_has_its_share(crowd: str, pool: Pool) -> None:
    async with opened(make_app(), crowd) as app:
        for _ in range(3):
            await queue_due_hosts(app, Frontier(pool), Upkeep(pool), slots_per_worker=32)
    hosts = [row[0] for row in run_sql(crowd, JOBS)]
    assert set(hosts[:11]) == {"burner.test", *(f"paper{n}.test" for n in range(10))}
    assert len(hosts) == 11 + 2


async def test_a_host_that_answered_is_not_doubtful_and_one_that_went_silent_is(crowd: str, pool: Pool) -> None:
    with connect(crowd, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO dateline.robots (origin, status, body, fetched_at, expires_at)"
            " VALUES ('https://h1.burner.test', 404, '', now(), now()), ('https://paper1.test', 0, '', now(), now())"
        )
    due = await Frontier(pool).due_hosts(dt.datetime.now(dt.UTC))
    doubtful = {one.host: one.is_doubtful for one in due}
    assert (doubtful["h1.burner.test"], doubtful["h10.burner.test"]) == (False, True)
    assert (doubtful["paper1.test"], doubtful["paper2.test"]) == (True, False)


async def test_of_a_source_only_the_first_hosts_are_looked_at(crowd: str, pool: Pool) -> None:
    due = await Frontier(pool).due_hosts(dt.datetime.now(dt.UTC))
    assert len(due) == 10 + HOSTS_OF_A_SOURCE


async def test_a_queued_host_names_its_source(crowd: str, pool: Pool) -> None:
    async with opened(make_app(), crowd) as app:
        await defer_hosts(app, ["h1.burner.test", "paper1.test"], sources={"h1.burner.test": 1})
    queued = {one.host: one for one in await Frontier(pool).queued_hosts(VISITS)}
    assert (queued["h1.burner.test"].source_id, queued["h1.burner.test"].is_doubtful) == (1, True)
    assert (queued["paper1.test"].source_id, queued["paper1.test"].is_watched) == (None, True)


async def test_late_pages_are_reported_unless_their_host_asked_to_wait(crowd: str, pool: Pool) -> None:
    upkeep = Upkeep(pool)
    assert (await upkeep.late_pages(late_s=120)).pages == 0
    run_sql(crowd, "UPDATE dateline.feed_state SET next_due_at = now() - interval '10 minutes' WHERE feed_id <= 3")
    run_sql(
        crowd, "INSERT INTO dateline.host_pace (host, backoff_until) VALUES ('paper1.test', now() + interval '1 h')"
    )
    late = await upkeep.late_pages(late_s=120)
    assert (late.pages, round(late.longest_s / 60)) == (2, 10)
