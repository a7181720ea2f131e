"""WebSub against a hub on loopback: found, asked, verified, renewed, denied, and ended."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from pathlib import Path

import click
import orjson
import pytest
from click.testing import CliRunner

from dateline.cli.context import Context
from dateline.cli.service.schedule import schedule
from dateline.cli.sources.sources import sources
from dateline.clock import utc_now
from dateline.config import Settings
from scheduler.websub.protocol import DENIED, ENDING_TRIES, VERIFY
from sql.database import Pool, connect
from sql.frontier.sources import remove_sources, upsert_source
from tests.integration.support.feed_site import FEED, FeedSite, Watch, rss, source, watching
from tests.integration.support.hub import Hub, push, running_hub
from tests.integration.support.queueing import until
from tests.integration.support.subscribing import (
    TOPIC,
    called_back,
    rows,
    states,
    subscribed,
    subscriber,
    wanted,
)


@pytest.mark.parametrize("told_by", ["header", "feed"])
def test_a_page_that_names_a_hub_is_pushed_and_visited_at_once_and_rarer_by_schedule(
    site: FeedSite, hub: Hub, database: str, base: str, told_by: str
) -> None:
    items = [("news-0", dt.datetime(2026, 5, 4, 6, tzinfo=dt.UTC))]
    head = f"<atom:link rel='hub' href='{hub.url}'/><atom:link rel='self' href='{TOPIC}'/>"
    links = {"Link": f'<{hub.url}>; rel="hub", <{TOPIC}>; rel="self"'}

    def publish() -> None:
        items.append((f"news-{len(items)}", utc_now()))
        site.replies["/feed.xml"] = rss(*items, **links) if told_by == "header" else rss(*items, head=head)

    async def scene(watch: Watch) -> None:
        publish()
        async with called_back(watch.url, base):
            await watch.visit(at=utc_now())
            assert states(watch.url) == ["wanted"]
            assert await subscriber(watch.pool, base).step() == 1
            await until(lambda: states(watch.url) == ["active"], "not verified")
            assert (await watch.feed()).is_pushed
            for pushes in range(1, 5):
                publish()
                assert await asyncio.to_thread(hub.distribute, TOPIC) == [202]
                pushed = await watch.feed()
                assert pushed.pushes == pushes
                assert pushed.next_due_at <= watch.now + dt.timedelta(minutes=1), (
                    "due at once, or a minute after the last"
                )
                due = await watch.visitor.context.frontier.due_hosts(watch.now + dt.timedelta(minutes=2))
                assert [one.host for one in due] == ["bay.test"]
                state = await watch.visit(at=max(utc_now(), pushed.next_due_at))
                assert (state.trust, state.heeded) == (pushes, pushes)
            assert watch.rows("SELECT count(*) FROM dateline.url") == [(len(items),)]
            assert await asyncio.to_thread(hub.distribute, TOPIC) == [202]
            assert (await watch.visit()).heeded == 5, "on a visit that finds the page as it was, too"
            rare = (await watch.visit()).next_due_at - watch.now
            watch.rows("UPDATE dateline.subscription SET trust = 0")
            usual = (await watch.visit()).next_due_at - watch.now
            assert 3 * usual < rare <= dt.timedelta(days=1)

    watching(database, site, scene, callback_url=base)


def test_without_a_callback_no_hub_is_asked(site: FeedSite, hub: Hub, database: str) -> None:
    async def scene(watch: Watch) -> None:
        site.replies["/feed.xml"] = rss(("a", utc_now()), Link=f"<{hub.url}>; rel=hub")
        await watch.visit(at=utc_now())
        assert states(watch.url) == []

    watching(database, site, scene)


def test_another_hub_takes_the_place_of_the_first_and_none_ends_it(site: FeedSite, hub: Hub, database: str) -> None:
    async def scene(watch: Watch) -> None:
        for links, expected in (
            ({"Link": f"<{hub.url}>; rel=hub"}, [("wanted", hub.url, FEED)]),
            ({"Link": "<http://other.test/>; rel=hub"}, [("wanted", "http://other.test/", FEED)]),
            ({}, []),
        ):
            site.replies["/feed.xml"] = rss((f"news-{len(links)}{expected}", utc_now()), **links)
            await watch.visit(at=utc_now())
            assert watch.rows("SELECT state, hub, topic FROM dateline.subscription") == expected
        site.replies["/feed.xml"] = rss(("b", utc_now()), Link=f"<{hub.url}>; rel=hub")
        await watch.visit(at=utc_now())
        watch.rows("UPDATE dateline.subscription SET state = 'active'")
        site.replies["/feed.xml"] = rss(("c", utc_now()), Link="<http://other.test/>; rel=hub")
        await watch.visit(at=utc_now())
        assert states(watch.url) == ["ending", "wanted"]
        assert len(set(watch.rows("SELECT token FROM dateline.subscription"))) == 2, "each has a path of its own"

    watching(database, site, scene, callback_url="https://news.test")


# Asking hubs -----------------------------------------------------------------------------------------------------------------


async def test_a_lease_is_renewed_before_its_end(pool: Pool, database: str, hub: Hub, base: str) -> None:
    async with called_back(database, base):
        await subscribed(pool, database, hub, base)
        early = utc_now() + dt.timedelta(seconds=0.6 * hub.lease_s)
        assert await subscriber(pool, base, now=early).step() == 0
        late = utc_now() + dt.timedelta(seconds=0.85 * hub.lease_s)
        assert await subscriber(pool, base, now=late).step() == 1
        assert states(database) == ["active"], "it goes on while it is renewed"
        await until(lambda: len(hub.told) == 2, "not verified anew")
    assert [one["hub.mode"] for one in hub.asked] == ["subscribe"] * 2
    assert len({one["hub.callback"] for one in hub.asked}) == 1
    assert rows(database, "SELECT failures, problem FROM dateline.subscription") == [(0, None)]


async def test_a_hub_that_does_not_answer_or_verify_is_asked_again_later(
    pool: Pool, database: str, hub: Hub, base: str
) -> None:
    await wanted(pool, database, hub.url)
    hub.refuse = 500
    await subscriber(pool, base).step()
    assert rows(database, "SELECT state, failures, problem FROM dateline.subscription") == [("asked", 1, "HTTP 500")]
    hub.refuse, hub.verifies = None, False
    assert await subscriber(pool, base).step() == 0
    later = utc_now() + dt.timedelta(minutes=6)
    assert await subscriber(pool, base, now=later).step() == 1
    problem = rows(database, "SELECT failures, problem FROM dateline.subscription")
    assert problem == [(2, "not verified yet")]
    assert await subscriber(pool, base, now=later + VERIFY).step() == 1


async def test_a_hub_may_send_us_on(pool: Pool, database: str, hub: Hub, base: str) -> None:
    with running_hub() as first:
        first.redirect_to = hub.url
        async with called_back(database, base):
            await wanted(pool, database, first.url)
            await subscriber(pool, base).step()
            await until(lambda: states(database) == ["active"], "the second hub did not verify")
        assert hub.asked == first.asked
        hub.redirect_to = hub.url
        await wanted(pool, database, first.url, topic="http://bay.test/other")
        rows(database, "DELETE FROM dateline.subscription WHERE state = 'ending'")
        await subscriber(pool, base).step()
        assert len(hub.asked) <= 4, "not round and round"


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "[::1]", "2130706433"])
async def test_a_hub_at_a_private_address_is_not_asked(
    pool: Pool, database: str, hub: Hub, base: str, address: str
) -> None:
    await wanted(pool, database, f"http://{address}:{hub.port}/hub")
    assert await subscriber(pool, base, allow="192.0.2.0/24").step() == 1
    assert hub.asked == []
    assert rows(database, "SELECT state, problem IS NOT NULL FROM dateline.subscription") == [("asked", True)]


async def test_a_subscription_that_is_denied_is_asked_for_weekly(
    pool: Pool, database: str, hub: Hub, base: str
) -> None:
    hub.deny = "no such topic"
    async with called_back(database, base):
        await wanted(pool, database, hub.url)
        await subscriber(pool, base).step()
        await until(lambda: states(database) == ["denied"], "not denied")
        assert rows(database, "SELECT problem FROM dateline.subscription") == [("no such topic",)]
        await until(lambda: hub.told == [("denied", 200, "")], "the hub was not answered")
        assert await subscriber(pool, base, now=utc_now() + DENIED / 2).step() == 0
        hub.deny = None
        assert await subscriber(pool, base, now=utc_now() + DENIED).step() == 1
        await until(lambda: states(database) == ["active"], "not taken up again")


@pytest.mark.parametrize("is_denied", [False, True])
async def test_a_hub_may_be_faster_than_its_own_answer(
    pool: Pool, database: str, hub: Hub, base: str, is_denied: bool
) -> None:
    """It verifies, or denies, while we still wait for what it says to the request."""
    hub.held, hub.deny = threading.Event(), "no" if is_denied else None
    async with called_back(database, base):
        await wanted(pool, database, hub.url)
        asking = asyncio.create_task(subscriber(pool, base).step())
        await until(lambda: bool(hub.asked), "the hub was not asked")
        await asyncio.to_thread(hub.verify, hub.asked[0])
        before = rows(database, "SELECT state, next_at, problem FROM dateline.subscription")
        assert before[0][0] == ("denied" if is_denied else "active")
        hub.verifies = False
        hub.held.set()
        await asking
        assert rows(database, "SELECT state, next_at, problem FROM dateline.subscription") == before


@pytest.mark.parametrize("gone", ["source removed", "page dropped"])
async def test_unwatched_pages_are_unsubscribed(pool: Pool, database: str, hub: Hub, base: str, gone: str) -> None:
    async with called_back(database, base):
        callback = await subscribed(pool, database, hub, base)
        with connect(database, autocommit=True) as connection:
            if gone == "source removed":
                remove_sources(connection, ["bay"])
            else:
                upsert_source(connection, source("adaptive", "http://bay.test/other.xml"))
        await subscriber(pool, base).step()
        await until(lambda: states(database) == [], "not ended")
        await until(lambda: hub.subscribers == {}, "the hub does not know")
        assert await asyncio.to_thread(push, callback, b"", "sha1=00") == 404


async def test_a_hub_that_can_not_be_asked_to_stop_is_left_to_its_lease(
    pool: Pool, database: str, hub: Hub, base: str
) -> None:
    async with called_back(database, base):
        callback = await subscribed(pool, database, hub, base)
        rows(database, "UPDATE dateline.source SET removed_at = now()")
        hub.refuse, now = 503, utc_now()
        for tries in range(1, ENDING_TRIES + 1):
            assert await subscriber(pool, base, now=now).step() == 1
            is_known = tries < ENDING_TRIES
            assert len(states(database)) == is_known
            assert await asyncio.to_thread(push, callback, b"", None) == (410 if is_known else 404)
            now += dt.timedelta(days=1)


async def test_commands_show_the_state_of_a_subscription(
    pool: Pool, database: str, hub: Hub, base: str, tmp_path: Path
) -> None:
    context = Context(Settings(data_dir=tmp_path, database_url=database))

    def told(command: click.Command, *arguments: str) -> str:
        return CliRunner().invoke(command, arguments, obj=context, catch_exceptions=False).stdout

    await wanted(pool, database, hub.url)
    assert f"websub wanted: {FEED} at {hub.url}\n" in await asyncio.to_thread(told, sources, "show", "bay")
    async with called_back(database, base):
        await subscribed(pool, database, hub, base)
    rows(database, "UPDATE dateline.feed_state SET interval_s = 600")
    assert f"websub active: {FEED} at {hub.url}, until 20" in await asyncio.to_thread(told, sources, "show", "bay")
    (page,) = orjson.loads(await asyncio.to_thread(told, sources, "show", "bay", "--json"))["watched"]
    assert (page["websub"], page["hub"], page["hub_problem"]) == ("active", hub.url, None)
    (planned,) = orjson.loads(await asyncio.to_thread(told, schedule, "--json"))
    assert planned["websub"] == "active"
    assert planned["why"].endswith("; pushed by its hub")
    assert rows(database, "SELECT secret FROM dateline.subscription")[0][0] not in str(page)
