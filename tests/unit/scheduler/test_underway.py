"""How many URLs of a host are underway at once: slots while it is asked, limits on what waits to be stored."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from typing import Any

import pytest

from scheduler.visits.underway import MOST_BYTES, MOST_PAGES, Underway, Unstored, UrlUnderway
from tests.unit.scheduler.test_visit_decisions import due


class Pages:
    """URLs whose pages the test answers and stores; `sizes` are those of the answered ones."""

    def __init__(self, sizes: Sequence[int | None] = (), unstored: Unstored | None = None) -> None:
        self.unstored = unstored or Unstored()
        self.underway = Underway(self.unstored)
        self.slots: list[UrlUnderway] = []
        self.stored: list[asyncio.Future[dt.datetime | None]] = []
        for size in sizes:
            self.stored.append(asyncio.get_running_loop().create_future())
            self.underway.begin(replace(due(), id=len(self.slots)), self.fetch)
            if size is not None:
                self.slots[-1].leave(size)

    async def _store(self, number: int) -> dt.datetime | None:
        return await self.stored[number]

    def fetch(self, slot: UrlUnderway) -> Coroutine[Any, Any, dt.datetime | None]:
        self.slots.append(slot)
        return self._store(len(self.slots) - 1)


FULL = Unstored(MOST_PAGES, 0)
HEAVY = Unstored(2, MOST_BYTES)


@pytest.mark.parametrize(
    ("sizes", "width", "others", "may"),
    [
        ([], 1, Unstored(), True),
        ([None], 1, Unstored(), False),
        ([None], 2, Unstored(), True),
        ([5], 1, Unstored(), True),
        ([5, None], 1, Unstored(), False),
        ([5] * 3, 1, Unstored(), True),
        ([5] * 4, 1, Unstored(), False),
        ([5, 5, 5, 5, None, None, None], 4, Unstored(), True),
        ([5, 5, 5, 5, None, None, None, None], 4, Unstored(), False),
        ([5] * 15, 4, Unstored(), True),
        ([5] * 16, 4, Unstored(), False),
        ([], 1, FULL, True),
        ([5], 1, FULL, False),
        ([5], 2, FULL, True),
        ([5], 1, HEAVY, False),
        ([None], 2, HEAVY, True),
    ],
)
async def test_a_host_may_be_asked(sizes: list[int | None], width: int, others: Unstored, may: bool) -> None:
    pages = Pages(sizes, replace(others))
    assert pages.underway.may_ask(width) == may
    await pages.underway.cancel()
    assert pages.unstored == others


async def test_a_page_that_needs_more_of_its_host_holds_a_slot_and_ends_once() -> None:
    pages = Pages([70, 30])
    assert (pages.unstored.pages, pages.unstored.size, pages.underway.ids) == (2, 100, {0, 1})
    pages.slots[0].enter()
    assert not pages.underway.may_ask(1)
    assert await pages.underway.ended() == [], "a slot was left"
    until = dt.datetime(2026, 5, 4, tzinfo=dt.UTC)
    pages.stored[0].set_result(until)
    assert await pages.underway.ended() == [until]
    assert (pages.unstored.pages, pages.unstored.size) == (1, 30)
    assert pages.underway.may_ask(1)
    pages.stored[1].set_exception(LookupError("a defect"))
    with pytest.raises(LookupError):
        await pages.underway.ended()
    assert (len(pages.underway), pages.unstored) == (0, Unstored())
