"""Places of the parser pool go to those who used the least: a site that only burns time can't keep the others waiting."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from dateline.parser_pool.turns import HEAVY_S, MEMORY_S, Turns


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


class Calls:
    """Calls of sites, each of which lasts until it is ended."""

    def __init__(self, places: int, *, extra: int = 0) -> None:
        self.clock = Clock()
        self.turns = Turns(places, extra=extra, clock=self.clock)
        self.running: list[str] = []
        self._ends: dict[str, list[asyncio.Event]] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def _run(self, site: str, cpu_s: float) -> None:
        async with self.turns.turn(site) as turn:
            self.running.append(site)
            end = asyncio.Event()
            self._ends.setdefault(site, []).append(end)
            await end.wait()
            self.running.remove(site)
            turn.cpu_s = cpu_s

    async def ask(self, *sites: str, cpu_s: float = 0.1) -> None:
        self._tasks += [asyncio.create_task(self._run(site, cpu_s)) for site in sites]
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def end(self, site: str) -> None:
        self._ends[site].pop(0).set()
        for _ in range(4):
            await asyncio.sleep(0)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def test_the_source_that_used_least_is_next() -> None:
    calls = Calls(1)
    await calls.ask("burner", cpu_s=5.0)
    await calls.ask(*["burner"] * 300, "paper")
    await calls.end("burner")
    assert calls.running == ["paper"]
    await calls.close()


async def test_heavy_sites_share_half_of_the_places_and_the_others_find_the_rest() -> None:
    calls = Calls(4)
    heavy = [f"burner{n}" for n in range(10)]
    for site in heavy:
        await calls.ask(site, cpu_s=HEAVY_S + 5)
        await calls.end(site)
    await calls.ask("paper")
    await calls.ask(*heavy * 3)
    assert sorted(calls.running) == ["burner0", "burner1", "paper"]
    await calls.ask("post")
    assert sorted(calls.running) == ["burner0", "burner1", "paper", "post"]
    await calls.close()


async def test_a_site_alone_has_all_places() -> None:
    calls = Calls(4)
    await calls.ask("archive", cpu_s=100.0)
    await calls.end("archive")
    await calls.ask(*["archive"] * 5)
    assert calls.running == ["archive"] * 4, "it was light itself a moment ago: that keeps no place from it"
    await calls.close()


async def test_a_site_that_used_much_has_all_places_a_minute_after_the_last_other_one() -> None:
    calls = Calls(4)
    await calls.ask("paper")
    await calls.end("paper")
    await calls.ask("archive", cpu_s=100.0)
    await calls.end("archive")
    await calls.ask(*["archive"] * 5)
    assert calls.running == ["archive"] * 2
    calls.clock.now += 61
    await calls.end("archive")
    assert calls.running == ["archive"] * 4
    await calls.close()


async def test_use_fades() -> None:
    calls = Calls(1)
    await calls.ask("burner", cpu_s=20.0)
    await calls.end("burner")
    assert round(calls.turns.used_s("burner"), 6) == 20.0
    calls.clock.now += 10 * MEMORY_S
    assert calls.turns.used_s("burner") < 0.01
    await calls.close()


async def test_a_call_that_gave_up_waiting_takes_no_place() -> None:
    calls = Calls(1)
    await calls.ask("a", "b", "c")
    calls._tasks[1].cancel()
    await asyncio.sleep(0)
    await calls.end("a")
    assert calls.running == ["c"]
    await calls.close()


async def test_a_slow_call_leaves_its_place_as_far_as_there_are_extra_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dateline.parser_pool.turns.SLOW_S", 0.01)
    calls = Calls(1, extra=1)
    await calls.ask("a", "b", "c", "d")
    assert calls.running == ["a"]
    await asyncio.sleep(0.1)
    assert calls.running == ["a", "b"], "the second keeps its place: there is one extra"
    await calls.end("a")
    await asyncio.sleep(0.1)
    assert calls.running == ["b", "c"]
    await calls.close()


async def test_a_site_with_a_slow_call_gets_no_other_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dateline.parser_pool.turns.SLOW_S", 0.01)
    calls = Calls(1, extra=5)
    await calls.ask("paper")
    await calls.end("paper")
    await calls.ask("burner", "burner", "burner")
    await asyncio.sleep(0.1)
    assert calls.running == ["burner"]
    await calls.ask("paper")
    assert calls.running == ["burner", "paper"]
    await calls.end("burner")
    await calls.end("paper")
    assert calls.running == ["burner"]
    await calls.close()
