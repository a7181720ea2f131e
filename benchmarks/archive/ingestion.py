"""Articles through the ledger and the store for a while, as workers do it, without a network."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import time

from dateline.types.article import Candidate, Extraction, Instant, Page
from pipelines.store import Store
from sql.database import open_pool
from sql.frontier.frontier import Frontier
from sql.frontier.rows import DueUrl

AT_ONCE = 4
BATCH = 100
HOST = "ingested.test"
SYLLABLES = [c + v for c in "bdfgklmnprstv" for v in "aeiou"]


def text_of(dice: random.Random, words: int = 300) -> str:
    """A text of made-up words."""
    return " ".join("".join(dice.choices(SYLLABLES, k=3)) for _ in range(words))


async def stored_for(url: str, seconds: float, *, first: int, now: dt.datetime) -> int:
    """How many articles were stored in so many seconds; `first` numbers them, so that none was there before.

    `now` should lie before all others: newest articles without the words that are searched for slow every search down.
    """
    async with open_pool(url, min_size=AT_ONCE, max_size=AT_ONCE + 1, application_name="bench-ingestion") as pool:
        frontier, store, began = Frontier(pool), Store(pool), dt.datetime.now(dt.UTC)
        dice, done, number = random.Random(first), 0, first
        deadline = time.perf_counter() + seconds
        while time.perf_counter() < deadline:
            urls = [f"https://{HOST}/{began:%Y%m%d%H%M%S}/{number + n}" for n in range(BATCH)]
            number += BATCH
            await frontier.add_targets(
                [Candidate(one, via="rss") for one in urls], crawl_id=None, source_id=None, now=now
            )
            due = await frontier.due_urls(HOST, None, now + dt.timedelta(days=1), limit=BATCH)
            texts = [text_of(dice) for _ in due]
            waiting = list(zip(due, texts, strict=True))

            async def work(waiting: list[tuple[DueUrl, str]] = waiting) -> int:
                count = 0
                while waiting and time.perf_counter() < deadline:
                    line, text = waiting.pop()
                    page = Page(line.url, line.url, 200, (), text.encode(), now)
                    instant = Instant(now, "minute", "json-ld", "")
                    found = Extraction(
                        line.url, "article", text[:60], text, language="en", published=instant, extractor="bench/1"
                    )
                    await store.store(line, page, found, now=now)
                    count += 1
                return count

            done += sum(await asyncio.gather(*(work() for _ in range(AT_ONCE))))
        return done
