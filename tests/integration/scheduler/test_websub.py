"""WebSub against a hub on loopback: found, asked, verified, pushed, renewed, denied, ended; and what strangers get."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import click
import orjson
import psycopg
import pytest
from click.testing import CliRunner

from crawler.politeness.guard import GuardRules
from crawler.politeness.resolve import SystemLookup
from dateline.cli.context import Context
from dateline.cli.service.schedule import schedule
from dateline.cli.sources.sources import sources
from dateline.clock import utc_now
from dateline.config import Settings
from scheduler.alerts.http_post import HttpPoster
from scheduler.websub.protocol import DENIED, ENDING_TRIES, VERIFY
from scheduler.websub.server import BURST, serve_callback
from scheduler.websub.subscriber import Subscriber
from sql.database import Pool, connect, open_pool
from sql.frontier.sources import remove_sources, upsert_source
from sql.frontier.websub import Hub as NamedHub
from sql.frontier.websub import Subscriptions, set_hub
from tests.integration.support.feed_site import FEED, FeedSite, Watch, feed_site, rss, source, watching
from tests.integration.support.hub import Hub, answer_of, push, running_hub
from tests.integration.support.queueing import until

TOPIC = "http://bay.test/feed.xml"


@pytest.fixture
def hub() -> Iterator[Hub]:
    with running_hub() as running:
        yield running


@pytest.fixture
def site() -> Iterator[FeedSite]:
    with feed_site() as running:
        yield running


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def base() -> str:
    return f"http://127.0.0.1:{free_port()}"


@asynccontextmanager
async def called_back(url: str, base: str, **settings: Any) -> AsyncIterator[None]:
    """Callbacks are served at that base URL within the block."""
    stop, port = asyncio.Event(), int(base.rpartition(":")[2])
    serving = asyncio.create_task(serve_callback(Settings(callback_port=port, **settings), url, stop))
    try:
        await until(lambda: is_listening(port), "callbacks are not served")
        yield
    finally:
        stop.set()
        await serving


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def subscriber(pool: Pool, base: str, *, now: dt.datetime | None = None, allow: str = "127.0.0.0/8") -> Subscriber:
    """Who asks the hubs, at a time."""
    rules = GuardRules.parse((allow,), (), tuple(range(1024, 65536)) if allow.startswith("127") else ())
    poster = HttpPoster(rules, SystemLookup(), "Dateline/0", timeout_s=5)
    return Subscriber(Subscriptions(pool), poster, base, clock=lambda: now or utc_now())


def rows(url: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        done = connection.execute(statement.encode())
        return done.fetchall() if done.description else []


def states(url: str) -> list[str]:
    return [row[0] for row in rows(url, "SELECT state FROM dateline.subscription ORDER BY id")]


async def wanted(pool: Pool, url: str, hub_url: str, topic: str = TOPIC) -> None:
    """The source's feed has named that hub."""
    with connect(url, autocommit=True) as connection:
        upsert_source(connection, source())
        (feed,) = connection.execute("SELECT id FROM dateline.feed").fetchone() or (0,)
    async with pool.connection() as conn, conn.transaction():
        await set_hub(conn, feed, NamedHub(hub_url, topic), now=utc_now())


async def subscribed(pool: Pool, url: str, hub: Hub, base: str) -> str:
    """An active subscription; its callback."""
    await wanted(pool, url, hub.url)
    assert await subscriber(pool, base).step() == 1
    await until(lambda: states(url) == ["active"], "the hub did not verify")
    await until(lambda: bool(hub.subscribers), "the hub was not answered")
    ((_, callback),) = hub.subscribers
    return callback


# The whole circle ----------------------------------------------------------------------------------------------------------


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


async def test_a_hub_that_can_not_be_told_to_stop_is_left_to_its_lease(
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


async def test_commands_tell_how_a_subscription_stands(
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


# What strangers get ----------------------------------------------------------------------------------------------------------


def get(url: str) -> tuple[int, str]:
    return answer_of(urllib.request.Request(url))


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


# Killed in between -------------------------------------------------------------------------------------------------------------


ASK = """
import asyncio, os, signal, sys
from tests.integration.scheduler.test_websub import subscriber
from scheduler.alerts.http_post import HttpPoster
from sql.database import open_pool

async def main() -> None:
    url, base, when = sys.argv[1:]
    if when == "before":
        async def killed(*words: object) -> None:
            os.kill(os.getpid(), signal.SIGKILL)
        HttpPoster.post = killed
    async with open_pool(url) as pool:
        await subscriber(pool, base).step()

asyncio.run(main())
"""


def asker(url: str, base: str, when: str) -> subprocess.Popen[bytes]:
    """A process that asks the hubs."""
    return subprocess.Popen([sys.executable, "-c", ASK, url, base, when], cwd=Path(__file__).parents[3])


async def test_killed_before_the_hub_was_asked_it_is_asked_again(
    pool: Pool, database: str, hub: Hub, base: str
) -> None:
    await wanted(pool, database, hub.url)
    assert await asyncio.to_thread(asker(database, base, "before").wait, 30) == -signal.SIGKILL
    assert (hub.asked, states(database)) == ([], ["asked"])
    async with called_back(database, base):
        assert await subscriber(pool, base, now=utc_now() + VERIFY).step() == 1
        await until(lambda: states(database) == ["active"], "not asked again")


async def test_killed_while_the_hub_was_asked_its_verification_counts(
    pool: Pool, database: str, hub: Hub, base: str
) -> None:
    hub.held = threading.Event()
    await wanted(pool, database, hub.url)
    async with called_back(database, base):
        with asker(database, base, "while") as process:
            await until(lambda: bool(hub.asked), "the hub was not asked")
            os.kill(process.pid, signal.SIGKILL)
        hub.held.set()
        await until(lambda: states(database) == ["active"], "the verification did not count")
        assert await asyncio.to_thread(hub.distribute, TOPIC) == [202]


async def test_killed_in_the_middle_of_a_push_nothing_is_lost(
    pool: Pool, database: str, hub: Hub, base: str, tmp_path: Path
) -> None:
    """The hub has no answer, so it pushes again; and a push that counted twice is one visit."""
    port = base.rpartition(":")[2]
    async with called_back(database, base):
        callback = await subscribed(pool, database, hub, base)
    environment = os.environ | {
        "DATELINE_DATABASE_URL": database,
        "DATELINE_CALLBACK_URL": base,
        "DATELINE_CALLBACK_PORT": port,
    }
    command = [sys.executable, "-m", "dateline", "--data-dir", str(tmp_path), "callback"]
    for _ in range(2):
        with subprocess.Popen(command, env=environment) as process:
            await until(lambda: is_listening(int(port)), "callbacks are not served")
            half = socket.create_connection(("127.0.0.1", int(port)))
            path = callback.removeprefix(base)
            half.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n<rss".encode())
            await asyncio.to_thread(get, f"{base}/")
            process.kill()
        half.close()
    assert rows(database, "SELECT pushes, refused FROM dateline.subscription") == [(0, 0)]
    async with called_back(database, base):
        assert [await asyncio.to_thread(hub.distribute, TOPIC) for _ in range(2)] == [[202]] * 2
    (feed,) = rows(database, "SELECT next_due_at <= now() FROM dateline.feed_state")
    assert feed == (True,)


async def test_two_askers_ask_once(pool: Pool, database: str, hub: Hub, base: str) -> None:
    hub.verifies = False
    await wanted(pool, database, hub.url)
    async with open_pool(database) as other:
        counts = await asyncio.gather(*(subscriber(one, base).step() for one in (pool, other)))
    assert sum(counts) == len(hub.asked) == 1
