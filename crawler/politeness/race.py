"""Connects to the first of a host's addresses that answers ("happy eyeballs", RFC 8305); for the crawler and for webhooks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import chain, zip_longest
from typing import TypeVar

from crawler.politeness.guard import SocketAddress

T = TypeVar("T")

MOST_PLACES = 6
HEAD_START_S = 0.25
"""So much later than the address before it an address is tried, unless that one failed sooner (RFC 8305, 5)."""


async def first_connection(
    places: Sequence[SocketAddress], connect: Callable[[SocketAddress], Awaitable[T]], *, discard: Callable[[T], object]
) -> T:
    """The connection to the first place that takes one; raises the error of the first place where all failed.

    `discard` closes a connection that came second.
    """
    waiting, running = in_turn(places)[:MOST_PLACES], dict[asyncio.Task[T], int]()
    errors, number = dict[int, Exception](), 0
    try:
        while True:
            if number < len(waiting):
                running[asyncio.create_task(_awaited(connect, waiting[number]))] = number
                number += 1
            head_start = HEAD_START_S if number < len(waiting) else None
            done, _ = await asyncio.wait(running, timeout=head_start, return_when=asyncio.FIRST_COMPLETED)
            for task in sorted(done, key=running.__getitem__):
                if task.exception() is None:
                    del running[task]
                    return task.result()
                errors[running.pop(task)] = _failure(task)
            if not running and number == len(waiting):
                raise errors[min(errors)]
    finally:
        await _leave(running, discard)


def in_turn(places: Sequence[SocketAddress]) -> list[SocketAddress]:
    """The places with IPv6 and IPv4 in turn, so that a dead network of one kind delays the other but once."""
    kinds = ([one for one in places if ":" in one.address], [one for one in places if ":" not in one.address])
    if places and ":" not in places[0].address:
        kinds = (kinds[1], kinds[0])
    return [one for one in chain.from_iterable(zip_longest(*kinds)) if one is not None]


async def _awaited(connect: Callable[[SocketAddress], Awaitable[T]], place: SocketAddress) -> T:
    return await connect(place)


def _failure(task: asyncio.Task[T]) -> Exception:
    error = task.exception()
    return error if isinstance(error, Exception) else ConnectionError(repr(error))


async def _leave(running: dict[asyncio.Task[T], int], discard: Callable[[T], object]) -> None:
    """Cancel the attempts that are left; close what connected all the same."""
    for task in running:
        task.cancel()
    for result in await asyncio.gather(*running, return_exceptions=True):
        if not isinstance(result, BaseException):
            discard(result)
