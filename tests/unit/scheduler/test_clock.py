"""The clock of the scheduler's tasks."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from scheduler.leader import PeriodicTask, make_clock
from scheduler.lease import Leadership


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
