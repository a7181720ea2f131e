"""Messages to webhooks: sent again until taken, few at once, within the network guard and a deadline."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
import threading
import time

import pytest

from crawler.politeness.resolve import SystemLookup
from dateline.config import Settings
from scheduler.alerts.http_post import HttpPoster, guard_rules
from scheduler.alerts.webhook_retries import GIVE_UP_AFTER
from scheduler.alerts.webhook_sender import AT_ONCE, WebhookSender
from sql.watches.watches import Watches
from tests.integration.scheduler.alerts.conftest import BAKERS, LOOPBACK, Wire
from tests.integration.support.receiver import Received, Receiver


async def test_a_receiver_of_many_watches_gets_a_few_messages_at_once(wire: Wire) -> None:
    """A burst would overflow the queue of its connections, which are then reset."""
    at_once, most, lock = 0, 0, threading.Lock()

    def answer(received: Received) -> tuple[int, dict[str, str]]:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.05)
        with lock:
            at_once -= 1
        return 204, {}

    wire.receiver.answer = answer
    for number in range(4 * AT_ONCE):
        await wire.watch("ferry", f"w{number}")
    await wire.desk.put("https://bay.test/pier")
    await wire.teller.step()
    await wire.send()
    assert len(wire.receiver.got) == 4 * AT_ONCE
    assert 1 < most <= AT_ONCE


async def test_a_failed_message_is_sent_again_under_its_identity(wire: Wire) -> None:
    await wire.watch("ferry")
    await wire.desk.put("https://bay.test/pier")
    await wire.teller.step()
    wire.receiver.answer = lambda received: (503, {})
    await wire.send()
    await wire.send()
    assert await wire.states() == [("pending", 1, 503)]
    wire.clock.at += dt.timedelta(seconds=5)
    wire.receiver.answer = lambda received: None
    await wire.send()
    assert await wire.states() == [("pending", 2, None)]
    wire.clock.at += dt.timedelta(seconds=15)
    wire.receiver.answer = lambda received: (200, {})
    await wire.send()
    assert await wire.states() == [("delivered", 3, 200)]
    first, second, third = wire.receiver.got
    assert first.id == second.id == third.id
    assert first.body == second.body == third.body
    assert first.headers["webhook-signature"] != third.headers["webhook-signature"], "each attempt has its own instant"


async def test_an_endpoint_that_is_down_is_asked_by_one_message_alone(wire: Wire) -> None:
    await wire.watch("ferry OR oven")
    for number in range(5):
        await wire.desk.put(f"https://bay.test/{number}", f"{number} ferry. " + BAKERS * (number + 1))
    assert await wire.teller.step() == 5
    wire.receiver.answer = lambda received: (500, {})
    await wire.send()
    assert len(wire.receiver.got) == 1
    wire.receiver.answer = lambda received: (204, {})
    wire.clock.at += dt.timedelta(seconds=5)
    await wire.send()
    assert len(set(wire.urls())) == 5


async def test_a_message_that_is_refused_holds_up_no_other_and_dies_in_the_end(wire: Wire) -> None:
    await wire.watch("ferry OR oven")
    await wire.desk.put("https://bay.test/pier")
    await wire.desk.put("https://bay.test/oven", BAKERS)
    await wire.teller.step()
    wire.receiver.answer = lambda received: (400 if b"bay.test/pier" in received.body else 204, {})
    await wire.send()
    assert sorted(await wire.states()) == [("delivered", 1, 204), ("pending", 1, 400)]
    wire.clock.at += GIVE_UP_AFTER
    await wire.send()
    assert sorted(await wire.states()) == [("dead", 2, 400), ("delivered", 1, 204)]
    assert await wire.watches.retry_dead("pier", now=wire.clock.at) == 1
    wire.receiver.answer = lambda received: (204, {})
    await wire.send()
    assert {state for state, _, _ in await wire.states()} == {"delivered"}
    assert len({one.id for one in wire.receiver.got}) == 2


async def test_redirects_are_not_followed_and_retry_after_is_obeyed(wire: Wire) -> None:
    await wire.watch("ferry")
    await wire.desk.put("https://bay.test/pier")
    await wire.teller.step()
    wire.receiver.answer = lambda received: (307, {"Location": "/elsewhere"})
    await wire.send()
    wire.clock.at += dt.timedelta(seconds=5)
    wire.receiver.answer = lambda received: (429, {"Retry-After": "3600"})
    await wire.send()
    wire.clock.at += dt.timedelta(seconds=3599)
    await wire.send()
    assert [one.path for one in wire.receiver.got] == ["/hook?token=t0p"] * 2
    wire.clock.at += dt.timedelta(seconds=1)
    wire.receiver.answer = lambda received: (204, {})
    await wire.send()
    assert await wire.states() == [("delivered", 3, 204)]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.0.0.1:{port}/", "not a public address"),
        ("http://localhost:{port}/", "port"),
        ("http://user:word@example.org/", "credentials"),
        ("ftp://example.org/", "neither http nor https"),
    ],
)
async def test_the_network_guard_holds_for_webhooks(receiver: Receiver, url: str, said: str) -> None:
    lookup = SystemLookup()
    answer = await HttpPoster(guard_rules(Settings()), lookup, "Dateline/test").post(
        url.format(port=receiver.port), {}, b"{}"
    )
    lookup.close()
    assert (answer.status, receiver.got) == (None, [])
    assert said in answer.detail
    assert "word" not in answer.detail


async def test_an_endpoint_that_never_answers_has_a_deadline() -> None:
    lookup = SystemLookup()
    poster = HttpPoster(guard_rules(Settings(allow_networks=LOOPBACK)), lookup, "Dateline/test", timeout_s=0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        answer = await poster.post(f"http://127.0.0.1:{silent.getsockname()[1]}/", {}, b"{}")
    lookup.close()
    assert answer.detail == "no answer within 0.1 s"


async def test_two_senders_at_once_send_each_message_once(wire: Wire) -> None:
    await wire.watch("ferry OR oven")
    for number in range(8):
        await wire.desk.put(f"https://bay.test/{number}", f"{number} ferry. " + BAKERS * (number + 1))
    await wire.teller.step()
    lookup = SystemLookup()
    poster = HttpPoster(guard_rules(Settings(allow_networks=LOOPBACK)), lookup, "Dateline/test")
    other = WebhookSender(Watches(wire.desk.pool), poster, wire.clock)
    await asyncio.gather(wire.postman.step(), other.step())
    await asyncio.gather(wire.postman.rest(), other.rest())
    lookup.close()
    assert len(wire.receiver.got) == len({one.id for one in wire.receiver.got}) == 8


@pytest.mark.parametrize("wish", ["{at:%a, %d %b %Y %H:%M:%S GMT}", "{at:%A, %d-%b-%y %H:%M:%S GMT}", "3600"])
async def test_a_date_in_retry_after_is_kept(receiver: Receiver, wish: str) -> None:
    at = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    receiver.answer = lambda _: (503, {"Retry-After": wish.format(at=at)})
    lookup = SystemLookup()
    poster = HttpPoster(guard_rules(Settings(allow_networks=LOOPBACK)), lookup, "Dateline/test")
    answer = await poster.post(f"http://127.0.0.1:{receiver.port}/", {}, b"{}")
    lookup.close()
    assert 3590 <= answer.retry_after_s <= 3600
