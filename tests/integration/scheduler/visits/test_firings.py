"""Cron and interval schedules through real visits: late, missed, made up once, and never done twice by two."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator

import pytest

from scheduler.jobs import make_app
from scheduler.lease import LEASE, LEASE_S
from sql.service.leases import Upkeep
from tests.integration.support.feed_site import HOST, START, FeedSite, Watch, feed_site, rss, watching
from tests.integration.support.leading import Candidate
from tests.integration.support.queueing import opened

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def site() -> Iterator[FeedSite]:
    with feed_site() as running:
        running.replies["/feed.xml"] = rss()
        yield running


@pytest.mark.parametrize(
    ("schedule", "down_h", "next_at"),
    [
        # due at noon, back at 18:00: once now, then tomorrow at noon
        ("0 12 * * *", 6, "2026-05-05T12:00"),
        # down for three days and a half: once, not four times
        ("0 12 * * *", 84, "2026-05-08T12:00"),
        ("0 * * * *", 6.5, "2026-05-04T19:00"),
        # an interval keeps to its grid: noon, 12:45 …
        ("every 45m", 6.1, "2026-05-04T18:45"),
    ],
)
def test_missed_firings_are_made_up_once(
    site: FeedSite, database: str, schedule: str, down_h: float, next_at: str
) -> None:
    async def scene(watch: Watch) -> None:
        watch.now = START + down_h * HOUR
        assert [one.host for one in await watch.visitor.context.frontier.due_hosts(watch.now)] == [HOST]
        for _ in range(3):
            await watch.visitor.visit_host(HOST)
        assert site.asked("/feed.xml") == [200]
        assert (await watch.feed()).next_due_at == dt.datetime.fromisoformat(next_at).replace(tzinfo=dt.UTC)
        assert await watch.visitor.context.frontier.due_hosts(watch.now) == []

    watching(database, site, scene, schedule=schedule)


def test_two_schedulers_and_two_deliveries_make_one_visit_of_a_firing(site: FeedSite, database: str) -> None:
    """A firing is the page's next_due_at, and its visit moves that on in the transaction that records it: who comes second,
    with whatever job, finds nothing due."""

    async def scene(watch: Watch) -> None:
        upkeep = Upkeep(watch.pool)
        async with opened(make_app(), watch.url) as app:
            both = []
            for name in ("one", "two"):
                watch.rows("DELETE FROM dateline.lease")
                await upkeep.take_lease(LEASE, name, life_s=LEASE_S)
                both.append(Candidate(name, app, watch.pool))
                await both[-1].hold()
            assert all(one.is_leader for one in both)
            await asyncio.gather(*(one.tick() for one in both for _ in range(3)))
        assert watch.rows("SELECT lock FROM procrastinate.procrastinate_jobs") == [(HOST,)]
        for _ in range(2):
            await watch.visitor.visit_host(HOST)
        assert site.asked("/feed.xml") == [200]

    watching(database, site, scene, schedule="0 12 * * *")


@pytest.mark.parametrize("change", ["schedule = '0 25 * * *'", "schedule = '0 9 * * *', timezone = 'Mars/Base'"])
def test_a_schedule_that_can_not_be_read_any_more_does_not_leave_its_page_due(
    site: FeedSite, database: str, change: str
) -> None:
    """An error in every visit would ask the publisher once a second, for ever."""

    async def scene(watch: Watch) -> None:
        watch.rows(f"UPDATE dateline.source SET {change}")
        for _ in range(3):
            await watch.visitor.visit_host(HOST)
        assert site.asked("/feed.xml") == [200]
        assert (await watch.feed()).next_due_at > START

    watching(database, site, scene)
