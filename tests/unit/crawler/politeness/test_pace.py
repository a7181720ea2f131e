"""The pace of a host: turns taken one after another, and what a backoff does to those who wait."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest

from crawler.exchange import NoFetch
from crawler.politeness.in_memory import MemoryPace
from crawler.politeness.pace import PaceGate

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def clock() -> dt.datetime:
    return NOW


class ScriptedPace:
    """A HostPace that gives these answers to `claim`, and writes down what it is asked."""

    def __init__(self, *waits: float) -> None:
        self.waits = list(waits)
        self.today = 0
        self.log: list[str] = []

    async def claim(self, host: str, *, delay_s: float, concurrency: int, a_day: int | None = None) -> float:
        self.log.append(f"claim {host} {delay_s:g} {concurrency}")
        return self.waits.pop(0) if self.waits else 0.0

    async def claimed_today(self, host: str) -> int:
        return self.today

    async def release(self, host: str, *, delay_s: float, backoff_until: dt.datetime | None) -> None:
        self.log.append(f"release {host} {backoff_until}")

    def release_soon(self, host: str, *, delay_s: float) -> None:
        self.log.append(f"release {host} soon")


async def test_a_turn_is_given_back_after_an_error_and_after_a_cancel() -> None:
    pace = ScriptedPace()
    gate = PaceGate(pace, now=clock)
    with pytest.raises(ZeroDivisionError):
        async with gate.turn("a.example", delay_s=1, concurrency=2):
            raise ZeroDivisionError

    async def hold() -> None:
        async with gate.turn("a.example", delay_s=1, concurrency=2) as turn:
            turn.backoff_until = NOW
            await asyncio.Event().wait()

    task = asyncio.create_task(hold())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert pace.log == [
        "claim a.example 1 2",
        "release a.example None",
        "claim a.example 1 2",
        f"release a.example {NOW}",
    ]


async def test_a_wait_that_is_too_long_is_refused_with_its_end() -> None:
    gate = PaceGate(ScriptedPace(3600.0), now=clock)
    with pytest.raises(NoFetch) as caught:
        async with gate.turn("a.example", delay_s=1, concurrency=1):
            pytest.fail("the turn came")
    assert caught.value.reason == "host_backoff"
    assert caught.value.retry_after == NOW + dt.timedelta(hours=1)


async def test_only_the_first_of_a_queue_claims_and_the_order_is_kept() -> None:
    pace = ScriptedPace(0.0, 30.0)
    gate = PaceGate(pace, now=clock)
    order: list[int] = []

    async def visit(number: int) -> None:
        async with gate.turn("a.example", delay_s=0, concurrency=1):
            order.append(number)
            await asyncio.sleep(0.01)

    await asyncio.gather(*(visit(number) for number in range(5)))
    assert order == [0, 1, 2, 3, 4]
    assert len([line for line in pace.log if line.startswith("claim")]) == 6


async def test_closing_the_gate_stops_all_waiting_requests() -> None:
    gate = PaceGate(ScriptedPace(30.0, 30.0), now=clock)

    async def visit() -> str:
        try:
            async with gate.turn("a.example", delay_s=0, concurrency=1):
                return "came"
        except NoFetch as error:
            return error.reason

    waiting = [asyncio.create_task(visit()) for _ in range(3)]
    await asyncio.sleep(0.01)
    gate.close()
    assert await asyncio.gather(*waiting) == ["stopped"] * 3


@pytest.mark.parametrize(("today", "reason"), [(39, "host_backoff"), (40, "daily_limit")])
async def test_a_reached_daily_limit_is_refused_with_that_reason(today: int, reason: str) -> None:
    pace = ScriptedPace(3600.0)
    pace.today = today
    with pytest.raises(NoFetch) as refused:
        async with PaceGate(pace, now=clock).turn("a.example", delay_s=1, concurrency=1, a_day=40):
            pass
    assert (refused.value.reason, refused.value.retry_after) == (reason, NOW + dt.timedelta(hours=1))


async def test_memory_pace_keeps_delay_concurrency_and_backoff() -> None:
    now = NOW
    pace = MemoryPace(now=lambda: now)
    assert await pace.claim("a.example", delay_s=2, concurrency=2) == 0
    assert await pace.claim("a.example", delay_s=2, concurrency=2) == 2
    assert await pace.claim("b.example", delay_s=0, concurrency=1) == 0
    now += dt.timedelta(seconds=2)
    assert await pace.claim("a.example", delay_s=2, concurrency=2) == 0
    now += dt.timedelta(seconds=2)
    assert await pace.claim("a.example", delay_s=2, concurrency=2) > 0
    await pace.release("a.example", delay_s=2, backoff_until=now + dt.timedelta(hours=1))
    assert await pace.claim("a.example", delay_s=2, concurrency=2) == 3600
