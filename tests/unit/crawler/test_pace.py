"""The pace of a host: turns taken one after another, backoff, and what Retry-After means."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.fetch.exchange import NoFetch
from crawler.politeness.in_memory import MemoryPace
from crawler.politeness.pace import DEFAULT_BACKOFF, MAX_BACKOFF, PaceGate, backoff_until, parse_retry_after

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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", NOW),
        (" 120 ", NOW + dt.timedelta(seconds=120)),
        ("999999999999", NOW + MAX_BACKOFF),
        ("Sun, 01 Mar 2026 12:05:00 GMT", NOW + dt.timedelta(minutes=5)),
        ("Sun, 01 Mar 2026 12:05:00", NOW + dt.timedelta(minutes=5)),
        ("Sun, 01 Mar 2020 12:05:00 GMT", NOW),
        ("Fri, 31 Dec 9999 23:59:59 GMT", NOW + MAX_BACKOFF),
        ("soon", None),
        ("-5", None),
        ("", None),
        ("\u0665", None),
    ],
)
def test_retry_after(text: str, expected: dt.datetime | None) -> None:
    assert parse_retry_after(text, now=NOW) == expected


@given(st.text(max_size=40))
def test_no_retry_after_is_beyond_the_limit(text: str) -> None:
    at = parse_retry_after(text, now=NOW)
    assert at is None or NOW <= at <= NOW + MAX_BACKOFF


def test_429_and_503_back_off_and_nothing_else_does() -> None:
    assert backoff_until(429, "30", now=NOW) == NOW + dt.timedelta(seconds=30)
    assert backoff_until(503, "", now=NOW) == backoff_until(429, "soon", now=NOW) == NOW + DEFAULT_BACKOFF
    assert backoff_until(500, "30", now=NOW) is backoff_until(200, "30", now=NOW) is None


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


async def test_who_would_wait_too_long_is_told_until_when() -> None:
    gate = PaceGate(ScriptedPace(3600.0), now=clock)
    with pytest.raises(NoFetch) as caught:
        async with gate.turn("a.example", delay_s=1, concurrency=1):
            pytest.fail("the turn came")
    assert caught.value.reason == "host_backoff"
    assert caught.value.retry_after == NOW + dt.timedelta(hours=1)


async def test_only_the_first_in_line_asks_and_the_order_is_kept() -> None:
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


async def test_a_closed_gate_sends_home_all_who_wait() -> None:
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
async def test_who_would_wait_for_tomorrow_is_told_why(today: int, reason: str) -> None:
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
