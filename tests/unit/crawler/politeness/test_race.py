"""The first address that answers is taken: none that is dead, silent or refused holds up the others."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from threading import Thread

import pytest

from crawler.exchange import FetchRequest
from crawler.fetch.event_loop import run
from crawler.fetch.fetcher import Fetcher
from crawler.fetch.settings import FetchSettings
from crawler.politeness.guard import Address, GuardRules, SocketAddress
from crawler.politeness.in_memory import MemoryPace, MemoryRobots
from crawler.politeness.race import HEAD_START_S, first_connection, in_turn
from dateline.types.article import Page
from scheduler.alerts.http_post import HttpPoster

DEAD, ALIVE, REFUSING = "127.0.0.2", "127.0.0.1", "127.0.0.3"


@contextmanager
def host_with_a_dead_address() -> Iterator[int]:
    """A port that answers at ALIVE, never at DEAD (its queue is full) and refuses at REFUSING."""
    listener = socket.create_server((ALIVE, 0))
    port = listener.getsockname()[1]
    dead = socket.socket()
    dead.bind((DEAD, port))
    dead.listen(0)
    fillers = [socket.socket() for _ in range(4)]
    for one in fillers:
        one.setblocking(False)
        one.connect_ex((DEAD, port))

    def serve() -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            if peer.recv(65536):
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\nnews")
            peer.close()

    thread = Thread(target=serve)
    thread.start()
    try:
        yield port
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
        for one in (listener, dead, *fillers):
            one.close()


async def lookup(host: str) -> list[Address]:
    return [ip_address(DEAD), ip_address(REFUSING), ip_address(ALIVE)]


def test_the_crawler_passes_over_a_dead_address() -> None:
    with host_with_a_dead_address() as port:
        there = FetchSettings("Dateline/0", allow_networks=("127.0.0.0/8",), allowed_ports=(port,))

        async def scene() -> object:
            async with Fetcher(there, pace=MemoryPace(), robots=MemoryRobots(), lookup=lookup) as fetcher:
                request = FetchRequest(f"http://bay.example:{port}/", delay_s=0, obey_robots=False)
                return await fetcher.fetch(request)

        began = time.monotonic()
        page = run(scene)
    assert isinstance(page, Page)
    assert page.body == b"news"
    assert time.monotonic() - began < 9, "the dead address alone takes ten seconds"


async def test_a_webhook_passes_over_a_dead_address() -> None:
    with host_with_a_dead_address() as port:
        rules = GuardRules.parse(("127.0.0.0/8",), (), (port,))
        answer = await HttpPoster(rules, lookup, "Dateline/0", timeout_s=20).post(
            f"http://bay.example:{port}/", {}, b""
        )
    assert answer.status == 200, answer


async def race(*waits: tuple[float, Exception | None]) -> str:
    """Which of several addresses is taken; each has its time until it answers or fails."""
    places = [SocketAddress(str(number), 80) for number in range(len(waits))]

    async def connect(place: SocketAddress) -> str:
        wait, error = waits[int(place.address)]
        await asyncio.sleep(wait)
        if error is not None:
            raise error
        return place.address

    return await first_connection(places, connect, discard=lambda _: None)


@pytest.mark.parametrize(
    ("waits", "taken"),
    [
        ([(0.0, None), (0.0, None)], "0"),
        ([(60.0, None), (0.0, None)], "1"),
        ([(0.0, OSError()), (0.0, ssl.SSLError()), (0.0, None)], "2"),
        ([(60.0, None), (0.0, OSError()), (60.0, None), (0.01, None)], "3"),
        ([(HEAD_START_S + 0.1, None), (60.0, None)], "0"),
    ],
)
async def test_the_first_that_answers_is_taken(waits: list[tuple[float, Exception | None]], taken: str) -> None:
    assert await asyncio.wait_for(race(*waits), 30) == taken


async def test_the_error_is_that_of_the_first_address() -> None:
    with pytest.raises(ConnectionRefusedError, match="first"):
        await race((0.1, ConnectionRefusedError("first")), (0.0, OSError("second")))


def test_ipv6_and_ipv4_take_turns() -> None:
    places = [SocketAddress(address, 80) for address in ("::1", "::2", "::3", "10.0.0.1", "10.0.0.2")]
    assert [one.address for one in in_turn(places)] == ["::1", "10.0.0.1", "::2", "10.0.0.2", "::3"]
