"""What a feed and its headers ask for, kept from visit to visit: real visits against a site on loopback."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from dateline.types.source import PollingHints
from tests.integration.support.feed_site import START, FeedSite, Reply, Watch, feed_site, rss, watching

HOUR = dt.timedelta(hours=1)
BUSY = [(f"news-{n}", START - n * dt.timedelta(minutes=7)) for n in range(20)]
"""A page that would be visited every few minutes."""


@pytest.fixture
def site() -> Iterator[FeedSite]:
    with feed_site() as running:
        yield running


def test_a_busy_page_that_asks_for_nothing_is_visited_soon(site: FeedSite, database: str) -> None:
    async def scene(watch: Watch) -> None:
        site.replies["/feed.xml"] = rss(*BUSY)
        assert (await watch.visit()).next_due_at - START < 0.5 * HOUR

    watching(database, site, scene)


def test_polling_hints_hold_for_visits_without_a_body(site: FeedSite, database: str) -> None:
    """Most visits are answered 304: a ttl that only a new body has would hold for one visit in a hundred."""

    async def scene(watch: Watch) -> None:
        site.replies["/feed.xml"] = rss(*BUSY, head="<ttl>180</ttl>", ETag='"1"')
        for _ in range(3):
            before = watch.now
            state = await watch.when_due()
            assert state.asked == PollingHints(3 * HOUR)
            assert state.next_due_at - watch.now >= 3 * HOUR
            assert watch.now >= before
        assert watch.outcomes() == ["changed", "not_modified", "not_modified"]
        site.replies["/feed.xml"] = rss(*BUSY, ETag='"2"')
        state = await watch.when_due()
        assert state.asked == PollingHints()
        assert state.next_due_at - watch.now < 2 * HOUR

    watching(database, site, scene)


def test_skipped_hours_are_kept_and_skipped(site: FeedSite, database: str) -> None:
    async def scene(watch: Watch) -> None:
        skipped = "".join(f"<hour>{hour}</hour>" for hour in (12, 13, 14))
        site.replies["/feed.xml"] = rss(*BUSY, head=f"<skipHours>{skipped}</skipHours>", ETag='"1"')
        assert (await watch.visit()).next_due_at == START + 3 * HOUR
        assert (await watch.visit(at=START + 0.2 * HOUR)).next_due_at == START + 3 * HOUR, "304: as it said before"

    watching(database, site, scene)


def test_a_header_is_heard_on_every_answer_and_for_an_hour_at_most(site: FeedSite, database: str) -> None:
    async def scene(watch: Watch) -> None:
        year = {"Cache_Control": "public, max-age=31536000", "ETag": '"1"'}
        site.replies["/feed.xml"] = rss(*BUSY, **year)
        for outcome in ("changed", "not_modified"):
            wait = (await watch.when_due()).next_due_at - watch.now
            assert HOUR <= wait <= 1.1 * HOUR
            assert watch.outcomes()[-1] == outcome
        site.replies["/feed.xml"] = rss(*BUSY, Cache_Control="max-age=3000", Age="2900")
        assert (await watch.when_due()).next_due_at - watch.now < 0.5 * HOUR, "it is an old copy, soon renewed"

    watching(database, site, scene)


def test_an_operators_own_schedule_overrides_polling_hints(site: FeedSite, database: str) -> None:
    async def scene(watch: Watch) -> None:
        site.replies["/feed.xml"] = rss(*BUSY, head="<ttl>600</ttl><skipHours><hour>12</hour></skipHours>")
        state = await watch.visit()
        assert state.next_due_at - watch.now <= dt.timedelta(minutes=15)

    watching(database, site, scene, schedule="every 15m")


def test_a_503_with_a_date_is_kept_and_a_200_with_one_is_not(site: FeedSite, database: str) -> None:
    async def scene(watch: Watch) -> None:
        site.replies["/feed.xml"] = rss(*BUSY, Retry_After="86400")
        assert (await watch.visit()).next_due_at - watch.now < HOUR
        # from here on by the wall clock: it is the fetcher's
        site.replies["/feed.xml"] = Reply(b"", {"Retry-After": "7200"}, 503)
        state = await watch.visit(at=dt.datetime.now(dt.UTC))
        assert 2 * HOUR <= state.next_due_at - watch.now < 3 * HOUR
        assert watch.rows("SELECT last_outcome, failures::float8 FROM dateline.feed_state") == [("http_503", 0.25)]

    watching(database, site, scene)
