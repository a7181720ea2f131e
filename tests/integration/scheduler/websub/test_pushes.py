"""What is accepted at the callback: verifications that were asked for and signed pushes, within bounds."""

from __future__ import annotations

import asyncio
import datetime as dt
import urllib.request
from typing import Any

import pytest

from dateline.clock import utc_now
from scheduler.websub.server import BURST
from sql.database import Pool
from tests.integration.support.feed_site import FeedSite
from tests.integration.support.hub import Hub, answer_of, push
from tests.integration.support.subscribing import (
    TOPIC,
    called_back,
    get,
    rows,
    states,
    subscribed,
)


async def test_nothing_is_confirmed_that_was_not_asked_for(pool: Pool, database: str, hub: Hub, base: str) -> None:
    async with called_back(database, base):
        callback = await subscribed(pool, database, hub, base)
        token = callback.rpartition("/")[2]
        asked = f"hub.challenge=%3Cscript%3E&hub.topic={TOPIC}&hub.lease_seconds=60"
        for url in (
            f"{callback}?hub.mode=subscribe&hub.challenge=x&hub.topic=http://other.test/",
            f"{callback}?hub.mode=subscribe&hub.challenge=x",
            f"{callback}?hub.mode=subscribe&hub.topic={TOPIC}",
            f"{callback}?hub.mode=subscribe&hub.topic={TOPIC}&hub.challenge={'x' * 3000}",
            f"{callback}?hub.mode=unsubscribe&{asked}",
            f"{callback}?hub.mode=denied&hub.topic=http://other.test/",
            f"{callback}?hub.mode=publish&{asked}",
            f"{callback}?hub.mode=subscribe&hub.challenge=x&hub.topic=%00",
            callback,
            f"{base}/websub/{'A' * 43}?hub.mode=subscribe&{asked}",
            f"{base}/websub/{token[:-1]}?hub.mode=subscribe&{asked}",
            f"{base}/websub/",
            f"{base}/",
            f"{base}/healthz",
            f"{base}/metrics",
        ):
            assert await asyncio.to_thread(get, url) == (404, ""), url
        assert states(database) == ["active"]
        answer = await asyncio.to_thread(urllib.request.urlopen, f"{callback}?hub.mode=subscribe&{asked}")
        assert answer.read() == b"<script>"
        assert answer.headers["content-type"].startswith("text/plain")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert rows(database, "SELECT lease_until > now() + '50 minutes' FROM dateline.subscription") == [(True,)]
        put = urllib.request.Request(callback, b"", method="PUT")
        assert (await asyncio.to_thread(answer_of, put))[0] == 404


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "sha384", "sha512"])
async def test_a_push_counts_with_a_good_signature_only(
    pool: Pool, database: str, hub: Hub, base: str, algorithm: str
) -> None:
    far = (
        "UPDATE dateline.feed_state SET next_due_at = now() + interval '1 day', last_visit_at = now() - interval '1 h'"
    )
    due = "SELECT next_due_at <= now() FROM dateline.feed_state"
    async with called_back(database, base):
        callback = await subscribed(pool, database, hub, base)
        rows(database, far)
        for signature in (None, "", f"{algorithm}=", f"{algorithm}={'0' * 40}", "md5=0", "sha256"):
            assert await asyncio.to_thread(push, callback, b"<rss/>", signature) == 202, "it tells a stranger nothing"
        assert rows(database, due) == [(False,)]
        assert rows(database, "SELECT pushes, refused FROM dateline.subscription") == [(0, 6)]
        assert await asyncio.to_thread(hub.distribute, TOPIC, b"<rss>news</rss>", algorithm=algorithm) == [202]
        assert rows(database, due) == [(True,)]
        assert rows(database, "SELECT pushes, refused FROM dateline.subscription") == [(1, 6)]


async def test_pushes_are_bounded_in_size_and_number(pool: Pool, database: str, hub: Hub, base: str) -> None:
    async with called_back(database, base, max_bytes=100_000):
        callback = await subscribed(pool, database, hub, base)
        assert hub.subscribers
        assert await asyncio.to_thread(hub.distribute, TOPIC, b"x" * 100_001) == [413]
        assert await asyncio.to_thread(hub.distribute, TOPIC, b"x" * 100_000) == [202]
        answers = [await asyncio.to_thread(push, callback, b"", "sha1=0") for _ in range(BURST)]
        assert answers[: BURST - 3] == [202] * (BURST - 3)
        assert answers[-1] == 429


async def test_a_push_during_a_visit_is_not_lost_with_the_visits_own_plan(
    site: FeedSite, pool: Pool, database: str, hub: Hub, base: str
) -> None:
    """The visit may have read the page a moment before the news was there; its commit sets when it is due next."""
    async with called_back(database, base):
        await subscribed(pool, database, hub, base)
        from sql.frontier.frontier import Frontier

        frontier = Frontier(pool)
        now = utc_now() + dt.timedelta(seconds=5)
        (feed,) = await frontier.due_feeds("bay.test", None, now)
        assert feed.is_pushed
        assert await asyncio.to_thread(hub.distribute, TOPIC) == [202]
        await frontier.commit_visit(quiet_visit(feed, now))
        (due_at,) = rows(database, "SELECT next_due_at FROM dateline.feed_state")[0]
        assert due_at <= now + dt.timedelta(minutes=1)


def quiet_visit(feed: Any, now: dt.datetime) -> Any:
    """A visit that found nothing and would come again in a day."""
    from scheduler.cadence.next_visit import NextVisit
    from scheduler.websub.visit import pushed_visit
    from sql.frontier.rows import FeedVisit

    tomorrow = NextVisit(now + dt.timedelta(days=1), 86_400, 0.0)
    visit = FeedVisit(feed, started_at=now, now=now, outcome="not_modified", is_ok=True, plan=lambda _: tomorrow)
    return pushed_visit(feed, visit, now=now)
