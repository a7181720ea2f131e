"""One outlet's flood of near-identical pages does not decide what a story is called, how large it is, or who was first."""

from __future__ import annotations

import datetime as dt
import random

from pipelines.stories.assignment import assign_waiting
from tests.integration.conftest import NOW, Desk
from tests.integration.pipelines.test_evidence import dated, watched
from tests.integration.pipelines.test_store import rows

PAPER = (
    "Fire broke out aboard the ferry Solveig off Lindvik on Monday morning, and all 214 passengers were taken off in boats. "
    "Captain Rune Aasland said that flames had come from the engine room shortly after the ship left Karroy. Two engineers "
    "breathed in smoke. Tugs brought the Solveig to the quay at Lindvik, where inspectors from the coastguard went aboard. "
    "The company, Fjordlinje, has stopped her sister ship Sunniva until the cause is known."
)
RADIO = (
    "Passengers of the burning Solveig have told how they waited for boats on the car deck. Smoke came up the stairs, said "
    "a teacher from Karroy who reached Lindvik with her class. The coastguard counted 214 people ashore. Fjordlinje, which "
    "owns the ferry, praised captain Rune Aasland; the engine room is sealed until Tuesday."
)
SPAM = "Solveig ferry Lindvik Karroy Aasland fire Fjordlinje shocking news you must read"


def flood_page(n: int) -> str:
    """A page on the same event, in words that are much the same each time and tell little."""
    chance = random.Random(n)
    words = [f"offer{chance.randrange(400)}" for _ in range(4)]
    return (
        f"{SPAM}. Passengers of the ferry Solveig were taken off in boats at Lindvik on Monday, 214 of them, and smoke came from "
        "the engine room. Captain Rune Aasland and Fjordlinje, which owns her sister ship Sunniva, will not tell you what the "
        f"coastguard found near Karroy. {' '.join(words)}. Click for the number {n} of the Solveig fire at the quay of Lindvik."
    )


async def flood(desk: Desk, *, since: int, pages: int) -> None:
    for n in range(pages):
        await desk.put(
            f"https://www{n % 5}.mallory.test/solveig-{n}",
            flood_page(n),
            title=f"Solveig ferry fire at Lindvik: {n} shocking facts",
            now=NOW + dt.timedelta(minutes=since + n),
            published=dated(5 + n / 60),
        )


async def story(desk: Desk) -> dict[str, object]:
    await assign_waiting(desk.pool, now=lambda: NOW + dt.timedelta(hours=3))
    [found] = await rows(
        desk.pool,
        "SELECT headline, articles, outlets, sites, first_published_at FROM news.stories WHERE 'paper.test' = ANY (sites)",
    )
    return found


async def test_a_flood_decides_neither_headline_nor_size_nor_first(desk: Desk) -> None:
    paper = await watched(desk, "https://paper.test/solveig", looks=(11,), found=12)
    await desk.put(paper.url, PAPER, due=paper, title="Ferry fire forces 214 ashore", now=NOW, published=dated(11.5))
    await desk.put("https://radio.test/solveig", RADIO, title="How they left the Solveig", now=NOW + dt.timedelta(minutes=9),
                   published=dated(12.1))  # fmt: skip
    before = await story(desk)
    assert (before["headline"], before["articles"], before["outlets"]) == ("Ferry fire forces 214 ashore", 2, 2)
    async with desk.pool.connection() as conn:  # the thief's site was not asked for before the paper's page was stored
        await conn.execute("UPDATE dateline.crawl SET started_at = %s", (NOW + dt.timedelta(minutes=15),))
    await flood(desk, since=20, pages=60)
    after = await story(desk)
    assert after["headline"] == "Ferry fire forces 214 ashore"
    assert after["first_published_at"] == before["first_published_at"]
    assert after["outlets"] == 3
    assert after["articles"] <= 4  # type: ignore[operator]
    [first] = await rows(
        desk.pool,
        "SELECT site FROM news.who_was_first WHERE place = 1 ORDER BY first_seen_at LIMIT 1",
    )
    assert first["site"] == "paper.test"


async def test_a_flood_before_the_paper_gives_way_to_two_outlets(desk: Desk) -> None:
    await flood(desk, since=0, pages=60)
    await desk.put(
        "https://paper.test/solveig", PAPER, title="Ferry fire forces 214 ashore", now=NOW + dt.timedelta(hours=2)
    )
    await desk.put(
        "https://radio.test/solveig", RADIO, title="How they left the Solveig", now=NOW + dt.timedelta(hours=2)
    )
    found = await story(desk)
    assert "shocking" not in str(found["headline"])
    assert "radio.test" in found["sites"]  # type: ignore[operator]
