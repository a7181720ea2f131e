"""The clock of the scheduler's tasks."""

from __future__ import annotations

import asyncio
import datetime as dt
from functools import partial
from typing import Any

import apscheduler.schedulers.base
import apscheduler.triggers.interval
import pytest

from scheduler import leader
from scheduler.leader import PeriodicTask, make_clock, run_all
from scheduler.lease import Leadership
from scheduler.set_back import Reading, keep_time, set_back_s


def test_a_task_that_the_clocks_end_cuts_off_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    upkeep: Any = None  # nothing here asks for the lease
    seen = list[str]()

    async def play() -> None:
        begun = asyncio.Event()

        async def work() -> None:
            begun.set()
            try:
                await asyncio.sleep(60)
            finally:
                seen.append("cut off")

        clock = make_clock([PeriodicTask("slow", 0.05, work, is_for_all=True)], Leadership("one", upkeep))
        clock.start()
        await begun.wait()
        clock.shutdown(wait=False)
        await asyncio.sleep(0.05)

    asyncio.run(play())
    assert seen == ["cut off"]
    assert [one.message for one in caplog.records if one.levelname == "ERROR"] == []


class SteppedTime(dt.datetime):
    """datetime whose `now` is off by `step`."""

    step = dt.timedelta()

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> SteppedTime:
        return super().now(tz) + cls.step


@pytest.mark.parametrize("has_clock_keeper", [True, False])
def test_a_clock_that_is_set_back_stops_no_task(monkeypatch: pytest.MonkeyPatch, has_clock_keeper: bool) -> None:
    """Tasks waited until the clock had made up for it: an hour without a visit."""
    monkeypatch.setattr(SteppedTime, "step", dt.timedelta())
    monkeypatch.setattr(leader, "utc_now", lambda: SteppedTime.now(dt.UTC))
    for module in (apscheduler.schedulers.base, apscheduler.triggers.interval):
        monkeypatch.setattr(module, "datetime", SteppedTime)
    upkeep: Any = None  # nothing here asks for the lease
    runs = list[int]()

    async def play() -> None:
        begun = asyncio.Event()

        async def work() -> None:
            runs.append(1)
            begun.set()

        leadership = Leadership("one", upkeep)
        clock = make_clock([PeriodicTask("often", 0.05, work, is_for_all=True)], leadership)
        clock.start()
        keeper = asyncio.create_task(
            keep_time(partial(run_all, clock), leadership, upkeep, wall=lambda: SteppedTime.now(dt.UTC), look_s=0.05)
        )
        if not has_clock_keeper:
            keeper.cancel()
        await begun.wait()
        SteppedTime.step = -dt.timedelta(hours=1)
        await asyncio.sleep(0.2)  # a run that was underway
        begun.clear()
        if has_clock_keeper:
            async with asyncio.timeout(20):
                for _ in range(3):
                    await begun.wait()
                    begun.clear()
        else:
            await asyncio.sleep(0.3)
            assert not begun.is_set(), "APScheduler goes by the wall clock"
        keeper.cancel()
        clock.shutdown(wait=False)

    asyncio.run(play())


@pytest.mark.parametrize(
    ("wall", "boot", "back_s"),
    [(1.0, 1.0, 0), (-3599.0, 1.0, 3600), (-1.0, 1.0, 0), (-9.0, 1.0, 10), (3601.0, 1.0, 0), (30.0, 31.0, 0)],
)
def test_how_far_a_clock_was_set_back(wall: float, boot: float, back_s: float) -> None:
    assert set_back_s(Reading(5000.0, 70.0), Reading(5000.0 + wall, 70.0 + boot)) == back_s
