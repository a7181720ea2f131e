"""Writers that store near copies at the same time: one family each, whichever comes first, and no chains."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Sequence

import pytest

from pipelines.arrival import Arrival
from pipelines.copies.families import Settlement
from pipelines.copies.match import Document
from pipelines.copies.store import CopyLinks, Proposal, sketch_of
from pipelines.store import Store
from sql.database import Pool
from sql.statements import Connection
from tests.integration.conftest import NOW, Desk, published
from tests.integration.pipelines.test_store import rows

STORIES, COPIES, WRITERS = 12, 6, 8


def story(number: int) -> list[str]:
    """A text of 160 words, some of which recur as they do in a language."""
    pick = random.Random(number)
    words = [f"{pick.choice('bdfgklmnprst')}{pick.choice('aeiou')}{pick.choice('lmnrst')}{n:x}" for n in range(400)]
    return pick.choices(words, weights=[1 / rank for rank in range(1, 401)], k=160)


def near_copy(text: Sequence[str], seed: int) -> str:
    """The text with some of its words exchanged, and its end cut off."""
    pick = random.Random(seed)
    kept = text[: 160 - 4 * seed]
    return " ".join(pick.choice(text) if pick.random() < 0.04 else word for word in kept)


async def put_all(desk: Desk) -> None:
    gate = asyncio.Semaphore(WRITERS)

    async def put(number: int, copy: int) -> None:
        async with gate:
            text = near_copy(story(number), copy)
            await desk.put(f"https://site{copy}.test/story-{number}", text, published=published(6 + copy))

    await asyncio.gather(*(put(number, copy) for number in range(STORIES) for copy in range(COPIES)))


async def families(pool: Pool) -> list[tuple[str, int]]:
    found = await rows(pool, "SELECT original_url, count(*)::int AS copies FROM news.copies GROUP BY 1 ORDER BY 1")
    return [(row["original_url"], row["copies"]) for row in found]


async def test_writers_that_race_on_near_copies_make_one_family_a_story(desk: Desk) -> None:
    await put_all(desk)
    assert await families(desk.pool) == sorted((f"https://site0.test/story-{n}", COPIES - 1) for n in range(STORIES))


async def test_race_produces_errors_without_locks(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was decided before the locks, taken as it is, tears families apart: that is what `link` looks again for."""

    monkeypatch.setattr("pipelines.copies.store._is_outdated", lambda *_: False)
    monkeypatch.setattr(CopyLinks, "turn", lambda *_: contextlib.nullcontext())
    await put_all(desk)
    assert sum(copies for _, copies in await families(desk.pool)) < STORIES * (COPIES - 1)


async def test_a_flood_of_near_copies_is_never_compared_while_others_wait_for_its_locks(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each found the family changed once it held the locks: a site's flood held up the texts of all others for seconds."""
    compared = list[str]()
    decided = CopyLinks._decide_in_turn

    async def recorded(
        self: CopyLinks, conn: Connection, newcomer: Document, near: tuple[int, ...]
    ) -> Settlement | None:
        compared.append(newcomer.url)
        return await decided(self, conn, newcomer, near)

    monkeypatch.setattr(CopyLinks, "_decide_in_turn", recorded)
    text = " ".join(story(1))
    await asyncio.gather(*(desk.put(f"https://flood.test/{n}", f"{text} last{n}") for n in range(WRITERS)))
    assert (await families(desk.pool), compared) == ([(None, WRITERS - 1)], [])


async def test_outdated_proposal_is_not_used(desk: Desk) -> None:
    """The candidate's text became another between look-up and lock: what was proposed would link two strangers."""
    text = near_copy(story(1), 0)
    await desk.put("https://a.test/x", text, published=published(6))
    copies = CopyLinks(desk.pool, None)
    newcomer = Document("https://b.test/x", text, "b.test", NOW, seen_at=NOW)
    proposal = await copies.propose(newcomer, sketch_of(text), (), NOW)
    assert proposal.settlement is not None
    await desk.put("https://a.test/x", near_copy(story(2), 0), published=published(6))

    async def stale(arrival: Arrival) -> tuple[Arrival, Proposal]:
        return arrival, proposal

    store = Store(desk.pool)
    store._look_ahead = stale  # type: ignore[method-assign, assignment]
    desk.store = store
    await desk.put("https://b.test/x", text, published=published(7))
    assert await families(desk.pool) == []
